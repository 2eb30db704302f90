# SPDX-License-Identifier: GPL-2.0-or-later
"""The user's cache folder: results that are expensive to compute, keyed by the content they depend on.

1. A cache never raises. A folder or entry that cannot be used counts as missing.
2. An entry appears when it is complete, so any number of processes may share a folder.
3. An entry holds a checksum. A damaged entry counts as missing.
4. A folder or entry that another user owns or could write is ignored.
   Nothing is made below a home folder that is missing or another user's.
5. The size of the folder is limited. The entries that were not used for the longest time are removed first.
"""

import hashlib
import os
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from explorer.output_files import remove_abandoned, whole_file

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
        base = _base()
        self._folder = None if base is None else base / "kconfig-explorer" / kind
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
            if self._folder is not None and _is_private(self._folder):
                return sorted(self._folder.glob(f"{key}-*"), key=_age)
        return []

    def keep(self, key: str, data: bytes) -> None:
        """Adds an entry under a key, beside others of the same key; equal entries are stored once."""
        digest = hashlib.sha256(data).digest()
        if self._folder is None or len(data) > self._most:
            return
        with suppress(OSError):
            for folder in reversed((self._folder, *self._folder.parents)):
                folder.mkdir(mode=0o700, exist_ok=True)  # with parents=True these get another mode
            if _is_private(self._folder):
                with whole_file(self._folder / f"{key}-{digest.hex()[:16]}", 0o600) as file:
                    file.write(_MAGIC + digest + data)
                _prune(self._folder, self._most)


def _base() -> Path | None:
    """The user's cache folder; ``None`` without a home folder of this user.

    The XDG specification says to ignore a relative ``XDG_CACHE_HOME``.
    """
    folder = Path(os.environ.get("XDG_CACHE_HOME", ""))
    if folder.is_absolute():
        return folder
    with suppress(OSError, RuntimeError):  # no such folder; no HOME, and a user without an entry in passwd
        home = Path.home()
        if os.environ.get("HOME") != "" and home.is_absolute() and home.stat().st_uid in {os.geteuid(), 0}:
            return home / ".cache"
    return None


def _is_private(folder: Path) -> bool:
    """Whether no other user can add entries or replace the folder."""
    return all(_trusted(one.stat()) for one in (folder, *folder.parents[:2]))


def _prune(folder: Path, most: int) -> None:
    """Removes what ended processes left, and the files used longest ago until the limit holds."""
    total = 0
    for path in sorted(folder.iterdir(), key=_age):
        if path.suffix == ".partial":
            remove_abandoned(path)
        with suppress(FileNotFoundError):  # another process may remove it at the same time
            total += path.stat().st_size
            if total > most:
                path.unlink()


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
