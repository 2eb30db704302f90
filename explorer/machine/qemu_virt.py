# SPDX-License-Identifier: GPL-2.0-or-later
"""A device tree of our own for QEMU's ``virt`` machine, and how a kernel is started with it.

QEMU rewrites ``/memory`` of a tree that it hands over itself. So its generic loader puts kernel, initial RAM
disk and tree into memory, and a few instructions, the boot stub, start the kernel.

Rules:

1. RAM of ``virt`` begins at 1 GiB and has no hole (hw/arm/virt.c). The tree may describe any part of it.
2. QEMU writes a tree of its own to the start of RAM; nothing is loaded there.
3. x0 holds the tree's address when the kernel starts (Documentation/arch/arm64/booting.rst). The kernel lies
   at a multiple of 2 MiB plus the ``text_offset`` of its header, the tree inside 2 MiB.
4. What is loaded lies in mapped memory that is not reserved: the kernel adds an initial RAM disk to memory
   that lies outside.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from explorer.machine.memory_map import Firmware, MemoryMap, Region

__all__ = [
    "INITRD_SIZE",
    "KERNEL_SIZE",
    "RAM_START",
    "TREE_SIZE",
    "LoadAddresses",
    "boot_stub",
    "devicetree_source",
    "fill_ranges",
    "load_addresses",
]

RAM_START = 1 << 30
"""The first byte of RAM."""
_MIB = 1 << 20
KERNEL_SIZE, INITRD_SIZE, TREE_SIZE = 48 * _MIB, 8 * _MIB, 2 * _MIB
"""Bytes kept for each part; a kernel has ``image_size`` of its header."""
_ALIGNMENT = 2 * _MIB
_OWN_TREE = 2 * _MIB
_STUB_IN_TREE = 1 * _MIB

_MACHINE = """\
/dts-v1/;

