# SPDX-License-Identifier: GPL-2.0-or-later
"""Why a value is not kept: the law that what is named suffices, and each way in which Kconfig says no."""

from pathlib import Path

import kconfiglib
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from explorer.configuration import Tree, load_tree
from explorer.configuration.queries.overrides import Override, OverrideReason, override_of
from explorer.configuration.tree.evaluation import Evaluation
from tests.configuration.enumeration import answered, plain_value
from tests.configuration.queries.test_projection import kconfig_texts
from tests.configuration.trees import MakeTree, tree_at

LEVEL = kconfiglib.STR_TO_TRI
_ANSWERS = st.lists(st.tuples(st.sampled_from("ABCDE"), st.sampled_from("nmy")), max_size=6)


def named(change: Override) -> dict[str, str]:
    return {value.symbol: value.value for cause in change.causes for value in cause.values}


def decides(tree: Tree, change: Override) -> bool:
    """Whether the reason holds under the answers that kconfiglib has."""
    symbol, asked = tree.engine.kconfig.syms[change.symbol], LEVEL[change.requested]
    if change.reason is OverrideReason.FORCED:
        return bool(kconfiglib.expr_value(symbol.rev_dep) > asked)
    if change.reason is OverrideReason.IMPLIED:
        return asked == 1 and bool(kconfiglib.expr_value(symbol.weak_rev_dep) == LEVEL["y"])
    return bool(symbol.visibility < max(asked, 1))


