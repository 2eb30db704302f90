# SPDX-License-Identifier: GPL-2.0-only
"""Where a condition, a default or a select is written: at the symbol, at a block around it, or elsewhere.

kconfiglib folds all conditions into the symbols that they apply to and forgets where they stood. A term of a
dependency is found again by its text; what a definition gives or selects, by its order.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any

import kconfiglib

from explorer.configuration.tree.tree import Statement, Tree

__all__ = ["aiming", "entries", "place"]

_PROMPT = re.compile(r"(?:prompt|bool|tristate|int|hex|string)\s*(?:\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*')")
_CONDITIONAL = re.compile(r"(?:depends\s+on|visible\s+if|if)\b(.*)", re.DOTALL)
_IF = re.compile(r"\bif\b(.*)", re.DOTALL)
_WORD = re.compile(r"[A-Za-z0-9_]+")
_CONSTANTS = {"n", "m", "y"}
_KEYWORDS = {"defaults": ("default", "def_"), "selects": ("select",), "implies": ("imply",)}


def place(tree: Tree, nodes: Iterable[Any], name: str, term: Any) -> Statement | None:
    """The line that brings a term of a dependency in: as it was written, else with the same names."""
    text = kconfiglib.expr_str(term)
    wanted, names = _plain(text), _names(text)
    alike = None
    for node in nodes:
        for line in (*tree.node_statements(node, name), *tree.enclosing(node, name)):
            for part in _conjuncts(_condition(line.text)):
                if _plain(part) == wanted:
                    return line
                if (_names(part) == names) if names else ("$(" in part):
                    alike = alike or line
    return alike


def _condition(text: str) -> str:
    """The dependency in a line; nothing where it is none of the whole symbol."""
    if found := _CONDITIONAL.match(text):
        return found[1]
    prompt = _PROMPT.match(text)
    found = _IF.search(text, prompt.end()) if prompt else None
    return found[1] if found else ""


def _conjuncts(text: str) -> Iterator[str]:
    """The parts of a condition between the ``&&`` that stand in no parentheses."""
    depth, start = 0, 0
    for found in re.finditer(r"[()]|&&", text):
        if found[0] == "&&":
            if not depth:
                yield text[start : found.start()]
                start = found.end()
        else:
            depth += 1 if found[0] == "(" else -1
    if text[start:].strip():
        yield text[start:]


def _plain(text: str) -> str:
    """A condition without what spelling adds to it."""
    return re.sub(r"[\s()\"']", "", text.partition("#")[0])


def _names(text: str) -> frozenset[str]:
    """The symbols of a condition."""
    plain = re.sub(r"\"[^\"]*\"|\$\([^)]*\)", "", text.partition("#")[0])
    return frozenset(_WORD.findall(plain)) - _CONSTANTS


def entries(tree: Tree, node: Any, name: str, kind: str) -> Iterator[tuple[Any, Any, Any, Statement]]:
    """What a definition takes by default, selects or implies, the whole condition, its own, and the line.

    Lines and entries stand in one order; where a macro has made other lines of them, nobody knows which is
    which.

    Args:
        tree: the tree.
        node: the definition.
        name: its symbol.
        kind: ``defaults``, ``selects`` or ``implies``.
    """
    written = [line for line in tree.node_statements(node, name) if line.text.startswith(_KEYWORDS[kind])]
    whole, own = getattr(node, kind), getattr(node, f"orig_{kind}")
    if len(whole) == len(written):
        for (item, condition), (_, mine), line in zip(whole, own, written, strict=True):
            yield item, condition, mine, line


def aiming(tree: Tree, symbol: Any, kind: str, aimed: Any) -> Iterator[tuple[Any, Any, Any, Statement]]:
    """The lines by which other symbols aim at one: who, the whole condition, its own, and the line."""
    terms = kconfiglib.split_expr(aimed, kconfiglib.OR)
    for selector in dict.fromkeys(kconfiglib.split_expr(term, kconfiglib.AND)[0] for term in terms):
        for node in getattr(selector, "nodes", ()):
            for target, condition, own, line in entries(tree, node, selector.name, kind):
                if target is symbol:
                    yield selector, condition, own, line
