# SPDX-License-Identifier: GPL-2.0-or-later
"""The builds of a kernel to prove: its reachable combinations in each variant.

Combinations and variants that lead to the same build share its claims.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from explorer.boot import NO_PARAMETERS, BootParameters, Kernel, KernelConfig, RamFill
from explorer.configuration import NO_DEADLINE, Combination, Deadline, DotConfig, Tree, decided
from explorer.proof.build_content import build_key
from explorer.study.matrix import FOUR, Matrix, study_kernel
from explorer.study.results import StudyResults
from explorer.study.variants import Variant, open_variants

__all__ = ["ProofRow", "by_kernel", "distinct_builds", "rows_of_kernel"]


@dataclass(frozen=True, slots=True)
class ProofRow:
    """A reachable combination in a variant.

    Attributes:
        tree: the Kconfig of the kernel.
        settings: the values that name the variant.
        combination: the values of the symbols under study.
        values: the values of all symbols.
        kernel_config: the build.
    """

    tree: Tree
    settings: Mapping[str, str]
    combination: Combination
    values: Mapping[str, str]
    kernel_config: KernelConfig


def rows_of_kernel(  # noqa: PLR0913 # a kernel, and what restricts its builds
    tree: Tree,
    described: Kernel,
    *,
    names: Sequence[str] = FOUR,
    settings: Mapping[str, str],
    base: DotConfig | None = None,
    ram_fill: RamFill = RamFill.STALE,
    parameters: BootParameters = NO_PARAMETERS,
    deadline: Deadline = NO_DEADLINE,
) -> Iterator[ProofRow]:
    """The reachable combinations of a kernel in each variant that the settings leave open.

    Args:
        tree: the Kconfig of the kernel, with the changes that were switched in it.
        described: the kernel.
        names: the symbols under study.
        settings: values of other symbols.
        base: a ``.config`` that answers all other prompts; then nothing varies.
        ram_fill: what RAM held before the kernel started.
        parameters: the command line and the KASLR seed that the boot loader passes.
        deadline: when to stop solving.

    Raises:
        OutOfTimeError: it is not decided in time which builds Kconfig can produce.
    """
    results = StudyResults(())
    variants = () if base else open_variants(tree, settings, names, deadline=deadline)

    def matrix(variant: Variant | None = None) -> Matrix:
        return study_kernel(
            tree,
            (),
            described=described,
            names=names,
            settings=settings,
            variant=variant,
            ram_fill=ram_fill,
            parameters=parameters,
            base=base,
            what_ifs=False,
            results=results,
            claims_of=lambda _: None,
            deadline=deadline,
        )

    for each in map(matrix, variants or (None,)):
        decided(each.projection)
        for row in each.rows:
            if row.combination.reachable:
                yield ProofRow(tree, each.settings, row.combination, row.values, row.kernel_config)


def distinct_builds(rows: Iterable[ProofRow]) -> dict[str, KernelConfig]:
    """The builds of rows by their content, each once, in order."""
    builds: dict[str, KernelConfig] = {}
    for row in rows:
        builds.setdefault(build_key(row.kernel_config), row.kernel_config)
    return builds


def by_kernel(rows: Iterable[ProofRow]) -> tuple[tuple[ProofRow, ...], ...]:
    """The rows of each kernel."""
    kernels: dict[tuple[Tree, Kernel], list[ProofRow]] = {}
    for row in rows:
        kernels.setdefault((row.tree, row.kernel_config.kernel), []).append(row)
    return tuple(map(tuple, kernels.values()))
