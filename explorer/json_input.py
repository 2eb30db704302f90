# SPDX-License-Identifier: GPL-2.0-or-later
r"""Parses JSON that others wrote. Every fault is an ``InputError``.

Rules, beyond RFC 8259:

1. The text is UTF-8 or UTF-16, with or without a byte order mark.
2. An object has each key once.
3. A number is finite, and a whole number has at most 30 digits. Python takes quadratic time for more.
4. A lone surrogate (``"\ud800"``) is no character. It becomes U+FFFD, because no file can hold it.
5. A document has at most 2,000,000 lists and objects, because each takes up to 230 bytes in Python, and at
   most 100 levels, because the functions that write JSON are recursive.

``check_form`` compares a parsed value with the form that a reader needs, and names the
place of a difference.
"""

import codecs
import json
import math
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from explorer.errors import FileError, Hint

__all__ = ["Form", "check_form", "parse_json"]

_MOST_CONTAINERS = 2_000_000
_MOST_DIGITS = 30
_MOST_LEVELS = 100
_TOO_DEEP = "nested too deeply"
_STRING_OR_BRACKET = re.compile(r'"(?:[^"\\]|\\.)*+"?+|[][{}]', re.DOTALL)
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_LONE = re.compile("[\ud800-\udfff]")
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_PAIR_OR_LONE = re.compile(
    r"(\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})|\\u[dD][89a-fA-F][0-9a-fA-F]{2}|(\\.)",
    re.DOTALL,
)
"""A pair of surrogates, a lone surrogate, or another escape."""


def parse_json(data: bytes | str, source: str, *, hint: Hint, line: int = 0) -> Any:
    """The value of a JSON document.

    Args:
        data: the document.
        source: the file's name, for errors.
        hint: what to give instead, for errors.
        line: the line of the file that the document is, where each line is one; 0 where it is the whole file.

    Raises:
        FileError: it is not JSON, or breaks a rule of this module.
    """
    try:
        text = _text(data)
        _check_containers(text)
        value = json.loads(
            _without_lone_surrogates(text),
            object_pairs_hook=_unique,
            parse_constant=_no_constant,
            parse_float=_finite,
            parse_int=_whole_number,
        )
        _check_levels(value)
    except json.JSONDecodeError as error:
        what, found_in = _syntax_fault(error)
        line = line or found_in
    except RecursionError:
        what = _TOO_DEEP
    except UnicodeDecodeError:
        what = "is not text"
    except ValueError as error:
        what = str(error)
    else:
        return value
    raise FileError(what, file=source, line=line, hint=hint) from None


def _syntax_fault(error: json.JSONDecodeError) -> tuple[str, int]:
    """What is wrong with a text, and its line.

    Python versions differ in the fault and the place of a trailing comma, and in the levels that they read.
    """
    text, place = error.doc, error.pos
    if _is_too_deep(text, place):
        return _TOO_DEEP, 0
    before = text[:place].rstrip(" \t\r\n")
    if text[place : place + 1] in {"}", "]"} and before.endswith(","):
        place = len(before) - 1
    elif not error.msg.startswith("Illegal trailing comma"):
        return f"not JSON: {error.msg}", error.lineno
    return "not JSON: a comma before a closing bracket", text.count("\n", 0, place) + 1


def _is_too_deep(text: str, end: int) -> bool:
    """Whether more lists and objects than allowed are open somewhere before ``end``."""
    level = 0
    for match in _STRING_OR_BRACKET.finditer(text, 0, end):
        level += (match[0] in {"[", "{"}) - (match[0] in {"]", "}"})
        if level > _MOST_LEVELS:
            return True
    return False


def _text(data: bytes | str) -> str:
    if isinstance(data, str):
        return data if data.isascii() else _LONE.sub(_REPLACEMENT, data)
    is_utf16 = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return data.decode("utf-16" if is_utf16 else "utf-8-sig")


def _check_containers(text: str) -> None:
    if text.count("[") + text.count("{") > _MOST_CONTAINERS:
        raise ValueError(f"more than {_MOST_CONTAINERS} lists and objects")


def _check_levels(value: Any) -> None:
    level = [value]
    for _ in range(_MOST_LEVELS):
        level = [part for whole in level for part in _parts(whole) if isinstance(part, list | dict)]
        if not level:
            return
    raise RecursionError


def _parts(whole: Any) -> Iterable[Any]:
    return whole.values() if isinstance(whole, dict) else whole if isinstance(whole, list) else ()


def _without_lone_surrogates(text: str) -> str:
    """The text with U+FFFD for each escape of a lone surrogate (rule 4)."""
    if not _SURROGATE.search(text):
        return text
    return _PAIR_OR_LONE.sub(lambda match: match[1] or match[2] or _REPLACEMENT, text)


def _unique(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """An object without repeated keys (rule 2)."""
    members: dict[str, Any] = {}
    for key, value in pairs:
        if key in members:
            raise ValueError(f"the key {key[:80]!r} occurs twice")
        members[key] = value
    return members


def _whole_number(text: str) -> int:
    if len(text) > _MOST_DIGITS:
        raise ValueError(f"a number of {len(text)} digits is beyond 64 bits")
    return int(text)


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text[:40]} is too large for a number")
    return number


def _no_constant(text: str) -> None:
    raise ValueError(f"{text} is not a number of JSON")


Form = type | list["Form"] | dict[str, "Form"]
"""The form of a JSON value: its type; a list with the form of each entry; the members that an object has."""
_KINDS: Mapping[type, str] = {str: "a text", int: "a whole number", bool: "true or false"}


def check_form(value: Any, form: Form, fault: Callable[..., FileError], place: str = "") -> None:
    """Checks that a parsed value has a form. Members that the form does not name are ignored.

    Args:
        value: of ``parse_json``.
        form: as above.
        fault: makes the error of a sentence and of ``part``, the place in the document.
        place: where the value stands in the document.

    Raises:
        FileError: it has another form; ``part`` names the first place.
    """
    kind = _wrong_kind(value, form)
    if kind:
        raise fault(f"this is not {kind}", part=place)
    if isinstance(form, list):
        for index, entry in enumerate(value):
            check_form(entry, form[0], fault, f"{place}[{index}]")
    elif isinstance(form, dict):
        for key, inner in form.items():
            below = f"{place}.{key}" if place else key
            if key not in value:
                raise fault("this is missing", part=below)
            check_form(value[key], inner, fault, below)


def _wrong_kind(value: Any, form: Form) -> str:
    """What the value is not; empty where it is right."""
    if isinstance(form, list):
        return "" if isinstance(value, list) else "a list"
    if isinstance(form, dict):
        return "" if isinstance(value, dict) else "an object"
    return "" if type(value) is form else _KINDS[form]
