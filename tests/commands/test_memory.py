# SPDX-License-Identifier: GPL-2.0-or-later
"""``--memory`` on the command line: the memory that a boot loader writes into a device tree."""

import json
from pathlib import Path

import pytest

from explorer.errors import InputError
from explorer.machine import Region, parse_memory_range
from explorer.machine.flattened_devicetree import DevicetreeNode
from tests.commandline import explore, one_clear_line
from tests.machine.devicetree_writer import two_cells, written

CONFIG = b"CONFIG_ARM64=y\n# Linux/arm64 6.1.0 Kernel Configuration\n"


@pytest.fixture
def tree(tmp_path: Path) -> str:
    """A device tree whose memory node has no size."""
    cells = dict.fromkeys(("#address-cells", "#size-cells"), (2).to_bytes(4, "big"))
    memory = DevicetreeNode("memory@80000000", {"device_type": b"memory\0", "reg": two_cells(0x8000_0000, 0)})
    path = tmp_path / "board.dtb"
    path.write_bytes(written(DevicetreeNode("", cells, (memory,))))
    return str(path)


def test_the_refusal_of_a_tree_without_memory_names_the_option_with_the_address_of_the_node(
    tree: str,
) -> None:
    message = one_clear_line(explore("simulate", "-m", tree))
    assert "no /memory node with a size" in message
    assert "--memory 0x80000000+2G" in message


def test_the_banks_of_the_option_are_the_memory(tree: str) -> None:
    banks = ("--memory", "0x80000000+1G", "--memory", "0x100000000+512M")
    done = explore("simulate", "--kernel", "6.1", "-m", tree, *banks, "--format", "json")
    found = json.loads(done.stdout)["memory_map"]
    assert [(region["base"], region["size"]) for region in found["memory"]] == [
        ("0x80000000", "0x40000000"),
        ("0x100000000", "0x20000000"),
    ]
    assert any("as given" in note for note in found["notes"])


def test_every_command_that_takes_a_machine_takes_memory(tree: str, tmp_path: Path) -> None:
    given = ("-m", tree, "--memory", "0x80000000+1G")
    commands: tuple[tuple[str, ...], ...] = (
        ("matrix", "--kernel", "6.1"),
        ("diff", "6.1", "6.6"),
        ("check", "-", "--kernel", "6.1"),
        ("report", "--kernel", "6.1", "-o", str(tmp_path / "page.html")),
    )
    for command in commands:
        done = explore(*command, *given, stdin=CONFIG)
        assert done.returncode in {0, 1}, done.stderr.decode()
        assert "Traceback" not in done.stderr.decode()
    page = (tmp_path / "page.html").read_text()
    assert "--memory 0x80000000+1G" in page


def test_the_document_names_the_option(tree: str) -> None:
    done = explore("matrix", "--kernel", "6.1", "-m", tree, "--memory", "2G+1G", "--format", "json")
    assert "--memory 2G+1G" in json.loads(done.stdout)["command"]


@pytest.mark.parametrize("words", [("-m", "nomap-mid"), ("--this-machine",), ()])
def test_memory_without_a_device_tree_is_refused(words: tuple[str, ...]) -> None:
    message = one_clear_line(explore("matrix", "--kernel", "6.1", *words, "--memory", "2G+1G"))
    assert "--memory: gives the memory of a device tree" in message or "not arm64" in message


@pytest.mark.parametrize(
    ("word", "region"),
    [
        ("0x40000000+2G", Region(0x4000_0000, 2 << 30)),
        ("1G+0x100000", Region(1 << 30, 1 << 20)),
        ("0+4096", Region(0, 4096)),
        ("0X8000000000+1T", Region(0x80_0000_0000, 1 << 40)),
        ("64M+64K", Region(64 << 20, 64 << 10)),
    ],
)
def test_ranges_are_read(word: str, region: Region) -> None:
    assert parse_memory_range(word) == region


@pytest.mark.parametrize(
    ("word", "words"),
    [
        ("0x40000000", "not a range"),
        ("", "not a range"),
        ("+2G", "not a range"),
        ("0x40000000+2g", "not a range"),
        ("0x40000000+-1", "not a range"),
        ("0x+1G", "not a range"),
        ("9" * 5000, "not a range"),
        ("0x40000000+2G\n", "not a range"),
        ("\u0661+1G", "not a range"),
        ("0+0", "is empty"),
        ("0xffffffffffffffff+1G", "beyond 64 bits"),
        ("99999999999999999999T+1", "beyond 64 bits"),
    ],
)
def test_other_words_are_refused(word: str, words: str) -> None:
    with pytest.raises(InputError, match=words) as raised:
        parse_memory_range(word)
    assert "0x40000000+2G" in raised.value.hint
    assert len(raised.value.what) < 200
