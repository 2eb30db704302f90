# SPDX-License-Identifier: GPL-2.0-or-later
"""``--this-machine`` on file systems built by tests: the preferred source, and the notes on the others."""

import re
from pathlib import Path

import pytest

from explorer.errors import InputError
from explorer.machine import Firmware, MemoryMap, Region, read_this_machine
from tests.machine.test_machine_sources import EFI, IOMEM, MEMORY
from tests.machine.test_readers import LOG, devicetree

TREE = devicetree([(0x4000_0000, 0x800_0000)], reserved=[("fw", 0x440F_0000, 0x1_0000, True)])
EMPTY_TREE = devicetree([])


def machine(root: Path, files: dict[str, str | bytes]) -> MemoryMap | Firmware:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_this_machine(root, "aarch64")


ALL: dict[str, str | bytes] = {
    "sys/firmware/fdt": TREE,
    "sys/kernel/debug/memblock/memory": MEMORY,
    "sys/kernel/debug/memblock/reserved": "   0: 0x0000000042080000..0x000000004237cfff    x NONE\n",
    "dev/kmsg": LOG,
    "proc/iomem": IOMEM,
}


@pytest.mark.parametrize(
    ("missing", "source"),
    [
        (0, "/sys/firmware/fdt"),
        (1, "/sys/kernel/debug/memblock"),
        (3, "/dev/kmsg"),
        (4, "/proc/iomem"),
    ],
)
def test_the_best_source_that_is_there_is_taken(tmp_path: Path, missing: int, source: str) -> None:
    found = machine(tmp_path, dict(list(ALL.items())[missing:]))
    assert found.name == "this-machine"
    assert found.source == source
    assert isinstance(found, Firmware) == (missing == 0)
    passed = [note for note in found.notes if note.startswith("not used: ")]
    assert len(passed) == {0: 0, 1: 1, 3: 2, 4: 3}[missing]
    assert all("to get it: sudo " in note for note in passed)


def test_what_was_read_is_named_first(tmp_path: Path) -> None:
    assert machine(tmp_path, ALL).notes == ("read from /sys/firmware/fdt",)
    efi = machine(tmp_path, {"dev/kmsg": EFI, "sys/firmware/efi/systab": ""})
    assert efi.notes[0] == "read from /dev/kmsg, EFI memory map of a boot log"


def test_the_log_is_read_as_dev_kmsg_gives_it(tmp_path: Path) -> None:
    """Records of a 6.1 kernel: a number, a time, and tabs that are escaped."""
    records = LOG.replace("[    0.000000] ", "6,123,0,-;").replace("\t", "\\x09")
    found = machine(tmp_path, {"dev/kmsg": records})
    assert isinstance(found, MemoryMap)
    assert len(found.memory) == 3
    assert found.source == "/dev/kmsg"


def test_where_debugfs_is_not_mounted_the_command_mounts_it(tmp_path: Path) -> None:
    (tmp_path / "sys/kernel/debug").mkdir(parents=True)
    notes = machine(tmp_path, {"proc/iomem": IOMEM}).notes
    assert any("/sys/kernel/debug/memblock" in note and "mount -t debugfs" in note for note in notes)


def test_no_command_is_given_for_what_this_kernel_never_shows(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "sys/kernel/debug/memblock/memory": "   0: 0x0000000040000000..0x0000000047ffffff\n",
        "proc/iomem": IOMEM,
    }
    notes = [note for note in machine(tmp_path, files).notes if "memblock:" in note]
    assert len(notes) == 1
    assert "shows no flags" in notes[0]
    assert "this kernel never shows them" in notes[0]
    assert "to get it" not in notes[0]


def test_an_efi_machine_is_asked_for_its_map_alone_and_once(tmp_path: Path) -> None:
    """memblock=debug fills the log before it can grow, and the map goes."""
    notes = machine(tmp_path, {"dev/kmsg": "", "proc/iomem": IOMEM, "sys/firmware/efi/systab": ""}).notes
    asked = [note for note in notes if "/dev/kmsg" in note]
    assert len(asked) == 1
    assert asked[0].endswith("after a boot with efi=debug")


def test_whoever_is_not_root_is_told_to_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for user, told in ((1000, True), (0, False)):
        monkeypatch.setattr("os.geteuid", lambda user=user: user)
        with pytest.raises(InputError) as raised:
            read_this_machine(tmp_path, "aarch64")
        assert raised.value.hint.startswith("run this as root") is told


