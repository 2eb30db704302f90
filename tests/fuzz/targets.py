# SPDX-License-Identifier: GPL-2.0-or-later
"""Every reader as a fuzz target: bytes in, a valid result or an error of one clear line out.

A target raises if a reader raises anything but InputError, returns an invalid result, or raises an error
without a hint.
"""

import gzip
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

from explorer.api import check
from explorer.boot import Kernel, KernelConfig, parse_command_line, simulate
from explorer.configuration import read_config
from explorer.errors import InputError
from explorer.machine import Firmware, MemoryMap, memory_map_to_json
from explorer.machine.bootlog import read_boot_log
from explorer.machine.devicetree import read_devicetree
from explorer.machine.iomem import read_iomem
from explorer.machine.json_form import read_json
from explorer.machine.machine_sources import parse_machine
from explorer.machine.memblock_files import memblock_of_lists
from explorer.machine.shipped_maps import shipped_map
from explorer.narrative.finding_narrative import finding_message
from explorer.version import KernelVersion
from tests.fuzz.kconfig_targets import KCONFIG_TARGETS
from tests.fuzz.result_targets import RESULT_TARGETS
from tests.fuzz.target import Target, said_well
from tests.machine.libfdt_oracle import NO_LIBFDT, compared_with_libfdt
from tests.machine.test_machine_sources import DTS, EFI, IOMEM, MEMORY, RANGES
from tests.machine.test_readers import LOG, devicetree

__all__ = ["TARGETS"]

DATA = Path(__file__).parents[1] / "data"
TREE = devicetree(
    [(0x4000_0000, 0x800_0000), (0x8000_0000, 0x800_0000)],
    node_ids=[0, 1],
    reserved=[("fw", 0x440F_0000, 0x1_0000, True)],
    memreserve=[(0x4600_0000, 0x1000)],
)
CONFIG = (
    b"# Linux/arm64 6.1.0 Kernel Configuration\nCONFIG_ARM64=y\n# CONFIG_NUMA is not set\nCONFIG_NR_CPUS=4\n"
)


def _valid(found: MemoryMap | Firmware) -> None:
    for note in found.notes:
        assert "\n" not in note
    if isinstance(found, MemoryMap):
        assert found.memory
        memory_map_to_json(found)
    else:
        assert found.banks or found.efi


def _machine(read: Callable[[bytes], MemoryMap | Firmware]) -> Callable[[bytes], None]:
    def run(data: bytes) -> None:
        try:
            found = read(data)
        except InputError as error:
            said_well(error)
        else:
            _valid(found)

    return run


def _devicetree(data: bytes) -> None:
    """Reads a device tree; where libfdt is installed, it must read the same."""
    _machine(lambda data: read_devicetree(data, "fuzz"))(data)
    if not NO_LIBFDT:
        compared_with_libfdt(data)


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _config(data: bytes) -> None:
    try:
        found = read_config("-", BytesIO(data))
    except InputError as error:
        said_well(error)
    else:
        assert all(setting.symbol and setting.line > 0 for setting in found.settings)


def _check(data: bytes) -> None:
    """Reads a ``.config`` and checks it. The kernel is given, because few inputs name one."""
    try:
        found = check(read_config("-", BytesIO(data)), machines=["flat"], kernel="6.1")
    except InputError as error:
        said_well(error)
    else:
        assert found.verdict in {"unreachable", "unsafe", "unknown", "safe"}
        assert all(finding_message(found.tree, finding) for finding in found.findings)


_BUILD = KernelConfig.of(
    Kernel.of(KernelVersion.parse("6.1")), {"NUMA": "y", "SPARSEMEM": "y", "SPARSEMEM_VMEMMAP": "y"}
)


def _boot(data: bytes) -> None:
    """Reads a machine and boots it, or refuses it."""
    try:
        found = parse_machine(data, "fuzz")
        assert simulate(_BUILD, found).zones
    except InputError as error:
        said_well(error)


_OLD_BUILD = {"FLATMEM": "y", "RANDOMIZE_BASE": "y", "PAGE_OWNER": "y", "HIBERNATION": "y", "KEXEC_CORE": "y"}
_LINES = (
    b'\0quiet mem=64M page_owner=on "a b"=c rodata=full -- init',
    b"\x01crashkernel=64M-:8M@0x46000000 nohibernate debug_pagealloc=on mem=0x4000K",
)


def _command_line(data: bytes) -> None:
    """Boots with a command line and a seed: the first byte chooses the seed."""
    seed = int.from_bytes(data[:1], "big") << 56
    try:
        parameters = parse_command_line(data[1:].decode("utf-8", "surrogateescape"), seed)
        config = KernelConfig.of(Kernel.of(KernelVersion(5, 4)), _OLD_BUILD, parameters=parameters)
        boot = simulate(config, shipped_map("nomap-mid"))
    except InputError as error:
        said_well(error)
    else:
        assert boot.kernel_config.parameters == parameters


_LOGS = tuple(text.encode() for text in (LOG, EFI, RANGES)) + tuple(
    path.read_bytes() for path in sorted((DATA / "machines").glob("*.log"))
)
_JSON = b'{"memory": [{"base": "0x40000000", "size": 4096, "flags": ["nomap"], "node": 1}], "reserved": []}'
_ALL = (TREE, *_LOGS, IOMEM.encode(), MEMORY.encode(), _JSON)

TARGETS: dict[str, Target] = {
    "devicetree": Target(_devicetree, (TREE,)),
    "bootlog": Target(_machine(lambda data: read_boot_log(_text(data), "fuzz")), _LOGS),
    "iomem": Target(_machine(lambda data: read_iomem(_text(data), "fuzz")), (IOMEM.encode(),)),
    "memblock": Target(
        _machine(lambda data: memblock_of_lists(_text(data), None, "fuzz")), (MEMORY.encode(),)
    ),
    "json": Target(_machine(lambda data: read_json(_text(data), "fuzz")), (_JSON,)),
    "source": Target(_machine(lambda data: parse_machine(data, "fuzz")), (DTS.encode(),)),
    "machine": Target(_machine(lambda data: parse_machine(data, "fuzz")), _ALL),
    "boot": Target(_boot, _ALL),
    "cmdline": Target(_command_line, _LINES),
    "check": Target(_check, (CONFIG, b'CONFIG_ARM64=y\nCONFIG_NUMA="y"\n# CONFIG_SPARSEMEM is not set #\n')),
    "config": Target(_config, (CONFIG, gzip.compress(CONFIG, mtime=0))),
    **KCONFIG_TARGETS,
    **RESULT_TARGETS,
}
