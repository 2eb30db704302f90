# SPDX-License-Identifier: GPL-2.0-or-later
"""``check``: findings about ``.config`` files."""

import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import nullcontext, redirect_stdout
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from explorer.boot import RamFill
from explorer.checking import Checked, check
from explorer.commands.check_fix import fixed_document, print_diffs, refuse_to_fix
from explorer.commands.check_printing import check_printed
from explorer.commands.check_results import named, results, told_apart
from explorer.commands.command_words import running_command
from explorer.commands.completion import kernels
from explorer.commands.options import (
    DEFAULT_ARCH,
    KERNEL_HELP,
    ArchOption,
    CmdlineOption,
    EnvOption,
    FillOption,
    MapsOption,
    MemoryOption,
    ProveOption,
    SeedOption,
    ShellOption,
    ThisMachineOption,
    TimeoutOption,
    TopOption,
    TreeOption,
    WithOption,
    WithoutOption,
    machines_of,
    option_of,
    parameters_of,
)
from explorer.commands.trees import TreeOptions, checkout_of
from explorer.configuration import Deadline, DotConfig, read_config
from explorer.document.baseline import Baseline, read_baseline
from explorer.document.check import accept, checked_json
from explorer.errors import InputError
from explorer.formats import Judged
from explorer.proof import proven_claims, stored_claims
from explorer.resources import data_folder
from explorer.version import KernelVersion

__all__ = ["Form", "Threshold", "check_command", "exit_code"]


class Form(StrEnum):
    """The format of the findings."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"
    GITHUB = "github"
    JUNIT = "junit"
    MAIL = "mail"


class Threshold(StrEnum):
    """The lowest severity that makes the exit code 1."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"
    NEVER = "never"

    def fails(self, finding: Mapping[str, Any]) -> bool:
        """Whether a finding counts: its severity reaches the threshold, and it is not in the baseline."""
        counting = [str(level) for level in Threshold][: list(Threshold).index(self) + 1]
        return not finding["known"] and self is not Threshold.NEVER and finding["severity"] in counting


