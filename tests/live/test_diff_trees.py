# SPDX-License-Identifier: GPL-2.0-or-later
"""Real trees compared and patched; the patches are made from the trees themselves."""

import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest

from explorer.configuration import Tree, load_tree, parse_patch, patched_tree
from explorer.machine import all_shipped_maps
from explorer.study.kernel_comparison import Gate, KernelComparison, compare_kernels
from tests.live.debian import Unavailable, source_tree

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(not shutil.which("git"), reason="git is not installed: it makes the patches"),
]

ACPI_NUMA = "drivers/acpi/numa/Kconfig"
ARM64 = "arch/arm64/Kconfig"


@cache
def folder(series: str) -> Path:
    return source_tree(series, "*/Kconfig*", "*/Makefile", "*/scripts/*")


@cache
def tree(series: str) -> Tree:
    try:
        return load_tree(folder(series))
    except Unavailable as reason:
        pytest.skip(f"no kernel source here: {reason}")


def properties(found: KernelComparison, symbol: str) -> set[tuple[str, str, str]]:
    change = next(item for item in found.definitions.changed if item.symbol == symbol)
    return {
        (one.kind, one.before.text if one.before else "", one.after.text if one.after else "")
        for one in change.properties
    }


def patch_between(tmp_path: Path, name: str, before: str, after: str) -> str:
    """The diff that git makes of one file."""
    for side, text in (("a", before), ("b", after)):
        path = tmp_path / side / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    command = ["git", "diff", "--no-index", "--no-prefix", f"a/{name}", f"b/{name}"]
    return subprocess.run(command, cwd=tmp_path, capture_output=True, check=False, text=True).stdout


def test_two_real_trees_differ_as_their_sources_do() -> None:
    found = compare_kernels(tree("6.1"), tree("6.12"), all_shipped_maps())
    assert properties(found, "NUMA") == {("select", "ACPI_NUMA if ACPI", "")}
    assert ("default", "14 if ARM64_64K_PAGES", "13 if ARM64_64K_PAGES") in properties(
        found, "ARCH_FORCE_MAX_ORDER"
    )
    assert min(map(len, found.definitions.elsewhere)) > 100
    assert not found.became_reachable
    assert not found.became_unreachable
    assert found.gate is Gate.PASSED


def test_a_file_patched_from_one_release_to_another_says_what_the_other_says(tmp_path: Path) -> None:
    """The patch that removed the prompt of ACPI_NUMA, applied to the older tree."""
    old = tree("6.1")
    texts = [(folder(series) / ACPI_NUMA).read_text() for series in ("6.1", "6.12")]
    arm64 = (folder("6.1") / ARM64).read_text()
    patch = patch_between(tmp_path, ACPI_NUMA, *texts)
    patch += patch_between(tmp_path, ARM64, arm64, arm64.replace("\tselect ACPI_NUMA if ACPI\n", ""))
    patched = patched_tree(old, parse_patch(patch.encode(), "patch"))
    found = compare_kernels(old, patched.tree, all_shipped_maps(), everything=True)
    assert set(patched.hunks) == {ACPI_NUMA, ARM64}
    assert {item.symbol for item in found.definitions.changed} == {"ACPI_NUMA", "NUMA"}
    ours, theirs = (
        properties(each, "ACPI_NUMA")
        for each in (found, compare_kernels(old, tree("6.12"), all_shipped_maps()[:1], everything=True))
    )
    assert ours == theirs
    assert found.gate is Gate.PASSED


def test_a_patch_that_brings_a_memory_model_back_shows_new_configurations(tmp_path: Path) -> None:
    """Without vmemmap's select, classic SPARSEMEM can be had again: new, and safe on every map by then."""
    arm64 = (folder("6.1") / ARM64).read_text()
    changed = arm64.replace("\tselect SPARSEMEM_VMEMMAP\n", "", 1)
    patch = patch_between(tmp_path, ARM64, arm64, changed)
    patched = patched_tree(tree("6.1"), parse_patch(patch.encode(), "patch"))
    found = compare_kernels(tree("6.1"), patched.tree, all_shipped_maps())
    new = [case for case in found.comparisons if not case.before.keeps_answers]
    assert {str(case.after.kernel_config.memory_model) for case in new} == {"SPARSEMEM"}
    assert found.gate is Gate.PASSED
