# SPDX-License-Identifier: GPL-2.0-or-later
"""What each kind of finding means (``reports/rules.schema.json``)."""

from collections.abc import Iterable

from explorer.checking import FindingKind
from explorer.document.elements import Json, generator
from explorer.narrative.kind_narrative import EXAMPLE_KERNEL, EXAMPLE_MAP, KIND_NARRATIVES

__all__ = ["rules_json"]

_DOCUMENTATION = "docs/findings.md"


def rules_json(kinds: Iterable[FindingKind]) -> Json:
    """The texts of some kinds of findings."""
    return {
        "schema": "kconfig-explorer/rules/1",
        "generator": generator(),
        "kernel": EXAMPLE_KERNEL,
        "memory_map": EXAMPLE_MAP,
        "documentation": _DOCUMENTATION,
        "rules": [
            {
                "id": str(kind),
                "severity": str(kind.severity),
                "title": KIND_NARRATIVES[kind].title,
                "meaning": KIND_NARRATIVES[kind].meaning,
                "example": KIND_NARRATIVES[kind].example,
                "remedy": KIND_NARRATIVES[kind].remedy,
                "is_written": KIND_NARRATIVES[kind].is_written,
            }
            for kind in kinds
        ],
    }
