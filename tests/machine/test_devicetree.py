# SPDX-License-Identifier: GPL-2.0-or-later
"""Device trees are read as the kernel reads them.

The answers are drivers/of/fdt.c's (early_init_dt_scan_root(), early_init_dt_scan_memory(),
fdt_scan_reserved_mem() and what they call; the same from 4.17 to 6.12), and tests/live/test_devicetrees.py
lets a kernel give its own.
"""

import shutil
from io import BytesIO

import pytest

from explorer.errors import InputError
from explorer.machine import Firmware, Region, UnplacedNode, read_machine
from explorer.machine.devicetree import read_devicetree
from explorer.machine.devicetree_source import compile_source
from tests.machine.trees import CASES, CELLS, MEMORY, tree

pytestmark = pytest.mark.skipif(shutil.which("dtc") is None, reason="dtc is not installed")


def read(text: str) -> Firmware:
    found = read_machine("-", BytesIO(text.encode()))
    assert isinstance(found, Firmware)
    return found


@pytest.mark.parametrize("name", CASES)
def test_device_trees_are_read_as_the_kernel_reads_them(name: str) -> None:
    case = CASES[name]
    found = read(case.text)
    assert [(bank.base, bank.size) for bank in found.banks] == list(case.banks)
    assert [(node.base, node.size, node.no_map) for node in found.reserved] == list(case.reserved)
    assert [(usable.base, usable.size) for usable in found.usable] == list(case.usable)
    if case.note:
        assert any(case.note in note for note in found.notes)
    else:
        assert found.notes == ()


def test_chosen_holds_the_command_line_and_the_seed() -> None:
    found = read(tree(more='chosen { bootargs = "quiet mem=64M"; kaslr-seed = <0x12345678 0x9abcdef0>; };'))
    assert (found.command_line, found.kaslr_seed) == ("quiet mem=64M", 0x1234_5678_9ABC_DEF0)
    found = read(tree(more='chosen { bootargs = "a\x1bb"; kaslr-seed = <1>; };'))
    assert (found.command_line, found.kaslr_seed) == ("a\N{REPLACEMENT CHARACTER}b", None)
    assert (read(tree()).command_line, read(tree(more="chosen { };")).command_line) == (None, None)


@pytest.mark.parametrize(
    ("text", "words", "hint"),
    [
        (tree(memory=""), "no /memory node with a size", "sudo cat /sys/firmware/fdt"),
        (tree(memory=MEMORY.replace("0x20000000", "0")), "no /memory node with a size", "once for each bank"),
        (
            tree(memory=MEMORY.replace("device_type", "kind")),
            "no /memory node with a size",
            "once for each bank",
        ),
        (tree(root="#address-cells = <3>; #size-cells = <2>;"), "of the root are 3 and 2", "1 or 2"),
        (tree(root="#address-cells = <2>; #size-cells = <0>;"), "of the root are 2 and 0", "1 or 2"),
        (tree(root="#address-cells = <0 2>; #size-cells = <2>;"), "#address-cells is 8 bytes long", "dtc"),
        (tree(memory=MEMORY.replace("<0 0x4", "<0xffffffff 0xf")), "beyond 64 bits", "#size-cells"),
        (tree(more="chosen { linux,uefi-mmap-start = <0 9>; };"), "EFI started the kernel", "efi=debug"),
    ],
)
def test_trees_that_do_not_tell_their_machines_memory_are_refused(text: str, words: str, hint: str) -> None:
    with pytest.raises(InputError) as raised:
        read(text)
    assert words in raised.value.what
    assert hint in raised.value.hint
    assert raised.value.where == "standard input"


def test_what_a_tree_reserves_counts_on_an_efi_machine_too() -> None:
    text = tree(more="chosen { linux,uefi-mmap-start = <0 9>; };")
    found = read_devicetree(compile_source(text, "x"), "fdt", needs_memory=False)
    assert found.banks == (Region(0x4000_0000, 0x2000_0000),)
    assert len(found.reserved) == 1


