# SPDX-License-Identifier: GPL-2.0-or-later
"""Fixes that are written: only confirmed ones, and no other line of the file changes."""

from collections import Counter
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import explorer
from explorer.checking import Checked
from explorer.checking.config_edits import ConfigEdit, combined, edited
from explorer.checking.confirmed_fixes import FixedConfig, fixed_config
from explorer.configuration import DotConfig, Tree, parse_config
from tests.checking.judging import HEADER_4_17, WHOLE, listed
from tests.commandline import DATA

PLAIN = f"# made by hand\n{WHOLE}"


def fixed(tree: Tree, text: str, requested: Sequence[DotConfig] = ()) -> FixedConfig:
    def judge(config: DotConfig) -> Checked:
        return explorer.check(config, tree=tree, machines=["flat"], requested=requested)

    return fixed_config(text, "x.config", judge)


@pytest.mark.parametrize(
    ("lines", "after"),
    [
        ("CONFIG_TRACE=y\n", "CONFIG_TRACE=y\nCONFIG_DEBUG=y\n"),
        ("CONFIG_TRACE=y\nCONFIG_DEBUG=what\n# end\n", "CONFIG_TRACE=y\nCONFIG_DEBUG=y\n# end\n"),
        ("CONFIG_STRANGER=y\n\n# kept\n", "\n# kept\n"),
        ("CONFIG_NUMA=y\r\n# kept\r\n", "# CONFIG_NUMA is not set\r\n# kept\r\n"),
        ("  CONFIG_DEBUG=y\n", "CONFIG_DEBUG=y\n"),
        ("  CONFIG_DEBUG=y\nCONFIG_DEBUG=y\n", "CONFIG_DEBUG=y\n"),
        ("CONFIG_LEVEL=2\nCONFIG_LEVEL=3", "CONFIG_LEVEL=3"),
        ("CONFIG_LEVEL=9\n", "CONFIG_LEVEL=4\n"),
        ("% what\n", "# % what\n"),
        ("CONFIG_TRACE=y", "CONFIG_TRACE=y\nCONFIG_DEBUG=y\n"),
    ],
)
def test_a_fix_changes_its_lines_and_no_other(tree: Tree, lines: str, after: str) -> None:
    found = fixed(tree, PLAIN + lines)
    assert found.text == PLAIN + after
    assert listed(found.checked) == []
    assert found.fixes


@pytest.mark.parametrize(
    "lines",
    [
        "CONFIG_DEBUG=perhaps\n",  # y or n
        "CONFIG_LARGE=y\n",  # or SMALL
        "CONFIG_FORCES=y\n# CONFIG_FORCED is not set\n",  # one of the two
        "CONFIG_TRACE=y\n# CONFIG_DEBUG is not set\n",  # one of the two
    ],
)
def test_what_leaves_the_user_a_choice_is_not_written(tree: Tree, lines: str) -> None:
    found = fixed(tree, PLAIN + lines)
    assert (found.text, found.fixes) == (PLAIN + lines, ())
    assert found.checked.findings


def test_a_fix_that_contradicts_a_line_names_it(tree: Tree) -> None:
    found = fixed(tree, f"{PLAIN}CONFIG_TRACE=y\n# CONFIG_DEBUG is not set\n")
    assert [(finding.symbol, line) for finding, line in found.contradicted] == [("TRACE", 5)]


def test_a_requested_fragment_counts_more_than_what_conf_unset(tree: Tree) -> None:
    wish = [parse_config(b"CONFIG_TRACE=y\n", "wish.config")]
    found = fixed(tree, f"{PLAIN}# CONFIG_TRACE is not set\n# CONFIG_DEBUG is not set\n", wish)
    assert found.text == f"{PLAIN}CONFIG_TRACE=y\nCONFIG_DEBUG=y\n"
    assert listed(found.checked) == []


def test_nothing_is_written_that_was_not_confirmed(tree: Tree) -> None:
    """A judge that finds something new in every changed text refuses each fix."""
    text = f"{PLAIN}CONFIG_TRACE=y\nnonsense\n"

    def judge(config: DotConfig) -> Checked:
        again = explorer.check(config, tree=tree, machines=["flat"])
        other = explorer.check(parse_config(b"CONFIG_OTHER=y\n", "x.config"), tree=tree, machines=["flat"])
        return again if config == parse_config(text.encode(), "x.config") else other

    found = fixed_config(text, "x.config", judge)
    assert (found.text, found.fixes, found.following) == (text, (), ())


