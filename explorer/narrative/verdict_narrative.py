# SPDX-License-Identifier: GPL-2.0-or-later
"""Verdicts over many memory maps, as sentences."""

from collections import Counter
from collections.abc import Mapping, Sequence

from explorer.narrative.plurals import counted
from explorer.proof.map_classes import MapClass

__all__ = [
    "HAZARDS",
    "VERDICT_WORDS",
    "WORST_FIRST",
    "kernel_sentence",
    "memmap_cost_sentence",
    "study_sentence",
    "undecided_after",
]

ANY_MAP = str(MapClass.ALL)

VERDICT_WORDS: Mapping[str, str] = {
    "safe": "safe",
    "boot": "dies at boot",
    "trigger": "dies on trigger",
    "circumstances": "may die",
    "unknown": "not modelled",
}
"""The words for a verdict; for an unsafe boot, for its hazard."""

HAZARDS = ("boot", "trigger", "circumstances")
"""The hazards of unsafe boots, the worst first."""
WORST_FIRST = (*HAZARDS, "unknown", "safe")
"""The hazards and the other verdicts."""


def undecided_after(seconds: float) -> str:
    """That a question was left undecided after some seconds."""
    return f"not decided in {seconds:g} s"


def kernel_sentence(  # noqa: PLR0913, PLR0917 # counts, each by its name
    combinations: int,
    unsafe_maps: Sequence[int],
    safe: int,
    unknown: int,
    memory_maps: int,
    safe_on: Sequence[str | None] = (),
    out_of_time: int = 0,
) -> str:
    """How many combinations of one kernel are reachable, how many of these are unsafe, and what is proven.

    Args:
        combinations: all combinations.
        unsafe_maps: for each reachable combination, on how many memory maps it is unsafe.
        safe: reachable combinations that are safe on all memory maps.
        unknown: reachable combinations whose verdict is unknown.
        memory_maps: all memory maps.
        safe_on: for each reachable combination, the class of memory maps on which it is proven safe; ``None``
            if there is no such class or no proof.
        out_of_time: combinations that were not decided in time.
    """
    text = f"{len(unsafe_maps)} of {combinations} combinations are reachable"
    text += f", {out_of_time} not decided in time" if out_of_time else ""
    classes = Counter(safe_on)
    if classes[ANY_MAP] == len(unsafe_maps) > 0 and not any(unsafe_maps):
        return f"{text}; {_are(len(unsafe_maps))} proven safe on every memory map."
    return f"{text}; {_on_listed(unsafe_maps, safe, unknown, memory_maps)}.{_proven(classes)}"


def _on_listed(unsafe_maps: Sequence[int], safe: int, unknown: int, memory_maps: int) -> str:
    """How many combinations are unsafe on the listed memory maps; if none is, how many are safe."""
    listed = f"the {memory_maps} listed memory maps" if memory_maps > 1 else "the listed memory map"
    unsafe = [maps for maps in unsafe_maps if maps]
    if not unsafe:
        rest = f", {unknown} unknown" if unknown else ""
        return f"{_are(safe)} safe on {listed}{rest}"
    low, high = min(unsafe), max(unsafe)
    maps = str(low) if low == high else f"{low} to {high}"
    return f"{_are(len(unsafe))} unsafe on {f'{maps} of ' if memory_maps > 1 else ''}{listed}"


def _proven(classes: Counter[str | None]) -> str:
    """On which classes of memory maps combinations are proven safe."""
    words = [
        f"{_are(count)} safe on {'every memory map' if name == ANY_MAP else name}"
        for name, count in classes.items()
        if name
    ]
    return f" Proven: {', '.join(words)}." if words else ""


def _are(count: int) -> str:
    return f"{count} {'is' if count == 1 else 'are'}"


def study_sentence(
    unsafe: Mapping[str, bool], proven: Sequence[str], memory_maps: int, out_of_time: int = 0
) -> str:
    """Which kernels have reachable combinations that are unsafe, and which are proven safe.

    Args:
        unsafe: for each kernel, whether it has one.
        proven: the kernels of which every reachable combination is proven safe on every memory map.
        memory_maps: the number of listed memory maps.
        out_of_time: combinations that were not decided in time.
    """
    if out_of_time:
        left = f"{counted(out_of_time, 'combination')} not decided in time, so more may be unsafe."
        return f"{study_sentence(unsafe, proven, memory_maps)} Unknown: {left}"
    kernels = counted(len(unsafe), "kernel")
    struck = [release for release, is_unsafe in unsafe.items() if is_unsafe]
    if len(proven) == len(unsafe):
        return f"Every reachable combination of {kernels} is proven safe on every memory map."
    rest = f" Proven safe on every memory map: all of Linux {', '.join(proven)}." if proven else ""
    if not struck:
        listed = f"the {memory_maps} listed memory maps" if memory_maps > 1 else "the listed memory map"
        return f"No reachable combination of {kernels} is unsafe on {listed}.{rest}"
    verb = "has" if len(struck) == 1 else "have"
    return (
        f"{len(struck)} of {kernels} {verb} reachable combinations that crash when memory is initialised or "
        f"later: Linux {', '.join(struck)}.{rest}"
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
