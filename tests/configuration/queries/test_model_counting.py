# SPDX-License-Identifier: GPL-2.0-or-later
"""Counts are those of a list, of other programs, and of plain enumeration."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from explorer.configuration import Evaluation, combinations, count_combinations, load_fragment, load_tree
from explorer.configuration.encoding.tseitin import MOST_PAIRWISE
from explorer.study.matrix import FOUR
from explorer.version import KernelVersion
from tests.configuration.enumeration import combinations_by_enumeration
from tests.configuration.queries.test_projection import MEMORY
from tests.configuration.trees import MakeTree


@pytest.mark.parametrize(("release", "expected"), [("4.17", 72), ("5.11", 748), ("6.1", 352), ("6.12", 416)])
def test_nineteen_memory_symbols_have_as_many_combinations_as_others_counted(
    release: str, expected: int
) -> None:
    tree = load_fragment(KernelVersion.parse(release))
    names = [name for name in MEMORY if tree.defines(name)]
    found = count_combinations(tree, names)
    assert (found.reachable, found.counter) == (expected, "components")


def test_a_count_is_the_number_of_what_is_listed() -> None:
    for release in ("4.10", "4.17", "4.19", "5.12", "6.12"):
        tree = load_fragment(KernelVersion.parse(release))
        for fixed in ({}, {"NUMA": "y"}, {"DEBUG_VM": "y", "NUMA": "n"}):
            names = [name for name in FOUR if name not in fixed]
            space = combinations(tree, names, fixed)
            found = count_combinations(tree, names, fixed)
            assert found.reachable == sum(one.reachable for one in space.combinations)
            assert found.possible == len(space.combinations)
            assert found.always == {forced.symbol: forced.value for forced in space.forced}


@pytest.mark.parametrize("release", ["6.9", "6.12"])
def test_a_count_over_a_choice_of_many_members_is_that_of_enumeration(
    make_tree: MakeTree, release: str
) -> None:
    size = MOST_PAIRWISE + 4
    names = ["A", *(f"M{index}" for index in range(size))]
    members = (
        f'config M{index}\n\tbool "m"\n' + ("\tdepends on A\n" if index % 3 else "") for index in range(size)
    )
    tree = make_tree(
        'config A\n\tbool "a"\nchoice\n\tprompt "c"\n' + "".join(members) + "endchoice\n", release
    )
    answers = [{"A": a, name: "y"} for a in "ny" for name in names[1:]]
    computed = {tuple(Evaluation(tree, given).value(name) for name in names) for given in answers}
    counted = count_combinations(tree, names)
    assert counted.reachable == len(computed) == size + size // 3


def test_what_cannot_be_at_all_has_no_combinations() -> None:
    found = count_combinations(
        load_fragment(KernelVersion.parse("4.17")), ["NUMA"], {"HAVE_ARCH_PFN_VALID": "n"}
    )
    assert (found.reachable, found.always) == (0, {})


NAMES = ("A", "B", "C", "D", "E")


@st.composite
def kconfigs(draw: st.DrawFn) -> str:
    """A small tree: prompts, dependencies, selects, implies, defaults and modules."""
    text = 'config MODULES\n\tbool "modules"\n\tmodules\n'
    for index, name in enumerate(NAMES):
        kind, prompt = draw(st.sampled_from(["bool", "tristate"])), draw(st.booleans())
        title = f' "{name}"' if prompt else ""
        text += f"config {name}\n\t{kind}{title}\n"
        for other in NAMES[:index]:  # a symbol depends on earlier ones only, so there are no loops
            line = draw(st.sampled_from(["", "", "", "depends on {}", "depends on !{}", "default {}"]))
            text += f"\t{line.format(other)}\n" if line else ""
        for other in NAMES[index + 1 :]:
            line = draw(st.sampled_from(["", "", "", "", "select {}", "imply {}"]))
            text += f"\t{line.format(other)}\n" if line else ""
    return text


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(kconfigs(), st.lists(st.sampled_from(NAMES), min_size=1, unique=True))
def test_a_count_is_that_of_enumeration(tmp_path: Path, text: str, names: list[str]) -> None:
    (tmp_path / "Kconfig").write_text(text)
    counted = count_combinations(load_tree(tmp_path), names)
    enumerated = combinations_by_enumeration(load_tree(tmp_path), names)
    assert counted.reachable == len(enumerated)
    constant = {
        name: values[0] for name, *values in zip(names, *enumerated, strict=True) if len(set(values)) == 1
    }
    assert counted.always == constant


def test_a_hundred_prompts_are_counted(tmp_path: Path) -> None:
    """Ten groups that share a dependency: each has 11 combinations."""
    text = 'config BUS\n\tbool "bus"\n'
    for group in range(10):
        for index in range(10):
            text += f'config S{group}_{index}\n\tbool "s"\n\tdepends on BUS\n'
            text += f"\tdepends on S{group}_{index - 1}\n" if index else ""
    (tmp_path / "Kconfig").write_text(text)
    names = [f"S{group}_{index}" for group in range(10) for index in range(10)]
    assert count_combinations(load_tree(tmp_path), names).reachable == 11**10


def test_a_check_without_an_answer_bounds_the_count(tmp_path: Path) -> None:
    (tmp_path / "Kconfig").write_text(
        "CHECK := $(shell,unknown && echo y || echo n)\n"
        'config A\n\tbool "a"\n\tdepends on $(CHECK)\nconfig B\n\tbool "b"\n'
    )
    found = count_combinations(load_tree(tmp_path), ["A", "B"])
    assert (found.reachable, found.at_most, found.always) == (2, 4, {})
    assert count_combinations(load_tree(tmp_path), ["B"]).at_most == 2
