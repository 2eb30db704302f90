# SPDX-License-Identifier: GPL-2.0-or-later
"""The narrative of a boot and of its faults agrees with the states of the boot."""

import re
from dataclasses import replace

import pytest

from explorer.boot import Boot, Kernel, KernelConfig, RamFill, simulate
from explorer.boot.memmap_rules import PageContent
from explorer.boot.walkers import WALKERS
from explorer.configuration import complete, load_fragment
from explorer.machine import MemoryMap, Region, all_shipped_maps, shipped_map
from explorer.narrative.boot_narrative import boot_stages
from explorer.narrative.fault_narrative import fault_headline, fault_reason, fault_steps
from explorer.study.matrix import FOUR
from explorer.version import KernelVersion

RESERVED = ", which zeroes only reserved ranges outside memory"
SKIPS = ", which skips pageblocks whose first pfn pfn_valid() refuses"
FLATMEM = {"NUMA": "n", "FLATMEM": "y", "SPARSEMEM": "n", "FLATMEM_MANUAL": "y"}


def booted(release: str, name: str, values: str = "", **context: str) -> Boot:
    version = KernelVersion.parse(release)
    four = dict(zip(FOUR, values, strict=True)) if values else {}
    completion = complete(load_fragment(version), context, four, absent=FOUR)
    return simulate(KernelConfig.of(Kernel.of(version), completion.values), shipped_map(name))


def decided(boot: Boot) -> dict[str, str]:
    return {stage.name: stage.decided for stage in boot_stages(boot)}


@pytest.mark.parametrize("release", ["4.10", "4.17", "4.19", "5.4", "5.7", "5.10", "5.12", "5.14", "6.12"])
def test_visited_and_left_out_pages_add_up_to_the_memmap(release: str) -> None:
    for memory_map in all_shipped_maps():
        stages = decided(booted(release, memory_map.name))
        numbers = re.findall(
            r"(\d+) (?:map|nomap|hole)", stages["struct pages"] + " " + stages.get("left out", "")
        )
        assert f"{sum(map(int, numbers))} struct pages" in stages["sections"]


def test_numbers_of_the_seed_kernel() -> None:
    stages = decided(booted("4.17", "nomap-mid", "nnyy", DEBUG_VM="y"))
    assert stages["memblock"].startswith("3 regions of memory, 134217728 bytes, 65536 of them nomap")
    assert "262144 struct pages, 16777216 bytes of memmap" in stages["sections"]
    assert "0xff" in stages["memmap"]
    assert "pfn_valid_within() is always true" in stages["pfn_valid"]


@pytest.mark.parametrize(
    ("release", "context", "rule", "state"),
    [
        ("4.14", {"NUMA": "n"}, "no second pass in this version", "zero"),
        ("4.17", {"NUMA": "n"}, "zero_resv_unavail() runs only with NUMA", "stale"),
        ("5.7", {"NUMA": "n"}, "init_unavailable_mem() runs only with NUMA", "stale"),
        ("4.17", {"NUMA": "y"}, f"zero_resv_unavail(){RESERVED}", "stale"),
        ("5.4", {"NUMA": "y"}, f"zero_resv_unavail(){SKIPS}", "zero"),
        ("5.7", {"NUMA": "y"}, f"init_unavailable_mem(){SKIPS}", "node 0 zone 0 reserved"),
        ("5.10", {"NUMA": "n"}, f"init_unavailable_mem(){SKIPS}", "node 0 zone 0 reserved"),
        ("5.10", FLATMEM, "init_unavailable_mem() initialises nothing with FLATMEM", "zero"),
        ("5.12", {"NUMA": "n"}, f"init_unavailable_range(){SKIPS}", "node 0 zone 0 reserved"),
        ("5.12", FLATMEM, "init_unavailable_range() initialises nothing with FLATMEM", "zero"),
        ("6.12", {}, "init_unavailable_range()", "node 0 zone 0 reserved"),
    ],
)
def test_the_second_pass_is_credited_where_it_runs(
    release: str, context: dict[str, str], rule: str, state: str
) -> None:
    hole = MemoryMap("hole", (Region(0x4000_0000, 0x408_0000), Region(0x4409_0000, 0x377_0000)))
    version = KernelVersion.parse(release)
    values = complete(load_fragment(version), context, {}).values
    boot = simulate(KernelConfig.of(Kernel.of(version), values), hole)
    stage = next(stage for stage in boot_stages(boot) if stage.name == "left out")
    assert stage.rule == rule
    assert f" {state}: " in stage.decided


def test_a_page_that_the_second_pass_zeroed_is_said_to_be_zeroed() -> None:
    symbols = ("SPARSEMEM", "SPARSEMEM_VMEMMAP", "HAVE_ARCH_PFN_VALID", "NUMA", "DEBUG_VM")
    memory = (
        Region(0x4000_0000, 0x4000_0000, node=0),
        Region(0x8000_0000, 0x408_0000, node=1),
        Region(0x8408_0000, 0x1_0000, nomap=True, node=1),
        Region(0x8409_0000, 0x3BF7_0000, node=1),
    )
    kernel = Kernel.of(KernelVersion.parse("4.20"))
    boot = simulate(KernelConfig.of(kernel, dict.fromkeys(symbols, "y")), MemoryMap("two nodes", memory))
    assert {fault.page.content for fault in boot.faults} == {PageContent.ZERO}
    (step,) = [step for step in fault_steps(boot.faults[0], boot) if step.startswith("initialisation:")]
    assert "zero_resv_unavail() makes the struct page all zero" in step
    assert "no later function" not in step


