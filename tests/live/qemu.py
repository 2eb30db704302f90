# SPDX-License-Identifier: GPL-2.0-or-later
"""Boots a kernel on a given memory map with QEMU's ``virt`` machine.

QEMU rewrites /memory when it loads a kernel itself. So everything is put into memory by its generic loader,
and a few instructions hand over: the device tree that the kernel sees is byte for byte the one that we wrote.
"""

import os
import select
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from functools import cache
from pathlib import Path

from explorer.machine import Firmware, Region, ReservedNode
from explorer.machine.flattened_devicetree import DevicetreeNode, parse_devicetree
from tests.live.debian import Unavailable, package
from tests.machine.devicetree_writer import two_cells, written

__all__ = [
    "COMMAND_LINE",
    "boot",
    "boot_efi",
    "boot_plain",
    "compiled",
    "console_of",
    "cpio",
    "devicetree",
    "initramfs",
    "merged_tree",
    "qemu_command",
    "run_loaded",
]

KERNEL, INITRD, TREE, STUB = 0x4400_0000, 0x4800_0000, 0x4900_0000, 0x4920_0000
"""Load addresses, in bytes above ``at``: every memory map must have usable memory there."""

RAM_MIB = 6 << 10
"""RAM of the machine; a device tree may describe less. QEMU allocates only pages that the kernel uses."""

# ldr x0, tree; ldr x4, kernel; br x4; nop (arm64 booting.rst: x0 holds the tree; x1 to x3 are 0 since reset)
_STUB = (0x5800_0080, 0x5800_00A4, 0xD61F_0080, 0xD503_201F)

_SECONDS = 120
_PANIC = b"---[ end Kernel panic"
"""A panic early in boot ends here: the kernel cannot reboot yet."""
_LEFT_OUT = (
    "load_system_certificate_list,jent_mod_init,"
    "bpf_kfunc_init,bpf_tcp_ca_kfunc_init,bpf_dummy_struct_ops_init"
)
"""Initcalls that take a third of a boot under QEMU: certificates, tables of BPF. None is of memory."""
COMMAND_LINE = (
    "console=ttyAMA0 earlycon=pl011,0x9000000 memblock=debug loglevel=8 panic=-1 cryptomgr.notests "
    f"initcall_blacklist={_LEFT_OUT}"
)


def qemu_command(mebibytes: int, *machine: str) -> list[str]:
    """QEMU with a serial console and no network.

    Raises:
        Unavailable: it is not installed.
    """
    found = shutil.which("qemu-system-aarch64")
    if not found:
        raise Unavailable("qemu-system-aarch64 is not installed (Debian: apt-get install qemu-system-arm)")
    words = ["-M", ",".join(("virt", *machine)), "-cpu", "max,pauth=off,sve=off", "-m", str(mebibytes)]
    return [found, *words, "-nographic", "-nic", "none", "-no-reboot"]


@cache
def _virt_tree() -> bytes:
    """The device tree that QEMU makes for the machine itself."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "virt.dtb"
        command = qemu_command(RAM_MIB, f"dumpdtb={target}")
        done = subprocess.run(command, capture_output=True, check=False, timeout=60)
        if not target.exists():
            raise Unavailable(f"QEMU makes no device tree: {done.stderr.decode(errors='replace')[-200:]}")
        return target.read_bytes()


def devicetree(firmware: Firmware, initrd_size: int = 0, at: int = 0) -> bytes:
    """QEMU's device tree with the memory and the ``/chosen`` that firmware shall report."""
    virt = parse_devicetree(_virt_tree(), "QEMU").root
    reserved = DevicetreeNode(
        "reserved-memory",
        dict.fromkeys(("#address-cells", "#size-cells"), (2).to_bytes(4, "big")) | {"ranges": b""},
        tuple(map(_reserved_node, firmware.reserved)),
    )
    others = (node for node in virt.children if not node.name.startswith("memory"))
    children = (reserved, *map(_memory_node, firmware.banks), *others)
    return _with_chosen(replace(virt, children=children), initrd_size, at, firmware)


