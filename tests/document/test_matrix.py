# SPDX-License-Identifier: GPL-2.0-or-later
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from explorer.boot import KernelConfig
from explorer.configuration import load_fragment
from explorer.document.matrix import document
from explorer.machine import EfiDescriptor, Firmware, MemoryMap, Region, all_shipped_maps
from explorer.proof import Claims
from explorer.study.matrix import FOUR, study_kernel
from explorer.version import KernelVersion
from tests.proof.samples import sample_claims
from tests.study.family_proofs import prover

SCHEMA = json.loads((Path(__file__).parents[2] / "reports" / "document.schema.json").read_text())


def made(release: str, **settings: str) -> dict[str, Any]:
    tree = load_fragment(KernelVersion.parse(release))
    view = study_kernel(tree, all_shipped_maps(), settings=settings, claims_of=sample_of)
    return document([view], all_shipped_maps(), "command")


def sample_of(build: KernelConfig) -> Claims | None:
    """Claims about 4.17 with DEBUG_VM and without NUMA."""
    sample = sample_claims()
    return sample if build == sample.kernel_config else None


@pytest.mark.parametrize("release", ["4.10", "4.17", "4.19", "5.14", "6.12"])
def test_documents_obey_the_published_schema(release: str) -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.validate(made(release, DEBUG_VM="y"), SCHEMA)


def test_safe_sets_count_equal_rows_once_and_obey_the_schema() -> None:
    tree, maps = load_fragment(KernelVersion.parse("4.17")), all_shipped_maps()
    prove = prover(maps)
    views = [
        study_kernel(tree, maps[:1], settings=settings, claims_of=prove)
        for settings in ({}, {"DEBUG_VM": "n"}, {"DEBUG_VM": "y"})
    ]
    made_of_all = document(views, maps[:1], "command")
    jsonschema.validate(made_of_all, SCHEMA)
    (kernel,) = made_of_all["safe_sets"]
    assert kernel["rows"] == 4
    sentence = kernel["safe_sets"][0]["sentence"]
    assert sentence == "on any memory map: safe if and only if NUMA=y (2 of 4 rows)"


def test_the_files_of_a_kernel_are_listed_once() -> None:
    maps = all_shipped_maps()[:1]
    trees = [load_fragment(KernelVersion.parse(release)) for release in ("4.17", "4.17", "6.1")]
    views = document([study_kernel(tree, maps) for tree in trees], maps, "command")["views"]
    assert [len(view["files"]) for view in views] == [1, 0, 1]


def test_a_firmware_map_obeys_the_schema_too() -> None:
    machine = Firmware("board", (Region(0x4000_0000, 0x800_0000, node=0),))
    view = study_kernel(load_fragment(KernelVersion.parse("6.1")), [machine])
    jsonschema.validate(document([view], [machine], "command"), SCHEMA)


def test_an_efi_map_is_the_memory_and_banks_give_its_nodes() -> None:
    """SRAT of QEMU's machine with two nodes: a descriptor may cover both."""
    machine = Firmware(
        "server",
        (Region(0x8000_0000, 0x4000_0000, node=1), Region(0x4000_0000, 0x4000_0000, node=0)),
        efi=(
            EfiDescriptor("Conventional", 0x7FFF_F000, 0x3000, frozenset({"WB"})),
            EfiDescriptor("MMIO", 0x400_0000, 0x1000, frozenset({"WC", "RUN"})),
        ),
    )
    view = study_kernel(load_fragment(KernelVersion.parse("6.1")), [machine])
    example = document([view], [machine], "command")
    jsonschema.validate(example, SCHEMA)
    assert example["memory_maps"][0]["memory"] == [
        {"base": "0x7ffff000", "size": "0x1000", "flags": ["Conventional", "WB"], "node": 0},
        {"base": "0x80000000", "size": "0x2000", "flags": ["Conventional", "WB"], "node": 1},
        {"base": "0x4000000", "size": "0x1000", "flags": ["MMIO", "RUN", "WC"]},
    ]


def test_indices_point_at_what_they_mean() -> None:
    view = made("4.17", DEBUG_VM="y")["views"][0]
    for combination in view["combinations"]:
        assert bool(combination["conflict"]) != combination["reachable"]
        assert all(view["statements"][index]["text"] for index in combination["conflict"])
        for cell in combination["cells"]:
            assert bool(cell["faults"]) == (cell["what_if"] == "unsafe") == bool(cell["hazard"])
            for index in cell["faults"]:
                assert view["faults"][index]["chain"]


