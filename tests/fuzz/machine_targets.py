# SPDX-License-Identifier: GPL-2.0-or-later
"""Fuzz targets for memory maps in every form, and for what boots on them."""

from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

from explorer.boot import Boot, BootParameters, Kernel, KernelConfig, parse_command_line, simulate
from explorer.machine import Firmware, MemoryMap, memory_map_to_json, read_machine, read_this_machine
from explorer.machine.bootlog import read_boot_log
from explorer.machine.devicetree import read_devicetree
from explorer.machine.flattened_devicetree import DevicetreeNode
from explorer.machine.iomem import read_iomem
from explorer.machine.json_form import read_json
from explorer.machine.machine_sources import parse_machine
from explorer.machine.memblock_files import memblock_of_lists
from explorer.machine.shipped_maps import shipped_map
from explorer.version import KernelVersion
from tests.fuzz.archive import folder_of, packed
from tests.fuzz.mutation import mutate_bytes, mutate_json, mutate_lines, repeated
from tests.fuzz.target import Mutate, Target, is_refused
from tests.machine.devicetree_writer import two_cells, written
from tests.machine.libfdt_oracle import NO_LIBFDT, compared_with_libfdt
from tests.machine.test_machine_sources import DTS, EFI, IOMEM, MEMORY, RANGES
from tests.machine.test_readers import LOG, devicetree

__all__ = ["MACHINE_TARGETS"]

_DATA = Path(__file__).parents[1] / "data"
_TREE = devicetree(
    [(0x4000_0000, 0x800_0000), (0x8000_0000, 0x800_0000)],
    node_ids=[0, 1],
    reserved=[("fw", 0x440F_0000, 0x1_0000, True)],
    memreserve=[(0x4600_0000, 0x1000)],
)
_CUT = frozenset({"four-nodes", "honeycomb", "kunpeng920", "rock5b", "rpi4-8g", "x13s"})
"""Real logs that do not show the whole memory map; they are refused."""
_REAL = {path.stem: path.read_bytes() for path in sorted((_DATA / "machines").glob("*.log"))}
_LOGS = (
    *(text.encode() for text in (LOG, EFI, RANGES)),
    *(data for name, data in _REAL.items() if name not in _CUT),
)
_CUT_LOGS = tuple(data for name, data in _REAL.items() if name in _CUT)
_JSON = b"""{"memory": [{"base": "0x40000000", "size": 4096, "flags": ["nomap"], "node": 1},
{"base": "0x50000000", "size": "0x8000000", "flags": []}], "reserved": [{"base": "0x51000000", "size": 4096}],
"name": "board", "command_line": "mem=64M quiet", "kaslr_seed": "0xff"}"""
_RESERVED = "   0: 0x0000000042080000..0x000000004237cfff    x NONE\n"
_WORDS = (
    *(b"memory", b"reserved", b"[0x0]", b"0x1000 bytes", b"on node 1", b"flags: 0x4", b"NOMAP", b"HOTPLUG"),
    *(b"MEMBLOCK configuration:", b" memory.cnt  = 0x1", b"efi: ", b"Conventional Memory", b"|WB|WT|WC|UC]"),
    *(
        b"SRAT: ",
        b"NUMA: ",
        b"[    0.000000] ",
        b"<6>",
        b"Linux version 6.1.0 (arm64)",
        b"nomap",
        b"-",
        b"..",
    ),
    *(b"System RAM", b"00000000-00000000 : ", b"Early memory node ranges", b"  node   0: [mem ", b"x NONE"),
)


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _judge(found: MemoryMap | Firmware) -> None:
    """What was read holds memory, has notes of one line, and is written as JSON and read back."""
    assert all("\n" not in note for note in found.notes)
    if not isinstance(found, MemoryMap):
        assert found.banks or found.efi
        return
    assert found.memory
    again = memory_map_to_json(found)
    assert again["memory"]


def _devicetree(data: bytes) -> MemoryMap | Firmware:
    """Reads a device tree; where libfdt is installed, it must read the same, or refuse it, too."""
    if not NO_LIBFDT:
        compared_with_libfdt(data)
    return read_devicetree(data, "fuzz")


