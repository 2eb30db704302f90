# SPDX-License-Identifier: GPL-2.0-only
import copy
import gzip
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.configuration import load_fragment
from explorer.document.compared import compared_json, read_document
from explorer.document.deduplication import PACKED, pack, unpack
from explorer.document.matrix import document
from explorer.errors import InputError
from explorer.machine import all_shipped_maps
from explorer.study.matrix import study_kernel
from explorer.version import KernelVersion
from tests.document.test_matrix import SCHEMA

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(min_size=2, max_size=3), inner, max_size=4)
    ),
    max_leaves=40,
)


# Forty entries, each twice the one before: a thousand billion parts in a kilobyte.
DOUBLED = json.dumps(
    {
        "packed": PACKED,
        "table": [[], *([{"$": number}] * 2 for number in range(40))],
        "root": {
            "schema": "kconfig-explorer/document/1",
            "views": [],
            "command": "",
            "memory_maps": [],
            "more": {"$": 40},
        },
    }
).encode()


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    views = [
        study_kernel(load_fragment(KernelVersion.parse(name)), all_shipped_maps()[:3])
        for name in ("4.17", "4.19")
    ]
    return document(views, all_shipped_maps()[:3], "command")


@given(st.dictionaries(st.text(max_size=3), JSON))
def test_packing_loses_nothing(value: dict[str, Any]) -> None:
    wrapped = {"a": value, "again": copy.deepcopy(value)}
    assert json.dumps(unpack(json.loads(json.dumps(pack(wrapped))))) == json.dumps(wrapped)


def test_packing_makes_a_document_small(found: dict[str, Any]) -> None:
    assert unpack(pack(found)) == found
    assert len(json.dumps(pack(found))) < len(json.dumps(found)) / 2


def test_a_document_does_not_differ_from_itself(found: dict[str, Any]) -> None:
    compared = compared_json(found, found, "old.json")
    assert compared["moved"] == compared["maps_changed"] == []
    assert compared["only_before"] == compared["only_after"] == {"kernels": [], "memory_maps": [], "rows": []}
    assert compared["cells"] == 5 * 3
    jsonschema.validate({**found, "compared": compared}, SCHEMA)


def test_what_moved_and_what_only_one_has_is_told_apart(found: dict[str, Any]) -> None:
    older = copy.deepcopy(found)
    older["views"].pop(1)
    older["memory_maps"][0]["sha256"] = "0" * 64
    row = next(row for row in older["views"][0]["combinations"] if row["reachable"])
    row["cells"][1].update(verdict="safe", hazard="")
    compared = compared_json(older, found, "old.json")
    assert [
        (move["kernel"], move["memory_map"], move["before"], move["after"]) for move in compared["moved"]
    ] == [("4.17", "nomap-mid", "safe", "circumstances")]
    assert compared["only_after"]["kernels"] == ["4.19"]
    assert compared["maps_changed"] == ["flat"]
    assert compared["cells"] == 2 * 3


@pytest.mark.parametrize("squeeze", [bytes, gzip.compress])
@pytest.mark.parametrize("shape", [dict, pack])
def test_documents_are_read_in_every_form(
    found: dict[str, Any], tmp_path: Path, squeeze: Any, shape: Any
) -> None:
    path = tmp_path / "old"
    path.write_bytes(squeeze(json.dumps(shape(found)).encode()))
    assert read_document(str(path)) == found


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"[]",
        b"\x1f\x8b",
        b"\x1f\x8b\x08" + b"x" * 30,
        b'{"schema": "other", "views": []}',
        b'{"schema": 1, "views": [1]}',
        b'{"packed": "kconfig-explorer/packed/1", "table": [{"$": 5}], "root": 1}',
        b'{"schema": "kconfig-explorer/document/1", "views": [], "memory_maps": []}',
        b'{"schema": "kconfig-explorer/document/1", "views": [], "command": ""}',
        b'{"schema": "kconfig-explorer/document/1", "views": [], "command": "", "memory_maps": [{}]}',
        DOUBLED,
        b"[]," * 2_000_001,
        b"[" * 100_000,
        gzip.compress(b"{}", mtime=0)[:-4],
    ],
)
def test_what_is_no_document_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "old"
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_document(str(path))
    assert caught.value.hint
    with pytest.raises(InputError):
        read_document(str(tmp_path / "none"))
