# SPDX-License-Identifier: GPL-2.0-or-later
"""Known changes applied to releases: their Kconfig, their boots, and the fewest that make a kernel safe."""

import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from explorer.boot import CHANGES, Kernel, KernelConfig, Verdict, simulate
from explorer.configuration import Tree, combinations, complete, load_fragment, load_tree
from explorer.errors import InputError
from explorer.machine import MemoryMap, Region, all_shipped_maps, shipped_map
from explorer.resources import data_folder
from explorer.study.backport import smallest_backports
from explorer.study.change_switching import switching_of, values_after_switching, with_changes_switched
from explorer.study.matrix import FOUR
from explorer.version import KernelVersion


def fragment(release: str) -> Tree:
    return load_fragment(KernelVersion.parse(release))


def reachable(tree: Tree) -> list[str]:
    return [
        "".join(combination.values.values())
        for combination in combinations(tree, FOUR).combinations
        if combination.reachable
    ]


def configured(tree: Tree, four: str, **context: str) -> dict[str, str]:
    values = dict(zip(FOUR, four, strict=True))
    return dict(complete(tree, context, values, absent=FOUR).values)


@pytest.mark.parametrize(
    ("release", "on", "off", "like"),
    [
        ("4.10", ["6d526ee26ccd"], [], "4.11"),
        ("4.18", ["f52bb98f5ade", "8a695a5873e5"], [], "4.20"),
        ("4.14", ["f52bb98f5ade", "8a695a5873e5"], [], "4.20"),
        ("5.0", [], ["f52bb98f5ade"], None),
        ("5.12", ["16c9afc77660", "a7d9f306ba70"], [], "5.14-rc5"),
        ("5.12", ["3eb9cdffb397", "a7d9f306ba70"], [], "5.14"),
        ("5.14", ["3de360c3fdb3"], [], "5.15.100"),
        ("6.1", [], ["a9c38c5d267c"], "5.15"),
    ],
)
def test_kconfig_reaches_what_the_release_with_the_change_reaches(
    release: str, on: list[str], off: list[str], like: str | None
) -> None:
    _, tree = with_changes_switched(fragment(release), on, off)
    expected = reachable(fragment(like)) if like else ["nnyn", "yyyn"]
    assert reachable(tree) == expected


def test_lines_keep_their_numbers_and_say_what_stands_there_now() -> None:
    before = fragment("4.14")
    _, after = with_changes_switched(before, ["f52bb98f5ade"])
    old, new = list(before.statements("HOLES_IN_ZONE")), list(after.statements("HOLES_IN_ZONE"))
    assert [line.text for line in new] == ["config HOLES_IN_ZONE", "def_bool y"]
    assert [line.line for line in new] == [line.line for line in old[:2]]
    assert list(before.statements("NUMA")) == list(after.statements("NUMA"))
    assert before.files() != after.files()


def test_a_checkout_is_changed_where_the_architecture_defines_the_symbol(tmp_path: Path) -> None:
    (tmp_path / "arch/arm64").mkdir(parents=True)
    (tmp_path / "Makefile").write_text("VERSION = 4\nPATCHLEVEL = 14\nSUBLEVEL = 5\n")
    text = (data_folder("kconfig") / "4.13-4.14.68" / "Kconfig").read_text()
    (tmp_path / "arch/arm64/Kconfig").write_text(text)
    (tmp_path / "Kconfig").write_text('source "arch/arm64/Kconfig"\n\nconfig HOLES_IN_ZONE\n\tbool\n')
    before = load_tree(tmp_path)
    _, after = with_changes_switched(before, ["f52bb98f5ade"])
    assert reachable(before) == ["nnyy", "yyyy"]
    assert reachable(after) == ["nyyy", "yyyy"]
    assert reachable(load_tree(tmp_path)) == ["nnyy", "yyyy"]


def test_a_configuration_follows_the_definitions_and_keeps_the_rest() -> None:
    tree = fragment("4.14")
    values = configured(tree, "nnyy", DEBUG_VM="y") | {"SOME_DRIVER": "m"}
    kernel, changed = with_changes_switched(tree, ["f52bb98f5ade"])
    switched = values_after_switching(changed, values, kernel)
    assert switched == values | {"HOLES_IN_ZONE": "y"}


@pytest.mark.parametrize(("release", "four"), [("4.16", "nnyy"), ("4.17", "nnyy"), ("4.18", "nnyy")])
def test_the_fix_of_2018_is_found_for_the_releases_that_it_was_written_for(release: str, four: str) -> None:
    tree = fragment(release)
    values = configured(tree, four, DEBUG_VM="y")
    backports = smallest_backports(tree, Kernel.of(tree.release), values, all_shipped_maps())
    assert [[change.commits[0].id for change in fix.changes] for fix in backports.fixes] == [["f52bb98f5ade"]]
    assert backports.largest == 1


@pytest.mark.parametrize("release", ["5.14", "5.15.16"])
def test_the_fix_of_5_16_is_found_for_the_releases_that_lack_it(release: str) -> None:
    tree = fragment(release)
    values = configured(tree, "ynyn", DEBUG_VM="y")
    backports = smallest_backports(tree, Kernel.of(tree.release), values, all_shipped_maps())
    assert [[change.commits[-1].id for change in fix.changes] for fix in backports.fixes] == [
        ["3de360c3fdb3"]
    ]
    assert backports.fixes[0].changes[0].beside


