# SPDX-License-Identifier: GPL-2.0-or-later
"""All sources of a running kernel give one memory map, and it agrees with the simulator."""

import base64
import re
from io import BytesIO
from pathlib import Path

import pytest

from explorer.boot import KernelConfig, simulate
from explorer.errors import InputError
from explorer.machine import Firmware, MemoryMap, Region, read_machine, read_this_machine
from tests.live.debian import Unavailable
from tests.live.qemu import boot, boot_efi, devicetree, initramfs
from tests.live.test_numbers import firmware, kernel_and_build

pytestmark = pytest.mark.live

FILES = (
    "/proc/iomem",
    "/sys/kernel/debug/memblock/memory",
    "/sys/kernel/debug/memblock/reserved",
    "/sys/devices/system/memory/block_size_bytes",
)
INIT = f"""
b=/bin/busybox
$b mount -t proc proc /proc
$b mkdir /sys
$b mount -t sysfs sysfs /sys
$b mount -t debugfs debugfs /sys/kernel/debug
$b sleep 1
for file in {" ".join(FILES)}; do echo "BEGIN-$file"; $b cat $file; echo "END-$file"; done
echo BEGIN-/sys/firmware/fdt; $b base64 /sys/firmware/fdt; echo END-/sys/firmware/fdt
echo BEGIN-nodes; for node in /sys/devices/system/node/node*; do echo $node; done
for block in /sys/devices/system/node/node*/memory*; do echo $block; done; echo END-nodes
echo ALL-SHOWN
$b poweroff -f
"""
_NOISE = re.compile(r"^\[ *\d+\.\d+\].*\n?", re.MULTILINE)


def shown(console: str, name: str) -> str:
    """The contents of a file on the console, without the kernel's messages in between."""
    found = re.search(rf"BEGIN-{re.escape(name)}\n(.*?)END-{re.escape(name)}", console, re.DOTALL)
    assert found, name
    return _NOISE.sub("", found[1])


def root_of(folder: Path, console: str, *names: str) -> Path:
    """A machine that has only these files."""
    for name in names:
        path = folder / name.lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(shown(console, name))
    for name in shown(console, "nodes").split():
        (folder / name.lstrip("/")).mkdir(parents=True, exist_ok=True)
    return folder


def plain(memory: tuple[Region, ...]) -> list[tuple[int, int, bool, int]]:
    """Regions for comparison; a missing node is node 0."""
    return [(region.base, region.size, region.nomap, region.node or 0) for region in memory]


def without_dump(console: str) -> bytes:
    log = console.partition("BEGIN-")[0]
    return re.sub(
        r"^.*(MEMBLOCK configuration|memory\[|reserved\[|\.cnt).*\n", "", log, flags=re.MULTILINE
    ).encode()


def booted(kernel_config: KernelConfig, machine: MemoryMap | Firmware) -> list[tuple[int, int, bool, int]]:
    return plain(simulate(kernel_config, machine).memory_map.memory)


@pytest.fixture(
    scope="module",
    params=[
        f"{series}/{name}"
        for series in ("6.1", "6.12")
        for name in (
            "nomap inside a pageblock",
            "nomap over whole sections",
            "two nodes split in a nomap pageblock",
            "across 4 GiB",
        )
    ],
)
def machine(
    request: pytest.FixtureRequest,
) -> tuple[str, str, KernelConfig, list[tuple[int, int, bool, int]]]:
    """Series, console, build, and the memory that the simulator makes of the device tree."""
    series, _, name = str(request.param).partition("/")
    try:
        image, kernel_config = kernel_and_build(series)
        archive = initramfs(INIT)
        tree = devicetree(firmware(name), len(archive))
        console = boot(image, tree, archive)
    except Unavailable as reason:
        pytest.skip(f"no live boot here: {reason}")
    assert "ALL-SHOWN" in console, console[-2000:]
    return series, console, kernel_config, booted(kernel_config, read_machine("-", BytesIO(tree)))


Machine = tuple[str, str, KernelConfig, list[tuple[int, int, bool, int]]]


def test_the_dump_in_the_log_agrees(machine: Machine) -> None:
    _, console, kernel_config, expected = machine
    assert booted(kernel_config, read_machine("-", BytesIO(console.encode()))) == expected


def test_the_device_tree_of_the_running_kernel_agrees(machine: Machine) -> None:
    _, console, kernel_config, expected = machine
    blob = base64.b64decode(shown(console, "/sys/firmware/fdt"))
    assert booted(kernel_config, read_machine("-", BytesIO(blob))) == expected


def test_proc_iomem_with_the_nodes_of_sysfs_agrees(machine: Machine, tmp_path: Path) -> None:
    _, console, kernel_config, expected = machine
    root = root_of(tmp_path, console, "/proc/iomem", "/sys/devices/system/memory/block_size_bytes")
    try:
        found = read_this_machine(root, "aarch64")
    except InputError as error:  # a node may begin inside a block of memory
        assert "share a memory block" in str(error)  # noqa: PT017 # either is right
        assert {node for *_, node in expected} == {0, 1}
        return
    assert booted(kernel_config, found) == expected


def test_debugfs_agrees_where_it_shows_flags(machine: Machine, tmp_path: Path) -> None:
    series, console, kernel_config, expected = machine
    root = root_of(tmp_path, console, *FILES[1:3])
    if series == "6.1":
        with pytest.raises(InputError, match="no source") as raised:
            read_this_machine(root, "aarch64")
        assert "shows no flags" in raised.value.hint
        return
    found = read_this_machine(root, "aarch64")
    assert found.source == "/sys/kernel/debug/memblock"
    assert booted(kernel_config, found) == expected


def test_node_ranges_agree_where_the_kernel_tells_reserved_memory(machine: Machine) -> None:
    series, console, kernel_config, expected = machine
    log = without_dump(console)
    if series == "6.1":
        with pytest.raises(InputError, match=r"only kernels since 6\.3 print it"):
            read_machine("-", BytesIO(log))
        return
    assert booted(kernel_config, read_machine("-", BytesIO(log))) == expected


@pytest.mark.parametrize("series", ["6.1", "6.12"])
def test_what_edk2_said_agrees_with_what_the_kernel_made_of_it(series: str, tmp_path: Path) -> None:
    try:
        image, kernel_config = kernel_and_build(series)
        console = boot_efi(image, initramfs(INIT), 1024)
    except Unavailable as reason:
        pytest.skip(f"no live boot here: {reason}")
    assert "ALL-SHOWN" in console, console[-2000:]
    expected = booted(kernel_config, read_machine("-", BytesIO(console.encode())))
    told = read_machine("-", BytesIO(without_dump(console)))
    assert isinstance(told, Firmware)
    assert booted(kernel_config, told) == expected
    iomem = read_this_machine(root_of(tmp_path, console, "/proc/iomem"), "aarch64")
    assert booted(kernel_config, iomem) == expected
