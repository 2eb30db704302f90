# SPDX-License-Identifier: GPL-2.0-or-later
"""Patterns match what Python's glob matches, and links that form a loop cost little."""

from glob import glob
from pathlib import Path
from random import Random

import pytest

from explorer.configuration import load_tree
from explorer.configuration.files.sources import Sources
from explorer.configuration.files.wildcards import matches_pattern
from explorer.errors import LimitError
from tests.configuration.trees import tree_at

PARTS = ("*", "a*", "?", "[ab]*", "[!a]*", "*b", "a", "b", ".*", "Kconfig*", "Kconfig")
NAMES = ("a", "b", "ab", ".a", "Kconfig", "Kconfig.b", "c[d]")


def test_patterns_match_what_glob_matches(tmp_path: Path) -> None:
    chance = Random(1)  # noqa: S311 # nothing is secret
    for _ in range(60):
        path = tmp_path.joinpath(*chance.choices(NAMES, k=chance.randint(1, 3)))
        if not any(parent.is_file() for parent in path.parents) and not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("")
    folders = [path for path in tmp_path.rglob("*") if path.is_dir()]
    (tmp_path / "loop").symlink_to(".")
    (chance.choice(folders) / "way").symlink_to(chance.choice(folders))
    (tmp_path / "dangling").symlink_to("nothing")
    found = 0
    for _ in range(500):
        pattern = "/".join(chance.choices(PARTS, k=chance.randint(1, 4)))
        expected = sorted(glob(pattern, root_dir=tmp_path))  # noqa: PTH207 # Path.glob() reads patterns differently
        if any(mark in pattern for mark in "*?["):
            assert list(Sources(tmp_path).find(pattern)) == expected, pattern
            assert all(matches_pattern(name, pattern) for name in expected)
            found += len(expected)
    assert found > 500


def test_links_that_form_a_loop_end_at_once(tmp_path: Path) -> None:
    folder = tree_at(tmp_path, 'config A\n\tbool\nosource "*/*/*/zz*"\n')
    for number in range(200):
        (folder / f"l{number}").symlink_to(".")
    assert load_tree(folder).symbols == ("A",)
    assert len(Sources(folder).find("*/Kcon*")) == 200
    with pytest.raises(LimitError, match="more than 10000 matches of a pattern"):
        Sources(folder).find("*/*/Kconfig")


def test_entries_of_folders_are_counted_in_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("explorer.configuration.files.sources._MOST_ENTRIES", 1000)
    folder = tree_at(tmp_path, "".join(f'osource "*/x{n}*"\n' for n in range(100)))
    for number in range(20):
        (folder / f"d{number}").mkdir()
    with pytest.raises(LimitError, match=r"Kconfig:46: .*more than 1000 entries"):
        load_tree(folder)


def test_a_folder_outside_is_not_listed(tmp_path: Path) -> None:
    folder = tree_at(tmp_path / "tree", "config A\n\tbool\n")
    (folder / "out").symlink_to(tmp_path)
    assert Sources(folder).find("*/Kconfig") == ()
    with pytest.raises(Exception, match="out/: a symbolic link that leaves the tree"):
        Sources(folder).find("*/K*")
