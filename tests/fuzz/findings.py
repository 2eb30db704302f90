# SPDX-License-Identifier: GPL-2.0-or-later
"""Findings sorted by root cause: what was raised, and where in the program."""

import traceback
import zlib
from pathlib import Path

__all__ = ["Findings", "root_cause"]

_MOST_KEPT = 5
_HARNESS = "/tests/fuzz/"


class Findings:
    """A folder with a report and a few inputs for each root cause.

    Args:
        folder: the folder; it is made with the first finding.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._kept: dict[str, int] = {}

    def add(self, target: str, data: bytes, error: BaseException) -> None:
        """Keep the traceback of a root cause, and its first inputs; short ones replace longer ones."""
        cause = root_cause(error)
        key = f"{target}-{zlib.crc32(cause.encode()):08x}"
        self._folder.mkdir(parents=True, exist_ok=True)
        if key not in self._kept:
            text = "".join(traceback.format_exception(error))
            (self._folder / f"{key}.txt").write_text(f"{cause}\n\n{text[-6000:]}", errors="replace")
        self._kept[key] = self._kept.get(key, 0) + 1
        inputs = sorted(self._folder.glob(f"{key}-*"), key=lambda path: path.stat().st_size)
        if len(inputs) < _MOST_KEPT:
            (self._folder / f"{key}-{zlib.crc32(data):08x}").write_bytes(data)
        elif len(data) < inputs[-1].stat().st_size:
            inputs[-1].unlink()
            (self._folder / f"{key}-{zlib.crc32(data):08x}").write_bytes(data)


def root_cause(error: BaseException) -> str:
    """The kind of an exception, and the lines of the program and of the tests that it went through last."""
    frames = traceback.extract_tb(error.__traceback__)
    places = [f"{Path(frame.filename).name}:{frame.lineno}:{frame.name}" for frame in frames]
    program = [place for place, frame in zip(places, frames, strict=True) if _is_program(frame.filename)]
    tests = [place for place, frame in zip(places, frames, strict=True) if _HARNESS in frame.filename]
    last = [part[-1] for part in (program, tests) if part]
    return " for ".join((f"{type(error).__name__} at {last[0] if last else '?'}", *last[1:]))


def _is_program(file: str) -> bool:
    return "/explorer/" in file or file.endswith("kconfiglib.py")
