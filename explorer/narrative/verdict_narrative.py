# SPDX-License-Identifier: GPL-2.0-only
"""Verdicts over many memory maps, as sentences."""

from collections.abc import Mapping, Sequence

__all__ = ["VERDICT_WORDS", "kernel_sentence", "memmap_cost_sentence", "study_sentence"]

VERDICT_WORDS: Mapping[str, str] = {
    "safe": "safe",
    "boot": "dies at boot",
    "trigger": "dies on trigger",
    "circumstances": "may die",
    "unknown": "not modelled",
}
"""The words for a verdict; for an unsafe boot, for its hazard."""


def kernel_sentence(
    combinations: int, unsafe_maps: Sequence[int], safe: int, unknown: int, memory_maps: int
) -> str:
    """How many combinations of one kernel are reachable, and how many of these are unsafe.

    Args:
        combinations: all combinations.
        unsafe_maps: for each reachable combination, on how many memory maps it is unsafe.
        safe: reachable combinations that are safe on all memory maps.
        unknown: reachable combinations whose verdict is unknown.
        memory_maps: all memory maps.
    """
    text = f"{len(unsafe_maps)} of {combinations} combinations are reachable"
    unsafe = [maps for maps in unsafe_maps if maps]
    if not unsafe:
        rest = f", {unknown} unknown" if unknown else ""
        verb = "is" if safe == 1 else "are"
        return f"{text}; {safe} {verb} safe on all {memory_maps} memory maps{rest}."
    low, high = min(unsafe), max(unsafe)
    maps = str(low) if low == high else f"{low} to {high}"
    verb = "is" if len(unsafe) == 1 else "are"
    return f"{text}; {len(unsafe)} {verb} unsafe on {maps} of {memory_maps} memory maps."


def study_sentence(unsafe: Mapping[str, bool]) -> str:
    """Which kernels have reachable combinations that are unsafe.

    Args:
        unsafe: for each kernel, whether it has one.
    """
    kernels = f"{len(unsafe)} kernel{'' if len(unsafe) == 1 else 's'}"
    struck = [release for release, is_unsafe in unsafe.items() if is_unsafe]
    if not struck:
        return f"No reachable combination of {kernels} is unsafe on these memory maps."
    verb = "has" if len(struck) == 1 else "have"
    return (
        f"{len(struck)} of {kernels} {verb} reachable combinations that crash when memory is initialised or "
        f"later: Linux {', '.join(struck)}."
    )


def memmap_cost_sentence(writes: str, written: str, by_blocks: str, by_pages: str) -> str:
    """What the contract costs, and what unmapping the memmap of gaps saves, at most.

    Args:
        writes: how many more struct pages the contract initialises.
        written: their size.
        by_blocks: how much memmap can be unmapped in whole blocks; empty for nothing.
        by_pages: how much can be unmapped page by page; empty for nothing.
    """
    text = (
        "On these maps the contract allocates nothing more, and initialises at most "
        f"{writes} more struct pages ({written}) once, at boot. "
    )
    if not by_pages:
        return f"{text}Unmapping the memmap of gaps would save nothing."
    text += f"Unmapping the memmap of gaps instead would save at most {by_pages}"
    if by_blocks == by_pages:
        return f"{text}."
    return f"{text}, of which {by_blocks or 'nothing'} without splitting a block."