def test_one_fix_that_is_refused_does_not_stop_the_others(tree: Tree) -> None:
    text = f"{PLAIN}CONFIG_TRACE=y\nnonsense\nCONFIG_STRANGER=y\n"

    def judge(config: DotConfig) -> Checked:
        extra = b"CONFIG_OTHER=y\n" if config.values.get("DEBUG") == "y" else b""
        rest = "".join(f"CONFIG_{name}={value}\n" for name, value in config.values.items()).encode()
        lines = b"".join(line.text.encode() + b"\n" for line in config.unreadable)
        again = parse_config(rest + lines + extra, "x.config") if extra else config
        return explorer.check(again, tree=tree, machines=["flat"])

    found = fixed_config(text, "x.config", judge)
    assert found.text == f"{PLAIN}CONFIG_TRACE=y\n# nonsense\n"
    assert listed(found.checked) == [("unmet-dependency", "TRACE", 4)]


def test_lines_that_kconfig_kept_follow_the_answers() -> None:
    """With NUMA there is no FLATMEM: its lines, which conf wrote, are rewritten."""
    text = (DATA / "real-configs" / "5.10.160-8ce71b.config").read_text()
    found = fixed_config(text, "x.config", lambda config: explorer.check(config, machines=["start-8m"]))
    assert (found.checked.verdict, listed(found.checked)) == ("safe", [])
    assert {change.before for change in found.following} >= {"CONFIG_FLATMEM=y", "CONFIG_FLATMEM_MANUAL=y"}
    values = parse_config(found.text.encode(), "x.config").values
    assert (values["NUMA"], values["FLATMEM"], values["SPARSEMEM_MANUAL"]) == ("y", "n", "y")
    assert len(found.text.splitlines()) == len(text.splitlines())


def test_a_kernel_that_is_unsafe_on_many_maps_is_fixed_once() -> None:
    text = f"{HEADER_4_17}CONFIG_DEBUG_KERNEL=y\nCONFIG_DEBUG_VM=y\n# CONFIG_NUMA is not set\n"
    found = fixed_config(
        text, "x.config", lambda config: explorer.check(config, machines=["nomap-mid", "flat"])
    )
    assert found.text == text.replace("# CONFIG_NUMA is not set", "CONFIG_NUMA=y")
    assert found.checked.verdict == "safe"
    assert [finding.memory_map for fix in found.fixes for finding in fix.findings] == ["nomap-mid"]


LINES = (
    "CONFIG_DEBUG=y\n",
    "# CONFIG_DEBUG is not set\n",
    "CONFIG_TRACE=y\n",
    "CONFIG_DERIVED=y\n",
    "# CONFIG_DERIVED is not set\n",
    "CONFIG_NEEDS=y\n",
    "CONFIG_PUSHES=y\n",
    "CONFIG_FORCES=y\n",
    "# CONFIG_FORCED is not set\n",
    "CONFIG_LARGE=y\n",
    "CONFIG_LEVEL=7\n",
    'CONFIG_NAME="x"\n',
    "CONFIG_DRIVER=maybe\n",
    "nonsense\n",
    "# a comment\n",
    "CONFIG_STRANGER=m\n",
)


def test_fixing_takes_findings_away_and_adds_none(tree: Tree) -> None:
    compared: Counter[bool] = Counter()

    @settings(max_examples=60, deadline=None)
    @given(st.lists(st.sampled_from(LINES), max_size=9))
    def compare(lines: list[str]) -> None:
        text = PLAIN + "".join(lines)
        before = explorer.check(parse_config(text.encode(), "x.config"), tree=tree, machines=["flat"])
        found = fixed(tree, text)
        kinds = Counter((finding.id, finding.symbol) for finding in found.checked.findings)
        assert not kinds - Counter((finding.id, finding.symbol) for finding in before.findings)
        assert found.text.count("# a comment\n") == text.count("# a comment\n")
        assert (found.text == text) == (not found.fixes)
        assert fixed(tree, found.text).text == found.text
        compared[bool(found.fixes)] += 1

    compare()
    assert compared[True] > 20


def test_edits_that_differ_are_not_combined() -> None:
    one, other = ConfigEdit({1: "a"}, {"X": "CONFIG_X=y"}), ConfigEdit({1: "a", 2: None}, {})
    both = combined(one, other)
    assert both is not None
    assert edited("old\ngone\nrest\n", both) == "a\nrest\nCONFIG_X=y\n"
    assert combined(one, ConfigEdit({1: None})) is None
    assert combined(one, ConfigEdit({}, {"X": "# CONFIG_X is not set"})) is None
