# SPDX-License-Identifier: GPL-2.0-or-later
"""The comparison of fragments with trees notices every way in which a fragment can differ from the kernel."""

from pathlib import Path

import pytest

from explorer.configuration import Tree, combinations, load_fragment, load_tree
from explorer.configuration.files.releases import fragment_spans
from tests.configuration.fragments_against_trees import (
    Difference,
    Kind,
    accepted_differences,
    differences,
    main,
)
from tests.configuration.trees import tree_at

KERNEL = """
config MODULES
	bool "Modules"
	modules

config EXPERT
	bool "Expert"

config PCI
	bool "PCI"

config CORE
	bool

config KEXEC
	bool "Kexec"
	select CORE

config KEXEC_FILE
	bool "Kexec with files"
	select CORE

config DUMP
	bool "Dump"

config HOLES
	def_bool y

config DRIVER
	tristate "Driver"

config ORDER
	int "Order" if EXPERT
	range 1 12
	default 10

choice
	prompt "Pages"

config PAGES_4K
	bool "4K"

config PAGES_64K
	bool "64K"

endchoice

config BITS
	int
	default 48 if PAGES_4K
	default 42
"""


def compared(folder: Path, fragment: str, *kernels: str) -> list[Difference]:
    """The differences between a made-up fragment and made-up trees of its release."""
    shown = load_tree(tree_at(folder / "fragment", fragment))
    trees = [load_tree(tree_at(folder / f"tree{number}", text)) for number, text in enumerate(kernels)]
    return list(differences(trees, lambda _: shown))


def named(found: list[Difference], *kinds: Kind) -> set[str]:
    """The symbols that differ in some ways."""
    return {difference.symbol for difference in found if difference.kind in kinds}


def test_equal_definitions_do_not_differ(tmp_path: Path) -> None:
    assert compared(tmp_path, KERNEL, KERNEL, KERNEL) == []


@pytest.mark.parametrize(
    ("symbol", "true", "told"),
    [
        ("PCI", 'config PCI\n\tbool "PCI"', "config PCI\n\tdef_bool y"),
        ("CORE", 'config KEXEC_FILE\n\tbool "Kexec with files"\n\tselect CORE', "config KEXEC_FILE\n\tbool"),
        ("DUMP", '\tbool "Dump"', '\tbool "Dump"\n\tdepends on CORE'),
        ("DUMP", '\tbool "Dump"', '\tbool "Dump" if EXPERT'),
        ("HOLES", "config HOLES\n\tdef_bool y", "config HOLES\n\tdef_bool y\n\tdepends on PCI"),
        ("HOLES", "config HOLES\n\tdef_bool y", "config HOLES\n\tbool"),
        ("ORDER", "range 1 12", "range 1 11"),
        ("ORDER", "range 1 12", "range 2 12"),
        ("ORDER", "default 10", "default 11"),
        ("ORDER", 'int "Order" if EXPERT', "int"),
        ("BITS", "default 48 if PAGES_4K", "default 48 if PAGES_64K"),
        ("PAGES_64K", 'bool "64K"', 'bool "64K"\n\tdepends on EXPERT'),
        ("DRIVER", 'tristate "Driver"', 'tristate "Driver"\n\tdepends on !m || EXPERT'),
    ],
)
def test_a_fragment_that_reaches_less_is_noticed_at_the_definition(
    tmp_path: Path, symbol: str, true: str, told: str
) -> None:
    assert KERNEL.count(true) == 1
    if "!m" in told:
        told = told.replace("!m || EXPERT", "EXPERT")
    found = compared(tmp_path, KERNEL.replace(true, told), KERNEL)
    assert symbol in named(found, Kind.TIGHTER)
    text = next(one.text for one in found if one.symbol == symbol and one.kind is Kind.TIGHTER)
    assert f"{symbol}=" in text
    assert "fragment/Kconfig:" in text
    assert "tree0/Kconfig:" in text


def test_a_symbol_that_only_the_fragment_defines_may_only_be_n(tmp_path: Path) -> None:
    assert compared(tmp_path, f"{KERNEL}\nconfig OTHER\n\tbool\n", KERNEL) == []
    assert named(compared(tmp_path, f"{KERNEL}\nconfig OTHER\n\tdef_bool PCI\n", KERNEL), Kind.TIGHTER) == {
        "OTHER"
    }


