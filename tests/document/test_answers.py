# SPDX-License-Identifier: GPL-2.0-or-later
"""The answer for each kernel, compared with the rows that it sums up."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from explorer.configuration import load_fragment, read_config
from explorer.document.answers import kernel_answers
from explorer.document.matrix import document
from explorer.machine import all_shipped_maps, shipped_map
from explorer.narrative.answer_narrative import cause_fix, cause_hazards, cause_place, sentence_without_cause
from explorer.study.matrix import FOUR, study_kernel
from explorer.study.results import StudyResults
from explorer.study.variants import open_variants
from explorer.version import KernelVersion
from tests.document.test_matrix import SCHEMA

Json = dict[str, Any]


@cache
def views_of(release: str) -> list[Json]:
    """A kernel as Kconfig gives it, and its variants."""
    tree, maps = load_fragment(KernelVersion.parse(release)), all_shipped_maps()
    results = StudyResults(maps)
    variants = [
        study_kernel(tree, maps, variant=variant, what_ifs=False, results=results)
        for variant in open_variants(tree, {}, FOUR)
    ]
    matrices = [study_kernel(tree, maps, results=results), *variants]
    views: list[Json] = document(matrices, maps, "", results=results)["views"]
    return views


def answer_of(release: str) -> Json:
    (answer,) = kernel_answers(views_of(release))
    return answer


def sentences_of(answer: Json) -> tuple[list[str], list[str]]:
    """What the faces say of a kernel as Kconfig gives it, and of its other variants."""
    told: dict[str, list[str]] = {}
    for key in ("causes", "elsewhere"):
        told[key] = [
            f"unsafe {cause_place(each)} ({cause_hazards(each)}). Fix: {cause_fix(each)}."
            for each in answer[key]
        ]
    return told["causes"] or [sentence_without_cause(answer)], told["elsewhere"]


def rows(views: list[Json]) -> Iterator[tuple[Json, Json]]:
    return ((view, row) for view in views for row in view["combinations"] if row["reachable"])


def holds(cause: Json, view: Json, row: Json) -> bool:
    pages = f"{view['context']['page_size'] >> 10}K"
    facts = {"page size": pages, "memory model": row["memory_model"], "DEBUG_VM": view["context"]["DEBUG_VM"]}
    facts |= row["values"]
    return any(all(facts[each["symbol"]] in each["values"] for each in term) for term in cause["when"])


def unsafe_maps(row: Json) -> set[str]:
    return {cell["memory_map"] for cell in row["cells"] if cell["verdict"] == "unsafe"}


@pytest.mark.parametrize(
    ("release", "first", "others"),
    [
        ("4.17", "unsafe with NUMA=n (may die; in other variants: dies at boot). Fix: NUMA=y, or commit", 1),
        ("4.19", "unsafe with FLATMEM (dies at boot). Fix: NUMA=y, or Linux 5.13.", 1),
        ("5.10", "safe on the 18 listed memory maps.", 2),
        ("5.15", "unsafe in every configuration (may die). Fix: commit 3de360c3fdb3 (in 5.15.36).", 0),
        ("6.12", "safe on every memory map, proven.", 0),
    ],
)
def test_the_sentences_of_known_kernels(release: str, first: str, others: int) -> None:
    sentences, elsewhere = sentences_of(answer_of(release))
    assert sentences[0].startswith(first)
    assert len(sentences) == 1
    assert len(elsewhere) == others


def test_causes_hold_for_exactly_the_unsafe_rows_and_name_their_maps() -> None:
    compared = 0
    for release in ("4.17", "4.19", "5.10", "5.15", "6.12"):
        views, answer = views_of(release), answer_of(release)
        for view, row in rows(views[:1]):
            assert any(holds(cause, view, row) for cause in answer["causes"]) == bool(unsafe_maps(row))
            compared += 1
        for view, row in rows(views[1:]):
            told = [cause for cause in (*answer["causes"], *answer["elsewhere"]) if holds(cause, view, row)]
            assert bool(told) or not unsafe_maps(row)
            assert not [cause for cause in answer["elsewhere"] if holds(cause, view, row)] or unsafe_maps(row)
            compared += bool(unsafe_maps(row))
        named = {name for cause in answer["causes"] for name in cause["memory_maps"]}
        assert named == {name for _, row in rows(views[:1]) for name in unsafe_maps(row)}
    assert compared > 40


def test_a_cure_of_a_cause_is_one_of_each_of_its_cells() -> None:
    cured = 0
    for release in ("4.17", "4.19", "5.10"):
        views, answer = views_of(release), answer_of(release)
        for cause in filter(lambda cause: cause["cure"], answer["causes"]):
            for view, row in rows(views[:1]):
                for cell in row["cells"]:
                    if holds(cause, view, row) and cell["verdict"] == "unsafe":
                        assert cell["cure"]["changes"] == cause["cure"]["changes"]
                        cured += 1
    assert cured >= 14


def test_an_unknown_kernel_is_not_called_safe() -> None:
    (view,) = views_of("6.12")[:1]
    row = next(row for row in view["combinations"] if row["reachable"])
    unknown = {
        **row,
        "cells": [{**cell, "verdict": "unknown"} for cell in row["cells"]],
        "every_map": row["every_map"],
    }
    (answer,) = kernel_answers([{**view, "combinations": [unknown]}])
    assert answer["verdict"] == "unknown"
    assert sentences_of(answer)[0][0].startswith("unknown: ")
    (empty,) = kernel_answers([{**view, "combinations": []}])
    assert (empty["verdict"], empty["rows"]) == ("unknown", 0)


@pytest.mark.parametrize(
    ("numa", "sentence"),
    [
        ("n", "unsafe with the .config (dies on trigger). Fix: NUMA=y, or commit f52bb98f5ade (in 4.18.7)."),
        ("y", "safe with the .config on the listed memory map."),
    ],
)
def test_the_answer_for_a_config_is_about_its_combination(tmp_path: Path, numa: str, sentence: str) -> None:
    config = tmp_path / ".config"
    config.write_text(f"CONFIG_DEBUG_KERNEL=y\nCONFIG_DEBUG_VM=y\nCONFIG_NUMA={numa}\n")
    (nomap_mid,) = (machine for machine in all_shipped_maps() if machine.name == "nomap-mid")
    tree = load_fragment(KernelVersion.parse("4.17"))
    made = document([study_kernel(tree, [nomap_mid], base=read_config(str(config)))], [nomap_mid], "")
    jsonschema.validate(made, SCHEMA)
    (answer,) = made["answers"]
    assert sentences_of(answer) == ([sentence], [])


def test_one_cure_stands_for_rows_that_have_a_part_of_it_already() -> None:
    """With NUMA=n classic SPARSEMEM of 4.17 needs two answers, with NUMA=y one of them."""
    (cause,) = answer_of("4.17")["elsewhere"]
    assert cause["cure"]["changes"] == {"NUMA": "y", "SPARSEMEM_VMEMMAP": "y"}


def test_settings_are_named_where_every_row_is_unsafe() -> None:
    tree, maps = load_fragment(KernelVersion.parse("4.17")), [shipped_map("two-banks")]
    studied = study_kernel(tree, maps, settings={"SPARSEMEM_VMEMMAP": "n"})
    (answer,) = document([studied], maps, "")["answers"]
    (sentence,), _ = sentences_of(answer)
    assert sentence.startswith("unsafe in every configuration with SPARSEMEM_VMEMMAP=n")
    assert "Fix: NUMA=y and SPARSEMEM_VMEMMAP=y, or Linux 5.13." in sentence
