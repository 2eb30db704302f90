# SPDX-License-Identifier: GPL-2.0-only
"""Why a wish can or cannot be had."""

from explorer.configuration import Combination, Tree, config_fragment
from explorer.document.parts import Json, generator, statement_json

__all__ = ["explained_json"]


def explained_json(found: Combination, tree: Tree) -> Json:
    """Why a wish can or cannot be had."""
    witness = found.witness
    return {
        "schema": "kconfig-explorer/explanation/1",
        "generator": generator(),
        "kernel": str(tree.version or ""),
        "kconfig": tree.label,
        "probes_not_run": tree.probes_not_run,
        "question": "rest free",
        "wish": dict(found.values),
        "reachable": found.reachable,
        "witness": None if witness is None else dict(sorted(witness.items())),
        "witness_config": None if witness is None else config_fragment(tree, witness),
        "conflict": [statement_json(line) for line in found.conflict],
    }
