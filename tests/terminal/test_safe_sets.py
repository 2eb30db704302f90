# SPDX-License-Identifier: GPL-2.0-or-later
"""What the document of a kernel's safe sets, changes and guards holds, and how it prints."""

import json
from itertools import pairwise

import pytest

from explorer.document.guards import fewest_changes_json, guard_costs_json
from explorer.document.safe_sets import safe_set_json
from explorer.machine import all_shipped_maps, shipped_map
from explorer.study.change_search import fewest_changes
from explorer.study.guard_costs import costs_of_guards
from explorer.study.safe_sets import ProvenRow, safe_sets_of
from explorer.terminal.console import console_of
from explorer.terminal.safe_sets import show_fewest_changes, show_guards, show_safe_sets
from tests.study.family_proofs import each, kernel_rows, prover

FIXED = ("ARM64_4K_PAGES", "y"), ("SPARSEMEM_VMEMMAP", "n")


def test_safe_sets_and_changes_print_a_line_for_each_class(capsys: pytest.CaptureFixture[str]) -> None:
    tree, rows = kernel_rows("4.17", *FIXED)
    prove = prover(all_shipped_maps())
    claims = [prove(row.kernel_config) for row in rows]
    proven = [ProvenRow(row.combination.values, each) for row, each in zip(rows, claims, strict=True)]
    safe_sets = [safe_set_json(each) for each in safe_sets_of(proven)]
    changes = [fewest_changes_json(fewest_changes(tree, rows, claims, prove_all=each(prove)))]
    assert json.loads(json.dumps([safe_sets, changes])) == [safe_sets, changes]
    assert safe_sets[0]["maps"] == "any memory map"
    assert safe_sets[0]["safe"]["terms"] == []
    assert [change["name"] for change in changes[0]["changes"]] == [
        "holes_in_zone_always",
        "move_freepages_by_pfn",
    ]
    show_safe_sets(console_of(), safe_sets)
    show_fewest_changes(console_of(), changes)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "  on any memory map: no row is safe"
    assert "HOLES_IN_ZONE no longer depends on NUMA" in lines[-2]


def test_guards_print_as_a_table_with_the_cheapest_marked(capsys: pytest.CaptureFixture[str]) -> None:
    tree, rows = kernel_rows("4.17", ("ARM64_4K_PAGES", "y"), ("DEBUG_VM", "n"))
    machine = shipped_map("nomap-mid")
    tables = guard_costs_json(machine, costs_of_guards(tree, rows, machine, each(prover([machine]))))
    assert json.loads(json.dumps(tables)) == tables
    show_guards(console_of(), tables)
    out = capsys.readouterr().out
    assert "16,777,216 bytes = 4,096 pages = 8 blocks of 2 MiB; 1 here" in out
    lines = out.splitlines()
    below = [after for line, after in pairwise(lines) if line.startswith("  * ")]
    assert len(below) == len(tables)
    assert all(line.endswith("; proven safe on any memory map") for line in below)
    flat = guard_costs_json(machine, costs_of_guards(*kernel_rows("5.10", ("FLATMEM", "y")), machine))
    show_guards(console_of(), [{**flat[0], "refused": ["made up"]}])
    out = capsys.readouterr().out
    assert "FLATMEM has no sections" in out
    assert "not in this kernel: made up" in out
