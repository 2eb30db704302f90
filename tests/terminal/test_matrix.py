# SPDX-License-Identifier: GPL-2.0-or-later
"""The text of matrix, from documents of the shipped kernels and of kernels whose cells are made up."""

from collections.abc import Sequence
from copy import deepcopy
from functools import cache
from typing import Any

import pytest

from explorer.configuration import load_fragment
from explorer.document.matrix import document
from explorer.machine import MemoryMap, Region, shipped_map
from explorer.study.matrix import study_kernel
from explorer.terminal.matrix import show
from explorer.version import KernelVersion

MIB = 1 << 20
MAPS = ("flat", "nomap-mid", "dma32-edge")


@cache
def made(kernels: tuple[str, ...] = ("4.17",), *, what_ifs: bool = False, more: int = 0) -> dict[str, Any]:
    machines = [shipped_map(name) for name in MAPS]
    machines += [
        MemoryMap(f"board-{number}", (Region(1 << 30, (64 + 4 * number) * MIB),)) for number in range(more)
    ]
    trees = [load_fragment(KernelVersion.parse(kernel)) for kernel in kernels]
    matrices = [study_kernel(tree, machines, what_ifs=what_ifs) for tree in trees]
    return document(matrices, machines, "kconfig-explorer matrix")


def text_of(made_of: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> list[str]:
    show(made_of)
    return capsys.readouterr().out.splitlines()


def grid_of(lines: Sequence[str], row: str) -> list[str]:
    return [line for line in lines if line.startswith(f"{row}  ")]


def test_the_answer_of_each_kernel_stands_first(capsys: pytest.CaptureFixture[str]) -> None:
    lines = text_of(made(("4.17", "6.12")), capsys)
    assert lines[0].startswith("4.17: unsafe with NUMA=n on 2 of 3 maps (may die). Fix: NUMA=y, or commit ")
    assert lines[1].startswith("6.12: safe on ")
    assert lines[2].startswith("report judges other page sizes")
    assert lines[4] == "kernel 4.17"


def test_an_unsafe_row_has_its_maps_its_reason_and_its_fix(capsys: pytest.CaptureFixture[str]) -> None:
    lines = text_of(made(), capsys)
    at = lines.index("n n y y (NUMA=n HOLES_IN_ZONE=n)")
    assert lines[at + 1] == "  unsafe: may die on 2 of 3 maps: 2-3"
    assert lines[at + 2].startswith("  reason     on 2 nomap-mid: pfn 0x440f0 ")
    assert lines[at + 3].startswith("  fix        NUMA=y, or commit ")
    assert lines[at + 4].startswith("  every map  ")
    assert "  safe on the 3 listed maps" in lines


def test_the_legend_has_the_letters_that_occur(capsys: pytest.CaptureFixture[str]) -> None:
    lines = text_of(made(), capsys)
    assert "cells . safe   c may die" in lines
    assert "maps  1 flat        2 nomap-mid   3 dma32-edge" in lines
    safe = text_of(made(("6.12",)), capsys)
    assert "cells . safe" in safe


def test_what_ifs_stand_behind_the_reachable_rows(capsys: pytest.CaptureFixture[str]) -> None:
    lines = text_of(made(what_ifs=True), capsys)
    status = [line.split()[4] for line in lines if line[8:9] == " " and "reachable   " in line]
    assert status == ["reachable"] * 2 + ["unreachable"] * 14
    assert max(map(len, lines[: lines.index("")])) < 110


@pytest.mark.parametrize("what_ifs", [False, True])
def test_rows_of_18_maps_fit_a_line_of_80_columns(
    what_ifs: bool,  # noqa: FBT001 # a parameter of the test
    capsys: pytest.CaptureFixture[str],
) -> None:
    lines = text_of(made(more=15, what_ifs=what_ifs), capsys)
    (row,) = grid_of(lines, "n n y y")
    assert row.count("  .") + row.count("  c") == 18
    assert max(len(line) for line in lines if "  reason  " not in line and "  every map  " not in line) <= 110
    assert len(row) <= 80


def test_rows_of_many_maps_are_broken_and_blocks_without_a_finding_told(
    capsys: pytest.CaptureFixture[str],
) -> None:
    lines = text_of(made(more=60), capsys)
    rows = grid_of(lines, "n n y y")
    assert [row.count("  .") + row.count("  c") for row in rows] == [22, 19]
    assert max(map(len, rows)) <= 80
    assert [row.split()[-1] in {"p", "-"} for row in rows] == [False, True]
    numbers = " ".join(line for line in lines if line.startswith("A B C D")).split()
    assert [int(word) for word in numbers if word.isdigit()] == [*range(1, 23), *range(45, 64)]
    assert "  safe in each row: maps 23-44" in lines
    listed = [line for line in lines if "board-" in line]
    assert max(map(len, listed)) <= 80


def test_unknown_is_told_as_unknown(capsys: pytest.CaptureFixture[str]) -> None:
    unknown = deepcopy(made(("6.12",)))
    unknown["answers"][0]["verdict"] = "unknown"
    for row in unknown["views"][0]["combinations"]:
        row["unmodelled"] = ["DEFERRED_EXAMPLE"]
        for cell in row["cells"]:
            cell.update(verdict="unknown", what_if="unknown")
    lines = text_of(unknown, capsys)
    assert lines[0] == "6.12: unknown: the configuration needs something that is not modelled."
    assert "  unknown on 3 of 3 maps: not modelled" in lines
    assert "  reason     DEFERRED_EXAMPLE" in lines
    assert "cells ? not modelled" in lines
    assert not any("safe on" in line for line in lines if line.startswith("  safe"))


def test_settings_that_leave_no_combination_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    tree = load_fragment(KernelVersion.parse("4.17"))
    machines = [shipped_map("flat")]
    settings = {"DEBUG_KERNEL": "n", "DEBUG_VM": "y"}
    studied = study_kernel(tree, machines, settings=settings, what_ifs=False)
    lines = text_of(document([studied], machines, "kconfig-explorer matrix"), capsys)
    assert lines[0] == "4.17: no combination is reachable with these settings."


def test_rows_with_equal_findings_are_told_once(capsys: pytest.CaptureFixture[str]) -> None:
    lines = text_of(made(("6.12",)), capsys)
    told = [line for line in lines if line.startswith("  safe on ")]
    heads = [line for line in lines if line.startswith("n ") and "NUMA=" in line]
    assert (len(told), len(heads)) == (1, 1)
    assert heads[0].count("(NUMA=") == 2


def test_different_fixes_name_their_maps(capsys: pytest.CaptureFixture[str]) -> None:
    mixed = deepcopy(made())
    row = next(row for row in mixed["views"][0]["combinations"] if row["reachable"])
    row["cells"][2].update(cure=None, later=None, hazard="boot")
    lines = text_of(mixed, capsys)
    assert "  unsafe: dies at boot on 1 of 3 maps: 3" in lines
    assert "  unsafe: may die on 1 of 3 maps: 2" in lines
    assert "  fix        none is known on 1 of 3 maps: 3" in lines
    assert "cells . safe   B dies at boot   c may die" in lines