def _memory_node(bank: Region) -> DevicetreeNode:
    properties = {"device_type": b"memory\0", "reg": two_cells(bank.base, bank.size)}
    if bank.node is not None:
        properties["numa-node-id"] = bank.node.to_bytes(4, "big")
    return DevicetreeNode(f"memory@{bank.base:x}", properties)


def _reserved_node(reserved: ReservedNode) -> DevicetreeNode:
    properties = {"reg": two_cells(reserved.base, reserved.size)}
    if reserved.no_map:
        properties["no-map"] = b""
    return DevicetreeNode(f"{reserved.name}@{reserved.base:x}", properties)


def merged_tree(source: str, initrd_size: int) -> bytes:
    """QEMU's device tree with the memory of a device tree source that has the cells of its root.

    Raises:
        Unavailable: dtc is not installed.
    """
    virt = _dtc("dtb", "dts", _virt_tree()).decode()
    head, body = source.split("/ {", 1)
    text = f"{virt.replace('/dts-v1/;', head)}/ {{ /delete-node/ memory@40000000; }};\n/ {{{body}"
    tree = parse_devicetree(compiled(text), "dtc")
    return _with_chosen(tree.root, initrd_size, 0, Firmware(""), tree.reservations)


def compiled(source: str) -> bytes:
    """The flattened tree of a device tree source.

    Raises:
        Unavailable: dtc is not installed.
    """
    return _dtc("dts", "dtb", source.encode())


def _dtc(form: str, target: str, data: bytes) -> bytes:
    if not shutil.which("dtc"):
        raise Unavailable("dtc is not installed (Debian: apt-get install device-tree-compiler)")
    words = ["dtc", "-q", "-I", form, "-O", target, "-o", "-", "-"]
    return subprocess.run(words, input=data, capture_output=True, check=True).stdout


def _with_chosen(
    root: DevicetreeNode,
    initrd_size: int,
    at: int,
    firmware: Firmware,
    reservations: Iterable[tuple[int, int]] = (),
) -> bytes:
    """The flattened tree with the properties that a boot loader adds."""
    words = f"{COMMAND_LINE} {firmware.command_line or ''}".strip()
    added = {
        "bootargs": words.encode() + b"\0",
        "linux,initrd-start": two_cells(at + INITRD),
        "linux,initrd-end": two_cells(at + INITRD + initrd_size),
    }
    if firmware.kaslr_seed is not None:
        added["kaslr-seed"] = two_cells(firmware.kaslr_seed)
    if firmware.usable:
        spans = (two_cells(region.base, region.size) for region in firmware.usable)
        added["linux,usable-memory-range"] = b"".join(spans)
    children = (
        replace(node, properties={**node.properties, **added}) if node.name == "chosen" else node
        for node in root.children
    )
    return written(replace(root, children=tuple(children)), reservations)


def boot_efi(image: Path, initrd: bytes, mebibytes: int) -> str:
    """The console output of a boot by EDK2; the memory map is then the EFI map."""
    return boot_plain(image, initrd, mebibytes, f"{COMMAND_LINE} efi=debug", efi=True)


def boot_plain(  # noqa: PLR0913 # what a machine is made of
    image: Path,
    initrd: bytes,
    mebibytes: int,
    words: str,
    *,
    efi: bool,
    nodes: int = 1,
    seconds: int = _SECONDS,
) -> str:
    """The console output of a boot, with QEMU's device tree or by EDK2.

    Args:
        image: the kernel.
        initrd: its initial RAM disk.
        mebibytes: RAM, shared out equally among the nodes.
        words: the kernel's command line.
        efi: EDK2 boots, and describes the machine by ACPI.
        nodes: NUMA nodes.
        seconds: how long it may take.
    """
    command = qemu_command(mebibytes)
    if efi:
        code = package("qemu-efi-aarch64") / "usr" / "share" / "qemu-efi-aarch64" / "QEMU_EFI.fd"
        command += ["-bios", str(code)]
    for node in range(nodes if nodes > 1 else 0):
        command += ["-object", f"memory-backend-ram,id=m{node},size={mebibytes // nodes}M"]
        command += ["-numa", f"node,memdev=m{node}"]
    with tempfile.TemporaryDirectory() as folder:
        archive = Path(folder) / "initrd"
        archive.write_bytes(initrd)
        return console_of(
            [*command, "-kernel", str(image), "-initrd", str(archive), "-append", words], seconds
        )


