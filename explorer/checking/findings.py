# SPDX-License-Identifier: GPL-2.0-only
"""What ``check`` can find: the kinds, each with its id and how grave it is, and one finding.

Ids are stable: baselines, hooks and dashboards go by them. ``docs/findings.md`` lists the same kinds for
people, and a test holds the two together.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from explorer.configuration.queries.overrides import Cause

__all__ = ["FINDING_KINDS", "Finding", "FindingKind", "Severity", "SuggestedFix"]


class Severity(StrEnum):
    """How grave a finding is, gravest first."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"

    @property
    def rank(self) -> int:
        """Its place in the order of gravity: 0 is the gravest."""
        return list(Severity).index(self)


@dataclass(frozen=True, slots=True)
class FindingKind:
    """A kind of finding.

    Attributes:
        id: its stable name.
        severity: how grave it is, unless the finding itself says otherwise.
        title: what it says, in a few words.
        meaning: what it means for the kernel that is built, in a sentence or two.
    """

    id: str
    severity: Severity
    title: str
    meaning: str


_LIST = (
    FindingKind(
        "syntax",
        Severity.ERROR,
        "A line that is no setting",
        "Kconfig skips a line that is neither CONFIG_X=value, nor # CONFIG_X is not set, nor a comment.",
    ),
    FindingKind(
        "reassigned",
        Severity.WARNING,
        "One file sets a symbol twice",
        "Kconfig takes the last line; the earlier one does nothing.",
    ),
    FindingKind(
        "fragment-lost",
        Severity.WARNING,
        "A fragment loses against a later one",
        "Two fragments set one symbol to different values, and the one that is merged later wins.",
    ),
    FindingKind(
        "unknown-symbol",
        Severity.WARNING,
        "A symbol that the tree does not define",
        "Kconfig drops the line without a word. A note where the line says that the symbol is not set.",
    ),
    FindingKind(
        "wrong-type",
        Severity.ERROR,
        "A value that the symbol's type does not take",
        "Kconfig drops the line with a warning, and the symbol takes its default.",
    ),
    FindingKind(
        "out-of-range",
        Severity.ERROR,
        "A number outside its range",
        "Kconfig replaces it silently: by the nearer end since 6.8, by the default before.",
    ),
    FindingKind(
        "unmet-dependency",
        Severity.ERROR,
        "A value that the symbol's dependencies do not allow",
        "Kconfig lowers the value silently, mostly to n.",
    ),
    FindingKind(
        "choice-conflict",
        Severity.ERROR,
        "Another member of the choice is set",
        "At most one member of a choice is y; Kconfig silently takes the answer away from the others.",
    ),
    FindingKind(
        "overridden",
        Severity.ERROR,
        "A value that Kconfig decides itself",
        "Something that is set selects the symbol, or nobody can be asked for it and its definition gives "
        "another value: the line was edited by hand, and is rewritten silently.",
    ),
    FindingKind(
        "unmet-select",
        Severity.WARNING,
        "A symbol is selected although its dependencies are not met",
        "Kconfig warns and sets it all the same; the kernel may not build.",
    ),
    FindingKind(
        "not-got",
        Severity.ERROR,
        "A fragment asked for a value and did not get it",
        "The resulting configuration has another value than the fragment given with --requested.",
    ),
    FindingKind(
        "unreachable",
        Severity.ERROR,
        "A combination that Kconfig cannot produce",
        "No answers to any prompts give this combination of the four symbols.",
    ),
    FindingKind(
        "unsafe",
        Severity.ERROR,
        "The kernel does not survive on a machine",
        "Code that walks over page frames meets a struct page that it cannot survive.",
    ),
    FindingKind(
        "unknown",
        Severity.ERROR,
        "Something that is not modelled",
        "The configuration asks for something whose memory initialisation nobody here has described.",
    ),
    FindingKind(
        "more",
        Severity.NOTE,
        "More findings of one kind than are listed",
        "Only the first thousand findings of a kind are listed for a file.",
    ),
)
FINDING_KINDS: Mapping[str, FindingKind] = {kind.id: kind for kind in _LIST}
"""Id to kind, in the order in which findings are listed."""


@dataclass(frozen=True, slots=True)
class SuggestedFix:
    """The smallest change that mends a finding.

    Attributes:
        words: what to do, as an imperative.
        fragment: lines of a ``.config`` that do it; empty where none can.
    """

    words: str
    fragment: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong with a ``.config``.

    Attributes:
        id: which kind: a key of ``KINDS``.
        message: one sentence without a full stop.
        symbol: the symbol it is about; may be empty.
        file: the file that the line is in.
        line: its number from 1; 0 where there is none.
        severity: how grave it is.
        asked: the value that the file gives; empty where it gives none.
        becomes: the value that Kconfig makes of it; empty where it does not come to that.
        causes: the statements of Kconfig behind it, nearest first.
        chain: for a kernel that does not survive, the steps from memblock to the fault.
        follows_from: the symbols whose own findings, once mended, mend this one, too; of a line of the base
            that fragments move, what in the fragments does it.
        fix: the smallest change that mends it; ``None`` where none is known.
        memory_map: the machine it is about; empty where it is about none.
    """

    id: str
    message: str
    symbol: str = ""
    file: str = ""
    line: int = 0
    severity: Severity = Severity.ERROR
    asked: str = ""
    becomes: str = ""
    causes: tuple[Cause, ...] = ()
    chain: tuple[str, ...] = ()
    follows_from: tuple[str, ...] = ()
    fix: SuggestedFix | None = None
    memory_map: str = ""
