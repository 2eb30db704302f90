# SPDX-License-Identifier: GPL-2.0-or-later
"""Hostile files against the bounds that docs/machines.md states: 64 MiB in, 1.5 GiB of memory, one line out.

Each runs in a process of its own that may use no more: what breaks the bound dies, and the test with it.
"""

import gzip
import re
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from explorer.errors import InputError
from explorer.machine import Firmware
from explorer.machine.machine_sources import parse_machine
from tests.commandline import DATA, environment_without_coverage, one_clear_line
from tests.machine.test_readers import LOG, devicetree

CONFIG = DATA / "configs/6.1.0-53-arm64.config.gz"
MEMORY, SECONDS = 3 << 29, 120
MIB = 1 << 20

LINE = "[    0.000000]  memory[{0:#x}]\t[{1:#018x}-{2:#018x}], 0x1000 bytes flags: 0x0\n"


def bounded() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))


def run_bounded(*words: str) -> subprocess.CompletedProcess[bytes]:
    """Run the program within the bounds, as users do."""
    command = [sys.executable, "-m", "explorer", *words]
    environment = environment_without_coverage()
    return subprocess.run(command, capture_output=True, check=False, preexec_fn=bounded, env=environment)


def refused(*words: str) -> str:
    return one_clear_line(run_bounded(*words))


def dump_of(count: int) -> bytes:
    head = f"[    0.000000] MEMBLOCK configuration:\n memory.cnt  = {count:#x}\n"
    body = "".join(LINE.format(i, i << 13, (i << 13) + 0xFFF) for i in range(count))
    return (head + body + " reserved.cnt  = 0x0\n").encode()


HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "more than is read": (lambda: b"[    0.000000] x\n" * (7 * MIB), "larger than 64 MiB"),
    "only newlines": (lambda: b"[    0.000000] x" + b"\n" * (60 * MIB), "holds no memblock dump"),
    "one endless line": (lambda: b"[    0.000000] " + b"memory[0x0] " * (5 * MIB), "holds no memblock dump"),
    "only headers": (lambda: b"MEMBLOCK configuration:\n" * (2 * MIB), "counts 0 memory regions"),
    "a wrong count": (
        lambda: LOG.replace("cnt  = 0x3", "cnt  = 0xffffffffff").encode(),
        "counts 1099511",
    ),
    "too many regions": (lambda: dump_of(300_000), "more than 200000 regions"),
    "more regions than can be booted": (lambda: dump_of(50_001), "more than 50000 regions"),
    "an EFI map without end": (
        lambda: (
            b"Linux version 6 aarch64\n"
            + b"".join(b"efi: 0x%x000-0x%xfff [Conventional|WB]\n" % (i, i) for i in range(1, 300_000))
        ),
        "more than 200000 EFI descriptors",
    ),
    "node ranges without end": (
        lambda: (
            b"Linux version 6 aarch64\n"
            + b"".join(b"node 0: [mem 0x%x000-0x%xfff]\n" % (i, i) for i in range(0, 600_000, 2))
        ),
        "more than 200000 node ranges",
    ),
    "iomem without end": (lambda: b"40000000-4fffffff : System RAM\n" * MIB, "more than 200000 lines"),
    "a memblock list without end": (
        lambda: b"".join(b"%d: 0x%x000..0x%xfff 0 NONE\n" % (i, i, i) for i in range(300_000)),
        "too many",
    ),
    "JSON that is too much": (lambda: b'{"memory": [' + b"[]," * (8 * MIB), "larger than 16 MiB"),
    "JSON that is deep": (lambda: b'{"memory": ' + b"[" * MIB, "nested too deeply"),
    "JSON of empty lists": (lambda: b'{"memory": [' + b"[]," * (5 * MIB) + b"[]]}", "more than 200000"),
    "a number without end": (lambda: b'{"memory": [{"base": ' + b"9" * (8 * MIB) + b"}]}", "digits"),
    "boots without end": (
        lambda: b"Linux version 6 aarch64\nnode 0: [mem 0x0-0xf]\n" * (MIB + MIB // 4),
        "no whole page",
    ),
    "quotes without end": (
        lambda: b"Linux version 6 aarch64\n" + b">" * (60 * MIB),
        "holds no memblock dump",
    ),
    "quoted lines without end": (
        lambda: b"Linux version 6 aarch64\n" + b"> \n" * (15 * MIB),
        "holds no memblock dump",
    ),
    "entities without end": (
        lambda: b"Linux version 6 aarch64\n" + b"&gt;" * (15 * MIB),
        "holds no memblock dump",
    ),
    "wrapped lines without end": (
        lambda: b"MEMBLOCK configuration:\n" + b"memory[0x0]\n[0x0-0xf],\n" * (2 * MIB),
        "counts 0 memory regions",
    ),
    "mail without end": (
        lambda: (
            b"Content-Transfer-Encoding: quoted-printable\nLinux version 6 aarch64\n" + b"=3D=\n" * (12 * MIB)
        ),
        "holds no memblock dump",
    ),
    "UTF-16 without end": (
        lambda: b"\xff\xfe" + "Linux version 6 aarch64\n".encode("utf-16-le") + b"x\0" * (30 * MIB),
        "holds no memblock dump",
    ),
    "a compressed log": (lambda: gzip.compress(b"x" * MIB), "is compressed"),
    "NUL bytes": (lambda: b"\0" * (60 * MIB), "is neither JSON"),
    "a comment without end": (lambda: b"/*" * (7 * MIB), "is neither JSON"),
    "comments without end": (lambda: b"/* */" * (3 * MIB), "is neither JSON"),
    "a device tree without end": (
        lambda: devicetree([(1 << 30, 4096)], usable=tuple(range(600_000))),
        "more than 200000 ranges",
    ),
    "a device tree of zeros": (lambda: b"\xd0\x0d\xfe\xed" + b"\0" * (60 * MIB), "broken device tree"),
    "a device tree with a wrong size": (
        lambda: b"\xd0\x0d\xfe\xed\xff\xff\xff\xff" + b"\0" * 64,
        "broken device tree",
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_machine_is_refused_within_the_bounds(name: str, tmp_path: Path) -> None:
    make, words = HOSTILE[name]
    path = tmp_path / "machine"
    path.write_bytes(make())
    assert words in refused("simulate", "-m", str(path))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (gzip.compress(b"\0" * (200 * MIB), 1), "larger than"),
        (b"CONFIG_A=y\n" * (10 * MIB), "larger than"),
        (b"CONFIG_ARM64=y\n\0\0\0", "NUL"),
        (b"CONFIG_ARM64=y\n" + b"\n" * (60 * MIB), "more than 2000000 lines"),
        (gzip.compress(b"", mtime=0) * 1_000_000, "gzip larger than 4 MiB"),
    ],
    ids=["gzip bomb", "100 MB", "NUL", "only newlines", "gzip of nothing"],
)
def test_a_hostile_config_is_refused_within_the_bounds(data: bytes, words: str, tmp_path: Path) -> None:
    path = tmp_path / "config"
    path.write_bytes(data)
    assert words in refused("check", str(path), "--kernel", "6.1", "-m", "flat")


