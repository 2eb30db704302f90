# SPDX-License-Identifier: GPL-2.0-only
"""The judgement of a ``.config``."""

from explorer.check import Checked
from explorer.document.parts import Json, build_json, compiler_json, fault_json, generator, statement_json
from explorer.matrix import hazard, leading

__all__ = ["checked_json"]


def checked_json(checked: Checked) -> Json:
    """The judgement of a ``.config``."""
    return {
        "schema": "kconfig-explorer/check/1",
        "generator": generator(),
        "file": checked.config.source,
        "kernel": str(checked.version),
        "kconfig": checked.tree.label,
        "compiler": compiler_json(checked.tree.compiler),
        "config": dict(checked.combination.values),
        "context": build_json(checked.build),
        "reachable": not any(finding.id in {"unreachable", "overridden"} for finding in checked.findings),
        "verdict": checked.verdict,
        "findings": [
            {
                "id": finding.id,
                "symbol": finding.symbol,
                "line": finding.line,
                "memory_map": finding.memory_map,
                "message": finding.message,
                "causes": [statement_json(line) for line in finding.causes],
            }
            for finding in checked.findings
        ],
        "memory_maps": [
            {
                "name": boot.memory_map.name,
                "verdict": str(boot.verdict),
                "hazard": hazard(boot),
                "faults": [fault_json(fault, boot) for fault in leading(boot.faults)],
            }
            for boot in checked.boots
        ],
    }
