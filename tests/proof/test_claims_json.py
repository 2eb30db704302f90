# SPDX-License-Identifier: GPL-2.0-or-later
import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.boot import Gap, GapKind, KernelConfig, simulate
from explorer.boot.walkers import WALKERS
from explorer.errors import InputError
from explorer.machine import MemoryMap
from explorer.machine.memory_map import MemoryCut
from explorer.proof.claims import Claim, Claims, Counterexample, Level
from explorer.proof.claims_json import claims_from_json, claims_to_json
from explorer.proof.conditions import Condition
from tests.boot.machines import builds, maps
from tests.proof.samples import sample_claims

_SETS = st.frozensets(st.sampled_from(Condition), max_size=6)
_GAPS = st.builds(Gap, st.sampled_from(GapKind), st.sampled_from(["DEFERRED_STRUCT_PAGE_INIT", "a_change"]))


@st.composite
def some_claims(draw: st.DrawFn) -> Claims:
    """Claims with the faults of real boots as counterexamples."""
    build = draw(builds())
    died = [example for _ in range(2) for example in counterexamples(build, draw(maps()), draw(_SETS))]
    claims = tuple(Claim(level, tuple(draw(st.lists(_SETS, max_size=3))), tuple(died)) for level in Level)
    return Claims(build, claims, tuple(draw(st.lists(_GAPS, max_size=2))), draw(st.integers(0, 10**6)))


def counterexamples(
    build: KernelConfig, memory_map: MemoryMap, violated: frozenset[Condition]
) -> list[Counterexample]:
    try:
        faults = simulate(build, memory_map).faults
    except InputError:
        return []
    cut = replace(memory_map, cuts=(MemoryCut("mem=", 1 << 20),))
    return [Counterexample(cut, fault, violated) for fault in faults]


def test_claims_survive_the_way_to_json_and_back() -> None:
    compared = []

    @settings(max_examples=60)
    @given(some_claims())
    def holds(claims: Claims) -> None:
        there = json.loads(json.dumps(claims_to_json(claims)))
        assert claims_from_json(there, claims.kernel_config) == claims
        compared.append(len(claims.claims[0].counterexamples))

    holds()
    assert sum(compared) >= 15


def test_function_and_trigger_name_one_walker() -> None:
    assert len({(walker.function, walker.trigger) for walker in WALKERS}) == len(WALKERS)


def test_a_map_that_holds_more_than_regions_is_refused() -> None:
    claims = sample_claims()
    example = claims.claims[0].counterexamples[0]
    more = replace(example, memory_map=replace(example.memory_map, command_line="mem=1G"))
    claim = replace(claims.claims[0], counterexamples=(more,))
    with pytest.raises(ValueError, match="more than regions"):
        claims_to_json(replace(claims, claims=(claim,)))
