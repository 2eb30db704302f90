# SPDX-License-Identifier: GPL-2.0-only
"""The command line: options in, words out. Read downwards from here, a module a command.

Exit codes, everywhere: 0 nothing found, 1 something found (unsafe, unreachable, a prediction that failed),
2 could not judge (bad input, bad options, not modelled), 130 interrupted.
"""

import gc
import os
import signal
import sys
from typing import NoReturn

import typer

from explorer.commands.check import check_command
from explorer.commands.count import count_command
from explorer.commands.diff import diff_command
from explorer.commands.explain import explain_command
from explorer.commands.graph import graph_command
from explorer.commands.maps import maps_command
from explorer.commands.matrix import matrix_command
from explorer.commands.options import PROGRAM
from explorer.commands.replay import replay_command
from explorer.commands.report import report_command
from explorer.commands.simulate import simulate_command
from explorer.errors import InputError, printable

__all__ = ["EXIT_CODES", "app", "main"]

EXIT_CODES = {
    0: "Nothing found.",
    1: "Something found: unsafe, unreachable, a finding, a prediction that failed.",
    2: "Could not judge: bad input, bad options, something that is not modelled.",
    130: "Interrupted.",
}
"""What the exit code of every command means."""

app = typer.Typer(
    name=PROGRAM,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["--help", "-h"]},
    help="Which configurations can this kernel's Kconfig produce, and which of them survive memory "
    "initialisation on this machine? Exit codes: 0 nothing found, 1 something found, 2 could not judge.",
)

app.command("matrix")(matrix_command)
app.command("report")(report_command)
app.command("simulate")(simulate_command)
app.command("check")(check_command)
app.command("explain")(explain_command)
app.command("count")(count_command)
app.command("diff")(diff_command)
app.command("replay")(replay_command)
app.command("graph")(graph_command)
app.command("maps")(maps_command)


def main() -> NoReturn:
    """The console script: no traceback ever reaches a user."""
    signal.signal(signal.SIGINT, lambda *_: sys.exit(130))
    gc.disable()  # a kernel tree is a million objects: looking for garbage among them outlasts the work
    try:
        app(prog_name=PROGRAM)
    except InputError as error:
        _fail(str(error))
    except BrokenPipeError:
        # The reader has left (head, less): nothing is wrong, and nothing more can be said.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)
    except OSError as error:
        _fail(f"{error.filename or 'output'}: {error.strerror or error}")
    except MemoryError:
        _fail("out of memory: give a smaller input")
    except Exception as error:  # noqa: BLE001 # the last line of defence; a defect of ours, and said to be
        _fail(f"defect: {type(error).__name__}: {error} (please report it with the command line)")
    finally:
        gc.freeze()  # nor at the end
    sys.exit(0)


def _fail(message: str) -> NoReturn:
    line = " ".join(message.split())
    sys.stderr.write(f"{PROGRAM}: {printable(line)}\n")
    sys.exit(2)
