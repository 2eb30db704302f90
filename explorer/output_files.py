# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes files of users: a whole file or none, whatever ends the process.

1. A file is written without a name (``O_TMPFILE``) and linked to its name when it is complete. The system
   removes a file without a name when its process ends, also after SIGKILL.
2. A link cannot take a name that exists. The complete file first gets the name of rule 3, and is renamed.
3. Where a file system has no files without names, or no links, the file is written as ``.NAME.0.partial`` in
   the same folder and renamed. If SIGKILL leaves such a file, the next run that writes NAME removes it.
4. A process holds a lock on the file that it writes, so that nobody else takes it for one that was left.
"""

import errno
import fcntl
import os
import shutil
import stat
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import TextIOWrapper
from itertools import count
from pathlib import Path
from typing import BinaryIO, TextIO, cast

from explorer.errors import FileError, InputError
from explorer.process.guarded_text import GuardedFile
from explorer.process.streams import ReaderEnded

__all__ = ["output_of", "remove_abandoned", "whole_file", "written_whole"]

_LONGEST = 200  # bytes of a name in that of a partial file; file systems allow 255
_FOLDER = "name a file in a folder that "
_HINTS = {
    errno.ENOENT: f"{_FOLDER}exists",
    errno.ENOTDIR: f"{_FOLDER}exists",
    errno.EACCES: f"{_FOLDER}you may write to",
    errno.EPERM: f"{_FOLDER}you may write to",
    errno.EROFS: f"{_FOLDER}you may write to",
    errno.ENOSPC: "make room there, or name a file elsewhere",
    errno.ENAMETOOLONG: "give it a shorter name",
}
"""The hint for an error number of the system."""


@contextmanager
def output_of(name: str | None) -> Iterator[TextIO]:
    """The stream for a result: a file that is written whole, or standard output for ``-`` and for no name.

    It is UTF-8 in every locale, because other programs read it.

    Raises:
        InputError: the name is empty, or the file cannot be written.
    """
    if not name and name is not None:
        raise InputError("is empty", parameter="output", hint="name a file, or - for standard output")
    if name is not None and name != "-":
        with written_whole(Path(name)) as file:
            yield cast("TextIO", GuardedFile(file))
        return
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="replace")
    yield sys.stdout


@contextmanager
def written_whole(path: Path) -> Iterator[TextIO]:
    """A stream into a new file, which takes the name when it is complete and keeps the mode of the old file.

    A device, a pipe, or a link to an open file (``/dev/stdout``) is opened and written instead: it cannot be
    replaced, or its other writers would lose it.

    Raises:
        InputError: the file cannot be written.
        ReaderEnded: it is a pipe, and its reader has ended.
    """
    if "\0" in str(path):
        raise FileError("no file can have this name", file=str(path), hint="name another file")
    try:
        if path.is_dir():
            raise FileError("is a directory", file=str(path), hint="name a file")
        if _leads_elsewhere(path):
            with path.open(
                "a", encoding="utf-8", errors="replace"
            ) as file:  # other processes may have written to it
                yield file
        else:
            with whole_file(Path(os.path.realpath(path))) as data, _text(data) as file:
                yield file
    except BrokenPipeError:
        raise ReaderEnded from None
    except OSError as error:
        raise FileError(
            f"cannot be written: {error.strerror}",
            file=str(path),
            hint=_HINTS.get(error.errno or 0, "name another file"),
        ) from None


def _leads_elsewhere(path: Path) -> bool:
    """Whether a name is that of a device, a pipe or an open file instead of a regular file."""
    absolute = Path(os.path.abspath(path))  # noqa: PTH100 # resolve() follows links
    return (path.exists() and not path.is_file()) or (
        path.is_symlink() and absolute.parts[1] in {"dev", "proc"}
    )


@contextmanager
def _text(file: BinaryIO) -> Iterator[TextIO]:
    """A text stream into a binary one, which stays open."""
    text = TextIOWrapper(file, encoding="utf-8", errors="replace")
    yield text
    text.flush()
    text.detach()


@contextmanager
def whole_file(path: Path, mode: int | None = None) -> Iterator[BinaryIO]:
    """A binary stream into a new file, which replaces a regular file of the name when it is complete.

    Args:
        path: the file's name.
        mode: its permissions; without them those of the file that it replaces.

    Raises:
        OSError: it cannot be written.
    """
    remove_abandoned(next(_partial_names(path)))
    handle = _opened_without_name(path.parent)
    if handle is None:
        with _opened_as_partial(path, mode) as file:
            yield file
        return
    with os.fdopen(handle, "wb+") as file:
        yield file
        _finish(file, path, mode)
        _name(file, path, mode)


def remove_abandoned(partial: Path) -> None:
    """Removes a partial file whose process has ended.

    Another user's file, what is no regular file, and a file of the last second are left alone.
    """
    with suppress(OSError):
        handle = os.open(partial, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(handle, "rb+") as file:
            status = os.fstat(handle)
            is_old = status.st_mtime < time.time() - 1  # its process may not have locked it yet
            if stat.S_ISREG(status.st_mode) and status.st_uid == os.geteuid() and is_old:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                _remove_if_same(file, partial)


def _partial_names(path: Path) -> Iterator[Path]:
    """The names of rule 3."""
    name = os.fsdecode(os.fsencode(path.name)[:_LONGEST])
    return (path.with_name(f".{name}.{number}.partial") for number in count())


def _opened_without_name(folder: Path) -> int | None:
    """A descriptor of a new file without a name; ``None`` where there are none, or no links to them."""
    if not hasattr(os, "O_TMPFILE"):  # another system than Linux
        return None
    try:
        handle = os.open(folder, os.O_TMPFILE | os.O_RDWR | os.O_CLOEXEC, 0o666)
    except OSError as error:
        if error.errno in {errno.EOPNOTSUPP, errno.EISDIR, errno.EINVAL}:
            return None
        raise
    if not Path(f"/proc/self/fd/{handle}").exists():
        os.close(handle)
        return None
    _lock(handle)
    return handle


def _lock(handle: int) -> None:
    with suppress(OSError):  # a network without locks
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextmanager
def _opened_as_partial(path: Path, mode: int | None) -> Iterator[BinaryIO]:
    """A stream into a partial file, which is renamed at the end and removed on an error."""
    file, partial = _new_partial(path)
    with file:
        try:
            _lock(file.fileno())
            yield file
            _finish(file, path, mode)
            partial.replace(path)
        except BaseException:
            _remove_if_same(file, partial)
            raise


def _new_partial(path: Path) -> tuple[BinaryIO, Path]:
    """A new file with the first name of rule 3 that no other process uses."""
    for partial in _partial_names(path):
        remove_abandoned(partial)
        with suppress(FileExistsError):
            return partial.open("xb"), partial
    raise AssertionError  # the names do not end


def _finish(file: BinaryIO, path: Path, mode: int | None) -> None:
    """Writes what is buffered, and sets the mode: a given one, else that of the file that is replaced."""
    file.flush()
    with suppress(FileNotFoundError):
        os.fchmod(file.fileno(), path.stat().st_mode & 0o777 if mode is None else mode)


def _name(file: BinaryIO, path: Path, mode: int | None) -> None:
    """Gives a file without a name its name."""
    try:
        _link(file, path)
    except FileExistsError:
        _name_over(file, path)
    except OSError as error:
        if error.errno not in {errno.EPERM, errno.EOPNOTSUPP, errno.EXDEV}:
            raise
        file.seek(0)  # the file system has no links
        with _opened_as_partial(path, mode) as copy:
            shutil.copyfileobj(file, copy)


def _name_over(file: BinaryIO, path: Path) -> None:
    """Gives a file without a name the name of a file that exists (rule 2)."""
    for partial in _partial_names(path):
        remove_abandoned(partial)
        try:
            _link(file, partial)
            partial.replace(path)
        except FileExistsError:
            continue
        except BaseException:
            _remove_if_same(file, partial)
            raise
        return


def _link(file: BinaryIO, path: Path) -> None:
    """Links an open file to a name. A folder's descriptor makes Python call ``linkat``."""
    root = os.open("/", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.link(f"/proc/self/fd/{file.fileno()}", path, src_dir_fd=root, follow_symlinks=True)
    finally:
        os.close(root)


def _remove_if_same(file: BinaryIO, partial: Path) -> None:
    """Removes the name of an open file, unless it is another file's by now."""
    with suppress(OSError):
        if os.path.samestat(os.fstat(file.fileno()), partial.lstat()):
            partial.unlink()
