# SPDX-License-Identifier: GPL-2.0-or-later
"""What each kind of finding of ``check`` means; ``docs/findings.md`` has the same texts (a test compares)."""

from collections.abc import Mapping
from dataclasses import dataclass

from explorer.checking.findings import FindingKind

__all__ = ["KIND_NARRATIVES", "KindNarrative"]


@dataclass(frozen=True, slots=True)
class KindNarrative:
    """A kind of finding in words.

    Attributes:
        title: what the finding says, in a few words.
        meaning: what it means for the kernel that is built, in a sentence or two.
    """

    title: str
    meaning: str


KIND_NARRATIVES: Mapping[FindingKind, KindNarrative] = {
    FindingKind.SYNTAX: KindNarrative(
        "A line that sets nothing",
        "Kconfig skips a line that is neither CONFIG_X=value, nor # CONFIG_X is not set, nor a comment.",
    ),
    FindingKind.REASSIGNED: KindNarrative(
        "One file sets a symbol twice",
        "Kconfig takes the last line; the earlier one does nothing.",
    ),
    FindingKind.FRAGMENT_LOST: KindNarrative(
        "A fragment loses against a later one",
        "Two fragments set one symbol to different values, and the one that is merged later wins.",
    ),
    FindingKind.UNKNOWN_SYMBOL: KindNarrative(
        "A symbol that the tree does not define",
        "Kconfig drops the line silently. A note where the line says that the symbol is not set.",
    ),
    FindingKind.WRONG_TYPE: KindNarrative(
        "A value that the symbol's type does not take",
        "Kconfig drops the line with a warning, and the symbol takes its default.",
    ),
    FindingKind.OUT_OF_RANGE: KindNarrative(
        "A number outside its range",
        "Kconfig replaces it silently: by the nearer end since 6.8, by the default before.",
    ),
    FindingKind.UNMET_DEPENDENCY: KindNarrative(
        "A value that the symbol's dependencies do not allow",
        "Kconfig lowers the value silently, mostly to n.",
    ),
    FindingKind.CHOICE_CONFLICT: KindNarrative(
        "Another member of the choice is set",
        "At most one member of a choice is y; Kconfig silently sets the others to n.",
    ),
    FindingKind.OVERRIDDEN: KindNarrative(
        "A value that Kconfig decides itself",
        "A symbol that is set selects this one, or it has no visible prompt and its definition gives "
        "another value. Kconfig silently rewrites the line.",
    ),
    FindingKind.UNMET_SELECT: KindNarrative(
        "A symbol is selected although its dependencies are not met",
        "Kconfig warns and still sets the symbol; the kernel may not build.",
    ),
    FindingKind.NOT_GOT: KindNarrative(
        "A value that a fragment requests is missing",
        "The resulting configuration has another value than the requested fragment.",
    ),
    FindingKind.UNREACHABLE: KindNarrative(
        "A combination that Kconfig cannot produce",
        "No answers to prompts give this combination of the four symbols.",
    ),
    FindingKind.UNSAFE: KindNarrative(
        "The kernel does not survive on a machine",
        "Code that walks over page frames meets a struct page that it cannot survive.",
    ),
    FindingKind.UNKNOWN: KindNarrative(
        "Something that is not known",
        "The configuration sets a symbol whose effect on memory initialisation is not described, a value "
        "depends on a compiler check without an answer, or the kernel is patched (a warning, see below).",
    ),
    FindingKind.MORE: KindNarrative(
        "More findings of one kind than are listed",
        "Only the first thousand findings of a kind are listed for a file.",
    ),
}
