# SPDX-License-Identifier: GPL-2.0-or-later
"""Requested values that Kconfig does not keep."""

import gzip
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import explorer
from explorer.checking import Severity
from explorer.checking.limits import LimitKind
from explorer.configuration import Tree, config_fragment, load_tree
from explorer.configuration.tree.evaluation import Evaluation
from explorer.narrative.value_narrative import cause_words
from tests.checking.judging import WHOLE, MakeTree, finding_of, judged, listed, message_of, only, text_config
from tests.commandline import DATA

DEBIAN = sorted((DATA / "configs").glob("*.gz"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("CONFIG_DEBUG=y\n", []),
        ("CONFIG_DEBUG=y\nCONFIG_TRACE=y\nCONFIG_DERIVED=y\n", []),
        ("CONFIG_TRACE=y\n", [("unmet-dependency", "TRACE")]),
        ("CONFIG_FORCES=y\n# CONFIG_FORCED is not set\n", [("overridden", "FORCED")]),
        ("CONFIG_DERIVED=y\n", [("overridden", "DERIVED")]),
        ("CONFIG_PUSHES=y\n", [("unmet-select", "NEEDS")]),
        ("CONFIG_LEVEL=9\n", [("out-of-range", "LEVEL")]),
        ("CONFIG_LEVEL=4\n", []),
        ("CONFIG_LEVEL=four\n", [("wrong-type", "LEVEL")]),
        ("CONFIG_DEBUG=m\n", [("wrong-type", "DEBUG")]),
        ("CONFIG_DRIVER=m\n", []),
        ('CONFIG_NAME="a b"\n', []),
        ("CONFIG_DEBG=y\n", [("unknown-symbol", "DEBG")]),
        ("# CONFIG_GONE is not set\n", [("unknown-symbol", "GONE")]),
        ("CONFIG_DEBUG=y\n# CONFIG_DEBUG is not set\n", [("reassigned", "DEBUG")]),
        ("CONFIG_LARGE=y\n", [("choice-conflict", "SMALL")]),
        ("DEBUG = y\n", [("syntax", "")]),
    ],
)
def test_each_fault_is_found_and_nothing_else(tree: Tree, text: str, expected: list[tuple[str, str]]) -> None:
    findings = judged(tree, WHOLE + text).findings
    assert [(finding.id, finding.symbol) for finding in findings] == expected
    assert all(finding.line > 0 for finding in findings if finding.id != "unmet-select")


def test_a_finding_names_the_line_and_the_values_that_decide(tree: Tree) -> None:
    finding = only(judged(tree, WHOLE + "CONFIG_TRACE=y\n"))
    assert (finding.file, finding.line, finding.requested, finding.becomes) == ("0.config", 3, "y", "n")
    assert [(cause.statement.text, cause_words(cause)) for cause in finding.causes] == [
        ("depends on DEBUG", "DEBUG=n")
    ]


def test_an_undefined_symbol_comes_with_the_nearest_name(tree: Tree) -> None:
    assert "did you mean DEBUG?" in message_of(tree, only(judged(tree, WHOLE + "CONFIG_DEBG=y\n")))


def test_an_unmet_dependency_of_a_part_of_a_configuration_is_a_warning(tree: Tree) -> None:
    assert only(judged(tree, "CONFIG_TRACE=y\n")).severity is Severity.WARNING
    assert only(judged(tree, WHOLE + "CONFIG_TRACE=y\n")).severity is Severity.ERROR


@pytest.mark.parametrize("path", DEBIAN, ids=lambda path: path.name)
def test_debian_kernels_as_they_are_have_no_finding(path: Path) -> None:
    checked = explorer.check(path)
    assert (checked.verdict, listed(checked)) == ("safe", [])
    assert LimitKind.UNJUDGED_SYMBOLS in {limit.kind for limit in checked.limits}


def test_three_of_four_faults_in_a_debian_config_are_found_by_the_fragment_alone() -> None:
    text = gzip.decompress((DATA / "configs" / "6.12.107+deb12-arm64-16k.config.gz").read_bytes()).decode()
    for before, after in (
        ("CONFIG_NUMA=y\n", "CONFIG_NUMA=banana\n"),
        ("CONFIG_NODES_SHIFT=4\n", "CONFIG_NODES_SHIFT=99\n"),
        ("CONFIG_SPARSEMEM_VMEMMAP=y\n", "# CONFIG_SPARSEMEM_VMEMMAP is not set\n"),
    ):
        assert before in text
        text = text.replace(before, after)
    checked = explorer.check(text_config(text + "CONFIG_FOO_BAR=y\n"), machines=["flat"])
    roots = [(finding.id, finding.symbol) for finding in checked.findings if not finding.follows_from]
    assert roots == [
        ("wrong-type", "NUMA"),
        ("out-of-range", "NODES_SHIFT"),
        ("overridden", "SPARSEMEM_VMEMMAP"),
    ]
    assert checked.verdict == "unreachable"


