# SPDX-License-Identifier: GPL-2.0-or-later
"""Claims about every memory map, as the documents of ``matrix``, ``report`` and ``check`` show them.

A document lists each smallest map that kills once; claims refer to it by its index. Of maps that kill in the
same way, only the first build's is listed.
"""

import json

from explorer.boot import Boot, KernelConfig, simulate
from explorer.boot.firmware_origin import origins
from explorer.document.cell_details import block_json
from explorer.document.elements import Json, fault_json, zones_json
from explorer.machine import MemoryMap, memory_map_to_json
from explorer.narrative.claim_narrative import claim_outcome, claim_sentence, claims_words, map_words
from explorer.narrative.firmware_narrative import firmware_words
from explorer.narrative.gap_narrative import gap_words
from explorer.proof.claims import Claim, Claims, Counterexample, Level
from explorer.proof.conditions import Implications, conditions_met
from explorer.proof.map_classes import weakest_class

__all__ = ["CounterexampleList", "claim_json", "counterexample_json", "proof_on_map"]


class CounterexampleList:
    """The counterexamples of a document, each once."""

    def __init__(self) -> None:
        self.entries: list[Json] = []
        self._indices: dict[str, int] = {}

    def claims_json(self, claims: Claims | None) -> Json:
        """The claims of a build; ``None`` is a build of which nothing is proven."""
        return {
            "outcome": str(claim_outcome(claims)),
            "words": claims_words(claims),
            "forms": claims.forms if claims else 0,
            "unmodelled": list(map(gap_words, claims.gaps)) if claims else [],
            "levels": [self._claim(claim, claims.kernel_config) for claim in claims.claims] if claims else [],
        }

    def _claim(self, claim: Claim, config: KernelConfig) -> Json:
        smallest = claim.counterexamples[0] if claim.counterexamples else None
        return {
            **claim_json(claim, config),
            "smallest": None if smallest is None else self._index(smallest, config),
        }

    def _index(self, example: Counterexample, config: KernelConfig) -> int:
        """The index of a counterexample; a new one is appended."""
        fault, regions = example.fault, memory_map_to_json(example.memory_map)
        same = (config.page_shift, config.memory_model, fault.walker, fault.trigger, fault.pfn)
        key = json.dumps([regions, *same, str(fault.effect)])
        if key not in self._indices:
            self._indices[key] = len(self.entries)
            self.entries.append(counterexample_json(example, config))
        return self._indices[key]


def claim_json(claim: Claim, config: KernelConfig) -> Json:
    """A claim without its counterexamples."""
    safe_on = weakest_class(claim, config)
    return {
        "level": str(claim.level),
        "safe_on": safe_on and str(safe_on),
        "sentence": claim_sentence(claim, safe_on),
        "terms": [sorted(map(str, term)) for term in claim.terms],
    }


def counterexample_json(example: Counterexample, config: KernelConfig) -> Json:
    """A memory map that kills, with the zones and the fault that the build has on it."""
    boot = simulate(config, example.memory_map)
    fault = example.fault
    return {
        "kernel": str(config.kernel.version),
        "page_size": 1 << config.page_shift,
        "memory_model": str(config.memory_model),
        "DEBUG_VM": "y" if config.has("DEBUG_VM") else "n",
        "pageblock_order": config.pageblock_order,
        "section_size_bits": config.section_size_bits,
        "words": map_words(example.memory_map),
        **memory_map_to_json(example.memory_map),
        "zones": zones_json(boot),
        "fault": {**fault_json(fault, boot, with_chain=False), "block": block_json(fault, boot)},
        "violated": sorted(map(str, Implications(config).weakest(example.violated))),
        "firmware": firmware_json(example.memory_map, config),
    }


def firmware_json(memory_map: MemoryMap, config: KernelConfig) -> Json:
    """Which firmware can give the map to the kernel, and what keeps the others from it."""
    found = origins(memory_map, config)
    return {
        "words": firmware_words(found),
        "made_by": [str(one.means) for one in found if not one.obstacles],
        "obstacles": [
            {"means": str(one.means), "reason": str(obstacle.kind), "address": hex(obstacle.address)}
            for one in found
            for obstacle in one.obstacles
        ],
    }


def proof_on_map(claims: Claims | None, boot: Boot) -> Json | None:
    """Whether the memory map of a boot lies in the class on which its kernel is proven safe.

    ``missing`` are the conditions of the claim that the map does not meet; of several terms, those of the one
    that it meets best. ``None`` if nothing is proven.
    """
    claim = claims.of(Level.NEVER) if claims else None
    if claim is None:
        return None
    met = conditions_met(boot.memory_map, boot.kernel_config)
    missing = min(
        (term - met for term in claim.terms), key=lambda term: (len(term), sorted(term)), default=None
    )
    covered = claim.covers(met)
    return {"covered": covered, "missing": sorted(map(str, missing or ()))}
