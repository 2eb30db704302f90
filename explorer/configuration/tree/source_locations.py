# SPDX-License-Identifier: GPL-2.0-or-later
"""Finds the lines of conditions, defaults and selects: at the symbol or at a block around it.

kconfiglib folds all conditions into the symbols that they apply to and does not keep their places. A term of
a dependency is found by its text. Defaults, selects and implies are found by their order.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import kconfiglib

from explorer.configuration.tree.tree import Statement, Tree

__all__ = ["line_of_term", "lines_of_condition", "properties_of", "reverse_dependencies"]

_PROMPT = re.compile(r"(?:prompt|bool|tristate|int|hex|string)\s*(?:\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*')")
_CONDITIONAL = re.compile(r"(?:depends\s+on|visible\s+if|if)\b(.*)", re.DOTALL)
_IF = re.compile(r"\bif\b(.*)", re.DOTALL)
_WORD = re.compile(r"[A-Za-z0-9_]+")
_CONSTANTS = {"n", "m", "y"}
_KEYWORDS = {"defaults": ("default", "def_"), "selects": ("select",), "implies": ("imply",)}


def line_of_term(tree: Tree, nodes: Iterable[Any], name: str, term: Any) -> Statement | None:
    """The line that adds a term to a dependency: with equal text, else with the same names; else ``None``."""
    text = kconfiglib.expr_str(term)
    plain, names = _plain(text), _names(text)
    similar = None
    for node in nodes:
        for line in (*tree.node_statements(node, name), *tree.enclosing(node, name)):
            for part in _conjuncts(_condition(line.text)):
                if _plain(part) == plain:
                    return line
                if (_names(part) == names) if names else ("$(" in part):
                    similar = similar or line
    return similar


def lines_of_condition(lines: Sequence[Statement], condition: str) -> Sequence[Statement]:
    """The lines that add a condition: with equal text, else that contain it, else with the same names.

    Args:
        lines: the lines of a definition and around it.
        condition: the condition, as ``Tree.expression_text`` writes it.
    """
    plain, names = _plain(condition), _names(condition)
    parts = [(line, list(_conjuncts(_condition(line.text)))) for line in lines]
    for fits in (
        lambda part: _plain(part) == plain,
        lambda part: plain in _plain(part),
        lambda part: (_names(part) == names) if names else ("$(" in part),
        lambda part: bool(_names(part) & names) or "$(" in part,
    ):
        found = [line for line, conditions in parts if any(map(fits, conditions))]
        if found:
            return found
    return []


def _condition(text: str) -> str:
    """The condition in a line; empty if it does not apply to the whole symbol."""
    if match := _CONDITIONAL.match(text):
        return match[1]
    prompt = _PROMPT.match(text)
    match = _IF.search(text, prompt.end()) if prompt else None
    return match[1] if match else ""


def _conjuncts(text: str) -> Iterator[str]:
    """The parts of a condition between ``&&`` outside parentheses."""
    depth, start = 0, 0
    for match in re.finditer(r"[()]|&&", text):
        if match[0] == "&&":
            if not depth:
                yield text[start : match.start()]
                start = match.end()
        else:
            depth += 1 if match[0] == "(" else -1
    if text[start:].strip():
        yield text[start:]


def _plain(text: str) -> str:
    """A condition without white space, parentheses, quotes and comments."""
    return re.sub(r"[\s()\"']", "", text.partition("#")[0])


def _names(text: str) -> frozenset[str]:
    """The symbols of a condition."""
    plain = re.sub(r"\"[^\"]*\"|\$\([^)]*\)", "", text.partition("#")[0])
    return frozenset(_WORD.findall(plain)) - _CONSTANTS


def properties_of(tree: Tree, node: Any, name: str, kind: str) -> Iterator[tuple[Any, Any, Any, Statement]]:
    """The defaults, selects or implies of a definition: item, full condition, own condition, and line.

    Entries and lines have the same order. If their numbers differ, because a macro made lines, nothing is
    returned.

    Args:
        tree: the tree.
        node: the definition.
        name: its symbol.
        kind: ``defaults``, ``selects`` or ``implies``.
    """
    lines = [line for line in tree.node_statements(node, name) if line.text.startswith(_KEYWORDS[kind])]
    full, own = getattr(node, kind), getattr(node, f"orig_{kind}")
    if len(full) == len(lines):
        for (item, condition), (_, own_condition), line in zip(full, own, lines, strict=True):
            yield item, condition, own_condition, line


def reverse_dependencies(
    tree: Tree, symbol: Any, kind: str, aimed: Any
) -> Iterator[tuple[Any, Any, Any, Statement]]:
    """The selects or implies of a symbol: selector, full condition, own condition, and line."""
    terms = kconfiglib.split_expr(aimed, kconfiglib.OR)
    for selector in dict.fromkeys(kconfiglib.split_expr(term, kconfiglib.AND)[0] for term in terms):
        for node in getattr(selector, "nodes", ()):
            for target, condition, own, line in properties_of(tree, node, selector.name, kind):
                if target is symbol:
                    yield selector, condition, own, line
