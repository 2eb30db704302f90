# SPDX-License-Identifier: GPL-2.0-or-later
"""Reads the files of a Kconfig tree that is not trusted.

1. A file outside the tree is refused, whether ``..``, an absolute path or a symbolic link leads to it.
2. Only regular files are read: a pipe, device or socket could block.
3. The size and number of files and the number of wildcards are limited.
4. A file is read once: the same bytes are parsed, hashed and shown.

Names are relative to the tree, so messages contain no path of this machine.
"""

import errno
import hashlib
import os
import stat
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from glob import has_magic, iglob
from itertools import islice
from pathlib import Path
from types import MappingProxyType

from explorer.errors import InputError

__all__ = ["Sources"]

_MOST_BYTES = 4 << 20  # the largest Kconfig file of Linux 6.12 has 100 KB
_MOST_TOTAL = 64 << 20  # all 1,602 of them have 6 MB
_MOST_MATCHES = 10_000
_MOST_WILDCARDS = 4  # parts of a path; with links that form a loop each further one multiplies the matches
_HINT = "is this a kernel tree?"


class Sources:
    """Reads the files of one tree and keeps their bytes.

    Args:
        folder: the top of the tree.
        replaced: bytes that replace files, by name; ``None`` for a file that is removed.

    Attributes:
        root: the real path of the top of the tree.
        contents: the bytes that were read, by name.
        matches: the names that each wildcard matched; empty for a name without a file.
    """

    def __init__(self, folder: Path, replaced: Mapping[str, bytes | None] = MappingProxyType({})) -> None:
        self.root = os.path.realpath(folder)
        self.contents: dict[str, bytes] = {}
        self._replaced = replaced
        self.matches: dict[str, tuple[str, ...]] = {}
        self._total = 0
        self._inside = {self.root: True}
        self._prefix = self.root.rstrip(os.sep) + os.sep

    def name(self, path: str) -> str:
        """A path, absolute or relative to the tree, as a name inside the tree.

        Raises:
            InputError: it lies outside.
        """
        whole = os.path.normpath(os.path.join(self.root, path))  # noqa: PTH118 # Path() would triple the time of a start
        if not whole.startswith(self._prefix):
            raise InputError("points outside the tree", where=self._shown(path), hint=_HINT)
        return whole[len(self._prefix) :]

    def read(self, path: str) -> bytes:
        """The bytes of a file.

        Raises:
            InputError: it lies outside the tree, is not a regular file, or is too large.
            OSError: it cannot be opened.
        """
        name = self.name(path)
        if name not in self.contents:
            self.contents[name] = self._replacement(name) if name in self._replaced else self._read(name)
        return self.contents[name]

    def text(self, path: str) -> str:
        """The text of a file; bytes that are not UTF-8 are replaced (they occur in prompts and help only)."""
        return self.read(path).decode(errors="replace")

    def peek(self, path: str) -> str | None:
        """The text of a file that is no part of the Kconfig tree; ``None`` if it cannot be read."""
        try:
            name = self.name(path)
            kept = self.contents.get(name)
            data = self._replacement(name) if name in self._replaced else kept or self._read(name)
        except (InputError, OSError):
            return None
        return data.decode(errors="replace")

    def find(self, pattern: str) -> tuple[str, ...]:
        """The names that a pattern of ``source`` matches, in order; empty if no file matches.

        Raises:
            InputError: it points outside the tree, or matches too many files.
        """
        name = self.name(pattern)
        names = self._match(name) if has_magic(name) else self._present(name)
        if names != (name,):
            self.matches[name] = names
        return names

    def unchanged(self, digests: Mapping[str, bytes], matches: Mapping[str, Sequence[str]]) -> bool:
        """Whether files still have these digests, and patterns still match these names."""
        try:
            return all(self.digest(name) == digest for name, digest in digests.items()) and all(
                self.find(pattern) == tuple(names) for pattern, names in matches.items()
            )
        except (InputError, OSError):
            return False

    def digest(self, name: str) -> bytes:
        """SHA-256 of a file.

        Raises:
            InputError: as ``read()``.
            OSError: as ``read()``.
        """
        return hashlib.sha256(self.read(name)).digest()

    def digests(self) -> dict[str, bytes]:
        """SHA-256 of every file that was read."""
        return {name: hashlib.sha256(data).digest() for name, data in self.contents.items()}

    def _replacement(self, name: str) -> bytes:
        data = self._replaced[name]
        if data is None:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), name)
        return data

    def _present(self, name: str) -> tuple[str, ...]:
        if name in self._replaced:
            return () if self._replaced[name] is None else (name,)
        return (name,) if os.path.exists(self._prefix + name) else ()  # noqa: PTH110 # as above

    def _match(self, name: str) -> tuple[str, ...]:
        if sum(has_magic(part) for part in Path(name).parts) > _MOST_WILDCARDS:
            raise InputError("a pattern with too many wildcards", where=self._shown(name), hint=_HINT)
        names = list(islice(iglob(name, root_dir=self.root), _MOST_MATCHES + 1))  # noqa: PTH207 # Path.glob() reads patterns differently
        if len(names) > _MOST_MATCHES:
            raise InputError("a pattern that matches too many files", where=self._shown(name), hint=_HINT)
        gone = {path for path, data in self._replaced.items() if data is None}
        new = {path for path in self._replaced.keys() - gone if _matches(path, name)}
        return tuple(sorted(new.union(names) - gone))

    def _read(self, name: str) -> bytes:
        path = self._prefix + name
        self._check(os.path.dirname(path), name)  # noqa: PTH120 # as above
        flags = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY
        try:
            handle = os.open(path, flags | os.O_NOFOLLOW)
        except OSError as error:
            if error.errno != errno.ELOOP:
                raise
            self._check(os.path.realpath(path), name)
            handle = os.open(path, flags)
        try:
            return self._bytes(handle, name)
        finally:
            os.close(handle)

    def _check(self, path: str, name: str) -> None:
        """Refuses a path that symbolic links lead out of the tree."""
        if not self._is_inside(path):
            raise InputError("a symbolic link that leaves the tree", where=self._shown(name), hint=_HINT)

    def _is_inside(self, path: str) -> bool:
        """Whether a path lies in the tree after links are resolved; each folder is tested once."""
        if path not in self._inside:
            if os.path.islink(path):  # noqa: PTH114 # as above
                real = os.path.realpath(path)
                self._inside[path] = real == self.root or real.startswith(self._prefix)
            else:
                self._inside[path] = len(path) > len(self.root) and self._is_inside(os.path.dirname(path))  # noqa: PTH120 # as above
        return self._inside[path]

    def _bytes(self, handle: int, name: str) -> bytes:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise InputError("is not a regular file", where=self._shown(name), hint=_HINT)
        data = b""
        while len(data) <= _MOST_BYTES and (more := os.read(handle, _MOST_BYTES + 1)):
            data += more
        self._total += len(data)
        if len(data) > _MOST_BYTES or self._total > _MOST_TOTAL:
            raise InputError("too large for Kconfig", where=self._shown(name), hint=_HINT)
        return data

    def _shown(self, path: str) -> str:
        return path.removeprefix(self._prefix)


def _matches(name: str, pattern: str) -> bool:
    """Whether a name matches a pattern as ``glob`` reads it: no wildcard matches a slash or a leading dot."""
    parts, patterns = name.split("/"), pattern.split("/")
    return len(parts) == len(patterns) and all(
        fnmatchcase(part, wildcard) and not (part.startswith(".") and has_magic(wildcard[0]))
        for part, wildcard in zip(parts, patterns, strict=True)
    )
