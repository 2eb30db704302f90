# SPDX-License-Identifier: GPL-2.0-or-later
"""A value that an unanswered compiler probe decides is unknown; it is neither overridden nor unreachable."""

from pathlib import Path

import pytest

from explorer.checking.findings import Finding, FindingKind, Severity
from explorer.configuration import Tree, combinations, load_tree
from explorer.narrative.finding_narrative import finding_message
from tests.checking.judging import HEAD, judged
from tests.configuration.trees import tree_at

SUCCESS = 'success = $(shell,{ $(1); } >/dev/null 2>&1 && echo "y" || echo "n")\n'
P, V = "$(success,p)", "$(shell,v)"


@pytest.fixture(autouse=True)
def _apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "caches"))


def loaded(folder: Path, text: str) -> Tree:
    return load_tree(tree_at(folder, SUCCESS + HEAD + text))


def findings(tree: Tree, lines: str, requested: str = "") -> tuple[Finding, ...]:
    return judged(tree, f"CONFIG_ARM64=y\n{lines}", requested=requested).findings


def kinds(tree: Tree, lines: str, requested: str = "") -> set[tuple[str, str]]:
    return {(finding.symbol, str(finding.id)) for finding in findings(tree, lines, requested)}


@pytest.mark.parametrize(
    ("text", "lines", "symbol"),
    [
        (f'if {P}\nconfig A\n\tbool "A"\nendif\n', "CONFIG_A=y\n", "A"),
        (f'menu "M"\n\tvisible if {P}\nconfig A\n\tbool "A"\nendmenu\n', "CONFIG_A=y\n", "A"),
        (f"config B\n\tbool\n\tdefault y if {P}\n\nconfig A\n\tdef_bool B\n", "CONFIG_A=y\n", "A"),
        (
            f'config A\n\tbool "A" if X\nconfig X\n\tbool\nconfig B\n\tbool "B"\n\tselect A if {P}\n',
            "CONFIG_A=y\nCONFIG_B=y\n",
            "A",
        ),
        (
            f'config N\n\tint\n\tdefault {V}\nconfig A\n\tbool "A"\n\tdepends on N > 5\n',
            "CONFIG_A=y\n",
            "A",
        ),
    ],
)
def test_a_value_that_a_probe_decides_is_unknown(text: str, lines: str, symbol: str, tmp_path: Path) -> None:
    tree = loaded(tmp_path / "tree", text)
    found = [finding for finding in findings(tree, lines) if finding.symbol == symbol]
    assert [(finding.id, finding.severity) for finding in found] == [(FindingKind.UNKNOWN, Severity.WARNING)]
    probe = P if P in text else V
    assert f"{symbol}=y is unknown without the compiler: it depends on {probe}" in finding_message(
        tree, found[0]
    )


def test_what_no_output_allows_stays_a_finding(tmp_path: Path) -> None:
    text = f'if {P} && X\nconfig A\n\tbool "A"\nendif\nconfig X\n\tbool "X"\n'
    tree = loaded(tmp_path / "tree", text)
    assert ("A", "unmet-dependency") in kinds(tree, "CONFIG_A=y\n# CONFIG_X is not set\n")
    assert ("A", "unknown") in kinds(tree, "CONFIG_A=y\nCONFIG_X=y\n")


def test_a_probe_that_the_file_records_is_answered(tmp_path: Path) -> None:
    text = f'config CC_HAS\n\tdef_bool {P}\nconfig A\n\tbool "A"\n\tdepends on CC_HAS\n'
    tree = loaded(tmp_path / "tree", text)
    assert kinds(tree, "CONFIG_CC_HAS=y\nCONFIG_A=y\n") == set()
    assert ("A", "unknown") in kinds(tree, "CONFIG_A=y\n")


def test_a_select_of_a_symbol_whose_dependency_a_probe_decides_is_no_finding(tmp_path: Path) -> None:
    text = f'config A\n\tbool\n\tdepends on {P}\nconfig B\n\tbool "B"\n\tselect A\n'
    tree = loaded(tmp_path / "tree", text)
    assert ("A", "unmet-select") not in kinds(tree, "CONFIG_B=y\n")
    text = 'config A\n\tbool\n\tdepends on X\nconfig X\n\tbool "X"\nconfig B\n\tbool "B"\n\tselect A\n'
    tree = loaded(tmp_path / "other", text + f"config C\n\tdef_bool {P}\n")
    assert ("A", "unmet-select") in kinds(tree, "CONFIG_B=y\n")


def test_a_requested_value_that_a_probe_decides_says_so(tmp_path: Path) -> None:
    tree = loaded(tmp_path / "tree", f'if {P}\nconfig A\n\tbool "A"\nendif\n')
    found = [each for each in findings(tree, "", "CONFIG_A=y\n") if each.id is FindingKind.NOT_GOT]
    assert len(found) == 1
    assert "depends on a compiler check without an answer" in finding_message(tree, found[0])


def test_a_combination_that_the_file_records_is_none(tmp_path: Path) -> None:
    tree = loaded(tmp_path / "tree", f'config NUMA\n\tbool "N" if {P}\n')
    assert findings(tree, "CONFIG_NUMA=y\n") == ()


def test_the_combination_of_the_four_symbols_can_be_unknown(tmp_path: Path) -> None:
    tree = loaded(tmp_path / "tree", f'if {P}\nconfig NUMA\n\tbool "N"\nendif\n')
    found = findings(tree, "CONFIG_NUMA=y\n")
    assert FindingKind.UNREACHABLE not in {finding.id for finding in found}
    assert any("combination of the four symbols is unknown" in finding_message(tree, each) for each in found)


def test_with_the_rest_fixed_probes_leave_combinations_open(tmp_path: Path) -> None:
    text = f'config A\n\tbool "A" if {P} && X\nconfig X\n\tbool "X"\n'
    tree = loaded(tmp_path / "tree", text)

    def told_of(base: dict[str, str]) -> list[tuple[str, bool, bool]]:
        each = combinations(tree, ["A"], base=base).combinations
        return [(one.values["A"], one.reachable, bool(one.undecided)) for one in each]

    assert told_of({"X": "y"}) == [("n", True, False), ("y", False, True)]
    assert told_of({"X": "n"}) == [("n", True, False), ("y", False, False)]
