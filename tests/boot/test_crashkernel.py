# SPDX-License-Identifier: GPL-2.0-or-later
"""``crashkernel=`` at a given address, as the kernel reads it."""

import pytest

from explorer.boot import Kernel, KernelConfig, parse_command_line
from explorer.boot.crashkernel import crashkernel_region
from explorer.boot.early_memory import from_firmware
from explorer.machine import Firmware, Region, ReservedNode
from explorer.version import KernelVersion

MIB = 1 << 20
RAM = Region(0x4000_0000, 256 * MIB)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", None),
        ("crashkernel=7M", None),
        ("crashkernel=7M@0x46200000", (0x4620_0000, 7 * MIB)),
        ("crashkernel=0x1001@0x46200000", (0x4620_0000, 0x2000)),
        ("crashkernel=7M@0x46100000", None),  # not aligned to 2 MiB
        ("crashkernel=7M@0x46200000 crashkernel=8M", None),
        ("crashkernel=7M@0x46200000 crashkernel=8M,high", (0x4620_0000, 7 * MIB)),
        ("crashkernel=64M-128M:4M,128M-:8M@0x46200000", (0x4620_0000, 8 * MIB)),
        ("crashkernel=64M-256M:4M@0x46200000", None),
        ("crashkernel=64M-512M:4M,1-:8M@0x46200000", (0x4620_0000, 4 * MIB)),
        ("crashkernel=64M:4M@0x46200000", None),
        ("crashkernel=16E@0x46200000", None),
        ("crashkernel=7M@0xffffffffffe00000", None),
    ],
)
def test_the_region_is_that_of_parse_crashkernel(text: str, place: tuple[int, int] | None) -> None:
    region = crashkernel_region(parse_command_line(text), RAM.size, 4096)
    assert (region and (region.base, region.size)) == place


@pytest.mark.parametrize(
    ("release", "words", "symbols", "reserved"),
    [
        ("5.14", "crashkernel=8M@0x46000000", {"KEXEC_CORE": "y"}, True),
        ("5.14", "crashkernel=8M@0x46000000", {}, False),
        ("4.11", "crashkernel=8M@0x46000000", {"KEXEC_CORE": "y"}, False),
        ("5.14", "crashkernel=8M@0x41000000", {"KEXEC_CORE": "y"}, False),  # overlaps reserved memory
        ("5.14", "crashkernel=8M@0x4fc00000", {"KEXEC_CORE": "y"}, False),  # not all of it is memory
        ("5.14", "mem=64M crashkernel=8M@0x46000000", {"KEXEC_CORE": "y"}, False),
    ],
)
def test_it_is_reserved_where_it_is_free_memory(
    release: str,
    words: str,
    symbols: dict[str, str],
    reserved: bool,  # noqa: FBT001 # a column
) -> None:
    firmware = Firmware("board", (RAM,), (ReservedNode("r", 0x4100_0000, 4096),))
    kernel = Kernel.of(KernelVersion.parse(release))
    config = KernelConfig.of(kernel, symbols, parameters=parse_command_line(words))
    found = from_firmware(firmware, config).reserved
    assert (len(found) == 2) is reserved


def test_what_was_cut_is_known_of_the_map() -> None:
    firmware = Firmware("board", (RAM,), usable=(Region(0x4000_0000, 128 * MIB),))
    kernel = Kernel.of(KernelVersion.parse("6.1"))
    config = KernelConfig.of(kernel, {}, parameters=parse_command_line("mem=64M"))
    assert from_firmware(firmware, config).cuts == (
        ("linux,usable-memory-range", 128 * MIB),
        ("mem=", 64 * MIB),
    )
