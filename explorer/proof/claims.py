# SPDX-License-Identifier: GPL-2.0-or-later
"""Claims: on which memory maps a build cannot die, proven by booting every form of map.

1. Every form of the build's geometry is booted (``map_forms``).
2. For each level of danger, the forms that die are collected with the conditions that they violate.
3. A map that dies violates all conditions that some form violates which dies of the same level
   (docs/proof.md). So a map is safe if it meets, of every such form, a condition that the form violates.
4. The smallest sets of conditions that do are the terms of the claim (``weakest_terms``).
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from explorer.boot import Boot, Fault, Gap, KernelConfig, Stage, simulate, unmodelled
from explorer.machine import MemoryMap
from explorer.proof.conditions import Condition, Implications, violated
from explorer.proof.fatal_forms import FatalForms, FaultClass, boot_of
from explorer.proof.smallest import shrunk, size_key
from explorer.proof.terms import weakest_terms

__all__ = ["Claim", "Claims", "Counterexample", "Level", "prove"]


class Level(StrEnum):
    """What a claim rules out."""

    NEVER = "never a fault"
    NO_CERTAIN = "no certain fault"
    NOT_AT_BOOT = "no fault at boot"

    def is_reached_by(self, fault: Fault | FaultClass) -> bool:
        """Whether a fault contradicts a claim of this level."""
        if self is Level.NO_CERTAIN:
            return fault.certain
        return self is Level.NEVER or fault.stage is Stage.BOOT


@dataclass(frozen=True, slots=True)
class Counterexample:
    """A memory map on which a build dies.

    Attributes:
        memory_map: the map.
        fault: what it dies of, the first that contradicts the claim.
        violated: the conditions that the map does not meet.
    """

    memory_map: MemoryMap
    fault: Fault
    violated: frozenset[Condition]


@dataclass(frozen=True, slots=True)
class Claim:
    """On which memory maps a build is safe, for one level of danger.

    Attributes:
        level: what is ruled out.
        terms: a map that meets all conditions of one term is safe. ``(frozenset(),)``: every map is. Empty:
            no condition of the vocabulary makes a map safe.
        counterexamples: for each smallest set of conditions that maps violate which die, the smallest map;
            the smallest of all first.
    """

    level: Level
    terms: tuple[frozenset[Condition], ...]
    counterexamples: tuple[Counterexample, ...]

    @property
    def holds_everywhere(self) -> bool:
        """Whether the build is safe on every map."""
        return self.terms == (frozenset(),)

    def covers(self, conditions: frozenset[Condition]) -> bool:
        """Whether a map that meets these conditions is safe."""
        return any(term <= conditions for term in self.terms)


@dataclass(frozen=True, slots=True)
class Claims:
    """The claims of a build.

    Attributes:
        kernel_config: the build.
        claims: one of each level, in the order of ``Level``; empty if the build is unknown.
        gaps: what the build depends on and is not modelled; empty where the model covers it.
        forms: how many forms were booted.
    """

    kernel_config: KernelConfig
    claims: tuple[Claim, ...]
    gaps: tuple[Gap, ...]
    forms: int

    def of(self, level: Level) -> Claim | None:
        """The claim of a level; ``None`` if the build is unknown."""
        return next((claim for claim in self.claims if claim.level is level), None)


def prove(config: KernelConfig, on_progress: Callable[[int], None] | None = None) -> Claims:
    """Boot every form of a build, and say on which maps it is safe.

    Args:
        config: the build: kernel, configuration, command line and seed.
        on_progress: called now and then with how many forms were booted.
    """
    gaps = unmodelled(config)
    if gaps:
        return Claims(config, (), gaps, 0)
    fatal = FatalForms.of(config, on_progress)
    if fatal.gaps:
        return Claims(config, (), tuple(sorted(fatal.gaps)), fatal.booted)
    return Claims(config, tuple(_claim(level, fatal) for level in Level), (), fatal.booted)


def _claim(level: Level, fatal: FatalForms) -> Claim:
    """The claim of a level."""
    minimal = fatal.minimal(level.is_reached_by)
    found = [_counterexample(level, form, conditions, fatal.config) for conditions, form in minimal.items()]
    found.sort(key=lambda example: size_key(example.memory_map, fatal.config))
    return Claim(level, weakest_terms(tuple(minimal), Implications(fatal.config)), tuple(found))


def _counterexample(
    level: Level, form: MemoryMap, conditions: frozenset[Condition], config: KernelConfig
) -> Counterexample:
    """The counterexample of a form: made smaller as long as it violates the same conditions and dies."""

    def still_dies(other: MemoryMap) -> bool:
        boot = boot_of(config, other)
        if boot is None or _first(level, boot) is None:
            return False
        return violated(boot.memory_map, config) == conditions

    boot = simulate(config, shrunk(form, config, still_dies))
    fault = _first(level, boot)
    assert fault is not None  # noqa: S101 # shrunk() keeps the predicate
    return Counterexample(boot.memory_map, fault, conditions)


def _first(level: Level, boot: Boot) -> Fault | None:
    """The first fault that contradicts a claim of a level."""
    return next((fault for fault in boot.faults if level.is_reached_by(fault)), None)
