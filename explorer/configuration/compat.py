# SPDX-License-Identifier: GPL-2.0-only
"""kconfiglib 14.1.0 made fit for Linux trees, without a fork.

Four corrections, each where the library lets us in:

1. ``modules`` as a statement (kernel commit 6dd85ff178cd, v5.13) reads as ``option modules``.
2. ``imply`` since v5.7 (def2fbffe62c): it obeys the direct dependency and no longer promotes m to y.
3. Parsing runs nothing and prints nothing: ``$(shell,...)`` is answered by the caller, messages become
   warnings, and no Python module is imported because a tree lies beside a file of the right name.
4. Errors are ``InputError`` with file and line.
"""

import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import kconfiglib

from explorer.errors import InputError

__all__ = ["LinuxKconfig", "parse"]

_NO_SUCH_MODULE = "explorer._no_user_defined_preprocessor_functions"
_LOOP = re.compile(
    r"^(?:\.\.\.depends (?:again )?on )?(?:the choice symbol )?(\S+) \(defined at ([^\s:]+:\d+)", re.MULTILINE
)
_LOCATED = re.compile(r"\s*(?P<where>[^\s:]+:\d+):\s*(?:error: )?(?P<what>.*)", re.DOTALL)


class LinuxKconfig(kconfiglib.Kconfig):  # type: ignore[misc] # kconfiglib is untyped
    """A Kconfig tree as the kernel's own parser would read it.

    Args:
        filename: top-level file, relative to ``srctree``.
        imply_obeys_depends: the tree is 5.7 or later.
        shell: answers ``$(shell,command)``.
    """

    def __init__(self, filename: str, *, imply_obeys_depends: bool, shell: Callable[[str], str]) -> None:
        self.imply_obeys_depends = imply_obeys_depends
        self._answer = shell
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
    filename: str, environment: Mapping[str, str], *, imply_obeys_depends: bool, shell: Callable[[str], str]
) -> LinuxKconfig:
    """Parse a tree.

    Args:
        filename: top-level file, relative to ``environment["srctree"]``.
        environment: the variables that the tree may read, and the only ones.
        imply_obeys_depends: the tree is 5.7 or later.
        shell: answers ``$(shell,command)``.

    Raises:
        InputError: the tree cannot be read or parsed.
    """
    with _only(environment):
        try:
            return LinuxKconfig(filename, imply_obeys_depends=imply_obeys_depends, shell=shell)
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


_stock_tri_value = kconfiglib.Symbol.tri_value.fget


def _tri_value(symbol: Any) -> int:
    """Symbol.tri_value with the ``imply`` of v5.7 and later where the tree asks for it."""
    cached: int | None = symbol._cached_tri_val  # noqa: SLF001 # the property's own cache
    if cached is not None:
        return cached
    tree = symbol.kconfig
    implied = symbol.weak_rev_dep is not tree.n and not symbol.choice
    if not (implied and getattr(tree, "imply_obeys_depends", False)):
        return int(_stock_tri_value(symbol))
    value = _value_with_imply(symbol)
    symbol._cached_tri_val = value  # noqa: SLF001 # as above
    return value


def _value_with_imply(symbol: Any) -> int:
    """What a symbol that others imply becomes (v5.7 scripts/kconfig/symbol.c, sym_calc_value())."""
    evaluate = kconfiglib.expr_value
    visible = symbol.visibility
    selected = evaluate(symbol.rev_dep)
    if visible and symbol.user_value is not None:
        value = min(symbol.user_value, visible)
    else:
        conditions = ((default, evaluate(condition)) for default, condition in symbol.defaults)
        value = next((min(evaluate(default), met) for default, met in conditions if met), 0)
        implied = evaluate(symbol.weak_rev_dep)
        if implied:
            value = min(max(value, implied), evaluate(symbol.direct_dep))
    value = max(value, selected)
    symbol._write_to_conf = bool(visible or value)  # noqa: SLF001 # what write_config() goes by
    return 2 if value and symbol.type is kconfiglib.BOOL else int(value)


kconfiglib.Symbol.tri_value = property(_tri_value)
