# SPDX-License-Identifier: GPL-2.0-or-later
"""The first screen: a line for each kernel that is unsafe somewhere, and one for all with one safe sentence.

Kernels that are unsafe as Kconfig gives them come first, then those with an unsafe variant, then the others.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from explorer.narrative.answer_narrative import cause_fix, cause_hazards, cause_place, sentence_without_cause
from explorer.report.fault_stories import FaultStory
from explorer.report.words import Json

__all__ = ["AnswerLine", "CauseLine", "answer_lines", "page_title"]


class CauseLine(NamedTuple):
    """A reason why a kernel is unsafe.

    Attributes:
        where: in which configurations, such as ``with NUMA=n``.
        hazards: the hazards in words.
        fix: what makes it safe.
        memory_maps: on how many maps it is unsafe.
        story: the index of the first story about it; -1 for none.
    """

    where: str
    hazards: str
    fix: str
    memory_maps: int
    story: int


class AnswerLine(NamedTuple):
    """An answer, and the kernels that it is about.

    Attributes:
        kernels: each with its index on the page.
        kind: the hazard of the first cause as Kconfig gives the kernel; otherwise the verdict.
        sentence: the answer of a kernel that is not unsafe as Kconfig gives it.
        causes: why it is unsafe as Kconfig gives it.
        elsewhere: why its other variants are unsafe.
    """

    kernels: list[tuple[int, str]]
    kind: str
    sentence: str
    causes: list[CauseLine]
    elsewhere: list[CauseLine]


def answer_lines(
    answers: Iterable[Json], kernels: Sequence[str], stories: Sequence[FaultStory]
) -> list[AnswerLine]:
    """The lines, unsafe kernels first.

    Args:
        answers: those of the document.
        kernels: the kernels that are described on the page, in order.
        stories: the stories of the page.
    """
    lines: list[AnswerLine] = []
    for answer in sorted(answers, key=_order):
        line = _line(kernels.index(answer["kernel"]), answer, stories)
        if lines and line[1:] == lines[-1][1:] and not (line.causes or line.elsewhere):
            lines[-1].kernels.extend(line.kernels)
        else:
            lines.append(line)
    return lines


def _order(answer: Json) -> tuple[bool, bool, bool, bool]:
    """Unsafe, unsafe in a variant, unknown, proven safe, safe."""
    is_known = answer["verdict"] != "unknown"
    return not answer["causes"], not answer["elsewhere"], is_known, not answer["is_proven"]


def _line(index: int, answer: Json, stories: Sequence[FaultStory]) -> AnswerLine:
    kernel = answer["kernel"]
    causes = [_cause(cause, kernel, stories) for cause in answer["causes"]]
    elsewhere = [_cause(cause, kernel, stories) for cause in answer["elsewhere"]]
    kind = answer["causes"][0]["hazard"] if causes else answer["verdict"]
    sentence = "" if causes else sentence_without_cause(answer)
    return AnswerLine([(index, kernel)], kind, sentence, causes, elsewhere)


def _cause(cause: Json, kernel: str, stories: Sequence[FaultStory]) -> CauseLine:
    maps, story = len(cause["memory_maps"]), _story(cause, kernel, stories)
    return CauseLine(cause_place(cause), cause_hazards(cause), cause_fix(cause), maps, story)


def _story(cause: Json, kernel: str, stories: Sequence[FaultStory]) -> int:
    """The first story of a kernel on a memory map of a cause, with its cure; -1 for none."""
    changes = (cause["cure"] or {"changes": {}})["changes"].items()
    maps = set(cause["memory_maps"])
    return next(
        (
            index
            for index, story in enumerate(stories)
            if story.told.row.kernel == kernel
            and changes <= _changes(story).items()
            and maps.intersection(place.name for place in story.places)
        ),
        -1,
    )


def _changes(story: FaultStory) -> Json:
    cure = story.told.cell["cure"]
    changes: Json = cure["changes"] if cure else {}
    return changes


def page_title(lines: Sequence[AnswerLine], maps: Sequence[str]) -> str:
    """The answer of a page of one kernel; otherwise the question that the page answers."""
    place = f" on {maps[0].rpartition('/')[2]}" if len(maps) == 1 else ""
    kernels = [name for line in lines for _, name in line.kernels]
    if len(kernels) != 1:
        return f"Which kernel configurations survive memory initialisation{place}?"
    (line,) = lines
    return f"Linux {kernels[0]}{place}: {_verdict(line)}"


def _verdict(line: AnswerLine) -> str:
    if line.causes:
        return f"unsafe {_either(line.causes)}"
    verdict = "safe" if line.kind == "safe" else "unknown"
    return f"{verdict}, but unsafe {_either(line.elsewhere)}" if line.elsewhere else verdict


def _either(causes: Iterable[CauseLine]) -> str:
    """The configurations of some causes."""
    return ", or ".join(cause.where for cause in causes)
