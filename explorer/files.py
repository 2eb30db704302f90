# SPDX-License-Identifier: GPL-2.0-only
"""Files: read whole, read line by line, and written whole or not at all."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, TextIO

from explorer.errors import InputError

__all__ = ["read_bytes", "text_lines", "written_whole"]


def read_bytes(source: str, stdin: BinaryIO | None, *, most: int, hint: str) -> bytes | None:
    """The bytes of a file, or of ``stdin`` for ``-``.

    Args:
        source: the file's name.
        stdin: what ``-`` reads from; without it ``-`` is a name like any other.
        most: bytes that are enough; one more is read where there are more, so that the caller can tell.
        hint: what to give instead, for errors.

    Returns:
        ``None`` where there is no such file.

    Raises:
        InputError: it is a directory, or cannot be read.
    """
    if source == "-" and stdin is not None:
        return stdin.read(most + 1)
    path = Path(source)
    if path.is_dir():
        raise InputError("is a directory", where=source, hint=hint)
    try:
        with path.open("rb") as file:
            return file.read(most + 1)
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise InputError(f"cannot be read: {reason}", where=source, hint=hint) from None


@contextmanager
def text_lines(source: str) -> Iterator[TextIO]:
    """A text file, or standard input for ``-``.

    Raises:
        InputError: there is no such file, or it is no text.
    """
    hint = "give a recording: one JSON object a line"
    if Path(source).is_dir():
        raise InputError("is a directory", where=source, hint=hint)
    try:
        if source == "-":
            yield sys.stdin
        else:
            with Path(source).open(encoding="utf-8") as file:
                yield file
    except FileNotFoundError:
        raise InputError("no such file", where=source, hint=hint) from None
    except UnicodeDecodeError:
        raise InputError("is not text", where=source, hint=hint) from None


@contextmanager
def written_whole(path: Path) -> Iterator[TextIO]:
    """A file that appears whole or not at all; what is no regular file (a pipe, /dev/null) is just written.

    Raises:
        InputError: the file cannot be made there.
    """
    if path.is_dir():
        raise InputError("is a directory", where=str(path), hint="name a file")
    if path.exists() and not path.is_file():
        with path.open("w", encoding="utf-8") as file:
            yield file
        return
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise InputError(
            f"cannot be written: {error.strerror}",
            where=str(path),
            hint="name a file in a folder that exists",
        ) from None
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            yield file
        mask = os.umask(0)
        os.umask(mask)
        Path(name).chmod(0o666 & ~mask)
        Path(name).replace(path)
    except BaseException:
        with suppress(FileNotFoundError):
            Path(name).unlink()
        raise
