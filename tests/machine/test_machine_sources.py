# SPDX-License-Identifier: GPL-2.0-or-later
"""What people have: logs as they arrive, /proc/iomem, debugfs, device tree sources."""

import os
import shutil
from io import BytesIO
from pathlib import Path

import pytest

from explorer.errors import InputError
from explorer.machine import Firmware, MemoryMap, Region, read_machine
from explorer.machine.devicetree_source import compile_source, is_devicetree_source
from explorer.machine.memblock_files import memblock_of_lists
from tests.machine.test_readers import LOG

DATA = Path(__file__).parents[1] / "data"
needs_dtc = pytest.mark.skipif(shutil.which("dtc") is None, reason="dtc is not installed")


def read(text: str | bytes) -> MemoryMap | Firmware:
    return read_machine("-", BytesIO(text.encode() if isinstance(text, str) else text))


def memory_of(text: str) -> tuple[Region, ...]:
    found = read(text)
    assert isinstance(found, MemoryMap)
    return found.memory


def refused(text: str | bytes) -> str:
    with pytest.raises(InputError) as raised:
        read(text)
    assert raised.value.hint
    return str(raised.value)


# --- logs as they arrive -----------------------------------------------------------------------------------

PREFIXES = [
    "",
    "<6>",
    "> > ",
    "Jun 30 21:12:14 localhost kernel: ",
    "6,123,0,-;",
    "kern  :info  : ",
    "2024-05-01T10:00:00.000001+00:00 host kernel: ",
]


@pytest.mark.parametrize("prefix", PREFIXES)
def test_what_stands_before_a_line_does_not_matter(prefix: str) -> None:
    plain = memory_of(LOG)
    assert memory_of("\n".join(prefix + line for line in LOG.splitlines())) == plain
    bare = [line.replace("[    0.000000] ", prefix) for line in LOG.splitlines()]
    assert memory_of("\n".join(bare)) == plain
    caller = LOG.replace("[    0.000000] ", "[\t0.000000][\tT0] ")
    assert memory_of(caller) == plain


def test_other_cpus_may_print_between_the_lines_of_a_dump() -> None:
    between = "\n[    0.000000] CPU1: Booted secondary processor\n[    0.000000] memory: reserved\n"
    assert memory_of(between.join(LOG.splitlines())) == memory_of(LOG)


def test_a_line_torn_by_another_cpu_is_missed_and_not_guessed() -> None:
    torn = LOG.replace("440effff], ", "440eff[    0.000000] CPU1: up\nff], ")
    assert torn != LOG
    assert "counts 3 memory regions and shows 2" in refused(torn)


def test_a_console_that_prints_the_log_again_changes_nothing() -> None:
    assert memory_of(LOG + LOG) == memory_of(LOG)
    again = LOG.splitlines()
    cut = "\n".join([*again, *again[: again.index(again[-1]) - 2]])
    found = read(cut)
    assert isinstance(found, MemoryMap)
    assert found.memory == memory_of(LOG)
    assert any("the second dump is incomplete" in note for note in found.notes)


def test_equal_lines_count_once_and_contradictions_are_refused() -> None:
    line = next(line for line in LOG.splitlines() if "memory[0x2]" in line)
    assert memory_of(LOG.replace(line, f"{line}\n{line}")) == memory_of(LOG)
    other = line.replace("on node 1", "on node 0")
    assert "two different regions" in refused(LOG.replace(line, f"{line}\n{other}"))


MAILED = LOG.replace("], 0x", "],\n0x").replace("] [", "]\n[").replace(" flags: ", "\n    flags: ")


@pytest.mark.parametrize(
    "posted",
    [
        LOG.replace("\n", "\r\n"),
        LOG.replace("\n", "\r\r\n"),
        LOG.replace(" ", "\N{NO-BREAK SPACE}"),
        LOG.replace("\n", "<br />\n").replace("[    0", "&#91;&nbsp; &nbsp;&nbsp;0"),
        "".join(f"&gt; {line}\n" for line in LOG.splitlines()),
        MAILED,
        "".join(f">>> {line}\n" for line in MAILED.splitlines()),
        "".join(f"> > {line}\n" for line in MAILED.splitlines()),
        "Content-Transfer-Encoding: quoted-printable\n\n"
        + LOG.replace("=", "=3D").replace(" bytes", " by=\ntes"),
        "Content-Transfer-Encoding: quoted-printable\n\n" + LOG.replace("=", "=3D").replace(" ", "=A0"),
        LOG.replace("[    0.000000] ", "[Thu Jan  1 00:00:00 1970] "),
        LOG.replace("[    0.000000] ", "2024-05-01T10:00:00+0000 host kernel: "),
        LOG.replace("[    0.000000] ", "kern  :debug : [    0.000000] "),
    ],
)
def test_what_mail_web_pages_and_dmesgs_options_do_to_a_log_is_undone(posted: str) -> None:
    assert posted != LOG
    assert memory_of(posted) == memory_of(LOG)


