# SPDX-License-Identifier: GPL-2.0-or-later
"""What must hold of every Kconfig tree that is accepted, whatever its files hold.

1. It has a value for each symbol, and the ``.config`` of these values is kept.
2. What is called reachable is computed from its witness. A model of the clauses is what kconfiglib computes.
3. What is called unreachable is in no enumeration of all answers, where these are few enough to enumerate.
   What an enumeration finds is called reachable, and is counted.
4. A correction set gives the values. A conflict is a statement of the tree.
5. ``check`` judges a ``.config`` of it, with a sentence for each finding.
6. Its graph is valid in each format, its copy from the cache has its values, and it does not differ from
   itself.

Questions are drawn from a generator that the bytes seed, so an input asks the same questions again.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice, product
from math import prod
from random import Random
from typing import Any
from xml.etree import ElementTree as ET

import kconfiglib

from explorer.api import check
from explorer.configuration import (
    DefinitionChanges,
    Evaluation,
    Explanation,
    Tree,
    combinations,
    config_fragment,
    count_combinations,
    definition_changes_between,
    explain,
    parse_config,
    with_answers,
)
from explorer.configuration.encoding.sat_model import SatModel
from explorer.configuration.queries.dependency_graph import graph_of
from explorer.configuration.queries.mcs import is_effective
from explorer.configuration.tree.serialization import deserialize, serialize
from explorer.document.check import checked_json
from explorer.document.explanation import explained_json
from explorer.formats.graph import GRAPH_FORMATS, write_graph
from explorer.narrative.finding_narrative import finding_message
from tests.configuration.enumeration import cone
from tests.fuzz.target import is_refused

__all__ = ["Comparisons", "judge_tree"]

_MOST_ENUMERATED = 300
_LOGICAL = {kconfiglib.BOOL, kconfiglib.TRISTATE}
_NO_CHANGES = DefinitionChanges((), (), (), ((), (), ()))
_VALUES = {
    kconfiglib.BOOL: ("n", "y"),
    kconfiglib.TRISTATE: ("n", "m", "y"),
    kconfiglib.INT: ("0", "5", "17", "-3", "9" * 30),
    kconfiglib.HEX: ("0x0", "0x1f", "5"),
    kconfiglib.STRING: ("", "abc", "7", 'q"\\'),
}


class Comparisons(dict[str, int]):
    """How often each law really compared something."""

    def add(self, law: str, count: int = 1) -> None:
        """Count a comparison."""
        self[law] = self.get(law, 0) + count


def judge_tree(tree: Tree, chance: Random, compared: Comparisons) -> None:
    """Check all of the above.

    Args:
        tree: a tree that was parsed from strange files.
        chance: draws the questions.
        compared: counts what was compared.
    """
    values = _evaluated(tree)
    for _ in range(2):
        _explained(tree, _wishes(tree, chance), _answers(tree, chance), compared)
    _enumerated(tree, chance, compared)
    _checked(tree, _answers(tree, chance))
    _drawn(tree)
    copy = deserialize(serialize(tree.kconfig), tree.kconfig.rules)
    assert [symbol.name for symbol in copy.unique_defined_syms] == list(tree.symbols)
    assert definition_changes_between(tree, tree) == _NO_CHANGES
    assert Evaluation(tree).values() == values


def _evaluated(tree: Tree) -> dict[str, str]:
    """The values without answers; their ``.config`` is kept."""
    values = Evaluation(tree).values()
    assert values.keys() == set(tree.symbols)
    return values


def _wishes(tree: Tree, chance: Random) -> dict[str, str]:
    """Values for up to three symbols."""
    names = chance.sample(tree.symbols, min(len(tree.symbols), chance.randint(1, 3)))
    return {name: chance.choice(_domain(tree, name)) for name in names if _domain(tree, name)}


def _domain(tree: Tree, name: str) -> tuple[str, ...]:
    """Values of a symbol's type; none without a type."""
    return _VALUES.get(tree.kconfig.syms[name].orig_type, ()) if tree.defines(name) else ()


def _answers(tree: Tree, chance: Random) -> dict[str, str]:
    """Random answers to some prompts, unfit ones among them."""
    names = [name for name in tree.symbols if chance.random() < 0.6]
    every = [value for values in _VALUES.values() for value in values]
    return {
        name: chance.choice(_domain(tree, name) if chance.random() < 0.9 and _domain(tree, name) else every)
        for name in names
    }


