# SPDX-License-Identifier: GPL-2.0-or-later
from collections.abc import Iterator
from itertools import pairwise, product
from pathlib import Path

import pytest

from explorer.boot import CHANGES, Kernel, KernelConfig, Verdict, is_described, simulate
from explorer.configuration import (
    Evaluation,
    fragment_releases,
    fragment_span,
    fragment_spans,
    load_fragment,
    load_tree,
)
from explorer.errors import InputError
from explorer.machine import all_shipped_maps
from explorer.study.matrix import Matrix, study_kernel
from explorer.study.release_search import ReleaseSearch, distinct_releases
from explorer.study.results import StudyResults
from explorer.version import KernelVersion
from tests.study.variant_matrices import variant_matrices


def every_release() -> Iterator[KernelVersion]:
    """Every number that a release could have, candidates included."""
    for major, minor in product(range(3, 9), range(21)):
        for stable in range(300):
            yield KernelVersion(major, minor, stable)
        for candidate in range(1, 8):
            yield KernelVersion(major, minor, candidate=candidate)


@pytest.fixture(scope="module", params=["4.17", "4.19", "5.14"])
def studied(request: pytest.FixtureRequest) -> list[Matrix]:
    return variant_matrices(request.param)


def test_every_release_with_a_fragment_has_a_described_boot_and_the_reverse() -> None:
    described, with_fragment = set(), set()
    for release in every_release():
        if is_described(release):
            described.add(str(release))
        if any(span.holds(release) for span in fragment_spans()):
            with_fragment.add(str(release))
    assert with_fragment == described
    assert len(described) > 10_000


def test_neighbours_that_initialise_memory_alike_are_one_release() -> None:
    releases = distinct_releases()
    assert releases == tuple(sorted(set(releases)))
    borders = {border for change in CHANGES for border in change.borders if is_described(border)}
    assert {"4.19.103", "5.10.24", "5.15.150"} <= set(map(str, releases))
    for release in {*fragment_releases(), *borders}:
        first = max(other for other in releases if other <= release)
        assert Kernel.of(first).changes == Kernel.of(release).changes
        assert fragment_span(first) == fragment_span(release)


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
        for matrix in variant_matrices(release)
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
    assert causes("4.17") == {("4.18.7", "HOLES_IN_ZONE=y", "f52bb98f5ade")}


def test_the_end_of_arm64s_own_pfn_valid_is_found_by_simulation() -> None:
    assert causes("5.14") == {("5.15.36", "HAVE_ARCH_PFN_VALID=n", "3de360c3fdb3")}


def test_a_cause_that_suffices_makes_the_kernel_of_the_row_safe() -> None:
    """The values of the row with the one value changed, booted apart."""
    compared = {True: 0, False: 0}
    for view in variant_matrices("4.17"):
        search = ReleaseSearch(StudyResults(all_shipped_maps()))
        for row in view.rows:
            for machine, later in zip(all_shipped_maps(), search.first_safe(view, row), strict=True):
                if later and later.cause and later.cause.kind == "Kconfig":
                    name, _, value = later.cause.name.partition("=")
                    try:
                        config = row.kernel_config.rebuilt(
                            row.kernel_config.kernel, {**row.values, name: value}
                        )
                        safe = simulate(config, machine).verdict is Verdict.SAFE
                    except InputError:
                        safe = False
                    assert later.cause.suffices is safe
                    compared[safe] += 1
    assert compared[True] > 50
    assert compared[False] > 0


def test_a_real_tree_hands_its_saved_values_on_to_later_kernels(tmp_path: Path) -> None:
    """Its default of HUGETLBFS is n, that of the fragments y: no later kernel is safe because of that."""
    fragment = load_fragment(KernelVersion.parse("4.16")).text("Kconfig")
    text = fragment.replace('bool "HugeTLB file system"\n\tdefault y\n', 'bool "HugeTLB file system"\n')
    assert text != fragment
    (tmp_path / "Kconfig").write_text(text)
    (tmp_path / "Makefile").write_text("VERSION = 4\nPATCHLEVEL = 16\nSUBLEVEL = 13\n")
    settings = {"ARM64_64K_PAGES": "y", "DEBUG_VM": "y"}
    view = study_kernel(load_tree(tmp_path), all_shipped_maps(), settings=settings, what_ifs=False)
    search = ReleaseSearch(StudyResults(all_shipped_maps()))
    found = [later for row in view.rows for later in search.first_safe(view, row) if later]
    assert len(found) > 5
    assert {(str(later.before), str(later.release)) for later in found} == {("4.17.7", "4.18.7")}
