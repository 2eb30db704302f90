# SPDX-License-Identifier: GPL-2.0-only
"""From guards to lines: the statements of Kconfig behind a reason, told as a chain from the wish to its root.

A condition may be written at the symbol, at an ``if`` or ``menu`` around it, or around the ``source`` that
brings its file in; kconfiglib folds all of them together. Here the place is found again: the line that holds
the condition as it was written.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from explorer.configuration.encoding.encoder import Guard, GuardKind
from explorer.configuration.tree.tree import Statement, Tree

__all__ = ["ConflictStatement", "conflict_statements"]

_NAME = re.compile(r"[A-Za-z0-9_]+")
_PROMPT = re.compile(r"""^(prompt|bool|tristate|int|hex|string)\s*(?:"[^"]*"|'[^']*')""")
_GIVES = ("def_bool", "def_tristate", "default")
_CONDITIONS = ("depends", "if", "visible", "prompt", "bool", "tristate", "int", "hex", "string", *_GIVES)


@dataclass(frozen=True, slots=True)
class ConflictStatement:
    """One thing that stands in the way.

    Attributes:
        symbol: the symbol whose definition says it.
        says: what it says.
        about: the condition, or the symbol that selects; else empty.
        lines: where it is written.
    """

    symbol: str
    says: GuardKind
    about: str
    lines: tuple[Statement, ...]


def conflict_statements(
    tree: Tree, guards: Iterable[Guard], wish: Mapping[str, str]
) -> tuple[ConflictStatement, ...]:
    """Guards with their lines, in the order in which they lead away from the wish.

    A symbol whose conditions are among the guards needs no word about nothing else making it larger, and its
    ``config`` line goes with the first of them.
    """
    taken = tuple(guards)
    involved = {guard.symbol for guard in taken}
    found = [
        ConflictStatement(
            guard.symbol, guard.says, guard.about, tuple(dict.fromkeys(_lines(tree, guard, involved)))
        )
        for guard in taken
    ]
    conditioned = {reason.symbol for reason in found if reason.says is GuardKind.DEPENDS}
    general = {GuardKind.ONLY, GuardKind.NUMBER}
    told = [reason for reason in found if reason.says not in general or reason.symbol not in conditioned]
    return tuple(_chain(told, wish))


def _chain(found: Sequence[ConflictStatement], wish: Mapping[str, str]) -> Iterator[ConflictStatement]:
    """Breadth first from the symbols wished for."""
    left, names = list(found), list(wish)
    while left:
        name = names.pop(0) if names else left[0].symbol
        here = [reason for reason in left if reason.symbol == name]
        left = [reason for reason in left if reason.symbol != name]
        yield from here
        for reason in here:
            text = " ".join((reason.about, *(line.text for line in reason.lines)))
            names += [word for word in _NAME.findall(text) if word not in names]


def _lines(tree: Tree, guard: Guard, involved: Collection[str]) -> Iterator[Statement]:
    """The lines that say what a guard stands for; where selects could help, those of the symbols involved."""
    if guard.says is GuardKind.SELECT:
        yield from _select_lines(tree, guard.about, guard.symbol)
        return
    for node in tree.kconfig.syms[guard.symbol].nodes:
        own = list(tree.node_statements(node, guard.symbol))
        yield own[0]
        if guard.says is GuardKind.DEPENDS:
            yield from _condition_lines([*own[1:], *tree.enclosing(node, guard.symbol)], guard.about)
        elif guard.says is GuardKind.CHOICE:
            around = tree.enclosing(node, guard.symbol, kind="choice")
            yield from (line for line in around if _word(line) in {"choice", "prompt"})
        else:
            wanted = (*_GIVES, "range") if guard.says is GuardKind.NUMBER else _GIVES
            yield from (line for line in own if _word(line) in wanted)
    for name in sorted(involved) if guard.says is GuardKind.ONLY else ():
        yield from _select_lines(tree, name, guard.symbol)


def _select_lines(tree: Tree, name: str, target: str) -> Iterator[Statement]:
    """The lines by which one symbol selects another."""
    aims = re.compile(rf"select\s+{re.escape(target)}\b")
    yield from (line for line in tree.statements(name) if aims.match(line.text))


def _condition_lines(lines: Sequence[Statement], condition: str) -> Iterator[Statement]:
    """The lines in which a condition is written, else those that name its symbols."""
    candidates = [line for line in lines if _word(line) in _CONDITIONS or line.text.startswith("if")]
    wanted = _plain(condition)
    exact = [line for line in candidates if wanted in _plain(_PROMPT.sub(r"\1", line.text))]
    if exact:
        yield from exact
        return
    if condition.startswith("<choice"):
        yield from (line for line in lines if _word(line) == "choice")
        return
    names = set(_NAME.findall(condition))
    yield from (line for line in candidates if names & set(_NAME.findall(line.text)))


def _plain(text: str) -> str:
    return re.sub(r"[\s\"']", "", text)


def _word(line: Statement) -> str:
    return line.text.split(maxsplit=1)[0]
