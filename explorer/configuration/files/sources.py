# SPDX-License-Identifier: GPL-2.0-or-later
"""Reads the files of a Kconfig tree that is not trusted. Nothing else in this program opens a file of a tree.

1. A file outside the tree is refused, whether ``..``, an absolute path or a symbolic link leads to it, also
   if the link is put in place while this program runs (``confined_open``).
2. Only regular files are read: a pipe, device or socket could block.
3. The bytes of all files and the entries of all folders are limited.
4. A file is read once: the same bytes are parsed, hashed and shown.

Names are relative to the tree, so messages contain no path of this machine.
"""

import errno
import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from glob import has_magic
from pathlib import Path
from types import MappingProxyType

from explorer.configuration.files.confined_open import (
    NotAFolderError,
    NotRegularError,
    OutsideError,
    open_file,
    open_folder,
    real_path,
)
from explorer.configuration.files.wildcards import Folders, matches_pattern, matching_names
from explorer.errors import InputError, LimitError

__all__ = ["Sources"]

_MOST_TOTAL = 64 << 20  # bytes; all Kconfig files of Linux 6.12 have 6 MB
_MOST_PEEKED = 4 << 20  # bytes of a file that is no part of Kconfig
_MOST_ENTRIES = 1_000_000  # of folders
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
        self._entries = 0
        self._prefix = self.root.rstrip(os.sep) + os.sep

    def name(self, path: str) -> str:
        """A path, absolute or relative to the tree, as a name inside the tree.

        Raises:
            InputError: it lies outside, or no file can have such a name.
        """
        if not _is_name(path):
            raise InputError("is no name of a file", where=self._shown(path), hint=_HINT)
        whole = os.path.normpath(os.path.join(self.root, path))  # noqa: PTH118 # Path() would triple the time of a start
        if not whole.startswith(self._prefix):
            raise InputError("points outside the tree", where=self._shown(path), hint=_HINT)
        return whole[len(self._prefix) :]

    def read(self, path: str, most: int = _MOST_TOTAL) -> bytes:
        """The bytes of a file.

        Args:
            path: absolute or relative to the tree.
            most: a larger file is refused, and not counted, in bytes.

        Raises:
            InputError: it lies outside the tree, is not a regular file, or is too large.
            OSError: it cannot be opened.
        """
        name = self.name(path)
        if name not in self.contents:
            self.contents[name] = self._bytes_of(name, most)
        return self.contents[name]

    def text(self, path: str) -> str:
        """The text of a file; bytes that are not UTF-8 are replaced (they occur in prompts and help only)."""
        return self.read(path).decode(errors="replace")

    def peek(self, path: str, most: int = _MOST_PEEKED) -> str | None:
        """The text of a file that is no part of the Kconfig tree; ``None`` if it cannot be read.

        Args:
            path: as of ``read``.
            most: a larger file is not read, in bytes.
        """
        try:
            name = self.name(path)
            data = self.contents.get(name) or self._bytes_of(name, most)
        except (InputError, OSError):
            return None
        return data.decode(errors="replace")

    def has_file(self, path: str) -> bool:
        """Whether a name is that of a file or of a link to one.

        Raises:
            InputError: it lies outside the tree.
        """
        name = self.name(path)
        if name in self._replaced:
            return self._replaced[name] is not None
        return os.path.isfile(self._inside(name))  # noqa: PTH113 # Path() would triple the time of a start

    def has_name(self, path: str) -> bool:
        """Whether a name exists, be it a link without a file.

        Raises:
            InputError: it lies outside the tree.
        """
        return os.path.lexists(self._prefix + self.name(path))

    def folders(self, path: str) -> tuple[str, ...]:
        """The names of the folders in a folder, in order; empty if it is none.

        Raises:
            InputError: it lies outside the tree, or folders have too many entries.
        """
        name = self.name(path)
        return tuple(entry for entry in self._listed(name) if os.path.isdir(f"{self._prefix}{name}/{entry}"))  # noqa: PTH112 # as above

    def is_reached_directly(self, path: str) -> bool:
        """Whether no symbolic link leads to a file that exists.

        Raises:
            InputError: its name lies outside the tree.
        """
        whole = self._prefix + self.name(path)
        try:
            return real_path(whole) == whole
        except OSError:  # a link without a file
            return False

    def find(self, pattern: str) -> tuple[str, ...]:
        """The names that a pattern of ``source`` matches, in order; empty if no file matches.

        Raises:
            InputError: it points outside the tree, matches too many files, or lists too many folders.
        """
        name = self.name(pattern)
        if name in self.matches:
            return self.matches[name]
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

    # --- files ----------------------------------------------------------------------------------------------

    def _bytes_of(self, name: str, most: int) -> bytes:
        return self._replacement(name) if name in self._replaced else self._read(name, most)

    def _replacement(self, name: str) -> bytes:
        data = self._replaced[name]
        if data is None:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), name)
        return data

    def _read(self, name: str, most: int) -> bytes:
        try:
            handle = open_file(self._prefix + name, self._is_inside)
        except OutsideError:
            raise self._outside(name) from None
        except NotRegularError:
            raise InputError("is not a regular file", where=self._shown(name), hint=_HINT) from None
        try:
            return self._bytes(handle, name, most)
        finally:
            os.close(handle)

    def _bytes(self, handle: int, name: str, most: int) -> bytes:
        size, parts = 0, []
        step = min(os.fstat(handle).st_size, most) + 1  # one byte more shows whether the file has ended
        while size <= most and (part := os.read(handle, step)):
            parts.append(part)
            size += len(part)
        self._total += size if size <= most else 0
        if size > most or self._total > _MOST_TOTAL:
            limit = min(most, _MOST_TOTAL)
            what = f"too large: files of a tree have at most {limit} bytes"
            raise LimitError(what, most=limit, where=self._shown(name), hint=_HINT)
        return b"".join(parts)

    # --- folders --------------------------------------------------------------------------------------------

    def _present(self, name: str) -> tuple[str, ...]:
        if name in self._replaced:
            return () if self._replaced[name] is None else (name,)
        return (name,) if os.path.exists(self._prefix + name) else ()  # noqa: PTH110 # as above

    def _match(self, pattern: str) -> tuple[str, ...]:
        exists = os.path.lexists
        names = matching_names(
            pattern, Folders(self._listed, self._identity, lambda name: exists(self._prefix + name))
        )
        gone = {path for path, data in self._replaced.items() if data is None}
        new = {path for path in self._replaced.keys() - gone if matches_pattern(path, pattern)}
        return tuple(sorted(new | names - gone))

    def _identity(self, name: str) -> object:
        """The device and the number of a folder; ``None`` for what is no folder."""
        try:
            status = os.stat(self._prefix + name)  # noqa: PTH116 # as above
        except (OSError, ValueError):
            return None
        return status.st_dev, status.st_ino

    def _listed(self, name: str) -> tuple[str, ...]:
        """The names in a folder, in order; empty if it is none."""
        try:
            handle = open_folder(self._prefix + name, self._is_inside)
        except OutsideError:
            raise self._outside(name) from None
        except (NotAFolderError, OSError, ValueError):
            return ()
        try:
            return tuple(sorted(self._counted(handle, name)))
        finally:
            os.close(handle)

    def _counted(self, handle: int, name: str) -> Iterator[str]:
        """The names in an open folder; counts them."""
        with os.scandir(handle) as entries:
            for entry in entries:
                self._entries += 1
                if self._entries > _MOST_ENTRIES:
                    what = f"wildcards list more than {_MOST_ENTRIES} entries of folders"
                    raise LimitError(what, most=_MOST_ENTRIES, where=self._shown(name) or ".", hint=_HINT)
                yield entry.name

    # --- links ----------------------------------------------------------------------------------------------

    def _inside(self, name: str) -> str:
        """The path of a name without links; refuses one outside the tree."""
        path = self._prefix + name
        try:
            path = real_path(path)
        except OSError:
            return path
        if not self._is_inside(path):
            raise self._outside(name)
        return path

    def _is_inside(self, path: str) -> bool:
        """Whether a path without links lies in the tree."""
        return path == self.root or path.startswith(self._prefix)

    def _outside(self, name: str) -> InputError:
        return InputError("a symbolic link that leaves the tree", where=self._shown(name), hint=_HINT)

    def _shown(self, path: str) -> str:
        return path.removeprefix(self._prefix)


def _is_name(path: str) -> bool:
    """Whether a file can have a name: it has no NUL, and no surrogate that stands for no byte."""
    try:
        return b"\0" not in os.fsencode(path)
    except UnicodeEncodeError:
        return False
