# SPDX-License-Identifier: GPL-2.0-or-later
"""Kernel versions: parse and order them as kernel people write them.

``4.17`` orders as the first release of its series, before ``4.17.1``; ``5.14-rc5`` before ``5.14``.
This order does not judge a release candidate: what a release changes comes in with its -rc1, so 6.4-rc4 has
the Kconfig and the code of 6.4 (``judged_as``). What a distribution appends (``6.1.0-50-arm64``,
``4.18.0-348.el8``) does not take part in the order.
"""

import re
from dataclasses import dataclass, replace
from typing import Self

from explorer.errors import InputError

__all__ = ["KernelVersion"]

_FINAL = 1 << 30  # a final release comes after each of its candidates
_LAST_MINOR = {2: 6, 3: 19, 4: 20, 5: 19, 6: 19}
"""The last minor number of each major number that is complete."""
_CANDIDATES_DIFFER = frozenset({(5, 14)})
"""Commit 3eb9cdffb397 ("Partially revert "arm64/mm: drop HAVE_ARCH_PFN_VALID"") (in v5.14) follows -rc7."""
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

    @property
    def exists(self) -> bool:
        """Whether the series can exist: 5.19 is followed by 6.0, so no kernel is 5.20."""
        return self.minor <= _LAST_MINOR.get(self.major, self.minor)

    @property
    def followed_by(self) -> str:
        """The release that follows the last of its major number, where its own series cannot exist."""
        return (
            "" if self.exists else f"{self.major}.{_LAST_MINOR[self.major]} is followed by {self.major + 1}.0"
        )

    @property
    def next_series(self) -> tuple[int, int]:
        """The first two numbers of the series after its own."""
        last = self.minor == _LAST_MINOR.get(self.major)
        return (self.major + 1, 0) if last else (self.major, self.minor + 1)

    @property
    def is_candidate(self) -> bool:
        """Whether it is a release candidate."""
        return self.candidate != _FINAL

    @property
    def judged_as(self) -> Self:
        """The release whose Kconfig and code it has: that of a candidate, where candidates do not differ."""
        if not self.is_candidate or self.series in _CANDIDATES_DIFFER:
            return self
        return replace(self, candidate=_FINAL)

    def has_reached(self, first: Self) -> bool:
        """Whether it contains what came in with a release, or with a candidate of it."""
        return (self if first.is_candidate else self.judged_as) >= first

    def __str__(self) -> str:
        stable = f".{self.stable}" if self.stable else ""
        candidate = f"-rc{self.candidate}" if self.is_candidate else ""
        return f"{self.major}.{self.minor}{stable}{candidate}"
