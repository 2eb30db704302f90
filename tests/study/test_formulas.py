# SPDX-License-Identifier: GPL-2.0-or-later
"""Minimal formulas against truth tables, and against a search through all sets of terms."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, combinations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.study.formulas import Formula, Literal, minimal_formula

DOMAINS = {"NUMA": ("n", "y"), "page size": ("4K", "16K", "64K"), "DEBUG_VM": ("n", "y")}
ALL = [dict(zip(DOMAINS, values, strict=True)) for values in product(*DOMAINS.values())]

Assignments = Sequence[Mapping[str, str]]


def terms() -> Iterator[tuple[Literal, ...]]:
    """Every conjunction of literals over the whole domains."""
    choices = [
        [values for size in range(1, len(domain) + 1) for values in combinations(domain, size)]
        for domain in DOMAINS.values()
    ]
    for chosen in product(*choices):
        literals = zip(DOMAINS, chosen, strict=True)
        yield tuple(Literal(name, values) for name, values in literals if values != DOMAINS[name])


TERMS = list(terms())


def separates(formula: Formula, inside: Assignments, outside: Assignments) -> bool:
    return all(map(formula.holds, inside)) and not any(map(formula.holds, outside))


def fewest_terms(inside: Assignments, outside: Assignments, most: int) -> int:
    """The size of the smallest formula, by trying all sets of terms, smallest first."""
    usable = [term for term in TERMS if not any(map(Formula((term,)).holds, outside))]
    reach = {frozenset(at for at, one in enumerate(inside) if Formula((term,)).holds(one)) for term in usable}
    largest = [one for one in reach if not any(one < other for other in reach)]
    for size in range(most):
        for chosen in combinations(largest, size):
            if len(frozenset(chain.from_iterable(chosen))) == len(inside):
                return size
    return most


@st.composite
def split(draw: st.DrawFn) -> tuple[Assignments, Assignments]:
    """Assignments inside and outside; the others are don't cares."""
    where = draw(st.lists(st.sampled_from(("in", "out", "dc")), min_size=len(ALL), max_size=len(ALL)))
    inside, outside = ([one for one, at in zip(ALL, where, strict=True) if at == of] for of in ("in", "out"))
    return inside, outside


@settings(max_examples=60)
@given(split())
def test_a_formula_holds_inside_only_and_none_has_fewer_terms(cases: tuple[Assignments, Assignments]) -> None:
    inside, outside = cases
    formula = minimal_formula(inside, outside)
    assert separates(formula, inside, outside)
    assert len(formula.terms) == fewest_terms(inside, outside, len(formula.terms))


@settings(max_examples=60)
@given(split())
def test_no_term_literal_or_missing_value_can_be_left_out(cases: tuple[Assignments, Assignments]) -> None:
    inside, outside = cases
    seen = {name: {one[name] for one in (*inside, *outside)} for name in DOMAINS}
    formula = minimal_formula(inside, outside)
    for term in formula.terms:
        others = tuple(other for other in formula.terms if other != term)
        assert not separates(Formula(others), inside, outside)
        for literal in term:
            rest = tuple(other for other in term if other != literal)
            for value in seen[literal.symbol] - set(literal.values):
                wider = (*rest, Literal(literal.symbol, (*literal.values, value)))
                assert not separates(Formula((*others, wider)), inside, outside)


@given(split())
def test_the_order_of_assignments_changes_no_sizes(cases: tuple[Assignments, Assignments]) -> None:
    inside, outside = cases
    formula, reverse = minimal_formula(inside, outside), minimal_formula(inside[::-1], outside[::-1])
    assert separates(reverse, inside, outside)
    assert sorted(map(len, reverse.terms)) == sorted(map(len, formula.terms))


def test_everything_nothing_and_two_of_three_values() -> None:
    assert minimal_formula(ALL, []).is_always
    assert minimal_formula([], ALL).is_never
    small = [one for one in ALL if one["page size"] != "64K"]
    large = [one for one in ALL if one["page size"] == "64K"]
    assert minimal_formula(small, large).terms == ((Literal("page size", ("4K", "16K")),),)


def test_an_assignment_on_both_sides_is_refused() -> None:
    with pytest.raises(ValueError, match="both inside and outside"):
        minimal_formula(ALL[:2], ALL[1:])
