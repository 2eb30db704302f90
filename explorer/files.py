# SPDX-License-Identifier: GPL-2.0-only
"""Files that appear whole or not at all, and files that are read line by line."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

from explorer.errors import InputError

__all__ = ["text_lines", "written_whole"]


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
