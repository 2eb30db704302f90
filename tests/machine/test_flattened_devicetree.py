# SPDX-License-Identifier: GPL-2.0-or-later
"""Flattened device trees are read as libfdt reads them."""

import shutil
from collections import Counter
from dataclasses import replace
from struct import Struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.errors import FileError, LimitError
from explorer.machine.devicetree_source import compile_source
from explorer.machine.flattened_devicetree import DevicetreeNode, parse_devicetree
from tests.commandline import DATA
from tests.machine.devicetree_writer import written
from tests.machine.libfdt_oracle import NO_LIBFDT, compared_with_libfdt
from tests.machine.trees import CASES, tree

needs_libfdt = pytest.mark.skipif(NO_LIBFDT, reason="pylibfdt is not installed: it needs a C compiler")
needs_dtc = pytest.mark.skipif(shutil.which("dtc") is None, reason="dtc is not installed")

BEGIN, END_NODE, PROP, NOP, END = (token.to_bytes(4, "big") for token in (1, 2, 3, 4, 9))
QEMU = (DATA / "qemu-virt.dtb").read_bytes()
BOARD = DevicetreeNode(
    "",
    {"#address-cells": b"\0\0\0\2", "model": b"board\0"},
    (
        DevicetreeNode("memory@40000000", {"reg": bytes(16), "empty": b""}),
        DevicetreeNode("chosen@1", {}, (DevicetreeNode("deeper", {"reg": b"x"}),)),
        DevicetreeNode("chosen", {"bootargs": b"quiet\0"}),
    ),
)
RESERVED = ((0x4000_0000, 0x1000), (1 << 63, 1))
TREES = (QEMU, *(written(BOARD, RESERVED, version=version) for version in (16, 17)))

names = st.text("abcdefghijklmnopqrstuvwxyz#,@-0", max_size=12)
leaves = st.builds(DevicetreeNode, names, st.dictionaries(names, st.binary(max_size=9), max_size=4))
nodes = st.recursive(
    leaves,
    lambda below: st.builds(
        DevicetreeNode,
        names,
        st.dictionaries(names, st.binary(max_size=9), max_size=4),
        st.tuples(below, below),
    ),
    max_leaves=12,
)
roots = nodes.map(lambda node: replace(node, name=""))
numbers = st.integers(0, (1 << 64) - 1)


def structure(*parts: bytes, strings: bytes = b"a\0b\0") -> bytes:
    """A tree of version 17 whose structure block is given."""
    block = b"".join(parts)
    fields = (0xD00DFEED, 56 + len(block) + len(strings), 56, 56 + len(block), 40, 17, 16, 0)
    return Struct(">10I").pack(*fields, len(strings), len(block)) + bytes(16) + block + strings


def prop(name: int, value: bytes) -> bytes:
    return PROP + Struct(">II").pack(len(value), name) + value + bytes(-len(value) % 4)


