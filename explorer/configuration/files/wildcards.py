# SPDX-License-Identifier: GPL-2.0-or-later
"""Matches the patterns of ``source`` with the files of a tree, as glob(3) does.

1. No wildcard matches a slash or a leading dot. Links are followed.
2. A folder that is reached by several paths is listed once for each part of the pattern, so links that form a
   loop cost no more than other folders.
3. The number of matches is limited here, the number of entries by whoever lists the folders.
"""

import re
from collections.abc import Callable, Iterator
from fnmatch import translate
from glob import has_magic

from explorer.errors import LimitError

__all__ = ["Folders", "matches_pattern", "matching_names"]

_MOST_MATCHES = 10_000
_MOST_PARTS = 64


class Folders:
    """Where patterns are matched.

    Args:
        listed: the names in a folder; none if it is no folder.
        identity: equal for two names of the same folder; ``None`` for what is no folder.
        has_name: whether a name exists, be it a link without a file.
    """

    def __init__(
        self,
        listed: Callable[[str], tuple[str, ...]],
        identity: Callable[[str], object],
        has_name: Callable[[str], bool],
    ) -> None:
        self.listed, self.identity, self.has_name = listed, identity, has_name


def matching_names(pattern: str, folders: Folders) -> set[str]:
    """The names that match a pattern.

    Args:
        pattern: relative to the top, without ``.`` and ``..``.
        folders: the files.

    Raises:
        LimitError: there are too many matches, or the pattern has too many parts.
    """
    parts = pattern.split("/")
    if len(parts) > _MOST_PARTS:
        raise _too_many("parts in a pattern", _MOST_PARTS, pattern)
    return set(_Match(pattern, parts, folders).below("", 0))


def matches_pattern(name: str, pattern: str) -> bool:
    """Whether a name matches a pattern."""
    parts, patterns = name.split("/"), pattern.split("/")
    return len(parts) == len(patterns) and all(
        _test(wildcard)(part) is not None for part, wildcard in zip(parts, patterns, strict=True)
    )


class _Match:
    """The match of one pattern."""

    def __init__(self, pattern: str, parts: list[str], folders: Folders) -> None:
        self._pattern, self._parts, self._folders = pattern, parts, folders
        self._known: dict[tuple[object, int], tuple[str, ...]] = {}

    def below(self, folder: str, at: int) -> tuple[str, ...]:
        """The names below a folder, relative to it, that match the parts from an index on."""
        names = tuple(self._names(folder, at))
        self._check(len(names))
        if at == len(self._parts) - 1:
            return names
        found: list[str] = []
        for name in names:
            found += (f"{name}/{rest}" for rest in self._of_folder(folder + name + "/", at + 1))
            self._check(len(found))
        return tuple(found)

    def _of_folder(self, folder: str, at: int) -> tuple[str, ...]:
        identity = self._folders.identity(folder)
        if identity is None:
            return ()
        if (identity, at) not in self._known:
            self._known[identity, at] = self.below(folder, at)
        return self._known[identity, at]

    def _names(self, folder: str, at: int) -> Iterator[str]:
        """The names in a folder that match one part."""
        part = self._parts[at]
        if has_magic(part):
            matches = _test(part)
            yield from (name for name in self._folders.listed(folder) if matches(name))
        elif at < len(self._parts) - 1 or self._folders.has_name(folder + part):
            yield part

    def _check(self, count: int) -> None:
        if count > _MOST_MATCHES:
            raise _too_many("matches of a pattern", _MOST_MATCHES, self._pattern)


def _test(part: str) -> Callable[[str], object]:
    """A function that matches a name with one part of a pattern."""
    if not has_magic(part):
        return lambda name: True if name == part else None
    hidden = "" if part.startswith(".") else r"(?!\.)"
    return re.compile(hidden + translate(part)).match


def _too_many(what: str, most: int, pattern: str) -> LimitError:
    return LimitError(f"more than {most} {what}", most=most, where=pattern, hint="is this a kernel tree?")
