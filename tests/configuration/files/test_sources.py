# SPDX-License-Identifier: GPL-2.0-or-later
"""Trees that somebody laid out to make us read, show or wait for what is none of their business."""

import os
import socket
from pathlib import Path

import pytest

from explorer.configuration import load_tree
from explorer.configuration.files.sources import Sources
from explorer.configuration.tree.evaluation import Evaluation
from explorer.errors import InputError
from tests.configuration.trees import PADDING, tree_at

MARKED = "config SECRET\n\tbool\n\tthis is not Kconfig\n"
DOUBLED = "".join(f"v{n} = $(v{n + 1})$(v{n + 1})\n" for n in range(25))


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    path = tmp_path / "outside"
    path.write_text(MARKED)
    return path


@pytest.mark.parametrize(
    "source",
    [
        'source "{outside}"',
        'source "../outside"',
        'rsource "../outside"',
        'osource "../outside"',
        'source "sub/../../outside"',
        'orsource "../*"',
        'source "/etc/passwd"',
        'source "$(srctree)/../outside"',
    ],
)
def test_nothing_outside_the_tree_is_sourced(source: str, outside: Path, tmp_path: Path) -> None:
    folder = tree_at(tmp_path / "tree", source.format(outside=outside) + "\n", {"sub/Kconfig": ""})
    with pytest.raises(InputError, match="outside the tree") as raised:
        load_tree(folder)
    assert "SECRET" not in str(raised.value)


@pytest.mark.parametrize("link", ["Kconfig", "sub/Kconfig", "linked/outside"])
def test_links_that_leave_the_tree_are_refused(link: str, outside: Path, tmp_path: Path) -> None:
    folder = tree_at(tmp_path / "tree", f'source "{link}"\n')
    if link.startswith("linked"):
        (folder / "linked").symlink_to(tmp_path)
    else:
        (folder / link).parent.mkdir(exist_ok=True)
        (folder / link).unlink(missing_ok=True)
        (folder / link).symlink_to(outside)
    with pytest.raises(InputError, match="symbolic link that leaves the tree") as raised:
        load_tree(folder)
    assert "this is not" not in str(raised.value)


def test_a_makefile_that_leads_out_is_refused(outside: Path, tmp_path: Path) -> None:
    folder = tree_at(tmp_path / "tree", "config A\n\tbool\n")
    (folder / "Makefile").unlink()
    (folder / "Makefile").symlink_to(outside)
    with pytest.raises(InputError, match="leaves the tree"):
        load_tree(folder)


def test_links_inside_the_tree_are_followed(tmp_path: Path) -> None:
    folder = tree_at(
        tmp_path / "tree", 'source "link/Kconfig"\n', {"real/Kconfig": "config A\n\tdef_bool y\n"}
    )
    (folder / "link").symlink_to("real")
    (tmp_path / "way").symlink_to(folder)
    tree = load_tree(tmp_path / "way")
    assert Evaluation(tree).values() == {"A": "y"}
    assert next(tree.statements("A")).file == "tree/link/Kconfig"


def test_pipes_devices_and_sockets_are_not_waited_for(tmp_path: Path) -> None:
    folder = tree_at(tmp_path / "tree", 'source "other"\n')
    os.mkfifo(folder / "other")
    with pytest.raises(InputError, match="not a regular file"):
        load_tree(folder)
    (folder / "other").unlink()
    (folder / "other").mkdir()
    with pytest.raises(InputError, match="not a regular file"):
        load_tree(folder)
    (folder / "other").rmdir()
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(folder / "other"))
        with pytest.raises(InputError, match="not a regular file"):
            load_tree(folder)


def test_huge_files_are_refused(tmp_path: Path) -> None:
    folder = tree_at(tmp_path / "tree", 'source "other"\n')
    with (folder / "other").open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(InputError, match="other: too large"):
        load_tree(folder)


