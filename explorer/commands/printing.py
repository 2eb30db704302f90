# SPDX-License-Identifier: GPL-2.0-only
"""How a command shows what it found: as JSON, or in words for people.

The words need rich, which costs as much as many a command's work; it is imported when they are wanted.
"""

import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from explorer.commands.options import TextOrJson
from explorer.document import checks_json
from explorer.files import written_whole
from explorer.formats import Judged

__all__ = ["check_printed", "print_json", "progress", "show"]


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


def check_printed(judged: Judged, form: str, output: str | None, *, quiet: bool, verbose: bool) -> None:
    """Judgements in the form that was asked for, on standard output or whole in a file."""
    if form == "text":
        text = _check_words(judged, to_file=output is not None, quiet=quiet, verbose=verbose)
    elif form == "json":
        single = len(judged.configs) == 1 and not judged.errors
        found = judged.configs[0] if single else checks_json(judged.configs, judged.errors)
        text = json.dumps(found, indent=1) + "\n"
    else:
        text = str(getattr(import_module(f"explorer.formats.{form}"), form)(judged))
    if output is None:
        sys.stdout.write(text)
        return
    with written_whole(Path(output)) as file:
        file.write(text)


def _check_words(judged: Judged, *, to_file: bool, quiet: bool, verbose: bool) -> str:
    """Words for people; to a terminal at once, with its colours and its width, and then nothing is left."""
    console = import_module("explorer.terminal.parts").console_of(to_file=to_file)
    words = import_module("explorer.terminal.check")
    with console.capture() if to_file else nullcontext() as captured:
        words.show(console, judged, quiet=quiet, verbose=verbose)
    return str(captured.get()) if captured else ""


def progress(what: str) -> Callable[[Sequence[Any]], Iterable[Any]]:
    """A bar on a terminal, which is gone when the work is done; nothing elsewhere."""
    if not sys.stderr.isatty():
        return iter
    return partial(import_module("explorer.terminal.parts").track, what)
