# SPDX-License-Identifier: GPL-2.0-only
"""What a kernel does: the set of named changes of its release, and what was switched on or off in it.

The rest of the boot asks ``kernel.has("...")``, never for a version number, and takes the newest kernel as
the straight path. A release is *described* when its sources, or those of both neighbours where they agree,
were read. Any other is refused: a guess would be a false answer.

Rules for switching, which is what a backport or a revert does:

1. A change is named by its name or by its commit (eight digits at least).
2. What is on cannot be switched on, what is off not off, and what a later change took the place of in the
   release neither: the answer would be about another kernel than the one that was meant.
3. Switching on brings along what the change needs; ``pulled_in`` says what.
4. Switching off is refused while something that stays on needs the change; what it had replaced is back.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache

from explorer.boot.changes import CHANGES, Change, within
from explorer.errors import InputError
from explorer.version import KernelVersion

__all__ = ["DESCRIBED", "Kernel", "change_of", "is_described", "kernel"]

# Releases whose sources were read, or that lie between two that agree on everything the boot asks.
# 5.11.14 stands for itself: it has changes of 5.12 that 5.11 lacks, and where in 5.11.y they arrived is
# not known; likewise 5.15.y between .16 and .100. 5.5, 5.6 and 5.13 lie between trees that differ.
DESCRIBED: tuple[str, ...] = (
    "4.10..4.14",
    "4.16..4.20",
    "5.0..5.4",
    "5.7..5.10",
    "=5.11",
    "=5.11.14",
    "5.12..5.12",
    "=5.14-rc5",
    "5.14..5.14",
    "5.15..5.15.16",
    "5.15.100..5.15",
    "5.16..6.12",
)

_BY_NAME = {change.name: change for change in CHANGES}
_COMMIT = re.compile(r"[0-9a-f]{8,40}")
_WITH, _WITHOUT = "--with-fix", "--without-fix"


@dataclass(frozen=True, slots=True)
class Kernel:
    """A kernel version with what it does.

    Attributes:
        version: the release.
        changes: names of the changes it contains.
        added: what was switched on, needs before those that need them.
        removed: what was switched off.
        pulled_in: those of ``added`` that nobody asked for by name.
    """

    version: KernelVersion
    changes: frozenset[str]
    added: tuple[Change, ...] = ()
    removed: tuple[Change, ...] = ()
    pulled_in: tuple[Change, ...] = ()

    def has(self, change: str) -> bool:
        """Whether the kernel contains a change of ``CHANGES``."""
        return change in self.changes

    @property
    def definitions(self) -> dict[str, tuple[str, ...]]:
        """The lines of arm64's own definition of each symbol that switching redefined; empty where gone."""
        found = {edit.symbol: edit.before for change in self.removed for edit in change.definitions}
        found |= {edit.symbol: edit.after for change in self.added for edit in change.definitions}
        return found


def is_described(version: KernelVersion) -> bool:
    """Whether somebody has written down what a release does at memory initialisation."""
    return any(within(version, span) for span in DESCRIBED)


def _words(span: str) -> str:
    """A span as people write it."""
    first, _, last = span.lstrip("=").partition("..")
    return f"{first} to {last}" if last and last != first else first


@cache
def _released(version: KernelVersion) -> frozenset[str]:
    """The changes of a release as it is."""
    if not is_described(version):
        known = ", ".join(_words(span) for span in DESCRIBED)
        raise InputError(
            f"what kernel {version} does at memory initialisation is not described",
            where="--kernel",
            hint=f"described are {known}",
        )
    return frozenset(change.name for change in CHANGES if change.in_force(version))


def kernel(
    version: KernelVersion, with_changes: Iterable[str] = (), without_changes: Iterable[str] = ()
) -> Kernel:
    """The kernel of a version, with changes switched on and off.

    Args:
        version: the release.
        with_changes: names or commits of changes that the release lacks.
        without_changes: names or commits of changes that it has.

    Raises:
        InputError: nobody has described what this version does; a change is unknown, or cannot be switched.
    """
    off = _each_once(change_of(text, _WITHOUT) for text in without_changes)
    on = _each_once(change_of(text, _WITH) for text in with_changes)
    changes = _without(version, _released(version), off)
    added = _needed(version, changes, on, off)
    for change in added:
        changes = (changes | {change.name}) - frozenset(change.replaces)
    pulled_in = tuple(change for change in added if change not in on)
    return Kernel(version, _current(changes), added, off, pulled_in)


