# SPDX-License-Identifier: GPL-2.0-or-later
"""Reasons of unreachable values: those of made-up trees, and each statement is removed from its tree."""

from collections.abc import Mapping
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from explorer.configuration import explain, load_tree
from explorer.configuration.encoding.guard import GuardKind
from tests.configuration.queries.removal import is_needed, questions
from tests.configuration.queries.test_projection import kconfig_texts
from tests.configuration.trees import tree_at

MODULES = 'config MODULES\n\tbool "Modules"\n\tmodules\n\tdefault y\n'
BUS = f"""{MODULES}
config BUS
	tristate "Bus"
config DISK
	tristate "Disk"
	depends on BUS
config MOUSE
	tristate "Mouse"
	select BUS
config PAD
	tristate "Pad"
	select BUS
"""
NFS = f"""{MODULES}
config NET
	bool "Net"
config RPC
	tristate
config NFS
	tristate "Nfs"
	depends on NET
	select RPC
"""
SHIFT = """
config NODES
	bool "Nodes"
config SHIFT
	int "Shift"
	range 1 10
	depends on NODES
config EXPERT
	bool "Expert"
config PRINTK
	bool "Printk" if EXPERT
	default y
config HINT
	bool
	default y if NODES
config PLAIN
	bool "Plain"
	imply HINT
config SIZE
	int
	default 5
"""
CHOICE = """
config ARCH
	bool
config MODEL
	bool "Model"
choice
	prompt "Which"
	depends on MODEL
config FLAT
	bool "Flat"
config SPARSE
	bool "Sparse"
	depends on ARCH
config THIRD
	bool "Third"
endchoice
"""
UNSEEN = 'choice\n\tprompt "c"\nconfig A\n\tbool "a"\nconfig B\n\tbool\nendchoice\n'  # conf 6.1 never sets B
NAMED = 'config S\nconfig X\n\tbool "x"\n\tdepends on S < "7"\n'  # the value of S is "S"
CASES = [
    (UNSEEN, {"B": "y"}, ["only B "]),
    (NAMED, {"X": "y"}, ['depends X S < "7"']),
    (BUS, {"BUS": "m", "DISK": "y"}, ["depends DISK BUS"]),
    (BUS, {"MODULES": "n", "BUS": "m"}, ["modules MODULES "]),
    (BUS, {"PAD": "y", "BUS": "m"}, ["select BUS PAD"]),
    (NFS, {"NFS": "y", "RPC": "m"}, ["select RPC NFS"]),
    (NFS, {"NET": "n", "NFS": "m"}, ["depends NFS NET"]),
    (SHIFT, {"SHIFT": "11"}, ["range SHIFT "]),
    (SHIFT, {"SHIFT": "3", "NODES": "n"}, ["depends SHIFT NODES"]),
    (SHIFT, {"PRINTK": "n", "EXPERT": "n"}, ["default PRINTK ", "prompt PRINTK EXPERT"]),
    (SHIFT, {"HINT": "n", "NODES": "y"}, ["default HINT "]),
    (SHIFT, {"HINT": "n", "PLAIN": "y"}, ["imply HINT PLAIN"]),
    (SHIFT, {"HINT": "y", "PLAIN": "n", "NODES": "n"}, ["only HINT "]),
    (SHIFT, {"SIZE": "6"}, ["number SIZE "]),
    (CHOICE, {"FLAT": "y", "THIRD": "y"}, ["choice FLAT "]),
    (CHOICE, {"SPARSE": "y"}, ["depends SPARSE ARCH", "only ARCH "]),
    (CHOICE, {"MODEL": "n", "FLAT": "y"}, ["choice FLAT ", "depends FLAT MODEL"]),
]


@pytest.mark.parametrize(("text", "required", "statements"), CASES)
def test_the_statements_that_decide_are_named_and_no_others(
    tmp_path: Path, text: str, required: Mapping[str, str], statements: list[str]
) -> None:
    found = explain(load_tree(tree_at(tmp_path, text, release="6.6")), required).combination
    names = sorted(f"{one.kind} {one.symbol} {one.operand}" for one in found.core)
    assert (names, dict(found.conflicting)) == (sorted(statements), dict(required))


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(text=kconfig_texts(), seed=st.integers(0, 99), release=st.sampled_from(["4.17", "6.6", "6.12"]))
def test_a_core_without_a_statement_of_the_tree_excludes_nothing(
    text: str, seed: int, release: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    tree = load_tree(tree_at(tmp_path_factory.mktemp("tree"), text, release=release))
    for required in questions(tree, Random(seed), 7):  # noqa: S311 # repeatable, and nothing secret
        found = explain(tree, required).combination
        for statement in found.core:
            if statement.kind is not GuardKind.MODULES:
                assert is_needed(tree, found.conflicting, statement, found.core), (required, statement)


def test_all_conflicts_are_listed_up_to_a_number(tmp_path: Path) -> None:
    text = "config A\n\tbool\nconfig B\n\tbool\nconfig X\n\tbool 'X'\n\tdepends on A && B\n"
    tree = load_tree(tree_at(tmp_path, text, release="6.6"))
    every = explain(tree, {"X": "y"}, conflicts=9).conflicts
    first = explain(tree, {"X": "y"}, conflicts=2).conflicts
    assert every is not None
    assert first is not None
    names = sorted(
        sorted(f"{one.kind} {one.symbol} {one.operand}" for one in found.statements) for found in every.found
    )
    assert (names, every.complete) == ([["depends X A", "only A "], ["depends X B", "only B "]], True)
    assert (first.found, first.complete) == (every.found, True)
    assert explain(tree, {"X": "y"}).conflicts is None
