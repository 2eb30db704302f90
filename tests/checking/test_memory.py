# SPDX-License-Identifier: GPL-2.0-or-later
"""Findings about memory initialisation."""

import pytest

import explorer
from explorer.narrative.finding_narrative import finding_steps
from tests.checking.judging import HEADER_4_17, fix_of, judged_as_4_17, listed, message_of, only, text_config


def test_an_unreachable_combination_is_a_finding_at_its_line_with_the_computed_value() -> None:
    checked = judged_as_4_17("# CONFIG_NUMA is not set\nCONFIG_HOLES_IN_ZONE=y\n")
    (finding,) = [finding for finding in checked.findings if finding.id == "unreachable"]
    assert finding.line == 4
    fix = fix_of(checked.tree, finding)
    assert fix.words.startswith("write the value that Kconfig computes: HOLES_IN_ZONE=n; or give")
    fixed = judged_as_4_17(f"# CONFIG_NUMA is not set\n{fix.fragment}")
    assert [finding.id for finding in fixed.findings] == ["unsafe"]


@pytest.mark.parametrize(
    ("release", "holes", "otherwise"),
    [
        # a stable release before and after its series took f52bb98f5ade; a series that never did
        ("4.14.68", "CONFIG_HOLES_IN_ZONE=y", 'with_changes="f52bb98f5ade" if this kernel has'),
        ("4.14.69", "# CONFIG_HOLES_IN_ZONE is not set", 'without_changes="f52bb98f5ade" if'),
        ("4.19.1", "# CONFIG_HOLES_IN_ZONE is not set", ""),
        ("4.17.19", "CONFIG_HOLES_IN_ZONE=y", 'with_changes="f52bb98f5ade" if this kernel has'),
        ("4.14.69", "CONFIG_HOLES_IN_ZONE=y", None),
    ],
)
def test_a_commit_that_the_kernel_may_have_is_named(release: str, holes: str, otherwise: str | None) -> None:
    header = f"# Linux/arm64 {release} Kernel Configuration\nCONFIG_ARM64=y\n# CONFIG_NUMA is not set\n"
    checked = explorer.check(text_config(header + holes), machines=["flat"])
    found = [finding for finding in checked.findings if finding.id == "unreachable"]
    assert len(found) == (otherwise is not None)
    for finding in found:
        words = fix_of(checked.tree, finding).words
        assert f"; or give {otherwise}" in words if otherwise else "; or" not in words


def test_a_series_that_is_named_for_one_of_its_stable_releases_is_doubted() -> None:
    text = "# Linux/arm64 4.14.195 Kernel Configuration\nCONFIG_ARM64=y\n# CONFIG_NUMA is not set\n"
    config = text_config(text + "CONFIG_HOLES_IN_ZONE=y\n")
    checked = explorer.check(config, machines=["flat"], kernel="4.14")
    (finding,) = [finding for finding in checked.findings if finding.id == "unreachable"]
    assert "kernel 4.14.195, which the header names" in fix_of(checked.tree, finding).words


def test_an_unsafe_kernel_comes_with_its_steps_and_both_fixes() -> None:
    config = text_config(HEADER_4_17 + "# CONFIG_NUMA is not set\n")
    checked = explorer.check(config, machines=["nomap-mid", "flat", "nomap-end"])
    assert [finding.memory_map for finding in checked.findings] == ["nomap-mid", "nomap-end"]
    for finding in checked.findings:
        assert (finding.id, finding.symbol, finding.line) == ("unsafe", "NUMA", 3)
        message, fix = message_of(checked.tree, finding), fix_of(checked.tree, finding)
        assert message.startswith("may die: __free_one_page() reads the struct page of pfn 0x44")
        assert [step.partition(":")[0] for step in finding_steps(finding)][:2] == ["memblock", "memmap"]
        assert "set NUMA=y, or apply holes_in_zone_always (f52bb98f5ade)" in fix.words
        fixed = text_config(HEADER_4_17 + fix.fragment)
        assert listed(explorer.check(fixed, machines=["nomap-mid", "flat", "nomap-end"])) == []


def test_known_changes_are_the_fix_if_no_answer_makes_the_kernel_safe() -> None:
    text = "# Linux/arm64 5.14.0 Kernel Configuration\nCONFIG_ARM64=y\n"
    checked = explorer.check(text_config(text), machines=["rm-start"])
    fix = fix_of(checked.tree, only(checked))
    assert fix.fragment == ""
    assert fix.words.startswith("apply generic_pfn_valid")
