# SPDX-License-Identifier: GPL-2.0-or-later
"""The faults without a story, most of them of what-ifs; each is shown once, with its first kernel.

Of such a fault only the steps are shown that differ from those of another fault, which shows all of its own.
"""

import json
from collections.abc import Mapping
from itertools import zip_longest
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
        like: the id of the fault that shows the steps left out here; empty if none are left out.
        steps: the steps shown here, with their numbers.
    """

    fault: Json
    places: list[str]
    told: str
    like: str
    steps: list[tuple[int, str]]


def untold_faults_of(kernels: list[Json], stories: list[FaultStory]) -> list[list[UntoldFault]]:
    """The faults without a story, by kernel."""
    in_stories = {_key(story.faults[0]) for story in stories if story.same_way < 0}
    whole = {f"c{at}": story.faults[0]["chain"] for at, story in enumerate(stories) if story.same_way < 0}
    ids: dict[str, str] = {}
    untold = []
    for at, view in enumerate(kernels):
        faults: list[UntoldFault] = []
        for fault, places in zip(view["faults"], _places(view), strict=True):
            key = _key(fault)
            if key not in in_stories:
                told, name = ids.get(key, ""), f"k{at}f{len(faults) + 1}"
                like, steps = _steps(fault["chain"], whole)
                faults.append(UntoldFault(fault, places, told, like, steps))
                ids.setdefault(key, name)
                if not told and not like:
                    whole[name] = fault["chain"]
        untold.append(faults)
    return untold


def _steps(chain: list[str], whole: Mapping[str, list[str]]) -> tuple[str, list[tuple[int, str]]]:
    """The fault with the most steps in common and the steps that differ; no fault and all if most differ."""
    differing = {name: _differing(chain, other) for name, other in whole.items()}
    like = min(differing, key=lambda name: len(differing[name]), default="")
    if like and len(differing[like]) * 2 <= len(chain):
        return like, differing[like]
    return "", list(enumerate(chain, start=1))


def _differing(chain: list[str], other: list[str]) -> list[tuple[int, str]]:
    """The steps of a chain that another chain does not have at the same place, with their numbers."""
    pairs = enumerate(zip_longest(chain, other[: len(chain)]), start=1)
    return [(number, step) for number, (step, there) in pairs if step != there]


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
