# SPDX-License-Identifier: GPL-2.0-or-later
"""JSON documents with one place changed: each node replaced by each kind of value, removed, or repeated."""

import json
from collections.abc import Iterator
from typing import Any

__all__ = ["KINDS", "bent_at", "bent_documents", "places"]

KINDS = (
    *("null", "true", "0", "-1", "18446744073709551616", "9" * 40, "9" * 5000, "1e400", "NaN", "-Infinity"),
    *("0.5", "[]", "{}", "[[]]", '[{"a": 1}]', '{"a": [null]}', "[" * 2000 + "]" * 2000),
    *('""', '"x"', '"zz"', '"5.99999999999999999999"', '"-1"', f'"{"9" * 5000}"', f'"0x{"f" * 5000}"'),
    *(r'"\ud800"', r'"\u0000"', '"\\u001b[31m"', '"\u202e"', f'"{"x" * 70_000}"'),
)
"""Values of JSON, as text: of each type, and those that readers get wrong."""

_MARK = "\N{PILE OF POO}"
_MARKED = f'"{_MARK}"'


def bent_documents(document: Any) -> Iterator[str]:
    """Each document with one node replaced by each of ``KINDS``, and with one member removed or repeated."""
    for path in places(document):
        marked = _marked(document, path)
        for kind in KINDS:
            yield marked.replace(_MARKED, kind)
        if path and isinstance(path[-1], str):
            yield marked.replace(_MARKED, f"1, {json.dumps(path[-1])}: 2")
            yield json.dumps(_without(document, path))


def bent_at(document: Any, path: tuple[str | int, ...], kind: str) -> str:
    """The document with one node replaced by a value, as JSON."""
    return _marked(document, path).replace(_MARKED, kind)


def _marked(document: Any, path: tuple[str | int, ...]) -> str:
    return json.dumps(_with(document, path), ensure_ascii=False)


def places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The path of each node of a document."""
    yield path
    members = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for key, inner in members:
        yield from places(inner, (*path, key))


def _with(value: Any, path: tuple[str | int, ...]) -> Any:
    """A copy with the mark at a path."""
    if not path:
        return _MARK
    copy: Any = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = _with(value[path[0]], path[1:])
    return copy


def _without(value: Any, path: tuple[str | int, ...]) -> Any:
    copy: Any = dict(value) if isinstance(value, dict) else list(value)
    if len(path) > 1:
        copy[path[0]] = _without(value[path[0]], path[1:])
    else:
        del copy[path[0]]
    return copy
