# SPDX-License-Identifier: GPL-2.0-or-later
import pytest

from explorer.configuration import load_fragment
from explorer.study.matrix import FOUR
from explorer.study.variants import open_variants
from explorer.version import KernelVersion


def models(release: str, **fixed: str) -> set[str]:
    tree = load_fragment(KernelVersion.parse(release))
    names = ("FLATMEM", "SPARSEMEM_VMEMMAP", "SPARSEMEM")
    return {
        next(name for name in names if variant.settings.get(name) == "y")
        for variant in open_variants(tree, fixed, FOUR)
    }


@pytest.mark.parametrize(
    ("release", "expected"),
    [
        ("4.17", {"SPARSEMEM", "SPARSEMEM_VMEMMAP"}),
        ("4.19", {"SPARSEMEM", "SPARSEMEM_VMEMMAP", "FLATMEM"}),
        ("6.1", {"SPARSEMEM_VMEMMAP"}),
    ],
)
def test_the_memory_models_of_each_era_are_found(release: str, expected: set[str]) -> None:
    assert models(release) == expected


def test_what_is_fixed_stays_and_holds_everywhere() -> None:
    tree = load_fragment(KernelVersion.parse("4.17"))
    variants = open_variants(tree, {"DEBUG_VM": "y"}, FOUR)
    assert len(variants) == 6
    assert all(variant.settings["DEBUG_VM"] == "y" for variant in variants)
    whole = {"DEBUG_VM": "y", "ARM64_64K_PAGES": "y", "SPARSEMEM_VMEMMAP": "y"}
    assert open_variants(tree, whole, FOUR) == ()
