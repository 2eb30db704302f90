# SPDX-License-Identifier: GPL-2.0-or-later
"""Findings about memory initialisation: unreachable combinations, unsafe kernels, unknown behaviour."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from explorer.boot import Boot, KernelConfig, Verdict, unmodelled
from explorer.checking.effective_config import EffectiveConfig
from explorer.checking.findings import Finding, FindingKind
from explorer.checking.fixes import FixAction, OtherKernel, SuggestedFix
from explorer.checking.reasons import OutOfTime, UndecidedValue
from explorer.checking.rejected_values import RejectedValues
from explorer.checking.release import nearest_fragment
from explorer.checking.settings import RequestedValue, place_of
from explorer.configuration import (
    NO_DEADLINE,
    Combination,
    Deadline,
    Evaluation,
    Projection,
    Tree,
    combinations,
    pins_of,
    with_answers,
)
from explorer.configuration.queries.overrides import Cause
from explorer.errors import InputError
from explorer.machine import Firmware, MemoryMap
from explorer.study.backport import smallest_backports
from explorer.study.cure_search import fewest_answers
from explorer.study.matrix import FOUR
from explorer.study.results import StudyResults
from explorer.version import KernelVersion

__all__ = ["combination_of", "lost_values", "survival", "undecided", "undescribed", "unreachable"]


@lru_cache(maxsize=8)
def _projection(tree: Tree, deadline: Deadline) -> Projection:
    """All combinations of the four symbols; thousands of files may be judged by one tree.

    Raises:
        InputError: the tree defines one of them that is neither bool nor tristate.
    """
    for name in FOUR:
        if tree.defines(name) and not tree.is_logical(name):
            first = next(tree.statements(name))
            what, hint = f"{name} is neither bool nor tristate", "correct the Kconfig file"
            raise InputError(what, where=f"{first.file}:{first.line}", hint=hint)
    return combinations(tree, FOUR, deadline=deadline)


def combination_of(tree: Tree, values: Mapping[str, str], deadline: Deadline = NO_DEADLINE) -> Combination:
    """The combination of the four symbols in a configuration; a value other than y is n.

    At the deadline it is out of time.
    """
    wanted = {name: "y" if values.get(name, "n")[:1] == "y" else "n" for name in FOUR}
    return next(each for each in _projection(tree, deadline).combinations if each.values == wanted)


def lost_values(combination: Combination, becomes: Combination) -> list[str]:
    """The symbols of a combination whose values Kconfig changes."""
    return [name for name, value in combination.values.items() if value != becomes.values[name]]


def unreachable(
    tree: Tree,
    combination: Combination,
    becomes: Combination,
    requested: Mapping[str, RequestedValue],
    other_kernel: OtherKernel | None,
) -> Iterator[Finding]:
    """A finding if no answers give a combination, at the first line that Kconfig does not keep.

    Args:
        tree: the tree.
        combination: the requested one.
        becomes: the one that Kconfig computes.
        requested: symbol to its setting.
        other_kernel: a kernel that can have the combination.
    """
    if not combination.unreachable:
        return
    lost = lost_values(combination, becomes)
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
            other_kernel=other_kernel,
        )
        if lines
        else None,
    )


def undecided(combination: Combination, becomes: Combination) -> Iterator[Finding]:
    """A finding if it is not known whether a combination is reachable, and why.

    If the answers that the file records give the combination, there is none.
    """
    if combination.values == becomes.values:
        return
    if combination.out_of_time is not None:
        yield Finding(FindingKind.UNKNOWN, RequestedValue(""), OutOfTime(combination.out_of_time))
    elif combination.undecided:
        yield Finding(FindingKind.UNKNOWN, RequestedValue(""), UndecidedValue(combination.undecided))


def undescribed(release: KernelVersion) -> Finding:
    """No machine was booted, since the memory initialisation of the release is not described."""
    fix = SuggestedFix(FixAction.NAME_DESCRIBED_RELEASE)
    return Finding(FindingKind.UNKNOWN, RequestedValue(""), release, fix=fix)


def survival(  # noqa: PLR0913, PLR0917 # a kernel, its machines and boots, its configuration
    tree: Tree,
    kernel_config: KernelConfig,
    machines: Sequence[MemoryMap | Firmware],
    boots: Sequence[Boot],
    rejected: RejectedValues,
    effective: EffectiveConfig,
) -> Iterator[Finding]:
    """A finding for each machine that the kernel does not survive, and for each gap of the simulator.

    The first stands at the first line that the fix changes.

    Args:
        tree: the tree.
        kernel_config: the kernel.
        machines: the machines.
        boots: one for each machine.
        rejected: the values that Kconfig does not keep.
        effective: the configuration of the kernel.
    """
    requested = rejected.requested
    unsafe = [boot for boot in boots if boot.verdict is Verdict.UNSAFE]
    fix = _saving(tree, kernel_config, machines, rejected, effective) if unsafe else None
    symbol = next(iter(fix.values), "") if fix else ""
    place = place_of(requested.get(symbol), symbol)
    for boot in unsafe:
        yield Finding(FindingKind.UNSAFE, place, boot, fix=fix, memory_map=boot.memory_map.name)
    gaps = dict.fromkeys((*unmodelled(kernel_config), *(gap for boot in boots for gap in boot.unmodelled)))
    for gap in gaps:
        yield Finding(FindingKind.UNKNOWN, place_of(requested.get(gap.symbol), gap.symbol), gap)


def _saving(
    tree: Tree,
    kernel_config: KernelConfig,
    machines: Sequence[MemoryMap | Firmware],
    rejected: RejectedValues,
    effective: EffectiveConfig,
) -> SuggestedFix | None:
    """The fewest answers, and the fewest changes, that make the kernel safe; ``None`` if none are known."""
    kernel, results, judge = kernel_config.kernel, StudyResults(machines), rejected.evaluation.tree
    answers = {name: setting.value for name, setting in rejected.requested.items()}
    results.add_values(judge, answers, rejected.values)
    prompts = nearest_fragment(kernel.version).symbols
    saving = fewest_answers(judge, answers, kernel_config, prompts, results, effective.left_open)
    backports = smallest_backports(
        tree,
        kernel,
        effective.built,
        machines,
        ram_fill=kernel_config.ram_fill,
        parameters=kernel_config.passed,
    ).fixes
    changes = backports[0].changes if backports else ()
    if not (saving or changes):
        return None
    return _pinned(SuggestedFix(FixAction.SAVE_KERNEL, saving or {}, changes=changes), rejected, prompts)


def _pinned(fix: SuggestedFix, rejected: RejectedValues, decisive: Sequence[str]) -> SuggestedFix:
    """The fix with the pins of its answers; what memory initialisation depends on stays as it makes it.

    Args:
        fix: the fix.
        rejected: what Kconfig computes before.
        decisive: the symbols that memory initialisation depends on.
    """
    evaluation, before = rejected.evaluation, rejected.values
    if not fix.values:
        return fix
    after = Evaluation(evaluation.tree, with_answers(evaluation.answers, fix.values)).values()
    required = {name: after[name] for name in decisive if name in after}
    unwanted = after.keys() - required.keys() - fix.values.keys()
    if not (moved := tuple(name for name in after if name in unwanted and after[name] != before[name])):
        return fix
    pins = pins_of(evaluation, fix.values, required)
    return replace(fix, moved=moved, pins=pins.answers, unpinned=tuple(pins.unpinned))
