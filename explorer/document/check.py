# SPDX-License-Identifier: GPL-2.0-or-later
"""The judgement of a ``.config``, and of many (``reports/check.schema.json``)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from explorer.checking import Checked, Finding
from explorer.configuration import Tree, commit_of_checkout
from explorer.configuration.queries.overrides import Cause
from explorer.document.baseline import Baseline, fingerprint
from explorer.document.claims import CounterexampleList, proof_on_map
from explorer.document.elements import (
    Json,
    boot_parameters_json,
    compiler_json,
    fault_json,
    generator,
    kernel_config_json,
    statement_json,
)
from explorer.document.repeated_findings import unsafe_on
from explorer.errors import Argument
from explorer.narrative.finding_narrative import finding_message, finding_steps, shortened_text
from explorer.narrative.fix_narrative import fix_narrative_of
from explorer.narrative.limit_narrative import limit_sentence
from explorer.narrative.place_narrative import map_notes
from explorer.narrative.value_narrative import cause_words
from explorer.study.matrix import hazard, leading

__all__ = ["accept", "checked_json", "checks_json"]

_MOST_ROOTS = 20
_WORST_FIRST = ("unreachable", "unsafe", "unknown", "not simulated", "safe")


def checked_json(checked: Checked, name_of: Callable[[Argument], str] = str) -> Json:
    """The judgement of a ``.config``.

    Args:
        checked: the judgement.
        name_of: the name of a parameter of the Python API where the document is shown.
    """
    counterexamples = CounterexampleList()
    every_map = counterexamples.claims_json(checked.claims) if checked.kernel_config else None
    return {
        "schema": "kconfig-explorer/check/1",
        "generator": generator(),
        "file": checked.name,
        "kernel": str(checked.version or ""),
        "kconfig": checked.tree.label,
        "commit": commit_of_checkout(checked.tree.parse_input.folder),
        "compiler": compiler_json(checked.tree.compiler),
        "limits": list(map(limit_sentence, checked.limits)),
        "config": dict(checked.combination.values),
        "becomes": dict(checked.becomes.values),
        "context": kernel_config_json(checked.kernel_config) if checked.kernel_config else {},
        "reachable": checked.reachable,
        "verdict": checked.verdict,
        "findings": [_finding_json(checked.tree, finding, name_of) for finding in checked.findings],
        "memory_maps": [
            {
                "name": boot.memory_map.name,
                "notes": list(map_notes(boot.memory_map)),
                **boot_parameters_json(boot.memory_map.command_line, boot.memory_map.kaslr_seed),
                "verdict": str(boot.verdict),
                "hazard": hazard(boot),
                "faults": [fault_json(fault, boot) for fault in leading(boot.faults)],
                "proof": proof_on_map(claims, boot),
            }
            for boot, claims in zip(checked.boots, checked.claims_on, strict=True)
        ],
        "unsafe_on": unsafe_on(checked.boots),
        "every_map": every_map,
        "counterexamples": counterexamples.entries,
    }


def _finding_json(tree: Tree, finding: Finding, name_of: Callable[[Argument], str]) -> Json:
    fix = fix_narrative_of(tree, finding, name_of)
    document = {
        "id": str(finding.id),
        "severity": str(finding.severity),
        "symbol": shortened_text(finding.symbol),
        "file": finding.file,
        "line": finding.line,
        "memory_map": finding.memory_map,
        "message": finding_message(tree, finding),
        "asked": shortened_text(finding.requested),
        "becomes": shortened_text(finding.becomes),
        "chain": list(finding_steps(finding)),
        "causes": list(map(_cause_json, finding.causes)),
        "follows_from": [shortened_text(name) for name in finding.follows_from[:_MOST_ROOTS]],
        "fix": fix and {"words": fix.words, "fragment": fix.fragment},
    }
    return {**document, "fingerprint": fingerprint(document), "known": False}


def _cause_json(cause: Cause) -> Json:
    statement = replace(cause.statement, text=shortened_text(cause.statement.text))
    return {**statement_json(statement), "because": shortened_text(cause_words(cause))}


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
    """Mark the findings that are in a baseline, and remove them from it."""
    for finding in checked["findings"]:
        if baseline[finding["fingerprint"]] > 0:
            baseline[finding["fingerprint"]] -= 1
            finding["known"] = True
