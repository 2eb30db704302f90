# SPDX-License-Identifier: GPL-2.0-only
"""Findings about memory initialisation: unreachable combinations, unsafe kernels, unknown behaviour."""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from explorer.boot import Boot, KernelConfig, Verdict, unmodelled
from explorer.checking.findings import Finding, FindingKind
from explorer.checking.fixes import FixAction, SuggestedFix
from explorer.checking.settings import RequestedValue, place_of
from explorer.configuration import Combination, Projection, Tree, combinations
from explorer.configuration.queries.overrides import Cause
from explorer.study.matrix import FOUR
from explorer.version import KernelVersion

__all__ = ["combination_of", "undescribed", "unknown_behaviour", "unreachable", "unsafe"]


@lru_cache(maxsize=8)
def _projection(tree: Tree) -> Projection:
    """All combinations of the four symbols; thousands of files may be judged by one tree."""
    return combinations(tree, FOUR)


def combination_of(tree: Tree, values: Mapping[str, str]) -> Combination:
    """The combination of the four symbols in a configuration; a value other than y is n."""
    wanted = {name: "y" if values.get(name, "n")[:1] == "y" else "n" for name in FOUR}
    return next(each for each in _projection(tree).combinations if each.values == wanted)


def unreachable(
    tree: Tree,
    combination: Combination,
    becomes: Combination,
    requested: Mapping[str, RequestedValue],
) -> Iterator[Finding]:
    """A finding if no answers give a combination, at the first line that Kconfig does not keep.

    Args:
        tree: the tree.
        combination: the requested one.
        becomes: the one that Kconfig computes.
        requested: symbol to its setting.
    """
    if combination.reachable:
        return
    lost = [name for name, value in combination.values.items() if value != becomes.values[name]]
    undefined = tuple(name for name in lost if not tree.defines(name))
    lines = {name: requested[name] for name in (*undefined, *lost) if name in requested}
    yield Finding(
        FindingKind.UNREACHABLE,
        place_of(next(iter(lines.values()), None)),
        combination,
        causes=tuple(map(Cause, combination.core_lines)),
        fix=SuggestedFix(
            FixAction.WRITE_COMPUTED,
            {name: becomes.values[name] for name in lost if name in lines and name not in undefined},
            tuple(name for name in undefined if name in lines),
        )
        if lines
        else None,
    )


def undescribed(release: KernelVersion) -> Finding:
    """No machine was booted, since the memory initialisation of the release is not described."""
    fix = SuggestedFix(FixAction.NAME_DESCRIBED_RELEASE)
    return Finding(FindingKind.UNKNOWN, RequestedValue(""), release, fix=fix)


def unsafe(
    boots: Sequence[Boot], requested: Mapping[str, RequestedValue], fix: SuggestedFix | None
) -> Iterator[Finding]:
    """A finding for each machine that the kernel does not survive, at the first line that the fix changes.

    Args:
        boots: one for each machine.
        requested: symbol to its setting.
        fix: what makes the kernel safe on all machines; ``None`` if nothing is known.
    """
    symbol = next(iter(fix.values), "") if fix else ""
    for boot in boots:
        if boot.verdict is Verdict.UNSAFE:
            yield Finding(
                FindingKind.UNSAFE,
                place_of(requested.get(symbol), symbol),
                boot,
                fix=fix,
                memory_map=boot.memory_map.name,
            )


def unknown_behaviour(
    kernel_config: KernelConfig, requested: Mapping[str, RequestedValue]
) -> Iterator[Finding]:
    """A finding for each symbol whose effect in this kernel is not modelled."""
    for gap in unmodelled(kernel_config):
        place = place_of(requested.get(gap.symbol), gap.symbol)
        yield Finding(FindingKind.UNKNOWN, place, gap)
