# SPDX-License-Identifier: GPL-2.0-or-later
"""An attack on a proof: random maps that claims cover, each booted.

A map escapes if it dies although a claim covers it, or if it dies of a class of faults for which no form
violates only conditions that the map violates.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Self

from explorer.boot import Boot, KernelConfig
from explorer.machine import MemoryMap
from explorer.proof.claims import Claims, Level
from explorer.proof.conditions import Condition, Implications, conditions_met
from explorer.proof.fatal_forms import FatalForms, boot_of
from explorer.proof.terms import weakest_terms
from tests.proof.meeting_conditions import meeting
from tests.proof.random_maps import changed_map, random_map

__all__ = ["Attack", "Target"]

Term = frozenset[Condition]


@dataclass(frozen=True)
class Target:
    """What is attacked.

    Attributes:
        config: the build.
        terms: the terms of each level.
        killers: maps on which the build dies, to be changed.
        fatal: the forms on which it dies, if they are at hand.
    """

    config: KernelConfig
    terms: dict[Level, tuple[Term, ...]]
    killers: tuple[MemoryMap, ...]
    fatal: FatalForms | None = None

    @classmethod
    def of_claims(cls, claims: Claims) -> Self:
        """Claims as they are kept."""
        examples = (example for claim in claims.claims for example in claim.counterexamples)
        terms = {claim.level: claim.terms for claim in claims.claims}
        return cls(claims.kernel_config, terms, tuple(example.memory_map for example in examples))

    @classmethod
    def of_forms(cls, fatal: FatalForms) -> Self:
        """The forms that died, and the terms that follow from them."""
        implications = Implications(fatal.config)
        minimal = {level: fatal.minimal(level.is_reached_by) for level in Level}
        terms = {level: weakest_terms(tuple(forms), implications) for level, forms in minimal.items()}
        killers = tuple(form for forms in minimal.values() for form in forms.values())
        return cls(fatal.config, terms, killers, fatal)


@dataclass
class Attack:
    """Random maps against one build.

    Attributes:
        target: what is attacked.
        rng: where chance comes from.
        others: maps that kill other builds, to be changed.
        booted: how many maps were booted.
        died: how many maps died.
        covered: how many maps each level's claim covered, and so how often it could have been contradicted.
        classes: how many faults of a class had to have a form.
        escaped: what is wrong with a map, and its boot.
    """

    target: Target
    rng: Random
    others: Sequence[MemoryMap] = ()
    booted: int = 0
    died: int = 0
    classes: int = 0
    covered: Counter[Level] = field(default_factory=Counter)
    escaped: list[tuple[object, Boot]] = field(default_factory=list)

    def run(self, maps: int) -> Self:
        """Boot so many random maps; three of four are changed until they meet a term."""
        terms = [term for terms in self.target.terms.values() for term in terms]
        for _ in range(maps):
            memory_map = self._map()
            if terms and self.rng.randrange(4):
                term = self.rng.choice(terms)
                memory_map = meeting(self.rng, self.target.config, memory_map, term) or memory_map
            boot = boot_of(self.target.config, memory_map)
            if boot:
                self._judge(boot)
        return self

    def _map(self) -> MemoryMap:
        """A new map, or one that kills this build or another and was changed."""
        killers = (self.target.killers, self.target.killers, self.others)[self.rng.randrange(3)]
        if killers and self.rng.randrange(2):
            return changed_map(self.rng, self.target.config, self.rng.choice(killers))
        return random_map(self.rng, self.target.config)

    def _judge(self, boot: Boot) -> None:
        self.booted += 1
        self.died += bool(boot.faults)
        self.escaped += ((what, boot) for what in (*self._contradicted(boot), *self._without_form(boot)))

    def _contradicted(self, boot: Boot) -> Iterator[Level]:
        met = conditions_met(boot.memory_map, self.target.config)
        for level, terms in self.target.terms.items():
            if any(term <= met for term in terms):
                self.covered[level] += 1
                if any(map(level.is_reached_by, boot.faults)):
                    yield level

    def _without_form(self, boot: Boot) -> Iterator[object]:
        forms = self.target.fatal.canonical(boot) if self.target.fatal else {}
        self.classes += len(forms)
        return (fault_class for fault_class, form in forms.items() if form is None)
