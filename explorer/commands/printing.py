# SPDX-License-Identifier: GPL-2.0-or-later
"""Prints what a command has to say: results as JSON, as text or as a mail, messages, and a status line.

A command writes through this module and through the console of ``explorer.terminal`` only. Both replace
characters that are not printable, because names come from files of strangers.

Text needs rich, whose import takes as long as the work of many commands, so it is imported on demand.
"""

import json
import shutil
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from importlib import import_module
from itertools import islice
from typing import Any

from explorer.commands.options import TextJsonOrMail, TextOrJson
from explorer.errors import printable
from explorer.process.guarded_text import StyledText, guarded, write_exactly
from explorer.resources import PROGRAM

__all__ = [
    "clear_status",
    "complain",
    "json_text",
    "print_contents",
    "print_json",
    "print_line",
    "print_text",
    "progress",
    "say",
    "show",
    "show_status",
]

_CLEAR = "\r\x1b[2K"  # removes what a line of a terminal holds
_DELETE = str.maketrans({"\x7f": "\\u007f"})  # the one control character that JSON leaves as it is
_CHUNKS = 1 << 16  # of JSON that are written at once: all of them take several times the memory of the text


def show(
    document: Mapping[str, Any], form: TextOrJson | TextJsonOrMail, face: str, again: str = "", **shown: bool
) -> None:
    """Prints a document as JSON, as text, or as a mail.

    Args:
        document: the document.
        form: the format.
        face: the module of ``explorer.terminal`` whose ``show()`` prints the text, and the name of the mail
            in ``explorer.formats``.
        again: the command that gives the result again, for the mail of a document that does not hold it.
        shown: what the text shows more, by its name there.
    """
    if form == TextJsonOrMail.JSON:
        print_json(document)
    elif form is TextJsonOrMail.MAIL:
        words = [again] if again else []
        mail = getattr(import_module(f"explorer.formats.mail_{face}"), f"{face}_mail")
        print_text(mail(document, *words))
    else:
        import_module(f"explorer.terminal.{face}").show(document, **shown)


def print_json(document: Mapping[str, Any] | Sequence[Any]) -> None:
    """Prints a document as JSON on standard output."""
    chunks = iter(json.JSONEncoder(indent=1).iterencode(document))
    while text := "".join(islice(chunks, _CHUNKS)):
        print_text(text.translate(_DELETE))
    print_text("\n")


def json_text(document: Mapping[str, Any] | Sequence[Any], *, indent: int | None = None) -> str:
    """A document as JSON in ASCII without control characters, with a newline at its end."""
    return json.dumps(document, indent=indent).translate(_DELETE) + "\n"


def print_text(text: str) -> None:
    """Prints lines of text on standard output."""
    sys.stdout.write(guarded(text))


def print_line(text: str) -> None:
    """Prints one line of text on standard output."""
    print_text(printable(text) + "\n")


def print_contents(text: str) -> None:
    """Prints the contents of a file, which a pipe gets as they are."""
    write_exactly(sys.stdout, text)
    sys.stdout.flush()


def say(text: str) -> None:
    """Prints one line on standard error."""
    sys.stderr.write(printable(text) + "\n")
    sys.stderr.flush()


def complain(text: str) -> None:
    """Prints an error as one line on standard error, with the name of the program."""
    say(f"{PROGRAM}: {text}")


def show_status(text: str, ending: str = "") -> None:
    """Replaces the status line of a terminal on standard error.

    Args:
        text: what is done; it is cut where the terminal is too narrow.
        ending: is never cut.
    """
    width = shutil.get_terminal_size().columns - len(ending) - 1
    _write_status(printable(text)[: max(width, 0)] + ending)


def clear_status() -> None:
    """Removes the status line."""
    _write_status("")


def _write_status(text: str) -> None:
    stream = StyledText(sys.stderr)
    stream.write(_CLEAR + text)
    stream.flush()


def progress(what: str) -> Callable[[Sequence[Any]], Iterable[Any]]:
    """A function that iterates over items and shows a progress bar if standard error is a terminal."""
    if not sys.stderr.isatty():
        return iter
    return partial(import_module("explorer.terminal.console").track, what)
