# SPDX-License-Identifier: GPL-2.0-or-later
"""Claims about every memory map of some builds; the schema is ``reports/proof.schema.json``."""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum

from explorer.boot import KernelConfig, simulate
from explorer.document.claims import claim_json, counterexample_json, proof_on_map
from explorer.document.elements import Json, generator, kernel_config_json
from explorer.machine import Firmware, MemoryMap
from explorer.narrative.condition_narrative import conditions_words
from explorer.narrative.gap_narrative import gap_words
from explorer.proof import Claim, Claims, Condition, Counterexample, Level
from explorer.proof.build_content import build_key
from explorer.study.matrix import hazard
from explorer.study.proven_builds import ProofRow

__all__ = ["SCHEMA", "ProofOutcome", "proof_document", "proof_outcome"]

SCHEMA = "kconfig-explorer/proof/1"


class ProofOutcome(StrEnum):
    """What a proof found, of all rows together."""

    PROVEN = "proven"
    COUNTEREXAMPLE = "counterexample"
    UNKNOWN = "unknown"


def proof_document(
    rows: Iterable[ProofRow],
    proven: Mapping[str, Claims],
    machines: Sequence[MemoryMap | Firmware] = (),
    kernels: Sequence[Json] = (),
) -> Json:
    """The claims of rows.

    Args:
        rows: combinations in variants, with their builds.
        proven: claims by ``build_key``; a build that is missing was not tried.
        machines: memory maps that are asked about.
        kernels: the safe sets of each kernel, and what else was asked (``KernelFindings``).
    """
    rows = list(rows)
    keys = {key: number for number, key in enumerate(dict.fromkeys(build_key(r.kernel_config) for r in rows))}
    return {
        "schema": SCHEMA,
        "generator": generator(),
        "rows": [_row(row, keys[build_key(row.kernel_config)], proven) for row in rows],
        "builds": [_build(key, proven[key], machines) if key in proven else None for key in keys],
        "kernels": list(kernels),
    }


def proof_outcome(document: Json) -> ProofOutcome:
    """What a document says of all its builds: a counterexample counts more than what is unknown.

    With machines a build that dies on one, or whose condition one does not meet, has a counterexample.
    """
    outcomes = {build["outcome"] if build else ProofOutcome.UNKNOWN for build in document["builds"]}
    order = (ProofOutcome.COUNTEREXAMPLE, ProofOutcome.UNKNOWN)
    return next((outcome for outcome in order if outcome in outcomes), ProofOutcome.PROVEN)


def _row(row: ProofRow, build: int, proven: Mapping[str, Claims]) -> Json:
    """A combination in a variant; ``build`` is the index of its build."""
    config = row.kernel_config
    return {
        "kernel": str(config.kernel.version),
        "settings": dict(row.settings),
        "values": dict(row.combination.values),
        "build": build,
        "tried": build_key(config) in proven,
        **kernel_config_json(config),
    }


def _build(key: str, claims: Claims, machines: Sequence[MemoryMap | Firmware]) -> Json:
    """The claims of a build, and what they say of machines."""
    asked = [_machine(claims, machine) for machine in machines]
    return {
        "key": key,
        "outcome": str(_outcome(claims, asked)),
        "unmodelled": list(map(gap_words, claims.gaps)),
        "forms": claims.forms,
        "claims": [_claim(claim, claims.kernel_config) for claim in claims.claims],
        "machines": asked,
    }


def _outcome(claims: Claims, machines: Sequence[Json]) -> ProofOutcome:
    claim = claims.of(Level.NEVER)
    if claim is None:
        return ProofOutcome.UNKNOWN
    if machines:
        is_met = all(machine["covered"] for machine in machines)
        return ProofOutcome.PROVEN if is_met else ProofOutcome.COUNTEREXAMPLE
    return ProofOutcome.PROVEN if claim.holds_everywhere else ProofOutcome.COUNTEREXAMPLE


def _claim(claim: Claim, config: KernelConfig) -> Json:
    return {
        **claim_json(claim, config),
        "terms_in_words": list(map(conditions_words, claim.terms)),
        "counterexamples": [_counterexample(example, config) for example in claim.counterexamples],
    }


def _counterexample(example: Counterexample, config: KernelConfig) -> Json:
    """A counterexample, and in words the weakest of the conditions that it does not meet."""
    found = counterexample_json(example, config)
    return {**found, "lacks": conditions_words(map(Condition, found["violated"]))}


def _machine(claims: Claims, machine: MemoryMap | Firmware) -> Json:
    """Whether a machine meets the condition of a build, and its own boot."""
    boot = simulate(claims.kernel_config, machine)
    found = proof_on_map(claims, boot) or {"covered": False, "missing": []}
    return {"name": machine.name, "verdict": str(boot.verdict), "hazard": str(hazard(boot)), **found}
