# SPDX-License-Identifier: GPL-2.0-or-later
"""Findings that repeat over memory maps, as one.

A kernel has one fix for all memory maps on which it is unsafe, so these findings differ in the map and in the
fault only. ``unsafe_on`` of a check names each fault once, with its maps.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from explorer.boot import Boot
from explorer.document.elements import Json
from explorer.narrative.fault_narrative import fault_summary

__all__ = ["FindingGroup", "counted_severities", "fault_lines", "finding_groups", "unsafe_on"]


def unsafe_on(boots: Sequence[Boot]) -> list[Json]:
    """Each leading fault in words, the certain ones first, with the names of its memory maps."""
    maps: dict[tuple[bool, str], list[str]] = {}
    for boot in boots:
        if boot.faults:
            fault = boot.faults[0]
            maps.setdefault((not fault.certain, fault_summary(fault)), []).append(boot.memory_map.name)
    return [
        {"fault": words, "memory_maps": maps[uncertain, words]}
        for uncertain, words in sorted(maps, key=lambda entry: entry[0])
    ]


@dataclass(frozen=True, slots=True)
class FindingGroup:
    """A finding, and those that say the same of other memory maps.

    Attributes:
        findings: all, in the order of the document.
        leading: the one of the map on which the first entry of ``unsafe_on`` strikes.
    """

    findings: tuple[Mapping[str, Any], ...]
    leading: Mapping[str, Any]

    @property
    def memory_maps(self) -> tuple[str, ...]:
        """The memory maps of the findings; empty if the finding is about none."""
        return tuple(str(finding["memory_map"]) for finding in self.findings if finding["memory_map"])


def finding_groups(
    checked: Mapping[str, Any], findings: Sequence[Mapping[str, Any]]
) -> Iterator[FindingGroup]:
    """Some findings of a document in their order, those that repeat over memory maps as one."""
    for _, group in groupby(findings, _what_repeats):
        repeated = tuple(group)
        by_map = {finding["memory_map"]: finding for finding in repeated}
        worst = (by_map.get(name) for entry in checked["unsafe_on"] for name in entry["memory_maps"])
        yield FindingGroup(repeated, next(filter(None, worst), repeated[0]))


def counted_severities(checked: Mapping[str, Any]) -> Iterator[str]:
    """The severity of each group of findings, without those of the baseline or that follow from others."""
    new = [each for each in checked["findings"] if not (each["known"] or each["follows_from"])]
    return (str(group.leading["severity"]) for group in finding_groups(checked, new))


def fault_lines(checked: Mapping[str, Any], group: FindingGroup) -> Iterator[str]:
    """Each fault of a group with the names of its memory maps."""
    maps = group.memory_maps
    for entry in checked["unsafe_on"]:
        if struck := [name for name in entry["memory_maps"] if name in maps]:
            yield f"{entry['fault']}: {', '.join(struck)}"


def _what_repeats(finding: Mapping[str, Any]) -> object:
    """Equal for findings that differ in the memory map only; no two are equal without a map."""
    if not finding["memory_map"]:
        return id(finding)
    return finding["id"], finding["severity"], finding["file"], finding["line"], finding["known"]
