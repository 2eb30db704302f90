# SPDX-License-Identifier: GPL-2.0-or-later
"""``check`` of Debian's configuration, compared with three other programs; each line is a ratio of one run.

Measured are CPU seconds of child processes, medians of five runs in turns. The others are an interpreter that
only imports what ``check`` imports, ``make olddefconfig`` in a copy of the tree (conf is built before), and
kernel-hardening-checker where it is installed (it parses no Kconfig).
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from tests.live.debian import Unavailable, kernel_image, source_tree

ROUNDS = 5
FILES = 200
_LOADED = """\
import sys
from explorer.application import app_of
try: app_of()()
except SystemExit: pass
print(*sys.modules, file=sys.stderr)
"""


def cpu(command: Sequence[str]) -> float:
    """User and system seconds of a command and its children."""
    before = os.times()
    subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=900)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def imports(words: Sequence[str]) -> list[str]:
    """An interpreter that imports what a run of the program had imported at its end, and does nothing."""
    run = subprocess.run([sys.executable, "-c", _LOADED, *words], capture_output=True, text=True, check=False)
    names = [name for name in run.stderr.split() if not name.startswith("_") and name != "explorer.__main__"]
    lines = "\n".join(f"try: import {name}\nexcept Exception: pass" for name in names)
    return [sys.executable, "-c", lines]


def main() -> int:
    try:
        config = str(kernel_image("6.12")[1])
        tree = str(source_tree("6.12", "*/Kconfig*", "*/Makefile", "*/scripts/*"))
    except Unavailable as reason:
        print(f"nothing to check: {reason}")
        return 2
    with tempfile.TemporaryDirectory() as folder:
        _one(config, tree, Path(folder))
    _many(config)
    return 0


def _one(config: str, tree: str, folder: Path) -> None:
    """One file: CPU seconds, and ratios to the imports."""
    words = ["check", config, "-m", "flat", "--format", "json"]
    commands = {
        "the same imports": imports(words),
        "check, shipped kernel": [sys.executable, "-m", "explorer", *words],
        "check, --tree": [sys.executable, "-m", "explorer", *words, "--tree", tree],
    }
    if shutil.which("aarch64-linux-gnu-gcc"):
        commands["make olddefconfig"] = _make(config, tree, folder)
    if hardening := shutil.which("kernel-hardening-checker"):
        commands["kernel-hardening-checker"] = [hardening, "-c", config]
    taken: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(ROUNDS):
        for name, command in commands.items():
            taken[name].append(cpu(command))
    least = median(taken["the same imports"])
    for name, seconds in taken.items():
        print(f"{name:<28} {median(seconds):6.2f} s   {median(seconds) / least:6.2f} of the imports")


def _make(config: str, tree: str, folder: Path) -> list[str]:
    """``make olddefconfig`` of a file in a copy of the tree, in which conf is built already."""
    copy = shutil.copytree(tree, folder / "linux", symlinks=True)
    shutil.copy(config, folder / "config")
    words = ["make", "-s", "-C", str(copy), "ARCH=arm64", "CROSS_COMPILE=aarch64-linux-gnu-"]
    words += [f"KCONFIG_CONFIG={folder / 'config'}", "olddefconfig"]
    subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, check=True, timeout=900)
    return words


def _many(config: str) -> None:
    """Many files in one call: seconds of wall time on one core and on all."""
    with tempfile.TemporaryDirectory() as folder:
        names = [str(Path(folder) / f"{number}.config") for number in range(FILES)]
        for name in names:
            Path(name).symlink_to(config)
        command = [sys.executable, "-m", "explorer", "check", *names, "-m", "flat", "--format", "json"]
        every = os.sched_getaffinity(0)
        walls, work = [], []
        for cores in ({min(every)}, every):
            pinned = ["taskset", "-c", ",".join(map(str, sorted(cores))), *command]
            start = os.times().elapsed
            work.append(cpu(pinned))
            walls.append(os.times().elapsed - start)
        print(
            f"{FILES} files: on {len(every)} cores {walls[0] / walls[1]:.2f} times as fast as on one, "
            f"for {work[1] / work[0]:.2f} times the work"
        )


if __name__ == "__main__":
    sys.exit(main())
