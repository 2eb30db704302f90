# SPDX-License-Identifier: GPL-2.0-only
"""kconfiglib 14.1.0 made fit for Linux trees, without a fork.

Three corrections to parsing, each where the library lets us in; those to values are in ``values``.

1. ``modules`` as a statement (kernel commit 6dd85ff178cd, v5.13) reads as ``option modules``.
2. Parsing runs nothing and prints nothing: ``$(shell,...)`` is answered by the caller, messages become
   warnings, and no Python module is imported because a tree lies beside a file of the right name.
3. Errors are ``InputError`` with file and line.
"""

import io
import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any

import kconfiglib

from explorer.configuration.values import Assigned, Rules
from explorer.errors import InputError

__all__ = ["LinuxKconfig", "parse"]

_NO_SUCH_MODULE = "explorer._no_user_defined_preprocessor_functions"
_LOOP = re.compile(
    r"^(?:\.\.\.depends (?:again )?on )?(?:the choice symbol )?(\S+) \(defined at ([^\s:]+:\d+)", re.MULTILINE
)
_LOCATED = re.compile(r"\s*(?P<where>[^\s:]+:\d+):\s*(?:error: )?(?P<what>.*)", re.DOTALL)


class LinuxKconfig(Assigned):
    """A Kconfig tree as the kernel's own parser would read it.

    Args:
        filename: top-level file, relative to ``srctree``.
        rules: which rules for values the tree's release follows.
        shell: answers ``$(shell,command)``.
        texts: what to read instead of some files, by their path.
    """

    def __init__(
        self,
        filename: str,
        *,
        rules: Rules,
        shell: Callable[[str], str],
        texts: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self.rules = rules
        self.order = {}
        self._answer = shell
        self._texts = texts
        try:
            super().__init__(filename, warn_to_stderr=False)
        except BaseException:
            self._close_files()
            raise

    def _close_files(self) -> None:
        """Close what a failed parse left open; a file is known by its bound readline() alone."""
        for *_, readline in (*getattr(self, "_filestack", ()), (getattr(self, "_readline", None),)):
            if readline is not None:
                readline.__self__.close()

    def _open(self, filename: str, mode: str) -> Any:
        text = self._texts.get(os.path.normpath(filename))
        return super()._open(filename, mode) if text is None else io.StringIO(text)

    def _tokenize(self, s: str) -> Any:
        tokens = super()._tokenize(s)
        if tokens[0] is kconfiglib._T_MODULES:  # noqa: SLF001 # the correction is of a private table
            tokens.insert(0, kconfiglib._T_OPTION)  # noqa: SLF001 # as above
        return tokens

    def _fn_val(self, args: list[str]) -> str:
        name, *words = args
        if name in self.variables:
            return str(super()._fn_val(args))
        if name == "shell":
            return self._answer(",".join(words))
        if name == "info":
            self._warn(",".join(words), self.filename, self.linenr)
            return ""
        return str(super()._fn_val(args))


def parse(
    filename: str,
    environment: Mapping[str, str],
    *,
    rules: Rules,
    shell: Callable[[str], str],
    texts: Mapping[str, str] = MappingProxyType({}),
) -> LinuxKconfig:
    """Parse a tree.

    Args:
        filename: top-level file, relative to ``environment["srctree"]``.
        environment: the variables that the tree may read, and the only ones.
        rules: which rules for values the tree's release follows.
        shell: answers ``$(shell,command)``.
        texts: what to read instead of some files, by their normalised path.

    Raises:
        InputError: the tree cannot be read or parsed.
    """
    with _only(environment):
        try:
            return LinuxKconfig(filename, rules=rules, shell=shell, texts=texts)
        except kconfiglib.KconfigError as error:
            raise _located(str(error), filename) from None
        except OSError as error:
            raise InputError(
                f"cannot be read: {error.strerror or error}",
                where=os.path.basename(error.filename or filename),  # noqa: PTH119 # the name alone: no path of this machine
                hint="point at a folder that holds a Kconfig file",
            ) from None
        except RecursionError:
            raise InputError(
                "expressions or sources are nested too deeply", where=filename, hint="is this a kernel tree?"
            ) from None


@contextmanager
def _only(environment: Mapping[str, str]) -> Iterator[None]:
    """Let the parser see these variables and no others: it reads os.environ wherever it likes."""
    before = dict(os.environ)
    os.environ.clear()
    os.environ.update(environment)
    os.environ["KCONFIG_FUNCTIONS"] = _NO_SUCH_MODULE
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _located(message: str, filename: str) -> InputError:
    """A message of kconfiglib as what and where, in one line."""
    loop = _LOOP.findall(message) if "Dependency loop" in message else []
    if loop:
        names = " -> ".join(name for name, _ in loop)
        return InputError(f"dependency loop: {names}", where=loop[0][1], hint="mend the Kconfig file")
    match = _LOCATED.match(message)
    where, what = (match["where"], match["what"]) if match else (filename, message)
    first = " ".join(what.split())
    first = re.split(r" Check that| \(in '?source| IO error", first, maxsplit=1)[0].rstrip(". ")
    return InputError(first, where=where, hint="mend the Kconfig file")
