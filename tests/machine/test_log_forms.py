# SPDX-License-Identifier: GPL-2.0-or-later
"""A log is read in the forms in which people post it, and a log of another architecture is refused.

The expected memory is what the same log says without colours, times and file names.
"""

from io import BytesIO

import pytest

from explorer.errors import InputError
from explorer.machine import Firmware, MemoryMap, Region, read_machine

BOOTING = "Booting Linux on physical CPU 0x0000000000 [0x414fd0b1]"
LINES = (
    BOOTING,
    "Linux version 6.6.63 (a@b) (gcc) #1 SMP",
    "OF: reserved mem: 0x0000000000000000..0x000000000007ffff (512 KiB) nomap non-reusable atf@0",
    "Early memory node ranges",
    "  node   0: [mem 0x0000000000000000-0x000000000007ffff]",
    "  node   0: [mem 0x0000000000080000-0x000000003fbfffff]",
)
MEMORY = (Region(0, 0x80000, nomap=True, node=0), Region(0x80000, 0x3FB80000, node=0))
EFI = (
    "efi: Processing EFI memory map:",
    "efi:   0x000090000000-0x000091ffffff [Conventional|   |  |  |  |  |  |  |  |  |   |WB|WT|WC|UC]",
    "efi:   0x000092000000-0x0000928fffff [Runtime Data|RUN|  |  |  |  |  |  |  |  |   |WB|WT|WC|UC]",
)


def read(text: str) -> MemoryMap | Firmware:
    return read_machine("-", BytesIO(text.encode()))


def stamped(lines: tuple[str, ...], form: str = "[    0.000000] {}") -> str:
    return "".join(form.format(line) + "\n" for line in lines)


@pytest.mark.parametrize(
    "form",
    [
        "\x1b[32m[    0.000000] \x1b[0m\x1b[33m{}\x1b[0m",
        "[32m[    0.000000] [0m[33m{}[0m",
        "^[[32m[    0.000000] ^[[0m^[[1;33m{}^[[0m^[[K",
        "#033[32m[    0.000000] #033[0m{}",
        "\x1b[0;1;38;5;185mNov 28 10:00:00 host kernel: {}\x1b[0m",
        "\x1b]0;dmesg\x07\x1b(B\x1b[m[    0.000000] {}\x1b[K\r",
        "[Sat Nov 28 10:00:00 2026] {}",
        "[Nov28 10:00] {}",
        "[  +0.000000] {}",
        "kern  :info  : [    0.000000] {}",
        "2026-11-28T10:00:00,000000+00:00 {}",
        "<6>[    0.000000][    T0] {}",
        "Nov 28 10:00:00 host kernel: {}",
    ],
)
def test_colours_and_times_of_a_log_change_nothing(form: str) -> None:
    found = read(stamped(LINES, form))
    assert isinstance(found, MemoryMap)
    assert found.memory == MEMORY


def test_colours_inside_of_a_line_change_nothing() -> None:
    text = stamped(LINES).replace("  node   0: ", "\x1b[33m  node   0: \x1b[0m")
    found = read(text.replace("OF: reserved mem: ", "\x1b[33mOF: reserved mem: \x1b[0m"))
    assert isinstance(found, MemoryMap)
    assert found.memory == MEMORY


