# SPDX-License-Identifier: GPL-2.0-or-later
"""The first later release in which the answers of an unsafe row give a safe kernel, and why.

Rules:

1. A later kernel gets the same answers; its Kconfig is the shipped fragment. Its defaults may differ from
   those of a real tree. So a row of a real tree hands on all values that its saved ``.config`` has.
2. The cause is the one difference between the last unsafe and the first safe release that makes the older
   kernel safe when it alone is put into it: a value that Kconfig computes, or a named change. Where no single
   difference does, there is no cause.
3. The cause suffices if it alone makes the kernel of the row safe, too: then it is worth a backport.
"""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any, NamedTuple

from explorer.boot import CHANGES, Change, Kernel, KernelConfig, Verdict, is_described
from explorer.configuration import Tree, fragment_releases, fragment_span, load_fragment
from explorer.errors import InputError
from explorer.resources import data_folder
from explorer.study.matrix import FOUR, Matrix, Row
from explorer.study.results import StudyResults
from explorer.version import KernelVersion

__all__ = ["BuiltRelease", "DecisiveDifference", "FirstSafeRelease", "ReleaseSearch", "distinct_releases"]

_MEMORY_MODELS = ("SPARSEMEM_VMEMMAP", "SPARSEMEM", "FLATMEM")


@dataclass(frozen=True, slots=True)
class DecisiveDifference:
    """The one difference that makes the older kernel safe.

    Attributes:
        kind: ``Kconfig`` or ``behaviour``.
        name: the symbol with its new value, or the name of the change.
        commit: the mainline commit; empty where its id is not known.
        effect: what it does; empty if it is not described.
        suffices: it makes the kernel of the row safe, too.
    """

    kind: str
    name: str
    commit: str
    effect: str
    suffices: bool


@dataclass(frozen=True, slots=True)
class FirstSafeRelease:
    """The first later release in which the same answers are safe.

    Attributes:
        release: that release.
        before: the last described release before it, which is not safe.
        cause: the decisive difference between the two, where there is one.
    """

    release: KernelVersion
    before: KernelVersion
    cause: DecisiveDifference | None


@dataclass(frozen=True, slots=True)
class BuiltRelease:
    """A release, built with the configuration that some answers give in it.

    Attributes:
        version: the release.
        values: every symbol to its value.
        kernel_config: the kernel.
        tree: a tree whose saved ``.config`` is handed on to later kernels; for a fragment nothing is.
    """

    version: KernelVersion
    values: Mapping[str, str]
    kernel_config: KernelConfig
    tree: Tree | None = None


class ReleaseSearch:
    """Searches later releases for the rows of matrices.

    Args:
        results: what the study computed.
    """

    def __init__(self, results: StudyResults) -> None:
        self._results = results
        self._releases: dict[tuple[object, ...], list[BuiltRelease]] = {}

    def first_safe(self, matrix: Matrix, row: Row) -> Iterator[FirstSafeRelease | None]:
        """For each machine on which the row is unsafe: the first later release in which it is safe."""
        built = BuiltRelease(matrix.tree.release, row.values, row.kernel_config, matrix.tree)
        for index, boot in enumerate(row.boots):
            unsafe = boot.verdict is Verdict.UNSAFE
            yield self.first_safe_after(built, row.answers, index) if unsafe else None

    def first_safe_after(
        self, built: BuiltRelease, answers: Mapping[str, str], *machines: int
    ) -> FirstSafeRelease | None:
        """The first later release in which some answers give a kernel that is safe on some machines.

        Args:
            built: the kernel that they give, which is unsafe there.
            answers: the answers.
            machines: the indices of the machines among those of the study.
        """
        for older, newer in pairwise(self._later_releases(built, answers)):
            if self._is_safe(newer.kernel_config, machines):
                cause = self._cause(built, older, newer, machines)
                return FirstSafeRelease(newer.version, older.version, cause)
        return None

    def _later_releases(self, built: BuiltRelease, answers: Mapping[str, str]) -> Iterator[BuiltRelease]:
        """The kernel, then every later release that differs from the one before, same answers.

        What was computed for one machine is kept for the others.
        """
        old = built.kernel_config
        key = (built.version, *sorted(answers.items()), old.ram_fill, old.passed)
        known = self._releases.setdefault(key, [built])
        yield known[0]
        later = _distinct_after(built.version)
        for at, release in enumerate(later, start=1):
            if at == len(known):
                fragment = _fragment(release)
                values = self._results.values(fragment, {**_handed_on(built, fragment), **answers})
                config = old.rebuilt(Kernel.of(release), values)
                known.append(BuiltRelease(release, values, config))
            yield known[at]

    def _cause(
        self, first: BuiltRelease, older: BuiltRelease, newer: BuiltRelease, machines: Sequence[int]
    ) -> DecisiveDifference | None:
        """The first single difference that makes the older kernel safe on some machines."""
        for difference in _differences(older, newer):
            if self._is_safe(difference.put_into(older), machines):
                suffices = self._is_safe(difference.put_into(first), machines)
                return difference.decisive(older.version, newer.version, suffices=suffices)
        return None

    def _is_safe(self, config: KernelConfig | None, machines: Sequence[int]) -> bool:
        return config is not None and all(self._results.is_safe(config, index) for index in machines)


