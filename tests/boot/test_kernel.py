# SPDX-License-Identifier: GPL-2.0-or-later
import re
from dataclasses import replace
from pathlib import Path

import pytest

from explorer.boot import CHANGES, Change, Kernel
from explorer.boot.kernel import DESCRIBED
from explorer.boot.walkers import WALKERS
from explorer.errors import InputError
from explorer.version import KernelVersion

BOOT = Path(__file__).parents[2] / "explorer" / "boot"


def has(release: str, change: str) -> bool:
    return Kernel.of(KernelVersion.parse(release)).has(change)


def test_every_change_that_the_boot_asks_for_is_described_and_every_description_is_asked_for() -> None:
    source = "".join(path.read_text() for path in BOOT.rglob("*.py"))
    asked = set(re.findall(r'(?:kernel|config\.kernel)\.has\(\s*"(\w+)"\s*\)', source))
    asked |= {change for walker in WALKERS for change in (walker.since, walker.until) if change}
    assert asked <= {change.name for change in CHANGES}
    assert {change.name for change in CHANGES if not change.definitions} <= asked


def test_changes_have_names_of_their_own_and_say_what_they_do() -> None:
    assert len({change.name for change in CHANGES}) == len(CHANGES)
    assert all(change.effect and change.releases for change in CHANGES)
    assert all(change.commits for change in CHANGES)


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.name)
def test_a_change_cites_commits_with_subject_and_release_and_begins_no_earlier(change: Change) -> None:
    for commit in change.series:
        assert re.fullmatch(r"[0-9a-f]{12}", commit.id)
        assert commit.subject
    begins = [KernelVersion.parse(span.lstrip("=").partition("..")[0]) for span in change.releases]
    mainline = min(
        (version for version in begins if not version.stable), default=begins[0]
    )  # others: backports
    assert min(KernelVersion.parse(commit.release) for commit in change.commits).series <= mainline.series


@pytest.mark.parametrize(
    ("change", "without", "within"),
    [
        ("vmemmap_not_zeroed", "4.14", "4.16"),
        ("poisoned_nid_check", "4.16", "4.17"),
        ("zero_before_memmap_init", "4.17", "4.18"),
        ("memmap_by_regions", "5.7", "5.8"),
        ("holes_like_neighbours", "5.11", "5.11.14"),
        # stable releases: the release before has not taken it yet, or has reverted it
        ("holes_in_zone_always", "4.14.68", "4.14.69"),
        ("holes_in_zone_always", "4.17.19", "4.18.7"),
        ("holes_in_zone_always", "4.18.6", "4.18.7"),
        ("zero_before_memmap_init", "4.17.6", "4.17.7"),
        ("zero_before_memmap_init", "4.16.18", "4.17.7"),
        ("zero_all_unavailable", "4.19.102", "4.19.103"),
        ("online_checks_within", "4.19.87", "4.19.88"),
        ("memory_blocks_ask_node", "4.19.149", "4.19.150"),
        ("memory_blocks_ask_node", "5.4.69", "5.4.70"),
        ("memory_blocks_ask_node", "5.7.19", "5.8.13"),
        ("memory_blocks_by_regions", "6.16", "6.17"),
        ("asserts_on_buddy_only", "5.2.10", "5.2.11"),
        ("asserts_on_buddy_only", "5.1.21", "5.2.11"),
        ("static_no_map_is_nomap", "4.14.233", "4.14.232"),
        ("static_no_map_is_nomap", "4.19.191", "4.19.190"),
        ("static_no_map_is_nomap", "5.4.119", "5.4.102"),
        ("static_no_map_is_nomap", "5.10.19", "5.10.20"),
        ("static_no_map_is_nomap", "5.11.2", "5.11.3"),
        ("dma_zone_from_firmware", "5.10.21", "5.10.22"),
        ("dma_offset_ignored", "5.10.46", "5.10.47"),
        ("holes_like_neighbours", "5.10.23", "5.10.24"),
        ("holes_like_neighbours", "5.11.6", "5.11.7"),
        ("init_unavailable_mem", "5.10.24", "5.10.23"),
        ("init_unavailable_mem", "5.11.7", "5.11.6"),
        ("generic_pfn_valid", "5.15.35", "5.15.36"),
        ("pfn_valid_is_memory", "5.15.36", "5.15.35"),
        ("efi_special_purpose_skipped", "5.10.210", "5.10.211"),
        ("efi_special_purpose_skipped", "6.6.18", "6.6.19"),
        # a candidate belongs to its release
        ("holes_like_neighbours", "5.10.23", "5.10.24-rc1"),
        ("init_unavailable_mem", "5.10.24-rc1", "5.10.23-rc1"),
        ("static_no_map_is_nomap", "5.4.119-rc1", "5.4.118-rc2"),
        ("generic_pfn_valid", "5.15.35-rc1", "5.15.36-rc1"),
        ("asserts_on_buddy_only", "5.2.10", "5.3-rc1"),
        ("nomap_reserved", "5.12", "5.14-rc5"),
        ("memmap_in_order_of_memory", "5.10.52", "5.10.53"),
        ("memmap_in_order_of_memory", "5.12.16", "5.12.17"),
        ("memmap_in_order_of_memory", "5.13.1", "5.13.2"),
        ("memmap_in_order_of_memory", "5.11.22", "5.14-rc5"),
        ("pfn_valid_is_memory", "5.14-rc5", "5.14"),
        ("pfn_valid_is_memory", "5.15.100", "5.15.16"),
        ("no_pfn_valid_within", "5.14", "5.15"),
        ("dma32_stays_low", "6.1.192", "6.12"),
    ],
)
def test_a_release_contains_a_change_from_where_it_landed(change: str, without: str, within: str) -> None:
    assert has(within, change)
    assert not has(without, change)


@pytest.mark.parametrize("release", ["4.9", "7.3", "8.0"])
def test_releases_that_nobody_has_read_are_refused(release: str) -> None:
    with pytest.raises(InputError, match="not described"):
        Kernel.of(KernelVersion.parse(release))


def test_described_spans_do_not_overlap() -> None:
    releases = [f"{major}.{minor}" for major in (4, 5, 6, 7) for minor in range(21)]
    known = [release for release in releases if _known(release)]
    assert known[0] == "4.10"
    assert known[-1] == "7.2"
    assert len(DESCRIBED) == len(set(DESCRIBED))


def _known(release: str) -> bool:
    try:
        Kernel.of(KernelVersion.parse(release))
    except InputError:
        return False
    return True


@pytest.mark.parametrize("release", ["4.19", "5.7", "5.11", "5.17", "6.4", "6.12"])
def test_a_candidate_has_the_changes_of_its_release(release: str) -> None:
    candidate = Kernel.of(KernelVersion.parse(f"{release}-rc3"))
    assert candidate.changes == Kernel.of(KernelVersion.parse(release)).changes


@pytest.mark.parametrize(("release", "next_one"), [("6.20", "7.0"), ("5.20.1", "6.0"), ("4.21-rc1", "5.0")])
def test_a_number_that_no_kernel_has_is_refused(release: str, next_one: str) -> None:
    with pytest.raises(InputError, match=f"is followed by {next_one}"):
        Kernel.of(KernelVersion.parse(release))


def test_a_change_begins_and_ends_at_its_borders() -> None:
    for change in CHANGES:
        for border in change.borders:
            assert border.stable == 0 or change.in_force(border) != change.in_force(
                replace(border, stable=border.stable - 1)
            )
