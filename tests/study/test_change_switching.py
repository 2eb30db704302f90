# SPDX-License-Identifier: GPL-2.0-or-later
"""Changes switched on and off in a release: history can be replayed forwards and backwards."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.boot import CHANGES, Kernel
from explorer.errors import InputError
from explorer.study.change_switching import change_of, switched_kernel, switching_of
from explorer.version import KernelVersion

RELEASES = (
    *("4.10", "4.11", "4.14", "4.16", "4.17", "4.18", "4.19", "4.20", "5.0", "5.1", "5.4", "5.7", "5.8"),
    *("5.10", "5.11", "5.11.14", "5.12", "5.14-rc5", "5.14", "5.15.16", "5.15.100", "5.18", "6.4", "6.12"),
)
BACKPORTS = (
    *(("4.14.68", "4.14.69"), ("4.17.6", "4.17.7"), ("4.18.6", "4.18.7"), ("4.19.102", "4.19.103")),
    *(("5.4.101", "5.4.102"), ("5.10.23", "5.10.24"), ("5.10.46", "5.10.47"), ("5.15.35", "5.15.36")),
)
"""Stable releases of which the second took a commit of a later series."""
NEIGHBOURS = (*pairwise(RELEASES), *BACKPORTS)
BOUND = {change.name for change in CHANGES if change.bound}


def parsed(release: str) -> KernelVersion:
    return KernelVersion.parse(release)


def switched(release: str, *on: str, off: tuple[str, ...] = ()) -> Kernel:
    return switched_kernel(parsed(release), on, off)


@pytest.mark.parametrize(("older", "newer"), NEIGHBOURS)
def test_with_what_came_next_a_release_does_what_the_next_one_does(older: str, newer: str) -> None:
    before, after = switched(older), switched(newer)
    came = [name for name in sorted(after.changes - before.changes) if name not in BOUND]
    kernel = switched(older, *came)
    assert kernel.changes - BOUND == after.changes - BOUND
    assert switching_of(kernel).pulled_in == ()


@pytest.mark.parametrize(("older", "newer"), NEIGHBOURS)
def test_without_what_came_last_a_release_does_what_the_one_before_did(older: str, newer: str) -> None:
    before, after = switched(older), switched(newer)
    came = tuple(name for name in sorted(after.changes - before.changes) if name not in BOUND)
    assert switched(newer, off=came).changes - BOUND == before.changes - BOUND


names = st.sampled_from([change.name for change in CHANGES])


@given(st.sampled_from(RELEASES), st.lists(names, max_size=4), st.lists(names, max_size=2))
def test_no_change_is_in_without_what_it_needs_or_beside_what_it_replaces(
    release: str, on: list[str], off: list[str]
) -> None:
    try:
        kernel = switched_kernel(parsed(release), on, off)
    except InputError:
        return
    changes = {name: change_of(name) for name in kernel.changes}
    replaced = {name for change in changes.values() for name in change.replaces}
    for change in switching_of(kernel).added:
        assert all(need in changes or need in replaced for need in change.needs)
        assert change.name in changes or change.name in replaced
    assert not kernel.changes & replaced
    assert not kernel.changes & {change.name for change in switching_of(kernel).removed}


def test_a_change_is_named_by_name_or_by_any_commit_of_its_series() -> None:
    wanted = change_of("generic_pfn_valid")
    full = "a9c38c5d267cb94871dfa2de5539c92025c855d7"
    for text in ("16c9afc77660", "16c9afc7", "3DE360C3FDB3", "a9c38c5d267c", full):
        assert change_of(text) is wanted
    assert "16c9afc77660 and again 3de360c3fdb3" in wanted.label


@pytest.mark.parametrize(
    ("release", "on", "off", "words"),
    [
        ("4.17", ["deadbeef"], [], "no change that is described.*known are"),
        ("4.17", ["f52bb98"], [], "no change that is described"),
        ("4.17", ["memmap_by_region"], [], "did you mean memmap_by_regions"),
        ("4.19", ["f52bb98f5ade"], [], "4.19 has holes_in_zone_always .* already"),
        ("4.17", [], ["f52bb98f5ade"], "does not have holes_in_zone_always"),
        ("5.8", ["a4a3ede2132a"], [], "has outlived zero_resv_unavail"),
        ("4.17", ["two_dma_zones"], [], "cannot be switched by itself"),
        (
            "4.17",
            ["dma_offset_ignored"],
            [],
            "dma_offset_ignored .* needs two_dma_zones .* cannot be switched",
        ),
        (
            "4.20",
            [],
            ["e181ae0c5db9"],
            "zero_all_unavailable .* needs .*without_changes=.zero_all",
        ),
        ("5.12", ["16c9afc77660", "3eb9cdffb397"], [], "replace each other"),
        ("4.18", ["73a6e474cb37"], ["no_such_change_at_all"], "no change that is described"),
    ],
)
def test_what_cannot_be_switched_is_refused_and_the_message_says_what_to_do(
    release: str, on: list[str], off: list[str], words: str
) -> None:
    with pytest.raises(InputError, match=words) as raised:
        switched_kernel(parsed(release), on, off)
    assert raised.value.hint
    assert raised.value.parameter in {"with_changes", "without_changes"}


def test_what_a_change_needs_comes_along_and_is_named() -> None:
    kernel = switched("4.17", "0740a50b9baa")
    assert [change.name for change in switching_of(kernel).added] == [
        "memmap_by_regions",
        "holes_like_neighbours",
    ]
    assert [change.name for change in switching_of(kernel).pulled_in] == ["memmap_by_regions"]


def test_a_revert_brings_back_what_was_replaced() -> None:
    assert switched("5.12", off=("0740a50b9baa",)).has("init_unavailable_mem")
    assert switched("6.1", off=("a9c38c5d267c",)).has("pfn_valid_is_memory")
    assert not switched("5.14-rc5", off=("16c9afc77660",)).has("pfn_valid_is_memory")


@pytest.mark.parametrize(
    ("release", "change"),
    [
        ("4.14.69", "holes_in_zone_with_numa"),
        ("5.10.24", "init_unavailable_mem"),
        ("5.10.24", "zero_all_unavailable"),
    ],
)
def test_a_stable_release_has_outlived_what_its_backports_replace(release: str, change: str) -> None:
    with pytest.raises(InputError, match="a later change took its place"):
        switched(release, change)


def test_a_commit_that_a_stable_series_reverted_can_be_applied_again() -> None:
    assert switched("5.4.119", "86588296acbf").has("static_no_map_is_nomap")
    assert not switched("5.4.118", off=("86588296acbf",)).has("static_no_map_is_nomap")
