# SPDX-License-Identifier: GPL-2.0-or-later
"""The simulator's speed, and the ratios to a page-by-page reference and to a real boot.

The cost of a simulated boot grows with the boundaries of the memory map, not with the size of RAM.
"""

import sys
import time
from collections.abc import Callable
from dataclasses import replace
from statistics import median

from benchmarks.report_against_boot import seconds
from explorer.boot import Kernel, KernelConfig, simulate
from explorer.configuration import complete, load_fragment
from explorer.machine import MemoryMap, Region
from explorer.version import KernelVersion
from tests.boot.reference import Reference
from tests.live.debian import Unavailable, kernel_image
from tests.live.qemu import qemu_command

GIB = 1 << 30


def kernel_config() -> KernelConfig:
    version = KernelVersion.parse("6.1")
    return KernelConfig.of(Kernel.of(version), complete(load_fragment(version), {}, {}).values)


def banks(count: int, total: int, base: int = GIB) -> MemoryMap:
    """Banks that cover half of a range; each bank ends inside a pageblock."""
    step = total // count & -(1 << 21)
    regions = (Region(base + index * step, step // 2 + 0x1_0000) for index in range(count))
    return MemoryMap("banks", tuple(regions))


def seconds_of(work: Callable[[], object], least: float = 0.5) -> float:
    """Seconds of one call: the median of three blocks of at least ``least`` seconds."""
    once = time.perf_counter()
    work()
    calls = max(1, int(least / max(1e-9, time.perf_counter() - once)))
    blocks = []
    for _ in range(3):
        start = time.perf_counter()
        for _ in range(calls):
            work()
        blocks.append((time.perf_counter() - start) / calls)
    return median(blocks)


def main() -> int:
    kernel_as_built = kernel_config()

    def boot(memory_map: MemoryMap) -> Callable[[], object]:
        return lambda: simulate(kernel_as_built, memory_map)

    small = seconds_of(boot(banks(7, 4 * GIB)))
    print(f"14 boundaries:      {1 / small:8.0f} boots a second on one core")
    print(
        f"10,000 boundaries:  {1 / seconds_of(boot(banks(5000, 40 * GIB))):8.1f} boots a second on one core"
    )
    little, huge = seconds_of(boot(banks(2, GIB, 1 << 40))), seconds_of(boot(banks(2, 16 << 40, 1 << 40)))
    print(f"16 TiB to 1 GiB, same shape:       {huge / little:8.2f} (goal: under 1.1)")
    four = banks(7, 4 * GIB)
    start = time.perf_counter()
    Reference(replace(kernel_as_built), four.memory, ())
    reference = time.perf_counter() - start
    print(f"page-by-page reference, 4 GiB:     {reference / small:8.0f} times as long (goal: over 1,000)")
    try:
        image, _ = kernel_image("6.1")
        command = [*qemu_command(4096), "-kernel", str(image), "-append", "console=ttyAMA0 panic=-1 quiet"]
        real = median(seconds(command) for _ in range(3))
    except Unavailable as reason:
        print(f"no real boot to compare with: {reason}")
        return 2
    print(f"a real boot under QEMU, 4 GiB:     {real / small:8.0f} times as long (goal: over 10,000)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
