# SPDX-License-Identifier: GPL-2.0-or-later
"""Proofs: forms a second, how their number grows with the edges, two processes to one, and a kept claim.

Run it on a quiet machine with two cores.
"""

import sys
import time
from concurrent.futures import ProcessPoolExecutor
from statistics import median

from explorer.boot import Kernel, KernelConfig
from explorer.configuration import complete, load_fragment
from explorer.proof import Claims, prove, stored_claims
from explorer.proof.map_forms import forms_of
from explorer.version import KernelVersion

ROWS = (("4.17", "n"), ("4.17", "y"), ("5.10", "n"), ("5.10", "y"), ("6.12", "n"), ("6.12", "y"))


def build_of(release: str, numa: str) -> KernelConfig:
    version = KernelVersion.parse(release)
    values = complete(load_fragment(version), {"NUMA": numa}, {}).values
    return KernelConfig.of(Kernel.of(version), values)


def timed(build: KernelConfig) -> tuple[Claims, float]:
    """The claims of a build, and the CPU seconds that they took."""
    start = time.process_time()
    return prove(build), time.process_time() - start


def edges(build: KernelConfig) -> dict[int, int]:
    """How many forms have so many edges."""
    counts: dict[int, int] = {}
    for form in forms_of(build):
        number = len({edge for region in form.memory for edge in (region.base, region.end)})
        counts[number] = counts.get(number, 0) + 1
    return dict(sorted(counts.items()))


def main() -> int:
    builds = [build_of(release, numa) for release, numa in ROWS]
    for (release, numa), build in zip(ROWS, builds, strict=True):
        claims, seconds = timed(build)
        print(f"{release} NUMA={numa}: {seconds:5.1f} s, {claims.forms / seconds:6.0f} maps a second")
    print(f"forms of 6.12 NUMA=y by edges: {edges(builds[-1])}")
    start = time.perf_counter()
    for build in builds:
        assert prove(build).forms  # noqa: S101 # it works on all of them
    one = time.perf_counter() - start
    start = time.perf_counter()
    with ProcessPoolExecutor(2) as pool:
        list(pool.map(prove, builds, chunksize=1))
    print(f"two processes to one: {one / (time.perf_counter() - start):.2f} (goal: at least 1.8)")
    kept = []
    for _ in range(5):
        start = time.perf_counter()
        stored_claims(builds[-1])
        kept.append(time.perf_counter() - start)
    print(f"a claim that is kept: {median(kept) * 1000:.1f} ms")
    return 0


if __name__ == "__main__":
    sys.exit(main())
