# SPDX-License-Identifier: GPL-2.0-or-later
"""Several files in one input: a line ``@@ name`` begins each. For readers that take a folder."""

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

__all__ = ["MARK", "folder_of", "packed", "unpacked"]

MARK = b"@@ "


def packed(files: Mapping[str, bytes | str]) -> bytes:
    """Files as one input."""
    parts = ((name, text.encode() if isinstance(text, str) else text) for name, text in files.items())
    return b"\n".join(MARK + name.encode() + b"\n" + data for name, data in parts)


def unpacked(data: bytes) -> dict[str, bytes]:
    """The files of an input; names that leave the folder, or that no file can have, are left out."""
    files: dict[str, bytes] = {}
    for part in data.removeprefix(MARK).split(b"\n" + MARK):
        name, _, content = part.partition(b"\n")
        text = name.decode("utf-8", "surrogateescape")
        parts = Path(text).parts
        if parts and not Path(text).is_absolute() and ".." not in parts and "\0" not in text:
            files[str(Path(text))] = content
    return files


@contextmanager
def folder_of(data: bytes) -> Iterator[Path]:
    """A folder with the files of an input, in memory if the machine has a file system there."""
    memory = Path("/dev/shm")  # noqa: S108 # a folder of our own is made in it
    folder = Path(tempfile.mkdtemp(prefix="kconfig-explorer-fuzz-", dir=memory if memory.is_dir() else None))
    try:
        for name, content in unpacked(data).items():
            _write(folder / name, content)
        yield folder
    finally:
        shutil.rmtree(folder)


def _write(path: Path, content: bytes) -> None:
    """Write a file, unless another one of the input stands in its way or its name is too long."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    except OSError:
        return
