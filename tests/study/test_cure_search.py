# SPDX-License-Identifier: GPL-2.0-only
from itertools import pairwise

import pytest

from explorer.boot import Kernel, KernelConfig, Verdict, simulate
from explorer.configuration import Evaluation, load_fragment
from explorer.machine import all_shipped_maps
from explorer.study.cure_search import CureSearch
from explorer.study.matrix import Matrix, study_kernel
from explorer.study.release_search import ReleaseSearch, distinct_releases
from explorer.study.results import StudyResults
from explorer.study.variants import open_variants
from explorer.version import KernelVersion


def views(release: str) -> list[Matrix]:
    tree = load_fragment(KernelVersion.parse(release))
    return [
        study_kernel(tree, all_shipped_maps(), settings=variant.settings, what_ifs=False)
        for variant in open_variants(tree, {})
    ]


@pytest.fixture(scope="module", params=["4.17", "4.19", "5.14"])
def studied(request: pytest.FixtureRequest) -> list[Matrix]:
    return views(request.param)


def test_every_cure_is_a_configuration_of_kconfig_that_boots_safely(studied: list[Matrix]) -> None:
    search, cured = CureSearch(studied, StudyResults(all_shipped_maps())), 0
    for view in studied:
        for row in view.rows:
            for machine, boot, cure in zip(
                all_shipped_maps(), row.boots, search.cures(view, row), strict=True
            ):
                assert cure is None or boot.verdict is Verdict.UNSAFE
                if cure:
                    values = Evaluation(view.tree, cure.answers).values()
                    assert all(values[name] == value for name, value in cure.changes.items())
                    kernel_config = KernelConfig.of(
                        row.kernel_config.kernel, values, row.kernel_config.ram_fill
                    )
                    assert kernel_config.page_shift == row.kernel_config.page_shift
                    assert simulate(kernel_config, machine).verdict is Verdict.SAFE
                    cured += 1
    assert cured or str(studied[0].tree.release) == "5.14"


def test_every_later_release_is_the_first_that_is_safe(studied: list[Matrix]) -> None:
    search = ReleaseSearch(StudyResults(all_shipped_maps()))
    for view in studied:
        answers = [dict(row.combination.witness or {}) for row in view.rows]
        for row, row_answers in zip(view.rows, answers, strict=True):
            for machine, boot, later in zip(
                all_shipped_maps(), row.boots, search.first_safe(view, row), strict=True
            ):
                assert (later is not None) == (boot.verdict is Verdict.UNSAFE)
                if later:
                    releases = [view.tree.release, *(r for r in distinct_releases() if r > view.tree.release)]
                    before = next(old for old, new in pairwise(releases) if new == later.release)
                    assert before == later.before
                    values = Evaluation(load_fragment(later.release), row_answers).values()
                    kernel_config = KernelConfig.of(
                        Kernel.of(later.release), values, row.kernel_config.ram_fill
                    )
                    assert simulate(kernel_config, machine).verdict is Verdict.SAFE


def causes(release: str) -> set[tuple[str, str, str]]:
    (view,) = [
        matrix
        for matrix in views(release)
        if matrix.settings == {"ARM64_4K_PAGES": "y", "SPARSEMEM_VMEMMAP": "y", "DEBUG_VM": "y"}
    ]
    search = ReleaseSearch(StudyResults(all_shipped_maps()))
    return {
        (str(later.release), later.cause.name, later.cause.commit)
        for row in view.rows
        for later in search.first_safe(view, row)
        if later and later.cause
    }


def test_the_commit_of_the_thread_of_2018_is_found_by_simulation() -> None:
    assert causes("4.17") == {("4.19", "HOLES_IN_ZONE=y", "f52bb98f5ade")}


def test_the_end_of_arm64s_own_pfn_valid_is_found_by_simulation() -> None:
    assert causes("5.14") == {("5.15.100", "HAVE_ARCH_PFN_VALID=n", "3de360c3fdb3")}
