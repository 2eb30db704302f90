# SPDX-License-Identifier: GPL-2.0-only
"""The user's cache folder: what took long to make, kept by the content that it was made of.

1. A cache never fails and never lies: whatever is wrong with an entry or the folder, it is as if nothing
   were there.
2. An entry appears whole or not at all (written beside, then renamed), so any number of processes may share
   a folder.
3. An entry carries its checksum; damage means that it is gone.
4. Only the user's own files count: a folder or entry that somebody else owns, or could write, is left alone.
5. The folder stays small: entries that were not used for longest go first.
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
    """A folder of entries.

    Args:
        kind: the folder's name inside the program's own cache folder.
        most: bytes that all entries together may take.
    """

    def __init__(self, kind: str, *, most: int = _MOST_BYTES) -> None:
        self._folder = _base() / "kconfig-explorer" / kind
        self._most = most

    def first(self, key: str, accepted: Callable[[bytes], T | None]) -> T | None:
        """What is made of an entry under a key: the first that is accepted, from the one used last on.

        Args:
            key: hexadecimal digits.
            accepted: makes something of an entry; ``None`` where it is of no use.
        """
        for path in self._paths(key):
            data = _read(path)
            made = None if data is None else accepted(data)
            if made is not None:
                with suppress(OSError):
                    os.utime(path)  # it was used
                return made
        return None

    def _paths(self, key: str) -> list[Path]:
        with suppress(OSError):
            if self._is_ours():
                return sorted(self._folder.glob(f"{key}-*"), key=_age)
        return []

    def _is_ours(self) -> bool:
        """Whether nobody else can put entries there, or another folder in its place."""
        program = self._folder.parent
        return all(_trusted(folder.stat()) for folder in (self._folder, program, program.parent))

    def keep(self, key: str, data: bytes) -> None:
        """Keep an entry beside others of the same key; equal entries are one."""
        digest = hashlib.sha256(data).digest()
        with suppress(OSError):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if self._is_ours() and len(data) <= self._most:
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
        """Let the entries go that were used longest ago, and what a killed process left behind."""
        total = 0
        for path in sorted(self._folder.iterdir(), key=_age):
            with suppress(FileNotFoundError):  # another process lets them go, too
                total += path.stat().st_size
                if total > self._most:
                    path.unlink()


def _base() -> Path:
    """Where the user's caches lie; a relative XDG_CACHE_HOME is to be ignored, says its specification."""
    given = Path(os.environ.get("XDG_CACHE_HOME", ""))
    return given if given.is_absolute() else Path.home() / ".cache"


def _age(path: Path) -> int:
    try:
        return -path.stat().st_mtime_ns
    except OSError:
        return 0


def _trusted(facts: os.stat_result) -> bool:
    """Nobody but this user, or root, can have written it; what is ours in a sticky folder stays ours."""
    sticky = stat.S_ISDIR(facts.st_mode) and facts.st_mode & stat.S_ISVTX
    return facts.st_uid in {os.geteuid(), 0} and bool(sticky or not facts.st_mode & _OTHERS)


def _read(path: Path) -> bytes | None:
    """The data of an entry, if it is one and whole."""
    with suppress(OSError):
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(handle, "rb") as file:
            facts = os.fstat(handle)
            if not stat.S_ISREG(facts.st_mode) or not _trusted(facts):
                return None
            data = file.read()
        head = len(_MAGIC) + _SUM
        if data[: len(_MAGIC)] == _MAGIC and hashlib.sha256(data[head:]).digest() == data[len(_MAGIC) : head]:
            return data[head:]
    return None
