# SPDX-License-Identifier: GPL-2.0-or-later
"""The law: whatever is read, the program gives a result or a message, and never an exception of Python.

``python -m tests.any_input.law SECONDS [SEED]`` tries it on every parameter in turn.
"""

import json
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch
from xml.etree import ElementTree as ET

from explorer import files
from tests.any_input.readers import Reader, readers
from tests.in_process import Answer, commands, run_in_process

__all__ = ["broken", "tried"]

_SECONDS = 60
_JSON = ("json", "sarif")


def tried(reader: Reader, seed: int) -> tuple[tuple[str, ...], Answer]:
    """The words and the answer for one input.

    Raises:
        Exception: the law is broken.
    """
    chance = random.Random(seed)  # noqa: S311
    at_once = patch.object(files, "_WAIT_SECONDS", 0)  # 10 seconds in the program
    with at_once, tempfile.TemporaryDirectory() as folder:
        value = reader.make(chance, Path(folder))
        words = [word.format(value=value, folder=folder) for word in reader.words]
        form = _form(reader, chance)
        words[1:1] = ["--format", form] if form else []
        answer = run_in_process(*words)
        _check(answer, form)
        if reader.parameter not in {"output", "write_dts"}:
            for path in Path(folder).glob("page.html"):
                path.read_text(encoding="utf-8")
    return tuple(words), answer


def _form(reader: Reader, chance: random.Random) -> str:
    """One of the formats of the command; empty where it has none."""
    options = [
        parameter for parameter in commands().commands[reader.command].params if parameter.name == "form"
    ]
    if not options or reader.parameter == "form":
        return ""
    choices: list[str] = list(getattr(options[0].type, "choices", ()))
    return str(chance.choice(choices))


def _check(answer: Answer, form: str) -> None:
    assert answer.code in {0, 1, 2}
    assert "defect" not in answer.err
    assert "Traceback" not in answer.err
    assert answer.code or not answer.err.startswith("kconfig-explorer: ")
    if form in _JSON and answer.out.strip():
        json.dumps(json.loads(answer.out), ensure_ascii=False).encode()  # without a lone surrogate
    elif form in {"junit", "graphml"} and answer.out.strip():
        ET.fromstring(answer.out)  # noqa: S314 # what we have written ourselves


@contextmanager
def broken(seconds: int = _SECONDS) -> Iterator[None]:
    """Ends what takes longer than so many seconds, with an exception."""

    def end(*_: object) -> None:
        raise AssertionError(f"takes longer than {seconds} s")

    before = signal.signal(signal.SIGALRM, end)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def _campaign(seconds: float, seed: int) -> int:
    """Tries inputs until the time is over; prints each input that breaks the law, and what was accepted."""
    end, number = time.monotonic() + seconds, seed
    ran, accepted, failed = Counter[str](), Counter[str](), Counter[str]()
    table = list(readers())
    while time.monotonic() < end:
        for reader in table:
            name = f"{reader.command} {reader.parameter}"
            ran[name] += 1
            try:
                with broken():
                    _, answer = tried(reader, number)
                accepted[name] += answer.code != 2 or bool(answer.out)
            except Exception as error:  # noqa: BLE001 # what is looked for
                kind = f"{name}: {type(error).__name__}: {error}"[:150]
                failed[kind] += 1
                if failed[kind] == 1:
                    sys.stdout.write(f"seed {number}: {kind}\n")
                    sys.stdout.flush()
        number += 1
    for name, count in ran.items():
        sys.stdout.write(f"{count:6} {accepted[name] / count:5.0%} {name}\n")
    sys.stdout.write(f"{ran.total()} inputs, {accepted.total()} accepted, {failed.total()} failed\n")
    for kind, count in failed.most_common():
        sys.stdout.write(f"{count:6} {kind}\n")
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(_campaign(float(sys.argv[1]), int((sys.argv[2:] or ["0"])[0])))
