# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes child processes end with the process that started them, however that one ends.

1. On Linux the kernel kills a child when its parent ends (``PR_SET_PDEATHSIG``), also after SIGKILL. The
   parent is the *thread* that started the child: a child of a thread ends with that thread.
2. The parent may end before the child asks for that. The child then has another parent, and ends itself.
3. On other systems a worker of ``multiprocessing`` waits in a thread for the end of its parent. Other
   children run on; each has a time limit of its own.
4. ``PR_SET_PDEATHSIG`` does not reach grandchildren. A process that runs the commands of strangers adopts
   what they leave behind (``PR_SET_CHILD_SUBREAPER``) and kills it: ``explorer.process.supervisor``.

Source: prctl(2) in the Linux manual; <linux/prctl.h>.
"""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path

__all__ = ["adopt_orphans", "end_with_parent", "kill_children", "tied_to_this_process"]

_SET_PDEATHSIG = 1
_SET_CHILD_SUBREAPER = 36
_PAUSE = 0.002  # seconds between two looks at what is left


def tied_to_this_process() -> Callable[[], None]:
    """A function for ``preexec_fn`` of ``subprocess``: the child ends with this thread (rules 1 and 2)."""
    _prctl()  # imports ctypes here and not in the child, where another thread may hold the lock of an import
    parent = os.getpid()

    def tie() -> None:
        _die_with(parent)

    return tie


def end_with_parent(parent: int) -> None:
    """Makes this process, a worker of ``multiprocessing``, end with its parent.

    Args:
        parent: the process that started this one.
    """
    if not _die_with(parent):
        _watch_parent()


def adopt_orphans() -> bool:
    """Makes this process adopt descendants whose parent ends; returns whether the system can do that."""
    return _prctl()(_SET_CHILD_SUBREAPER, 1)


def kill_children(seconds: float) -> None:
    """Kills and reaps all children of this process, with their process groups.

    A process that starts itself again and again can only be killed with its group.
    After ``adopt_orphans()`` these are all descendants: when a child ends, its children become children of
    this process.

    Args:
        seconds: when to give up: a process that sleeps in the kernel cannot be killed.
    """
    until = time.monotonic() + seconds
    while _has_children() and time.monotonic() < until:
        for process, group in _children():
            with suppress(ProcessLookupError, PermissionError):
                if group == os.getpgrp():
                    os.kill(process, signal.SIGKILL)
                else:
                    os.killpg(group, signal.SIGKILL)
        time.sleep(_PAUSE)


def _die_with(parent: int) -> bool:
    """Asks the kernel to kill this process with its parent; returns whether it will."""
    done = _prctl()(_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
    return done


@cache
def _prctl() -> Callable[[int, int], bool]:
    """Calls prctl() and returns whether it worked; it never does on other systems than Linux."""
    if sys.platform != "linux":
        return lambda _, __: False
    import ctypes  # noqa: PLC0415 # its import takes long, and few commands start a child

    function = ctypes.CDLL(None).prctl
    unused = [ctypes.c_ulong(0)] * 3
    return lambda option, value: function(option, ctypes.c_ulong(value), *unused) == 0


def _watch_parent() -> None:
    """Ends this process with its parent (rule 3)."""
    from multiprocessing import parent_process  # noqa: PLC0415 # rule 3 alone needs them
    from threading import Thread  # noqa: PLC0415

    parent = parent_process()

    def end_after_it() -> None:
        if parent is not None:
            parent.join()
            os._exit(1)

    Thread(target=end_after_it, daemon=True).start()


def _has_children() -> bool:
    """Whether this process has children; reaps those that have ended."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
        return True
    return False


def _children() -> Iterator[tuple[int, int]]:
    """The children of this process and their process groups; none on systems without ``/proc``."""
    here = os.getpid()
    for status in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it has ended
            _, parent, group, *_ = status.read_bytes().rpartition(b")")[2].split()
            if int(parent) == here:
                yield int(status.parent.name), int(group)
