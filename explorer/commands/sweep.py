# SPDX-License-Identifier: GPL-2.0-or-later
"""``sweep``: kernels x configurations x memory maps as one job with results in a database."""

import gc
import os
import sys
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from explorer.boot import RamFill
from explorer.commands.command_words import shell_words
from explorer.commands.completion import kernels as known_kernels
from explorer.commands.completion import maps
from explorer.commands.options import (
    DEFAULT_KERNEL,
    KERNELS_HELP,
    CmdlineOption,
    FillOption,
    FormatOption,
    JobsOption,
    MemoryOption,
    SeedOption,
    SetsOption,
    TextOrJson,
    banks_of,
    check_filled_in,
    parameters_of,
    settings_of,
    settings_with_seed,
)
from explorer.commands.printing import progress, say, show
from explorer.commands.sweep_progress import progress_of
from explorer.commands.trees import KernelChoice, TreeOptions, chosen_kernels
from explorer.configuration import Deadline
from explorer.document.sweep import sweep_json
from explorer.errors import InputError, OutOfTimeError, encodable
from explorer.machine import all_shipped_maps
from explorer.process.interrupts import Interrupted
from explorer.resources import PROGRAM
from explorer.study.matrix import FOUR
from explorer.sweep.builds import variants_of
from explorer.sweep.dask_cluster import on_dask
from explorer.sweep.input_files import (
    config_files,
    configurations_of,
    machine_row,
    machine_sources,
    machines_of_sources,
)
from explorer.sweep.job import Conditions, Configuration, Job, Machine, Task
from explorer.sweep.processes import in_processes, in_this_process
from explorer.sweep.rows import Row
from explorer.sweep.store import Store, parquet_of
from explorer.sweep.sweeping import stored
from explorer.sweep.task_run import TaskResult
from explorer.version import KernelVersion

__all__ = ["sweep_command"]

_FEW = 16
"""The number of tasks without proofs that are run in the time in which a worker starts."""


def sweep_command(  # noqa: PLR0913, PLR0917 # the options of the command
    kernels: Annotated[
        list[str] | None,
        typer.Option(
            "--kernel",
            metavar="VERSION",
            help=f"{KERNELS_HELP} Default: the release in the header of each --config file, else "
            f"{DEFAULT_KERNEL}; a note says so.",
            autocompletion=known_kernels,
        ),
    ] = None,
    configs: Annotated[
        list[str] | None,
        typer.Option(
            "--config",
            "-c",
            metavar="DIR|FILE",
            help="Kernel .config files, plain or gzip: all in a folder and its folders; may be given again. "
            "Default: the reachable combinations of each variant (page size, memory model, DEBUG_VM).",
        ),
    ] = None,
    machines: Annotated[
        list[str] | None,
        typer.Option(
            "--memory-map",
            "--machine",
            "-m",
            metavar="DIR|FILE|NAME",
            help="Memory maps in every form that -m of other commands reads: all in a folder; "
            "may be given again. Default: all shipped maps.",
            autocompletion=maps,
        ),
    ] = None,
    output: Annotated[
        str,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="The DuckDB file of the results. With FILE.parquet the results are in FILE.duckdb and, at "
            "the end, in Parquet. If the file holds a part of this sweep, the sweep continues.",
        ),
    ] = "sweep.duckdb",
    sets: SetsOption = None,
    memory: MemoryOption = None,
    ram_fill: FillOption = RamFill.STALE,
    command_line: CmdlineOption = None,
    kaslr_seed: SeedOption = None,
    jobs: JobsOption = None,
    proves: Annotated[  # noqa: FBT002 # typer's way to spell a switch
        bool,
        typer.Option(
            "--prove", help="Prove each build for every memory map, too, as the command prove does."
        ),
    ] = False,
    scheduler: Annotated[
        str | None,
        typer.Option(
            "--scheduler",
            metavar="ADDRESS",
            help="Run on the workers of this dask.distributed scheduler, such as tcp://10.0.0.1:8786.",
        ),
    ] = None,
    timeout: Annotated[
        float | None,
        typer.Option(
            "--timeout",
            metavar="SECONDS",
            help="End after so many seconds, such as 600; the same command line continues then. "
            "Default: no limit.",
        ),
    ] = None,
    form: FormatOption = TextOrJson.TEXT,
) -> None:
    """Judge kernels x configurations x memory maps, and write the results into a DuckDB file.

    After Ctrl-C, a crash, kill -9 or the time of --timeout the same command line continues where it was.
    docs/sweeps.md describes the tables and has example queries. It needs the package duckdb; --scheduler also
    needs distributed.

    Exit 2 if a file could not be read or judged or the time is over, 1 if something is unsafe or unreachable
    (with --prove: if a build can die on some memory map), 2 if something is unknown.

    Example: kconfig-explorer sweep --kernel 4.17 --kernel 5.10

    Example: kconfig-explorer sweep --config configs --machine boards -o sweep.parquet
    """
    deadline = Deadline.after(timeout)
    conditions = Conditions(ram_fill, parameters_of(command_line, kaslr_seed))
    found, unreadable = _machines(machines, memory)
    chosen = KernelChoice(tuple(kernels or ())) if configs else chosen_kernels(kernels, TreeOptions(None))
    configurations, unread = _configurations(chosen.releases, configs, sets, conditions)
    job = Job(configurations, found, conditions, proves=proves)
    path, parquet = _output(output)
    tasks = list(job.tasks())
    rows: list[Row] = [*map(machine_row, found), *unreadable, *unread]
    command = shell_words([PROGRAM, *sys.argv[1:]])
    with Store.opened(path, job.identity(), command, len(tasks), rows) as store:
        done = store.done()
        left = [task for task in tasks if task.number not in done]
        with _told_how_to_continue(store, path, len(tasks)):
            results = _results(job, deque(left), jobs, scheduler)
            with closing(results), closing(stored(results, store)) as written:
                deque(progress_of(_until(written, len(left), deadline), left, len(tasks)), maxlen=0)
        store.finish()
        if parquet is not None:
            store.parquet(parquet)
        document = sweep_json(store, path, parquet, tasks=len(tasks), resumed=len(done))
    chosen.show_note()
    show(document, form, "sweep")
    raise typer.Exit(_exit_code(document))


