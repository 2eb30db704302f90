# SPDX-License-Identifier: GPL-2.0-or-later
"""The command ``diff``, as a user runs it."""

import json
import shutil
from pathlib import Path

import jsonschema
import pytest

from explorer.resources import data_folder
from tests.commandline import DATA, explore, one_clear_line

PATCH = DATA / "patches" / "holes-in-zone-without-numa.patch"
SCHEMA = json.loads((data_folder("reports") / "diff.schema.json").read_text())


def test_the_published_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["4.17", "--patch", str(PATCH)], 0),
        (["4.14", "4.16"], 1),
        (["4.17", "4.19", "--all", "--set", "DEBUG_VM=y", "--ram-fill", "zero"], 0),
        (["4.20", "5.14", "--symbol", "NUMA", "--symbol", "SPARSEMEM_VMEMMAP", "-m", "nomap-mid"], 0),
        (["5.12", "5.14", "--set", "SPARSEMEM_VMEMMAP=n", "-m", "flat"], 0),
        (["5.14", "5.14", "--set", "SPARSEMEM_VMEMMAP=n", "-m", "flat"], 0),
    ],
)
def test_documents_obey_the_published_schema_and_exit_codes_say_the_verdict(
    words: list[str], code: int
) -> None:
    done = explore("diff", *words, "--format", "json")
    found = json.loads(done.stdout)
    jsonschema.validate(found, SCHEMA)
    assert done.returncode == code
    verdicts = {0: "nothing safe became unsafe", 1: "something safe became unsafe"}
    assert found["summary"]["verdict"] == verdicts[code]
    assert explore("diff", *words).returncode == code
    assert explore("diff", *words, "--format", "json").stdout == done.stdout


def test_the_seed_patch_reads_as_its_author_claimed() -> None:
    done = explore("diff", "4.17", "--patch", "-", stdin=PATCH.read_bytes())
    text = done.stdout.decode()
    order = [
        "nothing safe became unsafe\n\nbefore kernel 4.17",
        "after  the same with standard input: 1 hunk in Kconfig",
        "became safe\n  all defaults\n    NUMA=n HOLES_IN_ZONE=n->y",
        "unsafe before and after\n  SPARSEMEM_VMEMMAP=n\n",
        "fix: SPARSEMEM_VMEMMAP=y\n",
        "+ NUMA=n HOLES_IN_ZONE=y HAVE_ARCH_PFN_VALID=y ARCH_HAS_HOLES_MEMORYMODEL=y\n    reachable now",
        "- NUMA=n HOLES_IN_ZONE=n HAVE_ARCH_PFN_VALID=y ARCH_HAS_HOLES_MEMORYMODEL=y\n    unreachable now",
        "HOLES_IN_ZONE: not constant before, always y after",
        "- depends  NUMA  (kconfig/4.16-4.18/Kconfig:217)",
        "of 10 sets of answers, on at least one map: 0 became unsafe",
    ]
    places = [text.find(words) for words in order]
    assert -1 not in places, order[places.index(-1)]
    assert places == sorted(places)
    assert done.returncode == 0
    assert "\x1b" not in text


def test_a_row_that_one_side_cannot_have_gets_no_verdict_there() -> None:
    done = explore("diff", "5.14", "5.14", "--set", "SPARSEMEM_VMEMMAP=n", "-m", "flat")
    assert b"No combination is reachable on either side with these settings." in done.stdout


def test_a_difference_of_nothing_says_nothing_but_that() -> None:
    text = explore("diff", "6.1", "6.1").stdout.decode()
    assert "definitions: 0 added, 0 removed, 0 changed\n" in text
    assert "->" not in text
    assert text.startswith("nothing safe became unsafe\n")