/ {
	compatible = "linux,dummy-virt";
	model = "linux,dummy-virt";
	interrupt-parent = <&gic>;
	#address-cells = <2>;
	#size-cells = <2>;

	psci {
		compatible = "arm,psci-1.0", "arm,psci-0.2", "arm,psci";
		method = "hvc";
		cpu_suspend = <0xc4000001>;
		cpu_off = <0x84000002>;
		cpu_on = <0xc4000003>;
		migrate = <0xc4000005>;
	};

	timer {
		compatible = "arm,armv8-timer", "arm,armv7-timer";
		interrupts = <1 13 4>, <1 14 4>, <1 11 4>, <1 10 4>;
		always-on;
	};

	gic: interrupt-controller@8000000 {
		compatible = "arm,gic-v3";
		reg = <0x0 0x8000000 0x0 0x10000>, <0x0 0x80a0000 0x0 0xf60000>;
		interrupt-controller;
		#interrupt-cells = <3>;
	};

	clock: apb-pclk {
		compatible = "fixed-clock";
		#clock-cells = <0>;
		clock-frequency = <24000000>;
		clock-output-names = "clk24mhz";
	};

	pl011@9000000 {
		compatible = "arm,pl011", "arm,primecell";
		reg = <0x0 0x9000000 0x0 0x1000>;
		interrupts = <0 1 4>;
		clocks = <&clock>, <&clock>;
		clock-names = "uartclk", "apb_pclk";
	};
"""
"""The devices of ``-M virt,gic-version=3`` that a kernel needs to print and to power off."""


def devicetree_source(firmware: Firmware, *, cpus: int = 1) -> str:
    """The source of the device tree of a ``virt`` machine with the memory of a firmware.

    Every CPU is on the node of the first bank that has one. Memory nodes keep the order of the banks.

    Args:
        firmware: what the tree reports: banks, reserved regions, command line, seed and usable ranges.
        cpus: their number.

    Raises:
        ValueError: it has an EFI memory map, or memory whose address the kernel chooses.
    """
    if firmware.efi or firmware.unplaced:
        raise ValueError("a device tree source is written of banks and of reserved memory with an address")
    node = next((bank.node for bank in firmware.banks if bank.node is not None), None)
    parts = [
        _MACHINE,
        *_cpus(cpus, node),
        *(_memory(number, bank) for number, bank in enumerate(firmware.banks)),
        *_reserved_memory(firmware),
        *_chosen(firmware),
    ]
    return "\n".join([*parts, "};\n"])


def _cpus(count: int, node: int | None) -> Iterator[str]:
    yield "\tcpus {\n\t\t#address-cells = <1>;\n\t\t#size-cells = <0>;"
    for number in range(count):
        yield f'\n\t\tcpu@{number:x} {{\n\t\t\tdevice_type = "cpu";\n\t\t\tcompatible = "arm,armv8";'
        yield f'\t\t\treg = <{number:#x}>;\n\t\t\tenable-method = "psci";'
        if node is not None:
            yield f"\t\t\tnuma-node-id = <{node}>;"
        yield "\t\t};"
    yield "\t};\n"


def _memory(number: int, bank: Region) -> str:
    """A memory node; its number keeps nodes apart that begin at one address."""
    lines = [
        f"\tmemory-{number}@{bank.base:x} {{",
        '\t\tdevice_type = "memory";',
        f"\t\treg = {_cells(bank.base, bank.size)};",
    ]
    if bank.node is not None:
        lines.append(f"\t\tnuma-node-id = <{bank.node}>;")
    return "\n".join([*lines, "\t};\n"])


def _reserved_memory(firmware: Firmware) -> Iterator[str]:
    if not firmware.reserved:
        return
    yield "\treserved-memory {\n\t\t#address-cells = <2>;\n\t\t#size-cells = <2>;\n\t\tranges;"
    for number, child in enumerate(firmware.reserved):
        name = "no-map" if child.no_map else "reserved"
        yield f"\n\t\t{name}-{number}@{child.base:x} {{\n\t\t\treg = {_cells(child.base, child.size)};"
        if child.no_map:
            yield "\t\t\tno-map;"
        yield "\t\t};"
    yield "\t};\n"


def _chosen(firmware: Firmware) -> Iterator[str]:
    yield '\tchosen {\n\t\tstdout-path = "/pl011@9000000";'
    if firmware.command_line is not None:
        yield f'\t\tbootargs = "{_quoted(firmware.command_line)}";'
    if firmware.kaslr_seed is not None:
        yield f"\t\tkaslr-seed = <{firmware.kaslr_seed >> 32:#x} {firmware.kaslr_seed & 0xFFFF_FFFF:#x}>;"
    if firmware.usable:
        spans = ", ".join(_cells(region.base, region.size) for region in firmware.usable)
        yield f"\t\tlinux,usable-memory-range = {spans};"
    yield "\t};"


def _cells(base: int, size: int) -> str:
    """An address and a size of two cells each."""
    low = 0xFFFF_FFFF
    return f"<{base >> 32:#x} {base & low:#x} {size >> 32:#x} {size & low:#x}>"


def _quoted(text: str) -> str:
    """A text as the contents of a string of dtc: bytes that are not printable ASCII are escaped.

    A slash is escaped, too: ``/include/`` in a string looks like a source that names a file.
    """
    return "".join(
        chr(byte) if 0x20 <= byte < 0x7F and byte not in b'"\\/' else f"\\x{byte:02x}"
        for byte in text.encode()
    )


class LoadAddresses(NamedTuple):
    """Where the generic loader puts what a boot needs; first bytes.

    Attributes:
        kernel: a multiple of 2 MiB; the kernel's ``text_offset`` is added.
        initrd: the initial RAM disk.
        tree: the device tree.
        stub: the boot stub, where the CPU starts.
    """

    kernel: int
    initrd: int
    tree: int
    stub: int


def load_addresses(memory_map: MemoryMap) -> LoadAddresses | None:
    """Addresses in the memory of a map; ``None`` if it has no room, or lies outside the machine's RAM.

    The largest free ranges are taken, so that little is loaded beside the edges of the map.
    """
    if not memory_map.memory or memory_map.memory[0].base < RAM_START:
        return None
    free = _free(memory_map)
    found = []
    for size in (KERNEL_SIZE, INITRD_SIZE, TREE_SIZE):
        place = _taken(free, size)
        if place is None:
            return None
        found.append(place)
    kernel, initrd, tree = found
    return LoadAddresses(kernel, initrd, tree, tree + _STUB_IN_TREE)


def fill_ranges(memory_map: MemoryMap, places: LoadAddresses) -> tuple[tuple[int, int], ...]:
    """The memory of a map without what is loaded there, for ``boot_stub``."""
    loaded = (
        (RAM_START, RAM_START + _OWN_TREE),
        (places.kernel, places.kernel + KERNEL_SIZE),
        (places.initrd, places.initrd + INITRD_SIZE),
        (places.tree, places.tree + TREE_SIZE),
    )
    spans = [(-(-region.base // 16) * 16, region.end // 16 * 16) for region in memory_map.memory]
    for cut in loaded:
        spans = [piece for span in spans for piece in _without(span, cut)]
    return tuple(span for span in spans if span[0] < span[1])


def _free(memory_map: MemoryMap) -> list[tuple[int, int]]:
    """Mapped memory without what is reserved and without QEMU's own tree, in multiples of 2 MiB."""
    nomap = (region for region in memory_map.memory if region.nomap)
    free: list[tuple[int, int]] = []
    for region in sorted(memory_map.memory, key=lambda region: region.base):
        if not region.nomap:
            free.append((max(region.base, free[-1][1] if free else 0), region.end))
    for region in (Region(RAM_START, _OWN_TREE), *nomap, *memory_map.reserved):
        pieces = ((span, (region.base, region.end)) for span in free)
        free = [piece for span, cut in pieces for piece in _without(span, cut)]
    whole = ((-(-low // _ALIGNMENT) * _ALIGNMENT, high // _ALIGNMENT * _ALIGNMENT) for low, high in free)
    return [(low, high) for low, high in whole if low < high]


def _without(span: tuple[int, int], cut: tuple[int, int]) -> Iterator[tuple[int, int]]:
    low, high = span
    pieces = ((low, min(high, cut[0])), (max(low, cut[1]), high))
    yield from (piece for piece in pieces if piece[0] < piece[1])


def _taken(free: list[tuple[int, int]], size: int) -> int | None:
    """Take a range out of the middle of the largest free one, and return its start."""
    low, high = max(free, key=lambda span: span[1] - span[0], default=(0, 0))
    if high - low < size:
        return None
    start = low + (high - low - size) // 2 // _ALIGNMENT * _ALIGNMENT
    free.remove((low, high))
    free += _without((low, high), (start, start + size))
    return start


_STUB = (
    0x1000_0205,  #       adr  x5, table
    0x9280_0008,  #       mov  x8, #-1
    0xA8C1_1CA6,  # next: ldp  x6, x7, [x5], #16     a range of the table: its start and its end
    0xB400_00A7,  #       cbz  x7, go                the last one is empty
    0xA881_20C8,  # fill: stp  x8, x8, [x6], #16
    0xEB07_00DF,  #       cmp  x6, x7
    0x54FF_FFC3,  #       b.lo fill
    0x17FF_FFFB,  #       b    next
    0x5800_0080,  # go:   ldr  x0, tree              x1 to x3 are 0 since reset
    0x5800_00A4,  #       ldr  x4, kernel
    0xD61F_0080,  #       br   x4
    0xD503_201F,  #       nop
)  # then three literals: tree and kernel, 8 bytes each, and the table


def boot_stub(tree: int, kernel: int, fill: Sequence[tuple[int, int]] = ()) -> bytes:
    """The instructions that start a kernel, with the addresses that they read.

    Args:
        tree: address of the device tree.
        kernel: address of the kernel's first instruction.
        fill: ranges of RAM to fill with 0xff before, as RAM that held something; multiples of 16 bytes.
    """
    code = b"".join(word.to_bytes(4, "little") for word in _STUB)
    numbers = (tree, kernel, *(edge for span in fill for edge in span), 0, 0)
    return code + b"".join(number.to_bytes(8, "little") for number in numbers)
