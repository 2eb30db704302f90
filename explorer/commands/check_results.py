# SPDX-License-Identifier: GPL-2.0-or-later
"""The result of ``check`` for each file: a document, or an error.

* An error in one file does not stop the others, and names its file.
* An error in an option that holds for all files is raised at once.
"""

from collections.abc import Callable, Sequence
from typing import Any

from explorer.commands.check_many import each_judged
from explorer.commands.printing import progress
from explorer.commands.status_line import status_shown
from explorer.configuration import Tree
from explorer.errors import FileError, InputError
from explorer.files import shown_name
from explorer.formats.locations import STDIN
from explorer.version import KernelVersion

__all__ = ["Results", "named", "results", "told_apart"]

Results = list[tuple[str, dict[str, Any] | InputError]]


def results(configs: Sequence[str], judge: Callable[..., dict[str, Any]], *, merge: bool) -> Results:
    """The document or the error of each file; of merged files only one, with the first or the faulty name."""
    if not merge and len(configs) > 1:
        return list(each_judged(configs, judge, progress(f"{len(configs)} files")))
    try:
        with status_shown(f"checking {shown_name(configs[0])}"):
            return [(configs[0], judge(*configs))]
    except InputError as error:
        faulty = (name for name in configs if _is_in(error, named(name)))
        return [(next(faulty, configs[0]), error)]


def told_apart(
    judged: Results, common: KernelVersion | Tree | None, *, at_once: bool
) -> tuple[list[dict[str, Any]], list[dict[str, str]]]:
    """The documents, and the file and message of each file that could not be checked.

    Args:
        judged: the result of each file.
        common: the release or tree of all files; with it an error in a parameter is raised.
        at_once: raise the error of a single file.
    """
    documents, errors = [], []
    for name, result in judged:
        if not isinstance(result, InputError):
            documents.append(result)
            continue
        if common and result.parameter:
            raise result
        error = _of_file(result, named(name))
        if at_once and len(judged) == 1:
            raise error
        errors.append({"file": named(name), "message": str(error)})
    return documents, errors


def _of_file(error: InputError, name: str) -> InputError:
    """The error, with the name of the file."""
    if _is_in(error, name):
        return error
    return error.restated(where=f"{name}: {error.where}" if error.where else name)


def _is_in(error: InputError, name: str) -> bool:
    return isinstance(error, FileError) and error.file == name


def named(config: str) -> str:
    """The name of a file in errors and findings."""
    return STDIN if config == "-" else shown_name(config)