def test_places_in_a_log_of_several_boots_are_those_of_the_file() -> None:
    line = next(line for line in LOG.splitlines() if "memory[0x2]" in line)
    wrong = LOG.replace(line, f"{line}\n{line.replace('on node 1', 'on node 0')}")
    number = [*LOG.splitlines(), *wrong.splitlines()].index(line.replace("on node 1", "on node 0")) + 1
    assert f"standard input:{number}:" in refused(LOG + wrong)


OTHER = LOG.replace("flags: 0x4", "flags: 0x0")


def test_of_several_boots_the_last_counts_and_others_are_told_of() -> None:
    found = read(LOG + OTHER)
    assert isinstance(found, MemoryMap)
    assert found.memory == memory_of(OTHER) != memory_of(LOG)
    assert any("2 boots, 1 of them with different memory" in note for note in found.notes)
    assert not any("boots" in note for note in read(LOG + LOG).notes)
    assert not any("boots" in note for note in read("I run Linux version 5.10.\n" + LOG).notes)
    assert (
        read(LOG + "I run Linux version 5.10, and it was Booting Linux on physical CPU 0.\n").notes
        == read(LOG).notes
    )


def test_a_last_boot_that_tells_too_little_does_not_borrow_from_another() -> None:
    bare = "\n".join(line for line in RANGES.splitlines() if "reserved" not in line).replace("6.12", "6.1")
    said = refused(LOG + "[    0.000000] Booting Linux on physical CPU 0x0\n" + bare)
    assert "the last of 2 boots in this log does not show enough" in said
    assert "only kernels since 6.3" in said


def test_dumps_of_one_log_that_differ_in_memory_are_told_of() -> None:
    both = LOG + OTHER.replace("Booting Linux", "Booted")
    assert any("several memblock dumps with different memory" in note for note in read(both).notes)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("BIOS-e820: [mem 0x0000000000000000-0x000000000009ffff] usable", "an x86 machine"),
        ("SBI specification v2.0 detected", "a RISC-V machine"),
        ("CPU: ARMv7 Processor [410fd034] revision 4 (ARMv7), cr=10c5383d", "a 32-bit Arm kernel"),
    ],
)
def test_logs_of_other_architectures_are_refused(line: str, words: str) -> None:
    assert words in refused(
        LOG.replace("[    0.000000] MEMBLOCK", f"[    0.000000] {line}\n[    0.000000] MEMBLOCK")
    )


EFI = """\
[    0.000000] Linux version 6.1.0
[    0.000000] efi: EFI v2.70 by EDK II
[    0.000000] efi: Processing EFI memory map:
[    0.000000] efi:   0x000040000000-0x000043ffffff [Conventional|   |  |  |  |WB|WT|WC|UC]
[    0.000000] efi:   0x000044000000-0x00004400ffff [Runtime Code|RUN|  |  |  |WB|  |  |  ]
[    0.000000] ACPI: SRAT: Node 1 PXM 1 [mem 0x40000000-0x4fffffff]
"""


def test_nodes_of_an_efi_machine_come_from_srat() -> None:
    found = read(EFI)
    assert isinstance(found, Firmware)
    assert found.banks == (Region(0x4000_0000, 0x1000_0000, node=1),)
    assert [entry.size for entry in found.efi] == [0x400_0000, 0x1_0000]
    without = read(EFI.replace("SRAT", "SLIT"))
    assert isinstance(without, Firmware)
    assert any("NUMA" in note for note in without.notes)


def test_without_srat_the_node_ranges_tell_the_nodes() -> None:
    ranges = "[    0.000000]   node   {}: [mem 0x0000000042000000-0x0000000043ffffff]\n"
    head = EFI[: EFI.index("[    0.000000] ACPI")]
    head += "[    0.000000] Early memory node ranges\n"
    head += "[    0.000000]   node   0: [mem 0x0000000040000000-0x0000000041ffffff]\n"
    two = read(head + ranges.format(1))
    assert isinstance(two, Firmware)
    assert [(bank.base, bank.node) for bank in two.banks] == [(0x4000_0000, 0), (0x4200_0000, 1)]
    assert not any("NUMA" in note for note in two.notes)
    one = read(head + ranges.format(0))
    assert isinstance(one, Firmware)
    assert one.banks == ()
    assert any("NUMA" in note for note in one.notes), "the kernel of the log may have had no NUMA"


