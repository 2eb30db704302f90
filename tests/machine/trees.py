# SPDX-License-Identifier: GPL-2.0-or-later
"""Device trees with unusual memory nodes, and the memory that a kernel reads from them."""

from typing import NamedTuple

__all__ = ["CASES", "CELLS", "MEMORY", "Case", "tree"]

CELLS = "#address-cells = <2>; #size-cells = <2>;"
MEMORY = 'memory@40000000 { device_type = "memory"; reg = <0 0x40000000 0 0x20000000>; };'
RESERVED = f"{CELLS} ranges; fw {{ reg = <0 0x41000000 0 0x10000>; no-map; }};"
_NARROW = "#address-cells = <1>; #size-cells = <1>;"
_NARROW_MEMORY = 'memory@40000000 { device_type = "memory"; reg = <0x40000000 0x20000000>; };'
_BANK = ((0x4000_0000, 0x2000_0000),)
_FW = ((0x4100_0000, 0x1_0000, True),)
_IGNORED = "/reserved-memory is ignored"


class Case(NamedTuple):
    """A source, and what a kernel takes from it: banks, reserved regions, usable ranges; a part of a note."""

    text: str
    banks: tuple[tuple[int, int], ...] = _BANK
    reserved: tuple[tuple[int, int, bool], ...] = _FW
    note: str = ""
    usable: tuple[tuple[int, int], ...] = ()


def tree(root: str = CELLS, memory: str = MEMORY, reserved: str = RESERVED, more: str = "") -> str:
    """A source made of its parts."""
    return f"/dts-v1/;\n/ {{ {root} {memory} reserved-memory {{ {reserved} }}; {more} }};\n"


def _fw(text: str) -> str:
    return f"{CELLS} ranges; fw {{ {text} }};"


def _bank(text: str) -> str:
    return f'{MEMORY} memory@9 {{ device_type = "memory"; {text} }};'


CASES = {
    "plain": Case(tree()),
    "a root without cells": Case(tree(root="", memory=_NARROW_MEMORY), reserved=(), note=_IGNORED),
    "one cell each": Case(
        tree(
            root=_NARROW,
            memory=_NARROW_MEMORY,
            reserved=f"{_NARROW} ranges; fw {{ reg = <0x41000000 0x10000>; no-map; }};",
        )
    ),
    "cells that differ from the root's": Case(
        tree(reserved=f"{_NARROW} ranges; fw {{ reg = <0x41000000 0x10000>; no-map; }};"),
        reserved=(),
        note=_IGNORED,
    ),
    "no ranges": Case(tree(reserved=RESERVED.replace("ranges;", "")), reserved=(), note=_IGNORED),
    "no cells in reserved-memory": Case(
        tree(reserved="ranges; fw { reg = <0 0x41000000 0 0x10000>; no-map; };"), reserved=(), note=_IGNORED
    ),
    "a reserved reg of odd length": Case(
        tree(reserved=_fw("reg = <0 0x41000000 0>; no-map;")), reserved=(), note="fw is ignored"
    ),
    "an empty reserved region": Case(tree(reserved=_fw("reg = <0 0x41000000 0 0>; no-map;")), reserved=()),
    "two reserved ranges in one node": Case(
        tree(reserved=_fw("reg = <0 0x41000000 0 0x10000>, <0 0x42000000 0 0x10000>; no-map;")),
        reserved=(*_FW, (0x4200_0000, 0x1_0000, True)),
    ),
    "reserved regions that overlap": Case(
        tree(reserved=RESERVED + "fw2 { reg = <0 0x41008000 0 0x10000>; no-map; };"),
        reserved=(*_FW, (0x4100_8000, 0x1_0000, True)),
    ),
    "a disabled reserved region": Case(
        tree(reserved=_fw('reg = <0 0x41000000 0 0x10000>; no-map; status = "disabled";')), reserved=()
    ),
    "a reserved region with children": Case(
        tree(
            reserved=_fw(
                f"reg = <0 0x41000000 0 0x10000>; no-map; {CELLS} ranges; "
                "part { reg = <0 0x42000000 0 0x1000>; no-map; };"
            )
        )
    ),
    "a dynamic region": Case(tree(reserved=RESERVED + "pool { size = <0 0x100000>; reusable; };")),
    "a bank of odd length": Case(
        tree(memory=MEMORY.replace("0x20000000>", "0x20000000 0 0x80000000>")), note="has 8 bytes after"
    ),
    "two banks in one node": Case(
        tree(memory=MEMORY.replace("0x20000000>", "0x20000000 0 0x80000000 0 0x1000000>")),
        banks=(*_BANK, (0x8000_0000, 0x100_0000)),
    ),
    "banks that overlap": Case(
        tree(memory=_bank("reg = <0 0x50000000 0 0x20000000>;")), banks=(*_BANK, (0x5000_0000, 0x2000_0000))
    ),
    "an empty bank": Case(tree(memory=_bank("reg = <0 0x80000000 0 0>;"))),
    "a bank without reg": Case(tree(memory=_bank(""))),
    "a bank with an empty reg": Case(tree(memory=_bank("reg = <>;"))),
    "a disabled bank": Case(tree(memory=_bank('reg = <0 0x80000000 0 0x1000000>; status = "disabled";'))),
    "a reserved bank": Case(tree(memory=_bank('reg = <0 0x80000000 0 0x1000000>; status = "reserved";'))),
    "usable memory": Case(
        tree(
            memory=_bank(
                "reg = <0 0x80000000 0 0x8000000>; linux,usable-memory = <0 0x80000000 0 0x1000000>;"
            )
        ),
        banks=(*_BANK, (0x8000_0000, 0x100_0000)),
    ),
    "no usable memory": Case(
        tree(memory=_bank("reg = <0 0x80000000 0 0x8000000>; linux,usable-memory = <>;"))
    ),
    "a crash kernel's": Case(
        tree(more="chosen { linux,usable-memory-range = <0 0x41000000 0 0x1000000>; };"),
        usable=((0x4100_0000, 0x100_0000),),
    ),
    "a crash kernel's with two ranges": Case(
        tree(more="chosen { linux,usable-memory-range = <0 0x41000000 0 0x1000 0 0x42000000 0 0x2000 0>; };"),
        usable=((0x4100_0000, 0x1000), (0x4200_0000, 0x2000)),
        note="has 4 bytes after",
    ),
    "an empty usable range": Case(
        tree(more="chosen { linux,usable-memory-range = <0 0x41000000 0 0>; };"),
    ),
    "a wiped seed": Case(
        tree(more="chosen { kaslr-seed = <0 0>; };"),
        note="a running kernel has wiped",
    ),
    "an initrd": Case(
        tree(more="chosen { linux,initrd-start = <0x42000000>; linux,initrd-end = <0x42100000>; };")
    ),
    "a reservation block over a no-map node": Case(
        tree().replace("/dts-v1/;", "/dts-v1/; /memreserve/ 0x41000000 0x10000;"),
        reserved=((0x4100_0000, 0x1_0000, False), *_FW),
    ),
    "a reservation block": Case(
        tree().replace("/dts-v1/;", "/dts-v1/; /memreserve/ 0x43000000 0x1000;"),
        reserved=((0x4300_0000, 0x1000, False), *_FW),
    ),
}
"""By a name: what is unusual."""
