# SPDX-License-Identifier: GPL-2.0-or-later
"""Switches changes of ``explorer.boot.CHANGES`` on and off in a release, as a backport or a revert does.

Rules:

1. A change is given by its name or by one of its commits, of which 8 hexadecimal digits are enough.
2. A change that the kernel has cannot be switched on, and one that it lacks cannot be switched off. A change
   that a later one has replaced in the release cannot be switched on either.
3. Switching on also switches on what the change needs; ``Switching.pulled_in`` lists those changes.
4. Switching off is refused while a change that stays needs it. The changes that it replaced come back.
5. Where a change redefines Kconfig symbols, the tree is parsed again with the other definition, and these
   symbols take the value that Kconfig computes.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from explorer.boot import CHANGES, Change, Kernel
from explorer.configuration import Evaluation, Tree, redefined_tree
from explorer.errors import Argument, InputError, UnknownNameError
from explorer.study.tree_kernel import kernel_of_tree
from explorer.version import KernelVersion

__all__ = [
    "SwitchedKernel",
    "Switching",
    "change_of",
    "switched_kernel",
    "switching_of",
    "values_after_switching",
    "with_changes_switched",
]

_BY_NAME = {change.name: change for change in CHANGES}
_COMMIT = re.compile(r"[0-9a-f]{8,40}")
_WITH, _WITHOUT = "with_changes", "without_changes"


@dataclass(frozen=True, slots=True)
class Switching:
    """The changes that were switched in a release.

    Attributes:
        added: changes that were switched on; each comes after the changes that it needs.
        removed: changes that were switched off.
        pulled_in: those of ``added`` that were not requested.
    """

    added: tuple[Change, ...] = ()
    removed: tuple[Change, ...] = ()
    pulled_in: tuple[Change, ...] = ()

    @property
    def definitions(self) -> dict[str, tuple[str, ...]]:
        """The lines of arm64's own definition of each redefined symbol; empty where arm64 has none now."""
        lines = {edit.symbol: edit.before for change in self.removed for edit in change.definitions}
        lines |= {edit.symbol: edit.after for change in self.added for edit in change.definitions}
        return lines


@dataclass(frozen=True, slots=True)
class SwitchedKernel(Kernel):
    """A release in which changes were switched.

    Attributes:
        switching: the changes that were switched.
    """

    switching: Switching = Switching()


def switching_of(kernel: Kernel) -> Switching:
    """Return the changes that were switched in a kernel; an empty record for a release as it is."""
    return kernel.switching if isinstance(kernel, SwitchedKernel) else Switching()


def switched_kernel(
    kernel: Kernel | KernelVersion, with_changes: Iterable[str] = (), without_changes: Iterable[str] = ()
) -> Kernel:
    """Return a release with changes switched on and off.

    Args:
        kernel: the kernel as it is, or a release.
        with_changes: names or commits of changes that the release lacks.
        without_changes: names or commits of changes that it has.

    Raises:
        InputError: the release is not described, a change is unknown, or it cannot be switched there.
    """
    removed = _distinct(change_of(text, _WITHOUT) for text in without_changes)
    requested = _distinct(change_of(text, _WITH) for text in with_changes)
    released = kernel if isinstance(kernel, Kernel) else Kernel.of(kernel)
    version = released.version
    if not (requested or removed):
        return released
    changes = _without(version, released.changes, removed)
    added = _with_needs(version, changes, requested, removed)
    for change in added:
        changes = (changes | {change.name}) - frozenset(change.replaces)
    pulled_in = tuple(change for change in added if change not in requested)
    switched = frozenset(change.name for change in (*added, *removed))
    return SwitchedKernel(
        version,
        _without_replaced(changes),
        released.open - switched,
        switching=Switching(added, removed, pulled_in),
    )


def with_changes_switched(
    tree: Tree,
    with_changes: Iterable[str] = (),
    without_changes: Iterable[str] = (),
    release: KernelVersion | None = None,
) -> tuple[Kernel, Tree]:
    """Return a release with changes switched on and off, and its Kconfig.

    Args:
        tree: the Kconfig of the release as it is.
        with_changes: names or commits of changes that the release lacks.
        without_changes: names or commits of changes that it has.
        release: the release; default: the tree's.

    Raises:
        InputError: the release is not described, a change is unknown, or it cannot be switched there.
    """
    kernel = switched_kernel(kernel_of_tree(tree, release), with_changes, without_changes)
    return kernel, redefined_tree(tree, switching_of(kernel).definitions)


def values_after_switching(tree: Tree, values: Mapping[str, str], kernel: Kernel) -> dict[str, str]:
    """Return a configuration after switching: redefined symbols as Kconfig computes them, the rest unchanged.

    Args:
        tree: the Kconfig with the changes in it.
        values: the configuration of the release as it is.
        kernel: the release with the changes in it.
    """
    definitions = switching_of(kernel).definitions
    if not definitions:
        return dict(values)
    evaluation = Evaluation(tree, values)
    return {**values, **{symbol: evaluation.value(symbol) for symbol in definitions}}


