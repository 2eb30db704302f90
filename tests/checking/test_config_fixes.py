# SPDX-License-Identifier: GPL-2.0-only
"""Fixes that work, findings that follow from others, merged files, and wishes that were not granted."""

from collections.abc import Callable
from pathlib import Path

import pytest

import explorer
from explorer.checking import Checked, Finding, Severity
from explorer.checking.spelling import nearest
from explorer.configuration import (
    Tree,
    load_tree,
    low_impact_correction_set,
    minimum_correction_set,
    parse_config,
)
from tests.configuration.trees import tree_at

HEAD = """
config MODULES
	modules
	bool "modules"
config ARM64
	def_bool y
config NUMA
	bool
config NODES_SHIFT
	int
	default 2
"""
MakeTree = Callable[..., Tree]


@pytest.fixture
def make_tree(tmp_path: Path) -> MakeTree:
    def make(kconfig: str, release: str = "6.12") -> Tree:
        return load_tree(tree_at(tmp_path, HEAD + kconfig, release=release))

    return make


def judged(tree: Tree, *texts: str, requested: str = "") -> Checked:
    files = [parse_config(text.encode(), f"{number}.config") for number, text in enumerate(texts)]
    wishes = [parse_config(requested.encode(), "wish.config")] if requested else []
    return explorer.check(*files, tree=tree, machines=["flat"], requested=wishes)


def of(checked: Checked, symbol: str) -> Finding:
    (found,) = (each for each in checked.findings if each.symbol == symbol)
    return found


def fix_of(checked: Checked, symbol: str) -> tuple[str, str]:
    fix = of(checked, symbol).fix
    assert fix is not None
    return fix.words, fix.fragment


SWITCHES = "".join(f'config CARD_{number}\n\ttristate "card"\n\tdefault m\n' for number in range(30)) + (
    'config SWITCH\n\ttristate "switch"\nconfig SWITCH_MDIO\n\ttristate "mdio"\n\tdepends on SWITCH\n'
)


def test_a_fix_does_not_take_half_of_the_tree_with_it(make_tree: MakeTree) -> None:
    tree = make_tree(SWITCHES)
    base = {"ARM64": "y", "MODULES": "y", "SWITCH": "m", "SWITCH_MDIO": "m"}
    wish = {"SWITCH_MDIO": "y"}
    smallest, gentle = minimum_correction_set(tree, base, wish), low_impact_correction_set(tree, base, wish)
    assert smallest is not None
    assert gentle is not None
    assert [(each.symbol, each.after) for each in smallest.changes] == [("MODULES", "n")]
    assert [(each.symbol, each.after) for each in gentle.changes] == [("SWITCH", "y"), ("SWITCH_MDIO", "y")]
    assert (gentle.fewest, len(gentle.moved), len(smallest.moved) > 30) == (False, 0, True)


def test_a_module_is_kept_where_that_suffices(make_tree: MakeTree) -> None:
    bus = 'config BUS\n\ttristate "bus"\n\tselect GOVERNOR\nconfig GOVERNOR\n\ttristate "governor"\n'
    text = "CONFIG_ARM64=y\nCONFIG_MODULES=y\nCONFIG_BUS=y\nCONFIG_GOVERNOR=m\n"
    words, fragment = fix_of(judged(make_tree(bus), text), "GOVERNOR")
    assert (words, fragment) == ("for GOVERNOR=m set BUS=m", "CONFIG_BUS=m\n")


def test_a_text_that_any_will_do_for_is_left_to_the_user(make_tree: MakeTree) -> None:
    tree = make_tree(
        'config FIRMWARE\n\tstring "firmware"\nconfig FOLDER\n\tbool "folder"\n\tdepends on FIRMWARE != ""\n'
    )
    words, fragment = fix_of(judged(tree, "CONFIG_ARM64=y\nCONFIG_FOLDER=y\n"), "FOLDER")
    assert (words, fragment) == ("for FOLDER=y set FIRMWARE to a text of your own", "")