def test_a_newer_kernel_given_first_is_noticed_and_still_compared() -> None:
    done = explore("diff", "4.19", "4.17", "-m", "nomap-mid")
    lines = done.stdout.decode().splitlines()
    assert done.returncode == 1
    assert lines[:3] == [
        "something safe became unsafe",
        "fix: NUMA=y, or commit f52bb98f5ade (in 4.18.7)",
        "note: 4.19 is newer than 4.17: BEFORE and AFTER may be the wrong way round",
    ]
    assert "note:" not in explore("diff", "4.17", "4.19", "-m", "nomap-mid").stdout.decode()


def test_checkouts_are_compared_and_patched(tmp_path: Path) -> None:
    tree = tmp_path / "linux"
    shutil.copytree(data_folder("kconfig") / "4.16-4.18", tree)
    (tree / "Makefile").write_text("VERSION = 4\nPATCHLEVEL = 17\nSUBLEVEL = 0\n")
    patch = PATCH.read_text().replace("kconfig/4.16-4.18/", "")
    patch += "--- a/arch/arm64/mm/init.c\n+++ b/arch/arm64/mm/init.c\n@@ -1 +1 @@\n-a\n+b\n"
    done = explore("diff", str(tree), "--patch", "-", stdin=patch.encode())
    text = done.stdout.decode()
    assert done.returncode == 0
    ignored = "1 other file ignored, since only Kconfig is compared (b/arch/arm64/mm/init.c)"
    assert f"1 hunk in Kconfig; {ignored}" in text
    assert str(tmp_path) not in text
    found = json.loads(explore("diff", str(tree), "4.19", "--format", "json").stdout)
    assert (found["before"]["kconfig"], found["after"]["kconfig"]) == ("linux", "kconfig/4.19")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["4.17"], "there is nothing to compare with (give two kernels, or one and --patch FILE)"),
        (["4.17", "4.19", "--patch", str(PATCH)], "AFTER and --patch are both given"),
        (["4.17", "4.9"], "4.9"),
        (["4.17", "banana"], "banana: is neither a kernel release nor a folder"),
        (["4.17", "."], "holds no file Kconfig"),
        (["4.17", "--patch", "/no/such.patch"], "no such file"),
        (["4.17", "--patch", "."], "is a directory"),
        (["4.17", "--patch", str(DATA / "qemu-virt.dtb")], "qemu-virt.dtb: holds no diff"),
        (["4.19", "--patch", str(PATCH)], "the fragment of this release is one file, kconfig/4.19/Kconfig"),
        (["4.17", "4.19", "--set", "NUMA=y"], "NUMA is under study"),
        (["4.17", "4.19", "--symbol", "NODES_SHIFT"], "neither bool nor tristate"),
        (["4.17", "4.19", "--set", "ARCH_FLATMEM_ENABLE=y"], "defines no symbol ARCH_FLATMEM_ENABLE"),
    ],
)
def test_bad_words_get_one_clear_line(words: list[str], expected: str) -> None:
    assert expected in one_clear_line(explore("diff", *words))


def test_a_hunk_that_does_not_apply_is_named_with_file_and_line() -> None:
    patch = PATCH.read_text().replace("depends on NUMA", "depends on NUMMA")
    message = one_clear_line(explore("diff", "4.17", "--patch", "-", stdin=patch.encode()))
    assert "Kconfig:217: hunk 1 of 1 (@@ -214,7 +214,6 @@) does not apply: line 217 is" in message


def test_a_patch_for_the_kernels_files_wants_a_checkout() -> None:
    patch = PATCH.read_text().replace("kconfig/4.16-4.18/Kconfig", "arch/arm64/Kconfig")
    message = one_clear_line(explore("diff", "4.17", "--patch", "-", stdin=patch.encode()))
    assert "the fragment of this release is one file, kconfig/4.16-4.18/Kconfig" in message
    assert "give a kernel checkout instead of the release" in message


def test_help_defines_the_gate() -> None:
    text = " ".join(explore("diff", "--help").stdout.decode().split())
    assert (
        "Exit 1 if something safe became unsafe: on some memory map, answers that can be given before" in text
    )
    assert "could not judge" in text
