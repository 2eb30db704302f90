# SPDX-License-Identifier: GPL-2.0-only
"""Kernel versions: parse and order them as kernel people write them.

``4.17`` orders as the first release of its series, before ``4.17.1``; ``5.14-rc5`` before ``5.14``.
What a distribution appends (``6.1.0-50-arm64``, ``4.18.0-348.el8``) does not take part in the order.
"""

import re
from dataclasses import dataclass
from typing import Self

from explorer.errors import InputError

__all__ = ["KernelVersion"]

_FINAL = 1 << 30  # a final release comes after each of its candidates
_FORM = re.compile(r"v?(\d{1,3})\.(\d{1,3})(?:\.(\d{1,4}))?(?:-rc(\d{1,3}))?(?:[-+~.].*)?", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class KernelVersion:
    """A kernel release.

    Attributes:
        major: first number.
        minor: second number: with ``major`` it names the series.
        stable: number of the stable release, 0 for the first of its series.
        candidate: number of the release candidate; a very large number for a release.
    """

    major: int
    minor: int
    stable: int = 0
    candidate: int = _FINAL

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``4.17``, ``5.11.14``, ``5.14-rc5``, ``v6.1`` or a distribution's ``6.1.0-50-arm64``.

        Raises:
            InputError: the text is not a kernel version.
        """
        match = _FORM.fullmatch(text.strip())
        if not match:
            raise InputError(
                f"{text[:80]!r} is not a kernel version", hint="write it as 4.17, 5.11.14 or 5.14-rc5"
            )
        major, minor, stable, candidate = match.groups()
        return cls(int(major), int(minor), int(stable or 0), int(candidate) if candidate else _FINAL)

    @property
    def series(self) -> tuple[int, int]:
        """The first two numbers, which the stable releases of a series share."""
        return self.major, self.minor

    def __str__(self) -> str:
        stable = f".{self.stable}" if self.stable else ""
        candidate = f"-rc{self.candidate}" if self.candidate != _FINAL else ""
        return f"{self.major}.{self.minor}{stable}{candidate}"