def test_a_line_that_kconfig_drops_is_to_be_deleted(make_tree: MakeTree) -> None:
    tree = make_tree('config BIG\n\tbool "big"\nconfig SIZE\n\tint "size"\n\tdepends on BIG\n\trange 1 4\n')
    dropped = of(judged(tree, "CONFIG_ARM64=y\nCONFIG_SIZE=9\n"), "SIZE")
    assert (dropped.id, dropped.becomes) == ("out-of-range", "")
    assert dropped.fix is not None
    assert (dropped.fix.words, dropped.fix.fragment) == ("delete the line", "")


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ('CONFIG_YES="y"', "CONFIG_YES=y\n"),
        ("CONFIG_YES='y'", "CONFIG_YES=y\n"),
        ("CONFIG_YES=m", "CONFIG_YES=y\n"),
        ("CONFIG_YES=Y", "CONFIG_YES=y\n"),
        ('CONFIG_SIZE="7"', "CONFIG_SIZE=7\n"),
        ("CONFIG_SIZE=007", "CONFIG_SIZE=7\n"),
        ("CONFIG_NAME=bare words", 'CONFIG_NAME="bare words"\n'),
        ("CONFIG_SIZE=many", "CONFIG_SIZE=3\n"),
        ("CONFIG_YES=banana", "# CONFIG_YES is not set\n"),
    ],
)
def test_what_a_wrong_form_means_is_the_fix(make_tree: MakeTree, line: str, meant: str) -> None:
    tree = make_tree(
        'config YES\n\tbool "yes"\nconfig SIZE\n\tint "size"\n\tdefault 3\nconfig NAME\n\tstring "name"\n'
    )
    checked = judged(tree, f"CONFIG_ARM64=y\n{line}\n")
    assert [each.id for each in checked.findings] == ["wrong-type"]
    assert fix_of(checked, checked.findings[0].symbol)[1] == meant
    assert judged(tree, f"CONFIG_ARM64=y\n{meant}").findings == ()


CHAIN = (
    'config BUS\n\tbool "bus"\nconfig CARD\n\tbool "card"\n\tdepends on BUS\n'
    'config PORT\n\tbool "port"\n\tdepends on CARD && OTHER\nconfig OTHER\n\tbool "other"\n'
    'config FAN\n\tbool "fan"\n\tdepends on CARD\n'
)


def test_how_many_fixes_were_not_looked_for_is_said(make_tree: MakeTree) -> None:
    names = [f"CARD_{number}" for number in range(8)]
    kconfig = "".join(f'config {name}\n\tbool "card"\n\tdepends on BUS_{name}\n' for name in names)
    kconfig += "".join(f'config BUS_{name}\n\tbool "bus"\n' for name in names)
    tree = make_tree(kconfig)
    limits = judged(tree, "CONFIG_ARM64=y\n" + "".join(f"CONFIG_{name}=y\n" for name in names)).limits
    assert any(limit.startswith("3 findings have the line that Kconfig makes of it") for limit in limits)
    limits = judged(tree, "CONFIG_ARM64=y\n" + "".join(f"CONFIG_{name}=y\n" for name in names[:5])).limits
    assert not any("looked for" in limit for limit in limits)


def test_what_is_not_mended_with_the_root_stands_on_its_own(make_tree: MakeTree) -> None:
    text = "CONFIG_ARM64=y\nCONFIG_CARD=y\nCONFIG_PORT=y\nCONFIG_FAN=y\n"
    checked = judged(make_tree(CHAIN), text)
    assert [(each.symbol, each.follows_from, each.severity) for each in checked.findings] == [
        ("CARD", (), Severity.ERROR),
        ("PORT", (), Severity.ERROR),
        ("FAN", ("CARD",), Severity.NOTE),
    ]
    assert fix_of(checked, "PORT")[1] == "CONFIG_BUS=y\nCONFIG_OTHER=y\n"


def test_what_a_root_would_select_follows_from_it(make_tree: MakeTree) -> None:
    """The select of a root counts as if its dependencies were met; the condition of the select stays."""
    tree = make_tree(
        'config BUS\n\tbool "bus"\nconfig CARD\n\ttristate "card"\n\tdepends on BUS\n\tselect HELPER\n'
        '\tselect SPARE if EXTRA\nconfig HELPER\n\tbool\nconfig SPARE\n\tbool\nconfig EXTRA\n\tbool "extra"\n'
    )
    text = "CONFIG_ARM64=y\nCONFIG_MODULES=y\nCONFIG_CARD=m\nCONFIG_HELPER=y\nCONFIG_SPARE=y\n"
    checked = judged(tree, text)
    assert [(each.symbol, each.follows_from) for each in checked.findings] == [
        ("CARD", ()),
        ("HELPER", ("CARD",)),
        ("SPARE", ()),
    ]
    assert tree.values({"ARM64": "y", "CARD": "y"})["HELPER"] == "n"


def test_a_root_that_cannot_be_had_sends_its_followers_home(make_tree: MakeTree) -> None:
    tree = make_tree('config BUS\n\tbool\nconfig CARD\n\tbool "card"\n\tdepends on BUS\n')
    checked = judged(tree, "CONFIG_ARM64=y\nCONFIG_BUS=y\nCONFIG_CARD=y\n")
    assert "nothing in this tree gives it another value" in of(checked, "BUS").message
    words, fragment = fix_of(checked, "CARD")
    assert (words, fragment) == (
        "BUS cannot be had: write what Kconfig makes of it: CARD=n",
        "# CONFIG_CARD is not set\n",
    )


def test_a_value_of_no_form_is_mended_as_other_lines_need_it(make_tree: MakeTree) -> None:
    checked = judged(make_tree(CHAIN), "CONFIG_ARM64=y\nCONFIG_BUS=banana\nCONFIG_CARD=y\n")
    assert of(checked, "CARD").follows_from == ("BUS",)
    assert fix_of(checked, "BUS")[1] == "CONFIG_BUS=y\n"


