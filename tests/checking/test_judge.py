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


@pytest.mark.parametrize("kind", ["conjunction", "selects"])
def test_at_any_depth_of_a_tree_there_is_a_judgement_or_a_clear_error(kind: str, tmp_path: Path) -> None:
    """Between what can be parsed and what can be asked lie a few steps, and Python counts them by frames."""
    (tmp_path / "Makefile").write_text("VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 0\n")
    head = 'config ARM64\n\tdef_bool y\nconfig NUMA\n\tbool "numa"\n'

    def outcome(depth: int) -> str:
        if kind == "conjunction":
            tail = f'config X0\n\tbool "x"\n\tdepends on {" && ".join(["NUMA"] * depth)}\n'
        else:
            tail = "".join(
                f'config X{number}\n\tbool "x"\n\tselect X{number + 1}\n' for number in range(depth)
            )
            tail += f'config X{depth}\n\tbool "x"\n'
        (tmp_path / "Kconfig").write_text(head + tail)
        try:
            judged(load_tree(tmp_path), "CONFIG_ARM64=y\nCONFIG_X0=y\n", requested="CONFIG_X1=y\n")
        except InputError as error:
            return "values" if "values follow" in error.what else "nested"
        return "judged"

    low, high = 10, 3000
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if outcome(middle) == "judged" else (low, middle)
    assert low > 100
    assert {outcome(low + step) for step in range(1, 12)} <= {"values", "nested"}


def test_a_symbol_that_a_switched_change_redefines_is_not_judged() -> None:
    text = "# Linux/arm64 4.19.0 Kernel Configuration\nCONFIG_ARM64=y\n# CONFIG_NUMA is not set\n"
    config = text_config(text + "CONFIG_HOLES_IN_ZONE=y\n")
    assert listed(explorer.check(config, machines=["nomap-mid"])) == []
    reverted = explorer.check(config, machines=["nomap-mid"], without_changes=["f52bb98f5ade"])
    assert (reverted.verdict, [finding.id for finding in reverted.findings]) == ("unsafe", ["unsafe"])
