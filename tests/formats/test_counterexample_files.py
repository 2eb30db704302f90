# SPDX-License-Identifier: GPL-2.0-or-later
"""The files of a counterexample: the map, a device tree with the same fault, and a script that boots it."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest

from explorer.boot import Boot, Kernel, KernelConfig, RamFill, simulate
from explorer.boot.bootable_map import Hindrance, NotBootable
from explorer.boot.walkers import WALKERS, Circumstance, Fault
from explorer.errors import InputError
from explorer.formats.counterexample_files import write_counterexample
from explorer.formats.qemu_script import QemuBoot, boot_script
from explorer.machine import Firmware, MemoryMap, Region, read_machine, shipped_map
from explorer.machine.qemu_virt import LoadAddresses, boot_stub, load_addresses
from explorer.version import KernelVersion

needs_dtc = pytest.mark.skipif(shutil.which("dtc") is None, reason="dtc is not installed")
MIB = 1 << 20
TINY = MemoryMap("tiny", (Region(0, 0x1_0000), Region(0x1_1000, 0x3E_F000)))
"""A counterexample of 4.17 below the RAM of virt, with no room for a kernel."""


def config_of(version: str, ram_fill: RamFill = RamFill.STALE, **symbols: str) -> KernelConfig:
    values = {"SPARSEMEM": "y", "SPARSEMEM_VMEMMAP": "y", "HAVE_ARCH_PFN_VALID": "y", "COMPACTION": "y"}
    values |= {"DEBUG_VM": "y", "DEBUG_VM_PGFLAGS": "y", "PROC_PAGE_MONITOR": "y", "ZONE_DMA": "y"} | symbols
    return KernelConfig.of(Kernel.of(KernelVersion.parse(version)), values, ram_fill)


def fault_of(boot: Boot, trigger: str) -> Fault:
    return next(fault for fault in boot.faults if fault.trigger == trigger)


@needs_dtc
def test_the_map_and_the_tree_of_a_map_that_has_room_are_the_same(tmp_path: Path) -> None:
    memory_map, config = shipped_map("rm-start"), config_of("4.17")
    fault = fault_of(simulate(config, memory_map), "fallback")
    written = write_counterexample(tmp_path / "new" / "folder", "first", memory_map, config, fault)
    assert [path.name for path in written.files] == ["first.json", "first.dts", "first.sh"]
    assert written.not_bootable is None
    own, tree = (read_machine(str(path)) for path in written.files[:2])
    assert isinstance(own, MemoryMap)
    assert isinstance(tree, Firmware)
    assert own.memory == memory_map.memory
    again = simulate(config, tree)
    assert again.memory_map.memory == simulate(config, own).memory_map.memory
    assert fault_of(again, "fallback").pfn == fault.pfn
    assert "oops=panic" in (tree.command_line or "")


@needs_dtc
def test_a_map_without_room_is_moved_and_gets_a_bank_and_the_script_says_so(tmp_path: Path) -> None:
    config = config_of("4.17")
    fault = fault_of(simulate(config, TINY), "boot")
    written = write_counterexample(tmp_path, "tiny", TINY, config, fault)
    script = written.files[2].read_text()
    assert re.search(r"^# The map of tiny\.json is moved up by \d GiB", script, re.MULTILINE)
    assert "256 MiB at" in script
    tree = read_machine(str(written.files[1]))
    again = fault_of(simulate(config, tree), "boot")
    assert (again.walker, again.certain) == (fault.walker, fault.certain)
    assert (again.pfn - fault.pfn) % (1 << 18) == 0


@pytest.mark.parametrize(
    ("memory_map", "hindrance"),
    [(shipped_map("nomap-mid"), Hindrance.NO_DEVICE_TREE), (TINY, Hindrance.NO_ROOM)],
)
def test_a_map_that_cannot_be_booted_is_written_and_the_reason_is_told(
    memory_map: MemoryMap, hindrance: Hindrance, tmp_path: Path
) -> None:
    config = config_of("4.17")
    fault = fault_of(simulate(config, memory_map), "fallback")
    if hindrance is Hindrance.NO_ROOM:  # so little memory that pageblocks are not grouped
        fault = next(
            fault
            for fault in simulate(config, memory_map).faults
            if Circumstance.GROUPING_OFF in fault.circumstances
        )
    written = write_counterexample(tmp_path, "map", memory_map, config, fault)
    assert [path.name for path in written.files] == ["map.json"]
    assert isinstance(written.not_bootable, NotBootable)
    assert written.not_bootable.hindrance is hindrance
    assert bool(written.not_bootable.obstacles) == (hindrance is Hindrance.NO_DEVICE_TREE)


def test_every_trigger_has_commands_that_a_shell_can_read() -> None:
    places = LoadAddresses(0x4400_0000, 0x4800_0000, 0x4900_0000, 0x4910_0000)
    for trigger in {walker.trigger for walker in WALKERS}:
        text = boot_script(QemuBoot("name", ["one", ""], places, 0x5000_0000, trigger))
        assert f"TRIGGER {trigger}" in text
        assert "-m 256 " in text
        subprocess.run(["sh", "-n"], input=text, text=True, check=True)


FAKE_QEMU = """#!/bin/sh
for word in "$@"; do
	echo "$word"
	case $word in
	loader,file=*/initrd,*|loader,file=*/tree.dtb,*)
		file=${word#loader,file=}
		cp "${file%%,*}" "$(dirname "$0")"
	esac
done
"""


@needs_dtc
def test_the_script_gives_qemu_the_archive_the_tree_and_the_stub(tmp_path: Path) -> None:
    memory_map, config = shipped_map("rm-start"), config_of("4.17")
    fault = fault_of(simulate(config, memory_map), "fallback")
    script = write_counterexample(tmp_path, "name", memory_map, config, fault).files[-1]
    fake = tmp_path / "qemu-system-aarch64"
    fake.write_text(FAKE_QEMU)
    fake.chmod(0o755)
    image, busybox = tmp_path / "Image", tmp_path / "busybox"
    image.write_bytes(bytes(8) + (0x8_0000).to_bytes(8, "little") + bytes(40) + b"ARMd" + bytes(4))
    busybox.write_bytes(b"ELF of odd size")
    words = subprocess.run(
        ["sh", str(script), str(image), str(busybox)],
        env={"PATH": f"{tmp_path}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    archive = dict(entries((tmp_path / "initrd").read_bytes()))
    assert list(archive) == ["bin", "proc", "sys", "full", "bin/busybox", "init", "TRAILER!!!"]
    assert archive["bin/busybox"] == (0o100755, busybox.read_bytes())
    assert archive["bin"][0] == 0o040755
    assert b"SURVIVED fallback" in archive["init"][1]
    blob = (tmp_path / "tree.dtb").read_bytes()
    places = load_addresses(memory_map)
    assert places
    data = [
        int(found[1], 0)
        for word in words
        if (found := re.match(r"loader,addr=\d+,data=(\w+),data-len=8", word))
    ]
    assert b"".join(number.to_bytes(8, "little") for number in data) == boot_stub(
        places.tree, places.kernel + 0x8_0000
    )
    assert read_machine("-", BytesIO(blob))


def entries(archive: bytes) -> Iterator[tuple[str, tuple[int, bytes]]]:
    """Names, modes and contents of a cpio archive (initramfs-buffer-format.rst)."""
    at = 0
    while at < len(archive):
        assert archive[at : at + 6] == b"070701"
        fields = [int(archive[at + 6 + 8 * n : at + 14 + 8 * n], 16) for n in range(13)]
        name = archive[at + 110 : at + 110 + fields[11]]
        assert name.endswith(b"\0")
        at += 110 + fields[11]
        at += -at % 4
        yield name[:-1].decode(), (fields[1], archive[at : at + fields[6]])
        at += fields[6]
        at += -at % 4


@needs_dtc
def test_memory_is_filled_where_what_ram_held_decides(tmp_path: Path) -> None:
    memory_map = shipped_map("rm-start")
    numbers = []
    for fill in (RamFill.ZERO, RamFill.FF):
        config = config_of("4.17", fill)
        fault = simulate(config, memory_map).faults[-1]
        script = write_counterexample(tmp_path, str(fill), memory_map, config, fault).files[-1].read_text()
        numbers.append(len(re.findall(r"0x[0-9a-f]+(?= )", script.split("for number in ")[1].split("do")[0])))
    assert numbers[1] >= numbers[0] + 4


def test_what_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    config = config_of("4.17")
    fault = fault_of(simulate(config, TINY), "boot")
    with pytest.raises(ValueError, match="no name"):
        write_counterexample(tmp_path, "../x", TINY, config, fault)
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be made"):
        write_counterexample(tmp_path / "file" / "folder", "x", TINY, config, fault)
