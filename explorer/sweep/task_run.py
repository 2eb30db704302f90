# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs one task of a sweep and gives its rows. Any process can run any task.

1. The verdict of a build on a memory map is that of ``check`` and ``matrix``: *unreachable* if Kconfig cannot
   produce the build, then *unsafe* if a walker faults, then *unknown* if something is not modelled or known.
2. A file that cannot be judged gives a row of ``unreadable``; the sweep goes on.
3. A memory map that a build cannot start with (no whole page of memory) is *unknown*, with the message.
4. A defect of this program in one task is told in ``unreadable``, too: it must not end a sweep of days.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from explorer.boot import Boot, Fault, Stage, Verdict, simulate
from explorer.errors import InputError, encodable
from explorer.study.matrix import hazard, leading
from explorer.sweep.builds import Build, Reach, builds_of
from explorer.sweep.claim_rows import gap_words, proven
from explorer.sweep.job import Conditions, Machine, Task
from explorer.sweep.rows import FaultRow, ResultRow, Row, UnreadableRow

__all__ = ["TaskResult", "run_task"]


@dataclass(frozen=True, slots=True)
class TaskResult:
    """The rows of a task.

    Attributes:
        task: its number.
        seconds: how long it took.
        rows: in no table's order.
    """

    task: int
    seconds: float
    rows: tuple[Row, ...]


def run_task(
    task: Task, content: bytes | InputError, machines: Sequence[Machine], conditions: Conditions
) -> TaskResult:
    """Run a task.

    Args:
        task: the task.
        content: the bytes of its ``.config``, or why they cannot be read; empty for a variant.
        machines: all machines of the job.
        conditions: of every boot.
    """
    start = time.perf_counter()
    try:
        rows = tuple(_rows(task, content, machines[slice(*task.machines)], conditions))
    except Exception as error:  # noqa: BLE001 # rule 4
        configuration = task.configuration
        subject = configuration.file or " ".join(f"{name}={value}" for name, value in configuration.settings)
        what = f"defect: {type(error).__name__}: {error} (please report it)"
        rows = (UnreadableRow(encodable(subject), configuration.kernel or None, what),)
    return TaskResult(task.number, time.perf_counter() - start, rows)


def _rows(
    task: Task, content: bytes | InputError, machines: Sequence[Machine], conditions: Conditions
) -> Iterator[Row]:
    configuration = task.configuration
    try:
        if isinstance(content, InputError):
            raise content
        builds = builds_of(configuration, content, conditions)
    except InputError as error:
        if task.machines[0] == 0 and task.proven < 0:
            yield UnreadableRow.of(configuration.file, configuration.kernel, error)
        return
    if task.proven >= 0:
        for build in builds[task.proven : task.proven + 1]:
            yield from proven(build)
        return
    if task.machines[0] == 0:
        yield from (build.row for build in builds)
    for build in builds:
        for machine in machines:
            yield from _booted(build, machine)


def _booted(build: Build, machine: Machine) -> Iterator[Row]:
    """The result of one boot, and its faults."""
    if build.kernel_config is None:
        yield _unknown(build, machine)
        return
    try:
        boot = simulate(build.kernel_config, machine.memory)
    except InputError as error:
        yield _unknown(build, machine, str(error))
        return
    faults = leading(boot.faults)
    worst = min(faults, key=_severity, default=None)
    yield ResultRow(
        build.row.build,
        machine.name,
        verdict=_verdict(build.reach, boot),
        boot=str(boot.verdict),
        hazard=str(hazard(boot)) or None,
        walker=worst.walker if worst else None,
        trigger=worst.trigger if worst else None,
        pfn=worst.pfn if worst else None,
        gaps=tuple(map(gap_words, boot.unmodelled)),
        message=None,
    )
    for fault in faults:
        yield _fault(build, machine, fault, boot)


def _unknown(build: Build, machine: Machine, message: str | None = None) -> ResultRow:
    verdict = Reach.UNREACHABLE if build.reach is Reach.UNREACHABLE else Verdict.UNKNOWN
    return ResultRow(build.row.build, machine.name, str(verdict), None, None, None, None, None, (), message)


def _verdict(reach: Reach, boot: Boot) -> str:
    if reach is Reach.UNREACHABLE:
        return str(reach)
    if reach is Reach.UNDECIDED:
        return str(Verdict.UNKNOWN)
    if reach is Reach.UNKNOWN and boot.verdict is Verdict.SAFE:
        return str(Verdict.UNKNOWN)
    return str(boot.verdict)


def _severity(fault: Fault) -> tuple[bool, bool]:
    return (not (fault.certain and fault.stage is Stage.BOOT), not fault.certain)


def _fault(build: Build, machine: Machine, fault: Fault, boot: Boot) -> FaultRow:
    return FaultRow(
        build.row.build,
        machine.name,
        fault.walker,
        fault.trigger,
        str(fault.stage),
        fault.certain,
        fault.pfn,
        address=fault.pfn << boot.kernel_config.page_shift,
        node=fault.zone.node,
        zone=fault.zone.name,
        effect=str(fault.effect),
        circumstances=tuple(map(str, fault.circumstances)),
    )
