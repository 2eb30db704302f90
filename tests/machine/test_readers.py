# SPDX-License-Identifier: GPL-2.0-or-later
import codecs
import json
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.errors import InputError
from explorer.machine import (
    EfiDescriptor,
    Firmware,
    MemoryMap,
    Region,
    ReservedNode,
    all_shipped_maps,
    memory_map_to_json,
    read_machine,
    shipped_map,
)
from explorer.machine.flattened_devicetree import DevicetreeNode
from tests.machine.devicetree_writer import two_cells, written

DATA = Path(__file__).parents[1] / "data"


def read(data: bytes) -> MemoryMap | Firmware:
    return read_machine("-", BytesIO(data))


def read_map(document: object) -> MemoryMap:
    found = read(json.dumps(document).encode())
    assert isinstance(found, MemoryMap)
    return found


# --- JSON --------------------------------------------------------------------------------------------------


def test_the_form_of_the_recordings_is_read() -> None:
    found = read_map(
        {
            "memory": [
                {"base": "0x40000000", "size": "0x8000000", "flags": ["nomap"], "node": 1},
                {"base": 0x50000000, "size": 4096},
            ],
            "reserved": [{"base": "0x1000", "size": "0"}],
        }
    )
    assert found.memory == (Region(0x4000_0000, 0x800_0000, nomap=True, node=1), Region(0x5000_0000, 4096))
    assert found.reserved == (Region(0x1000, 0),)


def test_a_map_may_hold_the_command_line_and_the_seed() -> None:
    own = {"memory": [{"base": "0x40000000", "size": "0x8000000"}]}
    found = read_map({**own, "command_line": "mem=64M", "kaslr_seed": "0xff"})
    assert (found.command_line, found.kaslr_seed) == ("mem=64M", 0xFF)
    recorded = {"memory_map": own, "layout": "flat", "cmdline_extra": "mem=64M", "kaslr_seed": None}
    found = read_map(recorded)
    assert (found.name, found.command_line, found.kaslr_seed) == ("flat", "mem=64M", None)


regions = st.builds(
    Region,
    st.integers(0, 1 << 52),
    st.integers(1, 1 << 40),
    st.booleans(),
    st.one_of(st.none(), st.integers(0, 1023)),
)


