# SPDX-License-Identifier: GPL-2.0-or-later
import pytest

from explorer.configuration import Tree, complete, load_fragment
from explorer.configuration.tree.evaluation import Evaluation
from explorer.errors import InputError
from explorer.study.matrix import FOUR
from explorer.version import KernelVersion


@pytest.fixture(scope="module")
def tree() -> Tree:
    return load_fragment(KernelVersion.parse("4.17"))


def test_a_wish_brings_the_answers_that_it_needs(tree: Tree) -> None:
    settled = complete(tree, {"DEBUG_VM": "y"}, {})
    assert settled.reachable
    assert settled.answers == {"DEBUG_VM": "y", "DEBUG_KERNEL": "y"}


def test_what_is_not_wished_for_takes_its_default(tree: Tree) -> None:
    assert complete(tree, {}, {}).values == Evaluation(tree).values()
    assert complete(tree, {"NUMA": "y"}, {}).values == Evaluation(tree, {"NUMA": "y"}).values()


def test_values_follow_from_the_wish(tree: Tree) -> None:
    settled = complete(tree, {"ARM64_64K_PAGES": "y", "TRANSPARENT_HUGEPAGE": "y"}, {})
    assert (settled.values["ARM64_4K_PAGES"], settled.values["FORCE_MAX_ZONEORDER"]) == ("n", "14")


def test_impossible_values_are_put_over_the_context(tree: Tree) -> None:
    values = dict(zip(FOUR, "nyyn", strict=True))
    settled = complete(tree, {"SPARSEMEM_VMEMMAP": "n"}, values)
    assert settled.impossible == ("HOLES_IN_ZONE", "ARCH_HAS_HOLES_MEMORYMODEL")
    assert {name: settled.values[name] for name in FOUR} == values
    assert (settled.values["SPARSEMEM"], settled.values["SPARSEMEM_VMEMMAP"]) == ("y", "n")


def test_the_earlier_of_two_contradicting_wishes_wins(tree: Tree) -> None:
    settled = complete(tree, {"ARM64_16K_PAGES": "y", "ARM64_4K_PAGES": "y"}, {})
    assert settled.impossible == ("ARM64_4K_PAGES",)


def test_symbols_of_the_question_may_be_gone() -> None:
    late = load_fragment(KernelVersion.parse("6.1"))
    assert complete(late, {}, {"HOLES_IN_ZONE": "n"}, absent=FOUR).reachable
    assert not complete(late, {}, {"HOLES_IN_ZONE": "y"}, absent=FOUR).reachable
    with pytest.raises(InputError, match="defines no symbol HOLES_IN_ZONE"):
        complete(late, {}, {"HOLES_IN_ZONE": "n"})


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("NUMMA", "y", "did you mean NUMA"),
        ("NUMA", "m", "'m' is not a value of a bool symbol"),
        ("NUMA", "maybe", "write NUMA=n or NUMA=y"),
        ("FORCE_MAX_ZONEORDER", "many", "'many' is not a value of a symbol of type int"),
    ],
)
def test_wrong_wishes_are_refused(name: str, value: str, words: str, tree: Tree) -> None:
    with pytest.raises(InputError, match=words):
        complete(tree, {name: value}, {})
