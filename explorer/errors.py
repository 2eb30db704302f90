# SPDX-License-Identifier: GPL-2.0-or-later
"""The exceptions for input that cannot be used, and functions that make any text printable.

An error holds *what* is wrong, *where*, and a *hint* at what to do next; each subclass holds the parts of one
kind of fault as fields. ``str(error)`` is one line: ``where: what (hint)``.

1. A room names parameters as the Python API does: ``parameter="names"``, ``Argument("kernel", "6.12")`` in a
   hint. The command line puts its options in their place with ``worded()``.
2. Each part is cut after 1,000 characters, for it may quote a file.
3. Errors can be pickled: worker processes return them.

The command line prints the line and exits with 2. A traceback is a defect of this program.
"""

import re
from collections.abc import Callable, Collection, Iterable
from copyreg import __newobj__ as new_object  # type: ignore[attr-defined] # what pickle calls
from dataclasses import dataclass
from typing import Any, TypedDict, Unpack

from explorer.unicode_text import replace_unprintable

__all__ = [
    "Argument",
    "FileError",
    "Hint",
    "InputError",
    "LimitError",
    "NotAllowedError",
    "OutOfTimeError",
    "UnknownNameError",
    "encodable",
    "printable",
    "printable_lines",
    "shortened",
]

_LONGEST = 1000
_SURROGATE = re.compile("[\ud800-\udfff]")
_NEAR_PERCENT = 60  # of similarity, from which a name is suggested


@dataclass(frozen=True, slots=True)
class Argument:
    """A parameter of the Python API in a hint, and a value for it where the hint proposes one."""

    parameter: str
    value: str = ""

    def __str__(self) -> str:
        return f'{self.parameter}="{self.value}"' if self.value else self.parameter


Hint = str | tuple[str | Argument, ...]
"""A hint; a tuple where it names parameters."""


class InputError(Exception):
    """Something handed to the program cannot be used.

    Attributes:
        parameter: the parameter with the wrong value; empty if the fault is elsewhere.

    Args:
        what: the fault, as a sentence without a full stop.
        where: the place of the fault: a file, a symbol, a tree; without it the parameter.
        parameter: as above.
        hint: what the user can do about it; empty where nothing helps.
    """

    def __init__(self, what: str, *, where: str = "", parameter: str = "", hint: Hint = "") -> None:
        super().__init__(what)
        self.what = shortened(encodable(what), _LONGEST)
        self.parameter = parameter
        self._where = shortened(encodable(where), _LONGEST)
        self._hint = (hint,) if isinstance(hint, str) else hint

    @property
    def where(self) -> str:
        """The place of the fault; empty if there is none."""
        return self._where or self.parameter

    @property
    def hint(self) -> str:
        """What the user can do about it, with the parameters of the Python API."""
        return self._hint_with(str)

    def __str__(self) -> str:
        return self.worded(str)

    def worded(self, name_of: Callable[[Argument], str]) -> str:
        """The error on one line, with the parameters as a face names them."""
        where = self._where or (self.parameter and name_of(Argument(self.parameter)))
        hint = self._hint_with(name_of)
        located = f"{where}: {self.what}" if where else self.what
        return f"{located} ({hint})" if hint else located

    def restated(self, *, what: str = "", where: str = "", hint: Hint = "") -> "InputError":
        """The same error with another sentence, place or hint."""
        return InputError(
            what or self.what,
            where=where or self._where,
            parameter=self.parameter,
            hint=hint or self._hint,
        )

    def _hint_with(self, name_of: Callable[[Argument], str]) -> str:
        words = (part if isinstance(part, str) else name_of(part) for part in self._hint)
        return shortened(encodable("".join(words)), _LONGEST)

    def __reduce__(self) -> tuple[Any, ...]:
        return new_object, (type(self), *self.args), self.__dict__


class _Rest(TypedDict, total=False):
    """The arguments that each subclass passes on as they are."""

    where: str
    parameter: str
    hint: Hint


