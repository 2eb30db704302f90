# SPDX-License-Identifier: GPL-2.0-or-later
"""The claims of a build over every memory map, as rows.

A build that Kconfig cannot produce has no claims. A build whose release is not described, or that depends on
something that is not modelled, has claims that are unknown.
"""

import json
from collections.abc import Iterator
from enum import StrEnum

from explorer.boot import Gap
from explorer.machine import memory_map_to_json
from explorer.proof import (
    Claim,
    Counterexample,
    Level,
    proven_claims,
    weakest_class,
)
from explorer.sweep.builds import Build, Reach
from explorer.sweep.rows import ClaimRow, CounterexampleRow

__all__ = ["Holds", "gap_words", "proven"]


class Holds(StrEnum):
    """On which memory maps a claim holds."""

    EVERYWHERE = "everywhere"
    CONDITIONALLY = "conditionally"
    NOWHERE = "nowhere"
    """No condition of the vocabulary makes a map safe."""
    UNKNOWN = "unknown"


def proven(build: Build) -> Iterator[ClaimRow | CounterexampleRow]:
    """The claims of a build, one of each level, and the counterexamples."""
    if build.reach is Reach.UNREACHABLE:
        return
    if build.kernel_config is None:
        yield from (_unknown(build, level) for level in Level)
        return
    claims = proven_claims(build.kernel_config)
    gaps = tuple(map(gap_words, claims.gaps))
    if not claims.claims:
        yield from (_unknown(build, level, gaps, claims.forms) for level in Level)
    for claim in claims.claims:
        weakest = weakest_class(claim, claims.kernel_config)
        yield ClaimRow(
            build.row.build,
            str(claim.level),
            _holds(claim),
            str(weakest) if weakest else None,
            _terms(claim),
            gaps,
            claims.forms,
        )
        for example in claim.counterexamples:
            yield _counterexample(build, claim, example)


def gap_words(gap: Gap) -> str:
    """What is not modelled, and the symbol that brings it about."""
    return f"{gap.kind} {gap.symbol}"


def _unknown(build: Build, level: Level, gaps: tuple[str, ...] = (), forms: int = 0) -> ClaimRow:
    return ClaimRow(build.row.build, str(level), Holds.UNKNOWN.value, None, (), gaps, forms)


def _holds(claim: Claim) -> str:
    if claim.holds_everywhere:
        return Holds.EVERYWHERE.value
    return (Holds.CONDITIONALLY if claim.terms else Holds.NOWHERE).value


def _terms(claim: Claim) -> tuple[tuple[str, ...], ...]:
    """The terms, each with its conditions in the order of their names."""
    return tuple(tuple(sorted(map(str, term))) for term in claim.terms)


def _counterexample(build: Build, claim: Claim, example: Counterexample) -> CounterexampleRow:
    return CounterexampleRow(
        build.row.build,
        str(claim.level),
        violated=tuple(sorted(map(str, example.violated))),
        walker=example.fault.walker,
        trigger=example.fault.trigger,
        pfn=example.fault.pfn,
        memory_map=json.dumps(memory_map_to_json(example.memory_map)),
    )
