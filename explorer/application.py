# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs a command line: every exception becomes a message and an exit code.

Only the module of the requested command is imported, because importing all takes longer than many commands.
"""

import atexit
import gc
import sys
from collections.abc import Iterable, Sequence
from functools import partial
from importlib import import_module
from typing import Annotated

import typer

from explorer.commands.help_text import HelpCommand, HelpGroup
from explorer.commands.options import option_of
from explorer.commands.printing import complain, print_line
from explorer.errors import InputError, shortened
from explorer.process.interrupts import (
    end_on_interrupt,
    ignore_interrupts,
    raise_on_interrupt,
    raised_interrupt,
)
from explorer.process.streams import (
    READER_ENDED,
    ReaderEnded,
    discard_output,
    drop_invalid_sizes,
    open_streams,
)
from explorer.resources import PROGRAM, program_version

__all__ = ["COMMANDS", "app_of", "exit_code_of"]

COMMANDS = (
    *("matrix", "report", "prove", "simulate", "check", "rule", "explain"),
    *("count", "diff", "sweep", "replay", "audit", "graph", "maps"),
)
"""The commands in the order of ``--help``; each is ``NAME_command`` of ``explorer.commands.NAME``."""

_LONGEST = 4000  # characters of a message, which may quote names and values of a file


def _show_version(asked: bool) -> None:  # noqa: FBT001 # the form of a callback
    if asked:
        print_line(f"{PROGRAM} {program_version()}")
        raise typer.Exit


def app_of(names: Iterable[str] = COMMANDS) -> typer.Typer:
    """The typer application with some of the commands."""
    app = typer.Typer(
        name=PROGRAM,
        cls=HelpGroup,
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["--help", "-h"]},
        help="Which configurations can this kernel's Kconfig produce, and which of them survive memory "
        "initialisation on this machine?",
    )
    app.callback()(_program)  # otherwise a single command would be the application itself
    for name in names:
        app.command(name, cls=HelpCommand)(
            getattr(import_module(f"explorer.commands.{name}"), f"{name}_command")
        )
    return app


def _program(
    version: Annotated[  # noqa: FBT002 # typer's way to spell a switch, whose callback does the work
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit."),
    ] = False,
) -> None:
    """The options of the program itself."""


def exit_code_of(words: Sequence[str]) -> int:
    """Runs a command line and returns its exit code.

    Raises:
        Interrupted: an interrupt came while the message of an error was written.
    """
    gc.disable()  # a kernel tree has a million objects: collection takes longer than the work
    open_streams()
    drop_invalid_sizes()
    atexit.register(ignore_interrupts)
    command = words[0] if words else ""
    try:
        app = app_of(_needed(command))
        raise_on_interrupt()
        code = _run(app, words)
        sys.stdout.flush()
    except BaseException as error:  # noqa: BLE001 # an interrupt, too, is an exit code
        discard_output()
        code = _code_of(error, command)
    finally:
        end_on_interrupt()
        gc.freeze()  # no collection at exit either
    return code


def _needed(command: str) -> Sequence[str]:
    """The commands that are imported for the first word of a command line."""
    if command == "--version":
        return ()
    return (command,) if command in COMMANDS else COMMANDS


def _run(app: typer.Typer, words: Sequence[str]) -> int:
    """The exit code of a command that ends by itself.

    typer also exits with 1 where nothing was judged: if it cannot install the completion for a shell, and
    after an error that it takes for one of a pipe.
    """
    try:
        app(list(words), prog_name=PROGRAM)
    except SystemExit as end:
        if isinstance(end.__context__, BrokenPipeError):
            raise ReaderEnded from None
        is_judged = isinstance(end.__context__, typer.Exit) and words[0] in COMMANDS
        return 2 if end.code == 1 and not is_judged else int(end.code or 0)
    return 0


def _code_of(error: BaseException, command: str) -> int:
    """The exit code of a command that ends with an exception; says what is wrong on standard error."""
    interrupt = raised_interrupt()  # the exception may be one of a library, or of what cleaned up
    if interrupt:
        return interrupt.exit_code
    if isinstance(error, ReaderEnded):
        return READER_ENDED
    message = " ".join(shortened(_message(error, command), _LONGEST).split())
    complain(message)
    return 2


def _message(error: BaseException, command: str) -> str:
    """The words of an exception for a user."""
    match error:
        case InputError():
            return error.worded(partial(option_of, command=command))
        case OSError():
            return f"{error.filename or 'system'}: {error.strerror or error}"
        case RecursionError():
            return "the input is nested too deeply: give a smaller one"
        case MemoryError():
            return "out of memory: give a smaller input"
    return f"defect: {type(error).__name__}: {error} (please report it with the command line)"
