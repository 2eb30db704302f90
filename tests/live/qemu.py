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
from functools import cache
from pathlib import Path

import libfdt

from explorer.machine import Firmware
from tests.live.debian import Unavailable, package

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
    tree = libfdt.Fdt(bytearray(_virt_tree()))
    tree.resize(2 << 20)
    while (offset := tree.first_subnode(0, [libfdt.NOTFOUND])) >= 0:
        while offset >= 0 and not tree.get_name(offset).startswith("memory"):
            offset = tree.next_subnode(offset, [libfdt.NOTFOUND])
        if offset < 0:
            break
        tree.del_node(offset)
    for bank in reversed(firmware.banks):  # libfdt puts a new node before its siblings
        node = tree.add_subnode(0, f"memory@{bank.base:x}")
        tree.setprop_str(node, "device_type", "memory")
        tree.setprop(node, "reg", _cells(bank.base, bank.size))
        if bank.node is not None:
            tree.setprop_u32(node, "numa-node-id", bank.node)
    parent = tree.add_subnode(0, "reserved-memory")
    tree.setprop_u32(parent, "#address-cells", 2)
    tree.setprop_u32(parent, "#size-cells", 2)
    tree.setprop(parent, "ranges", b"")
    for reserved in reversed(firmware.reserved):
        node = tree.add_subnode(tree.path_offset("/reserved-memory"), f"{reserved.name}@{reserved.base:x}")
        tree.setprop(node, "reg", _cells(reserved.base, reserved.size))
        if reserved.no_map:
            tree.setprop(node, "no-map", b"")
    return _with_chosen(tree, initrd_size, at, firmware)


def merged_tree(source: str, initrd_size: int) -> bytes:
    """QEMU's device tree with the memory of a device tree source that has the cells of its root.

    Raises:
        Unavailable: dtc is not installed.
    """
    virt = _dtc("dtb", "dts", _virt_tree()).decode()
    head, body = source.split("/ {", 1)
    text = f"{virt.replace('/dts-v1/;', head)}/ {{ /delete-node/ memory@40000000; }};\n/ {{{body}"
    tree = libfdt.Fdt(bytearray(compiled(text)))
    tree.resize(2 << 20)
    return _with_chosen(tree, initrd_size, 0, Firmware(""))


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


def _with_chosen(tree: libfdt.Fdt, initrd_size: int, at: int, firmware: Firmware) -> bytes:
    """The device tree with the properties that a boot loader adds."""
    chosen = tree.path_offset("/chosen")
    tree.setprop_str(chosen, "bootargs", f"{COMMAND_LINE} {firmware.command_line or ''}".strip())
    if firmware.kaslr_seed is not None:
        tree.setprop_u64(chosen, "kaslr-seed", firmware.kaslr_seed)
    if firmware.usable:
        spans = (_cells(region.base, region.size) for region in firmware.usable)
        tree.setprop(chosen, "linux,usable-memory-range", b"".join(spans))
    tree.setprop_u64(chosen, "linux,initrd-start", at + INITRD)
    tree.setprop_u64(chosen, "linux,initrd-end", at + INITRD + initrd_size)
    tree.pack()
    return bytes(tree.as_bytearray())


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


def _cells(base: int, size: int) -> bytes:
    return base.to_bytes(8, "big") + size.to_bytes(8, "big")


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