def test_many_large_files_are_refused(tmp_path: Path) -> None:
    folder = tree_at(tmp_path / "tree", 'source "many/*"\n')
    (folder / "many").mkdir()
    text = PADDING * 40_000
    for number in range(25):
        (folder / "many" / str(number)).write_text(text)
    with pytest.raises(InputError, match="more than 33554432 characters of Kconfig"):
        load_tree(folder)


@pytest.mark.parametrize(
    ("kconfig", "words"),
    [
        ("".join(f'source "s{n}"\n' for n in (1, 1)), r"s\d+:\d: the tree has more than 50000 sourced"),
        (DOUBLED + f"v25 = {'x' * 200}\nA := $(v10)\n", "Kconfig:27: a macro has more than 1048576 char"),
        (DOUBLED + "A := $(v0)\n", "Kconfig:26: the tree has more than 500000 expanded macros"),
        ("f = $(f,$(1)$(1))\nA := $(f,x)\n", "Kconfig:2: a macro has more than 1048576 characters"),
        ("A += x\n" * 200_000, "Kconfig:92683: the tree has more than .* copied"),
        (f'mainmenu "{"$(v)" * 200_000}"\n', "Kconfig:1: the tree has more than .* copied"),
        (f'mainmenu "{chr(92) * 400_000}"\n', "Kconfig:1: the tree has more than .* copied"),
        ("config A\n" + "a\\\n" * 10_001, "Kconfig:10002: a line has more than 10000 joined lines"),
        ("#" + "a" * (1 << 20), "Kconfig:1: a line has more than 1048576 characters"),
        ("comment A\n" * 250_001, "Kconfig:250001: the tree has more than 250000 entries"),
        (f'source "{"*/" * 64}Kconfig"\n', r"more than 64 parts in a pattern"),
        ("if A\n" * 3000, "expected 'endif'"),
    ],
)  # fmt: skip
def test_trees_that_grow_without_end_are_refused(kconfig: str, words: str, tmp_path: Path) -> None:
    doubling = {f"s{n}": f'source "s{n + 1}"\n' * 2 for n in range(1, 20)} | {"s20": "config A\n\tbool\n"}
    folder = tree_at(tmp_path / "tree", kconfig, doubling)
    with pytest.raises(InputError, match=words):
        load_tree(folder)


def test_lines_are_counted_as_the_parser_counts_them(tmp_path: Path) -> None:
    kconfig = "# a\fb\u2028c\rconfig A\r\n\tbool\n\tdepends on B\n\\\n\nconfig B\n\tbool\n"
    tree = load_tree(tree_at(tmp_path / "tree", kconfig))
    told = [(line.line, line.text) for line in (*tree.statements("A"), *tree.statements("B"))]
    assert told == [(2, "config A"), (3, "bool"), (4, "depends on B"), (7, "config B"), (8, "bool")]


def test_a_file_that_changes_later_is_shown_as_it_was_parsed(outside: Path, tmp_path: Path) -> None:
    folder = tree_at(tmp_path / "tree", "config A\n\tdef_bool y\n")
    tree = load_tree(folder)
    (folder / "Kconfig").unlink()
    (folder / "Kconfig").symlink_to(outside)
    assert [line.text for line in tree.statements("A")] == ["config A", "def_bool y"]


def test_wildcards_and_missing_files_are_remembered(tmp_path: Path) -> None:
    folder = tree_at(tmp_path / "tree", "", {"a/Kconfig": "", "b/Kconfig": ""})
    sources = Sources(folder)
    assert sources.find("*/Kconfig") == ("a/Kconfig", "b/Kconfig")
    assert sources.find("none") == ()
    assert sources.find("a/Kconfig") == ("a/Kconfig",)
    assert sources.matches == {"*/Kconfig": ("a/Kconfig", "b/Kconfig"), "none": ()}
    assert Sources(folder).unchanged({}, sources.matches)
    (folder / "none").write_text("")
    assert not Sources(folder).unchanged({}, sources.matches)