def test_reserved_memory_of_a_device_tree_counts_beside_an_efi_map() -> None:
    """As on a ThinkPad X13s, which has both."""
    line = "[    0.000000] OF: reserved mem: 0x41000000..0x4100ffff (64 KiB) nomap non-reusable fw@41000000\n"
    both = EFI.replace("6.1.0", "6.13.1") + line
    found = read(both)
    assert isinstance(found, Firmware)
    assert [(node.base, node.size, node.no_map) for node in found.reserved] == [(0x4100_0000, 0x1_0000, True)]
    assert "of 1 lines on reserved memory are torn" in refused(both.replace("nomap non", "no"))
    old = read(EFI)
    assert any("do not print what a device tree reserves" in note for note in old.notes)
    acpi = read(EFI + "[    0.000000] ACPI: RSDP 0x000000007C440000 000024 (v02 BOCHS )\n")
    assert not any("device tree" in note for note in acpi.notes)
    assert not any("device tree" in note for note in read(EFI.replace("6.1.0", "6.13.1")).notes)


def test_an_efi_map_that_mail_wrapped_is_read() -> None:
    wrapped = EFI.replace("|  |  |  |WB|WT", "|  |  |\n  |WB|WT").replace(
        "[Runtime Code|", "\n[Runtime\nCode|"
    )
    found, plain = read(wrapped), read(EFI)
    assert isinstance(found, Firmware)
    assert isinstance(plain, Firmware)
    assert found.efi == plain.efi


def test_nodes_and_ranges_of_another_boot_do_not_mix_with_the_last() -> None:
    other = EFI.replace("0x40000000-0x4fffffff", "0x90000000-0x9fffffff") + (
        "[    0.000000]   node   1: [mem 0x0000000090000000-0x000000009fffffff]\n"
    )
    found = read(other + EFI)
    assert isinstance(found, Firmware)
    assert found.banks == (Region(0x4000_0000, 0x1000_0000, node=1),)
    assert any("boots" in note for note in read(EFI.replace("43ffffff", "43efffff") + EFI).notes)


def test_an_efi_map_that_is_printed_twice_counts_once() -> None:
    found = read(EFI + EFI)
    assert isinstance(found, Firmware)
    assert len(found.efi) == 2


def test_a_dump_before_the_efi_map_is_no_answer() -> None:
    dump = "\n".join(LOG.splitlines()[1:7]).replace("0x0\n", "0x0\n")
    found = read(EFI.replace("[    0.000000] efi: Processing", f"{dump}\n[    0.000000] efi: Processing"))
    assert isinstance(found, Firmware)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (EFI[: EFI.index("[    0.000000] efi:   ")], "", "beginning of the log is missing"),
        ("0x000044000000", "0x000043f00000", "overlap"),
        ("0x00004400ffff", "0x000043ffffff", "ends before it begins"),
        (
            "[    0.000000] ACPI",
            "[    0.000000]   node   0: [mem 0x0000000050000000-0x000000005fffffff]\n[    0.000000] ACPI",
            "the kernel had memory at 0x50000000, and the map shows none",
        ),
    ],
)
def test_efi_maps_that_may_have_lost_lines_are_refused(old: str, new: str, words: str) -> None:
    assert old in EFI
    assert words in refused(EFI.replace(old, new))


def test_a_wrapped_ring_buffer_is_said_to_be_one() -> None:
    said = refused("[  812.000001] usb 1-1: new device\n[  813.000001] usb 1-1: gone\n")
    assert "its beginning is missing" in said
    assert "log_buf_len" in said


RANGES = """\
[    0.000000] Linux version 6.12.0
[    0.000000] efi: UEFI not found.
[    0.000000] OF: reserved mem: 0x44000000..0x4400ffff (64 KiB) nomap non-reusable fw@44000000
[    0.000000] OF: reserved mem: 0x45000000..0x4500ffff (64 KiB) map reusable pool@45000000
[    0.000000]   node   0: [mem 0x0000000040000000-0x0000000043ffffff]
[    0.000000]   node   0: [mem 0x0000000044000000-0x000000004400ffff]
[    0.000000]   node   1: [mem 0x0000000044010000-0x0000000047ffffff]
"""


