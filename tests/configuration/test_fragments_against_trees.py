# SPDX-License-Identifier: GPL-2.0-only
"""The comparison of fragments with real trees notices each way in which a fragment can say less."""

from pathlib import Path

import pytest

from explorer.configuration import load_fragment, load_tree
from explorer.errors import InputError
from explorer.version import KernelVersion
from tests.configuration.fragments_against_trees import Comparison, compare, main
from tests.configuration.trees import tree_at
from tests.live.debian import Unavailable, source_tree

TREE = """
config EXPERT
	bool "Expert"

config BUS
	bool "Bus"

config CORE
	bool

config LOADER
	bool "Loader"
	select CORE

config LOADER2
	bool "Another loader"
	depends on EXPERT
	select CORE

config SHIFT
	int "Shift"
	range 1 10
	default 4

choice
	prompt "Size"

config SMALL
	bool "Small"

config LARGE
	bool "Large"
	depends on EXPERT

endchoice
"""


def compared(tmp_path: Path, fragment: str, *trees: str) -> Comparison:
    ours = load_tree(tree_at(tmp_path / "fragment", fragment))
    theirs = [load_tree(tree_at(tmp_path / f"tree{number}", text)) for number, text in enumerate(trees)]
    return compare({tree.label: (ours, tree) for tree in theirs})


def settings(comparison: Comparison) -> list[str]:
    return [
        " ".join(f"{name}={value}" for name, value in lie.values)
        for lies in comparison.lies.values()
        for lie in lies
    ]


def test_a_faithful_fragment_has_no_lies(tmp_path: Path) -> None:
    comparison = compared(tmp_path, TREE, TREE)
    assert comparison.failures == (0, 0)
    assert comparison.extra == {"tree0": []}
    assert comparison.compared == 23


@pytest.mark.parametrize(
    ("old", "new", "lies"),
    [
        ('config BUS\n\tbool "Bus"', "config BUS\n\tdef_bool y", ["BUS=n"]),
        ('config BUS\n\tbool "Bus"', "config BUS\n\tbool", ["BUS=y"]),
        ('\tbool "Bus"', '\tbool "Bus"\n\tdepends on EXPERT', ["BUS=y EXPERT=n"]),
        ("\tdepends on EXPERT\n\tselect CORE", "\tdepends on EXPERT", ["CORE=y LOADER=n"]),
        ('\tbool "Bus"', '\tbool "Bus"\n\tselect LOADER', ["LOADER=n BUS=y"]),
        ("range 1 10", "range 1 9", ["SHIFT=10"]),
        ("range 1 10", "range 2 10", ["SHIFT=1"]),
        ('bool "Large"\n\tdepends on EXPERT', 'bool "Large"\n\tdepends on BUS', ["LARGE=y BUS=n"]),
        ("\nchoice\n", "\nchoice\n\tdepends on EXPERT\n", ["SMALL=y EXPERT=n"]),
    ],
    ids=["prompt", "n only", "depends", "select gone", "select", "range", "low", "member", "choice"],
)
def test_a_definition_that_says_less_is_a_lie(tmp_path: Path, old: str, new: str, lies: list[str]) -> None:
    assert old in TREE
    found = settings(compared(tmp_path, TREE.replace(old, new, 1), TREE))
    assert found == lies


def test_what_only_the_fragment_reaches_is_listed_with_the_statements_that_exclude_it(tmp_path: Path) -> None:
    strict = TREE.replace('bool "Bus"', 'bool "Bus"\n\tdepends on EXPERT', 1)
    comparison = compared(tmp_path, TREE, strict)
    assert comparison.failures == (0, 0)
    (extra,) = compared(tmp_path, TREE, strict.replace("config BUS", "config OTHER", 1)).extra.values()
    assert [difference.reasons for difference in extra] == [("no definition of BUS",)]


def test_a_definition_that_changed_inside_a_span_is_told(tmp_path: Path) -> None:
    strict = TREE.replace('bool "Large"\n\tdepends on EXPERT', 'bool "Large"', 1)
    comparison = compared(tmp_path, strict, TREE, strict)
    assert comparison.failures == (0, 1)
    ((change,),) = comparison.changes.values()
    assert change.values == (("LARGE", "y"), ("EXPERT", "n"))


def test_a_tree_of_a_release_without_fragment_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no Kconfig fragment describes kernel 9\.9"):
        main([str(tree_at(tmp_path, TREE, release="9.9"))])


@pytest.mark.live
@pytest.mark.parametrize("series", ["6.1", "6.12"])
def test_the_fragments_say_no_less_than_debians_trees(series: str) -> None:
    try:
        tree = load_tree(source_tree(series))
    except Unavailable as reason:
        pytest.skip(f"the kernel's tree cannot be had here: {reason}")
    comparison = compare({series: (load_fragment(KernelVersion.parse(series)), tree)})
    assert settings(comparison) == []
    assert comparison.compared > 200
