# SPDX-License-Identifier: GPL-2.0-or-later
"""Checks many files on all cores.

The tree is parsed before the workers are forked, so they share it. A worker returns the document or the error
of a file. If a worker is killed, its files are checked again, each alone. A file whose worker is killed three
times more has an error.
"""

import os
from collections import Counter, deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from typing import Any

from explorer.errors import InputError
from explorer.process.workers import WorkerEnded, WorkerPool

__all__ = ["each_judged"]

_FEW = 8
"""The number of files that are checked in the time in which a worker starts."""
_MOST_IN_CHUNK = 16
"""The most files that are sent to a worker at once."""

_MOST_KILLED = 3
"""After how many workers that were killed with a file alone it has an error."""

Judged = dict[str, Any] | InputError
Judge = Callable[[str], dict[str, Any]]


def each_judged(
    files: Sequence[str], judge: Judge, watched: Callable[[Sequence[str]], Iterable[str]]
) -> Iterator[tuple[str, Judged]]:
    """Each file with its document or error, in order.

    Args:
        files: their names.
        judge: makes the document of a file.
        watched: iterates over the names and shows the progress.
    """
    workers = min(len(os.sched_getaffinity(0)), len(files) // _FEW)
    if workers < 2:
        yield from ((file, _tried(judge, file)) for file in watched(files))
        return
    judged: dict[int, Judged] = {}
    with closing(_in_workers(files, judge, workers)) as results:
        for index, file in enumerate(watched(files)):
            while index not in judged:
                judged.update(next(results))
            yield file, judged.pop(index)


def _in_workers(files: Sequence[str], judge: Judge, workers: int) -> Generator[dict[int, Judged], None, None]:
    """The results of some files, by their index, as they are done."""
    size = max(1, min(_MOST_IN_CHUNK, len(files) // (4 * workers)))
    everything = range(len(files))
    chunks = deque(everything[start : start + size] for start in range(0, len(files), size))
    killed: Counter[int] = Counter()

    def judge_chunk(chunk: range) -> dict[int, Judged]:
        return {index: _tried(judge, files[index]) for index in chunk}

    with WorkerPool(judge_chunk, workers) as pool:
        for chunk, results in pool.results(lambda: chunks.popleft() if chunks else None):
            if not isinstance(results, WorkerEnded):
                yield results
                continue
            killed.update(chunk if len(chunk) == 1 else ())
            if killed[chunk[0]] >= _MOST_KILLED:
                yield {chunk[0]: _killed(results)}
            else:
                chunks.extendleft(everything[index : index + 1] for index in reversed(chunk))


def _killed(ended: WorkerEnded) -> InputError:
    what = f"the process that checks it was killed again and again (exit code {ended.exit_code})"
    return InputError(what, hint="is there enough memory?")


def _tried(judge: Judge, file: str) -> Judged:
    try:
        return judge(file)
    except InputError as error:
        return error
