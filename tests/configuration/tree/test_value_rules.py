# SPDX-License-Identifier: GPL-2.0-or-later
"""Rules for values come from the Kconfig sources in a tree, and from its release where they say nothing.

The values that are expected were computed with ``conf``, built from the scripts/kconfig of real trees.
"""

from pathlib import Path

import pytest

from explorer.configuration import Tree, explain, load_tree
from explorer.configuration.files.sources import Sources
from explorer.configuration.queries.overrides import keeps
from explorer.configuration.tree.evaluation import Evaluation
from explorer.configuration.tree.value_rules import ValueRules
from explorer.version import KernelVersion
from tests.configuration.trees import tree_at

MODULES = 'config MODULES\n\tbool "Modules"\n\tmodules\n\tdefault y\n\n'
COMPARED = f"""{MODULES}config CAR
\ttristate "Car"

config SLOW
\tdef_bool y
\tdepends on CAR < m

config FAST
\tdef_bool y
\tdepends on CAR >= m
"""
DROPPED = """config {first}
\tint "First"
\trange 0 5
\tdefault 5

config {second}
\tint "Second"
\tdepends on {first}="0"
\trange 0 3
\tdefault 0
"""
TYPED = 'struct symbol symbol_yes = {\n\t.name = "y",\n\t.type = S_TRISTATE,\n};\n'
UNTYPED = 'struct symbol symbol_yes = {\n\t/* .type = S_TRISTATE */\n\t.name = "y",\n};\n'


def values(tree: Tree, *answers: tuple[str, str]) -> dict[str, str]:
    return {name: value for name, value in Evaluation(tree, answers).values().items() if name != "MODULES"}


@pytest.mark.parametrize(
    ("release", "expected"),
    [("4.12", "FAST"), ("5.15", "FAST"), ("6.11", "SLOW")],
)
def test_a_literal_is_compared_as_text_until_it_has_a_type(
    release: str, expected: str, tmp_path: Path
) -> None:
    tree = load_tree(tree_at(tmp_path / "tree", COMPARED, release=release))
    found = values(tree)
    assert [name for name in ("SLOW", "FAST") if found[name] == "y"] == [expected]
    for name in ("SLOW", "FAST"):
        assert explain(tree, {"CAR": "n", name: "y"}).combination.reachable == (name == expected)


@pytest.mark.parametrize(("source", "expected"), [(TYPED, "SLOW"), (UNTYPED, "FAST")])
def test_the_sources_of_a_tree_outrank_its_release(source: str, expected: str, tmp_path: Path) -> None:
    for release in ("5.15", "6.18"):
        files = {"scripts/kconfig/symbol.c": source}
        tree = load_tree(tree_at(tmp_path / release, COMPARED, files, release=release))
        assert values(tree)[expected] == "y"


def test_sources_that_say_nothing_leave_the_rules_of_the_release(tmp_path: Path) -> None:
    version = KernelVersion(5, 15)
    files = {"scripts/kconfig/symbol.c": "", "scripts/kconfig/confdata.c": "int main(void) {}\n"}
    folder = tree_at(tmp_path / "tree", "", files)
    assert ValueRules.of_tree(Sources(folder), version) == ValueRules.of(version)
    (folder / "scripts/kconfig/symbol.c").unlink()
    (folder / "scripts/kconfig/symbol.c").symlink_to("/etc/passwd")
    assert ValueRules.of_tree(Sources(folder), version) == ValueRules.of(version)


def test_a_changed_rule_is_not_hidden_by_the_cache(tmp_path: Path) -> None:
    files = {"scripts/kconfig/symbol.c": UNTYPED}
    folder = tree_at(tmp_path / "tree", COMPARED, files, release="6.18", padded=True)
    assert values(load_tree(folder))["FAST"] == "y"
    (folder / "scripts/kconfig/symbol.c").write_text(TYPED)
    assert values(load_tree(folder))["FAST"] == "n"
    assert values(load_tree(folder))["SLOW"] == "y"


@pytest.mark.parametrize(("names", "expected"), [(("DIAL", "KNOB"), ("5", "3")), (("P", "K"), ("5", ""))])
def test_numbers_outside_their_ranges_are_dropped_in_the_order_of_the_hash_table(
    names: tuple[str, str], expected: tuple[str, str], tmp_path: Path
) -> None:
    text = DROPPED.format(first=names[0], second=names[1])
    tree = load_tree(tree_at(tmp_path / "tree", text, release="5.15"))
    found = values(tree, (names[1], "99"), (names[0], "-3"))
    assert tuple(found[name] for name in names) == expected
    assert values(tree, (names[0], "0"), (names[1], "2")) == {names[0]: "0", names[1]: "2"}


def test_a_definition_without_dependency_does_not_lift_that_of_another(tmp_path: Path) -> None:
    text = """config BELL
\tbool "Bell"
\timply RING

config RING
\tbool "Ring"

config RING
\tbool "Ring"
\tdepends on CLAPPER

config CLAPPER
\tbool "Clapper"
"""
    tree = load_tree(tree_at(tmp_path / "tree", text, release="6.6"))
    assert values(tree, ("BELL", "y"))["RING"] == "n"
    assert values(tree, ("BELL", "y"), ("CLAPPER", "y"))["RING"] == "y"


