# SPDX-License-Identifier: GPL-2.0-or-later
"""The smallest fix against the plainest search there is: all sets of answers, the small ones first."""

from collections.abc import Mapping
from itertools import combinations, product
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from explorer.configuration import Tree, explain, load_tree, minimum_correction_set
from explorer.configuration.queries.mcs import one_minimal_subset, with_answers
from explorer.configuration.queries.reachability import Reachability, possible_values
from explorer.configuration.tree.evaluation import Evaluation
from tests.configuration.queries.test_projection import kconfig_texts
from tests.configuration.trees import MakeTree


def _prompts(tree: Tree) -> list[str]:
    return [name for name in tree.symbols if tree.has_prompt(name) and tree.is_logical(name)]


def fewest_changes_by_trial(tree: Tree, base: Mapping[str, str], wish: Mapping[str, str]) -> int | None:
    """How many answers must change, by trying everything; a choice is one answer."""
    prompts = _prompts(tree)
    for size in range(len(prompts) + 1):
        for names in combinations(prompts, size):
            choices = [tree.kconfig.syms[name].choice for name in names if tree.kconfig.syms[name].choice]
            if len(choices) != len(set(choices)):
                continue  # two answers to one prompt
            for values in product(*(possible_values(tree, name) for name in names)):
                answers = dict(zip(names, values, strict=True))
                if any(tree.kconfig.syms[name].choice and value == "n" for name, value in answers.items()):
                    continue  # nobody answers a choice with n
                computed = Evaluation(tree, with_answers(base, answers))
                if all(computed.value(name) == value for name, value in wish.items()):
                    return size
    return None


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(text=kconfig_texts(), data=st.data(), release=st.sampled_from(["4.17", "6.1", "6.12"]))
def test_no_smaller_set_of_answers_does(
    text: str, data: st.DataObject, release: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("tree")
    major, minor = release.split(".")
    modern = (int(major), int(minor)) >= (6, 11)
    assume(not modern or not ("optional" in text or 'tristate "choice"' in text))  # gone since 6.11
    (folder / "Kconfig").write_text(text)
    (folder / "Makefile").write_text(f"VERSION = {major}\nPATCHLEVEL = {minor}\nSUBLEVEL = 0\n")
    tree = load_tree(folder)
    prompts = _prompts(tree)
    base = {
        name: data.draw(st.sampled_from(possible_values(tree, name)), label=name)
        for name in prompts
        if data.draw(st.booleans(), label=f"{name} is answered")
    }
    name = data.draw(st.sampled_from(tree.symbols), label="wish")
    wish = {name: data.draw(st.sampled_from(possible_values(tree, name)), label="value")}
    fix, size = (
        minimum_correction_set(Evaluation(tree, base), wish),
        fewest_changes_by_trial(tree, base, wish),
    )
    if fix is None:
        assert size is None
        return
    answers = {change.symbol: change.after for change in fix.changes}
    computed = Evaluation(tree, with_answers(base, answers))
    assert all(computed.value(symbol) == value for symbol, value in wish.items())
    if size is None:  # it takes two members of a choice that are m, which the trial leaves out
        assert not fix.is_minimum
    elif fix.is_minimum:
        assert len(fix.changes) == size


@pytest.mark.parametrize("kind", ["bool", "tristate"])
@pytest.mark.parametrize("optional", ["", "    optional\n"])
def test_old_choices_hold_no_smaller_set_of_answers_either(tmp_path: Path, kind: str, optional: str) -> None:
    members = "".join(f"config {name}\n    {kind} '{name}'\n" for name in "PQ")
    (tmp_path / "Kconfig").write_text(
        "config MODULES\n    def_bool y\n    modules\n"
        "config A\n    tristate 'a'\n"
        "config R\n    tristate 'r'\n    default P\n    select A if Q\n"
        f"choice\n    {kind} 'choice'\n{optional}{members}endchoice\n"
    )
    (tmp_path / "Makefile").write_text("VERSION = 4\nPATCHLEVEL = 17\n")
    tree = load_tree(tmp_path)
    for values in product([None, "n", "m", "y"], repeat=3):
        base = {name: value for name, value in zip("RPQ", values, strict=True) if value}
        for name, value in product("AP", "nmy"):
            fix = minimum_correction_set(Evaluation(tree, base), {name: value})
            size = fewest_changes_by_trial(tree, base, {name: value})
            if fix and fix.is_minimum:
                assert len(fix.changes) == size, (base, name, value)
            assert fix or size is None, (base, name, value)


NUMBERS = """
config BIG
    bool "big"
config SIZE
    int "size"
    range 1 8 if BIG
    range 2 4
    default 3
config WIDE
    def_bool SIZE >= 6
config NARROW
    bool "narrow"
    depends on SIZE < 3 && NAME != "none"
config NAME
    string "name"
    default "none"
config COPY
    int
    default SIZE if BIG
    default 99
config FAR
    def_bool COPY = 99
"""


@pytest.mark.parametrize(
    ("wish", "changes"),
    [
        ({"WIDE": "y"}, {"BIG", "SIZE"}),
        ({"NARROW": "y"}, {"NARROW", "NAME", "SIZE"}),
        ({"FAR": "n"}, {"BIG"}),
        ({"SIZE": "4"}, {"SIZE"}),
        ({"SIZE": "8", "FAR": "n"}, {"BIG", "SIZE"}),
        ({"FAR": "y"}, set()),
    ],
)
def test_numbers_and_strings_are_answers_like_others(
    make_tree: MakeTree, wish: dict[str, str], changes: set[str]
) -> None:
    fix = minimum_correction_set(Evaluation(make_tree(NUMBERS)), wish)
    assert fix is not None
    assert {change.symbol for change in fix.changes} == changes


@pytest.mark.parametrize(
    ("wish", "lines"),
    [
        ({"WIDE": "y", "BIG": "n"}, {"range 2 4"}),
        ({"SIZE": "9"}, {"range 2 4"}),
        ({"NARROW": "y", "NAME": "none"}, {'depends on SIZE < 3 && NAME != "none"'}),
        ({"FAR": "n", "BIG": "n"}, {"default 99"}),
    ],
)
def test_what_a_number_forbids_is_told_with_its_lines(
    make_tree: MakeTree, wish: dict[str, str], lines: set[str]
) -> None:
    found = explain(make_tree(NUMBERS), wish).combination
    assert not found.reachable
    assert lines <= {line.text for line in found.core_lines}


def test_every_value_of_a_number_in_its_range_can_be_had_and_no_other(make_tree: MakeTree) -> None:
    tree = make_tree(NUMBERS)
    had = {
        size
        for size in range(-1, 12)
        if Reachability(tree, {"SIZE": str(size)}).is_reachable({"SIZE": str(size)})
    }
    assert had == set(range(1, 9))


@given(st.sets(st.integers(0, 40)), st.sets(st.integers(0, 40)))
def test_the_fewest_of_some_answers_are_those_that_are_needed(needed: set[int], others: set[int]) -> None:
    answers = {str(number): "y" for number in sorted(needed | others)}
    found = one_minimal_subset(answers, lambda part: {str(number) for number in needed} <= part.keys())
    assert found is not None
    assert found.keys() == {str(number) for number in needed}


def test_answers_that_do_not_work_have_no_fewest() -> None:
    assert one_minimal_subset({"A": "y"}, lambda _: False) is None
