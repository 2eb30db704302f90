# SPDX-License-Identifier: GPL-2.0-or-later
"""A correction set: the fewest answers to change.

It is a module of its own because ``explorer.document.explanation`` imports the rooms of findings, which takes
longer than making a matrix.
"""

from typing import Any

from explorer.configuration import CorrectionSet, Tree, config_fragment
from explorer.document.elements import Json

__all__ = ["correction_set_json"]


def correction_set_json(fix: CorrectionSet, tree: Tree) -> Json:
    """The answers to change; kconfiglib computed the requested values from them."""
    answers = {change.symbol: change.after for change in fix.changes}
    moved: list[dict[str, Any]] = [
        {"symbol": name, "before": before, "after": after} for name, (before, after) in fix.affected.items()
    ]
    return {
        "changes": [
            {"symbol": change.symbol, "before": change.before, "after": change.after}
            for change in fix.changes
        ],
        "verified": True,
        "fewest": fix.is_minimum,
        "moved": moved,
        "config": config_fragment(tree, answers),
    }