_NAMES = ("memory@40000000", "memory", "chosen", "reserved-memory", "fw@0", "soc", "cpus", "distance-map", "")
_PROPERTIES = (
    *("device_type", "reg", "#address-cells", "#size-cells", "ranges", "no-map", "compatible", "size"),
    *("alignment", "alloc-ranges", "numa-node-id", "bootargs", "kaslr-seed", "linux,usable-memory-range"),
    *("reusable", "status", "linux,usable-memory", "linux,initrd-start", "linux,initrd-end", "hotpluggable"),
)


def _random_tree(chance: Random, depth: int = 0, name: str = "") -> DevicetreeNode:
    """A node with properties that the reader knows, mostly of a fitting form."""
    properties = {
        known: _random_value(known, chance) for known in chance.sample(_PROPERTIES, chance.randint(0, 5))
    }
    if name.startswith("memory") and chance.random() < 0.8:
        properties |= {"device_type": b"memory\0", "reg": _random_cells(chance)}
    if depth == 0 or name == "reserved-memory":
        properties |= {"#address-cells": b"\0\0\0\2", "#size-cells": b"\0\0\0\2"}
    names = list(_NAMES[:4]) if depth == 0 else chance.sample(_NAMES, chance.randint(0, 3))
    children = tuple(_random_tree(chance, depth + 1, child) for child in names) if depth < 3 else ()
    return DevicetreeNode(name, properties, children)


def _random_value(known: str, chance: Random) -> bytes:
    texts = (b"memory\0", b"okay\0", b"disabled\0", b"shared-dma-pool\0", b"mem=64M\0", b"", b"\xff\xfe\0")
    if known in {"device_type", "bootargs", "compatible", "status"} or chance.random() < 0.1:
        return chance.choice(texts)
    if known == "numa-node-id":
        return chance.choice((b"\0\0\0\0", b"\0\0\0\1", b"\0\0\0\1", b"\0", b"\xff\xff\xff\xff"))
    if known.startswith("#"):
        return chance.choice((b"\0\0\0\1", b"\0\0\0\2", b"\0\0\0\0", b"\xff\xff\xff\xff"))
    return chance.choice((b"", b"\0\0\0\1", _random_cells(chance), chance.randbytes(chance.randint(0, 20))))


def _random_cells(chance: Random) -> bytes:
    """Pairs of an address and a size, seldom beyond 64 bits."""
    places = (1 << 30, 1 << 31, 1 << 32, 1 << 40, chance.randrange(1 << 40))
    sizes = (1 << 12, 1 << 20, 1 << 27, 1 << 31, chance.randrange(1 << 32))
    odd = (0, 1, (1 << 64) - 1, (1 << 64) - 4096)
    pairs = ((chance.choice(places), chance.choice(sizes)) for _ in range(chance.randint(1, 3)))
    cells = [number for pair in pairs for number in pair]
    if chance.random() < 0.15:
        cells[chance.randrange(len(cells))] = chance.choice(odd)
    return two_cells(*cells)


def _other_devicetree(data: bytes, chance: Random) -> bytes:
    """A random tree in its flattened form, or one with some bytes changed."""
    if chance.random() < 0.3:
        return mutate_bytes(data, chance)
    reserved = [
        (chance.randrange(1 << 36), chance.randrange(1, 1 << 20)) for _ in range(chance.randint(0, 3))
    ]
    blob = written(_random_tree(chance), reserved, version=chance.choice((16, 17)))
    return mutate_bytes(blob, chance) if chance.random() < 0.2 else blob


_SOURCE_WORDS = (
    *(b"/dts-v1/;", b"/memreserve/ 0x0 0x1000;", b"/ {", b"};", b"reg = <0 0x40000000 0 0x10000000>;"),
    *(b'device_type = "memory";', b"#address-cells = <2>;", b"no-map;", b"reserved-memory {", b"ranges;"),
    *(b'/include/ "/etc/passwd"', b'/incbin/("x")', b"&label", b"/delete-node/", b"<&x>", b"[00 11]"),
)


# --- two lists of memblock, and the files of a running machine --------------------------------------------


def _lists(data: bytes) -> MemoryMap:
    """The list of memory, and after an empty line that of reserved memory."""
    memory, blank, reserved = _text(data).partition("\n\n")
    return memblock_of_lists(memory, reserved if blank else None, "fuzz")