@given(
    st.lists(regions, min_size=1, max_size=8),
    st.lists(st.builds(Region, st.integers(0, 1 << 52)), max_size=0),
)
def test_what_is_written_is_read_back(memory: list[Region], reserved: list[Region]) -> None:
    found = read_map(memory_map_to_json(MemoryMap("x", tuple(memory), tuple(reserved))))
    assert found.memory == tuple(memory)
    assert found.reserved == tuple(reserved)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "not JSON"),
        ("[]", "not an object"),
        ("{}", "memory is missing"),
        ('{"memory": []}', "holds no memory"),
        ('{"memory": [{"base": "0x0", "size": "0"}]}', "holds no memory"),
        ('{"memory": [{"base": "0x0"}]}', r"memory\[0\]: size is missing"),
        ('{"memory": [{"base": "0x0", "size": "-1"}]}', r"memory\[0\]: size is negative"),
        ('{"memory": [{"base": -5, "size": 1}]}', "base is negative"),
        ('{"memory": [{"base": "0x10000000000000000", "size": 1}]}', "beyond 64 bits"),
        ('{"memory": [{"base": "0xffffffffffffffff", "size": "0x1000"}]}', "beyond 64 bits"),
        ('{"memory": [{"base": "lots", "size": 1}]}', "not a number of bytes"),
        ('{"memory": [{"base": "40000000", "size": 1}]}', 'write "0x40000000" if it is hexadecimal'),
        ('{"memory": [{"base": "4f000000", "size": 1}]}', "not a number of bytes"),
        ('{"memory": [{"base": "0x", "size": 1}]}', "not a number of bytes"),
        ('{"memory": [{"base": "1G", "size": 1}]}', "not a number of bytes"),
        ('{"memory": [{"base": "0o17", "size": 1}]}', "not a number of bytes"),
        ('{"memory": [{"base": null, "size": 1}]}', "base is None, not a number"),
        ('{"memory": [{"base": 1e9, "size": 1}]}', "not a number of bytes"),
        ('{"memory": [{"base": ' + "9" * 5000 + ', "size": 1}]}', "a number of 5000 digits"),
        ('{"memory": [{"base": "' + "x" * 5000 + '", "size": 1}]}', "^standard input: .{0,200}$"),
        ('{"memory": [{"base": true, "size": 1}]}', "not a number of bytes"),
        ('{"memory": [{"base": 1.5, "size": 1}]}', "not a number of bytes"),
        ('{"memory": [{"base": NaN, "size": 1}]}', "NaN"),
        ('{"memory": [{"base": 0, "size": 1, "flags": ["nomapp"]}]}', "unknown flag 'nomapp'"),
        ('{"memory": [{"base": 0, "size": 1, "node": 2000}]}', "node ids are 0 to 1023"),
        ('{"memory": [{"base": 0, "size": 1, "bsae": 2}]}', "unknown key 'bsae'"),
        ('{"memory": [], "memory": []}', "occurs twice"),
        ('{"memory": {"base": 0}}', "memory: not a list"),
        ('{"memory": [{"base": 0, "size": 1}], "command_line": 5}', "command_line: is not printable"),
        ('{"memory": [{"base": 0, "size": 1}], "command_line": "\\ud800"}', "command_line: is not printable"),
        (
            '{"memory": [{"base": 0, "size": 1}], "command_line": "' + "a" * 2048 + '"}',
            "less than 2048 bytes",
        ),
        ('{"memory": [{"base": 0, "size": 1}], "kaslr_seed": 5}', "kaslr_seed: is not a seed"),
        ('{"memory": [{"base": 0, "size": 1}], "kaslr_seed": "0x11111111111111111"}', "is not a seed"),
        ('{"memory": ' + "[" * 100_000, "nested too deeply"),
    ],
)
def test_maps_that_say_nothing_or_nonsense_are_refused(text: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        read(text.encode())


# --- device trees ------------------------------------------------------------------------------------------


def devicetree(  # noqa: PLR0913 # one parameter for each part of a tree
    banks: list[tuple[int, int]],
    *,
    node_ids: list[int] | None = None,
    reserved: list[tuple[str, int, int, bool]] | None = None,
    memreserve: list[tuple[int, int]] | None = None,
    status: str | None = None,
    usable: tuple[int, ...] | None = None,
    dynamic: str | None = None,
) -> bytes:
    """A flattened device tree."""
    cells = dict.fromkeys(("#address-cells", "#size-cells"), (2).to_bytes(4, "big"))
    nodes = []
    for index, (base, size) in enumerate(banks):
        properties = {"device_type": b"memory\0", "reg": two_cells(base, size)}
        if usable:
            properties["linux,usable-memory"] = two_cells(*usable)
        if node_ids:
            properties["numa-node-id"] = node_ids[index].to_bytes(4, "big")
        if status:
            properties["status"] = status.encode() + b"\0"
        nodes.append(DevicetreeNode(f"memory@{base:x}", properties))
    children = [
        DevicetreeNode(name, {"reg": two_cells(base, size)} | ({"no-map": b""} if no_map else {}))
        for name, base, size, no_map in reserved or []
    ]
    if dynamic:
        children.append(DevicetreeNode("pool", {"size": two_cells(4096), dynamic: b""}))
    nodes.append(DevicetreeNode("reserved-memory", {**cells, "ranges": b""}, tuple(children)))
    return written(DevicetreeNode("", cells, tuple(nodes)), memreserve or ())


def test_a_device_tree_gives_banks_nodes_and_reserved_regions() -> None:
    blob = devicetree(
        [(0x4000_0000, 0x400_0000), (0x8000_0000, 0x400_0000)],
        node_ids=[0, 1],
        reserved=[("fw", 0x4100_0000, 0x1_0000, True), ("fb", 0x4200_0000, 0x1000, False)],
        memreserve=[(0x4300_0000, 0x2000)],
    )
    found = read(blob)
    assert isinstance(found, Firmware)
    assert found.banks == (
        Region(0x4000_0000, 0x400_0000, node=0),
        Region(0x8000_0000, 0x400_0000, node=1),
    )
    assert found.reserved == (
        ReservedNode("/memreserve/", 0x4300_0000, 0x2000),
        ReservedNode("fw", 0x4100_0000, 0x1_0000, no_map=True),
        ReservedNode("fb", 0x4200_0000, 0x1000),
    )


def test_usable_memory_wins_over_reg() -> None:
    found = read(devicetree([(0x4000_0000, 0x400_0000)], usable=(0x4100_0000, 0x10_0000)))
    assert isinstance(found, Firmware)
    assert found.banks == (Region(0x4100_0000, 0x10_0000),)


def test_the_tree_of_qemu_virt_has_the_ram_that_qemu_gave_it() -> None:
    found = read_machine(str(DATA / "qemu-virt.dtb"))
    assert isinstance(found, Firmware)
    assert found.banks == (Region(0x4000_0000, 512 << 20),)


def test_the_kernel_chooses_the_address_of_a_dynamic_no_map_region() -> None:
    reusable = read(devicetree([(0x4000_0000, 0x400_0000)], dynamic="reusable"))
    assert isinstance(reusable, Firmware)
    assert reusable.unplaced == ()
    no_map = read(devicetree([(0x4000_0000, 0x400_0000)], dynamic="no-map"))
    assert isinstance(no_map, Firmware)
    assert len(no_map.unplaced) == 1


@pytest.mark.parametrize(
    ("blob", "words"),
    [
        (devicetree([(0x4000_0000, 0x400_0000)])[:200], "at byte 0x4: the total size is"),
        (devicetree([]), "no /memory node"),
        (devicetree([(0x4000_0000, 0x400_0000)], status="disabled"), "no /memory node"),
        (devicetree([(0xFFFF_FFFF_FFFF_0000, 0x400_0000)]), "beyond 64 bits"),
        (b"\xd0\x0d\xfe\xed", "at byte 0x0: it has no header"),
        (b"\xd0\x0d\xfe\xed" + b"\xff" * 200, "at byte 0x14: version 4294967295"),
    ],
)
def test_device_trees_that_lie_are_refused(blob: bytes, words: str) -> None:
    with pytest.raises(InputError, match=words):
        read(blob)


@given(st.data())
def test_a_device_tree_with_flipped_bytes_is_read_or_refused(data: st.DataObject) -> None:
    blob = bytearray(devicetree([(0x4000_0000, 0x400_0000)], reserved=[("fw", 0x4100_0000, 0x1000, True)]))
    for _ in range(data.draw(st.integers(1, 4))):
        blob[data.draw(st.integers(4, len(blob) - 1))] = data.draw(st.integers(0, 255))
    try:
        found = read(bytes(blob))
    except InputError:
        return
    assert isinstance(found, Firmware)
    assert found.banks


# --- boot logs ---------------------------------------------------------------------------------------------


def line(key: str, index: int, base: int, size: int, rest: str) -> str:
    """A region as memblock_dump_all() prints it."""
    return (
        f"[    0.000000]  {key}[{index:#x}]\t[{base:#018x}-{base + size - 1:#018x}], {size:#018x} bytes{rest}"
    )


LOG = "\n".join(
    [
        "[    0.000000] Booting Linux on physical CPU 0x0",
        "[    0.000000] MEMBLOCK configuration:",
        "[    0.000000]  memory size = 0x0000000008000000 reserved size = 0x0000000000393000",
        "[    0.000000]  memory.cnt  = 0x1",
        line("memory", 0, 0x4000_0000, 0x800_0000, " flags: 0x0"),
        "[    0.000000]  reserved.cnt  = 0x0",
        "[    0.000000] something else",
        "[    0.000000] MEMBLOCK configuration:",
        "[    0.000000]  memory size = 0x0000000008000000 reserved size = 0x0000000000393000",
        "[    0.000000]  memory.cnt  = 0x3",
        line("memory", 0, 0x4000_0000, 0x40F_0000, " on node 0 flags: 0x0"),
        line("memory", 1, 0x440F_0000, 0x1_0000, " on node 0 flags: 0x4"),
        line("memory", 2, 0x4410_0000, 0x3F0_0000, " on node 1 flags: 0x0"),
        "[    0.000000]  reserved.cnt  = 0x1",
        line("reserved", 0, 0x4208_0000, 0x2F_D000, " flags: 0x0"),
        "",
    ]
)


def test_the_log_of_a_debian_kernel_is_read() -> None:
    found = read_machine(str(DATA / "debian-6.1-memblock-debug.log"))
    assert isinstance(found, MemoryMap)
    assert found.memory == (Region(0x4000_0000, 512 << 20, node=0),)
    assert len(found.reserved) == 8


def test_the_last_dump_of_a_log_is_taken() -> None:
    found = read(LOG.encode())
    assert isinstance(found, MemoryMap)
    assert found.memory == (
        Region(0x4000_0000, 0x40F_0000, node=0),
        Region(0x440F_0000, 0x1_0000, nomap=True, node=0),
        Region(0x4410_0000, 0x3F0_0000, node=1),
    )
    assert found.reserved == (Region(0x4208_0000, 0x2F_D000),)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("MEMBLOCK configuration:", "nothing", "holds no memblock dump and no EFI map"),
        ("memory.cnt  = 0x3", "memory.cnt  = 0x4", "counts 4 memory regions and shows 3"),
        ("0x00000000440fffff", "0x00000000440ffffe", "is not 0x10000 bytes"),
    ],
)
def test_logs_without_a_whole_dump_are_refused_and_say_how_to_get_one(old: str, new: str, words: str) -> None:
    with pytest.raises(InputError, match=words) as raised:
        read(LOG.replace(old, new).encode())
    assert "memblock=debug" in str(raised.value)


