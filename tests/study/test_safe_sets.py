# SPDX-License-Identifier: GPL-2.0-or-later
"""Safe sets against the truth table: made-up claims, and the claims of releases over the shipped maps."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.boot import Gap, GapKind, KernelConfig, Verdict, simulate
from explorer.machine import MemoryMap, all_shipped_maps
from explorer.proof import Claim, Claims, Condition, Counterexample, Level, MapClass, conditions_met
from explorer.proof.conditions import Implications, violated
from explorer.proof.terms import weakest_terms
from explorer.study.formulas import Formula
from explorer.study.safe_sets import (
    DEBUG_VM,
    MEMORY_MODEL,
    PAGE_SIZE,
    ProvenRow,
    SafeSet,
    dies_on,
    safe_sets_of,
)
from tests.proof.samples import build_of, sample_claims
from tests.study.family_proofs import kernel_rows, prover

BUILDS = [
    build_of("4.17", SPARSEMEM_VMEMMAP=vmemmap, DEBUG_VM=debug, **{f"ARM64_{size}K_PAGES": "y"})
    for vmemmap, debug, size in product("ny", "ny", (4, 64))
]
CONDITIONS = tuple(Condition)[:6]
EXAMPLE = sample_claims().claims[0].counterexamples[0]
GAP = (Gap(GapKind.OPEN_CHANGE, "made_up"),)


def made_up(build: KernelConfig, killers: Sequence[frozenset[Condition]] | None) -> Claims:
    """Claims of which each counterexample violates given conditions; unknown without any."""
    if killers is None:
        return Claims(build, (), GAP, 0)
    examples = tuple(Counterexample(EXAMPLE.memory_map, EXAMPLE.fault, each) for each in killers)
    return Claims(build, tuple(Claim(level, (), examples) for level in Level), (), 1)


@st.composite
def proven_rows(draw: st.DrawFn) -> list[ProvenRow]:
    """Rows over two symbols and some builds, with made-up claims; some combinations are missing."""
    killers = st.none() | st.lists(st.frozensets(st.sampled_from(CONDITIONS), min_size=1), max_size=3)
    combinations = st.tuples(st.sampled_from("ny"), st.sampled_from("ny"), st.sampled_from(BUILDS))
    return [
        ProvenRow({"NUMA": numa, "HOLES_IN_ZONE": holes}, made_up(build, draw(killers)))
        for numa, holes, build in draw(st.lists(combinations, min_size=1, max_size=12))
    ]


def expected(rows: Sequence[ProvenRow], conditions: frozenset[Condition]) -> dict[str, Verdict]:
    """The verdict of each assignment, by its text: the worst of its rows."""
    table: dict[str, set[Verdict]] = {}
    for row in rows:
        claims = row.claims.claims
        dies = bool(claims) and any(not one.violated & conditions for one in claims[0].counterexamples)
        verdict = Verdict.UNSAFE if dies else Verdict.SAFE if claims else Verdict.UNKNOWN
        table.setdefault(str(row.assignment), set()).add(verdict)
    order = (Verdict.UNSAFE, Verdict.UNKNOWN, Verdict.SAFE)
    return {text: next(one for one in order if one in found) for text, found in table.items()}


def shortened(formula: Formula) -> list[Formula]:
    """The formula less one term, and with one literal less in one term."""
    found = []
    for term in formula.terms:
        others = tuple(other for other in formula.terms if other != term)
        found.append(Formula(others))
        found += [Formula((*others, tuple(one for one in term if one != literal))) for literal in term]
    return found


@settings(max_examples=40)
@given(proven_rows(), st.frozensets(st.sampled_from(CONDITIONS)))
def test_the_formulas_are_the_truth_table_of_reachable_rows_and_minimal(
    rows: list[ProvenRow], conditions: frozenset[Condition]
) -> None:
    (safe_set,) = safe_sets_of(rows, Level.NEVER, [conditions])
    table = expected(rows, conditions)

    def agrees(formula: Formula, verdict: Verdict) -> bool:
        return all(formula.holds(row.assignment) == (table[str(row.assignment)] is verdict) for row in rows)

    for formula, verdict in ((safe_set.safe, Verdict.SAFE), (safe_set.unknown, Verdict.UNKNOWN)):
        assert agrees(formula, verdict)
        assert not any(agrees(shorter, verdict) for shorter in shortened(formula))


def table_of(safe_set: SafeSet) -> Mapping[Verdict, int]:
    return {verdict: count for verdict, count in safe_set.rows.items() if count}


def test_a_class_without_more_safe_rows_than_a_wider_one_is_left_out() -> None:
    aligned = MapClass.PAGES.conditions
    rows = [
        ProvenRow({"NUMA": "n"}, made_up(BUILDS[0], [frozenset({Condition.NOMAP_BEGINS_ON_PAGES})])),
        ProvenRow({"NUMA": "y"}, made_up(BUILDS[0], [])),
    ]
    found = safe_sets_of(rows)
    assert [one.map_class for one in found] == [MapClass.ALL, MapClass.PAGES]
    assert found[0].safe.terms[0][0] == ("NUMA", ("y",))
    assert found[1].safe.is_always
    assert found[1].conditions == aligned
    assert table_of(found[0]) == {Verdict.SAFE: 1, Verdict.UNSAFE: 1}


def test_what_is_not_modelled_is_neither_safe_nor_unsafe() -> None:
    rows = [
        ProvenRow({"NUMA": "n"}, made_up(BUILDS[0], None)),
        ProvenRow({"NUMA": "y"}, made_up(BUILDS[0], [])),
    ]
    (found,) = safe_sets_of(rows)
    assert found.safe.terms[0][0] == ("NUMA", ("y",))
    assert found.unknown.terms[0][0] == ("NUMA", ("n",))
    assert safe_sets_of([rows[0]])[0].safe.is_never


def test_an_assignment_names_the_variant() -> None:
    assert ProvenRow({"NUMA": "n"}, made_up(BUILDS[-1], [])).assignment == {
        "NUMA": "n",
        PAGE_SIZE: "64K",
        MEMORY_MODEL: "SPARSEMEM_VMEMMAP",
        DEBUG_VM: "y",
    }


@pytest.mark.parametrize("release", ["4.10", "4.17", "5.4"])
def test_on_the_shipped_maps_a_formula_says_what_their_boots_say(release: str) -> None:
    maps = all_shipped_maps()
    _, rows = kernel_rows(release, ("ARM64_16K_PAGES", "n"))
    prove = prover(maps)
    proven = [ProvenRow(row.combination.values, prove(row.kernel_config)) for row in rows]
    compared = 0
    for safe_set in safe_sets_of(proven):
        for row, assignment in zip(rows, (one.assignment for one in proven), strict=True):
            own = [one for one in maps if conditions_met(one, row.kernel_config) >= safe_set.conditions]
            boots = [simulate(row.kernel_config, one) for one in own]
            assert safe_set.safe.holds(assignment) == all(boot.verdict is Verdict.SAFE for boot in boots)
            compared += len(boots)
    assert compared > 100


def test_a_weaker_level_has_more_safe_rows() -> None:
    _, rows = kernel_rows("4.17", ("ARM64_4K_PAGES", "y"))
    prove = prover(all_shipped_maps())
    proven = [ProvenRow(row.combination.values, prove(row.kernel_config)) for row in rows]
    counts = [safe_sets_of(proven, level)[0].rows[Verdict.SAFE] for level in Level]
    assert counts[0] < min(counts[1:])


@settings(max_examples=60)
@given(st.lists(st.sampled_from(all_shipped_maps()), max_size=8), st.sampled_from(BUILDS))
def test_a_class_without_counterexample_is_one_that_a_term_covers(
    deaths: list[MemoryMap], build: KernelConfig
) -> None:
    """The terms of a claim and its counterexamples say the same of every named class."""
    implications = Implications(build)
    sets = {violated(one, build) for one in deaths}
    killers = [each for each in sets if not any(other < each for other in sets)]
    claim = replace(made_up(build, killers).claims[0], terms=weakest_terms(killers, implications))
    for each in MapClass:
        assert claim.covers(implications.closure(each.conditions)) == (not dies_on(claim, each.conditions))