def _other_lists(data: bytes, chance: Random) -> bytes:
    """Random lists as the kernel prints them, or lists with changed lines."""
    if chance.random() < 0.4:
        return _changed_lines(data, chance)
    return "\n".join(_random_list(chance) for _ in range(chance.randint(1, 2))).encode()


def _random_list(chance: Random) -> str:
    """A list of regions in order; a region may be of any size."""
    text, start = "", chance.randrange(1 << 31)
    for number in range(chance.randint(1, 5)):
        start += chance.choice((0, 1, 1 << 12, 1 << 27))
        last = start + chance.choice((0, (1 << 12) - 1, (1 << 27) - 1, 1 << 40))
        flags = chance.choice(("NONE", "NONE", "NOMAP", "HOTPLUG", "MIRROR", "NOMAP|HOTPLUG", "0x10"))
        node = chance.choice(("0", "1", "x", "1023"))
        text += f"{number:4}: {start:#018x}..{last:#018x} {node:>4} {flags}\n"
        start = last + 1
    return text


def _other_folder(data: bytes, chance: Random) -> bytes:
    """A folder with other lists, or with changed lines."""
    if chance.random() < 0.4:
        return _changed_folder(data, chance)
    return packed({"memory": _random_list(chance), "reserved": _random_list(chance)})


_FOLDERS = (
    packed({"memory": MEMORY, "reserved": _RESERVED}),
    packed({"memory": MEMORY}),
)
_RUNNING = (
    packed({"sys/firmware/fdt": _TREE, "proc/cmdline": "quiet mem=64M\n"}),
    packed({"sys/kernel/debug/memblock/memory": MEMORY, "sys/kernel/debug/memblock/reserved": _RESERVED}),
    packed({"dev/kmsg": EFI, "sys/firmware/efi/systab": "", "sys/firmware/fdt": _TREE}),
    packed(
        {
            "proc/iomem": IOMEM,
            "sys/devices/system/node/node0/memory8/x": "",
            "sys/devices/system/node/node1/memory9/x": "",
            "sys/devices/system/memory/block_size_bytes": "8000000\n",
        }
    ),
)


def _folder(data: bytes) -> MemoryMap | Firmware:
    with folder_of(data) as folder:
        return read_machine(str(folder))


def _running(data: bytes) -> MemoryMap | Firmware:
    with folder_of(data) as root:
        return read_this_machine(root, "aarch64")


_changed_folder = mutate_lines(
    *_WORDS, b"@@ memory", b"@@ reserved", b"@@ dev/kmsg", b"@@ proc/iomem", b"@@ sys/firmware/efi/x"
)


# --- boots ------------------------------------------------------------------------------------------------

_BUILD = KernelConfig.of(
    Kernel.of(KernelVersion.parse("6.1")), {"NUMA": "y", "SPARSEMEM": "y", "SPARSEMEM_VMEMMAP": "y"}
)
_OLD_BUILD = {"FLATMEM": "y", "RANDOMIZE_BASE": "y", "PAGE_OWNER": "y", "HIBERNATION": "y", "KEXEC_CORE": "y"}
_LINES = (
    b'\0quiet mem=64M page_owner=on "a b"=c rodata=full -- init',
    b"\x01crashkernel=64M-:8M@0x46000000 nohibernate debug_pagealloc=on mem=0x4000K",
)


def _boot(data: bytes) -> Boot:
    """Reads a machine and boots it; a kernel may not boot on a machine that can be read."""
    return simulate(_BUILD, parse_machine(data, "fuzz"))


def _judge_boot(boot: Boot) -> None:
    assert boot.zones
    assert boot.verdict


def _command_line(data: bytes) -> BootParameters:
    """A kernel command line and a seed, which the first byte chooses."""
    seed = int.from_bytes(data[:1], "big") << 56
    return parse_command_line(data[1:].decode("utf-8", "surrogateescape"), seed)


def _judge_command_line(parameters: BootParameters) -> None:
    """The kernel boots with it and remembers it, or no memory is left to boot."""
    config = KernelConfig.of(Kernel.of(KernelVersion(5, 4)), _OLD_BUILD, parameters=parameters)
    boots: list[Boot] = []
    if not is_refused(lambda: boots.append(simulate(config, shipped_map("nomap-mid")))):
        assert boots[0].kernel_config.parameters == parameters