def test_node_ranges_and_reserved_memory_are_enough() -> None:
    found = read(RANGES)
    assert isinstance(found, MemoryMap)
    assert found.memory == (
        Region(0x4000_0000, 0x400_0000, node=0),
        Region(0x4400_0000, 0x1_0000, nomap=True, node=0),
        Region(0x4401_0000, 0x3FF_0000, node=1),
    )
    assert found.reserved == (Region(0x4500_0000, 0x1_0000),)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("efi: UEFI not found.", "efi: EFI v2.70 by EDK II", "on an EFI machine"),
        ("OF: reserved mem", "OF: something", "differ in a flag"),
        ("0x44000000..0x4400ffff (64", "0x44000000..0x44007fff (32", "whether the kernel marked it"),
        ("0x44000000..0x4400ffff", "0x84000000..0x8400ffff", "differ in a flag"),
        ("44010000-0x", "44000000-0x", "whether the kernel marked it"),
        ("44010000-0x", "4400f000-0x", "whether the kernel marked it"),
        ("43ffffff]", "4400ffff]", "whether the kernel marked it"),
    ],
)
def test_node_ranges_that_leave_two_answers_are_refused(old: str, new: str, words: str) -> None:
    assert old in RANGES
    assert words in refused(RANGES.replace(old, new))


ONE_RANGE = "".join(
    line for line in RANGES.splitlines(keepends=True) if "reserved" not in line and "0044" not in line
)


@pytest.mark.parametrize("efi", ["efi: UEFI not found.", "efi: EFI v2.70 by EDK II"])
@pytest.mark.parametrize("release", ["4.17.0", "6.12.0"])
def test_a_single_range_holds_no_nomap_memory(efi: str, release: str) -> None:
    text = ONE_RANGE.replace("efi: UEFI not found.", efi).replace("6.12.0", release)
    assert memory_of(text) == (Region(0x4000_0000, 0x400_0000, node=0),)


APART = ONE_RANGE + "[    0.000000]   node   0: [mem 0x0000000080000000-0x0000000083ffffff]\n"


def test_kernels_that_would_tell_of_reserved_memory_say_by_silence_that_there_is_none() -> None:
    assert [region.nomap for region in memory_of(APART)] == [False, False]
    assert "only kernels since 6.3" in refused(APART.replace("6.12.0", "6.2.16"))


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("[    0.000000] Linux version 6.12.0\n", "", "beginning of the log is missing"),
        (" KiB) nomap non", " KiB) no[    0.000000] CPU1: up\nmap non", "1 of 2 lines on reserved memory"),
        (
            "efi: UEFI",
            "OF: reserved mem: not enough space for all defined regions.\nefi: UEFI",
            "had no room",
        ),
    ],
)
def test_reserved_memory_that_a_log_lost_is_missed(old: str, new: str, words: str) -> None:
    assert old in RANGES
    assert words in refused(RANGES.replace(old, new))


def test_lines_on_reserved_memory_that_mail_wrapped_are_read() -> None:
    assert memory_of(RANGES.replace(" KiB) ", " KiB)\n> ").replace("[    0", "> [    0")) == memory_of(RANGES)


# --- /proc/iomem -------------------------------------------------------------------------------------------

IOMEM = """\
09000000-09000fff : pl011@9000000
40000000-440effff : System RAM
  42080000-4237cfff : Kernel code
  42e00000-42e00fff : reserved
440f0000-440fffff : reserved
44100000-47ffffff : System RAM
  44800000-448fffff : reserved
"""


