# SPDX-License-Identifier: GPL-2.0-or-later
"""``count`` of random prompts and ``graph`` of a whole kernel: CPU time, to that of ``explain``.

    python -m benchmarks.counting [TREE]

Without a tree it is Debian's 6.1. Each run is a process of its own; the tree is in the cache.
"""

import os
import random
import resource
import subprocess
import sys
from pathlib import Path
from statistics import median

from explorer.configuration import load_tree
from tests.live.debian import Unavailable, source_tree
from tests.live.toolchain import TREE_FILES

ROUNDS = 3
SAMPLES = 5


def cpu_seconds(*words: str) -> float:
    """User and system time of the program, its children included."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-m", "explorer", *words]
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=os.environ, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main(folder: str) -> int:
    try:
        tree = Path(folder) if folder else source_tree("6.1", *TREE_FILES)
    except Unavailable as reason:
        print(f"no tree to read: {reason}")
        return 2
    parsed = load_tree(tree)
    prompts = [name for name in parsed.symbols if parsed.has_prompt(name) and parsed.is_logical(name)]
    where = ("--tree", str(tree))
    cpu_seconds("explain", *where, "NUMA=n")
    reference = median(cpu_seconds("explain", *where, "NUMA=n") for _ in range(ROUNDS))
    print(f"explain NUMA=n, warm: {reference:.2f} s")
    for count in (20, 200, 500):
        samples = [random.Random(seed).sample(prompts, count) for seed in range(1, SAMPLES + 1)]  # noqa: S311 # a sample, no secret
        taken = sorted(cpu_seconds("count", *where, *names) for names in samples)
        runs = ", ".join(f"{seconds:.2f}" for seconds in taken)
        print(f"count of {count} prompts / explain: {median(taken) / reference:.1f}   ({runs} s)")
    for name, words in (("whole graph", []), ("graph of NUMA", ["--symbol", "NUMA"])):
        taken = [cpu_seconds("graph", *where, *words) for _ in range(ROUNDS)]
        print(f"{name} / explain: {median(taken) / reference:.1f}   ({median(taken):.2f} s)")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else ""))
