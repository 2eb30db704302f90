# SPDX-License-Identifier: GPL-2.0-or-later
"""The projected model counter ganak, in a process of its own.

ganak cannot be interrupted: it holds the interpreter until it is done. Its process ends with Ctrl-C, with the
program, and when it has used its time on the processor.
"""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from math import inf
from pathlib import Path

from explorer.configuration.encoding.deadline import NO_DEADLINE, Deadline
from explorer.errors import InputError, LimitError, OutOfTimeError

__all__ = ["ganak_count", "is_ganak_installed"]

_MOST_SECONDS = 300
_PACKAGES = Path(__file__).parents[3]
_PROGRAM = """
import json, resource, signal, sys
sys.path.append(sys.argv[1])
from explorer.process.children import end_with_parent
end_with_parent(int(sys.argv[2]))
signal.signal(signal.SIGINT, signal.SIG_DFL)
clauses, projected, seconds = json.load(sys.stdin)
resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
from pyganak import Counter
counter = Counter()
counter.add_clauses(clauses)
counter.set_sampling_set(projected)
print(counter.count())
"""


def is_ganak_installed() -> bool:
    """Whether pyganak is installed."""
    return find_spec("pyganak") is not None


def ganak_count(
    clauses: Sequence[Sequence[int]],
    projected: Sequence[int],
    deadline: Deadline = NO_DEADLINE,
    *,
    most_seconds: int = _MOST_SECONDS,
) -> int:
    """The number of assignments of some variables that can be completed to satisfy clauses.

    Args:
        clauses: satisfiable clauses.
        projected: the variables, at least one.
        deadline: when to stop.
        most_seconds: how long it may use the processor.

    Raises:
        LimitError: it uses the processor longer.
        OutOfTimeError: it has not counted at the deadline.
        InputError: ganak fails.
    """
    command = [sys.executable, "-P", "-c", _PROGRAM, str(_PACKAGES), str(os.getpid())]
    given = json.dumps([clauses, projected, most_seconds]).encode()
    with subprocess.Popen(  # noqa: S603 # this interpreter, and numbers on its standard input
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            output, _ = process.communicate(given, timeout=_timeout(deadline))
        except subprocess.TimeoutExpired:
            raise OutOfTimeError(deadline.seconds) from None
        finally:
            process.kill()
    if process.returncode == 0:
        return int(output)
    if process.returncode < 0:
        raise LimitError(
            f"ganak has not counted these combinations in {most_seconds} seconds",
            most=most_seconds,
            parameter="names",
            hint="name fewer symbols, or fix values of others",
        )
    raise InputError("ganak failed", where="pyganak", hint="reinstall it, or count without it")


def _timeout(deadline: Deadline) -> float | None:
    """The seconds that are left, as ``subprocess`` takes them."""
    return None if deadline.end == inf else max(deadline.left, 0)
