# SPDX-License-Identifier: GPL-2.0-or-later
"""The faults without a story, most of them of what-ifs, grouped by cause (walker, trigger and effect).

Each cause of a kernel is shown once, by its first fault. Only the steps are shown that differ from those of
another fault, which shows all of its own; a fault that is equal to one of an earlier kernel refers to it.
"""

import json
from collections.abc import Iterable, Mapping
from itertools import zip_longest
from typing import NamedTuple

from explorer.report.fault_stories import FaultStory, fault_key
from explorer.report.words import Json

__all__ = ["UntoldFault", "untold_faults_of"]


class UntoldFault(NamedTuple):
    """A cause without a story.

    Attributes:
        fault: the document's first fault of this cause.
        places: the combinations in which the cause happens, each with its memory maps.
        told: the id of an equal fault of an earlier kernel; empty if there is none.
        like: the id of the fault that shows the steps left out here; empty if none are left out.
        steps: the steps shown here, with their numbers.
    """

    fault: Json
    places: Mapping[str, list[str]]
    told: str
    like: str
    steps: list[tuple[int, str]]


def untold_faults_of(kernels: list[Json], stories: list[FaultStory]) -> list[list[UntoldFault]]:
    """The faults without a story, by kernel."""
    in_stories = {(story.told.row.kernel, *fault_key(story.told.faults[0])) for story in stories}
    whole = {f"c{at}": story.told.faults[0]["chain"] for at, story in enumerate(stories)}
    ids: dict[str, str] = {}
    untold = []
    for at, view in enumerate(kernels):
        faults: list[UntoldFault] = []
        for cause, numbers in _causes(view).items():
            if (view["kernel"], *cause) not in in_stories:
                fault, name = view["faults"][numbers[0]], f"k{at}f{len(faults) + 1}"
                told = ids.get(json.dumps(fault), "")
                like, steps = _steps(fault["chain"], whole)
                faults.append(UntoldFault(fault, _places(view, numbers), told, like, steps))
                ids.setdefault(json.dumps(fault), name)
                if not told and not like:
                    whole[name] = fault["chain"]
        untold.append(faults)
    return untold


def _causes(view: Json) -> dict[tuple[str, str, str], list[int]]:
    """The faults of a view by cause, as indices."""
    causes: dict[tuple[str, str, str], list[int]] = {}
    for number, fault in enumerate(view["faults"]):
        causes.setdefault(fault_key(fault), []).append(number)
    return causes


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


def _places(view: Json, numbers: Iterable[int]) -> Mapping[str, list[str]]:
    """For some faults of a view: the combinations in which they happen, each with its memory maps."""
    wanted = set(numbers)
    places: dict[str, list[str]] = {}
    for combination in view["combinations"]:
        values = " ".join(combination["values"].values())
        name = values if combination["reachable"] else f"{values}, what-if"
        for cell in combination["cells"]:
            if not wanted.isdisjoint(cell["faults"]):
                places.setdefault(name, []).append(cell["memory_map"])
    return places
