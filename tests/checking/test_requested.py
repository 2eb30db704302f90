# SPDX-License-Identifier: GPL-2.0-or-later
"""Values that fragments request and the result does not have."""

from pathlib import Path

from explorer.configuration import Tree, load_tree
from tests.checking.judging import (
    CHAIN,
    HEAD,
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
from tests.configuration.trees import tree_at


def test_a_missing_value_is_a_finding_with_its_cause(tree: Tree) -> None:
    finding = only(judged(tree, WHOLE, requested="CONFIG_TRACE=y\n# CONFIG_FORCED is not set\n"))
    assert (finding.id, finding.file, finding.line) == ("not-got", "wish.config", 1)
    assert "DEBUG=n" in message_of(tree, finding)
    grantable = only(judged(tree, WHOLE, requested="CONFIG_DEBUG=y\n"))
    assert "the fragment was not merged" in message_of(tree, grantable)
    assert fix_of(tree, grantable).fragment == "CONFIG_DEBUG=y\n"


def test_a_wrong_type_elsewhere_does_not_change_the_cause(tree: Tree) -> None:
    findings = judged(tree, WHOLE + "CONFIG_LEVEL=banana\n", requested="CONFIG_TRACE=y\n").findings
    finding = next(finding for finding in findings if finding.id == "not-got")
    assert "DEBUG=n" in message_of(tree, finding)


def test_the_causes_of_the_first_hundred_values_are_examined(tmp_path: Path) -> None:
    names = [f"WISH_{number}" for number in range(103)]
    kconfig = "config ARM64\n\tdef_bool y\n" + "".join(f'config {name}\n\tbool "w"\n' for name in names)
    (tmp_path / "Makefile").write_text("VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 0\n")
    (tmp_path / "Kconfig").write_text(kconfig)
    text = "CONFIG_UNHEARD_OF=y\n" + "".join(f"CONFIG_{name}=y\n" for name in names)
    tree = load_tree(tmp_path)
    findings = judged(tree, "CONFIG_ARM64=y\n", requested=text).findings
    assert [finding.symbol for finding in findings] == ["UNHEARD_OF", *names]
    assert [finding.symbol for finding in findings if finding.fix] == names[:100]
    assert all(
        "causes are examined for the first 100 only" in message_of(tree, finding)
        for finding in findings[101:]
    )


def test_a_value_of_any_length_makes_a_short_fix(tree: Tree) -> None:
    findings = judged(tree, WHOLE, requested=f'CONFIG_DEBUG=y\nCONFIG_NAME="{"y" * 100_000}"\n').findings
    assert all(finding.fix is None or len(fix_of(tree, finding).fragment) < 5000 for finding in findings)
    assert {finding.symbol for finding in findings} == {"DEBUG", "NAME"}


def test_not_set_and_absent_are_equal(tree: Tree) -> None:
    requested = "CONFIG_DEBUG=y\nCONFIG_TRACE=n\n"
    assert listed(judged(tree, WHOLE + "CONFIG_DEBUG=y\n", requested=requested)) == []


def test_a_requested_value_of_a_wrong_type_is_a_finding_of_that_kind(tree: Tree) -> None:
    finding = only(judged(tree, WHOLE, requested="CONFIG_DEBUG=banana\n"))
    assert (finding.id, finding.file, finding.line) == ("wrong-type", "wish.config", 1)
    assert "no value of a bool symbol" in message_of(tree, finding)


def test_a_missing_value_comes_with_the_answers_that_give_it(make_tree: MakeTree) -> None:
    tree = make_tree(CHAIN)
    finding = finding_of(judged(tree, "CONFIG_ARM64=y\n", requested="CONFIG_CARD=y\n"), "CARD")
    assert message_of(tree, finding) == (
        "CARD=y is requested, and 0.config does not set it: its dependencies are not met (BUS=n)"
    )
    assert fix_of(tree, finding).fragment == "CONFIG_BUS=y\nCONFIG_CARD=y\n"


def test_a_requested_member_of_a_choice_is_answered_last(make_tree: MakeTree) -> None:
    tree = make_tree(
        'choice\n\tprompt "size"\nconfig SMALL\n\tbool "small"\nconfig LARGE\n\tbool "large"\nendchoice\n'
    )
    config = "CONFIG_ARM64=y\n# CONFIG_SMALL is not set\nCONFIG_LARGE=y\n"
    finding = finding_of(judged(tree, config, requested="CONFIG_SMALL=y\n"), "SMALL")
    assert "Kconfig keeps it if it is set" in message_of(tree, finding)


def test_a_value_that_a_compiler_check_excludes_is_unobtainable_with_this_compiler(tmp_path: Path) -> None:
    probe = "$(shell,cc -x && echo y || echo n)"
    kconfig = f'{HEAD}config CC_HAS_X\n\tdef_bool {probe}\nconfig X\n\tbool "x"\n\tdepends on CC_HAS_X\n'
    tree = load_tree(tree_at(tmp_path, kconfig))
    text = "CONFIG_ARM64=y\n# CONFIG_CC_HAS_X is not set\n"
    words, _ = words_of(judged(tree, text, requested="CONFIG_X=y\n"), "X")
    assert words.startswith("no configuration of this tree has X=y with this compiler")
