# SPDX-License-Identifier: GPL-2.0-or-later
"""What the commands say about a verdict that depends on an unanswered compiler check, and exit codes."""

import json
from pathlib import Path

import pytest

from tests.commandline import explore
from tests.configuration.trees import tree_at

P = "$(success,p)"
TEXT = (
    'success = $(shell,{ $(1); } >/dev/null 2>&1 && echo "y" || echo "n")\n'
    "config ARM64\n\tdef_bool y\n"
    f'if {P}\nconfig NUMA\n\tbool "N"\nendif\n'
    "config HOLES_IN_ZONE\n\tdef_bool n\n"
)


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "caches"))
    return str(tree_at(tmp_path / "tree", TEXT))


@pytest.mark.parametrize(
    ("words", "code", "line"),
    [
        (("explain", "NUMA=y"), 2, "unknown without the compiler; it depends on"),
        (("matrix", "-m", "flat"), 2, f"  depends on {P}"),
        (
            ("simulate", "-m", "flat", "--set", "NUMA=y"),
            0,
            "reached: not known: whether Kconfig can produce this depends on compiler checks",
        ),
        (("count", "NUMA"), 0, "at most 2 with other answers of the compiler checks that have none"),
        (("check", "-m", "flat", "FILE"), 2, "NUMA=y is unknown without the compiler: it depends on"),
    ],
)
def test_a_command_names_the_check(
    words: tuple[str, ...], code: int, line: str, tree: str, tmp_path: Path
) -> None:
    config = tmp_path / "given.config"
    config.write_text("CONFIG_ARM64=y\nCONFIG_NUMA=y\n")
    named = [str(config) if word == "FILE" else word for word in words]
    done = explore(named[0], "--tree", tree, *named[1:])
    shown = done.stdout.decode()
    assert done.returncode == code
    assert line in shown
    assert P in shown
    assert "unreachable:" not in shown
    assert "overridden" not in shown


def test_the_documents_hold_the_check(tree: str) -> None:
    explanation = json.loads(explore("explain", "--tree", tree, "--format", "json", "NUMA=y").stdout)
    assert explanation["reachable"] is None
    assert [probe["macro"] for probe in explanation["undecided"]] == [P]
    assert explanation["undecided"][0]["places"] == ["Kconfig:4"]
    done = explore("matrix", "--tree", tree, "-m", "flat", "--format", "json")
    (view,) = json.loads(done.stdout)["views"]
    wanted = ["y", "n", "n", "n"]
    row = next(each for each in view["combinations"] if [*each["values"].values()] == wanted)
    assert (row["reachable"], bool(row["undecided"]), row["cells"][0]["verdict"]) == (False, True, "unknown")
    assert view["summary"]["undecided"] == 1


def test_the_page_names_the_check(tree: str, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    done = explore("report", "--tree", tree, "-m", "flat", "-o", str(page))
    assert done.returncode in {0, 1, 2}, done.stderr
    assert "Unknown without the compiler" in page.read_text()


def test_a_difference_to_an_unknown_combination_is_none(tree: str, tmp_path: Path) -> None:
    other = tree_at(tmp_path / "other", TEXT.replace(f"if {P}\n", "if y\n"))
    done = explore("diff", tree, str(other), "--format", "json")
    combinations = json.loads(done.stdout)["combinations"]
    assert (combinations["became_reachable"], combinations["became_unreachable"]) == ([], [])
