# SPDX-License-Identifier: GPL-2.0-or-later
"""The shipped claims are what the rules prove. Stale? ``make claims`` writes them anew."""

import pytest

from explorer.boot import KernelConfig, Verdict, simulate
from explorer.machine import Firmware, MemoryMap, all_shipped_maps
from explorer.proof import Claims, Level, conditions_met, prove, stored_claims
from explorer.proof.build_content import build_key
from explorer.proof.conditions import violated
from explorer.proof.rules_fingerprint import text_hash
from tests.proof.samples import build_of
from tests.proof.write_claims import default_builds, shipped_document


@pytest.fixture(scope="module")
def shipped() -> list[Claims]:
    """The claims of the builds of the default report."""
    return [claims for build in default_builds() if (claims := stored_claims(build))]


def test_the_shipped_claims_were_proven_by_these_rules() -> None:
    assert shipped_document()["text"] == text_hash()


def test_the_usual_builds_of_the_default_report_have_claims(shipped: list[Claims]) -> None:
    usual = [build for build in default_builds() if build.page_shift == 12 and build.has("SPARSEMEM_VMEMMAP")]
    assert len(usual) > 30
    assert {build_key(build) for build in usual} <= set(shipped_document()["builds"])
    assert all(claims.gaps or len(claims.claims) == len(Level) for claims in shipped)


def test_a_build_that_is_proven_again_has_the_shipped_claims() -> None:
    build = build_of("6.12", NUMA="n")
    assert prove(build) == stored_claims(build)


def test_no_listed_map_contradicts_a_shipped_claim(shipped: list[Claims]) -> None:
    """Of every third build."""
    compared = [
        _agrees(claims, claims.kernel_config, machine)
        for claims in shipped[::3]
        for machine in all_shipped_maps()
    ]
    assert sum(compared) > 50


def _agrees(claims: Claims, build: KernelConfig, machine: MemoryMap | Firmware) -> bool:
    """Whether a claim covers a map; then the kernel must be safe on it."""
    boot = simulate(build, machine)
    claim = claims.of(Level.NEVER)
    covered = claim is not None and claim.covers(conditions_met(boot.memory_map, boot.kernel_config))
    assert not covered or boot.verdict is Verdict.SAFE, (build, boot.memory_map.name)
    return covered


def test_every_shipped_counterexample_kills(shipped: list[Claims]) -> None:
    """It violates the conditions that are named, and dies as the claim says."""
    killed = 0
    for claims in shipped[::3]:
        for example in {example for claim in claims.claims for example in claim.counterexamples}:
            boot = simulate(claims.kernel_config, example.memory_map)
            assert example.fault in boot.faults
            assert violated(boot.memory_map, claims.kernel_config) == example.violated
            killed += 1
    assert killed > 20
