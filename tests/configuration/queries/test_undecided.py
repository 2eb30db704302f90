# SPDX-License-Identifier: GPL-2.0-or-later
"""A verdict that depends on an unanswered compiler probe is unknown, and names the probe."""

from itertools import product
from pathlib import Path

import pytest

from explorer.configuration import Tree, combinations, complete, count_combinations, explain, load_tree
from tests.configuration.trees import tree_at

SUCCESS = 'success = $(shell,{ $(1); } >/dev/null 2>&1 && echo "y" || echo "n")\n'
RECORDED = "$(LD) -v --fix-cortex-a53-843419"


@pytest.fixture(autouse=True)
def _apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "caches"))


def loaded(folder: Path, text: str) -> Tree:
    return load_tree(tree_at(folder, SUCCESS + text))


def verdict(tree: Tree, wish: str) -> str:
    """``reachable``, ``unreachable``, or the probes on which it depends."""
    combination = explain(tree, dict(word.split("=") for word in wish.split())).combination
    if combination.undecided:
        assert not combination.reachable
        assert combination.core == ()
        return " ".join(probe.macro for probe in combination.undecided)
    assert combination.reachable != combination.unreachable
    return "reachable" if combination.reachable else "unreachable"


P, V = "$(success,p)", "$(shell,v)"


@pytest.mark.parametrize(
    ("text", "verdicts"),
    [
        (f'config A\n\tbool "A"\n\tdepends on {P}\n', {"A=y": P, "A=n": "reachable"}),
        (f'config A\n\ttristate "A"\n\tdepends on {P} || m\n', {"A=y": P, "A=m": "reachable"}),
        (f"config A\n\tdef_bool {P}\n", {"A=y": P, "A=n": P}),
        (f"config A\n\tbool\n\tdefault y if {P}\n", {"A=y": P, "A=n": P}),
        (
            f'config A\n\tbool "A"\n\tselect B if {P}\nconfig B\n\tbool\n',
            {"B=y": P, "B=n": "reachable", "A=y B=n": P, "A=n B=y": "unreachable"},
        ),
        (f'config A\n\tbool "A" if {P}\n', {"A=y": P, "A=n": "reachable"}),
        (f'config A\n\tbool "A" if !{P}\n\tdefault y\n', {"A=y": "reachable", "A=n": P}),
        (f'if {P}\nconfig A\n\tbool "A"\nendif\n', {"A=y": P}),
        (f'menu "M"\n\tvisible if {P}\nconfig A\n\tbool "A"\nendmenu\n', {"A=y": P}),
        (f'config A\n\tint "A"\n\trange 1 5 if {P}\n\tdefault 3\n', {"A=7": P, "A=3": "reachable"}),
        (f'config A\n\tint "A"\n\trange 1 {V}\n\tdefault 3\n', {"A=7": V}),
        (f"config A\n\tint\n\tdefault {V}\n", {"A=7": V, "A=0": V}),
        (f'config A\n\tstring\n\tdefault "{V}"\n', {"A=x": f'"{V}"'}),
        (f"config A\n\tint\n\tdefault {V}\nconfig B\n\tdef_bool A >= 7\n", {"B=y": V, "B=n": V}),
        (f"config B\n\tdef_bool {V} >= 7\n", {"B=y": V, "B=n": V}),
        (
            f'choice\n\tprompt "C"\nconfig A\n\tbool "A"\nconfig B\n\tbool "B" if {P}\nendchoice\n',
            {"B=y": P, "A=y": "reachable", "A=n": P},
        ),
    ],
)
def test_each_kind_of_statement_can_leave_a_verdict_open(
    text: str, verdicts: dict[str, str], tmp_path: Path
) -> None:
    tree = loaded(tmp_path / "tree", f'config MODULES\n\tbool "M"\n\tmodules\n{text}')
    assert {wish: verdict(tree, wish) for wish in verdicts} == verdicts


