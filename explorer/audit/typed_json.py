# SPDX-License-Identifier: GPL-2.0-or-later
"""Named tuples and dataclasses as lists of JSON, and back: each value is checked against its annotation.

Known are: ``str``, ``int``, ``bool``, enumerations of strings, tuples, named tuples and dataclasses.
"""

from collections.abc import Callable
from dataclasses import fields, is_dataclass
from enum import StrEnum
from functools import cache
from typing import Any, TypeVar, cast, get_args, get_origin, get_type_hints

__all__ = ["plain", "typed"]

T = TypeVar("T")


def plain(value: Any) -> Any:
    """A value of lists, strings, whole numbers and truth values."""
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    if is_dataclass(value):
        return [plain(getattr(value, field.name)) for field in fields(value)]
    return value


def typed(kind: type[T], value: Any) -> T:
    """The value of a type that ``plain`` made a value of.

    Raises:
        TypeError: the value is not of the form of the type.
        ValueError: an enumeration has no such member.
    """
    return cast("T", _reader(cast("Any", kind))(value))


@cache
def _reader(kind: Any) -> Callable[[Any], Any]:
    """A function that reads values of a type."""
    if get_origin(kind) is tuple:
        return _reader_of_tuple(get_args(kind))
    if issubclass(kind, StrEnum):
        return cast("Callable[[Any], Any]", kind)
    if kind in {str, int, bool}:
        return lambda value: _checked(value, kind)
    hints = get_type_hints(kind)
    names = [field.name for field in fields(kind)] if is_dataclass(kind) else list(kind._fields)
    readers = [_reader(hints[name]) for name in names]
    return lambda value: kind(*_each(value, readers))


def _reader_of_tuple(parts: tuple[Any, ...]) -> Callable[[Any], Any]:
    if parts[-1] is Ellipsis:
        item = _reader(parts[0])
        return lambda value: tuple(map(item, _checked(value, list)))
    readers = [_reader(part) for part in parts]
    return lambda value: tuple(_each(value, readers))


def _each(value: Any, readers: list[Callable[[Any], Any]]) -> list[Any]:
    if len(_checked(value, list)) != len(readers):
        raise TypeError("a list has another length")
    return [reader(item) for reader, item in zip(readers, value, strict=True)]


def _checked(value: Any, kind: type) -> Any:
    if type(value) is not kind:
        raise TypeError(f"{kind.__name__} is needed")
    return value
