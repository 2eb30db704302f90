# SPDX-License-Identifier: GPL-2.0-or-later
"""What each kind of finding of ``check`` means; ``docs/findings.md`` has the same texts (a test compares)."""

from collections.abc import Mapping
from dataclasses import dataclass

from explorer.checking.findings import FindingKind

__all__ = ["EXAMPLE_KERNEL", "EXAMPLE_MAP", "KIND_NARRATIVES", "KindNarrative"]

EXAMPLE_KERNEL, EXAMPLE_MAP = "4.17", "nomap-mid"
"""The release and the shipped memory map for which the examples have their findings."""


@dataclass(frozen=True, slots=True)
class KindNarrative:
    """A kind of finding in words.

    Attributes:
        title: what the finding says, in a few words.
        meaning: what it means for the kernel that is built, in a sentence or two.
        example: lines of a ``.config`` that have the finding, or what has it.
        remedy: what to do, in a sentence or two.
        is_written: whether a fix of this kind is written into the file where it leaves no choice.
    """

    title: str
    meaning: str
    example: str
    remedy: str
    is_written: bool


KIND_NARRATIVES: Mapping[FindingKind, KindNarrative] = {
    FindingKind.SYNTAX: KindNarrative(
        "A line that sets nothing",
        "Kconfig skips a line that is neither CONFIG_X=value, nor # CONFIG_X is not set, nor a comment.",
        "NUMA = y",
        "Write CONFIG_X=value from the first column, or begin the line with #.",
        is_written=True,
    ),
    FindingKind.REASSIGNED: KindNarrative(
        "One file sets a symbol twice",
        "Kconfig takes the last line; the earlier one does nothing.",
        "CONFIG_NUMA=y\n# CONFIG_NUMA is not set",
        "Delete the earlier line, or the later one if the earlier value is meant.",
        is_written=True,
    ),
    FindingKind.FRAGMENT_LOST: KindNarrative(
        "A fragment loses against a later one",
        "Two fragments set one symbol to different values, and the one that is merged later wins.",
        "CONFIG_NUMA=y in one fragment, # CONFIG_NUMA is not set in a later one",
        "Merge the fragment last, or let one of the two files set the symbol.",
        is_written=False,
    ),
    FindingKind.UNKNOWN_SYMBOL: KindNarrative(
        "A symbol that the tree does not define",
        "Kconfig drops the line silently. A note where the line says that the symbol is not set.",
        "CONFIG_NUMAA=y",
        "Correct the name, or delete the line. Without the tree of the kernel such symbols are only counted.",
        is_written=True,
    ),
    FindingKind.WRONG_TYPE: KindNarrative(
        "A value that the symbol's type does not take",
        "Kconfig drops the line with a warning, and the symbol takes its default.",
        "CONFIG_NUMA=maybe",
        "Write a value of the type: y or n, y, m or n, a number, a text in double quotes.",
        is_written=True,
    ),
    FindingKind.OUT_OF_RANGE: KindNarrative(
        "A number outside its range",
        "Kconfig replaces it silently: by the nearer end since 6.8, by the default before.",
        "CONFIG_NUMA=y\nCONFIG_NODES_SHIFT=44",
        "Write a number within the range.",
        is_written=True,
    ),
    FindingKind.UNMET_DEPENDENCY: KindNarrative(
        "A value that the symbol's dependencies do not allow",
        "Kconfig lowers the value silently, mostly to n.",
        "# CONFIG_DEBUG_KERNEL is not set\nCONFIG_DEBUG_VM=y",
        "Set what the symbol depends on; the finding names few answers that do.",
        is_written=True,
    ),
    FindingKind.CHOICE_CONFLICT: KindNarrative(
        "Another member of the choice is set",
        "At most one member of a choice is y; Kconfig silently sets the others to n.",
        "CONFIG_ARM64_4K_PAGES=y\nCONFIG_ARM64_64K_PAGES=y",
        "Keep the line of one member, and delete those of the others.",
        is_written=False,
    ),
    FindingKind.OVERRIDDEN: KindNarrative(
        "A value that Kconfig decides itself",
        "A symbol that is set selects this one, or it has no visible prompt and its definition "
        "gives another value. Kconfig silently rewrites the line.",
        "# CONFIG_ARCH_SPARSEMEM_ENABLE is not set",
        "Change the symbols that decide, or write the value that Kconfig computes.",
        is_written=True,
    ),
    FindingKind.UNMET_SELECT: KindNarrative(
        "A symbol is selected although its dependencies are not met",
        "Kconfig warns and still sets the symbol; the kernel may not build.",
        "CONFIG_A=y, where A selects B, and B depends on C, which is n",
        "Set what the selected symbol depends on, or unset the symbol that selects it.",
        is_written=False,
    ),
    FindingKind.NOT_GOT: KindNarrative(
        "A value that a fragment requests is missing",
        "The resulting configuration has another value than the requested fragment.",
        "CONFIG_NUMA=y in the fragment, # CONFIG_NUMA is not set in the result",
        "Merge the fragment last, or set what its symbol depends on.",
        is_written=True,
    ),
    FindingKind.UNREACHABLE: KindNarrative(
        "A combination that Kconfig cannot produce",
        "No answers to prompts give this combination of the four symbols.",
        "# CONFIG_NUMA is not set\nCONFIG_HOLES_IN_ZONE=y",
        "Write the values that Kconfig computes. A kernel with other commits may have the "
        "combination: give its tree.",
        is_written=True,
    ),
    FindingKind.UNSAFE: KindNarrative(
        "The kernel does not survive on a memory map",
        "Code that walks over page frames meets a struct page that it cannot survive.",
        "CONFIG_DEBUG_KERNEL=y\nCONFIG_DEBUG_VM=y\n# CONFIG_NUMA is not set",
        "Give the answers that the finding names, or apply the commits that it names to the kernel.",
        is_written=True,
    ),
    FindingKind.UNKNOWN: KindNarrative(
        "Something that is not known",
        "The configuration sets a symbol whose effect on memory initialisation is not described, a "
        "value depends on a compiler check without an answer, or the kernel is patched (a warning).",
        "CONFIG_QGKI=y\n# CONFIG_ARCH_SPARSEMEM_ENABLE is not set",
        "Give the tree of the kernel, name the nearest described release, or let the compiler be asked.",
        is_written=False,
    ),
    FindingKind.MORE: KindNarrative(
        "More findings of one kind than are listed",
        "Only the first thousand findings of a kind are listed for a file.",
        "more than a thousand lines that set nothing",
        "Fix the findings that are listed, and check again.",
        is_written=False,
    ),
}
