# SPDX-License-Identifier: GPL-2.0-or-later
"""Small trees for tests: files by name, written into a folder."""

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from explorer.configuration import Tree

__all__ = ["PADDING", "MakeTree", "tree_at"]

MakeTree = Callable[..., Tree]
"""The tree of a Kconfig text, and of a release if one is given."""

PADDING = "# " + "-" * 77 + "\n"


def tree_at(
    folder: Path,
    kconfig: str,
    files: Mapping[str, str] = MappingProxyType({}),
    *,
    release: str = "6.1",
    padded: bool = False,
) -> Path:
    """A tree of a release: its Kconfig and other files; ``padded`` makes it worth a place in the cache."""
    folder.mkdir(parents=True, exist_ok=True)
    major, minor = release.split(".")
    makefile = f"VERSION = {major}\nPATCHLEVEL = {minor}\nSUBLEVEL = 0\nEXTRAVERSION =\n"
    given = {"Makefile": makefile, "Kconfig": kconfig + PADDING * 4_000 * padded, **files}
    for name, text in given.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder
