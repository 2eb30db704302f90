# SPDX-License-Identifier: GPL-2.0-only
"""The command line: options in, words out. Read downwards from here, a module a command.

A command's module is imported when it is asked for: all of them together take longer than many a command.

Exit codes, everywhere: 0 nothing found, 1 something found (unsafe, unreachable, a prediction that failed),
2 could not judge (bad input, bad options, not modelled), 130 interrupted.
"""

import gc
import os
import signal
import sys
from collections.abc import Iterable
from functools import partial
from importlib import import_module
from io import TextIOWrapper
from typing import NoReturn

import typer

from explorer.commands.options import option_of
from explorer.errors import InputError, printable, shortened
from explorer.resources import PROGRAM

__all__ = ["COMMANDS", "EXIT_CODES", "app_of", "main"]

COMMANDS = ("matrix", "report", "simulate", "check", "explain", "count", "diff", "replay", "graph", "maps")
"""In the order of ``--help``; each is ``NAME_command`` of ``explorer.commands.NAME``."""

EXIT_CODES = {
    0: "Nothing found.",
    1: "Something found: unsafe, unreachable, a finding, a prediction that failed.",
    2: "Could not judge: bad input, bad options, something that is not modelled.",
    130: "Interrupted.",
}
"""What the exit code of every command means."""

_LONGEST = 4000  # characters of a message; names and values in it come from strangers


def app_of(names: Iterable[str] = COMMANDS) -> typer.Typer:
    """The application with some of its commands."""
    app = typer.Typer(
        name=PROGRAM,
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["--help", "-h"]},
        help="Which configurations can this kernel's Kconfig produce, and which of them survive memory "
        "initialisation on this machine? Exit codes: 0 nothing found, 1 something found, 2 could not judge.",
    )
    app.callback()(lambda: None)  # a single command stays a command
    for name in names:
        app.command(name)(getattr(import_module(f"explorer.commands.{name}"), f"{name}_command"))
    return app


def main() -> NoReturn:
    """The console script: no traceback ever reaches a user."""
    signal.signal(signal.SIGINT, lambda *_: sys.exit(130))
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # names come from strangers, and terminals are of all sorts
    command = sys.argv[1] if len(sys.argv) > 1 else ""
    gc.disable()  # a kernel tree is a million objects: looking for garbage among them outlasts the work
    try:
        app_of((command,) if command in COMMANDS else COMMANDS)(prog_name=PROGRAM)
    except InputError as error:
        _fail(error.worded(partial(option_of, command=command)))
    except BrokenPipeError:
        # The reader has left (head, less): nothing is wrong, and nothing more can be said.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)
    except OSError as error:
        _fail(f"{error.filename or 'output'}: {error.strerror or error}")
    except RecursionError:
        _fail("the input is nested too deeply: give a smaller one")
    except MemoryError:
        _fail("out of memory: give a smaller input")
    except Exception as error:  # noqa: BLE001 # the last line of defence; a defect of ours, and said to be
        _fail(f"defect: {type(error).__name__}: {error} (please report it with the command line)")
    finally:
        gc.freeze()  # nor at the end
    sys.exit(0)


def _fail(message: str) -> NoReturn:
    line = " ".join(shortened(message, _LONGEST).split())
    sys.stderr.write(f"{PROGRAM}: {printable(line)}\n")
    sys.exit(2)
