# SPDX-License-Identifier: GPL-2.0-only
"""A document made small for carrying: what occurs twice in it is written once.

``{"packed": "kconfig-explorer/packed/1", "table": [...], "root": ...}``: wherever a container or a long text
occurs again, ``{"$": n}`` stands for entry ``n`` of the table, which may itself refer to earlier entries. No
document holds an object whose one key is ``$`` with a number.
"""

from collections import Counter
from typing import Any

__all__ = ["PACKED", "pack", "unpack"]

PACKED = "kconfig-explorer/packed/1"
_SHORT = 12
_MOST_PARTS = 20_000_000  # the report of all kernels and maps has a hundredth of it


class _Packer:
    """Numbers equal parts alike, then writes each that occurs twice into the table."""

    def __init__(self) -> None:
        self._numbers: dict[object, int] = {}
        self._parts: list[Any] = []
        self._uses = Counter[int]()
        self._places: dict[int, int] = {}
        self.table: list[Any] = []

    def number(self, part: Any) -> int:
        """The number of a part; its children are replaced by theirs."""
        known: object
        if isinstance(part, dict):
            children = {name: self.number(value) for name, value in part.items()}
            part, known = children, ("object", *children.items())
        elif isinstance(part, list):
            part = tuple(self.number(value) for value in part)
            known = ("list", *part)
        else:
            known = (type(part), repr(part))  # -0.0 equals 0.0, and True equals 1
        found = self._numbers.setdefault(known, len(self._parts))
        if found == len(self._parts):
            self._parts.append(part)
            for child in part.values() if isinstance(part, dict) else part if isinstance(part, tuple) else ():
                self._uses[child] += 1
        return found

    def written(self, number: int) -> Any:
        """The part, or a reference to its entry in the table."""
        part = self._parts[number]
        if self._uses[number] < 2 or not _worth(part):
            return self._whole(part)
        if number not in self._places:
            whole = self._whole(part)
            self._places[number] = len(self.table)
            self.table.append(whole)
        return {"$": self._places[number]}

    def _whole(self, part: Any) -> Any:
        if isinstance(part, dict):
            return {name: self.written(child) for name, child in part.items()}
        return [self.written(child) for child in part] if isinstance(part, tuple) else part


def _worth(part: Any) -> bool:
    """Whether a part is longer than a reference to it."""
    return len(part) > _SHORT if isinstance(part, str) else bool(part) and isinstance(part, dict | tuple)


def pack(document: dict[str, Any]) -> dict[str, Any]:
    """The packed form of a document of JSON's types."""
    packer = _Packer()
    root = packer.written(packer.number(document))
    return {"packed": PACKED, "table": packer.table, "root": root}


def unpack(packed: dict[str, Any]) -> Any:
    """The document of a packed form.

    Raises:
        IndexError: it refers to an entry that does not come before.
        TypeError: it is not a packed form.
        ValueError: it stands for more than 20,000,000 parts, as few bytes of references can.
    """
    table: list[tuple[Any, int]] = []

    def whole(part: Any) -> tuple[Any, int]:
        """A part, and how many parts it is when each reference is followed."""
        if isinstance(part, list):
            children = [whole(child) for child in part]
            found: Any = [child for child, _ in children]
        elif not isinstance(part, dict):
            return part, 1
        elif len(part) == 1 and isinstance(part.get("$"), int):
            return table[part["$"]]
        else:
            children = [whole(child) for child in part.values()]
            found = dict(zip(part, (child for child, _ in children), strict=True))
        size = 1 + sum(size for _, size in children)
        if size > _MOST_PARTS:
            raise ValueError("too many parts")
        return found, size

    for entry in packed["table"]:
        table.append(whole(entry))  # noqa: PERF401 # an entry refers to those before it
    return whole(packed["root"])[0]
