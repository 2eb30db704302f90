# SPDX-License-Identifier: GPL-2.0-or-later
"""Other programs and the same questions, on Debian's 6.1 tree and configuration, end to end in one run.

    python -m venv others && others/bin/pip install kmax kconfig-mcp
    python -m benchmarks.others others

klocalizer extracts the tree, encodes it as clauses and repairs the configuration; kconfig-mcp loads the tree
and explains. klocalizer 4.10 needs Python 3.12 (on 3.11 one line of its arch.py must be corrected).
"""

import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from explorer.configuration.toolchain.probes import make_variables
from tests.live.debian import kernel_image, source_tree
from tests.live.toolchain import TREE_FILES

WISHES = (
    {"SPARSEMEM_VMEMMAP": "n"},
    {"KASAN_HW_TAGS": "y", "NUMA": "n"},
    {"KASAN_HW_TAGS": "y"},
)
MCP = """
import os, sys
from kconfig_mcp.server import kconfig_load, kconfig_why_not
tree, config, *wishes = sys.argv[1:]
kconfig_load("x", tree + "/Kconfig", config, dict(os.environ))
for wish in wishes:
    symbol, _, value = wish.partition("=")
    print(kconfig_why_not("x", symbol, value))
"""


def seconds(command: list[str], folder: Path, environment: dict[str, str]) -> tuple[float, str]:
    start = time.perf_counter()
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=600
    )
    return time.perf_counter() - start, re.sub(r"[\r\n]+", "\n", done.stdout + done.stderr)


def _variables(tree: Path) -> dict[str, str]:
    made = make_variables("arm64", "aarch64-linux-gnu-")
    return {**os.environ, **made, "srctree": str(tree), "KERNELVERSION": "6.1"}


def klocalizer(binaries: Path, tree: Path, config: Path, requested: dict[str, str]) -> tuple[float, str]:
    """Extraction, clauses and one query."""
    variables = {**_variables(tree), "PATH": f"{binaries}:{os.environ['PATH']}"}
    with tempfile.TemporaryDirectory() as scratch:
        extract, clauses = Path(scratch) / "extract", Path(scratch) / "clauses"
        command = [
            str(binaries / "kextractlinux"),
            "arm64",
            str(extract),
            "--module-version",
            "next-20210426",
        ]
        taken, _ = seconds(command, tree, variables)
        start = time.perf_counter()
        with extract.open("rb") as extracted, clauses.open("wb") as made:
            words = [str(binaries / "kclause"), "--remove-orphaned-nonvisibles"]
            subprocess.run(
                words, stdin=extracted, stdout=made, stderr=subprocess.DEVNULL, env=variables, check=True
            )
        taken += time.perf_counter() - start
        assumptions = [
            word
            for name, value in requested.items()
            for word in ("--undefine" if value == "n" else "--define", f"CONFIG_{name}")
        ]
        command = [
            str(binaries / "klocalizer"),
            "--kextract",
            str(extract),
            "--kclause-formulas",
            str(clauses),
        ]
        command += ["--linux-ksrc", str(tree), "--repair", str(config), "--disable-downloading-formulas"]
        answered, output = seconds([*command, "-o", f"{scratch}/out", *assumptions], tree, variables)
    lines = [line for line in output.splitlines() if "removing" in line or "No satisfying" in line]
    return taken + answered, " ".join(lines)[:70]


def ours(tree: Path, config: Path, requested: dict[str, str], cache: str) -> tuple[float, str]:
    words = [f"{name}={value}" for name, value in requested.items()]
    command = [sys.executable, "-m", "explorer", "explain", "--tree", str(tree), "-c", str(config), *words]
    taken, output = seconds(command, Path.cwd(), {**os.environ, "XDG_CACHE_HOME": cache})
    lines = [line for line in output.splitlines() if "to change" in line or "unreachable" in line]
    return taken, " ".join(lines)[:70]


def main(binaries: Path) -> int:
    tree, (_, config) = source_tree("6.1", *TREE_FILES), kernel_image("6.1")
    for requested in WISHES:
        words = " ".join(f"{name}={value}" for name, value in requested.items())
        print(words)
        with tempfile.TemporaryDirectory() as cache:
            cold, output = ours(tree, config, requested, cache)
            warm, _ = ours(tree, config, requested, cache)
        print(f"  explain         {cold:6.1f} s cold, {warm:.2f} s warm: {output}")
        theirs, output = klocalizer(binaries, tree, config, requested)
        print(f"  klocalizer      {theirs:6.1f} s: {output}")
        print(f"  klocalizer / explain: {theirs / cold:.0f} cold, {theirs / warm:.0f} warm")
        if len(requested) == 1:
            command = [str(binaries / "python"), "-c", MCP, str(tree), str(config), *words.split()]
            taken, output = seconds(command, tree, _variables(tree))
            print(f"  kconfig-mcp     {taken:6.1f} s: {' '.join(output.split())[-70:]}")
            print(f"  kconfig-mcp / explain: {taken / cold:.1f} cold, {taken / warm:.0f} warm")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve() / "bin"))