def test_unreachable_combinations_bear_no_verdict_of_their_own() -> None:
    for combination in made("4.17", DEBUG_VM="y")["views"][0]["combinations"]:
        verdicts = {cell["verdict"] for cell in combination["cells"]}
        assert (verdicts == {"unreachable"}) != combination["reachable"]


def test_the_seed_is_in_the_matrix() -> None:
    """James Morse's report: on 4.17 without NUMA, nomap inside a pageblock kills; with NUMA it does not."""
    view = made("4.17", DEBUG_VM="y")["views"][0]
    cells = {
        "".join(combination["values"].values()): {
            cell["memory_map"]: cell["verdict"] for cell in combination["cells"]
        }
        for combination in view["combinations"]
    }
    assert cells["nnyy"]["nomap-mid"] == "unsafe"
    assert cells["yyyy"]["nomap-mid"] == "safe"
    fixed = made("4.19", DEBUG_VM="y")["views"][0]
    verdicts = {
        cell["verdict"]
        for combination in fixed["combinations"]
        if combination["reachable"] and combination["values"]["NUMA"] == "n"
        for cell in combination["cells"]
        if cell["memory_map"] == "nomap-mid"
    }
    assert verdicts == {"safe"}


def test_a_row_says_which_memory_model_it_was_booted_with() -> None:
    rows = {
        "".join(combination["values"].values()): combination["memory_model"]
        for combination in made("4.19")["views"][0]["combinations"]
        if combination["reachable"]
    }
    assert rows == {"nyyn": "FLATMEM", "nyyy": "SPARSEMEM_VMEMMAP", "yyyy": "SPARSEMEM_VMEMMAP"}


def test_fixed_settings_narrow_the_question_and_are_named() -> None:
    view = made("4.19", SPARSEMEM_VMEMMAP="n", SPARSEMEM="y")["views"][0]
    assert view["question"] == "rest fixed as set"
    assert view["context"]["memory_model"] == "SPARSEMEM"
    assert view["context"]["settings"] == {"SPARSEMEM_VMEMMAP": "n", "SPARSEMEM": "y"}
    assert view["summary"]["reachable"] == 2


def test_symbols_that_a_kernel_no_longer_has_stay_in_the_study() -> None:
    view = made("6.12")["views"][0]
    assert [symbol["name"] for symbol in view["symbols"]] == list(FOUR)
    assert [symbol["defined"] for symbol in view["symbols"]] == [True, False, False, False]
    assert len(view["combinations"]) == 16


def test_memory_maps_are_hashed_by_content() -> None:
    first, second = MemoryMap("a", (Region(0, 1 << 27),)), MemoryMap("b", (Region(0, 1 << 27),))
    maps = document(
        [study_kernel(load_fragment(KernelVersion.parse("6.1")), [first, second])], [first, second], "command"
    )["memory_maps"]
    assert maps[0]["sha256"] == maps[1]["sha256"]
    assert len({entry["name"] for entry in maps}) == 2


def test_without_details_nothing_is_searched_and_the_rest_is_equal(monkeypatch: pytest.MonkeyPatch) -> None:
    machines = all_shipped_maps()[:3]
    tree = load_fragment(KernelVersion.parse("4.17"))
    matrix = study_kernel(tree, machines, settings={"DEBUG_VM": "y"})
    whole = document([matrix], machines, "command")
    monkeypatch.setattr("explorer.study.cure_search.CureSearch.cures", None)
    monkeypatch.setattr("explorer.study.release_search.ReleaseSearch.first_safe", None)
    brief = document([matrix], machines, "command", details=False)
    jsonschema.validate(brief, SCHEMA)
    (view,) = whole["views"]
    assert view["graph"]
    view["graph"] = None
    cells = [cell for combination in view["combinations"] for cell in combination["cells"]]
    assert any(cell["cure"] and cell["later"] for cell in cells)
    for cell in cells:
        cell.update(cure=None, later=None)
    assert whole.pop("answers")
    assert not brief.pop("answers")
    assert brief == whole
