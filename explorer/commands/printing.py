# SPDX-License-Identifier: GPL-2.0-or-later
"""Prints the result of a command as JSON or as text.

Text needs rich, whose import takes as long as the work of many commands, so it is imported on demand.
"""

import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from importlib import import_module
from itertools import islice
from typing import Any

from explorer.commands.options import TextJsonOrMail, TextOrJson

__all__ = ["print_json", "progress", "show"]

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
        sys.stdout.write(mail(document, *words))
    else:
        import_module(f"explorer.terminal.{face}").show(document, **shown)


def print_json(document: Mapping[str, Any] | Sequence[Any]) -> None:
    """Prints a document as JSON on standard output."""
    chunks = iter(json.JSONEncoder(indent=1).iterencode(document))
    while text := "".join(islice(chunks, _CHUNKS)):
        sys.stdout.write(text)
    sys.stdout.write("\n")


def progress(what: str) -> Callable[[Sequence[Any]], Iterable[Any]]:
    """A function that iterates over items and shows a progress bar if standard error is a terminal."""
    if not sys.stderr.isatty():
        return iter
    return partial(import_module("explorer.terminal.console").track, what)
