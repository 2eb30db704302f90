# SPDX-License-Identifier: GPL-2.0-or-later
"""The answer for one kernel: is it safe on the listed maps, with which values is it not, what fixes it."""

from collections.abc import Mapping
from typing import Any

from explorer.narrative.cure_narrative import cure_words
from explorer.narrative.verdict_narrative import VERDICT_WORDS, undecided_after

__all__ = [
    "cause_fix",
    "cause_hazards",
    "cause_place",
    "sentence_without_cause",
]


def sentence_without_cause(answer: Mapping[str, Any]) -> str:
    """The sentence about a kernel that is not unsafe as Kconfig, or the ``.config``, gives it."""
    if answer["out_of_time"] is not None:
        return f"unknown: what Kconfig can produce is {undecided_after(answer['out_of_time'])}."
    if not answer["rows"]:
        return "unknown: no combination is reachable for certain."
    if answer["verdict"] == "unknown":
        return "unknown: the configuration needs something that is not modelled."
    safe = "safe with the .config" if answer["given"] else "safe"
    if answer["is_proven"]:
        return f"{safe} on every memory map, proven."
    count = answer["memory_maps"]
    return f"{safe} on the {f'{count} listed memory maps' if count > 1 else 'listed memory map'}."


def cause_place(cause: Mapping[str, Any]) -> str:
    """In which configurations a kernel is unsafe, such as ``with NUMA=n`` or ``in every configuration``."""
    return f"{'in' if cause['when'] == [[]] else 'with'} {cause['words']}"


def cause_hazards(cause: Mapping[str, Any]) -> str:
    """The hazards of a cause, such as ``may die; in other variants: dies at boot``."""
    words = VERDICT_WORDS[cause["hazard"]]
    if cause["worst_hazard"] != cause["hazard"]:
        words += f"; in other variants: {VERDICT_WORDS[cause['worst_hazard']]}"
    return words


def cause_fix(cause: Mapping[str, Any]) -> str:
    """The fixes of a cause as alternatives."""
    return cure_words(cause["cure"], [cause["later"]])
