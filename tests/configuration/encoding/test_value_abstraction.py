# SPDX-License-Identifier: GPL-2.0-or-later
"""Comparisons against kconfiglib's own, on every pair of types."""

import kconfiglib
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.configuration import load_tree
from explorer.configuration.tree.evaluation import Evaluation
from explorer.configuration.tree.expr_calc_value import compare
from tests.configuration.trees import tree_at

OPERATORS = {
    "=": kconfiglib.EQUAL,
    "!=": kconfiglib.UNEQUAL,
    "<": kconfiglib.LESS,
    "<=": kconfiglib.LESS_EQUAL,
    ">": kconfiglib.GREATER,
    ">=": kconfiglib.GREATER_EQUAL,
}
TYPES = {"int": kconfiglib.INT, "hex": kconfiglib.HEX, "string": kconfiglib.STRING}
NUMBERS = st.integers(-20, 20).map(str)
VALUES = {"int": NUMBERS, "hex": st.integers(0, 40).map(hex), "string": st.one_of(NUMBERS, st.just("text"))}


@pytest.mark.parametrize("word", OPERATORS)
@given(data=st.data())
def test_a_comparison_is_what_kconfiglib_computes(
    word: str, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    kinds = [data.draw(st.sampled_from(sorted(TYPES))) for _ in "AB"]
    values = [data.draw(VALUES[kind]) for kind in kinds]
    text = "".join(
        f"config {name}\n\t{kind}\n\tdefault {f'{chr(34)}{value}{chr(34)}' if kind == 'string' else value}\n"
        for name, kind, value in zip("AB", kinds, values, strict=True)
    )
    tree = load_tree(tree_at(tmp_path_factory.mktemp("tree"), f"{text}config C\n\tdef_bool A {word} B\n"))
    sides = [(value, TYPES[kind]) for kind, value in zip(kinds, values, strict=True)]
    assert compare(OPERATORS[word], sides[0], sides[1]) == (Evaluation(tree).value("C") == "y")
