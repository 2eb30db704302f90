# SPDX-License-Identifier: GPL-2.0-or-later
"""A run of one fuzz target under atheris (README.md): ``python -m tests.fuzz.atheris_run bootlog``.

Inputs are changed along their form by the target, or by libFuzzer. The number of accepted and of refused
inputs is kept in the file that the environment variable ``FUZZ_COUNTS`` names, from run to run. If
``FUZZ_FINDINGS`` names a folder, findings are kept there and the run goes on (``campaign``); otherwise it
ends with the first.
"""

import os
import sys
import tempfile
from pathlib import Path
from random import Random
from typing import Any

import atheris

with atheris.instrument_imports(include=["explorer"]):
    from tests.fuzz.counts import Counts
    from tests.fuzz.findings import Findings
    from tests.fuzz.target import Target
    from tests.fuzz.targets import TARGETS


def main() -> None:
    """Fuzz one target from its seeds; what follows its name goes to libFuzzer."""
    if sys.argv[1:] == ["--list"]:
        sys.stdout.write("\n".join(TARGETS) + "\n")
        return
    if len(sys.argv) < 2 or sys.argv[1] not in TARGETS:
        sys.exit(f"usage: python -m tests.fuzz.atheris_run {{{','.join(TARGETS)}}} [libFuzzer options]")
    name = sys.argv.pop(1)
    target = TARGETS[name]
    with tempfile.TemporaryDirectory() as seeds:
        for number, seed in enumerate((*target.seeds, *target.refused)):
            (Path(seeds) / str(number)).write_bytes(seed)
        words = sys.argv if any(Path(word).is_file() for word in sys.argv[1:]) else [*sys.argv, seeds]
        counts = Counts(Path(os.environ["FUZZ_COUNTS"]) if "FUZZ_COUNTS" in os.environ else None)
        _fuzz(
            words, name, target, counts
        )  # a folder that is named comes first: libFuzzer writes into that one


def _fuzz(words: list[str], name: str, target: Target[Any], counts: Counts) -> None:
    findings = Findings(Path(os.environ["FUZZ_FINDINGS"])) if "FUZZ_FINDINGS" in os.environ else None

    def run(data: bytes) -> None:
        try:
            counts.add(accepted=target.accepts(data))
        except Exception as error:
            if findings is None:
                raise
            findings.add(name, data, error)

    def mutate(data: bytes, longest: int, seed: int) -> bytes:
        chance = Random(seed)  # noqa: S311 # libFuzzer repeats a run by its seed
        kind = chance.random()
        if kind < 0.3:
            return bytes(atheris.Mutate(data, longest))
        before = chance.choice(target.seeds) if kind < 0.6 else bytes(data)
        return target.mutate(before, chance)[:longest]

    atheris.Setup(words, run, custom_mutator=mutate)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
