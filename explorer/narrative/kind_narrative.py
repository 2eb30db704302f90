# SPDX-License-Identifier: GPL-2.0-only
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
        "A line that is no setting",
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
        "Kconfig drops the line without a word. A note where the line says that the symbol is not set.",
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
        "At most one member of a choice is y; Kconfig silently takes the answer away from the others.",
    ),
    FindingKind.OVERRIDDEN: KindNarrative(
        "A value that Kconfig decides itself",
        "Something that is set selects the symbol, or nobody can be asked for it and its definition gives "
        "another value: the line was edited by hand, and is rewritten silently.",
    ),
    FindingKind.UNMET_SELECT: KindNarrative(
        "A symbol is selected although its dependencies are not met",
        "Kconfig warns and sets it all the same; the kernel may not build.",
    ),
    FindingKind.NOT_GOT: KindNarrative(
        "A fragment asked for a value and did not get it",
        "The resulting configuration has another value than the fragment given with --requested.",
    ),
    FindingKind.UNREACHABLE: KindNarrative(
        "A combination that Kconfig cannot produce",
        "No answers to any prompts give this combination of the four symbols.",
    ),
    FindingKind.UNSAFE: KindNarrative(
        "The kernel does not survive on a machine",
        "Code that walks over page frames meets a struct page that it cannot survive.",
    ),
    FindingKind.UNKNOWN: KindNarrative(
        "Something that is not modelled",
        "The configuration asks for something whose memory initialisation nobody here has described.",
    ),
    FindingKind.MORE: KindNarrative(
        "More findings of one kind than are listed",
        "Only the first thousand findings of a kind are listed for a file.",
    ),
}