def change_of(text: str, option: str = _WITH) -> Change:
    """The change of a name or a commit.

    Args:
        text: a name of ``CHANGES``, or at least eight digits of a commit.
        option: where the text came from, for errors.

    Raises:
        InputError: there is none; the message suggests one.
    """
    wanted = text.strip().lower()
    if wanted in _BY_NAME:
        return _BY_NAME[wanted]
    if _COMMIT.fullmatch(wanted):
        for change in CHANGES:
            for commit in filter(None, (change.commit, change.again)):
                if commit.startswith(wanted) or wanted.startswith(commit):
                    return change
    near = get_close_matches(wanted, _BY_NAME, n=1)
    known = ", ".join(change.commit or change.name for change in CHANGES if not change.bound)
    raise InputError(
        f"{text[:80]!r} is no change that is described",
        where=option,
        hint=f"did you mean {near[0]}?" if near else f"known are {known}",
    )


def _each_once(changes: Iterable[Change]) -> tuple[Change, ...]:
    return tuple(dict.fromkeys(changes))


def _without(version: KernelVersion, changes: frozenset[str], off: tuple[Change, ...]) -> frozenset[str]:
    """Rules 2 and 4."""
    names = frozenset(change.name for change in off)
    for change in off:
        _check_switchable(change, _WITHOUT)
        if change.name not in changes:
            raise InputError(
                f"kernel {version} does not have {change.label}", where=_WITHOUT, hint="leave it out"
            )
        keeper = next((name for name in sorted(changes - names) if change.name in _all_needs(name)), None)
        if keeper:
            raise InputError(
                f"{_BY_NAME[keeper].label} needs {change.label}",
                where=_WITHOUT,
                hint=f"switch it off, too: --without-fix {keeper}",
            )
    back = {name for change in off for name in change.replaces if _BY_NAME[name].begun(version)}
    return _current((changes - names) | back)


def _needed(
    version: KernelVersion, changes: frozenset[str], on: tuple[Change, ...], off: tuple[Change, ...]
) -> tuple[Change, ...]:
    """Rules 2 and 3: what must be switched on, needs first, in the order of the table."""
    found: list[Change] = []

    def visit(change: Change, *, for_change: Change | None = None) -> None:
        _check_switchable(change, _WITH, for_change)
        if change in off:
            raise InputError(f"{change.label} is switched both on and off", where=_WITH, hint="choose one")
        for name in change.needs:
            have = changes | {other.name for other in found}
            if name not in have and not _is_past(name, have):
                visit(_BY_NAME[name], for_change=change)
        if change not in found:
            found.append(change)

    for change in sorted(on, key=CHANGES.index):
        if change.name in changes:
            raise InputError(f"kernel {version} has {change.label} already", where=_WITH, hint="leave it out")
        if change.is_over(version) and change not in off:
            raise InputError(
                f"kernel {version} has outlived {change.label}: a later change took its place",
                where=_WITH,
                hint="leave it out",
            )
        rival = next((other for other in on if _rivals(change, other)), None)
        if rival:
            raise InputError(
                f"{change.label} and {rival.label} replace each other", where=_WITH, hint="choose one"
            )
        visit(change)
    return tuple(found)


def _check_switchable(change: Change, option: str, for_change: Change | None = None) -> None:
    if change.bound:
        needed = f"{for_change.label} needs {change.label}, which" if for_change else change.label
        raise InputError(
            f"{needed} cannot be switched by itself: {change.bound}",
            where=option,
            hint="name the release that you mean with --kernel",
        )


def _all_needs(name: str) -> frozenset[str]:
    needs = _BY_NAME[name].needs
    return frozenset(needs).union(*(_all_needs(need) for need in needs))


def _is_past(name: str, changes: Iterable[str]) -> bool:
    """Whether a change that is in has taken the place of this one."""
    return any(name in _BY_NAME[other].replaces for other in changes)


def _rivals(one: Change, other: Change) -> bool:
    return one.name in other.replaces and other.name in one.replaces


def _current(changes: Iterable[str]) -> frozenset[str]:
    """Less what others among them have replaced; rivals never meet here."""
    names = frozenset(changes)
    past = {
        old for name in names for old in _BY_NAME[name].replaces if not _rivals(_BY_NAME[name], _BY_NAME[old])
    }
    return names - past
