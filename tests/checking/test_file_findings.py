# SPDX-License-Identifier: GPL-2.0-or-later
"""Lines that set nothing, and settings that a later line replaces."""

import pytest

import explorer
from explorer.configuration import Tree, parse_config
from tests.checking.judging import (
    CHAIN,
    WHOLE,
    MakeTree,
    fix_of,
    judged,
    judged_as_4_17,
    listed,
    message_of,
    only,
    text_config,
)


def test_fragments_merge_in_order_and_the_one_that_loses_is_named(tree: Tree) -> None:
    checked = judged(tree, WHOLE + "CONFIG_DEBUG=y\n", "# CONFIG_DEBUG is not set\n", "CONFIG_DEBUG=y\n")
    finding = only(checked)
    assert (finding.id, finding.file, finding.line) == ("fragment-lost", "1.config", 1)
    assert "2.config:1" in message_of(tree, finding)
    assert listed(judged(tree, WHOLE + "CONFIG_DEBUG=y\n", "# CONFIG_DEBUG is not set\n")) == []


@pytest.mark.parametrize(
    ("line", "id_", "words"),
    [
        ('CONFIG_NUMA="y"', "wrong-type", 'NUMA="y" is no value of a bool symbol'),
        ("# CONFIG_NUMA is not set # why", "syntax", "# CONFIG_NUMA is not set # why"),
    ],
)
def test_what_conf_and_people_read_differently_is_found(line: str, id_: str, words: str) -> None:
    text = f"# Linux/arm64 6.1.0 Kernel Configuration\nCONFIG_ARM64=y\n{line}\n"
    checked = explorer.check(text_config(text), machines=["flat"])
    (finding,) = [finding for finding in checked.findings if finding.id == id_]
    assert words in message_of(checked.tree, finding)
    assert finding.line == 3


@pytest.mark.parametrize(
    ("line", "words", "fragment"),
    [
        (" CONFIG_DEBUG=y", "it does not begin in the first column", "CONFIG_DEBUG=y\n"),
        ("\t# CONFIG_DEBUG is not set", "it does not begin in the first", "# CONFIG_DEBUG is not set\n"),
        ("# CONFIG_DEBUG is not set ", "there is more behind it", "# CONFIG_DEBUG is not set\n"),
        ("#CONFIG_DEBUG is not set", "a comment: Kconfig accepts only", "# CONFIG_DEBUG is not set\n"),
        ("#  CONFIG_DEBUG is  not set", "a comment: Kconfig accepts only", "# CONFIG_DEBUG is not set\n"),
        ("# config_debug is not set", "a comment: Kconfig accepts only", "# CONFIG_DEBUG is not set\n"),
        ("config_debug=y", "not a setting", "CONFIG_DEBUG=y\n"),
        ("debug: y", "not a setting", "CONFIG_DEBUG=y\n"),
        ("CONFIG_DEBUG", "not a setting", ""),
    ],
)
def test_a_line_that_resembles_a_setting_is_a_syntax_finding_with_its_correction(
    tree: Tree, line: str, words: str, fragment: str
) -> None:
    finding = only(judged(tree, f"{WHOLE}{line}\n"))
    message = message_of(tree, finding)
    assert (finding.id, finding.line, message.partition(words)[0]) == ("syntax", 3, "")
    assert message.endswith(f": {line.strip()}")
    assert fix_of(tree, finding).fragment == fragment


def test_comments_stay_comments(tree: Tree) -> None:
    text = "# CONFIG_DEBUG=y\n#CONFIG_DEBUG=y\n  # why\n# CONFIG_DEBUG is not needed\n"
    text += "# see CONFIG_DEBUG is not set\n"
    assert listed(judged(tree, WHOLE + text)) == []


def test_a_byte_order_mark_voids_the_first_line_but_not_the_release(tree: Tree) -> None:
    finding = only(judged(tree, f"\ufeffCONFIG_DEBUG=y\n{WHOLE}"))
    assert (finding.id, finding.line) == ("syntax", 1)
    assert message_of(tree, finding) == (
        "a byte order mark precedes the line, so Kconfig skips it: CONFIG_DEBUG=y"
    )
    marked = parse_config(b"\xef\xbb\xbf# Linux/arm64 6.12.0 Kernel Configuration\n", "x")
    assert (str(marked.version), marked.unreadable) == ("6.12", ())
    assert parse_config(b"\xef\xbb\xbf# a comment\n", "x").unreadable == ()


def test_a_line_that_is_dropped_leaves_the_earlier_line_in_force() -> None:
    checked = judged_as_4_17("CONFIG_NUMA=y\nCONFIG_NUMA=banana\n")
    finding = only(checked)
    assert (finding.id, finding.line, finding.becomes) == ("wrong-type", 4, "y")
    assert "line 3 of x.config counts: it is y" in message_of(checked.tree, finding)
    assert (checked.verdict, checked.combination.values["NUMA"]) == ("safe", "y")
    again = judged_as_4_17("CONFIG_NUMA=y\nCONFIG_NUMA=banana\n# CONFIG_NUMA is not set\n")
    assert [(finding.id, finding.line) for finding in again.findings if finding.id != "unsafe"] == [
        ("reassigned", 3),
        ("wrong-type", 4),
    ]
    assert (again.verdict, again.combination.values["NUMA"]) == ("unsafe", "n")


def test_a_fragment_may_hold_comments_alone(make_tree: MakeTree) -> None:
    assert judged(make_tree(CHAIN), "CONFIG_ARM64=y\n", "# nothing yet\n").findings == ()
