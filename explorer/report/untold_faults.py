# SPDX-License-Identifier: GPL-2.0-only
"""The faults that no story tells: they stand with their kernel, each told once."""

import json
from typing import NamedTuple

from explorer.report.matrix_rows import FaultStory
from explorer.report.words import Json

__all__ = ["UntoldFault", "untold_faults_of"]


class UntoldFault(NamedTuple):
    """A fault that no case tells, where it strikes, and the id of an equal one that is told already."""

    fault: Json
    places: list[str]
    told: str


def untold_faults_of(kernels: list[Json], told: list[FaultStory]) -> list[list[UntoldFault]]:
    """For each kernel, the faults that no case tells: each is told for the first kernel that has it."""
    seen = dict.fromkeys((_key(case.faults[0]) for case in told if case.same_way < 0), "case")
    found = []
    for at, view in enumerate(kernels):
        places = _places(view)
        entries: list[UntoldFault] = []
        for fault, struck in zip(view["faults"], places, strict=True):
            key = _key(fault)
            if seen.get(key) != "case":
                entries.append(UntoldFault(fault, struck, seen.get(key, "")))
                seen.setdefault(key, f"k{at}f{len(entries)}")
        found.append(entries)
    return found


def _places(view: Json) -> list[list[str]]:
    """For each fault of a view: the combinations and maps where it strikes."""
    found: list[list[str]] = [[] for _ in view["faults"]]
    for combination in view["combinations"]:
        values = " ".join(combination["values"].values())
        mark = "" if combination["reachable"] else ", what-if"
        for cell in combination["cells"]:
            for index in cell["faults"]:
                found[index].append(f"{cell['memory_map']} ({values}{mark})")
    return found


def _key(fault: Json) -> str:
    return json.dumps(fault)