def test_a_fault_is_told_from_memblock_to_the_console() -> None:
    boot = booted("4.17", "nomap-mid", "nnyy", DEBUG_VM="y")
    steps = fault_steps(boot.faults[0], boot)
    assert [step.partition(":")[0] for step in steps] == [
        "memblock", "memmap", "initialisation", "trigger", "zone", "guard", "read", "console", "presupposes",
    ]  # fmt: skip
    assert "0x440f0" in steps[0]
    assert "HOLES_IN_ZONE=n" in steps[5]


def test_every_fault_of_every_sample_can_be_told() -> None:
    kinds = set()
    for release in ("4.10", "4.16", "4.17", "4.19", "5.7", "5.14"):
        version = KernelVersion.parse(release)
        for values in ("nnyy", "nnny", "ynyy", "yynn"):
            context = {"DEBUG_VM": "y", "SPARSEMEM_VMEMMAP": "n"}
            for settings in ({}, context, {**context, "PAGE_OWNER": "y", "HIBERNATION": "y"}):
                completion = complete(
                    load_fragment(version), settings, dict(zip(FOUR, values, strict=True)), absent=FOUR
                )
                for memory_map in all_shipped_maps():
                    boot = simulate(
                        KernelConfig.of(Kernel.of(version), completion.values, RamFill.FF), memory_map
                    )
                    for fault in boot.faults:
                        kinds.add((fault.walker, fault.trigger))
                        assert f"{fault.pfn:#x}" in fault_reason(fault, boot)
                        assert all(fault_steps(fault, boot))
    assert {walker for walker, _ in kinds} >= {
        "move_freepages",
        "isolate_migratepages_block",
        "stable_page_flags",
        "kpagecount_read",
        "memmap_valid_within",
    }


def test_a_certain_fault_names_what_its_trigger_presupposes_and_no_condition() -> None:
    boots = [booted(release, "nomap-mid", "nnyy", DEBUG_VM="y") for release in ("4.14", "4.17")]
    boots.append(booted("4.17", "nomap-mid", "nnyy"))
    faults = [(fault, boot) for boot in boots for fault in boot.faults]
    assert {fault.certain for fault, _ in faults} == {True, False}
    for fault, boot in faults:
        labels = {step.partition(":")[0] for step in fault_steps(fault, boot)}
        assert ("only if" in labels) is not fault.certain
        assert ("presupposes" in labels) is bool(fault.presupposes)
        reason = fault_reason(fault, boot)
        assert ("It happens only if: " in reason) is not fault.certain
        assert all(circumstance in reason for circumstance in fault.presupposes + fault.circumstances)


def test_every_walker_is_told_by_its_function_and_trigger() -> None:
    boot = booted("4.17", "nomap-mid", "nnyy", DEBUG_VM="y")
    for walker in WALKERS:
        fault = replace(boot.faults[0], by=walker, trigger=walker.trigger, stage=walker.stage)
        (step,) = [step for step in fault_steps(fault, boot) if f"{walker.function}() {walker.does}" in step]
        assert step.startswith(("walker: during boot ", "trigger: "))
        assert f"{walker.function}() reads the struct page" in fault_headline(fault)


def test_the_removable_file_of_sysfs_looks_at_no_page_on_arm64() -> None:
    """53cdc1cb29e8 (in 5.6, and in 5.4.29) took the look away before arm64 could remove memory, in 5.7."""
    banks = (Region(0x4000_0000, 0x1_0000, nomap=True), Region(0x4001_0000, 0x7FF_0000))
    for release in ("5.7", "5.8"):
        version = KernelVersion.parse(release)
        settings = {"MEMORY_HOTREMOVE": "y", "DEBUG_VM": "y"}
        completion = complete(load_fragment(version), settings, {})
        boot = simulate(KernelConfig.of(Kernel.of(version), completion.values), MemoryMap("m", banks))
        assert completion.values["MEMORY_HOTREMOVE"] == "y"
        assert boot.faults == ()  # of no trigger


def test_leftover_pages_that_look_free_endanger_boot_itself() -> None:
    boot = booted("4.17", "nomap-block", "nnyy")
    assert [(fault.walker, fault.trigger, fault.certain) for fault in boot.faults] == [
        ("__free_one_page", "boot", False)
    ]
    assert booted("4.17", "nomap-block", "nyyy").faults == ()


def test_a_map_of_a_hundred_thousand_regions_finishes() -> None:
    version = KernelVersion.parse("4.17")
    values = complete(load_fragment(version), {"DEBUG_VM": "y"}, {}).values
    banks = tuple(Region((1 << 30) + (index << 21), 1 << 20) for index in range(100_000))
    boot = simulate(KernelConfig.of(Kernel.of(version), values), MemoryMap("many", banks))
    assert sum(zone.present for zone in boot.zones) == 100_000 * 256