def test_a_log_with_an_efi_map_alone_tells_what_firmware_said() -> None:
    found = read(
        b"[    0.000000] Booting Linux on physical CPU 0x0\n"
        b"[    0.000000] efi: Processing EFI memory map:\n"
        b"[    0.000000] efi:   0x000040000000-0x000043ffffff [Conventional|   |  |  |  |WB|WT|WC|UC]\n"
        b"[    0.000000] efi:   0x000044000000-0x00004400ffff [Runtime Code|RUN|  |  |  |WB|  |  |  ]*\n"
        b"[    0.000000] efi: memattr:  0x00007c440000-0x00007c44ffff [Runtime Code|RUN|  |XP]\n"
    )
    assert isinstance(found, Firmware)
    assert found.efi == (
        EfiDescriptor("Conventional", 0x4000_0000, 0x400_0000, frozenset({"WB", "WT", "WC", "UC"})),
        EfiDescriptor("Runtime Code", 0x4400_0000, 0x1_0000, frozenset({"RUN", "WB"})),
    )


# --- names and files ---------------------------------------------------------------------------------------


def test_shipped_maps_are_found_by_name_and_their_names_differ() -> None:
    names = [memory_map.name for memory_map in all_shipped_maps()]
    assert len(set(names)) == len(names)
    assert [read_machine(name) for name in names] == list(all_shipped_maps())


