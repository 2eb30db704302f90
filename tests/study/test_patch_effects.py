# SPDX-License-Identifier: GPL-2.0-or-later
"""A patch shows what it touches, with what it does; the answers that show it are given to kconfiglib."""

from difflib import unified_diff
from pathlib import Path

import pytest

from explorer.configuration import Evaluation, Tree, load_tree, parse_patch, patched_tree
from explorer.document.diff import difference_json
from explorer.machine import all_shipped_maps
from explorer.study.kernel_comparison import KernelComparison, compare_kernels
from tests.configuration.trees import tree_at

BEFORE = """
config MODULES
	bool "modules"
	modules
config EXPERT
	bool "expert"
config NUMA
	bool "numa"
	help
	Say y.
config DRIVER
	tristate "driver"
	depends on NUMA
config BUS
	tristate "bus"
config SHIFT
	int "shift" if EXPERT
	range 1 10
	default 2
	depends on NUMA
if EXPERT
config INSIDE
	bool "inside"
	default y
endif
choice
	prompt "allocator"
	default FIRST
config FIRST
	bool "first"
config SECOND
	bool "second"
endchoice
"""

FLAT = [machine for machine in all_shipped_maps() if machine.name == "flat"]


def compared(tmp_path: Path, old: str, new: str) -> KernelComparison:
    assert old in BEFORE
    before = BEFORE.splitlines(keepends=True)
    after = BEFORE.replace(old, new, 1).splitlines(keepends=True)
    tree = load_tree(tree_at(tmp_path, BEFORE))
    patch = "".join(unified_diff(before, after, "a/Kconfig", "b/Kconfig"))
    patched = patched_tree(tree, parse_patch(patch.encode(), "x.diff"))
    return compare_kernels(tree, patched.tree, FLAT, names=["NUMA"])


def value(tree: Tree, symbol: str, answers: dict[str, str]) -> str:
    return Evaluation(tree, answers).value(symbol)


# old, new, the symbols touched, the symbol whose value differs, its value before and after
PATCHES = {
    "a default that moves": ("default 2\n", "default 4\n", {"SHIFT"}, "SHIFT", ("2", "4")),
    "a range": ("range 1 10", "range 1 8", {"SHIFT"}, "SHIFT", ("10", "2")),
    "a default behind EXPERT": (
        "default 2\n", "default 7 if EXPERT\n	default 2\n", {"SHIFT"}, "SHIFT", ("2", "7"),
    ),
    "a default inside EXPERT": ("default y\n", "default n\n", {"INSIDE"}, "INSIDE", ("y", "n")),
    "a select": (
        "	depends on NUMA\nconfig BUS",
        "	depends on NUMA\n	select BUS\nconfig BUS",
        {"DRIVER"}, "BUS", ("n", "y"),
    ),
    "an imply": (
        "	depends on NUMA\nconfig BUS",
        "	depends on NUMA\n	imply BUS\nconfig BUS",
        {"DRIVER"}, "BUS", ("n", "y"),
    ),
    "a dependency removed": ("	depends on NUMA\nconfig BUS", "config BUS", {"DRIVER"}, "DRIVER", ("n", "y")),
    "a definition removed": ('config BUS\n	tristate "bus"\n', "", {"BUS"}, "BUS", ("y", "n")),
    "a definition added": ("config BUS", "config NEW\n	def_bool y\nconfig BUS", {"NEW"}, "NEW", ("n", "y")),
    "the default of a choice": (
        "default FIRST", "default SECOND", {"FIRST", "SECOND"}, "SECOND", ("n", "y"),
    ),
    "an if around": ("\nif EXPERT\n", "\nif EXPERT && NUMA\n", {"INSIDE"}, "INSIDE", ("y", "n")),
}  # fmt: skip


