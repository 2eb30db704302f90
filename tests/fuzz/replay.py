# SPDX-License-Identifier: GPL-2.0-or-later
"""Replays a small corpus of each fuzz target, and measures what it reaches: ``python -m tests.fuzz.replay``.

The corpus of a target is its seeds, and inputs that the target makes of them and of each other, with a fixed
seed. It is not kept as a file: it follows the target's seeds and the forms that it knows.
"""

import json
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random
from typing import Any

from coverage import Coverage

import explorer
from tests.fuzz.findings import root_cause
from tests.fuzz.target import Target
from tests.fuzz.targets import TARGETS

__all__ = ["Replay", "corpus", "replayed"]

_ROOT = Path(explorer.__file__).parent
_GOOD = 0.7
"""The share of inputs that are made of an accepted one."""


@dataclass(frozen=True)
class Replay:
    """What the corpus of a target reached.

    Attributes:
        accepted: the number of inputs that got past the reader.
        refused: the number of inputs that the reader refused.
        findings: the root causes of what was raised.
        branches: the share of the branches of the target's modules that were taken, from 0 to 1.
    """

    accepted: int
    refused: int
    findings: tuple[str, ...]
    branches: float

    @property
    def share(self) -> float:
        """The share of inputs that got past the reader."""
        return self.accepted / (self.accepted + self.refused + len(self.findings))


def replayed(target: Target[Any]) -> Replay:
    """Replay the corpus of a target."""
    counts = {True: 0, False: 0}
    findings: list[str] = []
    measured = Coverage(branch=True, data_file=None, config_file=False, include=_files(target.modules))
    measured.start()
    for data, outcome in corpus(target):
        if isinstance(outcome, bool):
            counts[outcome] += 1
        else:
            findings.append(f"{root_cause(outcome)}: {data[:200]!r}")
    measured.stop()
    return Replay(counts[True], counts[False], tuple(findings), _branches(measured))


def corpus(target: Target[Any]) -> Iterator[tuple[bytes, bool | Exception]]:
    """The inputs of a corpus, each with whether it is accepted, or with what was raised."""
    chance = Random(0)  # noqa: S311 # the same corpus each time
    good, every = list(target.seeds), [*target.seeds, *target.refused]
    for data in tuple(every):
        yield data, _outcome(target, data)
    for _ in range(target.replayed):
        data = target.mutate(chance.choice(good if chance.random() < _GOOD else every), chance)
        outcome = _outcome(target, data)
        yield data, outcome
        every.append(data)
        if outcome is True:
            good.append(data)


def _outcome(target: Target[Any], data: bytes) -> bool | Exception:
    try:
        return target.accepts(data)
    except Exception as error:  # noqa: BLE001 # a finding
        return error


def _files(modules: tuple[str, ...]) -> list[str]:
    """The patterns of the files of some modules and packages."""
    places = [_ROOT / name.replace(".", "/") for name in modules]
    return [f"{place}/*" if place.is_dir() else f"{place}.py" for place in places]


def _branches(measured: Coverage) -> float:
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        measured.json_report(outfile=file.name)
        totals = json.loads(Path(file.name).read_bytes())["totals"]
    return float(totals["covered_branches"] / totals["num_branches"])


def main() -> None:
    """Prints the replay of each target, or of those that are named, as one JSON document."""
    names = sys.argv[1:] or list(TARGETS)
    sys.stdout.write(json.dumps({name: asdict(replayed(TARGETS[name])) for name in names}, indent=1) + "\n")


if __name__ == "__main__":
    main()