def test_shipped_maps_are_the_layouts_that_real_kernels_were_booted_with() -> None:
    recorded: dict[str, set[str]] = {}
    for path in sorted((DATA / "boots").glob("*.jsonl")):
        for line in path.read_text().splitlines():
            row = json.loads(line)
            memory = [
                {key: entry[key] for key in ("base", "size", "flags")}
                for entry in row["memory_map"]["memory"]
            ]
            recorded.setdefault(row["layout"], set()).add(json.dumps(memory, sort_keys=True))
    compared = 0
    for name, layouts in recorded.items():
        if name not in {memory_map.name for memory_map in all_shipped_maps()}:
            continue
        own = memory_map_to_json(shipped_map(name))["memory"]
        plain = [{key: entry[key] for key in ("base", "size", "flags")} for entry in own]
        assert json.dumps(plain, sort_keys=True) in layouts, name
        compared += 1
    assert compared >= 12


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("nomap-mud", "did you mean nomap-mid"),
        ("no-such-thing-at-all", "shipped are flat"),
        (".", "is a directory"),
    ],
)
def test_names_that_are_neither_map_nor_file_are_refused(name: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        read_machine(name)


def test_a_file_that_only_root_may_read_is_told_of_with_a_copys_command(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def forbidden(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "is_dir", forbidden)
    for name, command in (
        ("/sys/firmware/fdt", "sudo cat /sys/firmware/fdt >"),
        ("/sys/kernel/debug/memblock", "sudo cp -r /sys/kernel/debug/memblock memblock"),
    ):
        with pytest.raises(InputError, match="cannot be read: Permission denied") as raised:
            read_machine(name)
        assert command in raised.value.hint


def test_a_folder_of_debugfs_that_is_not_there_is_mounted() -> None:
    if Path("/sys/kernel/debug/memblock").exists():
        pytest.skip("this machine has it")
    with pytest.raises(InputError, match="does not exist") as raised:
        read_machine("/sys/kernel/debug/memblock")
    assert "mount -t debugfs" in raised.value.hint


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_what_windows_shells_write_is_read(encoding: str) -> None:
    mark = {"utf-16-le": codecs.BOM_UTF16_LE, "utf-16-be": codecs.BOM_UTF16_BE}.get(encoding, b"")
    for text in (LOG, '{"memory": [{"base": 0, "size": 4096}]}'):
        assert read(mark + text.replace("\n", "\r\n").encode(encoding)).notes == read(text.encode()).notes


@pytest.mark.parametrize(
    ("magic", "program"),
    [(b"\x1f\x8b", "zcat"), (b"\xfd7zXZ\0", "xzcat"), (b"BZh9", "bzcat"), (b"\x28\xb5\x2f\xfd", "zstdcat")],
)
def test_compressed_files_are_refused_with_what_unpacks_them(magic: bytes, program: str) -> None:
    with pytest.raises(InputError, match="is compressed") as raised:
        read(magic + bytes(20))
    assert f"{program} FILE" in raised.value.hint


@pytest.mark.parametrize("data", [b"", b"  \n", b"\x7fELF\0\0\0", b"just words\n", b"\xff\xfe\x00"])
def test_files_that_are_nothing_known_are_refused(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "junk"
    path.write_bytes(data)
    with pytest.raises(InputError, match=r"is empty|is neither JSON nor a device tree nor a boot log"):
        read_machine(str(path))


@given(st.binary(max_size=200))
def test_any_bytes_become_a_map_or_a_clear_error(data: bytes) -> None:
    try:
        assert read(data)
    except InputError as error:
        assert "\n" not in str(error)  # noqa: PT017 # either outcome is right
