# SPDX-License-Identifier: GPL-2.0-or-later
"""Kernels that remember which changes a boot asked for, and what such a boot refutes.

1. The simulator reads what a kernel does by ``Kernel.has`` only: kernels with the same answers boot alike.
2. A set of changes is a number with a bit for each change of ``CHANGES``. A refutation is the bits that an
   unsafe boot asked for, and their values.
3. Changes that redefine Kconfig symbols can change the configuration: refutations hold for one configuration.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Self

from explorer.boot import CHANGES, Kernel

__all__ = ["ObservedKernel", "Refutations", "bits_of", "redefining"]

_BITS = {change.name: 1 << number for number, change in enumerate(CHANGES)}


def bits_of(changes: Iterable[str]) -> int:
    """The bits of some changes, given by name."""
    bits = 0
    for name in changes:
        bits |= _BITS[name]
    return bits


_REDEFINING = bits_of(change.name for change in CHANGES if change.definitions)


def redefining(changes: int) -> int:
    """The bits of the changes that redefine Kconfig symbols."""
    return changes & _REDEFINING


@dataclass(frozen=True, slots=True, eq=False)
class ObservedKernel(Kernel):
    """A kernel that remembers which changes it was asked for.

    It equals no other kernel: what was computed for another one, without asking, is not taken for it.

    Attributes:
        asked: the names of these changes.
    """

    asked: set[str] = field(default_factory=set)

    __eq__ = object.__eq__
    __hash__ = object.__hash__

    @classmethod
    def observing(cls, kernel: Kernel) -> Self:
        """A kernel that does the same as another one."""
        return cls(kernel.version, kernel.changes, kernel.open)

    def has(self, change: str) -> bool:
        """Whether the kernel contains a change."""
        self.asked.add(change)
        return change in self.changes


class Refutations:
    """What unsafe boots of one configuration refute."""

    def __init__(self) -> None:
        self._refuted: list[tuple[int, int]] = []

    def add(self, kernel: ObservedKernel) -> None:
        """Add an unsafe boot of a kernel."""
        asked = bits_of(kernel.asked)
        self._refuted.insert(0, (asked, bits_of(kernel.changes) & asked))

    def refute(self, changes: int) -> bool:
        """Whether a kernel with these changes boots like one that is unsafe.

        The next set is often refuted by the same boot, so this one moves to the front.
        """
        for position, (asked, bits) in enumerate(self._refuted):
            if changes & asked == bits:
                self._refuted.insert(0, self._refuted.pop(position))
                return True
        return False
