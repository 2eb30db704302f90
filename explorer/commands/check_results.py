# SPDX-License-Identifier: GPL-2.0-only
"""What came of each file that ``check`` was given: a judgement, or the reason why there is none.

* A file that cannot be judged does not keep the others from it, and its error names it.
* An error about an option is the user's, not a file's: it is raised at once, where it holds for all files.
"""

from collections.abc import Callable, Sequence
from typing import Any

from explorer.commands.check_many import each_judged
from explorer.commands.printing import progress
from explorer.configuration import Tree
from explorer.errors import InputError
from explorer.formats.locations import STDIN
from explorer.version import KernelVersion

__all__ = ["Results", "named", "results", "told_apart"]

Results = list[tuple[str, dict[str, Any] | InputError]]


def results(configs: Sequence[str], judge: Callable[..., dict[str, Any]], *, merge: bool) -> Results:
    """Each file, or the first of those that are one, with its judgement or the reason why there is none."""
    if not merge and len(configs) > 1:
        return list(each_judged(configs, judge, progress(f"{len(configs)} files")))
    try:
        return [(configs[0], judge(*configs))]
    except InputError as error:
        guilty = (name for name in configs if str(error).startswith(named(name)))
        return [(next(guilty, configs[0]), error)]


def told_apart(
    judged: Results, common: KernelVersion | Tree | None, *, at_once: bool
) -> tuple[list[dict[str, Any]], list[dict[str, str]]]:
    """The documents, and the files that could not be judged.

    Args:
        judged: what came of each file.
        common: what decides the kernel of all files alike; an error about an option is theirs together then.
        at_once: raise the error of an only file.
    """
    found, errors = [], []
    for name, result in judged:
        if not isinstance(result, InputError):
            found.append(result)
            continue
        if common and (result.parameter or result.where.startswith("--")):
            raise result
        error = _of_file(result, named(name))
        if at_once and len(judged) == 1:
            raise error
        errors.append({"file": named(name), "message": str(error)})
    return found, errors


def _of_file(error: InputError, name: str) -> InputError:
    """An error that names its file."""
    if str(error).startswith(name):
        return error
    return InputError(error.what, where=f"{name}: {error.where}".removesuffix(": "), hint=error.hint)


def named(config: str) -> str:
    """A file as errors and findings name it."""
    return STDIN if config == "-" else config