@pytest.mark.parametrize(
    "line",
    [
        b'CONFIG_CMDLINE="' + b"a" * (60 * MIB) + b'"',
        b'CONFIG_CMDLINE="' + b"\\" * (60 * MIB),
        b"CONFIG_NUMA=" + b"9" * (60 * MIB),
        b"CONFIG_NUMA=y" + b" " * (60 * MIB) + b"x",
        b"# CONFIG_" + b"A" * (60 * MIB) + b" is not set",
        b"#" + b" " * (60 * MIB) + b"Linux/arm64",
        b"".join(b"CONFIG_STRANGER_%d=y\n" % number for number in range(1_000_000)),
        b"CONFIG_NUMA=y\n" * 1_000_000,
        b"".join(b"CONFIG_NUMA=banana%d\n" % number for number in range(1_000_000)),
    ],
    ids=["text", "backslashes", "digits", "spaces", "a name", "a header", "strangers", "again", "wrong"],
)
def test_a_config_of_any_lines_is_judged_within_the_bounds(line: bytes, tmp_path: Path) -> None:
    path = tmp_path / "config"
    path.write_bytes(b"CONFIG_ARM64=y\n" + line + b"\n")
    done = run_bounded("check", str(path), "--kernel", "6.1", "-m", "flat")
    assert done.returncode in {0, 1}, done.stderr.decode()
    assert re.fullmatch(rb".*; memory: .*; exit [01]", done.stdout.splitlines()[-1])


@pytest.mark.parametrize(
    ("command", "data", "words"),
    [
        (
            ("check", "--kernel", "6.1", "-m", "flat", str(CONFIG), "--baseline"),
            b"[{}]," * (30 * MIB),
            "lists and objects",
        ),
        (
            ("report", "--kernel", "6.1", "-m", "flat", "-o", "/dev/null", "--compare"),
            b"[]," * (20 * MIB),
            "lists and objects",
        ),
        (("replay",), b"{" * (65 * MIB), "larger than 64 MiB"),
        (("diff", "6.1", "-m", "flat", "--patch"), b"@" * (65 * MIB), "larger than 64 MiB"),
    ],
    ids=["baseline", "compare", "replay", "patch"],
)
def test_other_hostile_files_are_refused_within_the_bounds(
    command: tuple[str, ...], data: bytes, words: str, tmp_path: Path
) -> None:
    path = tmp_path / "hostile"
    path.write_bytes(data)
    assert words in refused(*command, str(path))


@pytest.mark.parametrize("offset", [8, 12, 16, 20, 32, 36])
@pytest.mark.parametrize("value", [0, 1, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, 0xFFFF_FFFC])
def test_a_device_tree_whose_offsets_lie_is_read_or_refused(offset: int, value: int) -> None:
    blob = bytearray(devicetree([(0x4000_0000, 0x800_0000)]))
    blob[offset : offset + 4] = value.to_bytes(4, "big")
    try:
        found = parse_machine(bytes(blob), "lies.dtb")
    except InputError as error:
        assert "broken device tree" in str(error)  # noqa: PT017 # either outcome is right
    else:
        assert isinstance(found, Firmware)
        assert found.banks
