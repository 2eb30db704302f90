# SPDX-License-Identifier: GPL-2.0-or-later
"""Fixes of values that Kconfig does not keep."""

import pytest

from explorer.checking.limits import Limit, LimitKind
from explorer.configuration import Tree, low_impact_correction_set, minimum_correction_set
from explorer.configuration.tree.evaluation import Evaluation
from explorer.narrative.fix_narrative import FixNarrative
from tests.checking.judging import (
    CHAIN,
    WHOLE,
    MakeTree,
    finding_of,
    fix_of,
    judged,
    listed,
    message_of,
    only,
    words_of,
)


def test_a_fix_gives_the_requested_value(tree: Tree) -> None:
    text = WHOLE + "CONFIG_TRACE=y\n"
    fix = fix_of(tree, only(judged(tree, text)))
    assert fix.fragment == "CONFIG_DEBUG=y\n"
    assert listed(judged(tree, text + fix.fragment)) == []


def test_a_value_that_no_configuration_has_is_unobtainable(tree: Tree) -> None:
    fix = fix_of(tree, only(judged(tree, "# CONFIG_ARM64 is not set\nCONFIG_SMALL=y\n")))
    assert "no configuration of this tree has ARM64=n" in fix.words
    assert fix.fragment == "CONFIG_ARM64=y\n"


SWITCHES = "".join(f'config CARD_{number}\n\ttristate "card"\n\tdefault m\n' for number in range(30)) + (
    'config SWITCH\n\ttristate "switch"\nconfig SWITCH_MDIO\n\ttristate "mdio"\n\tdepends on SWITCH\n'
)


def test_a_fix_changes_few_other_symbols(make_tree: MakeTree) -> None:
    tree = make_tree(SWITCHES)
    base = {"ARM64": "y", "MODULES": "y", "SWITCH": "m", "SWITCH_MDIO": "m"}
    target = {"SWITCH_MDIO": "y"}
    configuration = Evaluation(tree, base)
    smallest = minimum_correction_set(configuration, target)
    low_impact = low_impact_correction_set(configuration, target)
    assert smallest is not None
    assert low_impact is not None
    assert [(change.symbol, change.after) for change in smallest.changes] == [("MODULES", "n")]
    assert [(change.symbol, change.after) for change in low_impact.changes] == [
        ("SWITCH", "y"),
        ("SWITCH_MDIO", "y"),
    ]
    assert (low_impact.is_minimum, len(low_impact.affected), len(smallest.affected) > 30) == (False, 0, True)


def test_a_module_is_kept_where_that_suffices(make_tree: MakeTree) -> None:
    bus = 'config BUS\n\ttristate "bus"\n\tselect GOVERNOR\nconfig GOVERNOR\n\ttristate "governor"\n'
    text = "CONFIG_ARM64=y\nCONFIG_MODULES=y\nCONFIG_BUS=y\nCONFIG_GOVERNOR=m\n"
    words, fragment = words_of(judged(make_tree(bus), text), "GOVERNOR")
    assert (words, fragment) == ("for GOVERNOR=m set BUS=m", "CONFIG_BUS=m\n")


def test_a_text_that_must_only_not_be_empty_is_left_to_the_user(make_tree: MakeTree) -> None:
    tree = make_tree(
        'config FIRMWARE\n\tstring "firmware"\nconfig FOLDER\n\tbool "folder"\n\tdepends on FIRMWARE != ""\n'
    )
    words, fragment = words_of(judged(tree, "CONFIG_ARM64=y\nCONFIG_FOLDER=y\n"), "FOLDER")
    assert (words, fragment) == ("for FOLDER=y set FIRMWARE to a text that is not empty", "")


def test_a_line_that_kconfig_drops_is_to_be_deleted(make_tree: MakeTree) -> None:
    tree = make_tree('config BIG\n\tbool "big"\nconfig SIZE\n\tint "size"\n\tdepends on BIG\n\trange 1 4\n')
    dropped = finding_of(judged(tree, "CONFIG_ARM64=y\nCONFIG_SIZE=9\n"), "SIZE")
    assert (dropped.id, dropped.becomes) == ("out-of-range", "")
    assert fix_of(tree, dropped) == FixNarrative("delete the line", "")


@pytest.mark.parametrize(
    ("line", "intended"),
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
def test_the_intended_value_of_a_wrong_type_is_the_fix(make_tree: MakeTree, line: str, intended: str) -> None:
    tree = make_tree(
        'config YES\n\tbool "yes"\nconfig SIZE\n\tint "size"\n\tdefault 3\nconfig NAME\n\tstring "name"\n'
    )
    checked = judged(tree, f"CONFIG_ARM64=y\n{line}\n")
    assert [finding.id for finding in checked.findings] == ["wrong-type"]
    assert words_of(checked, checked.findings[0].symbol)[1] == intended
    assert judged(tree, f"CONFIG_ARM64=y\n{intended}").findings == ()


def test_the_number_of_unsearched_fixes_is_a_limit(make_tree: MakeTree) -> None:
    names = [f"CARD_{number}" for number in range(8)]
    kconfig = "".join(f'config {name}\n\tbool "card"\n\tdepends on BUS_{name}\n' for name in names)
    kconfig += "".join(f'config BUS_{name}\n\tbool "bus"\n' for name in names)
    tree = make_tree(kconfig)
    limits = judged(tree, "CONFIG_ARM64=y\n" + "".join(f"CONFIG_{name}=y\n" for name in names)).limits
    assert Limit(LimitKind.UNSEARCHED_FIXES, count=3) in limits
    limits = judged(tree, "CONFIG_ARM64=y\n" + "".join(f"CONFIG_{name}=y\n" for name in names[:5])).limits
    assert LimitKind.UNSEARCHED_FIXES not in {limit.kind for limit in limits}


def test_an_invalid_value_is_fixed_as_other_lines_need_it(make_tree: MakeTree) -> None:
    checked = judged(make_tree(CHAIN), "CONFIG_ARM64=y\nCONFIG_BUS=banana\nCONFIG_CARD=y\n")
    assert finding_of(checked, "CARD").follows_from == ("BUS",)
    assert words_of(checked, "BUS")[1] == "CONFIG_BUS=y\n"


def test_an_unobtainable_root_cause_leaves_the_computed_values_to_its_followers(make_tree: MakeTree) -> None:
    tree = make_tree('config BUS\n\tbool\nconfig CARD\n\tbool "card"\n\tdepends on BUS\n')
    checked = judged(tree, "CONFIG_ARM64=y\nCONFIG_BUS=y\nCONFIG_CARD=y\n")
    assert "nothing in this tree gives it another value" in message_of(tree, finding_of(checked, "BUS"))
    words, fragment = words_of(checked, "CARD")
    assert (words, fragment) == (
        "no configuration has the requested BUS: write the value that Kconfig computes: CARD=n",
        "# CONFIG_CARD is not set\n",
    )
