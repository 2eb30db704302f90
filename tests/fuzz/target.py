# SPDX-License-Identifier: GPL-2.0-or-later
"""A fuzz target, and the rules for a refusal."""

from collections.abc import Callable
from dataclasses import dataclass

from explorer.errors import InputError

__all__ = ["Target", "refusable", "said_well"]


@dataclass(frozen=True)
class Target:
    """A reader under fuzz.

    Attributes:
        run: reads bytes, or raises.
        seeds: inputs that are understood.
    """

    run: Callable[[bytes], None]
    seeds: tuple[bytes, ...]


def said_well(error: InputError) -> None:
    """Checks that an error is one line of bounded length with a hint."""
    text = str(error)
    assert text
    assert "\n" not in error.what
    assert error.hint, text
    assert len(text) < 4000, text


def refusable(read: Callable[[bytes], None]) -> Callable[[bytes], None]:
    """A target that passes if the reader accepts the input or refuses it with a valid error."""

    def run(data: bytes) -> None:
        try:
            read(data)
        except InputError as error:
            said_well(error)

    return run
