# SPDX-License-Identifier: GPL-2.0-or-later
"""The configuration that is built from files which Kconfig does not keep."""

import pytest

import explorer
from explorer.narrative.fix_narrative import FixNarrative
from tests.checking.judging import fix_of, judged_as_4_17, only, text_config


def test_an_invalid_value_makes_nothing_unreachable() -> None:
    checked = judged_as_4_17("CONFIG_NUMA=banana\nCONFIG_HOLES_IN_ZONE=y\n")
    kconfig = [finding for finding in checked.findings if finding.id != "unsafe"]
    assert [(finding.id, finding.symbol, finding.follows_from) for finding in kconfig] == [
        ("wrong-type", "NUMA", ()),
        ("overridden", "HOLES_IN_ZONE", ("NUMA",)),
    ]
    assert (checked.reachable, checked.verdict) == (True, "unsafe")
    assert checked.combination.values == checked.becomes.values
    assert checked.becomes.values["HOLES_IN_ZONE"] == "n"


def test_the_kernel_of_an_unreachable_file_is_the_one_that_kconfig_computes() -> None:
    checked = judged_as_4_17("# CONFIG_NUMA is not set\nCONFIG_HOLES_IN_ZONE=y\n")
    assert (checked.verdict, checked.combination.values["HOLES_IN_ZONE"]) == ("unreachable", "y")
    assert checked.becomes.values["HOLES_IN_ZONE"] == "n"
    assert [finding.memory_map for finding in checked.findings if finding.id == "unsafe"] == ["nomap-mid"]


@pytest.mark.parametrize("name", ["HOLES_IN_ZONE", "HAVE_ARCH_PFN_VALID", "ARCH_HAS_HOLES_MEMORYMODEL"])
def test_a_symbol_that_a_release_lacks_is_not_built_into_its_kernel(name: str) -> None:
    text = "# Linux/arm64 6.12.0 Kernel Configuration\nCONFIG_ARM64=y\nCONFIG_NUMA=y\n"
    checked = explorer.check(text_config(f"{text}CONFIG_{name}=y\n"), machines=["flat"])
    finding = only(checked)
    assert (checked.verdict, finding.id, finding.line) == ("unreachable", "unreachable", 4)
    assert (checked.combination.values[name], checked.becomes.values[name]) == ("y", "n")
    assert fix_of(checked.tree, finding) == FixNarrative(f"delete the line of {name}", "")
