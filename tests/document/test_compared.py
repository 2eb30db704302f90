# SPDX-License-Identifier: GPL-2.0-or-later
import copy
import gzip
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from explorer.configuration import load_fragment
from explorer.document.compared import compared_json, read_document
from explorer.document.matrix import document
from explorer.errors import InputError
from explorer.machine import all_shipped_maps
from explorer.study.matrix import study_kernel
from explorer.version import KernelVersion
from tests.document.test_matrix import SCHEMA


@pytest.fixture(scope="module")
def example() -> dict[str, Any]:
    views = [
        study_kernel(load_fragment(KernelVersion.parse(name)), all_shipped_maps()[:3])
        for name in ("4.17", "4.19")
    ]
    return document(views, all_shipped_maps()[:3], "command")


def test_a_document_does_not_differ_from_itself(example: dict[str, Any]) -> None:
    compared = compared_json(example, example, "old.json")
    assert compared["moved"] == compared["maps_changed"] == []
    assert compared["only_before"] == compared["only_after"] == {"kernels": [], "memory_maps": [], "rows": []}
    assert compared["cells"] == 5 * 3
    jsonschema.validate({**example, "compared": compared}, SCHEMA)


def test_what_moved_and_what_only_one_has_is_told_apart(example: dict[str, Any]) -> None:
    older = copy.deepcopy(example)
    older["views"].pop(1)
    older["memory_maps"][0]["sha256"] = "0" * 64
    row = next(row for row in older["views"][0]["combinations"] if row["reachable"])
    row["cells"][1].update(verdict="safe", hazard="")
    compared = compared_json(older, example, "old.json")
    assert [
        (move["kernel"], move["memory_map"], move["before"], move["after"]) for move in compared["moved"]
    ] == [("4.17", "nomap-mid", "safe", "circumstances")]
    assert compared["only_after"]["kernels"] == ["4.19"]
    assert compared["maps_changed"] == ["flat"]
    assert compared["cells"] == 2 * 3


def test_single_kernels_are_a_pair_whatever_their_names(example: dict[str, Any]) -> None:
    """4.17 without NUMA is unsafe on nomap-mid, 4.19 safe: the rows of equal values are compared."""
    older, newer = ({**example, "views": [view]} for view in example["views"])
    compared = compared_json(older, newer, "old.json")
    assert compared["pair"] == {"before": "4.17", "after": "4.19"}
    assert compared["only_before"]["kernels"] == compared["only_after"]["kernels"] == []
    common = {row["id"] for row in older["views"][0]["combinations"] if row["reachable"]} & {
        row["id"] for row in newer["views"][0]["combinations"] if row["reachable"]
    }
    assert compared["cells"] == len(common) * 3 > 0
    assert compared_json(example, newer, "old.json")["pair"] is None
    jsonschema.validate({**newer, "compared": compared}, SCHEMA)


def test_the_inputs_of_a_comparison_are_recorded(example: dict[str, Any]) -> None:
    compared = compared_json(example, example, "old.json")
    content = json.dumps(example, sort_keys=True).encode()
    assert compared["sha256"] == hashlib.sha256(content).hexdigest()
    assert [entry["kernel"] for entry in compared["kernels"]] == ["4.17", "4.19"]
    assert compared["generator"].startswith("kconfig-explorer ")


@pytest.mark.parametrize("compressed", [bytes, gzip.compress])
def test_documents_are_read_plain_and_compressed(
    example: dict[str, Any], tmp_path: Path, compressed: Callable[[bytes], bytes]
) -> None:
    path = tmp_path / "old"
    path.write_bytes(compressed(json.dumps(example).encode()))
    assert read_document(str(path)) == example


def test_the_packed_form_of_earlier_versions_is_refused_with_a_way_out(tmp_path: Path) -> None:
    path = tmp_path / "old"
    path.write_bytes(b'{"packed": "kconfig-explorer/packed/1", "table": [], "root": {}}')
    with pytest.raises(InputError, match="only earlier versions read") as caught:
        read_document(str(path))
    assert "save as plain JSON" in caught.value.hint


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
