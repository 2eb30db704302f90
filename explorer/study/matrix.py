# SPDX-License-Identifier: GPL-2.0-or-later
"""The matrix: every combination of the symbols under study on every memory map, for one kernel.

A row is a combination. Where Kconfig can produce it, the configuration that Kconfig computes from its witness
boots. Where Kconfig cannot, the combination is put over the variant's configuration, and the boot is a
*what-if*: it gives no verdict.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from explorer.boot import (
    NO_PARAMETERS,
    SYMBOLS_OF_PARAMETERS,
    Boot,
    BootParameters,
    Fault,
    Kernel,
    KernelConfig,
    RamFill,
    Stage,
    Verdict,
)
from explorer.configuration import (
    NO_DEADLINE,
    Combination,
    Completion,
    Deadline,
    DotConfig,
    Projection,
    Tree,
    assumed,
    combinations,
    complete,
    with_answers,
)
from explorer.errors import OutOfTimeError
from explorer.machine import Firmware, MemoryMap
from explorer.proof.claims import Claims
from explorer.proof.claims_store import stored_claims
from explorer.study.results import StudyResults
from explorer.study.tree_kernel import kernel_of_tree
from explorer.study.variants import Variant

__all__ = [
    "FOUR",
    "ClaimsOf",
    "Hazard",
    "Matrix",
    "Row",
    "hazard",
    "leading",
    "numbers_in",
    "study_kernel",
    "variant_and_values",
]

ClaimsOf = Callable[[KernelConfig], Claims | None]
"""Gives the claims of a kernel for every memory map; ``None`` if nothing is proven."""

FOUR = ("NUMA", "HOLES_IN_ZONE", "HAVE_ARCH_PFN_VALID", "ARCH_HAS_HOLES_MEMORYMODEL")
"""The symbols of the mission, in its order."""


class Hazard(StrEnum):
    """When an unsafe kernel crashes: at boot, on a trigger, or only under circumstances."""

    BOOT = "boot"
    TRIGGER = "trigger"
    CIRCUMSTANCES = "circumstances"
    NONE = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A combination and its boots.

    Attributes:
        combination: values, and whether Kconfig can produce them.
        answers: the answers that produce it; empty for a what-if.
        values: the values of all symbols that the kernel was built with.
        kernel_config: the kernel that was booted.
        boots: one boot for each machine, in order.
        claims: what is proven of the kernel for every memory map; ``None`` if nothing is, and for a what-if.
    """

    combination: Combination
    answers: Mapping[str, str]
    values: Mapping[str, str]
    kernel_config: KernelConfig
    boots: tuple[Boot, ...]
    claims: Claims | None = None

    @property
    def verdict(self) -> Verdict:
        """Over all machines: unsafe when one is, otherwise unknown when one is, otherwise safe."""
        verdicts = {boot.verdict for boot in self.boots}
        return next(
            verdict for verdict in (Verdict.UNSAFE, Verdict.UNKNOWN, Verdict.SAFE) if verdict in verdicts
        )


@dataclass(frozen=True, slots=True)
class Matrix:
    """One kernel in one variant.

    Attributes:
        tree: the Kconfig of a kernel whose release is known.
        settings: the values that the user fixed; empty when all other symbols are free.
        kernel_config: the kernel with the settings and no combination put over it.
        projection: all combinations and the forced symbols.
        rows: one for each combination that was booted, in the projection's order.
        what_ifs: the combinations that Kconfig cannot produce were booted, too.
        base: the ``.config`` that fixes all other symbols; ``None`` where they are free.
        given: the values of the symbols under study in ``base``, as Kconfig computes them; or ``None``.
    """

    tree: Tree
    settings: Mapping[str, str]
    kernel_config: KernelConfig
    projection: Projection
    rows: tuple[Row, ...]
    what_ifs: bool = True
    base: DotConfig | None = None
    given: Mapping[str, str] | None = None


