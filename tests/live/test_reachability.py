# SPDX-License-Identifier: GPL-2.0-or-later
"""Reachability in real trees against the kernel's own ``conf``: no witness is wrong, nothing left out."""

from collections.abc import Mapping, Sequence
from itertools import product
from random import Random

import pytest

from explorer.configuration import (
    combinations,
    config_fragment,
    explain,
    minimum_correction_set,
    parse_config,
)
from explorer.configuration.encoding.guard import GuardKind
from explorer.configuration.queries.pins import pins_beside
from explorer.configuration.queries.reachability import Reachability, possible_values
from explorer.configuration.tree.evaluation import Evaluation
from tests.configuration.queries.removal import is_needed, questions
from tests.live.conf import Conf
from tests.live.debian import kernel_image
from tests.live.test_values import any_file

pytestmark = pytest.mark.live

# In this order tests and papers of others grow their questions; the first eight have small cones.
SYMBOLS = (
    *("NUMA", "SPARSEMEM_VMEMMAP", "MEMORY_HOTPLUG", "MEMORY_HOTREMOVE"),
    *("CMA", "ZONE_DMA", "ZONE_DMA32", "TRANSPARENT_HUGEPAGE"),
)
WISHES = (
    {"KASAN_HW_TAGS": "y"},
    {"KASAN_HW_TAGS": "y", "NUMA": "n"},
    {"ARM64_PA_BITS_52": "y"},
    {"COMPACTION": "n"},
    {"ARM64_16K_PAGES": "y", "ARM64_VA_BITS": "36"},
    {"NODES_SHIFT": "3"},
    {"EXT4_FS": "y"},
    {"USB": "n"},
    {"LOCK_DOWN_KERNEL_FORCE_INTEGRITY": "y"},
)


def _debian(kernel_conf: Conf) -> dict[str, str]:
    _, config = kernel_image(".".join(map(str, kernel_conf.tree.release.series)))
    return parse_config(config.read_bytes(), "Debian's configuration").values


def _values(kernel_conf: Conf, answers: Mapping[str, str], names: Sequence[str]) -> dict[str, str]:
    """What conf makes of some symbols, and keeps when it reads its own file again."""
    made = kernel_conf.rewritten(config_fragment(kernel_conf.tree, answers))
    again = kernel_conf.olddefconfig(made.decode())
    found = {name: again.get(name, "n") for name in names}
    assert found == {name: parse_config(made, "made").values.get(name, "n") for name in names}
    return found


def test_conf_keeps_every_witness(kernel_conf: Conf) -> None:
    reached = [one for one in combinations(kernel_conf.tree, SYMBOLS).combinations if one.reachable]
    assert len(reached) >= 96
    for one in reached:
        assert one.witness is not None
        assert _values(kernel_conf, one.witness, SYMBOLS) == one.values


def test_conf_keeps_the_witness_of_any_symbol_that_can_be_had(kernel_conf: Conf) -> None:
    chance = Random(4)  # noqa: S311 # repeatable, and nothing secret
    tree, held = kernel_conf.tree, 0
    logical = [name for name in tree.symbols if tree.is_logical(name)]
    for name in chance.sample(logical, 40):
        value = chance.choice(possible_values(tree, name))
        found = explain(tree, {name: value}).combination
        if found.witness is not None:
            held += 1
            assert _values(kernel_conf, found.witness, [name]) == {name: value}
        else:
            assert found.core_lines
    assert held > 15


def test_a_statement_of_a_reason_is_needed(kernel_conf: Conf) -> None:
    tree, removed = kernel_conf.tree, 0
    for required in questions(tree, Random(7), 14):  # noqa: S311 # as above
        found = explain(tree, required).combination
        statements = [one for one in found.core[:3] if one.kind is not GuardKind.MODULES]
        for statement in statements:
            removed += 1
            assert is_needed(tree, found.conflicting, statement, found.core), (required, statement)
    assert removed > 3