def test_every_fix_is_proven_by_boots_and_no_part_of_it_is_enough() -> None:
    tree = fragment("4.17")
    values = configured(tree, "nnyy", ARM64_64K_PAGES="y", SPARSEMEM_VMEMMAP="n", DEBUG_VM="y")
    machines = [shipped_map("nomap-mid"), shipped_map("two-banks"), shipped_map("rm-start")]
    kernel = Kernel.of(tree.release)
    backports = smallest_backports(tree, kernel, values, machines)
    for fix in backports.fixes:
        assert [boot.verdict for boot in fix.boots] == [Verdict.SAFE] * 3
        assert len(fix.changes) == backports.largest
        switched, changed = with_changes_switched(tree, [change.name for change in fix.changes])
        kernel_config = KernelConfig.of(switched, values_after_switching(changed, values, switched))
        assert {simulate(kernel_config, machine).verdict for machine in machines} == {Verdict.SAFE}


def test_a_safe_configuration_needs_no_fix_and_a_hopeless_one_has_none() -> None:
    tree = fragment("6.12")
    values = configured(tree, "ynnn")
    backports = smallest_backports(tree, Kernel.of(tree.release), values, all_shipped_maps())
    assert [fix.changes for fix in backports.fixes] == [()]
    hopeless = configured(fragment("6.12"), "ynnn") | {"HAVE_ARCH_PFN_VALID": "y"}
    none = smallest_backports(tree, Kernel.of(tree.release), hopeless, all_shipped_maps())
    assert none.fixes == ()


def test_reverting_a_fix_shows_what_it_was_for() -> None:
    tree = fragment("4.19")
    kernel, changed = with_changes_switched(tree, without_changes=["f52bb98f5ade"])
    values = configured(changed, "nnyy", DEBUG_VM="y")
    kernel_config = KernelConfig.of(kernel, values)
    assert simulate(kernel_config, shipped_map("nomap-mid")).verdict is Verdict.UNSAFE
    backports = smallest_backports(changed, kernel, values, [shipped_map("nomap-mid")])
    assert all(change.name != "holes_in_zone_always" for fix in backports.fixes for change in fix.changes)


def test_a_change_that_no_release_knows_is_refused() -> None:
    with pytest.raises(InputError, match="no change that is described"):
        with_changes_switched(fragment("4.14"), ["123456789abc"])


def test_a_set_of_two_is_found_where_neither_is_enough() -> None:
    """5.12 leaves deferred NOMAP as it was; reserving NOMAP helps where pfn_valid() accepts it."""
    tree = fragment("5.12")
    values = configured(tree, "ynyy", DEFERRED_STRUCT_PAGE_INIT="y", DEBUG_VM="y")
    classic = values | {"SPARSEMEM_VMEMMAP": "n"}
    nomap = Region(0x8010_0000, 1 << 20, nomap=True)
    memory = (Region(1 << 30, nomap.base - (1 << 30)), nomap, Region(nomap.end, 1 << 30))
    machines = [MemoryMap("deferred", memory)]
    backports = smallest_backports(tree, Kernel.of(tree.release), classic, machines)
    assert [[change.commits[0].id for change in fix.changes] for fix in backports.fixes] == [
        ["9092d4f7a1f8", "16c9afc77660"],
        ["9092d4f7a1f8", "3eb9cdffb397"],
    ]
    assert backports.largest == 2
    none = smallest_backports(tree, Kernel.of(tree.release), classic, machines, most=1)
    assert (none.fixes, none.largest) == ((), 1)
    assert none.tried < backports.tried


def _by_boots_alone(
    tree: Tree, values: Mapping[str, str], machines: Sequence[MemoryMap], size: int
) -> list[tuple[str, ...]]:
    """Every set of later changes of a size that makes a configuration safe; each set is booted."""
    found = []
    for chosen in itertools.combinations(sorted(CHANGES, key=lambda change: change.mainline), size):
        try:
            switched, changed = with_changes_switched(tree, [change.name for change in chosen])
        except InputError:
            continue
        new = tuple(change.name for change in switching_of(switched).added)
        if len(new) == size:
            config = KernelConfig.of(switched, values_after_switching(changed, values, switched))
            if all(simulate(config, machine).verdict is Verdict.SAFE for machine in machines):
                found.append(new)
    return found


def test_what_no_boot_refutes_is_exactly_what_every_boot_finds() -> None:
    tree = fragment("5.10")
    values = configured(tree, "nnyy", SPARSEMEM_VMEMMAP="n", DEBUG_VM="y")
    machines = [shipped_map(name) for name in ("nomap-mid", "two-banks", "rm-start4", "dma32-edge")]
    kernel = Kernel.of(tree.release)
    found = smallest_backports(tree, kernel, values, machines)
    sets = [tuple(change.name for change in fix.changes) for fix in found.fixes]
    assert sets
    assert sets == _by_boots_alone(tree, values, machines, found.largest)
    assert all(_by_boots_alone(tree, values, machines, size) == [] for size in range(found.largest))
