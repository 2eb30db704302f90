# SPDX-License-Identifier: GPL-2.0-or-later
"""Findings that follow from others."""

from explorer.checking import Severity
from explorer.configuration import Tree
from explorer.configuration.tree.evaluation import Evaluation
from tests.checking.judging import CHAIN, WHOLE, MakeTree, judged, words_of


def test_consequences_are_notes_that_name_their_root(tree: Tree) -> None:
    findings = judged(tree, WHOLE + "CONFIG_DEBUG=maybe\nCONFIG_TRACE=y\nCONFIG_DERIVED=y\n").findings
    assert [(finding.symbol, finding.severity, finding.follows_from) for finding in findings] == [
        ("DEBUG", Severity.ERROR, ()),
        ("TRACE", Severity.NOTE, ("DEBUG",)),
        ("DERIVED", Severity.NOTE, ("DEBUG",)),
    ]


def test_a_finding_that_remains_once_the_root_is_fixed_follows_from_nothing(make_tree: MakeTree) -> None:
    text = "CONFIG_ARM64=y\nCONFIG_CARD=y\nCONFIG_PORT=y\nCONFIG_FAN=y\n"
    checked = judged(make_tree(CHAIN), text)
    assert [(finding.symbol, finding.follows_from, finding.severity) for finding in checked.findings] == [
        ("CARD", (), Severity.ERROR),
        ("PORT", (), Severity.ERROR),
        ("FAN", ("CARD",), Severity.NOTE),
    ]
    assert words_of(checked, "PORT")[1] == "CONFIG_BUS=y\nCONFIG_OTHER=y\n"


def test_what_a_root_would_select_follows_from_it(make_tree: MakeTree) -> None:
    """The select of a root counts as if its dependencies were met; the condition of the select stays."""
    tree = make_tree(
        'config BUS\n\tbool "bus"\nconfig CARD\n\ttristate "card"\n\tdepends on BUS\n\tselect HELPER\n'
        '\tselect SPARE if EXTRA\nconfig HELPER\n\tbool\nconfig SPARE\n\tbool\nconfig EXTRA\n\tbool "extra"\n'
    )
    text = "CONFIG_ARM64=y\nCONFIG_MODULES=y\nCONFIG_CARD=m\nCONFIG_HELPER=y\nCONFIG_SPARE=y\n"
    checked = judged(tree, text)
    assert [(finding.symbol, finding.follows_from) for finding in checked.findings] == [
        ("CARD", ()),
        ("HELPER", ("CARD",)),
        ("SPARE", ()),
    ]
    assert Evaluation(tree, {"ARM64": "y", "CARD": "y"}).values()["HELPER"] == "n"


def test_a_value_of_the_base_that_a_fragment_changes_is_a_note(make_tree: MakeTree) -> None:
    base = "CONFIG_ARM64=y\nCONFIG_BUS=y\nCONFIG_CARD=y\nCONFIG_FAN=y\nCONFIG_PORT=y\n"
    checked = judged(make_tree(CHAIN), base, "# CONFIG_BUS is not set\n")
    assert [(finding.symbol, finding.follows_from, finding.severity) for finding in checked.findings] == [
        ("CARD", ("BUS",), Severity.NOTE),
        ("FAN", ("BUS",), Severity.NOTE),
        ("PORT", (), Severity.ERROR),  # the base did not have OTHER, either
    ]
