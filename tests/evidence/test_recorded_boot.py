# SPDX-License-Identifier: GPL-2.0-or-later
"""Rows of a recording of any form: each is simulated, or refused with its file, line and field."""

import json
from typing import Any

import pytest

from explorer.document.boot import replayed_json
from explorer.errors import FileError, InputError
from explorer.evidence.boot_replay import replay
from tests.bent_json import bent_documents
from tests.commandline import DATA

RECORDINGS = ("4.17-sparsemem-4k.jsonl", "4.19.1-flatmem-4k.jsonl", "5.15.24-sparsemem-vmemmap-64k.jsonl")


def row_of(name: str) -> Any:
    """The first boot of a recording that died."""
    with (DATA / "boots" / name).open() as lines:
        return next(row for row in map(json.loads, lines) if row["outcome"] != "ok")


def test_every_row_with_one_value_of_another_kind_is_replayed_or_refused() -> None:
    accepted = refused = compared = 0
    for name in RECORDINGS:
        for line in bent_documents(row_of(name)):
            try:
                json.dumps([replayed_json(boot) for boot in replay([line], "bent")])
                accepted += 1
            except InputError as error:
                refused += error.where.startswith("bent:1")
            compared += 1
    assert accepted + refused == compared
    assert accepted > 1500
    assert refused > 3000


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"triggers": "x"}, "triggers"),
        ({"triggers": {"compact": 1}}, "triggers.compact"),
        ({"fault_page_pfn": "zz"}, "fault_page_pfn"),
        ({"fault_page_pfn": "0x1_0"}, "fault_page_pfn"),
        ({"stage": 5}, "stage"),
        ({"page_size": True}, "page_size"),
        ({"memory_map": {"memory": [{"base": "0x0", "size": []}]}}, "memory[0]"),
        ({"zones": [{"name": None}]}, "zones[0].name"),
        ({"skipped": [None]}, "skipped[0]"),
        ({"kernel": "5.9999999999999999"}, "kernel"),
        ({"kernel": "9.1"}, ""),
        ({"config": {"a b": "y"}}, "config"),
        ({"pageblock_order": 1e300}, "pageblock_order"),
        ({"pageblock_order": 40}, "pageblock_order, section_size_bits"),
        ({"cmdline_extra": "\x1b"}, "cmdline_extra"),
    ],
)
def test_the_error_names_the_field(change: dict[str, Any], field: str) -> None:
    row = row_of(RECORDINGS[0]) | change
    with pytest.raises(FileError) as raised:
        list(replay(["", json.dumps(row)], "boots"))
    assert (raised.value.file, raised.value.line) == ("boots", 2)
    assert field in raised.value.part
    assert raised.value.hint


def test_fields_that_nothing_reads_may_hold_anything() -> None:
    row = row_of(RECORDINGS[0]) | {"trace": [[{}]], "rep": "many", "unknown": None}
    assert len(list(replay([json.dumps(row)], "boots"))) == 1
