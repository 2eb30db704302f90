# SPDX-License-Identifier: GPL-2.0-or-later
"""File names relative to the root of the checkout, as CI systems expect them.

* The root is ``GITHUB_WORKSPACE`` if the program runs inside it, else the current folder.
* Symbolic links are resolved: GitHub shows nothing beside a link.
* A file outside the root has no such name, nor has any file if the current folder was deleted.
"""

import os
from pathlib import Path

from explorer.files import working_folder

__all__ = ["STDIN", "from_root"]

STDIN = "standard input"
"""The name of standard input in results."""


def from_root(file: str | Path) -> str | None:
    """A file's name relative to the root, with slashes; ``None`` outside the root."""
    here = working_folder()
    if here is None:
        return None
    workspace = Path(os.path.realpath(os.environ.get("GITHUB_WORKSPACE") or "."))
    root = workspace if here.is_relative_to(workspace) else here
    path = Path(os.path.realpath(file))
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else None
