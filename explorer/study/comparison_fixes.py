# SPDX-License-Identifier: GPL-2.0-or-later
"""What makes the unsafe kernels of a comparison safe: the fewest other answers, and a later release.

The candidates are the answers that some comparison gives the newer kernel. A fix holds on every machine on
which the kernel is unsafe. The later release of a patched kernel is not searched: no release has the patch.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from explorer.boot import Verdict
from explorer.study.answer_comparison import VARIANTS, AnswerComparison, AnswerOutcome, ComparedKernel
from explorer.study.cure_search import attempts_on
from explorer.study.release_search import BuiltRelease, FirstSafeRelease, ReleaseSearch

__all__ = ["ComparisonFix", "fixes_of"]


@dataclass(frozen=True, slots=True)
class ComparisonFix:
    """What makes the newer kernel of a comparison safe.

    Attributes:
        changes: the fewest answers to give besides, or instead of, those compared; ``None`` if none are
            known.
        later: the first later release in which the same answers are safe; ``None`` if there is none.
    """

    changes: Mapping[str, str] | None
    later: FirstSafeRelease | None


def fixes_of(
    kernel: ComparedKernel,
    comparisons: Sequence[AnswerComparison],
    settings: Mapping[str, str],
    *,
    is_patched: bool,
) -> tuple[ComparisonFix | None, ...]:
    """For each comparison: what makes the newer kernel safe; ``None`` where it is not unsafe.

    Args:
        kernel: the newer kernel.
        comparisons: what answers give in both kernels.
        settings: values that hold in both.
        is_patched: the newer kernel is the older one with a patch.
    """
    releases = None if is_patched else ReleaseSearch(kernel.results)
    candidates = _candidates(kernel, comparisons)
    return tuple(_fix(kernel, comparison.after, candidates, settings, releases) for comparison in comparisons)


def _fix(
    kernel: ComparedKernel,
    outcome: AnswerOutcome,
    candidates: Sequence[tuple[str, str]],
    settings: Mapping[str, str],
    releases: ReleaseSearch | None,
) -> ComparisonFix | None:
    machines = [index for index, boot in enumerate(outcome.boots) if boot.verdict is Verdict.UNSAFE]
    if not machines:
        return None
    changes = _fewest_answers(kernel, outcome, candidates, settings, machines)
    if releases is None:
        return ComparisonFix(changes, None)
    built = BuiltRelease(kernel.tree.release, outcome.whole, outcome.kernel_config, kernel.tree)
    return ComparisonFix(changes, releases.first_safe_after(built, outcome.answers, *machines))


def _fewest_answers(
    kernel: ComparedKernel,
    outcome: AnswerOutcome,
    candidates: Sequence[tuple[str, str]],
    settings: Mapping[str, str],
    machines: Collection[int],
) -> Mapping[str, str] | None:
    other = [(name, value) for name, value in candidates if outcome.whole.get(name) != value]
    attempts = attempts_on(
        outcome.answers,
        other,
        _likely(kernel),
        outcome.kernel_config,
        partial(kernel.boot_values, settings=settings, also={name for name, _ in candidates}),
    )
    for attempt in attempts:
        if all(kernel.results.is_safe(attempt.kernel_config, index) for index in machines):
            return attempt.changes
    return None


def _candidates(
    kernel: ComparedKernel, comparisons: Sequence[AnswerComparison]
) -> tuple[tuple[str, str], ...]:
    """Every value that a comparison gives the newer kernel for an answered prompt; the likely first."""
    answered = {name for comparison in comparisons for name in comparison.after.answers}
    prompts = {name for name in answered if kernel.tree.has_prompt(name)}
    values = {
        (name, comparison.after.whole[name])
        for comparison in comparisons
        for name in prompts
        if name in comparison.after.whole
    }
    likely = _likely(kernel)
    return tuple(sorted(values, key=lambda answer: (answer[0] not in likely, answer)))


def _likely(kernel: ComparedKernel) -> set[str]:
    return {*kernel.names, *(name for variant in VARIANTS for name in variant)}
