# SPDX-License-Identifier: GPL-2.0-or-later
"""Reads the C files of a kernel tree. A file that cannot be read is named with the reason."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from explorer.audit.found_walkers import Place
from explorer.configuration.files.sources import Sources
from explorer.errors import InputError, LimitError

__all__ = ["CFiles", "folders_of", "read_c_files"]

_MOST_BYTES = 48 << 20  # of all files; the default folders of Linux 6.12 have 25 MB
_MOST_OF_A_FILE = 8 << 20  # the largest of these folders has 0.3 MB


class CFiles(NamedTuple):
    """The C files of a tree.

    Attributes:
        data: their bytes, by name, in the order in which they were named.
        not_read: those that cannot be read, with the reason.
    """

    data: Mapping[str, bytes]
    not_read: tuple[tuple[Place, str], ...]


def folders_of(arch: str) -> tuple[str, ...]:
    """The folders that are read unless others are named."""
    return ("mm", f"arch/{arch}/mm", "fs/proc", "kernel/power", "drivers/base", "include/linux")


def read_c_files(sources: Sources, paths: Sequence[str]) -> CFiles:
    """Read the C files of some paths.

    Args:
        sources: the tree.
        paths: files and folders in it; of a folder the files in it and in its folders.

    Raises:
        InputError: a path holds no C file or leads out of the tree, or no file can be read.
        LimitError: the files have more than 48 MiB.
    """
    data: dict[str, bytes] = {}
    not_read: list[tuple[Place, str]] = []
    size = 0
    for name in _names(sources, paths):
        try:
            data[name] = sources.read(name, _MOST_OF_A_FILE)
        except (InputError, OSError) as error:
            reason = error.what if isinstance(error, InputError) else str(error.strerror)
            not_read.append((Place(name, 1), reason))
            continue
        size += len(data[name])
        if size > _MOST_BYTES:
            what = f"more than {_MOST_BYTES >> 20} MiB of C"
            raise LimitError(what, most=_MOST_BYTES, where=name, hint="name fewer folders")
    if not data:
        place, reason = not_read[0]
        raise InputError(reason, where=place.file, hint="name files of C that can be read")
    return CFiles(data, tuple(not_read))


def _names(sources: Sources, paths: Sequence[str]) -> list[str]:
    """The C files of some paths, each once, in order."""
    names: dict[str, None] = {}
    for path in paths:
        patterns = [path] if path.endswith((".c", ".h")) else [f"{path}/*.[ch]", f"{path}/*/*.[ch]"]
        found = [name for pattern in patterns for name in sources.find(pattern)]
        if not found:
            raise InputError("no C file is there", where=path, hint="name a folder or a file of the tree")
        names.update(dict.fromkeys(found))
    return list(names)