# --- architectures -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("CPU: ARMv6-compatible processor [410fb767] revision 7 (ARMv7), cr=00c5387d", "a 32-bit Arm kernel"),
        ("CPU: ARMv7-M [411fc231] revision 1 (ARMv7M), cr=00000000", "a 32-bit Arm kernel"),
        ("CPU: ARMv7 Processor [410fc075] revision 5 (ARMv7), cr=10c5387d", "a 32-bit Arm kernel"),
        ("CPU: ARM926EJ-S [41069265] revision 5 (ARMv5TEJ), cr=0005317f", "a 32-bit Arm kernel"),
        ("CPU: Feroceon 88FR131 [56251311] revision 1 (ARMv5TE), cr=0005397f", "a 32-bit Arm kernel"),
        ("Memory policy: Data cache writeback", "a 32-bit Arm kernel"),
        ("  HighMem  [mem 0x0000000030000000-0x000000003fffffff]", "HIGHMEM"),
        ("PCI host bridge /pci@800000020000000  ranges:", "a POWER machine"),
        ("hash-mmu: ppc64_pft_size    = 0x19", "a POWER machine"),
        ("CPU0 revision is: 00019374 (MIPS 24Kc)", "a MIPS machine"),
        ("MIPS: machine is TP-Link Archer C7", "a MIPS machine"),
        ("64-bit Loongson Processor probed (LA464 Core)", "a LoongArch machine"),
        ("SBI specification v1.0 detected", "a RISC-V machine"),
        ("BIOS-e820: [mem 0x0000000000000000-0x000000000009fbff] usable", "an x86 machine"),
    ],
)
def test_logs_of_other_architectures_are_refused_by_their_name(line: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        read(stamped((*LINES[:2], line, *LINES[3:4], LINES[5])))


@pytest.mark.parametrize(
    "compiler",
    [
        "arm-openbmc-linux-gnueabi-gcc (GCC) 12.1.0",
        "mips-openwrt-linux-musl-gcc",
        "powerpc64le-linux-gnu-gcc",
    ],
)
def test_the_compiler_of_another_architecture_is_a_sign(compiler: str) -> None:
    with pytest.raises(InputError, match="is of a"):
        read(stamped((f"Linux version 6.6.63 (a@b) ({compiler}) #1", LINES[3], LINES[5])))


def test_a_log_without_any_sign_of_arm64_is_refused() -> None:
    with pytest.raises(InputError, match="no sign of an arm64 kernel") as raised:
        read(stamped((LINES[1], LINES[3], LINES[5])))
    assert "Booting Linux on physical CPU" in raised.value.hint


@pytest.mark.parametrize(
    "line",
    [
        "Boot CPU: AArch64 Processor [410fd034]",
        "CPU: All CPU(s) started at EL2",
        "Detected VIPT I-cache on CPU0",
        BOOTING,
        "Booting Linux on physical CPU 0x0",
    ],
)
def test_one_message_of_an_arm64_kernel_is_enough(line: str) -> None:
    text = stamped((LINES[1], LINES[3], LINES[5], line) if "Booting" not in line else (line, *LINES[1:]))
    assert isinstance(read(text), MemoryMap)


def test_a_piece_of_a_log_without_a_sign_is_read_with_a_note() -> None:
    dump = (
        "MEMBLOCK configuration:",
        " memory size = 0x1000000 reserved size = 0x0",
        " memory.cnt  = 0x1",
        " memory[0x0]\t[0x0000000040000000-0x0000000040ffffff], 0x0000000001000000 bytes flags: 0x0",
        " reserved.cnt  = 0x0",
    )
    assert any("assumed to be arm64" in note for note in read(stamped(dump)).notes)
    assert not any("assumed" in note for note in read(stamped((BOOTING, *dump))).notes)


# --- EFI maps ----------------------------------------------------------------------------------------------


def test_an_efi_map_from_its_own_header_on_is_read() -> None:
    found = read(stamped(EFI))
    assert isinstance(found, Firmware)
    assert [(entry.base, entry.size) for entry in found.efi] == [
        (0x9000_0000, 0x200_0000),
        (0x9200_0000, 0x90_0000),
    ]
    assert any("holds no count of its lines" in note for note in found.notes)


@pytest.mark.parametrize("lines", [EFI[1:], (EFI[0], "random: crng init done", *EFI[1:])])
def test_an_efi_map_without_its_header_above_it_is_refused(lines: tuple[str, ...]) -> None:
    with pytest.raises(InputError, match="the beginning of the log is missing"):
        read(stamped(lines))


@pytest.mark.parametrize(
    "crash",
    [
        "kernel BUG at mm/kmemleak.c:1140!",
        "Kernel panic - not syncing: Oops - BUG: Fatal exception",
        "Unable to handle kernel paging request at virtual address ffff0000c0000000",
        "Internal error: Oops: 96000004 [#1] SMP",
    ],
)
def test_an_efi_map_that_a_crash_may_have_cut_is_refused(crash: str) -> None:
    whole = (
        BOOTING,
        *EFI,
        "Early memory node ranges",
        "  node   0: [mem 0x0000000090000000-0x00000000928fffff]",
    )
    assert isinstance(read(stamped((*whole, crash))), Firmware)
    for lines in ((BOOTING, *EFI), EFI):
        with pytest.raises(InputError, match="crashed before it printed the node ranges") as raised:
            read(stamped((*lines, crash)))
        assert raised.value.where == f"standard input:{len(lines) + 1}"


# --- lists of memblock in the copy of a terminal -----------------------------------------------------------

LIST = (
    "   0: 0x0000000040000000..0x00000000bfffffff    0 NONE",
    "   1: 0x00000000c0000000..0x00000000c00fffff    0 NOMAP",
)
TAKEN = "   0: 0x0000000040210000..0x0000000042ffffff    x NONE"
FOLDER = "/sys/kernel/debug/memblock"


@pytest.mark.parametrize(
    "lines",
    [
        (f"==> {FOLDER}/memory <==", *LIST, "", f"==> {FOLDER}/reserved <==", TAKEN),
        ("==> memory <==", *LIST, "", "==> reserved <==", TAKEN),
        (f"# cat {FOLDER}/memory", *LIST, f"# cat {FOLDER}/reserved", TAKEN, "#"),
        ("# uname -r", "6.12.1", f"root@x:~# cat {FOLDER}/memory", *LIST, f"$ cat {FOLDER}/reserved", TAKEN),
        (*(f"{FOLDER}/memory:{line}" for line in LIST), f"{FOLDER}/reserved:{TAKEN}"),
        (f"==> {FOLDER}/reserved <==", TAKEN, f"==> {FOLDER}/memory <==", *LIST),
    ],
)
def test_both_lists_in_the_copy_of_a_terminal_are_read(lines: tuple[str, ...]) -> None:
    found = read("\n".join(lines) + "\n")
    assert isinstance(found, MemoryMap)
    assert found.memory == (
        Region(0x4000_0000, 0x8000_0000, node=0),
        Region(0xC000_0000, 0x10_0000, nomap=True, node=0),
    )
    assert found.reserved == (Region(0x4021_0000, 0x2DF_0000),)


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ((f"==> {FOLDER}/memory <==", LIST[1]), "region 0 is missing"),
        ((f"==> {FOLDER}/memory <==", *LIST, "   2: 0x00000000d0"), "is not a region of a list"),
        ((f"==> {FOLDER}/memory <==", *LIST, f"==> {FOLDER}/memory <==", *LIST), "the list memory twice"),
        ((f"==> {FOLDER}/memory <==", LIST[0].removesuffix("    0 NONE")), "shows no flags"),
        (
            (f"==> {FOLDER}/memory <==", *(LIST[0].replace(" 0:", f" {n}:") for n in range(10))),
            "shows 10 regions, and head may have left out others",
        ),
    ],
)
def test_lists_that_may_lack_lines_are_refused(lines: tuple[str, ...], words: str) -> None:
    with pytest.raises(InputError, match=words):
        read("\n".join(lines) + "\n")


