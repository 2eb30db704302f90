# SPDX-License-Identifier: GPL-2.0-or-later
"""A run of one fuzz target under atheris (README.md): ``python -m tests.fuzz.atheris_run bootlog``."""

import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["explorer"]):
    from tests.fuzz.targets import TARGETS


def main() -> None:
    """Fuzz one target from its seeds; what follows its name goes to libFuzzer."""
    if sys.argv[1:] == ["--list"]:
        sys.stdout.write("\n".join(TARGETS) + "\n")
        return
    if len(sys.argv) < 2 or sys.argv[1] not in TARGETS:
        sys.exit(f"usage: python -m tests.fuzz.atheris_run {{{','.join(TARGETS)}}} [libFuzzer options]")
    target = TARGETS[sys.argv.pop(1)]
    with tempfile.TemporaryDirectory() as seeds:
        for number, seed in enumerate(target.seeds):
            (Path(seeds) / str(number)).write_bytes(seed)
        words = sys.argv if any(Path(word).is_file() for word in sys.argv[1:]) else [*sys.argv, seeds]
        atheris.Setup(words, target.run)  # a folder that is named comes first: libFuzzer writes into that one
        atheris.Fuzz()


if __name__ == "__main__":
    main()
