# SPDX-License-Identifier: GPL-2.0-or-later
"""A sweep with two worker processes, compared with one; run it on a quiet machine with two cores.

The job: the configurations of ``tests/data/real-configs``, each judged as several kernels, on 200 maps.
Both run in turns three times, interpreter and workers started each time, and medians are compared.
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from tests.commandline import DATA

ROUNDS = 3
MAPS = 200
KERNELS = ("4.14", "4.17", "4.19", "5.4", "5.10", "5.15", "6.1", "6.6", "6.12", "6.18")
_JOB = [
    *("sweep", "--config", str(DATA / "real-configs")),
    *(word for kernel in KERNELS for word in ("--kernel", kernel)),
]


def make_maps(folder: Path) -> None:
    """Memory maps with a hole and a nomap region at other places each."""
    for number in range(MAPS):
        first, gap = 0x40 + number, 1 + number % 7
        banks = ((0x4000_0000, first), (0x4000_0000 + (first + gap << 20), 0x200))
        memory: list[dict[str, object]] = [{"base": base, "size": size << 20} for base, size in banks]
        memory.append({"base": 0x8000_0000 + (number << 16), "size": 0x1_0000, "flags": ["nomap"]})
        (folder / f"{number:03}.json").write_text(json.dumps({"memory": memory}))


def seconds(jobs: int) -> float:
    """Seconds of the sweep, from an empty file."""
    with tempfile.TemporaryDirectory() as folder:
        make_maps(Path(folder))
        places = ("--machine", folder, "-o", str(Path(folder) / "sweep.duckdb"))
        command = [sys.executable, "-m", "explorer", *_JOB, "--jobs", str(jobs), *places]
        start = time.perf_counter()
        subprocess.run(command, capture_output=True, check=False)
        return time.perf_counter() - start


def main() -> int:
    one, two = [], []
    for _ in range(ROUNDS):
        one.append(seconds(1))
        two.append(seconds(2))
    tasks = len(KERNELS) * len(list((DATA / "real-configs").iterdir()))
    print(f"one process:   {median(one):8.1f} s ({tasks / median(one):.0f} configurations a second)")
    print(f"two processes: {median(two):8.1f} s")
    print(f"ratio:         {median(one) / median(two):8.2f} (goal: at least 1.8)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