def change_of(text: str, parameter: str = _WITH) -> Change:
    """Return the change with a name or a commit.

    Args:
        text: a name of ``CHANGES``, or 8 to 40 hexadecimal digits of a commit.
        parameter: the parameter that the text was given for, for errors.

    Raises:
        UnknownNameError: no change has this name or commit.
    """
    name = text.strip().lower()
    if name in _BY_NAME:
        return _BY_NAME[name]
    if _COMMIT.fullmatch(name):
        for change in CHANGES:
            if any(commit.id.startswith(name) or name.startswith(commit.id) for commit in change.series):
                return change
    commits = ", ".join(change.commits[0].id for change in CHANGES if not change.bound)
    raise UnknownNameError(
        f"{text[:80]!r} is no change that is described",
        name=name,
        known=_BY_NAME,
        parameter=parameter,
        hint=f"known are {commits}",
    )


def _distinct(changes: Iterable[Change]) -> tuple[Change, ...]:
    return tuple(dict.fromkeys(changes))


def _without(version: KernelVersion, changes: frozenset[str], removed: tuple[Change, ...]) -> frozenset[str]:
    """Return the changes that are left when some are switched off (rules 2 and 4)."""
    names = frozenset(change.name for change in removed)
    for change in removed:
        _check_switchable(change, _WITHOUT)
        if change.name not in changes:
            raise InputError(
                f"kernel {version} does not have {change.label}", parameter=_WITHOUT, hint="leave it out"
            )
        dependent = next((name for name in sorted(changes - names) if change.name in _all_needs(name)), None)
        if dependent:
            raise InputError(
                f"{_BY_NAME[dependent].label} needs {change.label}",
                parameter=_WITHOUT,
                hint=("switch it off, too: ", Argument(_WITHOUT, dependent)),
            )
    restored = {name for change in removed for name in change.replaces if _BY_NAME[name].begun(version)}
    return _without_replaced((changes - names) | restored)


def _with_needs(
    version: KernelVersion,
    changes: frozenset[str],
    requested: tuple[Change, ...],
    removed: tuple[Change, ...],
) -> tuple[Change, ...]:
    """Return what must be switched on, in the order of the table and each after its needs (rules 2 and 3)."""
    added: list[Change] = []

    def add(change: Change, *, dependent: Change | None = None) -> None:
        _check_switchable(change, _WITH, dependent)
        if change in removed:
            raise InputError(
                f"{change.label} is switched both on and off", parameter=_WITH, hint="choose one"
            )
        for name in change.needs:
            present = changes | {other.name for other in added}
            if name not in present and not _is_replaced(name, present):
                add(_BY_NAME[name], dependent=change)
        if change not in added:
            added.append(change)

    for change in sorted(requested, key=CHANGES.index):
        _check_addable(change, version, changes, removed)
        rival = next((other for other in requested if _are_rivals(change, other)), None)
        if rival:
            raise InputError(
                f"{change.label} and {rival.label} replace each other", parameter=_WITH, hint="choose one"
            )
        add(change)
    return tuple(added)


def _check_addable(
    change: Change, version: KernelVersion, changes: frozenset[str], removed: tuple[Change, ...]
) -> None:
    """Rule 2 for a change that is to be switched on."""
    if change.name in changes:
        raise InputError(f"kernel {version} has {change.label} already", parameter=_WITH, hint="leave it out")
    if change not in removed and (change.is_over(version) or _has_successor(change, changes)):
        raise InputError(
            f"kernel {version} has outlived {change.label}: a later change took its place",
            parameter=_WITH,
            hint="leave it out",
        )


def _check_switchable(change: Change, parameter: str, dependent: Change | None = None) -> None:
    if change.bound:
        subject = f"{dependent.label} needs {change.label}, which" if dependent else change.label
        raise InputError(
            f"{subject} cannot be switched by itself: {change.bound}",
            parameter=parameter,
            hint=("name the release that you mean with ", Argument("kernel")),
        )


def _all_needs(name: str) -> frozenset[str]:
    """Return the names of the changes that a change needs, directly or not."""
    needs = _BY_NAME[name].needs
    return frozenset(needs).union(*(_all_needs(need) for need in needs))


def _is_replaced(name: str, changes: Iterable[str]) -> bool:
    """Whether one of the changes replaces this one."""
    return any(name in _BY_NAME[other].replaces for other in changes)


def _has_successor(change: Change, changes: Iterable[str]) -> bool:
    """Whether one of the changes replaces this one for good: rivals replace each other in turn."""
    return any(
        change.name in other.replaces and not _are_rivals(change, other)
        for other in map(_BY_NAME.__getitem__, changes)
    )


def _are_rivals(change: Change, other: Change) -> bool:
    """Whether each of two changes replaces the other."""
    return change.name in other.replaces and other.name in change.replaces


def _without_replaced(changes: Iterable[str]) -> frozenset[str]:
    """Return the changes less those that others among them replace; no two of them are rivals."""
    names = frozenset(changes)
    replaced = {
        old
        for name in names
        for old in _BY_NAME[name].replaces
        if not _are_rivals(_BY_NAME[name], _BY_NAME[old])
    }
    return names - replaced