def _explained(tree: Tree, wishes: Mapping[str, str], base: Mapping[str, str], compared: Comparisons) -> None:
    explanations: list[Explanation] = []
    if not wishes or is_refused(lambda: explanations.append(_explanation(tree, wishes, base))):
        return
    for explanation in explanations:
        combination = explanation.combination
        json.dumps(explained_json(explanation, tree))
        if combination.witness is not None:
            _holds(tree, combination.witness, wishes)
            compared.add("witness")
        if combination.unreachable:
            assert combination.core
            assert all(line.line > 0 for line in combination.core_lines)
            compared.add("core")
        if explanation.correction_set is not None:
            changes = {change.symbol: change.after for change in explanation.correction_set.changes}
            _holds(tree, with_answers(base, changes), wishes)
            compared.add("correction set")
    _modelled(tree, wishes, compared)


def _explanation(tree: Tree, wishes: Mapping[str, str], base: Mapping[str, str]) -> Explanation:
    return explain(tree, wishes, base, conflicts=3)


def _holds(tree: Tree, answers: Mapping[str, str], wishes: Mapping[str, str]) -> None:
    evaluation = Evaluation(tree, answers)
    assert {name: evaluation.value(name) for name in wishes} == dict(wishes)


def _modelled(tree: Tree, wishes: Mapping[str, str], compared: Comparisons) -> None:
    """A model of the clauses is what kconfiglib computes from its answers."""
    model = SatModel(tree, wishes)
    values = model.solve(wishes)
    if values is None:
        return
    silent = model.unanswered(values)
    names = [
        name for name in model.prompts() if name not in silent and is_effective(tree, name, values[name])
    ]
    answers = {name: values[name] for name in names} | model.moved_answers(values)
    evaluation = Evaluation(tree, answers)
    typed = [name for name in values if _domain(tree, name)]
    assert {name: evaluation.value(name) for name in typed} == {name: values[name] for name in typed}
    compared.add("model")


def _enumerated(tree: Tree, chance: Random, compared: Comparisons) -> None:
    """Reachable is what an enumeration of all answers finds."""
    logical = [name for name in tree.symbols if tree.is_logical(name)]
    names = chance.sample(logical, min(len(logical), 2))
    if not names or tree.compiler.probes or not _is_small(tree, names):
        return
    projection = combinations(tree, names)
    if any(found.undecided for found in projection.combinations):
        return
    reachable = {tuple(found.values.values()) for found in projection.combinations if found.reachable}
    enumerated = {tuple(map(evaluation.value, names)) for evaluation in _every_answer(tree, names)}
    assert reachable == enumerated, (names, reachable, enumerated)
    assert count_combinations(tree, names).reachable == len(enumerated)
    compared.add("enumeration", len(projection.combinations))


def _is_small(tree: Tree, names: Sequence[str]) -> bool:
    """Whether all answers that matter are those of bools and tristates, and few."""
    asked = _asked(tree, names)
    types = {item.orig_type for item in asked}
    return types <= _LOGICAL and prod(len(_VALUES[item.orig_type]) + 1 for item in asked) <= _MOST_ENUMERATED


def _asked(tree: Tree, names: Sequence[str]) -> list[Any]:
    """The symbols with a prompt that some symbols can depend on."""
    return [
        item
        for item in cone(tree, names)
        if isinstance(item, kconfiglib.Symbol) and tree.has_prompt(item.name)
    ]


def _every_answer(tree: Tree, names: Sequence[str]) -> Iterator[Evaluation]:
    """An evaluation with each set of answers that matters; some prompts have none."""
    asked = _asked(tree, names)
    domains = [(None, *_VALUES[item.orig_type]) for item in asked]
    for values in product(*domains):
        answers = zip(asked, values, strict=True)
        yield Evaluation(tree, {item.name: value for item, value in answers if value is not None})


def _checked(tree: Tree, answers: Mapping[str, str]) -> None:
    """A ``.config`` is judged, with a sentence for each finding; what Kconfig computes is kept."""
    for given in filter(None, (answers, Evaluation(tree, answers).values())):
        config = parse_config(config_fragment(tree, given).encode(), "config")
        checked = check(config, machines=["flat"], tree=tree)
        assert all(finding_message(tree, finding) for finding in checked.findings)
        json.dumps(checked_json(checked))


def _drawn(tree: Tree) -> None:
    graph = graph_of(tree)
    texts = {form: write_graph(graph, form) for form in GRAPH_FORMATS}
    assert {node["id"] for node in json.loads(texts["json"])["nodes"]} >= set(tree.symbols)
    ET.fromstring(texts["graphml"])  # noqa: S314 # what we have written ourselves
    for name in islice(tree.symbols, 3):
        graph_of(tree, [name])
