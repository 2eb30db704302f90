# SPDX-License-Identifier: GPL-2.0-or-later
"""The time of the default report, interpreter start included, to that of a boot of Debian's arm64 kernel.

The kernel boots under QEMU. Both are timed in turns in one run on one machine.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from explorer.commands.report import REPORT_KERNELS
from tests.live.debian import Unavailable, kernel_image
from tests.live.qemu import qemu_command

ROUNDS = 5
_COMMAND_LINE = "console=ttyAMA0 panic=-1 quiet"


def seconds(command: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=True, timeout=300)
    return time.perf_counter() - start


def main() -> int:
    try:
        image, _ = kernel_image("6.1")
        boot = [*qemu_command(512), "-kernel", str(image), "-append", _COMMAND_LINE]
    except Unavailable as reason:
        print(f"no boot to compare with: {reason}")
        return 2
    reports, boots = [], []
    with tempfile.TemporaryDirectory() as folder:
        report = [sys.executable, "-m", "explorer", "report", "-o", str(Path(folder) / "report.html")]
        for _ in range(ROUNDS):
            reports.append(seconds(report))
            boots.append(seconds(boot))
    print(f"default report, {len(REPORT_KERNELS)} kernels: {median(reports):.2f} s")
    print(f"one boot of {image.name} to the search for init: {median(boots):.2f} s")
    print(f"report / boot: {median(reports) / median(boots):.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
