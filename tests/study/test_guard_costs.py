# SPDX-License-Identifier: GPL-2.0-or-later
"""Guards against releases that have them, their costs against counting struct pages one by one."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.boot import Boot, Kernel, KernelConfig, MemoryModel, Verdict, simulate
from explorer.boot.fresh_memmap import FreshCause
from explorer.boot.memmap_rules import PageContent
from explorer.boot.sections import MemoryKind
from explorer.configuration import Tree
from explorer.machine import MemoryMap, Region, all_shipped_maps, shipped_map
from explorer.proof import Claims, MapClass
from explorer.study.change_switching import values_after_switching, with_changes_switched
from explorer.study.guard_costs import GuardCost, GuardCosts, costs_of_guards
from explorer.study.matrix import Row
from explorer.study.memmap_guards import MemmapGuard
from explorer.version import KernelVersion
from tests.study.family_proofs import each, kernel_rows, prover

STRUCT_PAGE = 64


def costs_on(release: str, machine: MemoryMap, *fixed: tuple[str, str]) -> tuple[GuardCosts, ...]:
    tree, rows = kernel_rows(release, *fixed)
    return costs_of_guards(tree, rows, machine)


def with_guard(tree: Tree, rows: Sequence[Row], cost: GuardCost, *, but: str = "") -> list[KernelConfig]:
    """The kernels of rows with a guard in them, switched as the command line would."""
    added = [change.name for change in cost.added if change.name != but]
    kernel, redefined = with_changes_switched(tree, added, [change.name for change in cost.removed])
    return [KernelConfig.of(kernel, values_after_switching(redefined, row.values, kernel)) for row in rows]


def counted(boot: Boot) -> int:
    """The struct pages that are written for holes and nomap, and all that are cleared, one by one."""
    written = 0
    for run in boot.page_runs:
        for pfn in range(run.start, run.end):
            cleared = boot.fresh_at(pfn).cause is FreshCause.ALLOCATED_ZEROED
            written += cleared
            if run.page.content is PageContent.INITIALISED:
                written += run.kind is not MemoryKind.MAP
            elif run.page.content is PageContent.ZERO:
                written += not cleared
    return written * STRUCT_PAGE


@st.composite
def maps(draw: st.DrawFn) -> MemoryMap:
    """Regions with gaps, up to some MiB, aligned to 64 KiB."""
    regions, at = [], 0x4000_0000
    for _ in range(draw(st.integers(1, 4))):
        size = draw(st.integers(1, 100)) << 16
        regions.append(Region(at, size, nomap=draw(st.booleans())))
        at += size + (draw(st.integers(0, 100)) << 16)
    return MemoryMap("random", (*regions, Region(at + (1 << 16), 4 << 20)))


@settings(max_examples=4)
@given(maps(), st.sampled_from(["4.10", "4.17", "4.19", "5.10", "6.1"]))
def test_bytes_verdicts_and_steps_are_those_of_the_worst_row(machine: MemoryMap, release: str) -> None:
    tree, rows = kernel_rows(release, ("ARM64_64K_PAGES", "y"), ("DEBUG_VM", "n"))
    for costs in costs_of_guards(tree, rows, machine):
        own = [row for row in rows if row.kernel_config.memory_model is costs.memory_model]
        for cost in costs.costs:
            boots = [simulate(config, machine) for config in with_guard(tree, own, cost)]
            assert cost.bytes_written == max(map(counted, boots))
            assert cost.is_safe == all(boot.verdict is Verdict.SAFE for boot in boots)
            assert cost.tests_per_page == any(boot.kernel_config.within_is_checked for boot in boots)


@pytest.mark.parametrize(("release", "name"), [("4.10", "dma32-edge"), ("4.17", "two-banks")])
def test_a_check_of_a_walker_is_added_only_where_the_guard_is_unsafe_without_it(
    release: str, name: str
) -> None:
    needed, machine = 0, shipped_map(name)
    tree, rows = kernel_rows(release, ("DEBUG_VM", "y"), ("ARM64_4K_PAGES", "y"))
    for costs in costs_of_guards(tree, rows, machine):
        own = [row for row in rows if row.kernel_config.memory_model is costs.memory_model]
        for cost in costs.costs:
            for check in cost.checks:
                needed += 1
                configs = with_guard(tree, own, cost, but=check.name)
                assert any(simulate(config, machine).verdict is not Verdict.SAFE for config in configs)
    assert needed


@pytest.mark.parametrize(
    ("release", "guard", "like"),
    [
        ("5.5", MemmapGuard.ZONE_ZERO, "5.6"),
        ("5.10.23", MemmapGuard.NEIGHBOURS, "5.10.24"),
        ("5.14", MemmapGuard.WHOLE_SECTIONS, "5.16"),
        ("4.18.6", MemmapGuard.PFN_VALID_WITHIN, "4.18.7"),
        ("4.15", MemmapGuard.CLEARED, "4.14"),
    ],
)
def test_a_guard_is_what_the_release_has_that_brought_it(release: str, guard: MemmapGuard, like: str) -> None:
    fixed = ("ARM64_4K_PAGES", "y"), ("DEBUG_VM", "n")
    costs = costs_on(release, shipped_map("nomap-mid"), *fixed)[0]
    cost = next(cost for cost in costs.costs if cost.guard is guard)
    later, own = Kernel.of(KernelVersion.parse(like)), Kernel.of(KernelVersion.parse(release))
    assert {change.name for change in cost.added} <= later.changes - own.changes
    assert {change.name for change in cost.removed} <= own.changes - later.changes
    as_it_is = next(c for c in costs_on(like, shipped_map("nomap-mid"), *fixed)[0].costs if c.guard is guard)
    assert as_it_is.is_in_kernel
    assert not cost.is_in_kernel


def test_the_table_of_4_17_on_the_map_of_the_mail() -> None:
    costs = costs_on("4.17", shipped_map("nomap-mid"), ("ARM64_4K_PAGES", "y"), ("SPARSEMEM_VMEMMAP", "y"))[0]
    assert costs.section is not None
    assert costs.section == (1, 1 << 18, 16 << 20, 4096, 8)
    table = {
        cost.guard: (cost.is_safe, cost.tests_per_page, cost.steps_per_test, cost.bytes_written)
        for cost in costs.costs
    }
    assert table[MemmapGuard.AS_IT_IS] == (False, 1, 2, 0)  # NUMA=y has HOLES_IN_ZONE, NUMA=n has none
    assert table[MemmapGuard.PFN_VALID_WITHIN] == (True, 1, 2, 0)
    assert table[MemmapGuard.NEIGHBOURS] == (True, 1, 2, 16 * 64)  # 16 pages of nomap
    assert table[MemmapGuard.CLEARED] == (True, 1, 2, 16 << 20)
    ram, nomap = (128 << 20) >> 12, 16
    assert table[MemmapGuard.WHOLE_SECTIONS] == (True, 0, 0, ((1 << 18) - ram + nomap) * 64)
    assert costs.cheapest is not None
    assert costs.cheapest.guard is MemmapGuard.WHOLE_SECTIONS
    assert [cost.order for cost in costs.costs] == sorted(cost.order for cost in costs.costs)


def test_whole_sections_are_no_guard_where_the_memmap_of_gaps_is_freed() -> None:
    costs = costs_on("4.17", shipped_map("two-banks"), ("SPARSEMEM_VMEMMAP", "n"), ("ARM64_4K_PAGES", "y"))[0]
    assert costs.memory_model is MemoryModel.SPARSEMEM
    unsafe = {cost.guard for cost in costs.costs if not cost.is_safe}
    assert MemmapGuard.WHOLE_SECTIONS in unsafe


def test_flatmem_has_no_sections_and_a_kernel_refuses_what_it_outlived_long_ago() -> None:
    flat = costs_on("5.10", shipped_map("flat"), ("FLATMEM", "y"))[0]
    assert flat.section is None
    newest = costs_on("6.1", shipped_map("flat"))[0]
    assert set(newest.refused) == {MemmapGuard.ZEROED, MemmapGuard.ZONE_ZERO}


def test_the_cheapest_guard_is_the_first_whose_rows_are_all_proven_on_a_class_with_the_map() -> None:
    tree, rows = kernel_rows("4.17", ("ARM64_4K_PAGES", "y"), ("SPARSEMEM_VMEMMAP", "n"))
    machine, prove = shipped_map("nomap-mid"), prover(all_shipped_maps())
    (costs,) = costs_of_guards(tree, rows, machine, each(prove))
    tried = [cost for cost in costs.costs if cost.proof]
    assert [cost for cost in tried if cost.proof and cost.proof.covers] == tried[-1:] == [costs.cheapest]
    assert tried[-1].proof is not None
    assert tried[-1].proof.safe_on is MapClass.SECTIONS  # two-banks kills where memmap of gaps is freed
    assert all(cost.proof is None for cost in costs.costs if not cost.is_safe)
    (unproven,) = costs_of_guards(tree, rows, machine)
    assert [cost.guard for cost in unproven.costs] == [cost.guard for cost in costs.costs]


def test_a_guard_with_a_row_that_is_not_modelled_is_not_proven() -> None:
    tree, rows = kernel_rows("4.17", ("ARM64_4K_PAGES", "y"), ("SPARSEMEM_VMEMMAP", "y"))
    (costs,) = costs_of_guards(
        tree, rows, shipped_map("flat"), each(lambda config: Claims(config, (), (), 0))
    )
    assert costs.cheapest is None
    assert all(cost.proof == (False, None) for cost in costs.costs if cost.is_safe)
