# SPDX-License-Identifier: GPL-2.0-or-later
"""The fewest changes against trying every set on every row and map, without refuting first."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

import pytest

from explorer.boot import CHANGES, Change, KernelConfig
from explorer.configuration import Evaluation
from explorer.errors import InputError
from explorer.machine import all_shipped_maps, shipped_map
from explorer.proof import Claims, Level, MapClass
from explorer.study.change_search import FewestChanges, fewest_changes
from explorer.study.change_switching import switching_of, values_after_switching, with_changes_switched
from explorer.study.matrix import study_kernel
from explorer.study.safe_sets import dies_on
from explorer.study.switched_rows import SwitchedRows
from tests.study.family_proofs import each, kernel_rows, prover

NAMES = ("nomap-mid", "nomap-end", "rm-start4", "unaligned-start", "two-banks", "dma32-edge", "numa-2-nomap")
MAPS = [shipped_map(name) for name in NAMES]
FIXED = ("ARM64_4K_PAGES", "y"), ("SPARSEMEM_VMEMMAP", "y")


def searched(release: str, map_class: MapClass, most: int, level: Level = Level.NEVER) -> FewestChanges:
    tree, rows = kernel_rows(release, *FIXED)
    prove = prover(MAPS)
    claims = [prove(row.kernel_config) for row in rows]
    return fewest_changes(
        tree, rows, claims, prove_all=each(prove), conditions=map_class.conditions, level=level, most=most
    )


def safe_sets_of_changes(release: str, map_class: MapClass, size: int, level: Level) -> list[set[str]]:
    """Every set of changes of a size that makes all rows safe on the maps of a class, by trying all."""
    tree, rows = kernel_rows(release, *FIXED)
    prove = prover(MAPS)
    found = []
    for chosen in combinations(CHANGES, size):
        try:
            kernel, redefined = with_changes_switched(tree, [change.name for change in chosen])
        except InputError:
            continue
        if len(switching_of(kernel).added) == size and all(
            not dies_on(claim, map_class.conditions)
            for row in rows
            for config in [
                row.kernel_config.rebuilt(kernel, values_after_switching(redefined, row.values, kernel))
            ]
            for claim in [prove(config).of(level)]
            if claim
        ):
            found.append({change.name for change in chosen})
    return found


@pytest.mark.parametrize(
    ("release", "map_class", "level"),
    [
        ("4.10", MapClass.ALL, Level.NEVER),
        ("4.17", MapClass.ALL, Level.NEVER),
        ("4.17", MapClass.PAGES_ONE_NODE, Level.NO_CERTAIN),
    ],
)
def test_a_single_change_is_found_if_and_only_if_one_suffices(
    release: str, map_class: MapClass, level: Level
) -> None:
    found = searched(release, map_class, 1, level)
    expected = safe_sets_of_changes(release, map_class, 1, level)
    if found.changes is None:
        assert not expected
        assert found.largest == 1
    else:
        assert {change.name for change in found.changes} in expected


def test_a_pair_is_found_where_no_single_change_suffices() -> None:
    tree, rows = kernel_rows("4.17", ("ARM64_4K_PAGES", "y"), ("SPARSEMEM_VMEMMAP", "n"))
    prove = prover(all_shipped_maps())
    claims = [prove(row.kernel_config) for row in rows]
    found = fewest_changes(tree, rows, claims, prove_all=each(prove))
    assert found.changes is not None
    assert {change.name for change in found.changes} == {"holes_in_zone_always", "move_freepages_by_pfn"}
    assert found.largest == 2


def test_a_safe_kernel_needs_no_change() -> None:
    found = searched("6.1", MapClass.ALL, 2)
    assert (found.changes, found.largest, found.tried) == ((), 0, 1)


def test_a_set_with_a_row_that_is_not_modelled_is_undecided() -> None:
    tree, rows = kernel_rows("4.17", *FIXED)
    prove = prover(MAPS)
    open_row = rows[0].kernel_config

    def partly(config: KernelConfig) -> Claims:
        claims = prove(config)
        return replace(claims, claims=()) if config.has("NUMA") == open_row.has("NUMA") else claims

    claims = [partly(row.kernel_config) for row in rows]
    found = fewest_changes(tree, rows, claims, prove_all=each(partly), most=1)
    assert found.changes is None
    assert found.undecided


def test_the_sets_of_each_size_are_shown_as_progress() -> None:
    tree, rows = kernel_rows("4.17", *FIXED)
    prove = prover(MAPS)
    claims = [prove(row.kernel_config) for row in rows]
    sizes: list[int] = []

    def watched(sets: Sequence[tuple[Change, ...]]) -> Sequence[tuple[Change, ...]]:
        sizes.append(len(sets))
        return sets

    fewest_changes(tree, rows, claims, prove_all=each(prove), most=1, watched=watched)
    assert sizes[0] == 1


@pytest.mark.parametrize("release", ["4.10", "4.17", "5.4", "5.12"])
def test_rows_under_changes_are_what_kconfig_and_the_command_line_make_of_them(release: str) -> None:
    tree, rows = kernel_rows(release, ("ARM64_4K_PAGES", "y"), ("DEBUG_VM", "n"))
    switched, compared = SwitchedRows(tree, rows), 0
    for change in CHANGES:
        kernel = switched.with_changes((change,))
        if kernel is None:
            continue
        _, redefined = with_changes_switched(tree, [change.name])
        for row, config in zip(rows, switched.kernel_configs(kernel), strict=True):
            values = values_after_switching(redefined, row.values, kernel)
            assert config == row.kernel_config.rebuilt(kernel, values)
            compared += 1
    assert compared > 50


@pytest.mark.parametrize("names", [["holes_in_zone_always"], ["no_holes_memorymodel"], ["generic_pfn_valid"]])
def test_rows_under_changes_have_every_combination_that_the_changed_kconfig_reaches(names: list[str]) -> None:
    tree, rows = kernel_rows("4.17", ("ARM64_4K_PAGES", "y"))
    _, redefined = with_changes_switched(tree, names)
    evaluations = [(row, Evaluation(redefined, row.values)) for row in rows]
    reached = {tuple(map(evaluation.value, row.combination.values)) for row, evaluation in evaluations}
    matrix = study_kernel(redefined, [shipped_map("flat")], what_ifs=False)
    assert reached >= {tuple(row.combination.values.values()) for row in matrix.rows}
