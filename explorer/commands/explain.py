# SPDX-License-Identifier: GPL-2.0-or-later
"""``explain``: a witness for values, or the statements that conflict, and the answers to change."""

import sys
from typing import Annotated

import typer

from explorer.commands.options import (
    CONFIG_HELP,
    DEFAULT_ARCH,
    ArchOption,
    EnvOption,
    FormatOption,
    KernelOption,
    ShellOption,
    TextOrJson,
    TimeoutOption,
    TopOption,
    TreeOption,
    settings_of,
)
from explorer.commands.printing import show
from explorer.commands.status_line import status_shown
from explorer.commands.trees import TreeOptions, chosen_kernels, tree_of
from explorer.configuration import Deadline, Explanation, check_defined, explain, read_config
from explorer.document.explanation import explained_json

__all__ = ["explain_command"]


def explain_command(  # noqa: PLR0913, PLR0917 # the options of the command
    words: Annotated[
        list[str], typer.Argument(metavar="SYMBOL=VALUE...", help="The values, which must hold together.")
    ],
    version: KernelOption = None,
    folder: TreeOption = None,
    arch: ArchOption = DEFAULT_ARCH,
    top: TopOption = None,
    variables: EnvOption = None,
    allow_shell: ShellOption = False,  # noqa: FBT002 # typer's way to spell a switch
    config: Annotated[
        str | None,
        typer.Option(
            "--config",
            "-c",
            metavar="FILE",
            help=f"{CONFIG_HELP} or a fragment: find the fewest of its answers to change.",
        ),
    ] = None,
    conflicts: Annotated[
        int,
        typer.Option(
            "--conflicts", metavar="N", min=1, help="List up to N minimal sets of statements that conflict."
        ),
    ] = 1,
    timeout: TimeoutOption = None,
    form: FormatOption = TextOrJson.TEXT,
) -> None:
    """Say how symbols can have these values, or which Kconfig statements forbid them.

    The values are reachable if any configuration has them. With --config, the output also lists the fewest
    answers of the file to change; Kconfig has confirmed them.

    The statements listed are one minimal set. Others may exclude the values, too; --conflicts N lists them.

    Exit 0 reachable, 1 unreachable, 2 unknown: it depends on a compiler check that has no answer, or is not
    decided in the time of --timeout.

    Example: kconfig-explorer explain --kernel 4.17 NUMA=n HOLES_IN_ZONE=y

    Example: kconfig-explorer explain --tree linux -c .config KASAN_HW_TAGS=y
    """
    deadline = Deadline.after(timeout)
    where = TreeOptions(folder, arch, top, variables, allow_shell)
    answers = None if config is None else read_config(config, sys.stdin.buffer)
    chosen = chosen_kernels((version,), where, answers)
    tree = tree_of(where, chosen.release)
    base = None if answers is None else answers.values
    check_defined([tree], (word.removeprefix("CONFIG_") for word in words if "=" not in word))
    settings = settings_of(words, option="")
    with status_shown("solving"):
        explanation = explain(tree, settings, base, conflicts=conflicts, deadline=deadline)
    chosen.show_note()
    show(explained_json(explanation, tree, answers), form, "explanation")
    raise typer.Exit(_exit_code(explanation))


def _exit_code(explanation: Explanation) -> int:
    combination = explanation.combination
    return 2 if combination.is_unknown else int(combination.unreachable)
