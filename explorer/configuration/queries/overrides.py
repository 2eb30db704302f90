# SPDX-License-Identifier: GPL-2.0-only
"""Why Kconfig gives a symbol another value than a file asked for, as the statements that decide.

There are six reasons:

* **unmet**: a prompt is hidden or capped, because a dependency does not hold;
* **hidden**: all that the symbol depends on holds and only the condition of its prompt does not, so that
  its default decides;
* **forced**: something that is set selects the symbol;
* **derived**: nobody can be asked for it, and its defaults give another value;
* **chosen**: it is a member of a choice, and another member has it;
* **range**: a number is beyond the end of its range.

Which statements decide is told by ``causes``.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import kconfiglib

from explorer.configuration.queries import provenance
from explorer.configuration.queries.provenance import Cause
from explorer.configuration.tree.evaluation import Evaluation
from explorer.configuration.tree.tree import Tree

__all__ = [
    "Cause",
    "Override",
    "OverrideReason",
    "equal_values",
    "keeps",
    "outside_every_range",
    "override_of",
    "unmet_selects",
]

_MOST_CAUSES = 12
_LOGICAL = frozenset({kconfiglib.BOOL, kconfiglib.TRISTATE})


class OverrideReason(StrEnum):
    """Why a value changes."""

    UNMET = "unmet"
    HIDDEN = "hidden"
    FORCED = "forced"
    DERIVED = "derived"
    CHOSEN = "chosen"
    RANGE = "range"


@dataclass(frozen=True, slots=True)
class Override:
    """A value that Kconfig does not keep.

    Attributes:
        symbol: its name.
        asked: the value that was asked for.
        becomes: the value that Kconfig computes; empty where it writes none, and the line is dropped.
        reason: which of the six.
        causes: the statements that decide, nearest first.
        limit: for a number, its range in words; for a choice, the member that is set; else empty.
    """

    symbol: str
    asked: str
    becomes: str
    reason: OverrideReason
    causes: tuple[Cause, ...]
    limit: str = ""


def _evaluation(source: "Evaluation | Tree") -> Evaluation:
    """Temporary: callers that still give a tree mean the answers that it was given last."""
    return source._last if isinstance(source, Tree) else source  # noqa: SLF001 # temporary


def override_of(evaluation: "Evaluation | Tree", name: str, asked: str) -> Override | None:
    """The change of a value in an evaluation; ``None`` where Kconfig keeps it.

    Args:
        evaluation: the values.
        name: a symbol that it defines.
        asked: the value that a file gives it.
    """
    evaluation = _evaluation(evaluation)
    symbol = evaluation.symbol(name)
    becomes = evaluation.written(name)
    if symbol.orig_type in _LOGICAL:
        asked = asked[:1]  # all that conf reads of it
    if _same(symbol, asked, becomes):
        return None
    if symbol.orig_type in _LOGICAL:
        reason, found, limit = _logical(evaluation, symbol, asked, becomes)
    else:
        reason, found, limit = _other(evaluation, symbol, asked)
    return Override(name, asked, becomes, reason, _few(found), limit)


def _few(found: Iterable[Cause]) -> tuple[Cause, ...]:
    """So many causes, each line once."""
    once = {(cause.statement.file, cause.statement.line): cause for cause in reversed(list(found))}
    return tuple(reversed(once.values()))[:_MOST_CAUSES]


def keeps(evaluation: "Evaluation | Tree", name: str, asked: str) -> bool:
    """Whether Kconfig keeps a value that was asked for, in an evaluation."""
    evaluation = _evaluation(evaluation)
    return equal_values(evaluation.tree, name, asked, evaluation.written(name))


def equal_values(tree: Tree, name: str, asked: str, becomes: str) -> bool:
    """Whether two values of a symbol are one to Kconfig."""
    if not tree.defines(name):
        return asked == becomes
    symbol = tree.engine.kconfig.syms[name]
    return _same(symbol, asked[:1] if symbol.orig_type in _LOGICAL else asked, becomes)


def outside_every_range(evaluation: "Evaluation | Tree", name: str, asked: str) -> tuple[str, str] | None:
    """The ranges of a number in words and its nearest end, where no range holds the value.

    Whether a range is in force is left aside: a value outside all of them is wrong in any configuration.
    """
    evaluation = _evaluation(evaluation)
    symbol = evaluation.symbol(name)
    base = {kconfiglib.INT: 10, kconfiglib.HEX: 16}.get(symbol.orig_type)
    ends = [(evaluation.text(low), evaluation.text(high)) for low, high, _ in symbol.ranges]
    try:
        number = int(asked, base or 10)
        numbers = [(int(low, base or 10), int(high, base or 10)) for low, high in ends]
    except ValueError:  # not set, or an end that is a symbol without a value
        return None
    if not base or not ends or any(low <= number <= high for low, high in numbers):
        return None
    spelled = [
        (value, text)
        for pair, texts in zip(numbers, ends, strict=True)
        for value, text in zip(pair, texts, strict=True)
    ]
    nearest = min(spelled, key=lambda end: abs(end[0] - number))[1]
    return " or ".join(f"{low} to {high}" for low, high in dict.fromkeys(ends)), nearest


def _same(symbol: Any, asked: str, becomes: str) -> bool:
    """Whether two values are one: hexadecimal has several spellings."""
    if asked == becomes:
        return True
    if symbol.orig_type is kconfiglib.HEX:
        try:
            return int(asked, 16) == int(becomes, 16)
        except ValueError:
            return False
    return False


def _logical(
    evaluation: Evaluation, symbol: Any, asked: str, becomes: str
) -> tuple[OverrideReason, list[Cause], str]:
    """A bool or tristate."""
    level, got = kconfiglib.STR_TO_TRI[asked], kconfiglib.STR_TO_TRI[becomes]
    if got > level and evaluation.level(symbol.rev_dep) > level:
        return OverrideReason.FORCED, list(provenance.selects(evaluation, symbol, level)), ""
    as_bool = symbol.orig_type is kconfiglib.TRISTATE and symbol.type is kconfiglib.BOOL
    promoted = provenance.modules(evaluation) if level == 1 and as_bool else []
    if not any(node.prompt for node in symbol.nodes):
        return OverrideReason.DERIVED, [*promoted, *_derivation(evaluation, symbol, level, got)], ""
    if symbol.choice and evaluation.level(symbol.choice):
        member = evaluation.selection(symbol.choice)
        if member is not None and evaluation.visibility(symbol) >= level:
            return OverrideReason.CHOSEN, _choice(evaluation, symbol, member), member.name
    if promoted and got > level:
        return OverrideReason.UNMET, promoted, ""
    reason = OverrideReason.HIDDEN if provenance.hidden(evaluation, symbol) else OverrideReason.UNMET
    found = list(provenance.unmet(evaluation, symbol, max(level, 1)))
    return reason, found if got < level else [*found, *_derivation(evaluation, symbol, level, got)], ""


def _derivation(evaluation: Evaluation, symbol: Any, level: int, got: int) -> Iterator[Cause]:
    """What gives a symbol a value where nobody is asked, or keeps it from one."""
    if got > level:
        implied = list(provenance.imposed(evaluation, symbol, level))
        yield from implied or provenance.defaults(evaluation, symbol, 0)
        return
    found = list(provenance.defaults(evaluation, symbol, level))
    if not any(cause.because for cause in found):  # nothing but constants: a select could have done it
        yield from found or provenance.lines(evaluation, symbol, "config", "menuconfig")
        found = list(provenance.unselected(evaluation, symbol, level))
    yield from found


def _other(evaluation: Evaluation, symbol: Any, asked: str) -> tuple[OverrideReason, list[Cause], str]:
    """A string or a number."""
    ends = next(((low, high) for low, high, condition in symbol.ranges if evaluation.level(condition)), None)
    if ends and evaluation.visibility(symbol) and evaluation.is_outside_range(symbol, asked):
        words = f"{evaluation.text(ends[0])} to {evaluation.text(ends[1])}"
        return OverrideReason.RANGE, provenance.lines(evaluation, symbol, "range"), words
    given = list(provenance.defaults(evaluation, symbol, 0))
    if not any(node.prompt for node in symbol.nodes):
        return OverrideReason.DERIVED, given or provenance.lines(evaluation, symbol, "config", "range"), ""
    reason = OverrideReason.HIDDEN if provenance.hidden(evaluation, symbol) else OverrideReason.UNMET
    found = list(provenance.unmet(evaluation, symbol, 1))
    return reason, [*found, *given] if reason is OverrideReason.HIDDEN else found, ""


def _choice(evaluation: Evaluation, symbol: Any, member: Any) -> list[Cause]:
    """The choice, and the member that has it."""
    head = symbol.choice.nodes[0]
    first = next(iter(evaluation.tree.node_statements(head, symbol.name)))
    return [Cause(first, f"one member at most: {member.name}={evaluation.text(member)}")]


def unmet_selects(evaluation: "Evaluation | Tree") -> Iterator[tuple[str, tuple[Cause, ...]]]:
    """The symbols that are selected although their own dependencies are not met, with the lines of both.

    Yields:
        Name and causes, of those that ``conf`` warns about ("unmet direct dependencies detected").
    """
    evaluation = _evaluation(evaluation)
    for symbol in evaluation.symbols():
        if symbol.rev_dep is symbol.kconfig.n:
            continue
        selected = _promoted(symbol, evaluation.level(symbol.rev_dep))
        if selected and _promoted(symbol, evaluation.level(symbol.direct_dep)) < selected:
            met = evaluation.level(symbol.direct_dep)
            failing = provenance.failing(evaluation, symbol, selected)
            yield symbol.name, _few([*provenance.selects(evaluation, symbol, met), *failing])


def _promoted(symbol: Any, value: int) -> int:
    """For a bool m is as good as y (sym_calc_visibility())."""
    return 2 if value and symbol.type is kconfiglib.BOOL else int(value)