_changed_line = mutate_lines(
    *(b"mem=", b"64M", b"1G", b"crashkernel=", b"@0x46000000", b"64M-:8M", b"page_owner=on", b"rodata=off"),
    *(b"debug_pagealloc=on", b"kfence.sample_interval=0", b"movablecore=", b"kernelcore=mirror", b"numa=off"),
    *(b"memblock=debug", b"memhp_default_state=online", b'"', b"--", b"=", b" ", b",high", b",low", b"K"),
)


# --- the targets ------------------------------------------------------------------------------------------


def _machine(  # noqa: PLR0913 # as a target has
    read: Callable[[bytes], MemoryMap | Firmware],
    seeds: tuple[bytes, ...],
    *modules: str,
    mutate: Mutate,
    accepted: float,
    branches: float,
    refused: tuple[bytes, ...] = (),
) -> Target[MemoryMap | Firmware]:
    return Target(
        read, _judge, seeds, modules, accepted=accepted, branches=branches, mutate=mutate, refused=refused
    )


_changed_lines = mutate_lines(*_WORDS)
_ALL = (_TREE, *_LOGS, IOMEM.encode(), MEMORY.encode(), _JSON)


def _other_form(data: bytes, chance: Random) -> bytes:
    """A device tree changes as one, JSON as JSON, and any text by its lines."""
    if data.startswith(b"\xd0\x0d\xfe\xed"):
        return _other_devicetree(data, chance)
    if data.startswith(b"{"):
        return mutate_json(data, chance)
    return _changed_lines(data, chance)


MACHINE_TARGETS: dict[str, Target[Any]] = {
    "devicetree": _machine(
        _devicetree,
        (_TREE,),
        *("machine.devicetree", "machine.devicetree_properties", "machine.flattened_devicetree"),
        mutate=_other_devicetree,
        accepted=0.36,
        branches=0.65,
    ),
    "bootlog": _machine(
        lambda data: read_boot_log(_text(data), "fuzz"),
        _LOGS,
        *(
            "machine.bootlog",
            "machine.memblock_dump",
            "machine.efi",
            "machine.numa_nodes",
            "machine.log_text",
        ),
        mutate=_changed_lines,
        accepted=0.5,
        branches=0.69,
        refused=_CUT_LOGS,
    ),
    "iomem": _machine(
        lambda data: read_iomem(_text(data), "fuzz"),
        (IOMEM.encode(),),
        "machine.iomem",
        mutate=_changed_lines,
        accepted=0.47,
        branches=0.73,
    ),
    "memblock": _machine(
        _lists,
        (MEMORY.encode(), f"{MEMORY}\n{_RESERVED}".encode()),
        "machine.memblock_files",
        mutate=_other_lists,
        accepted=0.27,
        branches=0.24,
    ),
    "folder": _machine(
        _folder,
        _FOLDERS,
        "machine.memblock_files",
        mutate=_other_folder,
        accepted=0.21,
        branches=0.35,
    ),
    "json": _machine(
        lambda data: read_json(_text(data), "fuzz"),
        (_JSON,),
        "machine.json_form",
        mutate=mutate_json,
        accepted=0.21,
        branches=0.72,
    ),
    "source": _machine(
        lambda data: parse_machine(data, "fuzz"),
        (DTS.encode(),),
        "machine.devicetree_source",
        mutate=mutate_lines(*_SOURCE_WORDS),
        accepted=0.2,
        branches=0.7,
    ),
    "machine": _machine(
        lambda data: parse_machine(data, "fuzz"),
        _ALL,
        *("machine.machine_sources", "machine.memblock_files", "machine.iomem"),
        mutate=_other_form,
        accepted=0.54,
        branches=0.39,
    ),
    "this-machine": _machine(
        _running,
        _RUNNING,
        "machine.this_machine",
        mutate=_changed_folder,
        accepted=0.48,
        branches=0.65,
    ),
    "boot": Target(
        _boot,
        _judge_boot,
        _ALL,
        ("boot",),
        accepted=0.53,
        branches=0.3,
        mutate=_other_form,
    ),
    "cmdline": Target(
        _command_line,
        _judge_command_line,
        _LINES,
        ("boot.boot_parameters", "boot.crashkernel"),
        accepted=0.37,
        branches=0.72,
        mutate=repeated(*[_changed_line] * 4, mutate_bytes),
    ),
}