@pytest.mark.parametrize(
    ("text", "verdicts"),
    [
        (
            f'config A\n\tbool "A"\n\tdepends on {P}\n\tdepends on X\nconfig X\n\tbool\n',
            {"A=y": "unreachable"},
        ),
        (
            f"config A\n\tint\n\tdefault {V} if X\n\tdefault 3\nconfig X\n\tbool\n",
            {"A=3": "reachable", "A=7": "unreachable"},
        ),
        (
            f'config A\n\tbool "A" if B || C\nconfig B\n\tdef_bool {P}\nconfig C\n\tdef_bool !{P}\n',
            {"A=y": "reachable", "B=y C=y": "unreachable", "B=y": P},
        ),
        (
            f'config A\n\tbool "A" if B || C\nconfig B\n\tbool "B" if {P}\nconfig C\n\tbool "C" if !{P}\n',
            {"A=y": "reachable"},
        ),
    ],
)
def test_what_no_output_changes_is_decided(text: str, verdicts: dict[str, str], tmp_path: Path) -> None:
    tree = loaded(tmp_path / "tree", text)
    assert {wish: verdict(tree, wish) for wish in verdicts} == verdicts


def test_only_the_probes_that_decide_are_named(tmp_path: Path) -> None:
    text = 'config A\n\tbool "A"\n\tdepends on $(success,a) && $(success,b)\n'
    text += 'config B\n\tbool "B"\n\tdepends on $(success,c)\n\tselect A if $(success,d)\n'
    tree = loaded(tmp_path / "tree", text)
    assert verdict(tree, "A=n B=n") == "reachable"
    assert verdict(tree, "B=y") == "$(success,c)"


def test_a_failed_check_is_no_unknown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A recorded n, or one of a command that was run, is an answer."""
    text = f"config A\n\tdef_bool $(success,{RECORDED})\nconfig B\n\tdef_bool !$(success,{RECORDED})\n"
    tree = loaded(tmp_path / "tree", text)
    assert (verdict(tree, "A=y"), verdict(tree, "B=y")) == ("reachable", "unreachable")
    monkeypatch.setenv("CROSS_COMPILE", "x-")
    folder = tree_at(tmp_path / "other", SUCCESS + "config A\n\tdef_bool $(success,false)\n")
    assert verdict(load_tree(folder, allow_shell=True), "A=y") == "unreachable"


def test_combinations_and_what_is_forced_leave_it_open(tmp_path: Path) -> None:
    text = f'config A\n\tdef_bool {P}\nconfig B\n\tbool "B"\nconfig C\n\tdef_bool y\n'
    projection = combinations(loaded(tmp_path / "tree", text), ["A", "B", "C"])
    kinds = {
        tuple(each.values.values()): (bool(each.undecided), each.unreachable)
        for each in projection.combinations
    }
    assert kinds == {(a, b, c): (c == "y", c == "n") for a, b, c in product("ny", repeat=3)}
    assert [forced.symbol for forced in projection.forced] == ["C"]


def test_a_completion_names_the_probe_and_takes_the_failed_check(tmp_path: Path) -> None:
    tree = loaded(tmp_path / "tree", f'config A\n\tbool "A"\n\tdepends on {P}\nconfig B\n\tbool "B"\n')
    completion = complete(tree, {"B": "y"}, {"A": "y"})
    assert [probe.macro for probe in completion.undecided] == [P]
    assert (completion.impossible, completion.answers) == (("A",), {"B": "y"})
    assert complete(tree, {"B": "y"}, {}).undecided == ()


def test_a_count_names_the_probes_that_change_it(tmp_path: Path) -> None:
    tree = loaded(tmp_path / "tree", f'config A\n\tbool "A"\n\tdepends on {P}\nconfig B\n\tbool "B"\n')
    counted = count_combinations(tree, ["A", "B"])
    assert (counted.reachable, counted.at_most, dict(counted.always)) == (2, 4, {})
    assert [probe.macro for probe in counted.undecided] == [P]
    counted = count_combinations(tree, ["B"])
    assert (counted.reachable, counted.at_most, counted.undecided) == (2, 2, ())


VALUES = "ny"


@pytest.mark.parametrize("dependency", [f"{P} && B", f"{P} || B", f"!{P} && B", f"B = {P}", f"{P} != B"])
def test_the_verdict_is_what_both_outputs_say(dependency: str, tmp_path: Path) -> None:
    """The reference: the two trees in which the output is written as a constant."""
    text = 'config A\n\tbool "A"\n\tdepends on {}\nconfig B\n\tbool "B"\n'
    tree = loaded(tmp_path / "tree", text.format(dependency))
    decided = [loaded(tmp_path / output, text.format(dependency.replace(P, output))) for output in VALUES]
    for a, b in product(VALUES, repeat=2):
        several = {verdict(one, f"A={a} B={b}") for one in decided}
        assert verdict(tree, f"A={a} B={b}") == (several.pop() if len(several) == 1 else P)
