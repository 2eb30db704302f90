# SPDX-License-Identifier: GPL-2.0-only
"""Prints the result of a command as JSON or as text.

Text needs rich, whose import takes as long as the work of many commands, so it is imported on demand.
"""

import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from importlib import import_module
from typing import Any

from explorer.commands.options import TextOrJson

__all__ = ["print_json", "progress", "show"]


def show(document: Mapping[str, Any], form: TextOrJson, face: str) -> None:
    """Prints a document as JSON or as text.

    Args:
        document: the document.
        form: the format.
        face: the module of ``explorer.terminal`` whose ``show()`` prints the text.
    """
    if form is TextOrJson.JSON:
        print_json(document)
    else:
        import_module(f"explorer.terminal.{face}").show(document)


def print_json(document: Mapping[str, Any] | Sequence[Any]) -> None:
    """Prints a document as JSON on standard output."""
    sys.stdout.write(json.dumps(document, indent=1) + "\n")


def progress(what: str) -> Callable[[Sequence[Any]], Iterable[Any]]:
    """A function that iterates over items and shows a progress bar if standard error is a terminal."""
    if not sys.stderr.isatty():
        return iter
    return partial(import_module("explorer.terminal.console").track, what)
