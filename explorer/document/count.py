# SPDX-License-Identifier: GPL-2.0-or-later
"""The number of combinations of some symbols."""

from explorer.configuration import ModelCount, Tree
from explorer.document.elements import Json, compiler_json, generator, undecided_json

__all__ = ["count_json"]


def count_json(counted: ModelCount, tree: Tree, settings: dict[str, str]) -> Json:
    """A count, with the values that hold in every counted configuration."""
    return {
        "schema": "kconfig-explorer/count/1",
        "generator": generator(),
        "kernel": str(tree.version or ""),
        "kconfig": tree.label,
        "compiler": compiler_json(tree.compiler),
        "question": "rest fixed as set" if settings else "rest free",
        "settings": dict(settings),
        "symbols": list(counted.names),
        "possible": counted.possible,
        "reachable": counted.reachable,
        "at_most": counted.at_most,
        "undecided": undecided_json(counted.undecided),
        "always": dict(counted.always),
        "counter": counted.counter,
        "out_of_time": counted.out_of_time,
    }
