# SPDX-License-Identifier: GPL-2.0-or-later
"""Our memblock against the kernel's own: mm/memblock.c of 6.12, built in user space as its test suite is."""

import random
import shutil
import subprocess
from pathlib import Path

import pytest

from explorer.boot.memblock import Memblock
from explorer.machine import Region
from tests.live.debian import Unavailable, source_tree

pytestmark = pytest.mark.live

DRIVER = Path(__file__).with_name("memblock_driver.c")
FLAGS = [
    "-w",
    "-I.",
    "-I../../include",
    "-O1",
    "-DCONFIG_PHYS_ADDR_T_64BIT",
    "-DCONFIG_NUMA",
    "-DCONFIG_NODES_SHIFT=4",
]
WANTED = (
    "*/tools/*",
    "*/mm/memblock.c",
    "*/include/linux/*.h",
    "*/lib/cmdline.c",
    "*/arch/x86/include/asm/*.h",
)
SEQUENCES, LONGEST = 3000, 14

Operation = tuple[str, int, int, int]


def _needs(*tools: str) -> None:
    for tool in tools:
        if not shutil.which(tool):
            raise Unavailable(f"{tool} is not installed")


@pytest.fixture(scope="module")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Path:
    try:
        _needs("cc", "make")
        source = source_tree("6.12", *WANTED)
    except Unavailable as reason:
        pytest.skip(f"the kernel's memblock cannot be built here: {reason}")
    tree = tmp_path_factory.mktemp("kernel") / "tree"
    shutil.copytree(source, tree, symlinks=True)
    folder = tree / "tools" / "testing" / "memblock"
    target = folder / "driver"
    subprocess.run(["make", "include", "memblock.c"], cwd=folder, check=True, capture_output=True)
    sources = [str(DRIVER), "memblock.c", "mmzone.c", "lib/slab.c", "../../lib/cmdline.c"]
    done = subprocess.run(
        ["cc", *FLAGS, "-o", str(target), *sources], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return target


def sequences(seed: int) -> list[list[Operation]]:
    """Random operations over a few edges, so that ranges meet, overlap, nest and are empty."""
    chance = random.Random(seed)  # noqa: S311 # no secret depends on it
    found = []
    for _ in range(SEQUENCES):
        edges = sorted(chance.sample(range(1, 64), 9))
        scale = chance.choice([1, 0x1000, 0x20_0000])
        found.append([_operation(chance, edges, scale) for _ in range(chance.randint(1, LONGEST))])
    return found


def _operation(chance: random.Random, edges: list[int], scale: int) -> Operation:
    base, end = sorted((chance.choice(edges), chance.choice(edges)))
    what = chance.choice("aaadrrnncskl")
    node = chance.randint(0, 2) if what == "s" else chance.choice([-1, 0, 1]) if what == "a" else 0
    return what, base * scale, (end - base) * scale, node


def ours(operations: list[Operation]) -> list[str]:
    lists = Memblock()
    for what, base, size, node in operations:
        if what == "a":
            lists.memblock_add(base, size, None if node < 0 else node)
        elif what == "d":
            lists.memblock_remove(base, size)
        elif what == "r":
            lists.memblock_reserve(base, size)
        elif what == "n":
            lists.memblock_mark_nomap(base, size)
        elif what == "c":
            lists.memblock_clear_nomap(base, size)
        elif what == "k":
            lists.memblock_cap_memory_range(base, size)
        elif what == "l":
            lists.memblock_mem_limit_remove_map(size)
        else:
            lists.memblock_set_node(base, size, node)
    return [_words("memory", lists.memory), _words("reserved", lists.reserved)]


def _words(name: str, regions: tuple[Region, ...]) -> str:
    entries = (
        f"{region.base:x},{region.size:x},{int(region.nomap)},{-1 if region.node is None else region.node}"
        for region in regions
    )
    return " ".join([name, *entries])


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_random_operations_give_the_lists_of_the_kernel(seed: int, driver: Path) -> None:
    tried = sequences(seed)
    lines = [
        f"{what} {base:x} {size:x} {node}\n" if operation else "=\n"
        for operations in tried
        for operation in [*operations, None]
        for what, base, size, node in [operation or ("", 0, 0, 0)]
    ]
    done = subprocess.run([str(driver)], input="".join(lines), capture_output=True, text=True, check=True)
    kernel = [line for line in done.stdout.splitlines() if not line.startswith("memblock_cap")]  # a warning
    assert len(kernel) == 2 * len(tried)
    for number, operations in enumerate(tried):
        assert ours(operations) == [_merged(line) for line in kernel[2 * number : 2 * number + 2]], operations


def _merged(line: str) -> str:
    """A list of the kernel with equal neighbours merged: a cut splits NOMAP at its ends, and leaves it so."""
    name, *entries = line.split()
    merged: list[Region] = []
    for entry in entries:
        base, size, nomap, node = (
            int(number, radix) for number, radix in zip(entry.split(","), (16, 16, 10, 10), strict=True)
        )
        last = merged[-1] if merged else None
        if last and (last.end, last.nomap, last.node) == (base, bool(nomap), node):
            merged[-1] = Region(last.base, last.size + size, last.nomap, node)
        else:
            merged.append(Region(base, size, bool(nomap), node))
    return _words(name, tuple(merged))
