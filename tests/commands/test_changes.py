# SPDX-License-Identifier: GPL-2.0-or-later
"""``--with-fix`` and ``--without-fix`` on the command line."""

import json

import pytest

from tests.commandline import explore, one_clear_line

DEADLY = ("--kernel", "4.17", "--set", "NUMA=n", "--set", "DEBUG_VM=y", "-m", "nomap-mid")


def test_a_fix_turns_exit_1_into_exit_0_and_is_named_beside_the_result() -> None:
    assert explore("simulate", *DEADLY).returncode == 1
    done = explore("simulate", *DEADLY, "--with-fix", "f52bb98f5ade")
    assert done.returncode == 0
    assert b"with holes_in_zone_always (f52bb98f5ade)" in done.stdout


def test_a_revert_turns_exit_0_into_exit_1() -> None:
    words = ("simulate", "--kernel", "4.19", *DEADLY[2:])
    assert explore(*words).returncode == 0
    assert explore(*words, "--without-fix", "holes_in_zone_always").returncode == 1


def test_matrix_asks_kconfig_with_the_fix_and_its_document_says_so() -> None:
    words = ("matrix", *("--kernel", "4.17", "--set", "DEBUG_VM=y", "-m", "nomap-mid", "--format", "json"))
    done = explore(*words, "--with-fix", "0740a50b9baa", "--with-fix", "f52bb98f5ade")
    found = json.loads(done.stdout)
    view = found["views"][0]
    assert [(entry["name"], entry["pulled_in"]) for entry in view["context"]["changes"]["with"]] == [
        ("memmap_by_regions", True),
        ("holes_like_neighbours", False),
        ("holes_in_zone_always", False),
    ]
    assert [row["id"] for row in view["combinations"] if row["reachable"]] == [
        f"NUMA={value},HOLES_IN_ZONE=y,HAVE_ARCH_PFN_VALID=y,ARCH_HAS_HOLES_MEMORYMODEL=y" for value in "ny"
    ]
    assert "--with-fix 0740a50b9baa --with-fix f52bb98f5ade" in found["command"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--with-fix", "nothing"], "'nothing' is no change that is described"),
        (["--without-fix", "f52bb98f5ade"], "does not have holes_in_zone_always"),
    ],
)
def test_what_cannot_be_switched_is_said_in_one_line(words: list[str], message: str) -> None:
    assert message in one_clear_line(explore("simulate", *DEADLY, *words))