class _Value(NamedTuple):
    """A value that Kconfig computes in the newer of two releases, and not in the older."""

    symbol: str
    value: str

    def put_into(self, release: BuiltRelease) -> KernelConfig | None:
        """The kernel with this value; ``None`` if it contradicts another one: two memory models."""
        config = release.kernel_config
        try:
            return config.rebuilt(config.kernel, {**release.values, self.symbol: self.value})
        except InputError:
            return None

    def decisive(self, older: KernelVersion, newer: KernelVersion, *, suffices: bool) -> DecisiveDifference:
        """The difference between two releases; ``kconfig/changes.toml`` has the commits of some."""
        commit, effect = "", ""
        for entry in _kconfig_changes():
            releases = map(KernelVersion.parse, (entry["release"], *entry.get("backports", ())))
            if entry["symbol"] == self.symbol and any(older < release <= newer for release in releases):
                commit, effect = entry["commit"], entry["effect"]
        return DecisiveDifference("Kconfig", f"{self.symbol}={self.value}", commit, effect, suffices)


class _Behaviour(NamedTuple):
    """A change that the newer of two releases has (``added``) or no longer has."""

    change: Change
    added: bool

    def put_into(self, release: BuiltRelease) -> KernelConfig:
        """The kernel with, or without, this change."""
        config, name = release.kernel_config, frozenset({self.change.name})
        changes = config.kernel.changes | name if self.added else config.kernel.changes - name
        return config.rebuilt(Kernel(config.kernel.version, changes), release.values)

    def decisive(self, older: KernelVersion, newer: KernelVersion, *, suffices: bool) -> DecisiveDifference:  # noqa: ARG002 # as of a value
        """The difference between two releases."""
        change = self.change
        return DecisiveDifference("behaviour", change.name, change.commits[0].id, change.effect, suffices)


def _differences(older: BuiltRelease, newer: BuiltRelease) -> Iterator[_Value | _Behaviour]:
    """The single differences between two releases, values first."""
    for name in _changed(older.values, newer.values):
        yield _Value(name, newer.values.get(name, "n"))
    old, new = older.kernel_config.kernel.changes, newer.kernel_config.kernel.changes
    for change in CHANGES:
        if change.name in old ^ new:
            yield _Behaviour(change, change.name in new)


def _changed(older: Mapping[str, str], newer: Mapping[str, str]) -> Iterator[str]:
    """The symbols whose value differs, those that decide most often first."""
    first = [*FOUR, *_MEMORY_MODELS]
    rest = sorted({*older, *newer} - set(first))
    return (name for name in (*first, *rest) if older.get(name, "n") != newer.get(name, "n"))


@cache
def _kconfig_changes() -> tuple[dict[str, Any], ...]:
    with (data_folder("kconfig") / "changes.toml").open("rb") as file:
        return tuple(tomllib.load(file)["change"])


def distinct_releases() -> tuple[KernelVersion, ...]:
    """The described releases, oldest first; of neighbours with equal changes and fragment only the first."""
    first = _bordering_releases()[0]
    return first, *_distinct_after(first)


def _distinct_after(version: KernelVersion) -> Iterator[KernelVersion]:
    """The distinct releases after a release, oldest first; what is not asked for is not compared."""
    for before, release in pairwise(_bordering_releases()):
        if release > version and _signature(release) != _signature(before):
            yield release


@cache
def _bordering_releases() -> tuple[KernelVersion, ...]:
    """The described releases at which a change or a fragment begins or ends, oldest first."""
    changed = {border for change in CHANGES for border in change.borders if is_described(border)}
    return tuple(sorted({*fragment_releases(), *changed}))


@cache
def _signature(release: KernelVersion) -> tuple[object, ...]:
    """What two releases have in common if they are not distinct."""
    return Kernel.of(release).changes, fragment_span(release)


def _fragment(release: KernelVersion) -> Tree:
    """The fragment of a release; releases of one span share the tree of the first."""
    return load_fragment(fragment_span(release).first)


def _handed_on(built: BuiltRelease, later: Tree) -> dict[str, str]:
    """What a saved ``.config`` of a real tree answers in a later kernel: symbols with a prompt."""
    tree, values = built.tree, built.values
    if tree is None or tree.is_fragment:
        return {}
    return {name: values[name] for name in later.symbols if name in values and tree.has_prompt(name)}