def study_kernel(  # noqa: PLR0913 # a kernel, machines, and refinements that all have defaults
    tree: Tree,
    machines: Sequence[MemoryMap | Firmware],
    *,
    described: Kernel | None = None,
    names: Sequence[str] = FOUR,
    settings: Mapping[str, str] | None = None,
    variant: Variant | None = None,
    ram_fill: RamFill = RamFill.STALE,
    parameters: BootParameters = NO_PARAMETERS,
    what_ifs: bool = True,
    base: DotConfig | None = None,
    watched: Callable[[Sequence[Combination]], Iterable[Combination]] = iter,
    results: StudyResults | None = None,
    claims_of: ClaimsOf = stored_claims,
    deadline: Deadline = NO_DEADLINE,
) -> Matrix:
    """Judge every combination on every machine.

    Args:
        tree: the Kconfig of a kernel whose release is known.
        machines: at least one.
        described: the kernel, where changes were switched in it and ``tree``; default: the release as it is.
        names: the symbols under study.
        settings: values of other symbols, which hold in every row.
        variant: gives the settings instead.
        ram_fill: what RAM held before the kernel started.
        parameters: the command line and the KASLR seed that the boot loader passes.
        what_ifs: boot the combinations that Kconfig cannot produce, too.
        base: a ``.config`` that answers all prompts but those of the symbols under study; ``settings`` are
            put over it. Without it they are free.
        watched: iterates over the combinations and shows progress.
        results: what earlier calls computed for the same machines.
        claims_of: gives the claims of a kernel; default: those that are shipped or in the cache.
        deadline: when to stop solving; rows that are not decided then are out of time. It does not
            count for a variant.

    Raises:
        InputError: an unknown version, an undefined symbol, a wrong value, too many combinations.
    """
    results = results or StudyResults(machines)
    described = described or kernel_of_tree(tree)
    fixed = dict(variant.settings if variant else settings or {})
    completion, reachability = (variant.completion, variant.reachability) if variant else (None, None)
    if completion is None and base is None:
        try:
            completion = complete(tree, fixed, {}, deadline=deadline)
        except OutOfTimeError:
            completion = assumed(tree, fixed)
    rows = _Rows(tree, described, fixed, completion, (ram_fill, parameters), base, results, claims_of)
    base_values = None if base is None else base.values
    projection = combinations(
        tree, names, fixed, base=base_values, reachability=reachability, deadline=deadline
    )
    booted = [each for each in projection.combinations if what_ifs or not each.unreachable]
    return Matrix(
        tree,
        fixed,
        rows.kernel_config(rows.without_combination),
        projection,
        tuple(rows.row(combination) for combination in watched(booted)),
        what_ifs,
        base,
        None if base is None else {name: rows.without_combination.get(name, "n") for name in names},
    )


class _Rows:
    """Makes the rows of one matrix."""

    def __init__(  # noqa: PLR0913, PLR0917 # the arguments of study_kernel()
        self,
        tree: Tree,
        described: Kernel,
        settings: Mapping[str, str],
        completion: Completion | None,
        conditions: tuple[RamFill, BootParameters],
        base: DotConfig | None,
        results: StudyResults,
        claims_of: ClaimsOf,
    ) -> None:
        self._tree, self._described, self._conditions, self._results = tree, described, conditions, results
        self._claims_of = claims_of
        self._numbers = numbers_in(tree, settings) if base is None else {}
        self._fixed = self._numbers if base is None else with_answers(base.values, settings)
        base_values = {} if base is None else base.values
        self._left_out = {
            name: base_values[name]
            for name in SYMBOLS_OF_PARAMETERS
            if name in base_values and not tree.defines(name)
        }
        self.without_combination = self._variant(completion)

    def _variant(self, completion: Completion | None) -> Mapping[str, str]:
        """The values of all symbols with the settings and no combination put over them."""
        if completion is None:
            return self._results.values(self._tree, self._fixed)
        if completion.reachable:
            self._results.add_values(self._tree, completion.answers, completion.values)
        return completion.values

    def kernel_config(self, values: Mapping[str, str]) -> KernelConfig:
        return KernelConfig.of(self._described, {**values, **self._left_out}, *self._conditions)

    def row(self, combination: Combination) -> Row:
        if combination.witness is None:
            answers, values = {}, {**self.without_combination, **combination.values}
        else:
            answers = with_answers(self._fixed, combination.witness)
            values = {**self._results.values(self._tree, answers), **self._numbers}
        config = self.kernel_config(values)
        claims = self._claims_of(config) if combination.reachable else None
        return Row(combination, answers, values, config, self._results.boots(config), claims)


def numbers_in(tree: Tree, settings: Mapping[str, str]) -> dict[str, str]:
    """The numbers and strings among settings; they are used as given, not as Kconfig computes them."""
    return {name: value for name, value in settings.items() if not tree.is_logical(name)}


def variant_and_values(
    settings: Mapping[str, str], names: Sequence[str] = FOUR
) -> tuple[dict[str, str], dict[str, str]]:
    """Settings split into those of other symbols and those of the symbols under study."""
    values = {name: value for name, value in settings.items() if name in names}
    return {name: value for name, value in settings.items() if name not in names}, values


def leading(faults: Sequence[Fault]) -> tuple[Fault, ...]:
    """The first fault of every walker and trigger; the others repeat it in other pageblocks."""
    first: dict[tuple[str, str], Fault] = {}
    for fault in faults:
        first.setdefault((fault.walker, fault.trigger), fault)
    return tuple(first.values())


def hazard(boot: Boot) -> Hazard:
    """When the most severe fault of a boot happens."""
    if any(fault.certain and fault.stage is Stage.BOOT for fault in boot.faults):
        return Hazard.BOOT
    if any(fault.certain for fault in boot.faults):
        return Hazard.TRIGGER
    return Hazard.CIRCUMSTANCES if boot.faults else Hazard.NONE
