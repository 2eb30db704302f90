# SPDX-License-Identifier: GPL-2.0-or-later
"""Pins keep every symbol that an answer can keep, and cost no wanted value."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from explorer.configuration import explain, load_tree, pins_of
from explorer.configuration.queries.mcs import with_answers
from explorer.configuration.queries.reachability import possible_values
from explorer.configuration.tree.evaluation import Evaluation
from tests.configuration.queries.test_projection import kconfig_texts
from tests.configuration.trees import MakeTree

EXPERT = """
config EXPERT
	bool "expert"
	select DEBUG
config DEBUG
	bool "debug"
config SHOWN
	bool "shown" if EXPERT
	default EXPERT
config NUMBER
	int "number" if EXPERT
	default 5 if EXPERT
	default 3
config SILENT
	def_bool EXPERT
menuconfig MENU
	bool "menu"
	default y if EXPERT
config INSIDE
	bool "inside"
	depends on MENU
	default y
config NEEDS
	bool "needs"
	depends on SHOWN
config CARD
	bool "card"
	depends on EXPERT
"""


def test_what_expert_moves_is_pinned_where_a_prompt_is_visible(make_tree: MakeTree) -> None:
    evaluation = Evaluation(make_tree(EXPERT), {})
    pins = pins_of(evaluation, {"EXPERT": "y"}, {"EXPERT": "y"})
    assert pins.answers == {"SHOWN": "n", "NUMBER": "3", "MENU": "n"}  # and INSIDE follows MENU
    assert pins.unpinned == {"DEBUG": ("n", "y"), "SILENT": ("n", "y")}


def test_a_pin_that_costs_a_wanted_value_is_left_out(make_tree: MakeTree) -> None:
    tree = make_tree(EXPERT)
    explanation = explain(tree, {"NEEDS": "y"}, {})
    assert explanation.correction_set is not None
    assert {change.symbol for change in explanation.correction_set.changes} == {"EXPERT", "NEEDS"}
    assert explanation.pins.answers == {"NUMBER": "3", "MENU": "n"}
    assert explanation.pins.unpinned["SHOWN"] == ("n", "y")


def test_an_answer_that_takes_effect_is_not_pinned(make_tree: MakeTree) -> None:
    evaluation = Evaluation(make_tree(EXPERT), {"CARD": "y", "MENU": "y"})
    pins = pins_of(evaluation, {"EXPERT": "y"}, {"EXPERT": "y"})
    assert "CARD" not in pins.answers
    assert pins.unpinned["CARD"] == ("n", "y")


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(text=kconfig_texts(), data=st.data())
def test_with_the_pins_only_what_is_named_changes(
    text: str, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("tree")
    (folder / "Kconfig").write_text(text)
    (folder / "Makefile").write_text("VERSION = 6\nPATCHLEVEL = 12\n")
    tree = load_tree(folder)
    prompts = [name for name in tree.symbols if tree.has_prompt(name) and tree.is_logical(name)]
    if not prompts:
        return
    name = data.draw(st.sampled_from(prompts))
    base = {other: data.draw(st.sampled_from(possible_values(tree, other))) for other in prompts[::2]}
    changes = {name: data.draw(st.sampled_from(possible_values(tree, name)))}
    evaluation = Evaluation(tree, base)
    after = Evaluation(tree, with_answers(base, changes)).values()
    required = {name: after[name]}
    pins = pins_of(evaluation, changes, required)
    values = Evaluation(tree, with_answers(with_answers(base, changes), pins.answers)).values()
    before = evaluation.values()
    moved = {other for other in before if values[other] != before[other]}
    assert values[name] == after[name]
    assert moved - {name} == pins.unpinned.keys()
    assert len(moved - {name}) <= sum(after[other] != before[other] for other in before)
