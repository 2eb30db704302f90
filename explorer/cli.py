# SPDX-License-Identifier: GPL-2.0-or-later
"""The command line. Read downwards from here: ``explorer.commands`` has one module for each command.

Only the module of the requested command is imported, because importing all takes longer than many commands.

Exit codes of every command: 0 nothing found, 1 something found (unsafe, unreachable, a prediction that does
not match), 2 could not judge (bad input, bad options, not modelled), 128 + the number of a signal that ended
the program (130 SIGINT, 143 SIGTERM, 129 SIGHUP), 141 the reader of the output ended.
"""

import gc
import os
import sys
from collections.abc import Iterable
from functools import partial
from importlib import import_module
from io import TextIOWrapper
from typing import Annotated, NoReturn

import typer

from explorer.commands.help_text import HelpCommand, HelpGroup
from explorer.commands.options import option_of
from explorer.errors import InputError, printable, shortened
from explorer.process.interrupts import Interrupted, end_on_interrupt, raise_on_interrupt
from explorer.resources import PROGRAM, program_version

__all__ = ["COMMANDS", "EXIT_CODES", "app_of", "main"]

COMMANDS = (
    *("matrix", "report", "prove", "simulate", "check", "rule", "explain"),
    *("count", "diff", "sweep", "replay", "graph", "maps"),
)
"""The commands in the order of ``--help``; each is ``NAME_command`` of ``explorer.commands.NAME``."""

EXIT_CODES = {
    0: "Nothing found.",
    1: "Something found: unsafe, unreachable, a finding, a prediction that failed.",
    2: "Could not judge: bad input, bad options, something that is not modelled or not known.",
    129: "Interrupted by SIGHUP: the terminal was closed.",
    130: "Interrupted by SIGINT: Ctrl-C.",
    141: "The reader of the output ended, such as head.",
    143: "Interrupted by SIGTERM.",
}
"""The meaning of the exit codes of every command."""

_LONGEST = 4000  # characters of a message, which may quote names and values of a file


def _show_version(asked: bool) -> None:  # noqa: FBT001 # the form of a callback
    if asked:
        typer.echo(f"{PROGRAM} {program_version()}")
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
        "initialisation on this machine? Exit codes: 0 nothing found, 1 something found, 2 could not judge.",
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


def main() -> NoReturn:
    """The console script. Every exception becomes a message and an exit code."""
    raise_on_interrupt()
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # the terminal's encoding may lack a character of a name
    command = sys.argv[1] if len(sys.argv) > 1 else ""
    gc.disable()  # a kernel tree has a million objects: collection takes longer than the work
    try:
        app_of((command,) if command in COMMANDS else COMMANDS)(prog_name=PROGRAM)
    except Interrupted as error:
        sys.exit(error.exit_code)
    except InputError as error:
        _fail(error.worded(partial(option_of, command=command)))
    except BrokenPipeError:
        # The reader of the pipe has ended (head, less).
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)
    except OSError as error:
        _fail(f"{error.filename or 'output'}: {error.strerror or error}")
    except RecursionError:
        _fail("the input is nested too deeply: give a smaller one")
    except MemoryError:
        _fail("out of memory: give a smaller input")
    except Exception as error:  # noqa: BLE001 # a defect of this program, reported as one
        _fail(f"defect: {type(error).__name__}: {error} (please report it with the command line)")
    finally:
        end_on_interrupt()
        gc.freeze()  # no collection at exit either
    sys.exit(0)


def _fail(message: str) -> NoReturn:
    line = " ".join(shortened(message, _LONGEST).split())
    sys.stderr.write(f"{PROGRAM}: {printable(line)}\n")
    sys.exit(2)
