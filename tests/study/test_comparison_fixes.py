# SPDX-License-Identifier: GPL-2.0-or-later
"""The fixes of a comparison are given to Kconfig and booted again."""

from explorer.boot import KernelConfig, Verdict, simulate
from explorer.configuration import Evaluation, load_fragment, parse_patch, patched_tree
from explorer.machine import all_shipped_maps
from explorer.study.kernel_comparison import ComparisonStage, KernelComparison, compare_kernels
from explorer.study.tree_kernel import kernel_of_tree
from explorer.version import KernelVersion
from tests.commandline import DATA

PATCH = DATA / "patches" / "holes-in-zone-without-numa.patch"
MAPS = all_shipped_maps()


def between(before: str, after: str) -> KernelComparison:
    older, newer = (load_fragment(KernelVersion.parse(release)) for release in (before, after))
    return compare_kernels(older, newer, MAPS)


def assert_fixed(comparison: KernelComparison) -> int:
    """Boots the newer kernel with the changes of each fix; returns how many were booted."""
    booted = 0
    for case, fix in zip(comparison.comparisons, comparison.fixes, strict=True):
        struck = [boot.memory_map for boot in case.after.boots if boot.verdict is Verdict.UNSAFE]
        assert (fix is not None) == bool(struck)
        if fix is None or fix.changes is None:
            continue
        values = Evaluation(comparison.after, {**case.after.answers, **fix.changes}).values()
        assert all(values[name] == value for name, value in fix.changes.items())
        config = KernelConfig.of(kernel_of_tree(comparison.after), values)
        booted += len(struck)
        for memory_map in struck:
            assert simulate(config, memory_map).verdict is Verdict.SAFE
    return booted


def test_the_answers_of_a_fix_make_the_kernel_safe_on_every_map() -> None:
    assert assert_fixed(between("4.14", "4.16")) > 40
    assert assert_fixed(between("4.17", "4.19")) > 3


def test_a_patched_kernel_has_no_later_release() -> None:
    tree = load_fragment(KernelVersion.parse("4.17"))
    patched = patched_tree(tree, parse_patch(PATCH.read_bytes(), PATCH.name)).tree
    stages: list[ComparisonStage] = []
    comparison = compare_kernels(tree, patched, MAPS, told=lambda stage, *_: stages.append(stage))
    fixes = [fix for fix in comparison.fixes if fix]
    assert fixes
    assert all(fix.later is None for fix in fixes)
    assert {fix.later and str(fix.later.release) for fix in between("4.17", "4.19").fixes if fix} == {"5.13"}
    assert list(dict.fromkeys(stages)) == list(ComparisonStage)
    assert stages.count(ComparisonStage.BOOTS) == 6
