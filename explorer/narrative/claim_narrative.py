# SPDX-License-Identifier: GPL-2.0-or-later
"""Claims about every memory map, as sentences."""

from collections.abc import Mapping, Sequence
from enum import StrEnum

from explorer.machine import MemoryMap, Region
from explorer.narrative.condition_narrative import conditions_words
from explorer.proof.claims import Claim, Claims, Level
from explorer.proof.conditions import Condition
from explorer.proof.map_classes import MapClass, weakest_class

__all__ = ["OUTCOME_WORDS", "ClaimOutcome", "claim_outcome", "claim_sentence", "claims_words", "map_words"]

_MOST_TERMS = 3

_LEVELS = {
    Level.NEVER: "no fault",
    Level.NO_CERTAIN: "no certain fault",
    Level.NOT_AT_BOOT: "no fault at boot",
}


class ClaimOutcome(StrEnum):
    """What claims say about every memory map: safe, safe where it meets a condition, neither, or unknown."""

    PROVEN = "proven"
    CLASS = "class"
    DIES = "dies"
    UNKNOWN = "unknown"
    UNPROVEN = "unproven"


OUTCOME_WORDS: Mapping[ClaimOutcome, str] = {
    ClaimOutcome.PROVEN: "safe: proven",
    ClaimOutcome.CLASS: "safe under conditions: proven",
    ClaimOutcome.DIES: "dies on some maps",
    ClaimOutcome.UNKNOWN: "unknown",
    ClaimOutcome.UNPROVEN: "not proven",
}


def claim_outcome(claims: Claims | None) -> ClaimOutcome:
    """What claims say of the level "never a fault"; ``UNPROVEN`` without claims."""
    if claims is None:
        return ClaimOutcome.UNPROVEN
    claim = claims.of(Level.NEVER)
    if claim is None:
        return ClaimOutcome.UNKNOWN
    if claim.holds_everywhere:
        return ClaimOutcome.PROVEN
    return ClaimOutcome.CLASS if claim.terms else ClaimOutcome.DIES


def claims_words(claims: Claims | None) -> str:
    """What claims say of the level "never a fault", for a cell of a table."""
    outcome = claim_outcome(claims)
    claim = claims.of(Level.NEVER) if claims else None
    if claims is None or claim is None or outcome is not ClaimOutcome.CLASS:
        return OUTCOME_WORDS[outcome]
    safe_on = weakest_class(claim, claims.kernel_config)
    return f"safe on {safe_on}: proven" if safe_on else OUTCOME_WORDS[outcome]


def claim_sentence(claim: Claim, safe_on: MapClass | None) -> str:
    """A claim as a sentence: what is ruled out, on which class of memory maps, and on which others.

    Args:
        claim: the claim.
        safe_on: the weakest named class that it covers.
    """
    ruled_out = _LEVELS[claim.level]
    if claim.holds_everywhere:
        return f"{ruled_out} on any memory map"
    if not claim.terms:
        return f"no known condition on a memory map ensures {ruled_out}"
    where = f"where {_any_of(claim.terms)}"
    return (
        f"{ruled_out} on {safe_on}; exactly, on maps {where}" if safe_on else f"{ruled_out} on maps {where}"
    )


def map_words(memory_map: MemoryMap) -> str:
    """The regions of a small memory map in one line."""
    memory = map(_region_words, memory_map.memory)
    reserved = (f"reserved {_region_words(region)}" for region in memory_map.reserved)
    return ", ".join((*memory, *reserved))


def _region_words(region: Region) -> str:
    nomap = " nomap" if region.nomap else ""
    node = "" if region.node is None else f" node {region.node}"
    return f"{region.base:#x}+{region.size:#x}{nomap}{node}"


def _any_of(terms: Sequence[frozenset[Condition]]) -> str:
    """The first terms, joined by "or", and the number of the others."""
    shown = [conditions_words(term) for term in terms[:_MOST_TERMS]]
    more = len(terms) - len(shown)
    others = [f"{more} other {'condition holds' if more == 1 else 'conditions hold'}"] if more else []
    return "; or ".join(shown + others)
