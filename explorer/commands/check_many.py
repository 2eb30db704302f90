# SPDX-License-Identifier: GPL-2.0-or-later
"""Checks many files on all cores.

The tree is parsed before the workers are forked, so they share it. A worker returns the document or the error
of a file.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from explorer.commands.worker_processes import worker_pool
from explorer.errors import InputError

__all__ = ["each_judged"]

_FEW = 8
"""The number of files that are checked in the time in which a worker starts."""

Judged = dict[str, Any] | InputError
_judge: Callable[[str], dict[str, Any]] | None = None


def each_judged(
    files: Sequence[str],
    judge: Callable[[str], dict[str, Any]],
    watched: Callable[[Sequence[str]], Iterable[str]],
) -> Iterator[tuple[str, Judged]]:
    """Each file with its document or error, in order.

    Args:
        files: their names.
        judge: makes the document of a file.
        watched: iterates over the names and shows the progress.
    """
    global _judge  # noqa: PLW0603 # forked workers inherit it; sending a tree takes too long
    _judge = judge
    workers = min(len(os.sched_getaffinity(0)), len(files) // _FEW)
    if workers < 2:
        yield from ((file, _tried(file)) for file in watched(files))
        return
    with worker_pool(workers) as pool:
        size = max(1, min(16, len(files) // (4 * workers)))
        # Not pool.map(): after an interrupt it cancels futures that the broken pool still sets.
        chunks = [
            pool.submit(_all_tried, files[start : start + size]) for start in range(0, len(files), size)
        ]
        results = (judged for chunk in chunks for judged in chunk.result())
        yield from zip(watched(files), results, strict=True)


def _all_tried(files: Sequence[str]) -> list[Judged]:
    return [_tried(file) for file in files]


def _tried(file: str) -> Judged:
    assert _judge is not None  # noqa: S101 # set before any worker starts
    try:
        return _judge(file)
    except InputError as error:
        return error
