# SPDX-License-Identifier: GPL-2.0-or-later
"""Compares the results of equal answers in two kernels: values and verdicts.

A comparison of identical combinations is not enough: a change to Kconfig moves users from one combination to
another. So *answers* are compared: the witnesses of every combination that either kernel reaches, in some
variants.

1. A comparison holds one set of answers and what each kernel makes of it: values, and a boot per machine.
2. A kernel *keeps* an answer if it computes the value answered; otherwise no user there can give it.
3. A combination that both kernels reach, but by no answers in common, is compared by itself: each kernel gets
   the answers that it needs, and the rest takes its default. This is done without a variant only: what
   differs in a variant may be no more than how each kernel fulfils it.
4. Unless the user sets values, the answers are also compared in the variants that decide most boots: every
   memory model, page size and ``DEBUG_VM``, one at a time. A variant that neither kernel has is left out.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from explorer.boot import (
    SYMBOLS_OF_PARAMETERS,
    SYMBOLS_USED,
    Boot,
    BootParameters,
    KernelConfig,
    RamFill,
    Verdict,
)
from explorer.configuration import (
    NO_DEADLINE,
    Combination,
    Deadline,
    Evaluation,
    Projection,
    Tree,
    combinations,
    decided,
)
from explorer.study.matrix import numbers_in
from explorer.study.results import StudyResults
from explorer.study.tree_kernel import kernel_of_tree

__all__ = [
    "VARIANTS",
    "AnswerComparison",
    "AnswerOutcome",
    "ComparedKernel",
    "MachineComparison",
    "compare_answers",
    "compared_answers",
]

VARIANTS: tuple[Mapping[str, str], ...] = (
    {},
    {"SPARSEMEM_VMEMMAP": "n"},
    {"SPARSEMEM": "n"},
    {"DEBUG_VM": "y"},
    {"ARM64_16K_PAGES": "y"},
    {"ARM64_64K_PAGES": "y"},
)
"""The first takes every default."""


@dataclass(frozen=True, slots=True)
class AnswerOutcome:
    """What one kernel makes of some answers.

    Attributes:
        answers: the answers.
        values: what the symbols under study become.
        overridden: the answers that the kernel does not keep, with the values that their symbols become.
        kernel_config: the kernel that boots.
        boots: one for each machine, in order.
        whole: the value of every symbol that the kernel defines.
    """

    answers: Mapping[str, str]
    values: Mapping[str, str]
    overridden: Mapping[str, str]
    kernel_config: KernelConfig
    boots: tuple[Boot, ...]
    whole: Mapping[str, str]

    @property
    def keeps_answers(self) -> bool:
        """Whether a user can give these answers there."""
        return not self.overridden


@dataclass(frozen=True, slots=True)
class MachineComparison:
    """The boots of both kernels on one machine."""

    memory_map: str
    before: Boot
    after: Boot

    def verdicts_are(self, before: Verdict, after: Verdict) -> bool:
        """Whether the older and the newer kernel have these verdicts."""
        return (self.before.verdict, self.after.verdict) == (before, after)


@dataclass(frozen=True, slots=True)
class AnswerComparison:
    """The same answers, or the same combination, in both kernels.

    Attributes:
        variant: the values that were set in both kernels.
        same_answers: both kernels got the same answers; otherwise each got those of the same combination.
        before: what the older kernel makes of them.
        after: what the newer kernel makes of them.
    """

    variant: Mapping[str, str]
    same_answers: bool
    before: AnswerOutcome
    after: AnswerOutcome

    @property
    def machines(self) -> tuple[MachineComparison, ...]:
        """The machines, in order."""
        pairs = zip(self.before.boots, self.after.boots, strict=True)
        return tuple(MachineComparison(old.memory_map.name, old, new) for old, new in pairs)

    @property
    def moved(self) -> Mapping[str, tuple[str, str]]:
        """The symbols that have another value after, with both.

        A symbol that one kernel does not define has the value n there, a number or string none.
        """
        before, after = self.before.whole, self.after.whole
        sides = {name: (before.get(name), after.get(name)) for name in {**before, **after}}
        pairs = {name: (_or_undefined(*pair), _or_undefined(*pair[::-1])) for name, pair in sides.items()}
        return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}

    @property
    def comparable(self) -> bool:
        """Whether a user of the older kernel can have given these answers."""
        return self.before.keeps_answers

    def maps_where(self, before: Verdict, after: Verdict) -> tuple[str, ...]:
        """The machines on which the older and the newer kernel have these verdicts."""
        return tuple(machine.memory_map for machine in self.machines if machine.verdicts_are(before, after))

    @property
    def is_undecided(self) -> bool:
        """Whether something safe may have become unsafe, but a verdict is unknown."""
        if not self.comparable or self.before.kernel_config == self.after.kernel_config:
            return False
        return any(
            machine.verdicts_are(Verdict.SAFE, Verdict.UNKNOWN)
            or (machine.before.verdict is Verdict.UNKNOWN and machine.after.verdict is not Verdict.SAFE)
            for machine in self.machines
        )


def _or_undefined(value: str | None, other: str | None) -> str:
    """A value; of a symbol that is not defined n or none, by the value that it has in the other kernel."""
    return value if value is not None else "n" if other in {"n", "m", "y"} else ""


@dataclass(frozen=True, slots=True)
class ComparedKernel:
    """One of the two kernels.

    Attributes:
        tree: the Kconfig of a kernel whose release is known.
        names: the symbols under study.
        ram_fill: what RAM held before.
        parameters: the command line and the KASLR seed that the boot loader passes.
        results: what the comparison has computed.
        deadline: when to stop solving.
    """

    tree: Tree
    names: Sequence[str]
    ram_fill: RamFill
    parameters: BootParameters
    results: StudyResults
    deadline: Deadline = NO_DEADLINE

    def projection(self, variant: Mapping[str, str]) -> Projection:
        """All combinations in a variant.

        Raises:
            OutOfTimeError: not all are decided in time.
        """
        return decided(combinations(self.tree, self.names, variant, deadline=self.deadline))

    def values(self, answers: Mapping[str, str], settings: Mapping[str, str]) -> Mapping[str, str]:
        """The value of every symbol under some answers; numbers among the settings hold."""
        numbers = numbers_in(self.tree, settings)
        return {**self.results.values(self.tree, {**numbers, **answers}), **numbers}

    def boot_values(
        self, answers: Mapping[str, str], settings: Mapping[str, str], also: Iterable[str]
    ) -> Mapping[str, str]:
        """The values that a boot reads, and those of more symbols; faster than all ``values``."""
        numbers = numbers_in(self.tree, settings)
        evaluation = Evaluation(self.tree, {**numbers, **answers})
        names = filter(self.tree.defines, {*SYMBOLS_USED, *SYMBOLS_OF_PARAMETERS, *also})
        return {**{name: evaluation.value(name) for name in names}, **numbers}

    def outcome(self, answers: Mapping[str, str], settings: Mapping[str, str]) -> AnswerOutcome:
        """What the kernel makes of some answers; numbers among the settings hold."""
        values = self.values(answers, settings)
        overridden = {
            name: values.get(name, "n") for name, value in answers.items() if values.get(name, "n") != value
        }
        studied = {name: values.get(name, "n") for name in self.names}
        config = KernelConfig.of(kernel_of_tree(self.tree), values, self.ram_fill, self.parameters)
        return AnswerOutcome(answers, studied, overridden, config, self.results.boots(config), values)


def compare_answers(
    kernels: tuple[ComparedKernel, ComparedKernel],
    projections: tuple[Projection, Projection],
    variants: Iterable[Mapping[str, str]],
    settings: Mapping[str, str],
) -> Iterator[AnswerComparison]:
    """Every comparison in these variants, each set of answers once.

    Args:
        kernels: the older and the newer.
        projections: their combinations with the settings only.
        variants: values of other symbols to set in both, one after the other.
        settings: values that hold in every variant.
    """
    before, after = kernels
    compared: set[tuple[tuple[str, str], ...]] = set()
    for variant in variants:
        fixed = {**settings, **variant}
        both = (before.projection(fixed), after.projection(fixed)) if variant else projections
        comparisons: list[AnswerComparison] = []
        for answers in _witnesses(*both):
            key = tuple(sorted(answers.items()))
            if key not in compared:
                comparisons.append(_comparison(kernels, fixed, (answers, answers), settings))
                compared.add(key)
        yield from comparisons
        for pair in () if variant else _reached_by_other_answers(*both, comparisons):
            yield _comparison(kernels, fixed, pair, settings)


def compared_answers(
    kernels: tuple[ComparedKernel, ComparedKernel], answers: Mapping[str, str], settings: Mapping[str, str]
) -> AnswerComparison:
    """What both kernels make of some answers."""
    return _comparison(kernels, settings, (answers, answers), settings)


def _comparison(
    kernels: tuple[ComparedKernel, ComparedKernel],
    variant: Mapping[str, str],
    answers: tuple[Mapping[str, str], Mapping[str, str]],
    settings: Mapping[str, str],
) -> AnswerComparison:
    before, after = (
        kernel.outcome(answer_set, settings) for kernel, answer_set in zip(kernels, answers, strict=True)
    )
    return AnswerComparison(variant, answers[0] is answers[1], before, after)


def _witnesses(*projections: Projection) -> Iterator[Mapping[str, str]]:
    for projection in projections:
        for combination in projection.combinations:
            if combination.witness is not None:
                yield combination.witness


def _reached_by_other_answers(
    before: Projection, after: Projection, comparisons: Sequence[AnswerComparison]
) -> Iterator[tuple[Mapping[str, str], Mapping[str, str]]]:
    """The witnesses of combinations that both kernels reach and that no comparison has in both."""
    compared = [
        comparison.before.values
        for comparison in comparisons
        if comparison.before.values == comparison.after.values
    ]
    for old, new in _pairs(before, after):
        if old.witness is not None and new.witness is not None and old.values not in compared:
            yield old.witness, new.witness


def _pairs(before: Projection, after: Projection) -> Iterator[tuple[Combination, Combination]]:
    """The combinations of both kernels that have equal values."""
    newer = {tuple(combination.values.items()): combination for combination in after.combinations}
    for old in before.combinations:
        new = newer.get(tuple(old.values.items()))
        if new is not None:
            yield old, new