@contextmanager
def _told_how_to_continue(store: Store, path: Path, tasks: int) -> Iterator[None]:
    """Runs for days if need be; after an interrupt it prints how far the sweep came."""
    gc.freeze()
    gc.enable()
    try:
        yield
    except (Interrupted, OutOfTimeError) as end:
        why = "out of time" if isinstance(end, OutOfTimeError) else "interrupted"
        done = f"{len(store.done())} of {tasks} tasks are in {path}"
        say(f"{why}: {done}; the same command line continues")
        raise


def _until(results: Iterator[TaskResult], tasks: int, deadline: Deadline) -> Iterator[TaskResult]:
    """The results, until a deadline passes before the last of them.

    Raises:
        OutOfTimeError: there are more; at least one task was done.
    """
    for number, result in enumerate(results, start=1):
        yield result
        if number < tasks:
            deadline.check()


def _machines(
    sources: Sequence[str] | None, memory: Sequence[str] | None
) -> tuple[tuple[Machine, ...], Sequence[Row]]:
    """The machines, and the files that could not be read."""
    banks = banks_of(memory)
    if not sources:
        check_filled_in((), banks)
        return tuple(Machine(shipped.name, shipped) for shipped in all_shipped_maps()), ()
    names = machine_sources(sources)
    found, unreadable = machines_of_sources(progress("memory maps")(names), banks)
    if not found:
        file, _, message = unreadable[0]
        more = f" in {len(names)} files" if len(names) > 1 else ""
        what, hint = f"no memory map could be read{more}", "docs/machines.md lists what can be read"
        raise InputError(f"{what}; {file}: {message}", where="--memory-map", hint=hint)
    check_filled_in([machine.memory for machine in found], banks)
    return found, unreadable


def _configurations(
    releases: Sequence[str], configs: Sequence[str] | None, sets: Sequence[str] | None, conditions: Conditions
) -> tuple[tuple[Configuration, ...], Sequence[Row]]:
    """The configurations, and the files that could not be read."""
    versions = list(dict.fromkeys(str(KernelVersion.parse(release)) for release in releases))
    if configs:
        if sets:
            raise InputError("cannot be used with --config", where="--set", hint="leave it out")
        return configurations_of(config_files(configs), versions)
    settings = settings_with_seed(settings_of(sets), conditions.parameters)
    studied = next((name for name in settings if name in FOUR), None)
    if studied:
        what, hint = f"{studied} is under study: all of its values are swept", "leave it out"
        raise InputError(what, where="--set", hint=hint)
    return tuple(variant for version in versions for variant in variants_of(version, settings)), ()


def _output(output: str) -> tuple[Path, Path | None]:
    """The DuckDB file and the Parquet file."""
    if output in {"", "-"}:
        hint = "name a file such as sweep.duckdb"
        raise InputError("the results are a database, which needs a file", parameter="output", hint=hint)
    if encodable(output) != output:
        raise InputError("the name is not UTF-8", parameter="output", hint="name a file such as sweep.duckdb")
    return parquet_of(Path(output))


def _results(
    job: Job, tasks: deque[Task], jobs: int | None, scheduler: str | None
) -> Generator[TaskResult, None, None]:
    """The results of the tasks, from where the options say."""
    if scheduler is not None:
        return on_dask(job, tasks, scheduler)
    few = len(tasks) if job.proves else len(tasks) // _FEW
    workers = min(jobs or min(len(os.sched_getaffinity(0)), few), len(tasks))
    return in_processes(job, tasks, workers) if workers > 1 else in_this_process(job, tasks)


def _exit_code(document: dict[str, Any]) -> int:
    """2: not all could be judged; 1: something was found; 2: something is not known; 0: all is safe."""
    verdicts, claims = document["verdicts"], document["claims"]
    if document["unreadable"]:
        return 2
    if verdicts["unsafe"] or verdicts["unreachable"] or claims["conditionally"] or claims["nowhere"]:
        return 1
    return 2 if verdicts["unknown"] or claims["unknown"] else 0
