# SPDX-License-Identifier: GPL-2.0-or-later
"""What makes one unsafe boot safe: the fewest other answers, and the first later release."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from explorer.configuration import Deadline, Tree
from explorer.configuration.encoding.deadline import NO_DEADLINE
from explorer.machine import Firmware, MemoryMap
from explorer.study.cure_search import fewest_answers
from explorer.study.matrix import numbers_in
from explorer.study.release_search import BuiltRelease, FirstSafeRelease, ReleaseSearch
from explorer.study.results import StudyResults

__all__ = ["NO_CURES", "BootCures", "cures_of_boot"]


class BootCures(NamedTuple):
    """What makes an unsafe boot safe.

    Attributes:
        answers: the fewest answers to give besides, or instead; ``None`` if none are known.
        later: the first later release in which the same answers are safe; ``None`` if there is none.
        commits: commits that make this release safe when they are applied to it; empty if none were searched.
    """

    answers: Mapping[str, str] | None = None
    later: FirstSafeRelease | None = None
    commits: tuple[str, ...] = ()


NO_CURES = BootCures()


def cures_of_boot(  # noqa: PLR0913, PLR0917 # a kernel as configured, and where it is unsafe
    tree: Tree,
    built: BuiltRelease,
    answers: Mapping[str, str],
    prompts: Sequence[str],
    machine: MemoryMap | Firmware,
    deadline: Deadline = NO_DEADLINE,
) -> BootCures:
    """Search what makes an unsafe boot safe.

    Args:
        tree: the Kconfig of the kernel.
        built: the kernel.
        answers: the answers that configure it.
        prompts: the symbols that may be answered otherwise.
        machine: the machine on which it is unsafe.
        deadline: when to stop.

    Raises:
        OutOfTimeError: the search did not end in time.
    """
    results = StudyResults((machine,))
    overriding = numbers_in(tree, answers)
    changes = fewest_answers(tree, answers, built.kernel_config, prompts, results, overriding, deadline)
    return BootCures(changes, ReleaseSearch(results).first_safe_after(built, answers, 0))
