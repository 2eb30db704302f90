# SPDX-License-Identifier: GPL-2.0-or-later
"""Statements that conf of Linux refuses are refused, with file and line; those that it accepts are judged."""

from pathlib import Path
from random import Random

import pytest

from explorer.configuration import explain, load_tree
from explorer.configuration.toolchain.probes import Toolchain
from explorer.configuration.tree.evaluation import Evaluation
from explorer.configuration.tree.loading import parse_tree
from explorer.configuration.tree.tree import ParseInput, Tree
from explorer.errors import InputError
from explorer.version import KernelVersion
from tests.configuration.random_kconfig import kconfig_text
from tests.configuration.trees import tree_at

MENU, COMMENT = 'menu "m"\n{}\nendmenu\n', 'comment "c"\n{}\n'
CHOICE = 'choice\n\tprompt "c"\n{}\nconfig A\n\tbool "a"\nendchoice\n'
SYMBOL = "config A\n\tbool\n{}\n"
PLACED = r"Kconfig:\d+: "


def in_memory(text: str, release: str = "6.12") -> Tree:
    files = {"Kconfig": text.encode()}
    version = KernelVersion.parse(release)
    environment = {"ARCH": "arm64"}
    return parse_tree(ParseInput(Path("/nowhere"), "t", version, environment, Toolchain(), replaced=files))


@pytest.mark.parametrize(
    ("entry", "line", "owner"),
    [
        (SYMBOL, "\tvisible if A", "symbol"),
        (SYMBOL, "\toptional", "symbol"),
        (CHOICE, "\tvisible if A", "choice"),
        (CHOICE, '\toption env="ARCH"', "choice"),
        (CHOICE, "\tint", "choice"),
        (CHOICE, "\tdef_bool y", "choice"),
        (CHOICE, "\trange 1 2", "choice"),
        (CHOICE, "\tselect B", "choice"),
        (MENU, "\tbool", "menu"),
        (MENU, '\tprompt "p"', "menu"),
        (MENU, "\tdefault y", "menu"),
        (MENU, '\toption env="ARCH"', "menu"),
        (MENU, "\thelp\n\t  Text.", "menu"),
        (COMMENT, "\tvisible if A", "comment"),
        (COMMENT, "\thelp\n\t  Text.", "comment"),
        (COMMENT, "\timply A", "comment"),
    ],
)
def test_a_property_of_another_entry_is_refused(entry: str, line: str, owner: str) -> None:
    with pytest.raises(InputError, match=f"{PLACED}.*not a property of a {owner}"):
        in_memory(entry.format(line))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (CHOICE.format("\tdefault A && B"), "Kconfig:3: .*the default of a choice is a symbol"),
        (CHOICE.format('choice\nprompt "d"\nendchoice'), "Kconfig:3: a menu or choice in a choice"),
        (CHOICE.format('if A\nmenu "m"\nendmenu\nendif'), "Kconfig:4: a menu or choice in a choice"),
        ('if A\nconfig B\n\tbool "b"\n', "Kconfig:3: error: expected 'endif'"),
        ("config A\n\tbool\n\tdepends on A\n", "Kconfig:1: dependency loop: A"),
        ("$(lineno,x)\n", "Kconfig:1: bad number of arguments"),
        ("$(info,x,y)\n", "Kconfig:1: bad number of arguments"),
        ("$(shell,x,y)\n", "Kconfig:1: bad number of arguments"),
        ("config A\n\tbool\nf = $(f)\n$(f)\n", "Kconfig:4: .*recursively references itself"),
        (CHOICE.replace("bool", "string").format(""), "Kconfig:4: a member of a choice must be bool"),
        (CHOICE.format("config B\n\tbool"), "Kconfig:3: a member of a choice must have a prompt"),
        (CHOICE.format("") + 'config A\n\tbool "x" if B\n', r"Kconfig:\d+: .*a prompt outside the choice"),
        (CHOICE.format('config B\n\tbool "b"\n\ttransitional'), "Kconfig:3: .*cannot be transitional"),
    ],
)
def test_what_conf_refuses_is_refused_with_its_line(text: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        in_memory(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('X := $(X)\nconfig A\n\tstring\n\tdefault "<$(X)>"\n', {"A": "<>"}),
        ('ARCH := $(ARCH)\nconfig A\n\tstring\n\tdefault "$(ARCH)"\n', {"A": "arm64"}),
        ('X := a\nX := $(X)b\nconfig A\n\tstring\n\tdefault "$(X)"\n', {"A": "ab"}),
        ('config B\n\tdef_bool y\nconfig A\n\tstring\n\tdefault B && B\n\tdefault "x"\n', {"A": ""}),
        ("config B\n\tdef_bool y\nconfig A\n\tint\n\tdefault !B\n\tdefault 5\n", {"A": "0"}),
        ("config B\n\tdef_bool y\nconfig A\n\thex\n\tdefault B || B if !B\n\tdefault 0x5\n", {"A": "0x5"}),
        ('config A\n\tstring "a"\n\tdefault "x"\n\trange 1 2\n', {"A": "x"}),
        ('config S1\n\tdefault (U && V)\nconfig S2\n\ttristate "p"\n\tdefault S1\n', {"S2": "n"}),
        ("config S1\n\tdefault 5\n\trange 1 2\nconfig S2\n\tstring\n\tdefault S1\n", {"S2": "S1"}),
    ],
)  # fmt: skip
def test_what_conf_accepts_is_judged(text: str, expected: dict[str, str]) -> None:
    values = Evaluation(in_memory(text)).values()
    assert {name: values[name] for name in expected} == expected


@pytest.mark.parametrize(
    ("first", "second", "reachable"),
    [
        # What conf of 5.10 writes for CONFIG_A=y, and for CONFIG_X=y alone.
        ('config A\n\tbool "a"\n', 'config S\n\tstring "s"\n', "y"),
        ('config S\n\tstring "s"\n', 'config A\n\tbool "a"\n', "n"),
        ('config A\n\tbool "a" if X\n', 'config S\n\tint "s"\n', "yn"),
        ('config A\n\tbool "a"\nconfig B\n\tbool "b"\n', 'config S\n\thex "s"\n', "yn"),
    ],
)
def test_a_member_that_is_no_bool_can_be_selected_by_default_alone(
    first: str, second: str, reachable: str
) -> None:
    tree = in_memory(f'config X\n\tbool "x"\nchoice\n\tprompt "c"\n{first}{second}endchoice\n', "6.1")
    assert "".join(value for value in "yn" if explain(tree, {"A": value}).combination.reachable) == reachable


def test_a_file_that_kconfiglib_cannot_parse_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def fails(*_: object) -> None:
        raise KeyError

    monkeypatch.setattr("kconfiglib.Kconfig._parse_cond", fails)
    folder = tree_at(tmp_path, "config A\n\tbool\n\tdefault y\n")
    with pytest.raises(InputError, match=r"^Kconfig:3: kconfiglib cannot parse this \(KeyError\)"):
        load_tree(folder)


def test_random_files_are_judged_or_refused_with_a_place() -> None:
    judged = {False: 0, True: 0}
    for seed in range(120):
        bent = bool(seed % 3)
        text = kconfig_text(Random(seed), bent=bent)  # noqa: S311 # nothing is secret
        where = ""
        try:
            tree = in_memory(text, ("6.12", "5.10")[seed % 2])
        except InputError as error:
            where = error.where
        else:
            judged[bent] += 1
            assert tree.symbols
        assert not where or ":" in where, text
    assert judged[False] > 25
    assert judged[True] > 15
