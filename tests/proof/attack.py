# SPDX-License-Identifier: GPL-2.0-only
"""An attack on claims: random maps that a claim covers, each booted; one that dies contradicts the claim.

By hand, with the builds of releases: ``python -m tests.proof.attack MAPS RELEASE[/SYMBOL=VALUE...]...``
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

from explorer.boot import Boot, simulate
from explorer.errors import InputError
from explorer.machine import MemoryMap
from explorer.proof.claims import Claim, Claims, Level
from explorer.proof.conditions import conditions_met
from tests.proof.meeting_conditions import meeting
from tests.proof.random_maps import changed_map, random_map

__all__ = ["Attack"]


@dataclass
class Attack:
    """Random maps against the claims of one build.

    Attributes:
        claims: the claims.
        rng: where chance comes from.
        seeds: maps that kill other builds; those of the claims themselves are added.
        covered: how many maps each level's claim covered, and so how often it could have been contradicted.
        booted: how many maps were booted.
        died: how many maps died, of any level.
        contradictions: maps that died though a claim covers them.
    """

    claims: Claims
    rng: Random
    seeds: Sequence[MemoryMap] = ()
    covered: Counter[Level] = field(default_factory=Counter)
    booted: int = 0
    died: int = 0
    contradictions: list[tuple[Level, Boot]] = field(default_factory=list)

    def run(self, maps: int) -> None:
        """Boot so many random maps."""
        own = [example.memory_map for claim in self.claims.claims for example in claim.counterexamples]
        terms = [term for claim in self.claims.claims for term in claim.terms]
        for _ in range(maps):
            memory_map = self._map([*own, *own, *self.seeds])
            if terms and self.rng.randrange(4):  # the others show what no claim covers
                term = self.rng.choice(terms)
                memory_map = meeting(self.rng, self.claims.kernel_config, memory_map, term) or memory_map
            self._judge(memory_map)

    def _map(self, seeds: Sequence[MemoryMap]) -> MemoryMap:
        config = self.claims.kernel_config
        if seeds and self.rng.randrange(2):
            return changed_map(self.rng, config, self.rng.choice(seeds))
        return random_map(self.rng, config)

    def _judge(self, memory_map: MemoryMap) -> None:
        try:
            boot = simulate(self.claims.kernel_config, memory_map)
        except InputError:
            return
        self.booted += 1
        self.died += bool(boot.faults)
        met = conditions_met(boot.memory_map, self.claims.kernel_config)
        for claim in self.claims.claims:
            if claim.covers(met):
                self.covered[claim.level] += 1
                if _dies(claim, boot):
                    self.contradictions.append((claim.level, boot))


def _dies(claim: Claim, boot: Boot) -> bool:
    return any(map(claim.level.is_reached_by, boot.faults))