def test_nothing_selects_or_implies_a_transitional_symbol(tmp_path: Path) -> None:
    text = """config NEW
\tbool "New"
\tselect OLD
\timply OLDER

config OLD
\tbool
\ttransitional

config OLDER
\tbool
\ttransitional
\tdefault OLD

config SEE
\tdef_bool OLD || OLDER
"""
    tree = load_tree(tree_at(tmp_path / "tree", text, release="6.18"))
    assert values(tree, ("NEW", "y"))["SEE"] == "n"
    assert values(tree, ("OLD", "y"))["SEE"] == "y"
    assert values(tree, ("OLD", "y"))["OLD"] == "n", "conf writes no transitional symbol"
    assert keeps(Evaluation(tree, {"OLD": "y"}), "OLD", "y")
    assert explain(tree, {"NEW": "y", "SEE": "n"}).combination.reachable
    reachable = explain(tree, {"NEW": "n", "SEE": "y"}).combination
    assert reachable.witness is not None
    assert values(tree, *reachable.witness.items())["SEE"] == "y"


def test_no_answer_to_a_prompt_that_is_visible_as_m_can_leave_a_default_of_y(tmp_path: Path) -> None:
    text = f"""{MODULES}config PLUG
\ttristate "Plug"

config LAMP
\ttristate "Lamp" if PLUG
\tdefault y

config CORD
\ttristate "Cord"
\tdepends on PLUG
\tdefault y
"""
    tree = load_tree(tree_at(tmp_path / "tree", text, release="6.6"))
    lit = explain(tree, {"MODULES": "y", "PLUG": "m", "LAMP": "y"}).combination
    assert lit.witness is not None
    assert values(tree, *lit.witness.items())["LAMP"] == "y"
    assert not explain(tree, {"MODULES": "y", "PLUG": "m", "CORD": "y"}).combination.reachable
    for value in "nmy":
        assert explain(tree, {"PLUG": "m", "LAMP": value}).combination.reachable


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("trying to reassign symbol %s", {"A": "y", "B": "n", "X": "y"}),
        ("override: reassigning to symbol %s", {"A": "n", "B": "y", "X": "n"}),
    ],
)
def test_the_kconfig_of_busybox_counts_the_first_answer(
    words: str, expected: dict[str, str], tmp_path: Path
) -> None:
    choice = (
        'choice\n\tprompt "c"\nconfig A\n\tbool "A"\nconfig B\n\tbool "B"\nendchoice\nconfig X\n\tbool "X"\n'
    )
    files = {"scripts/kconfig/confdata.c": f'int conf_read_simple(void) {{ conf_warning("{words}"); }}\n'}
    tree = load_tree(tree_at(tmp_path / "tree", choice, files, release="5.10"))
    answers = (("A", "y"), ("B", "y"), ("X", "y"), ("X", "n"))
    assert values(tree, *answers) == expected


@pytest.mark.parametrize(("release", "expected"), [("6.6", "y"), ("6.12", "n")])
def test_a_member_that_is_not_visible_takes_a_default_from_outside_the_choice(
    release: str, expected: str, tmp_path: Path
) -> None:
    text = """config STACKED
\tbool "Stacked"

choice
\tprompt "Module" if !STACKED

config FIRST
\tbool "First"

config SECOND
\tbool "Second"

endchoice

config FIRST
\tbool
\tdefault y if STACKED

config SECOND
\tbool
\tdefault y if STACKED
"""
    tree = load_tree(tree_at(tmp_path / "tree", text, release=release))
    found = values(tree, ("STACKED", "y"))
    if release == "6.6":
        assert (found["FIRST"], found["SECOND"]) == (expected, expected)
    both = {"STACKED": "y", "FIRST": "y", "SECOND": "y"}
    assert explain(tree, both).combination.reachable == (expected == "y")
    assert not explain(tree, {"STACKED": "n", "FIRST": "y", "SECOND": "y"}).combination.reachable
    assert explain(tree, {"STACKED": "n", "FIRST": "n", "SECOND": "y"}).combination.reachable
    if release == "6.6":
        assert not explain(tree, {"STACKED": "y", "FIRST": "n"}).combination.reachable


def test_a_number_in_question_can_come_from_another_number(tmp_path: Path) -> None:
    text = """config SOURCE
\tint "Source"

config COPY
\tint
\tdefault SOURCE

config ABOVE
\tdef_bool SOURCE > COPY || COPY > 77
"""
    tree = load_tree(tree_at(tmp_path / "tree", text, release="6.6"))
    for required in ({"COPY": "12345"}, {"COPY": "12345", "ABOVE": "y"}, {"COPY": "-5", "SOURCE": "-5"}):
        assert explain(tree, required).combination.reachable, required
    assert not explain(tree, {"COPY": "12345", "ABOVE": "n"}).combination.reachable
    assert not explain(tree, {"COPY": "12345", "SOURCE": "12346"}).combination.reachable


@pytest.mark.parametrize("release", ["4.15", "5.7", "6.7", "6.8", "6.10", "6.11"])
def test_a_candidate_has_the_rules_of_its_release(release: str) -> None:
    rules = ValueRules.of(KernelVersion.parse(release))
    assert ValueRules.of(KernelVersion.parse(f"{release}-rc1")) == rules
    major, minor = map(int, release.split("."))
    assert ValueRules.of(KernelVersion(major, minor - 1)) != rules
