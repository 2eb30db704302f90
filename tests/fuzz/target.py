# SPDX-License-Identifier: GPL-2.0-or-later
"""A fuzz target: a reader, and what must hold of everything that it accepts."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Generic, TypeVar

from explorer.errors import InputError
from tests.fuzz.mutation import mutate_bytes

__all__ = ["Mutate", "Target", "is_refused", "said_well"]

Read = TypeVar("Read")
Mutate = Callable[[bytes, Random], bytes]
"""Changes an input in some way that its form suggests."""


@dataclass(frozen=True)
class Target(Generic[Read]):
    """A reader under fuzz.

    Attributes:
        read: reads bytes; may refuse them with an ``InputError``, and must not raise anything else.
        judge: checks what was read; raises on anything that is wrong, an ``InputError`` included.
        seeds: inputs that are accepted.
        modules: the modules that the target is about, by their names below ``explorer``.
        accepted: the share of a replayed corpus that must be accepted at least, from 0 to 1.
        branches: the share of the branches of ``modules`` that a replayed corpus must take at least.
        mutate: makes inputs of others, so that many are accepted.
        replayed: how many mutated inputs a replayed corpus has.
        refused: other inputs to begin with, which are refused.
    """

    read: Callable[[bytes], Read]
    judge: Callable[[Read], None]
    seeds: tuple[bytes, ...]
    modules: tuple[str, ...]
    accepted: float
    branches: float
    mutate: Mutate = mutate_bytes
    replayed: int = 100
    refused: tuple[bytes, ...] = ()

    def accepts(self, data: bytes) -> bool:
        """Whether the reader accepts an input; checks what it reads, or how it refuses.

        Raises:
            Exception: a finding.
        """
        try:
            read = self.read(data)
        except InputError as error:
            said_well(error)
            return False
        self.judge(read)
        return True


def said_well(error: InputError) -> None:
    """Checks that an error is one line of bounded length with a hint."""
    text = str(error)
    assert text
    assert "\n" not in error.what
    assert error.hint, text
    assert len(text) < 4000, text


def is_refused(step: Callable[[], object]) -> bool:
    """Whether a step refuses its input, and does it well. For steps of ``judge`` that may refuse."""
    try:
        step()
    except InputError as error:
        said_well(error)
        return True
    return False
