# SPDX-License-Identifier: GPL-2.0-or-later
"""The list of symbols that a boot asks for, against the sources that ask."""

import ast
from pathlib import Path

import explorer.boot
from explorer.boot import SYMBOLS_USED
from explorer.boot.walkers import WALKERS

_SYMBOL = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")


def test_a_boot_asks_for_the_symbols_of_the_list_and_no_others() -> None:
    found = {symbol for walker in WALKERS for symbol in (*walker.symbols, *walker.absent_with)}
    for path in Path(explorer.boot.__file__).parent.rglob("*.py"):
        found |= {name for node in ast.walk(ast.parse(path.read_text())) for name in asked_by(node)}
    assert found - ZONES == set(SYMBOLS_USED)


ZONES = {"DMA", "DMA32"}  # names of zones, in tables and arguments of the same form


def asked_by(node: ast.AST) -> set[str]:
    """The symbol names among a call's arguments, a membership test's left side, and pairs of a table."""
    parts: list[ast.expr] = []
    if isinstance(node, ast.Call):
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        parts = node.args if name in {"has", "get", "_number"} else []
    elif isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.In):
        parts = [node.left]
    elif isinstance(node, ast.Tuple) and len(node.elts) == 2:
        parts = node.elts[:1]
    texts = [part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str)]
    return {text for text in texts if len(text) > 2 and set(text) <= _SYMBOL}