def selected_against_its_dependencies(tree: Tree, name: str) -> bool:
    symbol = tree.engine.kconfig.syms[name]
    return bool(symbol.orig_type in {kconfiglib.BOOL, kconfiglib.TRISTATE}) and bool(
        symbol.tri_value > kconfiglib.expr_value(symbol.direct_dep)
    )


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(text=kconfig_texts(), answers=_ANSWERS, release=st.sampled_from(["4.17", "6.1", "6.12"]))
def test_the_values_named_suffice_whatever_else_is_answered(
    text: str, answers: list[tuple[str, str]], release: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tree_at(tmp_path_factory.mktemp("tree"), text, release=release)
    tree, enumerated = load_tree(folder), load_tree(folder)
    asked = {name: value for name, value in answers if tree.accepts(name, value)}
    evaluation = Evaluation(tree, asked)
    changes = [change for name, value in asked.items() if (change := override_of(evaluation, name, value))]
    for change in changes:
        held = named(change)
        promoted = change.requested == "m" and held == {"MODULES": "n"}
        if (
            change.reason
            not in {
                OverrideReason.UNMET,
                OverrideReason.HIDDEN,
                OverrideReason.FORCED,
                OverrideReason.IMPLIED,
            }
            or promoted
        ):
            continue
        for _ in answered(enumerated, [change.symbol, *held]):
            if any(selected_against_its_dependencies(enumerated, name) for name in held):
                continue  # a finding of its own; what it selects depends on its dependencies, too
            if all(plain_value(enumerated, name) == value for name, value in held.items()):
                assert decides(enumerated, change), change


def told(tree: Tree, answers: dict[str, str], name: str) -> list[tuple[str, str]]:
    change = override_of(Evaluation(tree, answers), name, answers[name])
    assert change is not None
    return [
        (cause.statement.text, ", ".join(f"{name}={value}" for name, value, _ in cause.values))
        for cause in change.causes
    ]


def test_a_bool_is_content_with_m_and_only_what_is_n_is_named(make_tree: MakeTree) -> None:
    tree = make_tree(
        'config MODULES\n\tmodules\n\tdef_bool y\nconfig BUS\n\ttristate "bus"\n'
        'config PORT\n\ttristate "port"\n\tdepends on BUS\n'
        'config TRACE\n\tbool "trace"\n\tdepends on BUS && PORT\n'
    )
    assert told(tree, {"BUS": "m", "TRACE": "y"}, "TRACE") == [("depends on BUS && PORT", "PORT=n")]
    assert told(tree, {"BUS": "m", "PORT": "y"}, "PORT") == [("depends on BUS", "BUS=m")]


def test_what_the_tree_lacks_is_n(make_tree: MakeTree) -> None:
    tree = make_tree('config GPU\n\tbool "gpu"\n\tdepends on X86 || SPARC\n')
    assert told(tree, {"GPU": "y"}, "GPU") == [("depends on X86 || SPARC", "X86=n, SPARC=n")]


def test_the_line_is_the_one_that_says_it_and_not_one_that_names_it(make_tree: MakeTree) -> None:
    tree = make_tree(
        'config NET\n\tbool "net"\nconfig TEST\n\tbool "test"\n\tdefault y\nif NET\n'
        'config CARD\n\tbool "card"\n\tdefault y if NET\n\tdepends on NET || TEST\nendif\n'
    )
    assert told(tree, {"CARD": "y"}, "CARD") == [("if NET", "NET=n")]


def test_of_a_condition_in_a_condition_only_what_fails_is_named(make_tree: MakeTree) -> None:
    tree = make_tree(
        'config OF\n\tdef_bool y\nconfig SOC\n\tbool "soc"\nconfig TEST\n\tbool "test"\n'
        'config ADC\n\tbool "adc"\n\tdepends on (SOC && OF) || TEST\n'
    )
    assert told(tree, {"ADC": "y"}, "ADC") == [("depends on (SOC && OF) || TEST", "SOC=n, TEST=n")]


def test_the_prompt_of_a_number_can_be_what_hides_it(make_tree: MakeTree) -> None:
    tree = make_tree(
        'config EXPERT\n\tbool "expert"\n'
        'config ORDER\n\tint "order if any" if EXPERT\n\tdefault 11 if !EXPERT\n\tdefault 10\n'
    )
    assert told(tree, {"ORDER": "12"}, "ORDER") == [
        ('int "order if any" if EXPERT', "EXPERT=n"),
        ("default 11 if !EXPERT", "EXPERT=n"),
    ]
    change = override_of(Evaluation(tree, {"ORDER": "12"}), "ORDER", "12")
    assert change is not None
    assert (change.reason, change.becomes) == (OverrideReason.HIDDEN, "11")


@pytest.mark.parametrize(("release", "becomes"), [("4.17", "y"), ("6.1", "m")])
def test_until_5_6_a_y_that_implies_a_symbol_raises_m(tmp_path: Path, release: str, becomes: str) -> None:
    text = (
        "config MODULES\n\tdef_bool y\n\toption modules\n"
        'config BUS\n\tdef_bool y\n\timply CARD\nconfig CARD\n\ttristate "card"\n'
    )
    evaluation = Evaluation(load_tree(tree_at(tmp_path, text, release=release)), {"CARD": "m"})
    change = override_of(evaluation, "CARD", "m")
    assert evaluation.value("CARD") == becomes
    assert [change and (change.reason, named(change))] == [
        (OverrideReason.IMPLIED, {"BUS": "y"}) if becomes == "y" else None
    ]


def test_a_number_that_is_not_written_becomes_nothing(make_tree: MakeTree) -> None:
    tree = make_tree(
        'config NUMA\n\tbool "numa"\nconfig SHIFT\n\tint "shift"\n\tdepends on NUMA\n\tdefault 4\n'
    )
    change = override_of(Evaluation(tree, {"SHIFT": "4"}), "SHIFT", "4")
    assert change is not None
    assert (change.becomes, change.is_written) == ("", False)


def test_the_default_that_decides_is_named_with_its_condition(make_tree: MakeTree) -> None:
    tree = make_tree(
        'config BIG\n\tbool "big"\nconfig SIZE\n\tint\n\tdefault 16 if BIG\n\tdefault 12\n'
        'config NAME\n\tstring\n\tdefault "big" if BIG\n\tdefault ""\n'
        "config LESS\n\tdef_bool y\n\tdepends on !BIG\nconfig MORE\n\tdef_bool y if BIG\n"
    )
    assert told(tree, {"BIG": "y", "SIZE": "12"}, "SIZE") == [("default 16 if BIG", "BIG=y")]
    assert told(tree, {"BIG": "y", "NAME": "x"}, "NAME") == [('default "big" if BIG', "BIG=y")]
    assert told(tree, {"BIG": "y", "LESS": "y"}, "LESS") == [("depends on !BIG", "BIG=y")]
    assert told(tree, {"MORE": "y"}, "MORE") == [("def_bool y if BIG", "BIG=n")]


def test_a_select_is_named_with_its_condition_and_only_where_it_is_in_force(make_tree: MakeTree) -> None:
    tree = make_tree(
        'config FAST\n\tbool "fast"\nconfig SAFE\n\tbool "safe"\n'
        "config ARCH\n\tdef_bool y\n\tselect LOCKS if FAST\n\tselect LOCKS if !SAFE\nconfig LOCKS\n\tbool\n"
    )
    assert told(tree, {"LOCKS": "n"}, "LOCKS") == [("select LOCKS if !SAFE", "ARCH=y, SAFE=n")]
    assert told(tree, {"SAFE": "y", "LOCKS": "y"}, "LOCKS") == [
        ("config LOCKS", ""),
        ("select LOCKS if FAST", "FAST=n"),
        ("select LOCKS if !SAFE", "SAFE=y"),
    ]


def test_without_modules_every_m_is_a_y(make_tree: MakeTree) -> None:
    tree = make_tree('config MODULES\n\tmodules\n\tbool "modules"\nconfig CARD\n\ttristate "card"\n')
    assert told(tree, {"CARD": "m"}, "CARD") == [("config MODULES", "MODULES=n")]


def test_a_n_that_cannot_be_said_names_what_hides_the_prompt_and_the_default(make_tree: MakeTree) -> None:
    tree = make_tree(
        'config EXPERT\n\tbool "expert"\nconfig INIT\n\tbool "init" if EXPERT\n\tdefault !EXPERT\n'
    )
    assert told(tree, {"INIT": "n"}, "INIT") == [
        ('bool "init" if EXPERT', "EXPERT=n"),
        ("default !EXPERT", "EXPERT=n"),
    ]


def test_numbers_and_texts_in_conditions_are_no_symbols(make_tree: MakeTree) -> None:
    tree = make_tree(
        'config BITS\n\tint "bits"\n\tdefault 48\nconfig FIRMWARE\n\tstring "firmware"\n'
        "config LEVELS\n\tint\n\tdefault 4 if BITS = 48\n\tdefault 3\n"
        'config FOLDER\n\tbool "folder"\n\tdepends on FIRMWARE != ""\n'
    )
    assert told(tree, {"LEVELS": "3"}, "LEVELS") == [("default 4 if BITS = 48", "BITS=48")]
    assert told(tree, {"FOLDER": "y"}, "FOLDER") == [('depends on FIRMWARE != ""', "FIRMWARE=")]


def test_what_the_compiler_denies_is_named_by_its_line(make_tree: MakeTree) -> None:
    probe = "depends on $(shell,$(NM) --help && echo y || echo n)"
    tree = make_tree(
        f'config HAS_LTO\n\tdef_bool y\n\t{probe}\nconfig LTO\n\tbool "lto"\n\tdepends on HAS_LTO\n'
    )
    assert told(tree, {"LTO": "y"}, "LTO") == [("depends on HAS_LTO", "HAS_LTO=n"), (probe, "")]
