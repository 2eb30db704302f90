# SPDX-License-Identifier: GPL-2.0-only
"""Where files are for who reads the findings elsewhere: as seen from the root of the checkout.

* A CI system knows files by their names from the root. That is ``GITHUB_WORKSPACE`` where a job of GitHub's
  runs somewhere inside, and the folder that the program runs in elsewhere.
* Links are followed: GitHub shows nothing beside a link.
* What lies outside has no such name.
"""

import os
from pathlib import Path

__all__ = ["STDIN", "from_root"]

STDIN = "standard input"
"""What a file that has no name is called."""


def from_root(file: str | Path) -> str | None:
    """A file's name from the root, with slashes; ``None`` outside."""
    here, workspace = Path.cwd(), Path(os.path.realpath(os.environ.get("GITHUB_WORKSPACE") or "."))
    root = workspace if here.is_relative_to(workspace) else here
    path = Path(os.path.realpath(file))
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else None