def test_what_a_fragment_does_to_its_base_is_no_error(make_tree: MakeTree) -> None:
    base = "CONFIG_ARM64=y\nCONFIG_BUS=y\nCONFIG_CARD=y\nCONFIG_FAN=y\nCONFIG_PORT=y\n"
    checked = judged(make_tree(CHAIN), base, "# CONFIG_BUS is not set\n")
    assert [(each.symbol, each.follows_from, each.severity) for each in checked.findings] == [
        ("CARD", ("BUS",), Severity.NOTE),
        ("FAN", ("BUS",), Severity.NOTE),
        ("PORT", (), Severity.ERROR),  # the base did not have OTHER, either
    ]


def test_what_a_base_says_of_a_symbol_goes_with_what_a_fragment_says_of_it(make_tree: MakeTree) -> None:
    tree = make_tree('config SIZE\n\tint "size"\n\tdefault 3\nconfig YES\n\tbool "yes"\n')
    checked = judged(
        tree, "CONFIG_ARM64=y\nCONFIG_SIZE=7\nCONFIG_YES=y\n", "CONFIG_SIZE=many\nCONFIG_YES=1\n"
    )
    assert [(each.symbol, each.becomes) for each in checked.findings] == [("SIZE", "3"), ("YES", "n")]


def test_without_modules_a_module_is_built_in_and_the_message_says_so(make_tree: MakeTree) -> None:
    tree = make_tree('config CARD\n\ttristate "card"\n')
    message = of(judged(tree, "CONFIG_ARM64=y\nCONFIG_CARD=m\n"), "CARD").message
    assert message == "CARD=m becomes y: without modules every m is a y (MODULES=n)"


def test_a_fragment_may_hold_comments_alone(make_tree: MakeTree) -> None:
    assert judged(make_tree(CHAIN), "CONFIG_ARM64=y\n", "# nothing yet\n").findings == ()


def test_a_wish_that_was_not_granted_comes_with_what_grants_it(make_tree: MakeTree) -> None:
    found = of(judged(make_tree(CHAIN), "CONFIG_ARM64=y\n", requested="CONFIG_CARD=y\n"), "CARD")
    assert found.message == (
        "CARD=y was asked for, and 0.config does not set it: its dependencies are not met (BUS=n)"
    )
    assert found.fix is not None
    assert found.fix.fragment == "CONFIG_BUS=y\nCONFIG_CARD=y\n"


def test_a_wish_for_a_member_of_a_choice_is_put_last(make_tree: MakeTree) -> None:
    tree = make_tree(
        'choice\n\tprompt "size"\nconfig SMALL\n\tbool "small"\nconfig LARGE\n\tbool "large"\nendchoice\n'
    )
    kept = "CONFIG_ARM64=y\n# CONFIG_SMALL is not set\nCONFIG_LARGE=y\n"
    assert "Kconfig would grant it" in of(judged(tree, kept, requested="CONFIG_SMALL=y\n"), "SMALL").message


def test_a_wish_that_the_compiler_denies_is_not_called_impossible(tmp_path: Path) -> None:
    probe = "$(shell,cc -x && echo y || echo n)"
    kconfig = f'{HEAD}config CC_HAS_X\n\tdef_bool {probe}\nconfig X\n\tbool "x"\n\tdepends on CC_HAS_X\n'
    tree = load_tree(tree_at(tmp_path, kconfig))
    text = "CONFIG_ARM64=y\n# CONFIG_CC_HAS_X is not set\n"
    words, _ = fix_of(judged(tree, text, requested="CONFIG_X=y\n"), "X")
    assert words.startswith("no configuration of this tree has X=y with this compiler")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("NUMAA", "NUMA"),
        ("NMUA", "NUMA"),
        ("numa", "NUMA"),
        ("IPQ_APSS_5018", ""),
        ("CRYPTO_CFB", ""),
        ("RTL8192EU", ""),
        ("RTL8192U", ""),
        ("RTL8912CU", ""),
        ("RTL8192UC", "RTL8192CU"),
        ("NF_NAT_PROTO_DCCP", ""),
        ("TRANSPARENT_HUGPAGES", "TRANSPARENT_HUGEPAGE"),
    ],
)
def test_only_a_slip_of_the_hand_is_taken_for_another_symbol(
    make_tree: MakeTree, name: str, expected: str
) -> None:
    names = ("IPQ_APSS_6018", "CRYPTO_CBC", "RTL8192CU", "NF_CT_PROTO_DCCP", "TRANSPARENT_HUGEPAGE")
    tree = make_tree("".join(f'config {each}\n\tbool "{each}"\n' for each in names))
    assert nearest(tree, name) == expected