def check_command(  # noqa: PLR0913, PLR0917 # the options of the command
    context: typer.Context,
    configs: Annotated[
        list[str],
        typer.Argument(
            metavar="CONFIG...", help="Kernel .config files, plain or gzip; - for standard input."
        ),
    ],
    merge: Annotated[  # noqa: FBT002 # a flag of the command line
        bool,
        typer.Option(
            "--merge",
            help="Check the files as one: a base and fragments, merged in order as merge_config.sh does.",
        ),
    ] = False,
    requested: Annotated[
        list[str] | None,
        typer.Option(
            "--requested",
            metavar="FRAGMENT",
            help="A fragment whose values the .config must hold; may be given again, in merge order.",
        ),
    ] = None,
    version: Annotated[
        str | None,
        typer.Option(
            "--kernel",
            metavar="VERSION",
            help=f"{KERNEL_HELP} Default: that of --tree, else the release in the header of the .config.",
            autocompletion=kernels,
        ),
    ] = None,
    folder: TreeOption = None,
    arch: ArchOption = DEFAULT_ARCH,
    top: TopOption = None,
    variables: EnvOption = None,
    allow_shell: ShellOption = False,  # noqa: FBT002 # as above
    maps: MapsOption = None,
    memory: MemoryOption = None,
    this: ThisMachineOption = False,  # noqa: FBT002 # as above
    with_fixes: WithOption = None,
    without_fixes: WithoutOption = None,
    ram_fill: FillOption = RamFill.STALE,
    command_line: CmdlineOption = None,
    kaslr_seed: SeedOption = None,
    prove: ProveOption = False,  # noqa: FBT002 # as above
    timeout: TimeoutOption = None,
    fail_on: Annotated[
        Threshold, typer.Option("--fail-on", help="The lowest severity that makes the exit code 1.")
    ] = Threshold.WARNING,
    baseline: Annotated[
        str | None,
        typer.Option(
            "--baseline",
            metavar="FILE",
            help="Accept the findings in FILE, written by an earlier --format json --output FILE.",
        ),
    ] = None,
    fix: Annotated[  # noqa: FBT002 # as above
        bool,
        typer.Option(
            "--fix",
            help="Write the fixes that were confirmed into each file; of standard input, to standard output.",
        ),
    ] = False,
    diff: Annotated[  # noqa: FBT002 # as above
        bool, typer.Option("--diff", help="Show what --fix would change as a diff, and write nothing.")
    ] = False,
    form: Annotated[
        Form, typer.Option("--format", help="The format of the findings; mail is for mailing lists.")
    ] = Form.TEXT,
    output: Annotated[
        str | None,
        typer.Option("--output", "-o", metavar="FILE", help="Write to FILE, completely or not at all."),
    ] = None,
    quiet: Annotated[  # noqa: FBT002 # as above
        bool, typer.Option("--quiet", "-q", help="Text: findings only; nothing if there are none.")
    ] = False,
    verbose: Annotated[  # noqa: FBT002 # as above
        bool,
        typer.Option(
            "--verbose", "-v", help="Text: also findings that follow from others or are in the baseline."
        ),
    ] = False,
) -> None:
    """Check .config files: values that Kconfig would change, and kernels that crash on these memory maps.

    Each finding has an id (docs/findings.md), a line, the Kconfig statements that cause it, and a fix.
    Without --tree only the symbols of memory initialisation are checked.
    The text also says what is proven for every memory map, and which maps meet the condition.

    --fix writes a fix only if the changed file was judged again: its finding is gone, and no other came.

    Exit 0: no finding at or above --fail-on is left. 1: findings. 2: could not judge, or something is not
    modelled, or not decided in the time of --timeout.

    Example: kconfig-explorer check .config -m board.dtb

    Example: zcat /proc/config.gz | kconfig-explorer check - --this-machine

    Example: kconfig-explorer check --tree linux --merge base.config mine.config

    Example: kconfig-explorer check .config --requested mine.config --format github

    Example: kconfig-explorer check .config -m board.dtb --diff
    """
    if [*configs, *(maps or ()), *(requested or ())].count("-") > 1:
        raise InputError("standard input can be read once", where="-", hint="name files")
    if fix or diff:
        refuse_to_fix(configs, "text" if diff else form, merge=merge, has_baseline=baseline is not None)
    deadline = Deadline.after(timeout)
    release = None if version is None else KernelVersion.parse(version)
    known = _known(baseline) if baseline is not None else None
    machines = machines_of(maps, memory, this=this)
    fragments = [read_config(name, sys.stdin.buffer) for name in requested or ()]
    parameters = parameters_of(command_line, kaslr_seed)
    tree = checkout_of(TreeOptions(folder, arch, top, variables, allow_shell))

    def judged_files(*files: DotConfig) -> Checked:
        return check(
            files,
            machines,
            version=release,
            tree=tree,
            requested=fragments,
            with_changes=with_fixes or (),
            without_changes=without_fixes or (),
            ram_fill=ram_fill,
            parameters=parameters,
            claims_of=proven_claims if prove else stored_claims,
            deadline=deadline,
        )

    def judge(*names: str) -> dict[str, Any]:
        if fix or diff:
            return fixed_document(names[0], judged_files, write=not diff)
        return checked_json(judged_files(*(read_config(name, sys.stdin.buffer) for name in names)), option_of)

    # The error of a single file is raised. The formats for CI systems report it instead.
    at_once = form in {Form.TEXT, Form.JSON, Form.MAIL}
    documents, errors = told_apart(results(configs, judge, merge=merge), release or tree, at_once=at_once)
    for document in documents:
        if known is not None:
            accept(document, known)
    judged = Judged(
        documents,
        errors,
        fail_on.fails,
        base=named(configs[0]) if merge else None,
        kconfig=(Path(os.path.realpath(folder)) if folder else data_folder("kconfig")).parent,
        has_baseline=known is not None,
        command=running_command(context),
    )
    code = exit_code(documents, errors, fail_on)
    if diff and form is Form.TEXT:
        print_diffs(documents, errors)
    else:
        with redirect_stdout(sys.stderr) if fix and "-" in configs else nullcontext():
            check_printed(judged, form, output, code=code, quiet=quiet, verbose=verbose)
    raise typer.Exit(max(code, int(diff and any(document["fixed"]["fixes"] for document in documents))))


def _known(file: str) -> Baseline:
    try:
        return read_baseline(file)
    except InputError as error:
        hint = "write one with check --format json --output FILE"
        raise error.restated(hint=hint) from None


def exit_code(
    documents: Sequence[dict[str, Any]], errors: Sequence[dict[str, str]], fail_on: Threshold
) -> int:
    """The exit code: 2 could not judge, 1 findings that count, 0 none."""
    findings = [finding for document in documents for finding in document["findings"] if not finding["known"]]
    fails = any(fail_on.fails(finding) for finding in findings)
    unmodelled = any(finding["id"] == "unknown" for finding in findings)
    judged = fails and all(document["verdict"] != "unknown" for document in documents)
    return 2 if errors or (unmodelled and not judged) else int(fails)
