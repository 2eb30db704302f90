# SPDX-License-Identifier: GPL-2.0-or-later
"""``prove``: on which memory maps a kernel is safe, out of all that there can be."""

import os
import sys
from collections import deque
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from explorer.boot import KernelConfig, RamFill
from explorer.checking import refuse_patched
from explorer.commands.options import (
    DEFAULT_ARCH,
    ArchOption,
    CmdlineOption,
    ConfigOption,
    EnvOption,
    FillOption,
    FormatOption,
    JobsOption,
    KernelsOption,
    MapsOption,
    MemoryOption,
    SeedOption,
    SetsOption,
    ShellOption,
    SymbolsOption,
    TextOrJson,
    ThisMachineOption,
    TimeoutOption,
    TopOption,
    TreeOption,
    WithOption,
    WithoutOption,
    machines_of,
    parameters_of,
    settings_of,
    settings_with_seed,
    symbols_of,
)
from explorer.commands.printing import print_json, progress, say
from explorer.commands.status_line import status_shown
from explorer.commands.trees import TreeOptions, chosen_kernels, described_kernels
from explorer.configuration import Deadline, check_defined, read_config
from explorer.document.kernel_findings import KernelFindings
from explorer.document.proof import ProofOutcome, proof_document, proof_outcome
from explorer.errors import InputError
from explorer.formats.counterexample_files import write_counterexample
from explorer.machine import Firmware, MemoryMap
from explorer.process.interrupts import Interrupted
from explorer.process.workers import WorkerEnded, WorkerPool
from explorer.proof import Claims, proven_claims
from explorer.proof.build_content import build_key
from explorer.study.matrix import FOUR
from explorer.study.proven_builds import ProofRow, distinct_builds, rows_of_kernel

__all__ = ["in_order", "prove_command"]

_EXIT = {ProofOutcome.PROVEN: 0, ProofOutcome.COUNTEREXAMPLE: 1, ProofOutcome.UNKNOWN: 2}


def prove_command(  # noqa: PLR0913, PLR0917 # the options of the command
    kernels: KernelsOption = None,
    folder: TreeOption = None,
    arch: ArchOption = DEFAULT_ARCH,
    top: TopOption = None,
    variables: EnvOption = None,
    allow_shell: ShellOption = False,  # noqa: FBT002 # typer's way to spell a switch
    sets: SetsOption = None,
    symbols: SymbolsOption = None,
    config: ConfigOption = None,
    with_fixes: WithOption = None,
    without_fixes: WithoutOption = None,
    ram_fill: FillOption = RamFill.STALE,
    command_line: CmdlineOption = None,
    kaslr_seed: SeedOption = None,
    maps: MapsOption = None,
    memory: MemoryOption = None,
    this: ThisMachineOption = False,  # noqa: FBT002 # typer's flag
    jobs: JobsOption = None,
    timeout: TimeoutOption = None,
    write_dts: Annotated[
        Path | None,
        typer.Option(
            "--write-dts",
            metavar="DIR",
            file_okay=False,
            help="Write each smallest map that kills here: as JSON, and as a device tree with a script that "
            "boots it in QEMU.",
        ),
    ] = None,
    most_changes: Annotated[
        int | None,
        typer.Option(
            "--fewest-changes",
            metavar="N",
            min=1,
            max=4,
            help="Search the fewest known later changes, up to N, with which every row is safe: on any map, "
            "and on each class of maps on which some row is not. Proving takes minutes.",
        ),
    ] = None,
    guards: Annotated[  # noqa: FBT002 # typer's flag
        bool,
        typer.Option(
            "--guards",
            help="Compare the known guards against bad struct pages on the machines of -m: which are safe, "
            "what they cost, and the cheapest that is proven safe.",
        ),
    ] = False,
    every: Annotated[  # noqa: FBT002 # typer's flag
        bool,
        typer.Option("--all", help="Show every row and every smallest map."),
    ] = False,
    form: FormatOption = TextOrJson.TEXT,
) -> None:
    """Prove on which memory maps a kernel is safe, out of all that there can be.

    For each reachable combination in each variant (page size, memory model, DEBUG_VM): the weakest condition
    on a memory map under which the kernel cannot die in memory initialisation, and the smallest maps that
    kill it otherwise; for "never a fault", "no certain fault" and "no fault at boot" apart. docs/proof.md
    holds the argument. A row takes some seconds; what was proven is kept.

    Then for which values of the symbols the kernel is safe on classes of memory maps, as a minimal formula.

    With -m only these machines are asked about: whether each meets the condition.

    Exit 0 if every row is proven safe on every map (with -m: on these machines), 1 if a map is known on which
    a row dies (with -m: a machine dies, or does not meet the condition), 2 if something is not modelled, not
    proven in the time of --timeout, or for bad input, which prints a message.

    Example: kconfig-explorer prove --kernel 6.12 --set ARM64_4K_PAGES=y
    """
    deadline = Deadline.after(timeout)
    machines = machines_of(maps, memory, this=this) if maps or memory or this else ()
    if guards and not machines:
        raise InputError("no machine to compare guards on", where="--guards", hint="add -m with a memory map")
    parameters = parameters_of(command_line, kaslr_seed)
    settings = settings_of(sets)
    base = None if config is None else read_config(config, sys.stdin.buffer)
    if base is None:
        settings = settings_with_seed(settings, parameters)
    where = TreeOptions(folder, arch, top, variables, allow_shell)
    rows: list[ProofRow] = []
    chosen, names = chosen_kernels(kernels, where, base), symbols_of(symbols)
    trees = described_kernels(chosen.releases, where, with_fixes, without_fixes)
    check_defined([tree for _, tree in trees], names, absent=FOUR, parameter="names")
    for described, tree in trees:
        if base is not None:
            refuse_patched(base, tree)
        with status_shown(f"kernel {tree.release}, solving"):
            rows += rows_of_kernel(
                tree,
                described,
                names=names,
                settings=settings,
                base=base,
                ram_fill=ram_fill,
                parameters=parameters,
                deadline=deadline,
            )
    builds = distinct_builds(rows)
    proven, interrupted = _proven(builds, jobs, deadline)
    findings = KernelFindings(rows, proven)
    if not interrupted and deadline.left > 0:
        interrupted = _interrupted(findings, most_changes or 0, machines if guards else (), jobs)
    document = proof_document(rows, proven, machines, findings.kernels)
    chosen.show_note()
    if form is TextOrJson.JSON:
        print_json(document)
    else:
        from explorer.terminal.proof import show  # noqa: PLC0415 # rich takes long to import

        show(document, every=every)
    if write_dts is not None:
        _write_counterexamples(write_dts, proven)
    raise typer.Exit(interrupted.exit_code if interrupted else _EXIT[proof_outcome(document)])


