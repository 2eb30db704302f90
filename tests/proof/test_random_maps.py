# SPDX-License-Identifier: GPL-2.0-or-later
"""No random map escapes the shipped claims, and what random maps are changed by works.

The maps are the same in every run.
"""

from collections import Counter
from functools import partial
from random import Random

import pytest

from explorer.boot import KernelConfig
from explorer.proof import stored_claims
from explorer.proof.conditions import Condition, violated
from explorer.proof.fatal_forms import boot_of
from explorer.proof.repairs import repaired
from tests.proof.attack import Attack, Target
from tests.proof.meeting_conditions import meeting
from tests.proof.random_maps import random_map
from tests.proof.samples import build_of
from tests.proof.write_claims import shipped_document

FEW = 8
MAPS_OF_SHIPPED_CLAIMS = 17_000

RELEASES = ("4.17", "4.19", "5.10", "5.15.100", "6.1", "6.12")


@pytest.mark.parametrize("release", RELEASES)
def test_no_random_map_escapes_shipped_claims(release: str) -> None:
    claims = stored_claims(build_of(release))
    if not shipped_document()["builds"]:
        pytest.skip("no claims are shipped: make claims")
    assert claims, f"no claims of {release}: make claims"
    attack = Attack(Target.of_claims(claims), Random(1)).run(MAPS_OF_SHIPPED_CLAIMS)  # noqa: S311 # repeatable
    assert attack.escaped == []
    assert attack.booted > MAPS_OF_SHIPPED_CLAIMS / 2


@pytest.mark.parametrize("build", [build_of("5.10"), build_of("6.12")])
def test_maps_are_changed_until_they_meet_conditions(build: KernelConfig) -> None:
    """Otherwise the attack would rarely come near what a claim covers."""
    rng, met = Random(1), 0  # noqa: S311 # repeatable
    for _ in range(300):
        term = frozenset(rng.sample(list(Condition), 4))
        memory_map = meeting(rng, build, random_map(rng, build), term)
        if memory_map:
            assert not violated(memory_map, build) & term
            met += 1
    assert met > 150


def test_repaired_maps_violate_fewer_conditions() -> None:
    """The proof repairs forms by itself, apart from what the attack does."""
    build, rng = build_of("5.10"), Random(1)  # noqa: S311 # repeatable
    tried, helped = Counter[Condition](), Counter[Condition]()
    for _ in range(120):
        memory_map = random_map(rng, build)
        boot = boot_of(build, memory_map) if len(memory_map.memory) < FEW else None
        for condition in sorted(violated(boot.memory_map, build)) if boot else ():
            tried[condition] += 1
            helped[condition] += any(
                condition not in violated(other.memory_map, build)
                for other in map(partial(boot_of, build), repaired(memory_map, build, condition))
                if other
            )
    assert len(tried) > 30
    assert {condition: count for condition, count in tried.items() if helped[condition] < count / 4} == {}
