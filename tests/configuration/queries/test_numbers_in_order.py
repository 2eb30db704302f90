# SPDX-License-Identifier: GPL-2.0-or-later
"""Numbers and strings that are compared with each other: what some assignment satisfies is reachable.

The reference is plain enumeration of assignments. kconfiglib confirms every answer that is found.
"""

import operator
from collections import Counter
from itertools import product
from random import Random

import pytest

from explorer.configuration import Evaluation, complete, explain
from explorer.configuration.encoding.tseitin import Tseitin
from explorer.errors import LimitError
from tests.configuration.trees import MakeTree

OPERATORS = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
NAMES = ("A", "B", "C", "D")
TEXTS = ("", "a", "a ", "a  ", "a   ", "b", "b ", "c", "neither", "other", "third")


def definitions(kind: str) -> str:
    title = "".join(f'config {name}\n\t{kind} "{name}"\n' for name in NAMES)
    return title.replace("\tint", "\trange 0 6\n\tint") if kind == "int" else title


@pytest.mark.parametrize(("kind", "examples"), [("int", 30), ("string", 25)])
def test_what_an_assignment_satisfies_is_reachable(make_tree: MakeTree, kind: str, examples: int) -> None:
    seen: Counter[bool] = Counter()
    domain: tuple[int | str, ...] = tuple(range(7)) if kind == "int" else TEXTS
    constants = ("0", "2", "6") if kind == "int" else ('"a"', '"b"')
    for seed in range(examples):
        random = Random(seed)  # noqa: S311 # trees, no secrets
        chosen = [
            (left, random.choice(list(OPERATORS)), random.choice([*NAMES, *constants]))
            for left in random.choices(NAMES, k=random.randint(2, 6))
        ]
        needs = "".join(f"\tdepends on {' '.join(comparison)}\n" for comparison in chosen)
        tree = make_tree(f'{definitions(kind)}config X\n\tbool "x"\n{needs}')

        def holds(values: dict[str, int | str]) -> bool:
            sides = ((values[left], word, right) for left, word, right in chosen)  # noqa: B023 # called at once
            return all(OPERATORS[word](left, values.get(right, read(right))) for left, word, right in sides)

        def read(text: str) -> int | str:
            return text.strip('"') if kind == "string" else int(text) if text.isdigit() else text

        possible = any(holds(dict(zip(NAMES, each, strict=True))) for each in product(domain, repeat=4))
        found = explain(tree, {"X": "y"}).combination
        assert found.reachable >= possible
        if kind == "int":
            assert found.reachable == possible
        seen[found.reachable] += 1
    assert seen.total() == examples
    assert min(seen.values()) >= 3


def written(kind: str, number: int) -> str:
    return hex(number) if kind == "hex" else str(number)


@pytest.mark.parametrize("release", ["6.1", "6.7", "6.12"])
def test_a_value_is_reachable_where_some_answer_becomes_it(release: str, make_tree: MakeTree) -> None:
    """Also where the low end of a range is above its high end: conf 6.12 makes 0 of -3 in ``range 0 -3``."""
    seen: Counter[bool] = Counter()
    for kind, low, high in product(("int", "hex"), (-2, 0, 3), (-3, 1, 3)):
        if kind == "hex" and min(low, high) < 0:
            continue
        ends = f"{written(kind, low)} {written(kind, high)}"
        tree = make_tree(f'config A\n\t{kind} "a"\n\trange {ends}\n', release)
        domain = [written(kind, number) for number in range(-5 if kind == "int" else 0, 6)]
        files = [{}, *({"A": answer} for answer in domain)]
        possible = {Evaluation(tree, answers).value("A") for answers in files}
        for value in domain:
            explanation = explain(tree, {"A": value}, {"A": domain[-1]})
            found = explanation.combination
            assert found.reachable == (value in possible), (kind, ends, value)
            assert found.reachable or found.core
            assert complete(tree, {}, {"A": value}).reachable == found.reachable
            if found.reachable:
                assert explanation.holds or explanation.correction_set, (kind, ends, value)
            seen[found.reachable] += 1
    assert min(seen.values()) >= 20


def test_conf_ignores_the_range_of_a_string(make_tree: MakeTree) -> None:
    tree = make_tree('config A\n\tstring "a"\n\tdefault "x"\n\trange 1 2\n')
    assert explain(tree, {"A": "x"}).combination.reachable


def test_each_of_many_numbers_can_be_less_than_the_next(make_tree: MakeTree) -> None:
    numbers = "".join(f'config N{index}\n\tint "n"\n' for index in range(12))
    needs = "".join(f"\tdepends on N{index} < N{index + 1}\n" for index in range(11))
    tree = make_tree(f'{numbers}config X\n\tbool "x"\n{needs}')
    assert explain(tree, {"X": "y"}).combination.reachable
    assert explain(tree, {"X": "y", "N0": "5", "N11": "16"}).combination.reachable
    assert explain(tree, {"X": "y", "N0": "5", "N11": "15"}).combination.unreachable


def test_a_model_has_a_limited_number_of_variables() -> None:
    gates = Tseitin()
    gates.last = 999_999
    gates.literal()
    with pytest.raises(LimitError, match="more than 1000000 variables"):
        gates.literal()


STALE = (
    'config A\n\tint "a"\n\trange 1 6\n\tdefault 1\n\nconfig X\n\tbool\n\tdefault y if A > 5\n\n'
    'config B\n\tint\n\trange 0 9\n\tdefault A\n\nconfig H\n\thex "h"\n\trange 0x0 0x4\n\n'
    "config Y\n\tbool\n\tdefault y if H = 0x4\n"
)


@pytest.mark.parametrize(
    ("values", "is_reachable"),
    [
        ({"A": "1", "X": "y"}, True),  # conf 5.10 and 6.1 of CONFIG_A=7
        ({"A": "2", "X": "y"}, False),
        ({"A": "1", "B": "6", "X": "y"}, True),
        ({"A": "1", "B": "1", "X": "y"}, True),  # of CONFIG_A=7 and CONFIG_B=10
        ({"A": "1", "B": "3"}, False),
        ({"H": "0x0", "Y": "y"}, False),  # a hex without a default is empty
    ],
)
def test_a_number_is_dropped_after_others_are_computed(
    make_tree: MakeTree, values: dict[str, str], *, is_reachable: bool
) -> None:
    found = explain(make_tree(STALE, release="6.1"), values).combination
    assert found.reachable is is_reachable
    if found.witness is not None:
        computed = Evaluation(make_tree(STALE, release="6.1"), found.witness)
        assert {name: computed.value(name) for name in values} == values
    after = explain(make_tree(STALE, release="6.8"), {"A": "1", "X": "y"}).combination
    assert after.unreachable