class FileError(InputError):
    """A file cannot be read, parsed or written.

    Attributes:
        file: its name, or ``standard input``.
        line: the line of the fault, counted from 1; 0 where it has none.
        part: the part of the file, such as ``memory[3]``; empty for all of it.
    """

    def __init__(self, what: str, *, file: str, line: int = 0, part: str = "", hint: Hint = "") -> None:
        self.file, self.line, self.part = file, line, part
        where = f"{file}:{line}" if line else file
        super().__init__(what, where=f"{where}: {part}" if part else where, hint=hint)


class UnknownNameError(InputError):
    """A name is not known: of a symbol, a change, a release or a memory map.

    Attributes:
        name: the name as it was given.
        known: the names that exist.
        near: the known name most like it; empty where none is alike.

    Args:
        what: the fault.
        name: as above.
        known: as above; in the order in which the hint lists them.
        rest: as of ``InputError``; the hint is used where no name is near. Default: the known names.
    """

    def __init__(self, what: str, *, name: str, known: Iterable[str], **rest: Unpack[_Rest]) -> None:
        self.name, self.known = name, tuple(known)
        self.near = _near(name, self.known)
        hint = rest.get("hint") or f"known are {', '.join(self.known)}"
        rest["hint"] = f"did you mean {self.near}?" if self.near else hint
        super().__init__(what, **rest)


class NotAllowedError(InputError):
    """A value is not one of those that are allowed.

    Attributes:
        value: the value as it was given.
        allowed: the values that are allowed.
    """

    def __init__(self, what: str, *, value: object, allowed: Iterable[str], **rest: Unpack[_Rest]) -> None:
        self.value, self.allowed = value, tuple(allowed)
        rest["hint"] = rest.get("hint") or f"it is one of {', '.join(self.allowed)}"
        super().__init__(what, **rest)


class LimitError(InputError):
    """A limit is exceeded.

    Attributes:
        most: the largest number that is accepted.
        count: the number that was found; ``None`` where counting stopped at the limit.
    """

    def __init__(self, what: str, *, most: int, count: int | None = None, **rest: Unpack[_Rest]) -> None:
        self.most, self.count = most, count
        super().__init__(what, **rest)


class OutOfTimeError(InputError):
    """A question is not decided in the time that was given.

    Attributes:
        seconds: the time.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        hint = ("give more time with ", Argument("timeout"), ", or ask for less")
        super().__init__(f"not decided in {seconds:g} s", hint=hint)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.seconds,)


def _near(name: str, known: Collection[str]) -> str:
    """The known name that is most like a name; empty where none is alike."""
    from rapidfuzz import fuzz, process  # noqa: PLC0415 # needed for typing errors only

    match = process.extractOne(name, known, scorer=fuzz.ratio, score_cutoff=_NEAR_PERCENT)
    return match[0] if match else ""


def shortened(text: str, longest: int) -> str:
    """A text, cut after so many characters; three dots mark the cut."""
    return text if len(text) <= longest else f"{text[:longest]}..."


def encodable(text: str) -> str:
    r"""A text that every encoder takes: ``\xff`` for a byte of a file's name that is not UTF-8.

    Python holds such a byte as a surrogate (PEP 383). Other lone surrogates become ``\ud800``.
    """
    return text if text.isascii() else _SURROGATE.sub(_escaped, text)


def _escaped(surrogate: re.Match[str]) -> str:
    code = ord(surrogate[0])
    return f"\\x{code & 0xFF:02x}" if 0xDC80 <= code <= 0xDCFF else f"\\u{code:04x}"  # PEP 383


def printable(text: str) -> str:
    """A text for a terminal, with control characters replaced: names may come from any file."""
    return replace_unprintable(text.replace("\t", " "))


def printable_lines(text: str) -> str:
    """The same for a text of several lines, which stay lines."""
    return "\n".join(map(printable, text.split("\n")))
