# SPDX-License-Identifier: GPL-2.0-or-later
"""The answer for one kernel: is it safe on the listed maps, with which values is it not, what fixes it."""

from collections.abc import Mapping
from typing import Any

from explorer.narrative.cure_narrative import cure_words
from explorer.narrative.verdict_narrative import VERDICT_WORDS

__all__ = ["answer_sentences"]


def answer_sentences(answer: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """The sentences about the kernel as Kconfig gives it, and those about its other variants.

    Args:
        answer: an answer of a document, such as one with the sentence ``unsafe with NUMA=n (may die). Fix:
            NUMA=y, or commit f52bb98f5ade (in 4.18.7).``
    """
    causes = [f"unsafe with {_cause(cause)}" for cause in answer["causes"]]
    return causes or [_without_cause(answer)], [_cause(cause) for cause in answer["elsewhere"]]


def _without_cause(answer: Mapping[str, Any]) -> str:
    if not answer["rows"]:
        return "unknown: no combination is reachable for certain."
    if answer["verdict"] == "unknown":
        return "unknown: the configuration needs something that is not modelled."
    if answer["is_proven"]:
        return "safe on every memory map, proven."
    count = answer["memory_maps"]
    return f"safe on the {f'{count} listed memory maps' if count > 1 else 'listed memory map'}."


def _cause(cause: Mapping[str, Any]) -> str:
    fix = cure_words(cause["cure"], [cause["later"]])
    when = VERDICT_WORDS[cause["hazard"]]
    if cause["worst_hazard"] != cause["hazard"]:
        when += f"; in other variants: {VERDICT_WORDS[cause['worst_hazard']]}"
    return f"{cause['words']} ({when}). Fix: {fix}."
