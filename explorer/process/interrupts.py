# SPDX-License-Identifier: GPL-2.0-or-later
"""Interrupts: SIGINT, SIGTERM and SIGHUP become one exception and one kind of exit code.

1. While the program starts, and while it exits with its result, an interrupt ends the process at once:
   nothing has to be cleaned up.
2. While a command runs, the first interrupt raises ``Interrupted`` in the main thread, so that each
   ``finally`` cleans up. A second one ends the process at once.
3. An interrupt within a tenth of a second of the first is the same one: ``timeout`` signals the process and
   then its group, and a terminal that closes and its shell both send SIGHUP.
4. The exit code is 128 + the signal's number: 130 (INT), 143 (TERM), 129 (HUP).
5. A signal that was ignored when the program started stays ignored: ``nohup``, background jobs of a shell.
6. No other module sets handlers. The Python API sets none: they belong to the program that calls it.

An exception in a finalizer or in a callback of a weak reference is printed and dropped by Python. An
``Interrupted`` that is dropped there is raised again a moment later.
"""

from __future__ import annotations

import os
import signal
import sys
import time

TYPE_CHECKING = False  # as of typing, whose import takes longer than the others together
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, NoReturn

    _Handler = Callable[[int, Any], object] | int

__all__ = [
    "INTERRUPTS",
    "Interrupted",
    "end_on_interrupt",
    "ignore_interrupts",
    "kill_on_interrupt",
    "raise_on_interrupt",
    "raised_interrupt",
    "uninterrupted",
]

INTERRUPTS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""The signals that ask the program to end."""

_SAME = 0.1  # seconds in which a second signal is part of the first interrupt
_AGAIN = 0.001  # seconds after which a dropped exception is raised again


class Interrupted(BaseException):
    """A signal asks the program to end.

    Args:
        number: the signal's number.
    """

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number

    @property
    def exit_code(self) -> int:
        """The exit code of the program: 128 + the signal's number."""
        return 128 + self.number


def end_on_interrupt() -> None:
    """Makes an interrupt end the process at once, with its exit code and without clean-up."""
    _handle(_end)


def raise_on_interrupt() -> None:
    """Makes the first interrupt raise ``Interrupted`` in the main thread; a second one ends the process."""
    sys.unraisablehook = _raise_again_if_dropped
    _handle(_raise)


def raised_interrupt() -> Interrupted | None:
    """The first interrupt, once it has been raised.

    A library in C may have replaced it by an exception of its own.
    """
    handlers = map(signal.getsignal, INTERRUPTS)
    return next((handler.first for handler in handlers if isinstance(handler, _AfterFirst)), None)


def ignore_interrupts() -> None:
    """Ignores interrupts: the result is written, and Python only frees its memory."""
    _handle(signal.SIG_IGN)


def kill_on_interrupt() -> None:
    """Gives the signals their default action, and unblocks them: for worker processes.

    They end at once, also inside C code, and clean up nothing.
    """
    _handle(signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, INTERRUPTS)


class uninterrupted:  # noqa: N801 # as suppress() of contextlib, whose import takes long
    """A block whose interrupts are delayed to its end, also for the processes that are started in it.

    They inherit the blocked signals, and unblock them when they are ready (``kill_on_interrupt``). Only the
    main thread may use it.
    """

    def __enter__(self) -> None:
        """Blocks the signals."""
        self._caught: list[int] = []
        self._before = _handle(lambda number, _: self._caught.append(number))
        signal.pthread_sigmask(signal.SIG_BLOCK, INTERRUPTS)

    def __exit__(self, *_: object) -> None:
        """Unblocks the signals, and raises the first that came."""
        signal.pthread_sigmask(signal.SIG_UNBLOCK, INTERRUPTS)
        for number, handler in self._before.items():
            signal.signal(number, handler)
        if self._caught:
            signal.raise_signal(self._caught[0])


def _handle(handler: _Handler) -> dict[signal.Signals, _Handler]:
    """Sets a handler of the signals that are not ignored; returns what handled them before."""
    before = ((number, signal.getsignal(number)) for number in INTERRUPTS)
    handled = {number: old for number, old in before if old is not None and old != signal.SIG_IGN}
    for number in handled:
        signal.signal(number, handler)
    return handled


def _end(number: int, _: object) -> NoReturn:
    os._exit(128 + number)


def _raise(number: int, _: object) -> NoReturn:
    interrupt = Interrupted(number)
    _handle(_AfterFirst(interrupt))
    raise interrupt


class _AfterFirst:
    """The handler after the first interrupt.

    Attributes:
        first: the first interrupt.
    """

    def __init__(self, first: Interrupted) -> None:
        self.first = first
        self._time = time.monotonic()

    def __call__(self, number: int, frame: object) -> None:
        """Ends the process, unless the signal is part of the first interrupt."""
        if time.monotonic() - self._time > _SAME:
            _end(number, frame)


def _raise_again_if_dropped(dropped: Any) -> None:
    """The hook for exceptions that Python drops."""
    error = dropped.exc_value
    if not isinstance(error, Interrupted):
        sys.__unraisablehook__(dropped)
        return

    def raise_again(*_: object) -> NoReturn:
        raise Interrupted(error.number)

    signal.signal(signal.SIGALRM, raise_again)
    signal.setitimer(signal.ITIMER_REAL, _AGAIN)
