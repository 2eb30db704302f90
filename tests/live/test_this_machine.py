# SPDX-License-Identifier: GPL-2.0-or-later
"""The program runs on an arm64 machine and reads its memory: device tree and EFI, as root and as a user.

Better sources are hidden one after the other, so that ``--this-machine`` uses each of them once. All give one
memory map. To look at more by hand, change ``GUEST`` and print the console.
"""

import base64
import pickle
import re

import pytest

from explorer.boot import KernelConfig, simulate
from explorer.machine import Firmware, MemoryMap
from tests.live.debian import Unavailable, kernel_image
from tests.live.qemu import boot_plain
from tests.live.test_numbers import kernel_and_build
from tests.live.test_sources import booted
from tests.live.userland import userland

pytestmark = pytest.mark.live

READ = b"""
import base64, os, pickle, subprocess, sys
from explorer.errors import InputError
from explorer.machine import read_machine, read_this_machine
if "user" in sys.argv:
    os.setgroups([])
    os.setgid(1000)
    os.setuid(1000)
for name in sys.argv[1:]:
    try:
        if name == "log":
            dmesg = subprocess.run(["/bin/dmesg", "-s", "16000000"], stdout=-1, stderr=-3)
            open("/tmp/log", "wb").write(dmesg.stdout)
            name = "/tmp/log"
        found = read_this_machine() if name in ("here", "user") else read_machine(name)
        print("FOUND", name, base64.b64encode(pickle.dumps(found)).decode())
    except InputError as error:
        print("REFUSED", name, error)
"""
GUEST = """
echo 1 > /proc/sys/kernel/dmesg_restrict
python read.py here log /proc/iomem /sys/firmware/fdt
python read.py user
mount -t debugfs debugfs /sys/kernel/debug
cp -r /sys/kernel/debug/memblock memblock
python read.py /root/memblock here
mount --bind /dev/null {first}; python read.py here
umount /sys/kernel/debug; python read.py here
mount --bind /dev/null /dev/kmsg; python read.py here
python -m explorer check /root/config --this-machine; echo EXIT $?
echo ALL-SHOWN; poweroff -f
"""
Found = list[tuple[str, MemoryMap | Firmware | str]]


def shown(console: str) -> Found:
    """The result or the error of each reader, in order."""
    lines = re.findall(r"^(FOUND|REFUSED) (\S+) (.*)$", console, re.MULTILINE)
    return [
        (name, pickle.loads(base64.b64decode(text)) if kind == "FOUND" else text)  # noqa: S301 # of our own guest
        for kind, name, text in lines
    ]


def run(series: str, words: str, first: str, *, efi: bool) -> tuple[Found, KernelConfig, str]:
    try:
        image, kernel_config = kernel_and_build(series)
        config = kernel_image(series)[1].read_bytes()
        initrd = userland(GUEST.format(first=first), config=config, **{"read.py": READ})
        command_line = f"console=ttyAMA0 panic=-1 quiet {words}"
        console = boot_plain(image, initrd, 1536, command_line, efi=efi, nodes=2, seconds=400)
    except Unavailable as reason:
        pytest.skip(f"no live boot here: {reason}")
    assert "ALL-SHOWN" in console, console[-2000:]
    return shown(console), kernel_config, console


def agree(found: Found, kernel_config: KernelConfig) -> None:
    """Checks that all sources give one memory map, except for nodes that a file does not show."""
    memories = [(name, booted(kernel_config, told)) for name, told in found if not isinstance(told, str)]
    told = dict(memories)["here"]
    for name, memory in memories:
        if name == "/proc/iomem":
            ends = [(base, base + size, nomap) for base, size, nomap, _ in memory]
            assert sum(end - base for base, end, _ in ends) == sum(size for _, size, *_ in told)
            assert [bounds for bounds in ends if bounds[2]] == [
                (base, base + size, nomap) for base, size, nomap, _ in told if nomap
            ]
        else:
            assert memory == told, name


def sources(found: Found) -> list[str]:
    return [told.source for name, told in found if name == "here" and not isinstance(told, str)]


def test_an_arm64_machine_that_a_device_tree_describes() -> None:
    found, kernel_config, console = run("6.1", "memblock=debug", "/sys/firmware/fdt", efi=False)
    agree(found, kernel_config)
    assert sources(found) == [
        "/sys/firmware/fdt",
        "/sys/firmware/fdt",
        "/dev/kmsg",
        "/dev/kmsg",
        "/proc/iomem",
    ]
    assert {
        node
        for *_, node in booted(kernel_config, next(told for _, told in found if isinstance(told, Firmware)))
    } == {
        0,
        1,
    }
    refused = {name: said for name, said in found if isinstance(said, str)}
    assert set(refused) == {"user", "/root/memblock"}
    assert "run this as root" in refused["user"]
    assert "shows no flags" in refused["/root/memblock"]
    assert "; memory: safe on 1 of 1 map; exit 0" in console
    assert "EXIT 0" in console
    assert (
        simulate(kernel_config, next(told for _, told in found if isinstance(told, MemoryMap))).faults == ()
    )


def test_an_arm64_machine_that_efi_describes() -> None:
    found, kernel_config, console = run("6.12", "efi=debug", "/dev/kmsg", efi=True)
    agree(found, kernel_config)
    memblock = "/sys/kernel/debug/memblock"
    assert sources(found) == ["/dev/kmsg", "/dev/kmsg", memblock, "/proc/iomem", "/proc/iomem"]
    refused = {name: said for name, said in found if isinstance(said, str)}
    assert set(refused) == {"user", "/sys/firmware/fdt"}
    assert "EFI started the kernel" in refused["/sys/firmware/fdt"]
    assert "EXIT 0" in console
