# SPDX-License-Identifier: GPL-2.0-or-later
"""A fingerprint of the rules that claims were proven by: the sources of the simulator and of the proof.

``text_hash`` changes with every byte and takes a millisecond. ``code_hash`` changes only with what the rules
do: it tells whether claims that were made before an edit still hold.
"""

import ast
import hashlib
from collections.abc import Iterable
from functools import cache

from explorer.resources import package_sources

__all__ = ["PROVING", "code_hash", "syntax_of", "text_hash"]

PROVING = (
    *("claims", "conditions", "fatal_forms", "map_forms"),
    *("random_maps", "repairs", "smallest", "terms"),
)
"""The modules of this room that a proof depends on; a test compares them with what ``claims`` imports."""

_RULES = ("boot", "machine/memory_map.py", *(f"proof/{name}.py" for name in PROVING))


@cache
def text_hash() -> str:
    """A hash of the text of the rules."""
    return _hash(path.read_bytes() for path in package_sources(*_RULES))


def code_hash() -> str:
    """A hash of the rules without comments, docstrings and layout; takes half a second."""
    return _hash(syntax_of(path.read_text(encoding="utf-8")).encode() for path in package_sources(*_RULES))


def _hash(parts: Iterable[bytes]) -> str:
    """A hash of texts in order."""
    digests = b"".join(hashlib.sha256(part).digest() for part in parts)
    return hashlib.sha256(digests).hexdigest()[:32]


def syntax_of(text: str) -> str:
    """The syntax tree of a module, without docstrings and positions."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [line for line in body if not _is_docstring(line)]  # type: ignore[attr-defined]
    return ast.dump(tree)


def _is_docstring(line: ast.AST) -> bool:
    return isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant)
