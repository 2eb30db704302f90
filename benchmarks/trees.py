# SPDX-License-Identifier: GPL-2.0-or-later
"""Reading a real tree (Debian's 6.1, 1,486 Kconfig files): the whole program to kconfiglib alone.

Each measurement is a process of its own, timed in turns in one run. kconfiglib parses the tree, with the one
correction that 6.1 needs, and runs its probes with the cross compiler. The program parses the tree, finds a
witness for some values, and prints it.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from explorer.configuration.toolchain.probes import make_variables
from tests.live.debian import Unavailable, source_tree
from tests.live.toolchain import TREE_FILES

ROUNDS = 5
WISHES = (["NUMA=n"], ["KASAN_HW_TAGS=y", "NUMA=n"])
PLAIN = """
import kconfiglib, os, subprocess, sys
class Linux(kconfiglib.Kconfig):
    def _tokenize(self, s):
        tokens = super()._tokenize(s)
        if tokens[0] is kconfiglib._T_MODULES:
            tokens.insert(0, kconfiglib._T_OPTION)
        return tokens
if sys.argv[1] == "quiet":
    kconfiglib._shell_fn = lambda *words: "n"
    kconfiglib.Kconfig._fn_val = (lambda stock: lambda self, args: "n" if args[0] == "shell" else
        "" if args[0] == "error-if" else stock(self, args))(kconfiglib.Kconfig._fn_val)
Linux("Kconfig", warn=False)
"""


def seconds(command: list[str], folder: Path, environment: dict[str, str]) -> float:
    start = time.perf_counter()
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=False, timeout=300)
    taken = time.perf_counter() - start
    if done.returncode not in {0, 1}:
        raise SystemExit(done.stderr.decode())
    return taken


def main() -> int:
    try:
        tree = source_tree("6.1", *TREE_FILES)
    except Unavailable as reason:
        print(f"no tree to read: {reason}")
        return 2
    cross = "aarch64-linux-gnu-" if shutil.which("aarch64-linux-gnu-gcc") else ""
    variables = {**os.environ, **make_variables("arm64", cross), "srctree": str(tree), "KERNELVERSION": "6.1"}
    ask = [sys.executable, "-m", "explorer", "explain", "--tree", str(tree)]
    cold_run = [*ask, "--allow-shell", *WISHES[0]]
    times: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as warm_cache:
        warm = {**variables, "XDG_CACHE_HOME": warm_cache}
        seconds([*ask, *WISHES[0]], Path.cwd(), warm)
        for _ in range(ROUNDS):
            with tempfile.TemporaryDirectory() as cache:
                cold = {**variables, "XDG_CACHE_HOME": cache}
                rounds = {
                    "plain": ([sys.executable, "-c", PLAIN, "quiet"], tree, variables),
                    "probes": ([sys.executable, "-c", PLAIN, "ask"], tree, variables),
                    "cold": ([*ask, *WISHES[0]], Path.cwd(), cold),
                    "cold, probes run": (cold_run, Path.cwd(), cold),
                    "warm": ([*ask, *WISHES[0]], Path.cwd(), warm),
                    "warm, two wishes": ([*ask, *WISHES[1]], Path.cwd(), warm),
                }
                if not cross:
                    del rounds["probes"], rounds["cold, probes run"]
                for name, work in rounds.items():
                    times.setdefault(name, []).append(seconds(*work))
    for name, taken in times.items():
        runs = ", ".join(f"{seconds:.2f}" for seconds in sorted(taken))
        print(f"{name:<18} {median(taken):6.2f} s   of {runs}")
    reference = median(times.get("probes", times["plain"]))
    for name in ("cold", "cold, probes run", "warm", "warm, two wishes"):
        if name in times:
            print(f"{name} / kconfiglib with probes: {median(times[name]) / reference:.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
