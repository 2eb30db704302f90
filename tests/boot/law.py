# SPDX-License-Identifier: GPL-2.0-or-later
"""Laws: the simulator computes what the page-by-page reference computes, and was put to the test.

A law that compares two empty sets holds of any program. So each law counts the examples in which there was
something to compare, and fails below its floor.
"""

from collections.abc import Callable

import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st

from explorer.boot import Boot, KernelConfig, simulate
from explorer.errors import InputError
from explorer.machine import MemoryMap
from tests.boot.machines import maps
from tests.boot.reference import Reference

__all__ = ["EFFORT", "Compare", "law"]

EFFORT = settings().max_examples / 100
"""A profile of Hypothesis with fewer examples than the default of 100 makes every law shorter."""

_MORE_DRAWS = 3

Compare = Callable[[Boot, Reference], bool]
"""Compares both boots; true where the comparison could have failed: there was a fault, or several states."""


def law(
    faulty: st.SearchStrategy[KernelConfig],
    others: st.SearchStrategy[KernelConfig],
    *,
    examples: int,
    at_least: int,
) -> Callable[[Compare], Callable[[], None]]:
    """A test that compares random boots.

    Args:
        faulty: builds that the law is about, for two boots of three.
        others: any builds, for the rest.
        examples: how many boots to compare.
        at_least: how many comparisons must have had something to compare: a fifth of the mean measured.
            Hypothesis may dwell on few builds, so up to ``_MORE_DRAWS`` times it draws again.
    """

    def decorate(compare: Compare) -> Callable[[], None]:
        def holds(build: KernelConfig, memory_map: MemoryMap) -> None:
            boots = _both(build, memory_map)
            if boots:
                telling.append(compare(*boots))

        telling: list[bool] = []
        floor = at_least if EFFORT >= 1 else 1
        holds.__name__ = holds.__qualname__ = compare.__name__  # Hypothesis keeps failing examples by name
        check = settings(max_examples=round(examples * EFFORT), deadline=None)(
            given(st.sampled_from([faulty, faulty, others]).flatmap(lambda kernels: kernels), maps())(holds)
        )

        @pytest.mark.no_cover  # as every random test: tests/conftest.py
        def test() -> None:
            telling.clear()
            check()
            for number in range(_MORE_DRAWS):
                if sum(telling) < floor:
                    seed(number)(check)()
            told = f"{sum(telling)} of {len(telling)} comparisons had something to compare"
            assert sum(telling) >= floor, told

        return test

    return decorate


def _both(build: KernelConfig, memory_map: MemoryMap) -> tuple[Boot, Reference] | None:
    """Both boots, or neither where no kernel could start or the model says that it does not know."""
    try:
        boot = simulate(build, memory_map)
    except InputError:
        return None
    if boot.unmodelled or _has_node_inside_a_page(boot):
        return None
    return boot, Reference(build, boot.memory_map.memory, boot.memory_map.reserved)


def _has_node_inside_a_page(boot: Boot) -> bool:
    """Whether the last mapped region of a node begins and ends inside one page.

    Such a page begins with a hole, and the data of the node lie in it. The simulator takes it for reserved
    without memory, which 4.19 would zero; it does not, because the reserved bytes are memory.
    """
    page = 1 << boot.kernel_config.page_shift
    last = {region.node: region for region in boot.memory_map.memory if not region.nomap}
    return any(region.base // page == region.end // page for region in last.values())
