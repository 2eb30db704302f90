# SPDX-License-Identifier: GPL-2.0-or-later
"""Counts accepted and refused inputs in a file, so that a run that is killed has counted."""

import mmap
from pathlib import Path

__all__ = ["Counts"]

_WORD = 8


class Counts:
    """How many inputs were accepted and refused.

    libFuzzer ends the process without Python's exit handlers, so each count is written to a mapped file.

    Args:
        path: the file; ``None`` to count in memory only.
    """

    def __init__(self, path: Path | None) -> None:
        if path is None:
            self._words = mmap.mmap(-1, 2 * _WORD)
            return
        with path.open("r+b" if path.exists() else "w+b") as file:
            file.truncate(2 * _WORD)
            self._words = mmap.mmap(file.fileno(), 2 * _WORD)

    @property
    def accepted(self) -> int:
        """How many inputs got past the reader."""
        return self._word(0)

    @property
    def refused(self) -> int:
        """How many the reader refused."""
        return self._word(1)

    def add(self, *, accepted: bool) -> None:
        """Count an input."""
        place = 0 if accepted else 1
        value = self._word(place) + 1
        self._words[place * _WORD : (place + 1) * _WORD] = value.to_bytes(_WORD, "little")

    def _word(self, place: int) -> int:
        return int.from_bytes(self._words[place * _WORD : (place + 1) * _WORD], "little")
