# SPDX-License-Identifier: GPL-2.0-only
"""The judgement of a ``.config``, and of many (``reports/check.schema.json``)."""

from collections.abc import Mapping, Sequence
from typing import Any

from explorer.checking import Checked, Finding
from explorer.checking.baseline import Baseline, fingerprint
from explorer.configuration.queries.overrides import Cause
from explorer.document.elements import (
    Json,
    compiler_json,
    fault_json,
    generator,
    kernel_config_json,
    statement_json,
)
from explorer.study.matrix import hazard, leading

__all__ = ["accept", "checked_json", "checks_json"]

_WORST_FIRST = ("unreachable", "unsafe", "unknown", "safe")


def checked_json(checked: Checked) -> Json:
    """The judgement of a ``.config``."""
    return {
        "schema": "kconfig-explorer/check/1",
        "generator": generator(),
        "file": checked.name,
        "kernel": str(checked.version),
        "kconfig": checked.tree.label,
        "compiler": compiler_json(checked.tree.compiler),
        "limits": list(checked.limits),
        "config": dict(checked.combination.values),
        "becomes": dict(checked.becomes.values),
        "context": kernel_config_json(checked.kernel_config) if checked.kernel_config else {},
        "reachable": checked.reachable,
        "verdict": checked.verdict,
        "findings": [_finding_json(finding) for finding in checked.findings],
        "memory_maps": [
            {
                "name": boot.memory_map.name,
                "notes": list(boot.memory_map.notes),
                "verdict": str(boot.verdict),
                "hazard": hazard(boot),
                "faults": [fault_json(fault, boot) for fault in leading(boot.faults)],
            }
            for boot in checked.boots
        ],
    }


def _finding_json(finding: Finding) -> Json:
    fix = finding.fix
    return {
        "id": finding.id,
        "severity": str(finding.severity),
        "symbol": finding.symbol,
        "file": finding.file,
        "line": finding.line,
        "memory_map": finding.memory_map,
        "message": finding.message,
        "asked": finding.asked,
        "becomes": finding.becomes,
        "chain": list(finding.chain),
        "causes": [_cause_json(cause) for cause in finding.causes],
        "follows_from": list(finding.follows_from),
        "fix": None if fix is None else {"words": fix.words, "fragment": fix.fragment},
        "fingerprint": fingerprint(finding),
        "known": False,
    }


def _cause_json(cause: Cause) -> Json:
    return {**statement_json(cause.statement), "because": cause.because}


def checks_json(configs: Sequence[Mapping[str, Any]], errors: Sequence[Mapping[str, str]]) -> Json:
    """The judgements of several files, and the files that could not be judged, each with the reason."""
    verdicts = {checked["verdict"] for checked in configs}
    return {
        "schema": "kconfig-explorer/checks/1",
        "generator": generator(),
        "verdict": next((word for word in _WORST_FIRST if word in verdicts), "unknown"),
        "configs": list(configs),
        "errors": [dict(error) for error in errors],
    }


def accept(checked: Json, baseline: Baseline) -> None:
    """Mark the findings of a judgement that a baseline knows, and take them from it."""
    for finding in checked["findings"]:
        if baseline[finding["fingerprint"]] > 0:
            baseline[finding["fingerprint"]] -= 1
            finding["known"] = True
