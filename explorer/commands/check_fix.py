# SPDX-License-Identifier: GPL-2.0-or-later
"""``check --fix`` and ``--diff``: writes the fixes of a file that were confirmed, or shows them.

1. A file is replaced as a whole, and only if it still is what was read. Standard input is written to standard
   output.
2. A file whose fixes are not confirmed is not touched.
"""

import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from explorer.checking import Checked
from explorer.commands.options import option_of
from explorer.commands.printing import complain, print_contents, say
from explorer.configuration import DotConfig
from explorer.configuration.files.dotconfig import config_text
from explorer.document.check import checked_json
from explorer.errors import FileError, InputError
from explorer.files import shown_name
from explorer.narrative.plurals import counted
from explorer.output_files import written_whole

__all__ = ["fixed_document", "print_diffs", "refuse_to_fix"]


def refuse_to_fix(configs: Sequence[str], form: str, *, merge: bool, has_baseline: bool) -> None:
    """Refuses what cannot be combined with fixes.

    Raises:
        InputError: files are merged, findings are accepted, or two things are for standard output.
    """
    if merge:
        hint = "merge the files with merge_config.sh, and fix the result"
        raise InputError("--fix writes one file, and --merge checks several as one", hint=hint)
    if has_baseline:
        hint = "fix the file first, then write a new baseline"
        raise InputError("--fix does not know which findings a baseline accepts", hint=hint)
    if "-" in configs and form != "text":
        hint = "name a file, or leave out --format"
        raise InputError("standard output is for the fixed file", where="-", hint=hint)


def fixed_document(name: str, judge: Callable[[DotConfig], Checked], *, write: bool) -> dict[str, Any]:
    """The judgement of a file after its confirmed fixes, with these fixes.

    Args:
        name: the file; ``-`` for standard input.
        judge: judges a file.
        write: write the fixed text.

    Raises:
        InputError: the file cannot be read or written, or is packed.
    """
    text = config_text(name, sys.stdin.buffer, packed=name == "-")
    confirmed = import_module("explorer.checking.confirmed_fixes")
    fixed = confirmed.fixed_config(text, shown_name(name), judge)
    if write and name == "-":
        print_contents(fixed.text)
    elif write and fixed.text != text:
        _replace(name, text, fixed.text)
    document = checked_json(fixed.checked, option_of)
    document["fixed"] = import_module("explorer.document.confirmed_fixes").fixed_json(
        shown_name(name), text, fixed
    )
    return document


def _replace(name: str, before: str, after: str) -> None:
    """Replaces the text of a file, unless somebody else changed it."""
    if config_text(name) != before:
        raise FileError(
            "was changed while it was checked", file=name, hint="nothing was written: run it again"
        )
    with written_whole(Path(name)) as file:
        file.write(after)


def print_diffs(documents: Sequence[Mapping[str, Any]], errors: Sequence[Mapping[str, str]]) -> None:
    """Prints what would change as a diff, and on standard error how much, and what could not be judged."""
    for error in errors:
        complain(error["message"])
    for document in documents:
        print_contents(document["fixed"]["diff"])
    fixes = sum(len(document["fixed"]["fixes"]) for document in documents)
    left = sum(not each["follows_from"] for document in documents for each in document["findings"])
    say(f"would fix {counted(fixes, 'finding')}; {left} would remain")