def test_what_the_compiler_decides_is_taken_from_the_file(tmp_path: Path) -> None:
    (tmp_path / "Makefile").write_text("VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 0\n")
    probe = "$(shell,cc -x && echo y || echo n)"
    (tmp_path / "Kconfig").write_text(
        f"config ARM64\n\tdef_bool y\nconfig CC_HAS_X\n\tdef_bool {probe}\n"
        'config USES_X\n\tbool "uses"\n\tdepends on CC_HAS_X\n'
        f"config HIDDEN\n\tbool\nconfig BY_PROBE\n\tdef_bool y\n\tselect HIDDEN if {probe}\n"
    )
    text = "CONFIG_ARM64=y\nCONFIG_CC_HAS_X=y\nCONFIG_USES_X=y\nCONFIG_HIDDEN=y\nCONFIG_BY_PROBE=y\n"
    linux = load_tree(tmp_path)
    before = Evaluation(linux).values()
    checked = explorer.check(text_config(text), tree=linux, machines=["flat"])
    assert listed(checked) == []
    assert LimitKind.RECORDED_TOOLCHAIN in {limit.kind for limit in checked.limits}
    assert Evaluation(linux).values() == before


SETTINGS = st.lists(
    st.tuples(
        st.sampled_from(
            ["DEBUG", "TRACE", "FORCED", "FORCES", "DERIVED", "DRIVER", "SMALL", "LARGE", "LEVEL"]
        ),
        st.sampled_from(["n", "m", "y", "3", "77"]),
    ),
    max_size=8,
)


@given(SETTINGS)
def test_a_finding_stands_exactly_where_kconfig_computes_another_value(
    tree: Tree, settings: list[tuple[str, str]]
) -> None:
    given_last = dict(settings)
    text = "CONFIG_ARM64=y\n" + "".join(f"CONFIG_{name}={value}\n" for name, value in given_last.items())
    checked = judged(tree, text)
    computed = Evaluation(tree, given_last).values()
    changed = {name for name, value in given_last.items() if computed[name] != value}
    findings = {
        finding.symbol for finding in checked.findings if finding.id not in {"unmet-select", "syntax"}
    }
    assert {name for name in findings if name != "LEVEL"} == changed - {"LEVEL"}


@given(SETTINGS)
def test_a_written_configuration_has_no_finding(tree: Tree, settings: list[tuple[str, str]]) -> None:
    config = Evaluation(tree, dict(settings)).values()
    written = {name: value for name, value in config.items() if value}
    assert listed(judged(tree, config_fragment(tree, written))) == []


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("# CONFIG_NAME is not set", []),
        ("CONFIG_NAME=n", [("wrong-type", "NAME", 3)]),
        ('CONFIG_NAME="n"', []),
        ("# CONFIG_LEVEL is not set", [("wrong-type", "LEVEL", 3)]),
        ("CONFIG_LEVEL=n", [("wrong-type", "LEVEL", 3)]),
    ],
)
def test_not_set_is_accepted_for_an_empty_string_or_number(
    tree: Tree, line: str, expected: list[tuple[str, str, int]]
) -> None:
    assert listed(judged(tree, WHOLE + line + "\n")) == expected


def test_an_undefined_number_is_a_finding_like_others(tree: Tree) -> None:
    finding = only(judged(tree, WHOLE + "CONFIG_ARCH_FORCE_MAX_ORDER=99999\n"))
    assert (finding.id, finding.symbol) == ("unknown-symbol", "ARCH_FORCE_MAX_ORDER")


def test_a_number_may_be_a_member_of_a_choice_in_a_bad_tree(tmp_path: Path) -> None:
    (tmp_path / "Makefile").write_text("VERSION = 6\nPATCHLEVEL = 10\nSUBLEVEL = 0\n")
    odd = 'config ARM64\n\tdef_bool y\nchoice\n\tprompt "c"\nconfig X\n\tint "x"\nendchoice\n'
    (tmp_path / "Kconfig").write_text(odd)
    linux = load_tree(tmp_path)
    assert listed(judged(linux, "CONFIG_ARM64=y\nCONFIG_X=3\n", requested="CONFIG_X=1\n")) != []


def test_a_line_of_a_fragment_removes_that_of_the_base_whatever_its_value(make_tree: MakeTree) -> None:
    tree = make_tree('config SIZE\n\tint "size"\n\tdefault 3\nconfig YES\n\tbool "yes"\n')
    checked = judged(
        tree, "CONFIG_ARM64=y\nCONFIG_SIZE=7\nCONFIG_YES=y\n", "CONFIG_SIZE=many\nCONFIG_YES=1\n"
    )
    assert [(finding.symbol, finding.becomes) for finding in checked.findings] == [
        ("SIZE", "3"),
        ("YES", "n"),
    ]


def test_without_modules_a_module_is_built_in_and_the_message_says_so(make_tree: MakeTree) -> None:
    tree = make_tree('config CARD\n\ttristate "card"\n')
    message = message_of(tree, finding_of(judged(tree, "CONFIG_ARM64=y\nCONFIG_CARD=m\n"), "CARD"))
    assert message == "CARD=m becomes y: without modules every m becomes y (MODULES=n)"
