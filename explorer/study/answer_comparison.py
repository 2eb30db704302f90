# SPDX-License-Identifier: GPL-2.0-only
"""What a user gets for the same answers in two kernels, and whether both survive.

Identical combinations cannot be compared alone: a change to Kconfig moves users from one to another. So the
*answers* are compared: the witnesses of every combination that either side reaches, in some contexts.

1. A *case* is a set of answers with what each side makes of it: values, and a boot on every machine.
2. An answer is *kept* by a side that computes the value answered; otherwise nobody there can give it.
3. A combination that both sides reach, but by no answers in common, is a case of its own: each side gets the
   answers that it needs, and the rest takes its default. In the contexts of rule 4 it is none: what differs
   there may be no more than how each side fulfils the context.
4. Unless the user sets a context, each case is asked in those that decide most boots: every memory model,
   page size and ``DEBUG_VM``, one at a time. A context that neither side can have gives no case.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from explorer.boot import Boot, Kernel, KernelConfig, RamFill, Verdict, kernel, simulate
from explorer.configuration import Combination, Projection, Tree, combinations
from explorer.machine import Firmware, MemoryMap
from explorer.study.matrix import configured

__all__ = [
    "VARIANTS",
    "AnswerComparison",
    "AnswerOutcome",
    "ComparedKernel",
    "MachineComparison",
    "compare_answers",
]

VARIANTS: tuple[Mapping[str, str], ...] = (
    {},
    {"SPARSEMEM_VMEMMAP": "n"},
    {"SPARSEMEM": "n"},
    {"DEBUG_VM": "y"},
    {"ARM64_16K_PAGES": "y"},
    {"ARM64_64K_PAGES": "y"},
)
"""The first is what takes its default when nothing is asked."""


@dataclass(frozen=True, slots=True)
class AnswerOutcome:
    """What one side makes of some answers.

    Attributes:
        answers: the answers.
        values: what the symbols under study become.
        lost: the answers that it does not keep, with what becomes of them.
        build: the kernel that boots.
        boots: one for each machine, in order.
    """

    answers: Mapping[str, str]
    values: Mapping[str, str]
    lost: Mapping[str, str]
    build: KernelConfig
    boots: tuple[Boot, ...]

    @property
    def kept(self) -> bool:
        """Whether a user can give these answers there."""
        return not self.lost


@dataclass(frozen=True, slots=True)
class MachineComparison:
    """One machine in a case."""

    memory_map: str
    before: Boot
    after: Boot

    def went(self, before: Verdict, after: Verdict) -> bool:
        """Whether the verdict was this and is that."""
        return (self.before.verdict, self.after.verdict) == (before, after)


@dataclass(frozen=True, slots=True)
class AnswerComparison:
    """The same answers, or the same combination, on both sides.

    Attributes:
        context: what was set on both sides to ask for it.
        same_answers: both sides got the same answers; otherwise each got those of the same combination.
        before: what they gave.
        after: what they give.
    """

    context: Mapping[str, str]
    same_answers: bool
    before: AnswerOutcome
    after: AnswerOutcome

    @property
    def cells(self) -> tuple[MachineComparison, ...]:
        """The machines, in order."""
        pairs = zip(self.before.boots, self.after.boots, strict=True)
        return tuple(MachineComparison(old.memory_map.name, old, new) for old, new in pairs)

    @property
    def comparable(self) -> bool:
        """Whether users of before can come here: nobody can have given an answer that was not kept."""
        return self.before.kept

    def maps(self, before: Verdict, after: Verdict) -> tuple[str, ...]:
        """The machines on which the verdict was this and is that."""
        return tuple(cell.memory_map for cell in self.cells if cell.went(before, after))

    @property
    def unsure(self) -> bool:
        """Whether something safe may have become unsafe, and nobody can tell: a verdict is unknown."""
        if not self.comparable or self.before.build == self.after.build:
            return False
        doubtful = {Verdict.UNKNOWN, Verdict.UNSAFE}
        return any(
            cell.went(Verdict.SAFE, Verdict.UNKNOWN)
            or (cell.before.verdict is Verdict.UNKNOWN and cell.after.verdict in doubtful)
            for cell in self.cells
        )


@dataclass(slots=True)
class ComparedKernel:
    """One of the two: a tree and the kernel that it configures.

    Attributes:
        tree: the Kconfig of a kernel whose release is known.
        names: the symbols under study.
        machines: where it boots.
        ram_fill: what RAM held before.
    """

    tree: Tree
    names: Sequence[str]
    machines: Sequence[MemoryMap | Firmware]
    ram_fill: RamFill
    _booted: dict[KernelConfig, tuple[Boot, ...]] = field(default_factory=dict)

    @property
    def described(self) -> Kernel:
        """What the kernel does."""
        return kernel(self.tree.release)

    def space(self, context: Mapping[str, str]) -> Projection:
        """All combinations in a context."""
        return combinations(self.tree, self.names, context)

    def outcome(self, answers: Mapping[str, str], settings: Mapping[str, str]) -> AnswerOutcome:
        """What some answers give."""
        values = configured(self.tree, answers, settings)
        lost = {name: values.get(name, "n") for name in answers if values.get(name, "n") != answers[name]}
        studied = {name: values.get(name, "n") for name in self.names}
        build = KernelConfig.of(self.described, values, self.ram_fill)
        return AnswerOutcome(answers, studied, lost, build, self._boots(build))

    def _boots(self, build: KernelConfig) -> tuple[Boot, ...]:
        if build not in self._booted:
            self._booted[build] = tuple(simulate(build, machine) for machine in self.machines)
        return self._booted[build]


def compare_answers(
    before: ComparedKernel,
    after: ComparedKernel,
    contexts: Iterable[Mapping[str, str]],
    settings: Mapping[str, str],
) -> Iterator[AnswerComparison]:
    """Every case in these contexts, each set of answers once.

    Args:
        before: one side.
        after: the other.
        contexts: values of other symbols, asked for one after the other.
        settings: what holds in every context.
    """
    seen: set[tuple[tuple[str, str], ...]] = set()
    for context in contexts:
        given = {**settings, **context}
        spaces = before.space(given), after.space(given)
        found: list[AnswerComparison] = []
        for answers in _witnesses(*spaces):
            key = tuple(sorted(answers.items()))
            if key not in seen:
                outcomes = before.outcome(answers, settings), after.outcome(answers, settings)
                found.append(
                    AnswerComparison(given, same_answers=True, before=outcomes[0], after=outcomes[1])
                )
                seen.add(key)
        yield from found
        for old, new in () if context else _apart(*spaces, found):
            outcomes = before.outcome(old, settings), after.outcome(new, settings)
            yield AnswerComparison(given, same_answers=False, before=outcomes[0], after=outcomes[1])


def _witnesses(*spaces: Projection) -> Iterator[Mapping[str, str]]:
    for space in spaces:
        for combination in space.combinations:
            if combination.witness is not None:
                yield combination.witness


def _apart(
    before: Projection, after: Projection, found: Sequence[AnswerComparison]
) -> Iterator[tuple[Mapping[str, str], Mapping[str, str]]]:
    """The witnesses of combinations that both sides reach, though no case has them on both."""
    together = [case.before.values for case in found if case.before.values == case.after.values]
    for old, new in _pairs(before, after):
        if old.witness is None or new.witness is None or old.values in together:
            continue
        yield old.witness, new.witness


def _pairs(before: Projection, after: Projection) -> Iterator[tuple[Combination, Combination]]:
    """The combinations of both sides, by their values."""
    later = {tuple(found.values.items()): found for found in after.combinations}
    for old in before.combinations:
        new = later.get(tuple(old.values.items()))
        if new is not None:
            yield old, new