@pytest.mark.parametrize("patch", PATCHES.values(), ids=PATCHES)
def test_a_patch_shows_what_it_touches_and_answers_that_show_it(
    patch: tuple[str, str, set[str], str, tuple[str, str]], tmp_path: Path
) -> None:
    old, new, touched, symbol, shown = patch
    comparison = compared(tmp_path, old, new)
    assert set(comparison.touched) == touched
    listed = comparison.definitions
    names = {item.symbol for item in (*listed.added, *listed.removed)}
    names |= {item.symbol for item in listed.changed}
    assert touched <= names
    effect = next(effect for effect in comparison.effects if effect.symbol == symbol)
    assert effect.shown == shown
    answers = dict(effect.answers or {})
    assert (value(comparison.before, symbol, answers), value(comparison.after, symbol, answers)) == shown
    case = next(case for case in comparison.comparisons if dict(case.before.answers) == answers)
    assert case.moved[symbol] == shown


@pytest.mark.parametrize(
    ("old", "new", "touched", "kinds"),
    [
        ('bool "numa"', 'bool "NUMA"', {"NUMA"}, ["prompt"]),
        ("Say y.", "Say n.", {"NUMA"}, ["help"]),
        (
            '	tristate "driver"\n	depends on NUMA\nconfig BUS',
            '	depends on NUMA\n	tristate "driver"\nconfig BUS',
            {"DRIVER"},
            [],
        ),
        (
            'config DRIVER\n	tristate "driver"\n	depends on NUMA\n',
            'if NUMA\nconfig DRIVER\n	tristate "driver"\nendif\n',
            {"DRIVER"},
            [],
        ),
        ('prompt "allocator"', 'prompt "allocators"', {"FIRST", "SECOND"}, ["choice", "choice"]),
    ],
)
def test_a_patch_of_texts_changes_no_configuration(
    old: str, new: str, touched: set[str], kinds: list[str], tmp_path: Path
) -> None:
    comparison = compared(tmp_path, old, new)
    assert comparison.texts_only
    assert set(comparison.touched) == touched
    assert [part.kind for change in comparison.definitions.changed for part in change.properties] == kinds
    assert comparison.effects == ()
    assert not any(case.moved for case in comparison.comparisons)


def test_members_in_another_order_are_no_texts(tmp_path: Path) -> None:
    members = 'config FIRST\n	bool "first"\nconfig SECOND\n	bool "second"\n'
    swapped = 'config SECOND\n	bool "second"\nconfig FIRST\n	bool "first"\n'
    assert not compared(tmp_path, members, swapped).texts_only


def test_reachable_values_are_those_before_and_after(tmp_path: Path) -> None:
    comparison = compared(tmp_path, "range 1 10", "range 1 8")
    effect = comparison.effects[0]
    assert effect.before is not None
    assert effect.after is not None
    assert set(effect.before.reachable) == {"1", "8", "10"}
    assert set(effect.after.reachable) == {"1", "8"}


def test_numbers_that_move_are_in_the_document(tmp_path: Path) -> None:
    document = difference_json(compared(tmp_path, "default 2\n", "default 4\n"))
    moved = [case["moved"] for case in document["cases"]]
    assert {"SHIFT": {"before": "2", "after": "4"}} in moved
    assert document["touched"] == ["SHIFT"]


def test_a_new_dependency_of_many_symbols_is_shown_for_each(tmp_path: Path) -> None:
    drivers = [f"DRIVER_{number}" for number in range(30)]
    old = BEFORE + "".join(f'config {name}\n\tbool "{name}"\n\tdepends on NUMA\n' for name in drivers)
    new = old.replace('"\n\tdepends on NUMA\n', '"\n\tdepends on NUMA && EXPERT\n')
    before, after = (text.splitlines(keepends=True) for text in (old, new))
    patch = "".join(unified_diff(before, after, "a/Kconfig", "b/Kconfig"))
    tree = load_tree(tree_at(tmp_path, old))
    patched = patched_tree(tree, parse_patch(patch.encode(), "x.diff")).tree
    comparison = compare_kernels(tree, patched, FLAT, names=["NUMA"])
    shown = {effect.symbol: effect for effect in comparison.effects if effect.answers is not None}
    assert set(drivers) <= set(shown)
    for name in drivers:
        assert shown[name].shown == ("y", "n")
        assert dict(shown[name].answers or {}) == {"NUMA": "y", name: "y"}
