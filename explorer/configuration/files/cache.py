# SPDX-License-Identifier: GPL-2.0-or-later
"""The user's cache folder: results that are expensive to compute, keyed by the content they depend on.

1. A cache never raises. A folder or entry that cannot be used counts as missing.
2. An entry is written to a temporary file and renamed, so any number of processes may share a folder.
3. An entry holds a checksum. A damaged entry counts as missing.
4. A folder or entry that another user owns or could write is ignored.
5. The size of the folder is limited. The entries that were not used for the longest time are removed first.
"""

import hashlib
import os
import stat
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

__all__ = ["Cache"]

_MAGIC = b"kconfig-explorer cache 1\n"
_SUM = 32
_MOST_BYTES = 128 << 20
_OTHERS = stat.S_IWGRP | stat.S_IWOTH

T = TypeVar("T")


class Cache:
    """A folder of cached entries.

    Args:
        kind: the folder's name in the program's cache folder.
        most: the limit for all entries together, in bytes.
    """

    def __init__(self, kind: str, *, most: int = _MOST_BYTES) -> None:
        self._folder = _base() / "kconfig-explorer" / kind
        self._most = most

    def first(self, key: str, accepted: Callable[[bytes], T | None]) -> T | None:
        """The first result that ``accepted`` makes of an entry under a key, from the entry used last on.

        Args:
            key: hexadecimal digits.
            accepted: makes a result of an entry's bytes; ``None`` if the entry is not usable.
        """
        for path in self._paths(key):
            data = _read(path)
            result = None if data is None else accepted(data)
            if result is not None:
                with suppress(OSError):
                    os.utime(path)  # marks it as used
                return result
        return None

    def _paths(self, key: str) -> list[Path]:
        with suppress(OSError):
            if self._is_private():
                return sorted(self._folder.glob(f"{key}-*"), key=_age)
        return []

    def _is_private(self) -> bool:
        """Whether no other user can add entries or replace the folder."""
        program = self._folder.parent
        return all(_trusted(folder.stat()) for folder in (self._folder, program, program.parent))

    def keep(self, key: str, data: bytes) -> None:
        """Adds an entry under a key, beside others of the same key; equal entries are stored once."""
        digest = hashlib.sha256(data).digest()
        with suppress(OSError):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if self._is_private() and len(data) <= self._most:
                self._write(f"{key}-{digest.hex()[:16]}", _MAGIC + digest + data)
                self._prune()

    def _write(self, name: str, data: bytes) -> None:
        handle, partial = tempfile.mkstemp(dir=self._folder, prefix=".partial-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            Path(partial).replace(self._folder / name)
        except BaseException:
            with suppress(FileNotFoundError):
                Path(partial).unlink()
            raise

    def _prune(self) -> None:
        """Removes the files used longest ago, until the limit holds."""
        total = 0
        for path in sorted(self._folder.iterdir(), key=_age):
            with suppress(FileNotFoundError):  # another process may remove it at the same time
                total += path.stat().st_size
                if total > self._most:
                    path.unlink()


def _base() -> Path:
    """The user's cache folder; the XDG specification says to ignore a relative ``XDG_CACHE_HOME``."""
    folder = Path(os.environ.get("XDG_CACHE_HOME", ""))
    return folder if folder.is_absolute() else Path.home() / ".cache"


def _age(path: Path) -> int:
    try:
        return -path.stat().st_mtime_ns
    except OSError:
        return 0


def _trusted(status: os.stat_result) -> bool:
    """Whether only this user or root can write a file or folder; a sticky folder protects its files."""
    sticky = stat.S_ISDIR(status.st_mode) and status.st_mode & stat.S_ISVTX
    return status.st_uid in {os.geteuid(), 0} and bool(sticky or not status.st_mode & _OTHERS)


def _read(path: Path) -> bytes | None:
    """The data of an entry; ``None`` if it is not an entry, is damaged or is not trusted."""
    with suppress(OSError):
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(handle, "rb") as file:
            status = os.fstat(handle)
            if not stat.S_ISREG(status.st_mode) or not _trusted(status):
                return None
            data = file.read()
        head = len(_MAGIC) + _SUM
        if data[: len(_MAGIC)] == _MAGIC and hashlib.sha256(data[head:]).digest() == data[len(_MAGIC) : head]:
            return data[head:]
    return None