def test_notes_of_a_hostile_tree_are_few() -> None:
    bad = "".join(f"fw{index} {{ reg = <9>; }};" for index in range(500))
    assert len(read(tree(reserved=f"{CELLS} ranges; {bad}")).notes) <= 20


@pytest.mark.parametrize(
    "mark",
    [
        '# 1 "/src/linux/include/dt-bindings/clock/qcom,gcc.h" 1',
        '# 1 "/home/a b/linux~rc (copy)/include/dt-bindings/x.h" 1 3 4',
        '#line 7 "C:\\\\src\\\\include\\\\x.h"',
        '# 1 "/src/\\"include/\\"/x.h" 2\r',
        '# 0 "<command-line>"',
        '# 1 "/incbin/ /include/#include,[]{};\u00e4"',
    ],
)
@pytest.mark.parametrize("place", ["above", "inside", "below"])
def test_line_marks_of_cpp_may_hold_any_path(mark: str, place: str) -> None:
    text = tree()
    if place == "above":
        text = f'# 1 "board.dts"\n{mark}\n{text}'
    elif place == "inside":
        text = text.replace("memory@", f"\n{mark}\nmemory@")
    else:
        text = f"{text}{mark}\n"
    assert read(text) == read(tree())


def test_comments_may_name_include() -> None:
    text = tree().replace("memory@", '/* arch/arm64/include/\n "*/ // see /include/ "x"\n memory@')
    assert read(text) == read(tree())


@pytest.mark.parametrize(
    "text",
    [
        tree() + '/include/ "/etc/passwd"\n',
        tree() + '#include "board.dtsi"\n',
        tree().replace("memory@", 'x = "\\"/*"; /include/ "y" /* */ memory@'),
        tree().replace("memory@", """x = <'"'>; /include/ "y" // "\n memory@"""),
        tree().replace("memory@", 'x = "/include/"; memory@'),
        tree() + "/* /include/ without an end",
        tree() + '# 1 "x"\n/include/ "y"',
    ],
)
def test_sources_that_name_other_files_are_refused(text: str) -> None:
    with pytest.raises(InputError, match="includes another file"):
        read(text)


def test_an_error_of_dtc_names_the_line_of_the_file() -> None:
    with pytest.raises(InputError, match=r"standard input:4\.\d"):
        read('/dts-v1/;\n# 90 "other.dtsi" 2\n/ {\n  ??? };\n')


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("size = <0 9>; no-map;", (UnplacedNode("fw", 9),)),
        (
            "size = <0 0x600000>; alignment = <0 0x100000>; alloc-ranges = <0 1 0 2>, <3 0 0 4>; no-map;",
            (UnplacedNode("fw", 0x60_0000, 0x10_0000, ((1, 3), (3 << 32, (3 << 32) + 4))),),
        ),
        ("size = <0 9>;", ()),
        ("size = <0 0>; no-map;", ()),
        ('size = <0 9>; no-map; status = "disabled";', ()),
        ("reg = <0 0 0 0>; size = <0 9>; no-map;", ()),
        ("alloc-ranges = <0 0 0 9>; no-map;", ()),
    ],
)
def test_no_map_nodes_without_an_address_are_read(text: str, expected: tuple[UnplacedNode, ...]) -> None:
    found = read(tree(reserved=f"{CELLS} ranges; fw {{ {text} }};"))
    assert found.unplaced == expected
    assert any("the kernel chooses the address" in note for note in found.notes) == bool(expected)


@pytest.mark.parametrize(
    "text", ["size = <9>;", "size = <0 9>; alignment = <1>;", "size = <0 9>; alloc-ranges = <0 1>;"]
)
def test_malformed_nodes_without_an_address_are_ignored_as_by_kernels(text: str) -> None:
    found = read(tree(reserved=f"{CELLS} ranges; fw {{ {text} no-map; }};"))
    assert found.unplaced == ()
    assert any("a wrong length" in note for note in found.notes)