ROOT = BEGIN + bytes(4)
NODE = BEGIN + b"node\0\0\0\0"
BLOCKS = {
    "a root alone": (structure(ROOT, END_NODE, END), True),
    "no token": (structure(), False),
    "only an end": (structure(END), False),
    "NOP before the root": (structure(NOP, ROOT, END_NODE, END), False),
    "NOP after the root": (structure(ROOT, END_NODE, NOP, END), False),
    "NOP between": (structure(ROOT, NOP, prop(0, b"x"), NOP, NODE, END_NODE, NOP, END_NODE, END), True),
    "more after the end": (structure(ROOT, END_NODE, END, b"more"), True),
    "a root with a name": (structure(NODE, END_NODE, END), False),
    "two roots": (structure(ROOT, END_NODE, ROOT, END_NODE, END), False),
    "a node without an end": (structure(ROOT, NODE, END_NODE, END), False),
    "an end too many": (structure(ROOT, END_NODE, END_NODE, END), False),
    "no end": (structure(ROOT, END_NODE), False),
    "an unknown token": (structure(ROOT, b"\0\0\0\5", END_NODE, END), False),
    "a property before the root": (structure(prop(0, b""), ROOT, END_NODE, END), False),
    "a property after the root": (structure(ROOT, END_NODE, prop(0, b""), END), False),
    "a property twice": (structure(ROOT, prop(0, b"1"), prop(2, b"2"), prop(0, b"3"), END_NODE, END), True),
    "a property after a child": (
        structure(ROOT, prop(0, b"1"), NODE, END_NODE, prop(2, b"2"), END_NODE, END),
        True,
    ),
    "a broken property after a child": (structure(ROOT, NODE, END_NODE, prop(9, b"2"), END_NODE, END), False),
    "nodes with one name": (
        structure(ROOT, NODE, prop(0, b"1"), END_NODE, NODE, prop(0, b"2"), END_NODE, END_NODE, END),
        True,
    ),
    "a name of a property inside another": (structure(ROOT, prop(1, b""), END_NODE, END), True),
    "a name beyond the strings": (structure(ROOT, prop(4, b""), END_NODE, END), False),
    "a name without an end": (structure(ROOT, prop(0, b""), END_NODE, END, strings=b"abc"), False),
    "a value beyond the block": (structure(ROOT, PROP, b"\0\0\0\x0d\0\0\0\0", END_NODE, END), False),
    "a huge value": (structure(ROOT, PROP, b"\xff\xff\xff\xff\0\0\0\0", END_NODE, END), False),
    "a length without an offset": (structure(ROOT, PROP, b"\0\0\0\0"), False),
    "a node whose name has no end": (structure(ROOT, BEGIN, b"node"), False),
    "names that are not ASCII": (
        structure(ROOT, BEGIN, b"n\xf6\xffd\0\0\0\0", prop(0, b""), END_NODE * 2, END, strings=b"\xe9\0"),
        True,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BLOCKS)
def test_structure_blocks_are_read_or_refused(name: str) -> None:
    blob, is_read = BLOCKS[name]
    if not NO_LIBFDT:
        assert compared_with_libfdt(blob) == is_read
    if is_read:
        parse_devicetree(blob, "tree")
    else:
        with pytest.raises(FileError, match=r"^tree: broken device tree at byte 0x[0-9a-f]+: ") as raised:
            parse_devicetree(blob, "tree")
        assert raised.value.hint


@given(roots, st.lists(st.tuples(numbers, numbers.filter(bool))), st.sampled_from([16, 17]))
def test_what_is_written_is_read_back(
    root: DevicetreeNode, reservations: list[tuple[int, int]], version: int
) -> None:
    found = parse_devicetree(written(root, reservations, version=version), "tree")
    assert (found.root, found.reservations) == (root, tuple(reservations))


@needs_libfdt
@given(roots, st.sampled_from([16, 17]))
def test_random_trees_are_read_as_by_libfdt(root: DevicetreeNode, version: int) -> None:
    assert compared_with_libfdt(written(root, version=version))


@needs_libfdt
@needs_dtc
def test_trees_of_dtc_are_read_as_by_libfdt() -> None:
    for case in CASES.values():
        assert compared_with_libfdt(compile_source(case.text, "tree"))
    source = tree(more="a { #x = [01]; b { c { d; }; }; }; a2 { };", reserved="")
    assert compared_with_libfdt(compile_source(source, "tree"))


@needs_libfdt
def test_broken_trees_are_read_or_refused_as_by_libfdt() -> None:
    counted: Counter[bool] = Counter()

    @settings(max_examples=400)
    @given(st.sampled_from(TREES), st.data())
    def compare(blob: bytes, data: st.DataObject) -> None:
        broken = bytearray(blob)
        for _ in range(data.draw(st.integers(1, 3))):
            at = data.draw(st.integers(1, 9) | st.integers(10, len(blob) // 4 - 1)) * 4
            word = data.draw(
                st.integers(0, 17) | st.integers(0, len(blob) + 8) | st.integers(0, (1 << 32) - 1)
            )
            if data.draw(st.booleans()):
                broken[at : at + 4] = word.to_bytes(4, "big")
            else:
                broken[at + word % 4] = word & 0xFF
        del broken[data.draw(st.just(len(blob)) | st.integers(0, len(blob))) :]
        counted[compared_with_libfdt(bytes(broken))] += 1

    compare()
    assert counted[True] >= 20
    assert counted[False] >= 20


@needs_libfdt
def test_a_real_tree_is_read_as_by_libfdt() -> None:
    for blob in TREES:
        assert compared_with_libfdt(blob)
        assert compared_with_libfdt(blob + b"more")
        assert not compared_with_libfdt(blob[:-1])


def test_later_versions_that_are_compatible_are_read() -> None:
    blob = bytearray(QEMU)
    blob[20:24] = (18).to_bytes(4, "big")
    assert parse_devicetree(bytes(blob), "tree") == parse_devicetree(QEMU, "tree")
    for version, oldest in ((3, 2), (18, 18), (16, 17)):
        blob[20:28] = version.to_bytes(4, "big") + oldest.to_bytes(4, "big")
        with pytest.raises(FileError, match=f"version {version}, compatible with {oldest}, is not supported"):
            parse_devicetree(bytes(blob), "tree")


@pytest.mark.parametrize(
    ("blob", "words"),
    [
        (structure(ROOT, NODE * 64, END_NODE * 65, END), "more than 64 levels"),
        (structure(ROOT, BEGIN, b"a" * 256 + bytes(4), END_NODE * 2, END), "name of more than 255 bytes"),
        (structure(ROOT, prop(0, b""), END_NODE, END, strings=b"a" * 256 + b"\0"), "name of more than 255"),
        (structure(ROOT, (BEGIN + bytes(4) + END_NODE) * 200_001, END_NODE, END), "more than 200000"),
        (structure(ROOT, prop(0, b"") * 200_001, END_NODE, END), "more than 200000"),
    ],
    ids=["levels", "a node's name", "a property's name", "nodes", "properties"],
)
def test_trees_beyond_a_limit_are_refused(blob: bytes, words: str) -> None:
    with pytest.raises(LimitError, match=words):
        parse_devicetree(blob, "tree")


def test_trees_at_the_limits_are_read() -> None:
    blob = structure(ROOT, (BEGIN + b"a" * 255 + b"\0") * 63, END_NODE * 64, END)
    assert parse_devicetree(blob, "tree").root.children