def console_of(command: list[str], seconds: int = _SECONDS) -> str:
    """The output of QEMU's serial console until power-off or until the end of a panic.

    Raises:
        Unavailable: it takes too long, or QEMU refuses the command.
    """
    ends = time.monotonic() + seconds
    output = b""
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as machine:
        assert machine.stdout
        assert machine.stderr
        while _PANIC not in output:
            ready, _, _ = select.select([machine.stdout], [], [], max(0, ends - time.monotonic()))
            data = os.read(machine.stdout.fileno(), 1 << 16) if ready else b""
            if not data:
                break
            output += data
        late = time.monotonic() >= ends
        with suppress(ProcessLookupError):
            os.killpg(machine.pid, signal.SIGKILL)  # a script has QEMU as a child
        said = machine.stderr.read()
    if late:
        raise Unavailable(f"a boot takes longer than {seconds} s here: {output[-300:]!r}")
    if not output:
        raise Unavailable(f"QEMU refuses: {said.decode(errors='replace').strip()[-200:]}")
    return output.decode(errors="replace").replace("\r", "")


def initramfs(script: str) -> bytes:
    """A cpio archive with busybox and a script as /init."""
    busybox = package("busybox-static") / "bin" / "busybox"
    entries = [
        ("bin", 0o040755, b""),
        ("proc", 0o040755, b""),
        ("bin/busybox", 0o100755, busybox.read_bytes()),
    ]
    entries.append(("init", 0o100755, f"#!/bin/busybox sh\n{script}".encode()))
    return cpio(entries)


def cpio(entries: Iterable[tuple[str, int, bytes]]) -> bytes:
    """A cpio archive of names, modes and contents; folders precede their contents."""
    archive = b"".join(_newc(number, *entry) for number, entry in enumerate(entries, start=1))
    return archive + _newc(0, "TRAILER!!!", 0, b"")


def _newc(number: int, name: str, mode: int, data: bytes) -> bytes:
    """One entry of the "new ASCII" cpio format (initramfs-buffer-format.rst)."""
    fields = (number, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name) + 1, 0)
    head = ("070701" + "".join(f"{field:08x}" for field in fields) + name).encode() + b"\0"
    return head + b"\0" * (-len(head) % 4) + data + b"\0" * (-len(data) % 4)


def boot(image: Path, tree: bytes, initrd: bytes, at: int = 0) -> str:
    """The console output from power-on to power-off; everything is loaded ``at`` bytes higher."""
    stub = b"".join(word.to_bytes(4, "little") for word in _STUB)
    stub += (at + TREE).to_bytes(8, "little") + (at + KERNEL).to_bytes(8, "little")
    parts = ((image.read_bytes(), KERNEL), (initrd, INITRD), (tree, TREE), (stub, STUB))
    return run_loaded([(data, at + address) for data, address in parts], at + STUB)


def run_loaded(parts: Iterable[tuple[bytes, int]], start: int, *machine: str) -> str:
    """The console output of a machine with these bytes in RAM at their addresses; it starts at ``start``."""
    with tempfile.TemporaryDirectory() as folder:
        command = qemu_command(RAM_MIB, *machine)
        for number, (data, address) in enumerate(parts):
            path = Path(folder) / str(number)
            path.write_bytes(data)
            command += ["-device", f"loader,file={path},addr={address:#x},force-raw=on"]
        return console_of([*command, "-device", f"loader,addr={start:#x},cpu-num=0"])
