# SPDX-License-Identifier: GPL-2.0-or-later
"""Before v6.8 and v6.11: what some answers give is reachable, and a witness gives what it is asked for.

The values are those of ``Evaluation``, which equals ``conf`` (``tests/live/test_made_up_trees.py``).
"""

from collections import Counter
from collections.abc import Callable
from random import Random

import pytest

from explorer.configuration import Evaluation, Tree, explain
from explorer.errors import InputError
from tests.configuration.random_old_kconfig import choice_text, number_text, random_files
from tests.configuration.trees import MakeTree

TREES = 12
FILES = 60


@pytest.mark.parametrize("write", [number_text, choice_text], ids=["numbers", "choices"])
def test_what_answers_give_is_reachable(make_tree: MakeTree, write: Callable[[Random], str]) -> None:
    asked: Counter[str] = Counter()
    for seed in range(TREES):
        chance = Random(seed)  # noqa: S311 # repeatable, and nothing secret
        text = write(chance)
        tree = make_tree(text, release="6.1")
        symbols = [(name, tree.type_of(name)) for name in tree.symbols]
        given = [Evaluation(tree, answers).values() for answers in random_files(symbols, chance, FILES)]
        for values in chance.sample(given, 5):
            wish = {name: value for name, value in values.items() if value}
            asked[_decided(tree, wish, text)] += 1
            names = chance.sample(sorted(wish), 2)
            asked[_decided(tree, {name: wish[name] for name in names}, text)] += 1
    assert asked["reachable"] >= TREES * 10 - 2
    assert not asked["unreachable"]


def _decided(tree: Tree, wish: dict[str, str], text: str) -> str:
    """What is said of values that some answers give."""
    try:
        found = explain(tree, wish).combination
    except InputError as error:
        assert "cannot decide" in str(error), (text, wish)  # noqa: PT017 # neither answer is given
        return "unknown"
    assert found.reachable, (text, wish)
    computed = Evaluation(tree, found.witness or {})
    assert {name: computed.value(name) for name in wish} == wish
    return "reachable"