def test_a_symbol_that_a_boot_reads_and_only_the_tree_defines_is_noticed(tmp_path: Path) -> None:
    zones = """
config ZONE_DMA
	bool "DMA zone" if EXPERT
	default y

config ZONE_DMA32
	bool "DMA32 zone"
	depends on NOWHERE

config NODES_SHIFT
	int "Nodes"
	default 2
"""
    found = compared(tmp_path, KERNEL, KERNEL + zones)
    assert named(found, Kind.MISSING) == {"ZONE_DMA", "NODES_SHIFT"}
    assert len(found) == 2


def test_another_type_is_noticed(tmp_path: Path) -> None:
    found = compared(tmp_path, KERNEL.replace("tristate", "bool"), KERNEL)
    assert named(found, Kind.TYPE) == {"DRIVER"}
    assert "DRIVER" in named(found, Kind.TIGHTER)


def test_a_fragment_that_reaches_more_is_listed(tmp_path: Path) -> None:
    kernel = KERNEL.replace('bool "Dump"', 'bool "Dump"\n\tdepends on PCI')
    fragment = KERNEL.replace('bool "Dump"', 'bool "Dump"\n\tdepends on PCI || EXPERT')
    found = compared(tmp_path, fragment, kernel)
    assert named(found, Kind.LOOSER) == {"DUMP"}
    assert named(found, Kind.TIGHTER) == set()


def test_a_definition_that_changes_inside_a_span_is_noticed(tmp_path: Path) -> None:
    fragment = KERNEL.replace(
        "config HOLES\n\tdef_bool y", 'config HOLES\n\tbool "Either"\n\tdepends on PCI || !PCI'
    )
    before = KERNEL.replace("config HOLES\n\tdef_bool y", "config HOLES\n\tdef_bool y\n\tdepends on PCI")
    assert named(compared(tmp_path, fragment, before, KERNEL), Kind.CHANGED) == {"HOLES"}


def test_what_the_solver_calls_included_is_reachable_in_the_fragment(tmp_path: Path) -> None:
    # by enumeration: every combination of three symbols of the tree is one of the fragment
    names = ["CORE", "KEXEC", "DUMP"]
    fragment, kernel = (KERNEL, KERNEL.replace('bool "Dump"', 'bool "Dump"\n\tdepends on CORE'))
    assert named(compared(tmp_path, fragment, kernel), Kind.TIGHTER) == set()
    reached = [
        {tuple(one.values.values()) for one in combinations(tree, names).combinations if one.reachable}
        for tree in (load_tree(tmp_path / "tree0"), load_tree(tmp_path / "fragment"))
    ]
    assert reached[0] < reached[1]


def test_deliberate_differences_name_fragments_and_their_symbols() -> None:
    folders = {span.folder: load_fragment(span.first) for span in fragment_spans()}
    for folder, symbol, kind in accepted_differences():
        trees = [folders[folder]] if folder != "*" else list(folders.values())
        assert {tree.defines(symbol) for tree in trees} == {kind != Kind.MISSING}
        assert kind in {Kind.LOOSER, Kind.CHANGED, Kind.MISSING}


def test_the_command_prints_differences_and_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tree = tree_at(tmp_path / "6.1", 'config NUMA\n\tbool "NUMA"\n', release="6.1")
    gap = tree_at(tmp_path / "7.99", KERNEL, release="7.99")
    assert main([str(tree), str(gap)]) == 1
    shown = capsys.readouterr().out
    assert "tighter: ARM64: only the tree reaches ARM64=n" in shown
    assert "6.1 does not define ARM64" in shown
    assert "no Kconfig fragment describes kernel 7.99" in shown
    assert "1 trees compared" in shown


def test_without_trees_there_is_nothing_to_compare() -> None:
    assert main([]) == 1


def test_a_fragment_is_equal_to_itself() -> None:
    trees: list[Tree] = [load_fragment(span.first) for span in fragment_spans()]
    assert list(differences(trees)) == []
    assert len(trees) > 20