def test_proc_iomem_shows_nomap_as_reserved_at_the_top() -> None:
    found = read(IOMEM)
    assert isinstance(found, MemoryMap)
    assert found.memory == (
        Region(0x4000_0000, 0x40F_0000),
        Region(0x440F_0000, 0x1_0000, nomap=True),
        Region(0x4410_0000, 0x3F0_0000),
    )
    assert set(found.reserved) == {
        Region(0x4208_0000, 0x2F_D000),
        Region(0x42E0_0000, 0x1000),
        Region(0x4480_0000, 0x10_0000),
    }


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("00000000-00000000 : System RAM\n  00000000-00000000 : Kernel code\n", "sudo cat /proc/iomem"),
        ("00000000-00000fff : Reserved\n00001000-0009ffff : System RAM\n", "x86"),
        (
            "00010000-0009ffff : System RAM\n000f0000-000fffff : System ROM\nfee00000-fee00fff : reserved\n",
            "x86",
        ),
        ("80000000-9fffffff : System RAM (boot alias)\n800000000-81fffffff : System RAM\n", "32-bit Arm"),
        ("09000000-09000fff : pl011@9000000\n", "shows no System RAM"),
        ("440f0000-440fffff : reserved\n", "shows no System RAM"),
        ("47ffffff-40000000 : System RAM\n", "ends before it begins"),
        (IOMEM + IOMEM, "lines of two files are mixed"),
        (IOMEM.replace("44100000-", "440fe000-"), "lines of two files are mixed"),
        (
            IOMEM.replace("44100000-47ffffff", "44100000-47fff"),
            "standard input:6: 44100000-47fff : System RAM is no",
        ),
        (IOMEM.replace("440fffff", "440FFFFF"), "standard input:5: "),
    ],
)
def test_proc_iomem_that_says_nothing_is_refused(text: str, words: str) -> None:
    assert words in refused(text)


@pytest.mark.parametrize(
    "posted",
    [
        "root@board:~# cat /proc/iomem\n" + IOMEM + "root@board:~#\n",
        "".join(f"    {line}\n" for line in IOMEM.splitlines()),
        "".join(f"\t{line}\n" for line in IOMEM.splitlines()),
        "".join(f"> > {line}\n" for line in IOMEM.splitlines()),
        IOMEM.replace("\n", "\r\n"),
        IOMEM.replace(" ", "\N{NO-BREAK SPACE}"),
    ],
)
def test_proc_iomem_is_read_as_it_was_posted(posted: str) -> None:
    found, plain = read(posted), read(IOMEM)
    assert isinstance(found, MemoryMap)
    assert isinstance(plain, MemoryMap)
    assert (found.memory, found.reserved) == (plain.memory, plain.reserved)


def test_what_proc_iomem_cannot_know_is_said() -> None:
    old = "".join(line for line in IOMEM.splitlines(keepends=True) if not line.startswith("  4"))
    hotplugged = IOMEM + (
        "100000000-13fffffff : System RAM (virtio_mem)\n"
        "140000000-17fffffff : CXL Window 0\n"
        "  140000000-17fffffff : dax0.0\n"
        "    140000000-17fffffff : System RAM (kmem)\n"
    )
    for text, words in ((IOMEM, "NUMA"), (old, "no reserved memory"), (hotplugged, "added after boot")):
        assert any(words in note for note in read(text).notes)
    assert len(memory_of(hotplugged)) == 3


# --- /sys/kernel/debug/memblock ----------------------------------------------------------------------------

MEMORY = """\
   0: 0x0000000040000000..0x00000000440effff    0 NONE
   1: 0x00000000440f0000..0x00000000440fffff    0 NOMAP
   2: 0x0000000044100000..0x0000000047ffffff    x HOTPLUG|NOMAP
"""


def test_debugfs_lists_are_read_from_a_folder(tmp_path: Path) -> None:
    (tmp_path / "memory").write_text(MEMORY)
    (tmp_path / "reserved").write_text("   0: 0x0000000042080000..0x000000004237cfff    x NONE\n")
    found = read_machine(str(tmp_path))
    assert isinstance(found, MemoryMap)
    assert found.memory == (
        Region(0x4000_0000, 0x40F_0000, node=0),
        Region(0x440F_0000, 0x1_0000, nomap=True, node=0),
        Region(0x4410_0000, 0x3F0_0000, nomap=True),
    )
    assert found.reserved == (Region(0x4208_0000, 0x2F_D000),)
    assert not any("list of reserved" in note for note in found.notes)


def test_lists_with_the_line_ends_of_another_system_are_read() -> None:
    assert memory_of(MEMORY.replace("\n", "\r\n")) == memory_of(MEMORY)


def test_one_list_alone_is_read_and_the_other_is_missed() -> None:
    found = read(MEMORY)
    assert any("list of reserved" in note for note in found.notes)


def test_older_lists_without_flags_cannot_tell_nomap() -> None:
    said = refused("   0: 0x0000000040000000..0x0000000047ffffff\n")
    assert "shows no flags" in said
    assert "/proc/iomem" in said


def test_reserved_may_lack_flags() -> None:
    found = memblock_of_lists(MEMORY, "   0: 0x0000000042080000..0x000000004237cfff\n", "x")
    assert found.reserved == (Region(0x4208_0000, 0x2F_D000),)


