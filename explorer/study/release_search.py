# SPDX-License-Identifier: GPL-2.0-or-later
"""The first later release in which the answers of an unsafe row give a safe kernel, and why.

Rules:

1. A later kernel gets the same answers. Its Kconfig is the shipped fragment.
2. The cause is the one difference between the last unsafe and the first safe release that makes the older
   kernel safe when it alone is put into it: a value that Kconfig computes, or a named change. Where no single
   difference does, there is no cause.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any

from explorer.boot import CHANGES, Kernel, KernelConfig, Verdict, is_described
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
    """

    kind: str
    name: str
    commit: str
    effect: str


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
    """

    version: KernelVersion
    values: Mapping[str, str]
    kernel_config: KernelConfig


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
        built = BuiltRelease(matrix.tree.release, row.values, row.kernel_config)
        for index, boot in enumerate(row.boots):
            unsafe = boot.verdict is Verdict.UNSAFE
            yield self.first_safe_after(built, row.answers, index) if unsafe else None

    def first_safe_after(
        self, built: BuiltRelease, answers: Mapping[str, str], index: int
    ) -> FirstSafeRelease | None:
        """The first later release in which some answers give a kernel that is safe on a machine.

        Args:
            built: the kernel that they give, which is unsafe there.
            answers: the answers.
            index: the machine among those of the study.
        """
        for older, newer in pairwise(self._later_releases(built, answers)):
            if self._results.is_safe(newer.kernel_config, index):
                cause = next(self._causes(older, newer, index), None)
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
        later = (release for release in distinct_releases() if release > built.version)
        for at, release in enumerate(later, start=1):
            if at == len(known):
                values = self._results.values(_fragment(release), answers)
                config = old.rebuilt(Kernel.of(release), values)
                known.append(BuiltRelease(release, values, config))
            yield known[at]

    def _causes(self, older: BuiltRelease, newer: BuiltRelease, index: int) -> Iterator[DecisiveDifference]:
        """Each single difference that makes the older kernel safe on a machine."""
        old = older.kernel_config
        for name in _changed(older.values, newer.values):
            value = newer.values.get(name, "n")
            try:
                config = old.rebuilt(old.kernel, {**older.values, name: value})
            except InputError:
                continue  # the value contradicts another one: two memory models
            if self._results.is_safe(config, index):
                yield _kconfig_cause(name, value, older.version, newer.version)
        for change in CHANGES:
            if change.name in old.kernel.changes ^ newer.kernel_config.kernel.changes:
                altered = Kernel(old.kernel.version, old.kernel.changes ^ {change.name})
                if self._results.is_safe(old.rebuilt(altered, older.values), index):
                    yield DecisiveDifference("behaviour", change.name, change.commits[0].id, change.effect)


def _changed(older: Mapping[str, str], newer: Mapping[str, str]) -> Iterator[str]:
    """The symbols whose value differs, those that decide most often first."""
    first = [*FOUR, *_MEMORY_MODELS]
    rest = sorted({*older, *newer} - set(first))
    return (name for name in (*first, *rest) if older.get(name, "n") != newer.get(name, "n"))


def _kconfig_cause(symbol: str, value: str, older: KernelVersion, newer: KernelVersion) -> DecisiveDifference:
    """A value that Kconfig computes since a release; ``kconfig/changes.toml`` has the commits of some."""
    for entry in reversed(_kconfig_changes()):
        releases = map(KernelVersion.parse, (entry["release"], *entry.get("backports", ())))
        if entry["symbol"] == symbol and any(older < release <= newer for release in releases):
            return DecisiveDifference("Kconfig", f"{symbol}={value}", entry["commit"], entry["effect"])
    return DecisiveDifference("Kconfig", f"{symbol}={value}", "", "")


@cache
def _kconfig_changes() -> tuple[dict[str, Any], ...]:
    with (data_folder("kconfig") / "changes.toml").open("rb") as file:
        return tuple(tomllib.load(file)["change"])


@cache
def distinct_releases() -> tuple[KernelVersion, ...]:
    """The described releases, oldest first; of neighbours with equal changes and fragment only the first."""
    releases: list[KernelVersion] = []
    signature: tuple[object, ...] = ()
    changed = {border for change in CHANGES for border in change.borders if is_described(border)}
    for release in sorted({*fragment_releases(), *changed}):
        here = (Kernel.of(release).changes, fragment_span(release))
        if here != signature:
            releases.append(release)
            signature = here
    return tuple(releases)


def _fragment(release: KernelVersion) -> Tree:
    """The fragment of a release; releases of one span share the tree of the first."""
    return load_fragment(fragment_span(release).first)
