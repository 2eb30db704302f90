# SPDX-License-Identifier: GPL-2.0-or-later
"""Until v6.10: choices without a visible member, and members with definitions elsewhere.

The expected values are those of ``conf`` of 5.10.44 and 6.1.
"""

import pytest

from explorer.configuration import Evaluation, explain
from tests.configuration.trees import MakeTree

MODULES = 'config MODULES\n\tbool "Modules"\n\tmodules\n\tdefault y\n\n'
HIDDEN = (
    'config E\n\tbool "e"\n\nchoice\n\tprompt "c"\n\nconfig A\n\tbool "a" if E\n\nconfig B\n\tbool\n'
    "\tdefault y\n\nendchoice\n\nconfig X\n\tbool\n\tdefault B\n"
)
ELSEWHERE = (
    'choice\n\tprompt "c"\n\tdepends on E\n\nconfig A\n\tbool\n\nendchoice\n\n'
    'config A\n\tbool "a"\n\tdefault y\n\nconfig E\n\tbool "e"\n'
)
OF_TRISTATES = (
    'choice\n\tprompt "c"\n\ttristate\n\nconfig A\n\tbool\n\tdefault m\n\n'
    'config B\n\ttristate "b"\n\nendchoice\n'
)


@pytest.mark.parametrize(
    ("kconfig", "answers", "expected"),
    [
        (HIDDEN, {}, {"B": "n", "X": "n"}),
        (HIDDEN, {"E": "y"}, {"A": "y", "B": "y", "X": "y"}),
        (ELSEWHERE, {}, {"A": "n"}),
        (ELSEWHERE, {"A": "y"}, {"A": "n"}),
        (ELSEWHERE, {"E": "y"}, {"A": "y"}),
        (MODULES + OF_TRISTATES, {}, {"A": "n", "B": "n"}),
        (MODULES + OF_TRISTATES, {"B": "m"}, {"A": "n", "B": "m"}),
        (MODULES + OF_TRISTATES, {"B": "y"}, {"A": "y", "B": "y"}),
    ],
)
def test_members_have_the_values_of_conf(
    make_tree: MakeTree, kconfig: str, answers: dict[str, str], expected: dict[str, str]
) -> None:
    tree = make_tree(kconfig, release="6.1")
    assert {name: Evaluation(tree, answers).value(name) for name in expected} == expected
    assert explain(tree, {**answers, **expected}).combination.reachable


@pytest.mark.parametrize(
    ("kconfig", "values"),
    [(HIDDEN, {"E": "n", "B": "y"}), (HIDDEN, {"X": "y", "E": "n"}), (ELSEWHERE, {"E": "n", "A": "y"})],
)
def test_other_values_are_unreachable(make_tree: MakeTree, kconfig: str, values: dict[str, str]) -> None:
    found = explain(make_tree(kconfig, release="6.1"), values).combination
    assert found.unreachable
    assert found.core