def test_a_flag_that_may_hide_nomap_is_told_of() -> None:
    found = read(MEMORY.replace("HOTPLUG|NOMAP", "MIRROR"))
    assert any("0x44100000 shows MIRROR" in note for note in found.notes)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("   1: ", "   3: ", "region 1 is missing"),
        ("0x00000000440effff    0", "0x0000000030000000    0", "ends before it begins"),
        ("   2: 0x", "   2: zx", "not regions"),
    ],
)
def test_lists_with_missing_or_broken_lines_are_refused(old: str, new: str, words: str) -> None:
    assert old in MEMORY
    assert words in refused(MEMORY.replace(old, new))


def test_a_pipe_in_a_folder_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "memory")
    with pytest.raises(InputError, match="not a regular file"):
        read_machine(str(tmp_path))


def test_a_folder_that_holds_no_lists_is_a_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is a directory"):
        read_machine(str(tmp_path))


# --- device tree sources -----------------------------------------------------------------------------------

DTS = """\
/* a machine */
// in miniature
/dts-v1/;
/ {
    #address-cells = <2>;
    #size-cells = <2>;
    memory@40000000 { device_type = "memory"; reg = <0x0 0x40000000 0x0 0x8000000>; };
    reserved-memory {
        #address-cells = <2>;
        #size-cells = <2>;
        ranges;
        fw@440f0000 { reg = <0x0 0x440f0000 0x0 0x10000>; no-map; };
    };
};
"""


@needs_dtc
def test_a_device_tree_source_is_compiled() -> None:
    found = read(DTS)
    assert isinstance(found, Firmware)
    assert found.banks == (Region(0x4000_0000, 0x800_0000),)
    assert [(node.base, node.no_map) for node in found.reserved] == [(0x440F_0000, True)]


@needs_dtc
def test_what_the_c_preprocessor_wrote_is_a_source() -> None:
    marked = '# 0 "board.dts"\n# 1 "/linux/include/dt-bindings/gpio.h" 1\n#line 2 "board.dts"\n' + DTS
    found = read(marked)
    assert isinstance(found, Firmware)
    assert found.banks == (Region(0x4000_0000, 0x800_0000),)


@needs_dtc
def test_what_dtc_refuses_is_told_with_its_line() -> None:
    assert "standard input:7" in refused(DTS.replace('"memory";', '"memory"'))


@needs_dtc
def test_a_name_with_a_line_break_in_it_does_not_break_the_message() -> None:
    text = DTS.replace("reg = <0x0 0x440f0000 0x0 0x10000>", "reg = <0x0 0x440f0000 0x0>")
    blob = compile_source(text, "x").replace(b"fw@440f0000\0", b"fw\n440f0000\0")
    assert any("fw\N{REPLACEMENT CHARACTER}440f0000 is ignored" in note for note in read(blob).notes)
    assert not any("\n" in note for note in read(blob).notes)


@needs_dtc
def test_phandles_that_lead_in_circles_do_not_matter() -> None:
    circle = "    a: a { phandle = <1>; next = <&b>; };\n    b: b { next = <&a>; };\n    reserved-memory {"
    assert isinstance(read(DTS.replace("    reserved-memory {", circle)), Firmware)


@pytest.mark.parametrize(
    "line",
    [
        '/include/ "other.dtsi"',
        'a = /incbin/("/etc/passwd");',
        "#include <x.h>",
        '# 1 /include/ "other.dtsi"',
        '# 1 "board.dts" /include/ "other.dtsi"',
        '# 1 "board.dts" 1 /include/ "other.dtsi"',
        '# 1 "a\\" /include/ "b"',
        ' # 1 "board.dts" /include/ "other.dtsi"',
        pytest.param('a = "text\n# 1 "/include/"\nother.dtsi";', marks=needs_dtc),
        pytest.param('a = "text\n# 1 "/incbin/("\nother.dtsi");', marks=needs_dtc),
    ],
)
def test_nothing_that_a_source_names_is_read(line: str) -> None:
    said = refused(DTS.replace("    reserved-memory {", f"{line}\n    reserved-memory {{"))
    assert "includes another file" in said or ("# 1" in line and "dtc refuses it" in said)


def test_without_dtc_the_message_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert is_devicetree_source(DTS)
    with pytest.raises(InputError, match="apt-get install device-tree-compiler"):
        compile_source(DTS, "board.dts")
