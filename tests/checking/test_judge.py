# SPDX-License-Identifier: GPL-2.0-or-later
"""Judgements as a whole: verdicts, reachability, depth of trees."""

from pathlib import Path

import pytest

import explorer
from explorer.configuration import load_tree
from explorer.errors import InputError
from tests.checking.judging import judged, listed, text_config


@pytest.mark.parametrize("value", ["yes", 'y"', '"y"', "banana", "m", ""])
@pytest.mark.parametrize("name", ["NUMA", "HOLES_IN_ZONE", "SPARSEMEM"])
def test_any_text_for_the_four_symbols_is_judged(name: str, value: str) -> None:
    text = f"# Linux/arm64 6.1.0 Kernel Configuration\nCONFIG_ARM64=y\nCONFIG_{name}={value}\n"
    checked = explorer.check(text_config(text), machines=["flat"])
    assert set(checked.combination.values.values()) <= {"y", "n"}


@pytest.mark.parametrize(("kind", "findings"), [("conjunction", {"X0", "X3000"}), ("selects", {"X3000"})])
def test_a_deep_tree_is_judged(kind: str, findings: set[str], tmp_path: Path) -> None:
    (tmp_path / "Makefile").write_text("VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 0\n")
    head = 'config ARM64\n\tdef_bool y\nconfig NUMA\n\tbool "numa"\n'
    if kind == "conjunction":
        tail = f'config X0\n\tbool "x"\n\tdepends on {" && ".join(["NUMA"] * 3000)}\n'
    else:
        entries = (f'config X{number}\n\tbool "x"\n\tselect X{number + 1}\n' for number in range(3000))
        tail = "".join(entries) + 'config X3000\n\tbool "x"\n'
    (tmp_path / "Kconfig").write_text(head + tail)
    config = "CONFIG_ARM64=y\nCONFIG_X0=y\n# CONFIG_X3000 is not set\n"
    checked = judged(load_tree(tmp_path), config, requested=config)
    assert {symbol for _, symbol, _ in listed(checked)} == findings


def test_a_tree_whose_numa_has_no_type_is_refused_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "Makefile").write_text("VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 0\n")
    (tmp_path / "Kconfig").write_text("config ARM64\n\tdef_bool y\nconfig NUMA\n")
    with pytest.raises(InputError, match="Kconfig:3: NUMA is neither bool nor tristate"):
        judged(load_tree(tmp_path), "CONFIG_ARM64=y\n")


def test_a_symbol_that_a_switched_change_redefines_is_not_judged() -> None:
    text = "# Linux/arm64 4.19.0 Kernel Configuration\nCONFIG_ARM64=y\n# CONFIG_NUMA is not set\n"
    config = text_config(text + "CONFIG_HOLES_IN_ZONE=y\n")
    assert listed(explorer.check(config, machines=["nomap-mid"])) == []
    reverted = explorer.check(config, machines=["nomap-mid"], without_changes=["f52bb98f5ade"])
    assert (reverted.verdict, [finding.id for finding in reverted.findings]) == ("unsafe", ["unsafe"])
