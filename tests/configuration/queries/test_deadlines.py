# SPDX-License-Identifier: GPL-2.0-or-later
"""Whenever the time runs out, an answer that is given is right, and the others are unknown.

The reference is the same question without a deadline, and kconfiglib for every set of answers. The clock
advances when it is read, so a deadline of each length is tried.
"""

from collections import Counter
from collections.abc import Mapping

import pytest

from explorer.configuration import (
    Combination,
    Deadline,
    Evaluation,
    Tree,
    combinations,
    count_combinations,
    explain,
    low_impact_correction_set,
    with_answers,
)
from explorer.errors import OutOfTimeError
from tests.configuration.step_clock import StepClock
from tests.configuration.trees import MakeTree

KCONFIG = """
config MODULES
	bool "modules"
	modules
config A
	bool "a"
	depends on B || C
config B
	bool "b"
	depends on !D
config C
	bool "c"
	depends on E
config D
	bool "d"
config E
	def_bool D && !F
config F
	bool "f"
	select D
config G
	tristate "g"
	depends on A && F
config H
	tristate "h"
	depends on A && (m || D)
"""
WISHES: tuple[dict[str, str], ...] = (
    *({"A": "y"}, {"A": "y", "D": "y"}, {"G": "y"}, {"A": "y", "F": "y"}, {"H": "y"}, {"C": "y", "F": "n"}),
    {"H": "y", "D": "y"},
)
BASE = {"D": "y", "F": "y", "H": "n"}
LENGTHS = (*range(1, 40), *range(40, 200, 8))


@pytest.fixture
def tree(make_tree: MakeTree) -> Tree:
    return make_tree(KCONFIG)


def computes(tree: Tree, answers: Mapping[str, str], wish: Mapping[str, str]) -> bool:
    values = Evaluation(tree, answers).values()
    return all(values[name] == value for name, value in wish.items())


def judged(combination: Combination) -> str:
    return "unknown" if combination.is_unknown else "reachable" if combination.reachable else "unreachable"


def test_explanations_in_any_time_are_right_or_unknown(tree: Tree) -> None:
    seen: Counter[str] = Counter()
    for wish in WISHES:
        full = explain(tree, wish, BASE, conflicts=9)
        for length in LENGTHS:
            found = explain(tree, wish, BASE, conflicts=9, deadline=Deadline.after(length, StepClock()))
            combination = found.combination
            seen[judged(combination)] += 1
            if combination.out_of_time is not None:
                assert (combination.out_of_time, combination.unreachable) == (length, False)
                continue
            assert judged(combination) == judged(full.combination)
            if combination.witness is not None:
                assert computes(tree, combination.witness, wish)
            if combination.is_core_minimal:
                assert bool(combination.core) == bool(full.combination.core)
            else:
                seen["core out of time"] += 1
            if found.conflicts and full.conflicts:
                assert found.conflicts.found == full.conflicts.found[: len(found.conflicts.found)]
                assert found.conflicts.complete == (found.conflicts.out_of_time is None)
                seen["conflicts out of time"] += not found.conflicts.complete
            if found.correction_set and full.correction_set:
                changes = {change.symbol: change.after for change in found.correction_set.changes}
                assert computes(tree, with_answers(BASE, changes), wish)
                fewest = len(full.correction_set.changes)
                assert len(changes) >= fewest
                seen["few changes"] += not found.correction_set.is_minimum
                assert len(changes) == fewest or not found.correction_set.is_minimum
            seen["fix out of time"] += found.fix_out_of_time is not None
    assert min(seen.values()) >= 2
    assert len(seen) == 7


def test_correction_sets_of_low_impact_in_any_time_are_right(tree: Tree) -> None:
    seen: Counter[bool] = Counter()
    for wish in ({"A": "y"}, {"H": "y"}):
        for length in LENGTHS:
            try:
                found = low_impact_correction_set(
                    Evaluation(tree, BASE), wish, deadline=Deadline.after(length, StepClock())
                )
            except OutOfTimeError:
                seen[False] += 1
                continue
            assert found
            changes = {change.symbol: change.after for change in found.changes}
            assert computes(tree, with_answers(BASE, changes), wish)
            seen[True] += 1
    assert min(seen[True], seen[False]) >= 5


@pytest.mark.parametrize("base", [None, BASE], ids=["rest free", "rest fixed"])
def test_combinations_in_any_time_are_right_or_unknown(tree: Tree, base: Mapping[str, str] | None) -> None:
    names = ["A", "D", "G"]
    full = combinations(tree, names, base=base)
    seen: Counter[str] = Counter()
    for length in LENGTHS:
        found = combinations(tree, names, base=base, deadline=Deadline.after(length, StepClock()))
        for one, reference in zip(found.combinations, full.combinations, strict=True):
            seen[judged(one)] += 1
            assert one.values == reference.values
            assert one.is_unknown or judged(one) == judged(reference)
        assert {one.symbol: one.value for one in found.forced}.items() <= {
            one.symbol: one.value for one in full.forced
        }.items()
    assert min(seen["reachable"], seen["unreachable"]) >= 20
    assert base or seen["unknown"] >= 20


def test_counts_in_any_time_are_right_or_missing(tree: Tree) -> None:
    names = ["A", "B", "C", "D", "E", "F", "G", "H"]
    full = count_combinations(tree, names)
    seen: Counter[bool] = Counter()
    for length in LENGTHS:
        found = count_combinations(tree, names, deadline=Deadline.after(length, StepClock()))
        seen[found.reachable is None] += 1
        if found.reachable is None:
            assert (found.at_most, found.out_of_time) == (None, length)
        else:
            assert (found.reachable, found.always) == (full.reachable, full.always)
    assert min(seen.values()) >= 10