def test_where_nothing_can_be_read_every_source_is_named_with_its_command(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no source of this machine's memory can be read") as raised:
        read_this_machine(tmp_path, "aarch64")
    for command in ("sudo cat /sys/firmware/fdt", "sudo dmesg", "sudo cat /proc/iomem", "sudo cp -r"):
        assert command in raised.value.hint


def test_addresses_that_only_root_may_see_are_not_taken_for_addresses(tmp_path: Path) -> None:
    zeros = "00000000-00000000 : System RAM\n"
    with pytest.raises(InputError, match="no source") as raised:
        machine(tmp_path, {"proc/iomem": zeros})
    assert "it was not read as root" in raised.value.hint


def test_another_architecture_is_refused_and_told_what_to_bring() -> None:
    with pytest.raises(InputError, match="x86_64, not arm64") as raised:
        read_this_machine(architecture="x86_64")
    assert "sudo cat /sys/firmware/fdt" in raised.value.hint


def test_an_efi_machine_takes_the_map_from_the_log_and_reserved_memory_from_the_tree(tmp_path: Path) -> None:
    found = machine(tmp_path, {**ALL, "dev/kmsg": EFI, "sys/firmware/efi/systab": ""})
    assert isinstance(found, Firmware)
    assert len(found.efi) == 2
    assert [node.no_map for node in found.reserved] == [True]
    assert found.banks == (Region(0x4000_0000, 0x1000_0000, node=1),)


def test_the_tree_of_the_efi_stub_holds_nothing_and_is_not_missed(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "dev/kmsg": EFI,
        "sys/firmware/efi/systab": "",
        "sys/firmware/fdt": EMPTY_TREE,
    }
    found = machine(tmp_path, files)
    assert isinstance(found, Firmware)
    assert found.reserved == ()
    assert not any("device tree" in note for note in found.notes)


def test_a_tree_without_memory_may_reserve_some_on_an_efi_machine(tmp_path: Path) -> None:
    tree = devicetree([], reserved=[("fw", 0x440F_0000, 0x1_0000, True)])
    files: dict[str, str | bytes] = {"dev/kmsg": EFI, "sys/firmware/efi/systab": "", "sys/firmware/fdt": tree}
    found = machine(tmp_path, files)
    assert isinstance(found, Firmware)
    assert [(node.base, node.no_map) for node in found.reserved] == [(0x440F_0000, True)]


def test_an_efi_machine_whose_log_shows_no_map_never_takes_the_tree_for_memory(tmp_path: Path) -> None:
    found = machine(tmp_path, {**ALL, "dev/kmsg": LOG, "sys/firmware/efi/systab": ""})
    assert found.source == "/sys/kernel/debug/memblock"


def nodes(root: Path, blocks: dict[int, list[int]]) -> None:
    for node, own in blocks.items():
        for block in own:
            (root / f"sys/devices/system/node/node{node}/memory{block}").mkdir(parents=True)
        (root / f"sys/devices/system/node/node{node}").mkdir(parents=True, exist_ok=True)
    size = root / "sys/devices/system/memory"
    size.mkdir(parents=True)
    (size / "block_size_bytes").write_text("2000000\n")


def test_proc_iomem_gets_its_nodes_from_sysfs(tmp_path: Path) -> None:
    nodes(tmp_path, {0: [32, 33], 1: [34, 35]})
    found = machine(tmp_path, {"proc/iomem": IOMEM})
    assert isinstance(found, MemoryMap)
    assert [(region.base, region.node) for region in found.memory] == [
        (0x4000_0000, 0),
        (0x4400_0000, 1),
        (0x440F_0000, 1),
        (0x4410_0000, 1),
    ]
    assert not any("NUMA" in note for note in found.notes)


@pytest.mark.parametrize(
    ("blocks", "words"),
    [({0: [], 1: []}, "this machine has 2"), ({0: [32], 1: [32]}, "nodes . and . share a memory block")],
)
def test_proc_iomem_without_nodes_is_not_taken_on_a_machine_with_several(
    tmp_path: Path, blocks: dict[int, list[int]], words: str
) -> None:
    nodes(tmp_path, blocks)
    with pytest.raises(InputError, match="no source") as raised:
        machine(tmp_path, {"proc/iomem": IOMEM})
    assert re.search(words, raised.value.hint)


def test_the_command_line_is_that_of_the_running_kernel(tmp_path: Path) -> None:
    found = machine(tmp_path, {**ALL, "proc/cmdline": "root=/dev/vda mem=64M quiet\n"})
    assert found.command_line == "root=/dev/vda mem=64M quiet"
    (tmp_path / "proc/cmdline").unlink()
    assert machine(tmp_path, ALL).command_line is None


@pytest.mark.parametrize("size", ["0", "8", "-8", "x", "\0"])
def test_a_size_that_no_memory_block_has_shows_no_nodes(tmp_path: Path, size: str) -> None:
    """Memory of gigabytes was cut into blocks of eight bytes."""
    nodes(tmp_path, {0: [32, 33], 1: [34, 35]})
    (tmp_path / "sys/devices/system/memory/block_size_bytes").write_text(size)
    with pytest.raises(InputError) as raised:
        machine(tmp_path, {"proc/iomem": IOMEM})
    assert "does not show nodes" in raised.value.hint


def test_folders_without_a_number_are_no_nodes_and_no_blocks(tmp_path: Path) -> None:
    nodes(tmp_path, {0: [32, 33], 1: [34, 35]})
    for name in ("node1x", "node0/memory5x", "node0/memory5/x"):
        (tmp_path / "sys/devices/system/node" / name).mkdir(parents=True)
    found = machine(tmp_path, {"proc/iomem": IOMEM})
    assert isinstance(found, MemoryMap)
    assert {region.node for region in found.memory} == {0, 1}
