# SPDX-License-Identifier: GPL-2.0-or-later
"""A matrix with the rest fixed to a ``.config``, and explanations that start from one."""

import json
from itertools import product
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from explorer.configuration import DotConfig, Evaluation, combinations, load_fragment, parse_config
from explorer.machine import all_shipped_maps
from explorer.resources import data_folder
from explorer.study.matrix import FOUR, study_kernel
from explorer.version import KernelVersion
from tests.commandline import explore

BASE = "CONFIG_NUMA=y\nCONFIG_DEBUG_KERNEL=y\nCONFIG_DEBUG_VM=y\nCONFIG_ARM64_64K_PAGES=y\n"


def base(text: str = BASE) -> DotConfig:
    return parse_config(text.encode(), "base.config")


def words_of(*words: str, text: str = BASE) -> str:
    return explore(*words, stdin=text.encode()).stdout.decode()


def json_of(*words: str, text: str = BASE) -> tuple[int, Any]:
    done = explore(*words, "--format", "json", stdin=text.encode())
    return done.returncode, json.loads(done.stdout)


@pytest.mark.parametrize("release", ["4.10", "4.17", "4.19", "5.12", "6.12"])
def test_with_the_rest_fixed_only_the_symbols_own_prompts_are_answered_anew(release: str) -> None:
    tree = load_fragment(KernelVersion.parse(release))
    names = [*FOUR, "SPARSEMEM_VMEMMAP"]
    space = combinations(tree, names, base=base().values)
    expected = set()
    for numa, vmemmap in product("ny", repeat=2):
        evaluation = Evaluation(tree, {**base().values, "NUMA": numa, "SPARSEMEM_VMEMMAP": vmemmap})
        expected.add(tuple(evaluation.value(name) for name in names))
    assert {
        tuple(combination.values.values()) for combination in space.combinations if combination.reachable
    } == expected


def test_every_row_boots_the_file_with_the_rows_answers_over_it() -> None:
    tree = load_fragment(KernelVersion.parse("4.17"))
    view = study_kernel(tree, all_shipped_maps()[:1], base=base())
    for row in view.rows:
        if row.combination.reachable:
            assert row.kernel_config.page_shift == 16
            assert row.kernel_config.has("DEBUG_VM")
            assert {**row.answers, "NUMA": "?"} == {**base().values, "NUMA": "?"}
    settings = {"ARM64_4K_PAGES": "y"}
    over = study_kernel(tree, all_shipped_maps()[:1], base=base(), settings=settings)
    assert {row.kernel_config.page_shift for row in over.rows} == {12}


def test_what_the_file_forbids_and_the_tree_does_not_comes_with_a_fix() -> None:
    code, document = json_of(
        "matrix", "--kernel", "4.17", "-c", "-", "--symbol", "HOLES_IN_ZONE", "-m", "flat"
    )
    view = document["views"][0]
    assert (code, view["question"]) == (0, "rest fixed to standard input")
    off, on = view["combinations"]
    assert (off["reachable"], on["reachable"]) == (False, True)
    assert off["fix"]["changes"] == [{"symbol": "NUMA", "before": "y", "after": "n"}]
    assert on["fix"] is None


def test_the_question_is_named_in_words() -> None:
    asked = ("matrix", "--kernel", "4.17", "-c", "-", "--symbol", "HOLES_IN_ZONE", "-m", "flat")
    words = words_of(*asked)
    assert "rest fixed to standard input" in words
    assert "NUMA=n" not in words
    assert "\n  needs      NUMA=n\n" in words_of(*asked, "--what-ifs")
    assert "rest free" in words_of("matrix", "--kernel", "4.17", "-m", "flat")


def test_settings_that_kconfig_cannot_give_leave_nothing_reachable_and_no_defect() -> None:
    code, document = json_of("matrix", "--set", "DEBUG_KERNEL=n", "--set", "DEBUG_VM=y", "-m", "flat")
    assert (code, document["views"][0]["summary"]["reachable"]) == (0, 0)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--kernel", "4.17", "NUMA=n", "HOLES_IN_ZONE=n"), 0),
        (("--kernel", "4.17", "NUMA=n", "HOLES_IN_ZONE=y"), 1),
        (("--kernel", "4.17", "-c", "-", "NUMA=n", "NODES_SHIFT=3"), 1),
        (("--kernel", "4.17", "-c", "-", "NUMA=y"), 0),
        (("--kernel", "5.12", "-c", "-", "FLATMEM=y"), 0),
        (("--kernel", "6.12", "-c", "-", "NODES_SHIFT=3"), 0),
    ],
)
def test_explanations_obey_the_published_schema(words: tuple[str, ...], code: int) -> None:
    schema = json.loads((data_folder("reports") / "explanation.schema.json").read_text())
    status, document = json_of("explain", *words)
    jsonschema.Draft202012Validator(schema).validate(document)
    assert status == code
    assert bool(document["conflict"]) == bool(document["chain"]) == (code == 1)


def test_a_fix_is_told_as_changes_and_as_a_fragment() -> None:
    _, document = json_of("explain", "--kernel", "5.12", "-c", "-", "FLATMEM=y")
    fix = document["fix"]
    assert document["holds"] is False
    assert {change["symbol"]: change["after"] for change in fix["changes"]} == {
        "FLATMEM_MANUAL": "y",
        "NUMA": "n",
    }
    assert (fix["verified"], fix["fewest"]) == (True, True)
    assert fix["config"] == "CONFIG_FLATMEM_MANUAL=y\n# CONFIG_NUMA is not set\n"
    assert "HAVE_ARCH_PFN_VALID" not in {change["symbol"] for change in fix["moved"]}
    words = words_of("explain", "--kernel", "5.12", "-c", "-", "FLATMEM=y")
    assert "2 answers to change (the fewest possible" in words
    assert "NUMA: y -> n" in words


def test_a_wish_that_holds_already_needs_nothing() -> None:
    words = words_of("explain", "--kernel", "4.17", "-c", "-", "NUMA=y", "HOLES_IN_ZONE=y")
    assert "nothing to change" in words


NESTED = """
config A
    bool 'a'
if A
menu 'inner'
    depends on B
config C
    bool 'c'
    select D
endmenu
endif
config B
    bool 'b'
config D
    bool
"""


@pytest.mark.parametrize(
    ("requested", "step", "line"),
    [
        (("C=y", "A=n"), "1. C needs A", "Kconfig:4: if A"),
        (("C=y", "B=n"), "1. C needs B", "Kconfig:6: depends on B"),
        (("D=n", "C=y"), "C selects D", "Kconfig:9: select D"),
        (("D=y", "C=n"), "D gets its value only here", "Kconfig:14: config D"),
    ],
)
def test_a_chain_names_each_statement_wherever_it_is_written(
    requested: tuple[str, str], step: str, line: str, tmp_path: Path
) -> None:
    (tmp_path / "Kconfig").write_text(NESTED)
    words = words_of("explain", "--tree", str(tmp_path), *requested)
    assert step in words
    assert line in words
