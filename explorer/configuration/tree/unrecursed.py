# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs a recursive function on a list instead of Python's stack, so that its depth has no limit.

The function is written as a generator. It yields the generator of a nested call, and receives what that call
returns.
"""

from collections.abc import Generator
from typing import Any, TypeVar

__all__ = ["Call", "run"]

T = TypeVar("T")
Call = Generator["Call[Any]", Any, T]
"""A call of a function that yields its nested calls and returns a T."""


def run(call: Call[T]) -> T:
    """What a call returns, after all of its nested calls."""
    calls: list[Call[Any]] = [call]
    result: Any = None
    while calls:
        try:
            nested = calls[-1].send(result)
        except StopIteration as end:
            calls.pop()
            result = end.value
        else:
            calls.append(nested)
            result = None
    value: T = result
    return value