def test_what_conf_writes_can_be_had(kernel_conf: Conf) -> None:
    chance = Random(5)  # noqa: S311 # as above
    tree = kernel_conf.tree
    symbols = [(name, tree.type_of(name)) for name in tree.symbols]
    logical = [name for name, kind in symbols if kind in {"bool", "tristate"}]
    for _ in range(12):
        made = kernel_conf.olddefconfig(any_file(symbols, chance))
        for _ in range(4):
            wish = {name: made.get(name, "n") for name in chance.sample(logical, 3)}
            assert Reachability(tree, wish).is_reachable(wish), wish


def test_random_answers_reach_nothing_that_is_not_listed(kernel_conf: Conf) -> None:
    chance = Random(6)  # noqa: S311 # as above
    tree = kernel_conf.tree
    listed = {tuple(one.values.values()) for one in combinations(tree, SYMBOLS).combinations if one.reachable}
    around = [*SYMBOLS, "EXPERT", "KASAN", "MMU", "COMPACTION", "ARM64_64K_PAGES", "ACPI", "DEBUG_KERNEL"]
    seen = set()
    for _ in range(3000):
        answers = {name: chance.choice(possible_values(tree, name)) for name in around}
        evaluation = Evaluation(tree, answers)
        seen.add(tuple(evaluation.value(name) for name in SYMBOLS))
    assert seen <= listed
    assert len(seen) > 40


def test_with_the_rest_fixed_the_answers_of_the_file_hold(kernel_conf: Conf) -> None:
    base = _debian(kernel_conf)
    tree = kernel_conf.tree
    names = SYMBOLS[:6] if tree.release.series == (6, 1) else SYMBOLS[2:]  # each symbol in one tree at least
    space = combinations(tree, names, base=base)
    asked = [name for name in names if tree.has_prompt(name)]
    rest = {name: value for name, value in base.items() if name not in asked}
    expected = set()
    for values in product(*(possible_values(tree, name) for name in asked)):
        evaluation = Evaluation(tree, {**rest, **dict(zip(asked, values, strict=True))})
        expected.add(tuple(evaluation.value(name) for name in names))
    assert {tuple(one.values.values()) for one in space.combinations if one.reachable} == expected
    assert 1 < len(expected) < 64
    for one in space.combinations:
        assert one.reachable or one.core or one.correction_set


@pytest.mark.parametrize("wish", WISHES, ids=lambda wish: " ".join(f"{k}={v}" for k, v in wish.items()))
def test_conf_confirms_the_smallest_fix(kernel_conf: Conf, wish: dict[str, str]) -> None:
    base, tree = _debian(kernel_conf), kernel_conf.tree
    fix = minimum_correction_set(Evaluation(tree, base), wish)
    assert fix is not None
    assert fix.is_minimum
    answers = {change.symbol: change.after for change in fix.changes}
    kept = {name: value for name, value in base.items() if name not in answers}
    made = kernel_conf.olddefconfig(config_fragment(tree, kept) + config_fragment(tree, answers))
    assert {name: made.get(name, "n") for name in wish} == wish
    pins = pins_beside(Evaluation(tree, base), fix, wish)
    lines = [config_fragment(tree, part) for part in (kept, answers, pins.answers)]
    was, made = (
        kernel_conf.olddefconfig(config_fragment(tree, base)),
        kernel_conf.olddefconfig("".join(lines)),
    )
    changed = {name for name in {*was, *made} if was.get(name, "n") != made.get(name, "n")}
    assert {name for name in changed if tree.is_logical(name)} <= {*answers, *wish, *pins.unpinned}
    for change in fix.changes:  # none of them is idle
        fewer = {name: value for name, value in answers.items() if name != change.symbol}
        evaluation = Evaluation(tree, {**kept, change.symbol: base.get(change.symbol, "n"), **fewer})
        assert any(evaluation.value(name) != value for name, value in wish.items())
