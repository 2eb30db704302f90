# SPDX-License-Identifier: GPL-2.0-or-later
"""Fuzzes targets one after the other, each in a process of its own, and goes on after findings.

``python -m tests.fuzz.campaign FOLDER [--seconds N] [--rounds N] [TARGET...]``

The folder keeps for each target its corpus, which the next round begins with, the counts of accepted and
refused inputs, and the findings.
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

from tests.fuzz.counts import Counts
from tests.fuzz.targets import TARGETS

__all__ = ["table"]

_LIMITS = ("-rss_limit_mb=1500", "-timeout=20", "-max_len=65536", "-verbosity=0", "-print_final_stats=1")


def main() -> None:
    """Runs the campaign; prints a line for each run and a table at the end of each round."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seconds", type=int, default=120, help="for each run")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("targets", nargs="*", metavar="TARGET")
    words = parser.parse_args()
    names: list[str] = words.targets or list(TARGETS)
    for _ in range(words.rounds):
        for name in names:
            run(words.folder, name, words.seconds)
        sys.stdout.write(table(words.folder))
        sys.stdout.flush()


def run(folder: Path, name: str, seconds: int) -> None:
    """Fuzz one target for some seconds. An input that takes too long or too much memory ends the run."""
    corpus = folder / "corpus" / name
    corpus.mkdir(parents=True, exist_ok=True)
    findings = folder / "findings"
    findings.mkdir(exist_ok=True)
    command = [
        sys.executable,
        "-m",
        "tests.fuzz.atheris_run",
        name,
        str(corpus),
        f"-max_total_time={seconds}",
    ]
    environment = {**os.environ, "FUZZ_COUNTS": str(_counts(folder, name)), "FUZZ_FINDINGS": str(findings)}
    done = subprocess.run(
        [*command, *_LIMITS, f"-artifact_prefix={findings}/{name}-limit-"],
        capture_output=True,
        check=False,
        env=environment,
    )
    counts = Counts(_counts(folder, name))
    if done.returncode:
        (findings / f"{name}-ended.txt").write_bytes(done.stderr[-6000:])
    sys.stdout.write(
        f"{name}: exit {done.returncode}, {counts.accepted} accepted, {counts.refused} refused\n"
    )
    sys.stdout.flush()


def table(folder: Path) -> str:
    """For each target of a campaign: accepted and refused inputs, and root causes of findings."""
    lines = [f"{'target':<14}{'inputs':>12}{'accepted':>12}{'findings':>10}"]
    for name in TARGETS:
        counts = Counts(_counts(folder, name))
        causes = len(list((folder / "findings").glob(f"{name}-*.txt")))
        total = counts.accepted + counts.refused
        lines.append(f"{name:<14}{total:>12}{counts.accepted:>12}{causes:>10}")
    return "\n".join((*lines, ""))


def _counts(folder: Path, name: str) -> Path:
    return folder / f"{name}.counts"


if __name__ == "__main__":
    main()
