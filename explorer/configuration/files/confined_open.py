# SPDX-License-Identifier: GPL-2.0-or-later
"""Opens files and folders below a folder that somebody else may have made, and may change meanwhile.

1. A path is first opened with ``O_PATH``, which follows links and has no effect on a device or a pipe.
2. The kernel then says which file that is (``/proc/self/fd``, proc(5)), and what kind of file. The answer
   cannot change any more: a link that is put in place afterwards has no effect.
3. Only then this very file is opened for reading.

A system without ``O_PATH`` or ``/proc`` resolves the path before it opens the file. A link that is put in
place between the two steps is not noticed there.
"""

import errno
import os
import stat
from collections.abc import Callable

__all__ = ["NotAFolderError", "NotRegularError", "OutsideError", "open_file", "open_folder", "real_path"]

_O_PATH = getattr(os, "O_PATH", 0)
_HANDLES = "/proc/self/fd"
_READ = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY


class OutsideError(Exception):
    """Links lead out of the folder."""


class NotRegularError(Exception):
    """The path is not that of a regular file."""


class NotAFolderError(Exception):
    """The path is not that of a folder."""


def open_file(path: str, is_inside: Callable[[str], bool]) -> int:
    """A handle that reads a regular file.

    Args:
        path: the file; links are followed.
        is_inside: whether a path without links may be read.

    Raises:
        OutsideError: the file is outside.
        NotRegularError: it is a folder, device, pipe or socket.
        OSError: it cannot be opened.
    """
    return _opened(path, is_inside, stat.S_ISREG, NotRegularError)


def open_folder(path: str, is_inside: Callable[[str], bool]) -> int:
    """A handle that lists a folder.

    Args:
        path: as of ``open_file``.
        is_inside: as of ``open_file``.

    Raises:
        OutsideError: the folder is outside.
        NotAFolderError: it is no folder.
        OSError: it cannot be opened.
    """
    return _opened(path, is_inside, stat.S_ISDIR, NotAFolderError)


def real_path(path: str) -> str:
    """The path of a file or folder without links.

    Raises:
        OSError: it cannot be opened.
    """
    if not _O_PATH:
        return os.path.realpath(path, strict=True)
    handle = os.open(path, _O_PATH | os.O_CLOEXEC)
    try:
        return _path_of(handle, path)
    finally:
        os.close(handle)


def _opened(
    path: str, is_inside: Callable[[str], bool], is_wanted: Callable[[int], bool], wrong_kind: type[Exception]
) -> int:
    if not _O_PATH:
        path = os.path.realpath(path)
        if not is_inside(path):
            raise OutsideError
        return _checked(os.open(path, _READ | os.O_NOFOLLOW), is_wanted, wrong_kind)
    handle = os.open(path, _O_PATH | os.O_CLOEXEC)
    try:
        if not is_inside(_path_of(handle, path)):
            raise OutsideError
        if not is_wanted(os.fstat(handle).st_mode):
            raise wrong_kind
        return _reopened(handle, path)
    finally:
        os.close(handle)


def _path_of(handle: int, path: str) -> str:
    try:
        return os.readlink(f"{_HANDLES}/{handle}")  # noqa: PTH115 # Path() would double the time
    except OSError:
        return os.path.realpath(path)


def _reopened(handle: int, path: str) -> int:
    try:
        return os.open(f"{_HANDLES}/{handle}", _READ)
    except FileNotFoundError:  # no /proc
        again = os.open(path, _READ)
    if os.path.samestat(os.fstat(again), os.fstat(handle)):
        return again
    os.close(again)
    raise OSError(errno.EAGAIN, os.strerror(errno.EAGAIN), path)


def _checked(handle: int, is_wanted: Callable[[int], bool], wrong_kind: type[Exception]) -> int:
    """A handle, which is closed if it is not that of the wanted kind of file."""
    if is_wanted(os.fstat(handle).st_mode):
        return handle
    os.close(handle)
    raise wrong_kind