def _proven(
    builds: Mapping[str, KernelConfig], jobs: int | None, deadline: Deadline
) -> tuple[dict[str, Claims], Interrupted | None]:
    """The claims of builds, and the interrupt that ended the work before all were proven.

    At the deadline those that are proven then.
    """
    proven: dict[str, Claims] = {}
    try:
        with closing(_each_proven(builds, jobs)) as results:
            for key, claims in results:
                proven[key] = claims
                if deadline.left <= 0:
                    break
    except Interrupted as interrupted:
        return proven, interrupted
    return proven, None


def _each_proven(
    builds: Mapping[str, KernelConfig], jobs: int | None
) -> Generator[tuple[str, Claims], None, None]:
    """Each build with its claims, as they are proven."""
    workers = min(jobs or len(os.sched_getaffinity(0)), len(builds))
    watched = progress("proving")(list(builds))
    if workers < 2:
        yield from ((key, proven_claims(builds[key])) for key in watched)
        return
    with closing(_in_workers(builds, workers)) as results:
        yield from (next(results) for _ in watched)


def _in_workers(
    builds: Mapping[str, KernelConfig], workers: int
) -> Generator[tuple[str, Claims], None, None]:
    """Each build with its claims, as they are proven.

    Raises:
        InputError: a worker is killed twice while it proves the same build.
    """
    keys = deque(builds)
    killed: set[str] = set()
    pool: WorkerPool[str, Claims] = WorkerPool(lambda key: proven_claims(builds[key]), workers)
    with pool:
        for key, claims in pool.results(lambda: keys.popleft() if keys else None):
            if not isinstance(claims, WorkerEnded):
                yield key, claims
                continue
            if key in killed:
                what, hint = "a process that proves was killed twice", "is there enough memory? Give fewer"
                raise InputError(what, parameter="jobs", hint=hint)
            killed.add(key)
            keys.appendleft(key)


def _interrupted(
    findings: KernelFindings, most_changes: int, machines: Sequence[MemoryMap | Firmware], jobs: int | None
) -> Interrupted | None:
    """Search changes and compare guards, as far as asked; return the interrupt that ended that."""
    prove_all = partial(in_order, jobs=jobs)
    try:
        if most_changes:
            findings.add_fewest_changes(most_changes, prove_all, progress("sets of changes"))
        findings.add_guards(machines, prove_all)
    except Interrupted as interrupted:
        return interrupted
    return None


def in_order(configs: Sequence[KernelConfig], jobs: int | None) -> Iterator[Claims]:
    """The claims of builds in their order; builds with the same content are proven once."""
    builds = {build_key(config): config for config in configs}
    workers = min(jobs or len(os.sched_getaffinity(0)), len(builds))
    if workers < 2:
        yield from map(proven_claims, configs)
        return
    proven: dict[str, Claims] = {}
    with closing(_in_workers(builds, workers)) as results:
        for key in map(build_key, configs):
            while key not in proven:
                proven.update([next(results)])
            yield proven[key]


def _write_counterexamples(folder: Path, proven: Mapping[str, Claims]) -> None:
    """Writes the smallest maps that kill, each once."""
    done: set[tuple[object, ...]] = set()
    trees = 0
    for claims in proven.values():
        config = claims.kernel_config
        for example in (example for claim in claims.claims for example in claim.counterexamples):
            what = (example.memory_map.memory, example.memory_map.reserved, example.fault.walker)
            key = (config.kernel.version, config.page_shift, config.memory_model, *what)
            if key not in done:
                done.add(key)
                name = f"{config.kernel.version}-{len(done)}"
                written = write_counterexample(folder, name, example.memory_map, config, example.fault)
                trees += written.not_bootable is None
    say(f"wrote {len(done)} memory maps to {folder}; QEMU's virt machine can boot {trees} of them")
