# SPDX-License-Identifier: GPL-2.0-only
"""The faults without a story, most of them of what-ifs; each is shown once, with its first kernel."""

import json
from typing import NamedTuple

from explorer.report.matrix_rows import FaultStory
from explorer.report.words import Json

__all__ = ["UntoldFault", "untold_faults_of"]


class UntoldFault(NamedTuple):
    """A fault without a story.

    Attributes:
        fault: the document's fault.
        places: the memory maps and combinations where it happens.
        told: the id of an equal fault of an earlier kernel; empty if there is none.
    """

    fault: Json
    places: list[str]
    told: str


def untold_faults_of(kernels: list[Json], stories: list[FaultStory]) -> list[list[UntoldFault]]:
    """The faults without a story, by kernel."""
    in_stories = {_key(story.faults[0]) for story in stories if story.same_way < 0}
    ids: dict[str, str] = {}
    untold = []
    for at, view in enumerate(kernels):
        faults: list[UntoldFault] = []
        for fault, places in zip(view["faults"], _places(view), strict=True):
            key = _key(fault)
            if key not in in_stories:
                faults.append(UntoldFault(fault, places, ids.get(key, "")))
                ids.setdefault(key, f"k{at}f{len(faults)}")
        untold.append(faults)
    return untold


def _places(view: Json) -> list[list[str]]:
    """For each fault of a view: the memory maps and combinations where it happens."""
    places: list[list[str]] = [[] for _ in view["faults"]]
    for combination in view["combinations"]:
        values = " ".join(combination["values"].values())
        mark = "" if combination["reachable"] else ", what-if"
        for cell in combination["cells"]:
            for index in cell["faults"]:
                places[index].append(f"{cell['memory_map']} ({values}{mark})")
    return places


def _key(fault: Json) -> str:
    return json.dumps(fault)
