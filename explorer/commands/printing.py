# SPDX-License-Identifier: GPL-2.0-only
"""How a command shows what it found: as JSON, or in words for people.

The words need rich, which costs as much as many a command's work; it is imported when they are wanted.
"""

import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from importlib import import_module
from typing import Any

from explorer.commands.options import TextOrJson

__all__ = ["print_json", "progress", "show"]


def show(found: Mapping[str, Any], form: TextOrJson, words: str) -> None:
    """A result as JSON, or in words.

    Args:
        found: the document.
        form: which.
        words: the module of ``explorer.terminal`` whose ``show()`` tells it.
    """
    if form is TextOrJson.JSON:
        print_json(found)
    else:
        import_module(f"explorer.terminal.{words}").show(found)


def print_json(found: Mapping[str, Any] | Sequence[Any]) -> None:
    """A document on standard output."""
    sys.stdout.write(json.dumps(found, indent=1) + "\n")


def progress(what: str) -> Callable[[Sequence[Any]], Iterable[Any]]:
    """A bar on a terminal, which is gone when the work is done; nothing elsewhere."""
    if not sys.stderr.isatty():
        return iter
    return partial(import_module("explorer.terminal.console").track, what)
