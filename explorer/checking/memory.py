# SPDX-License-Identifier: GPL-2.0-only
"""What memory initialisation makes of it: is the combination possible, does it survive, is it known?"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache

from explorer.boot import Boot, KernelConfig, Verdict, unmodelled
from explorer.checking.files import RequestedValue
from explorer.checking.findings import Finding, SuggestedFix
from explorer.checking.unsafe_fixes import UnsafeFix
from explorer.configuration import Combination, Projection, Tree, combinations, config_fragment
from explorer.configuration.queries.overrides import Cause
from explorer.narrative.fault_narrative import fault_headline, fault_steps
from explorer.study.matrix import FOUR
from explorer.version import KernelVersion

__all__ = ["combination_of", "survival", "unreachable"]


@lru_cache(maxsize=8)
def _space(tree: Tree) -> Projection:
    """All combinations of the four symbols; thousands of files may ask one tree."""
    return combinations(tree, FOUR)


def combination_of(tree: Tree, values: Mapping[str, str]) -> Combination:
    """The combination of the four symbols that a configuration has; what is no y is n."""
    wanted = {name: "y" if values.get(name, "n")[:1] == "y" else "n" for name in FOUR}
    return next(found for found in _space(tree).combinations if found.values == wanted)


def unreachable(
    tree: Tree, combination: Combination, becomes: Combination, asked: Mapping[str, RequestedValue]
) -> Iterator[Finding]:
    """A finding where no answers give the combination, at the first line that Kconfig does not keep.

    Args:
        tree: the tree.
        combination: what is asked for.
        becomes: what Kconfig makes of it.
        asked: the lines.
    """
    if combination.reachable:
        return
    words = " ".join(_settings(combination.values))
    lost = [name for name, value in combination.values.items() if value != becomes.values[name]]
    gone = [name for name in lost if not tree.defines(name)]
    each = next((asked[name] for name in (*gone, *lost) if name in asked), None)
    missing = f"; {tree.label} has no {', '.join(gone)}" if gone else ""
    yield Finding(
        "unreachable",
        f"Kconfig cannot produce {words}{missing}",
        file=each.file if each else "",
        line=each.line if each else 0,
        causes=tuple(Cause(line) for line in combination.conflict),
        fix=_given_up(tree, {name: becomes.values[name] for name in lost if name in asked}),
    )


def _given_up(tree: Tree, values: Mapping[str, str]) -> SuggestedFix | None:
    """To write what Kconfig makes of the symbols that it does not keep."""
    kept = {name: value for name, value in values.items() if tree.defines(name)}
    ways = [f"write what Kconfig makes of it: {', '.join(_settings(kept))}"] if kept else []
    ways += [f"delete the line of {name}" for name in values if name not in kept]
    return SuggestedFix(", and ".join(ways), config_fragment(tree, kept)) if ways else None


def _settings(values: Mapping[str, str]) -> list[str]:
    return [f"{name}={value}" for name, value in values.items()]


def undescribed(release: KernelVersion) -> Iterator[Finding]:
    """A finding where nobody has described what the release does with memory: no machine was booted."""
    yield Finding(
        "unknown",
        f"memory initialisation of kernel {release} is not described, so no machine was booted",
        fix=SuggestedFix(
            "name the nearest release that is described with --kernel: its initialisation is then booted"
        ),
    )


def survival(
    kernel_config: KernelConfig,
    boots: Sequence[Boot],
    asked: Mapping[str, RequestedValue],
    sought: Callable[[KernelConfig], UnsafeFix],
) -> Iterator[Finding]:
    """One finding for each machine that the kernel does not survive, and one for each gap of the model.

    Args:
        kernel_config: the kernel and its configuration.
        boots: its boots.
        asked: what the files ask for.
        sought: finds what would make it safe; asked only where it is not.
    """
    dying = [boot for boot in boots if boot.verdict is Verdict.UNSAFE]
    cured = sought(kernel_config) if dying else None
    symbol = next(iter(cured.answers), "") if cured else ""
    each = asked.get(symbol)
    for boot in dying:
        first = boot.faults[0]
        yield Finding(
            "unsafe",
            fault_headline(first),
            symbol=symbol,
            file=each.file if each else "",
            line=each.line if each else 0,
            memory_map=boot.memory_map.name,
            chain=fault_steps(first, boot),
            fix=cured.fix if cured else None,
        )
    for gap in unmodelled(kernel_config):
        symbol = gap.partition(":")[0]
        each = asked.get(symbol)
        yield Finding(
            "unknown",
            f"not modelled: {gap}",
            symbol=symbol,
            file=each.file if each else "",
            line=each.line if each else 0,
        )
