# SPDX-License-Identifier: GPL-2.0-or-later
"""An evaluation is a value: what else is read, before or in between, changes nothing."""

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from explorer.configuration import Tree, load_tree
from explorer.configuration.queries.overrides import override_of, unmet_selects
from explorer.configuration.tree.evaluation import Evaluation
from tests.configuration.queries.test_projection import kconfig_texts
from tests.configuration.trees import tree_at

_NAMES = "ABCDEPQR"
_NUMBERS = (
    '\nconfig N\n\tint "n"\n\trange 2 5\n\tdefault 3\nconfig M\n\tint\n\tdefault N\n\trange 1 N\n'
    'config L\n\tbool\n\tdefault y if N = 5\nconfig K\n\tint "k"\n\trange N 9\n\tdefault 4 if L\n'
)
_ANSWER = st.one_of(
    st.tuples(st.sampled_from([*_NAMES, "MODULES"]), st.sampled_from("nmy")),
    st.tuples(st.sampled_from("NMK"), st.sampled_from(["1", "2", "4", "5", "7", "11"])),
)
_ANSWERS = st.lists(_ANSWER, max_size=5)
_READS: list[Callable[[Evaluation, str], object]] = [
    lambda evaluation, name: evaluation.value(name),
    lambda evaluation, _: evaluation.values(),
    lambda evaluation, name: evaluation.tree.defines(name) and evaluation.written(name),
    lambda evaluation, name: evaluation.tree.defines(name) and evaluation.is_written(name),
    lambda evaluation, name: evaluation.is_visible(name),
    lambda evaluation, _: list(unmet_selects(evaluation)),
    lambda evaluation, name: [
        override_of(evaluation, name, value)
        for value in "nmy"
        if evaluation.tree.defines(name) and evaluation.tree.is_logical(name)
    ],
]


@st.composite
def states(draw: st.DrawFn) -> tuple[list[tuple[str, str]], dict[str, str], dict[str, str]]:
    """Answers, values that are taken as the toolchain's, and forced ones."""
    chosen = st.dictionaries(st.sampled_from("ABPQ"), st.sampled_from("nmy"), max_size=2)
    return draw(_ANSWERS), draw(chosen), draw(chosen)


def evaluation_of(
    tree: Tree, state: tuple[list[tuple[str, str]], dict[str, str], dict[str, str]]
) -> Evaluation:
    answers, toolchain, forced = state
    members = {name for name in tree.symbols if tree.engine.kconfig.syms[name].choice}
    usable = set(tree.symbols) - members
    kept = [{name: value for name, value in part.items() if name in usable} for part in (toolchain, forced)]
    return Evaluation(tree.with_toolchain(kept[0]), answers, kept[1])


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(
    text=kconfig_texts(),
    release=st.sampled_from(["4.17", "6.1", "6.12"]),
    given_states=st.lists(states(), min_size=2, max_size=4),
    reads=st.lists(
        st.tuples(st.integers(0, 3), st.integers(0, len(_READS) - 1), st.sampled_from(_NAMES)), max_size=12
    ),
)
def test_interleaved_reads_give_what_each_evaluation_gives_alone(
    text: str,
    release: str,
    given_states: list[tuple[list[tuple[str, str]], dict[str, str], dict[str, str]]],
    reads: list[tuple[int, int, str]],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tree_at(tmp_path_factory.mktemp("tree"), text + _NUMBERS, release=release)
    tree = load_tree(folder)
    shared = [evaluation_of(tree, state) for state in given_states]
    for which, read, name in reads:
        index = which % len(shared)
        alone = evaluation_of(load_tree(folder), given_states[index])
        assert _READS[read](shared[index], name) == _READS[read](alone, name)