COMMAND = "Kernel command line: quiet mem=64M  root=/dev/vda"


@pytest.mark.parametrize(
    ("lines", "line"),
    [
        ((), None),
        ((COMMAND,), "quiet mem=64M  root=/dev/vda"),
        (("Kernel command line:",), ""),
        (
            (COMMAND, 'Unknown kernel command line parameters "a=1", will be passed to user space.'),
            COMMAND[21:],
        ),
        (("Kernel command line: first", COMMAND), COMMAND[21:]),
    ],
)
def test_a_log_shows_the_command_line_of_its_kernel(lines: tuple[str, ...], line: str | None) -> None:
    assert read(stamped((*LINES, *lines))).command_line == line
    assert read(stamped((*LINES, *lines), "kernel: {}")).command_line == line


def test_a_command_line_that_mail_wrapped_is_put_together() -> None:
    wrapped = stamped((*LINES, COMMAND)).replace("  root", "\n  root") + stamped(LINES[3:])
    assert read(wrapped).command_line == "quiet mem=64M root=/dev/vda"


def test_the_command_line_is_that_of_the_boot_that_is_used() -> None:
    first, last = stamped((*LINES, COMMAND)), stamped((*LINES, "Kernel command line: second"))
    assert read(first + last).command_line == "second"
    assert read(last + stamped(LINES)).command_line is None


def test_a_command_line_is_cut_and_made_printable() -> None:
    found = read(stamped((*LINES, "Kernel command line: a\x01" + 5000 * "b"))).command_line
    assert found is not None
    assert found.startswith("a\N{REPLACEMENT CHARACTER}bb")
    assert len(found.encode()) <= 2047
