# SPDX-License-Identifier: GPL-2.0-or-later
"""The commit that a git checkout has as HEAD, read from its files: nothing of a stranger's tree is run.

``.git`` is a folder, or a file that names one (gitrepository-layout(5)). A linked worktree keeps its HEAD in
that folder and its branches in the one that ``commondir`` names. A branch is a file, or a line of
``packed-refs``. Branches in the reftable format are not read.
"""

import re
from pathlib import Path

__all__ = ["commit_of_checkout"]

_MOST_BYTES = 1 << 24  # packed-refs of Linux stable trees: about 1 MB
_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_BRANCH = re.compile(r"ref: (refs/[^\s\0]+)")


def commit_of_checkout(folder: Path) -> str:
    """The commit id that HEAD names; empty if the folder is not the top of a checkout or has no commit."""
    try:
        git = _git_folder(folder)
        head = _text(git / "HEAD").strip()
        branch = _BRANCH.fullmatch(head)
        if branch is None:
            return head if _COMMIT.fullmatch(head) else ""
        return _commit_of_branch(git, branch[1])
    except (OSError, ValueError):
        return ""


def _git_folder(folder: Path) -> Path:
    git = folder / ".git"
    if git.is_dir():
        return git
    return folder / _text(git).removeprefix("gitdir: ").strip()


def _commit_of_branch(git: Path, branch: str) -> str:
    """The commit of a branch; empty if it has none yet."""
    if ".." in branch.split("/"):
        return ""
    common = git / _text(git / "commondir").strip() if (git / "commondir").is_file() else git
    loose = next((place / branch for place in (git, common) if (place / branch).is_file()), None)
    if loose is not None:
        commit = _text(loose).strip()
        return commit if _COMMIT.fullmatch(commit) else ""
    for line in _text(common / "packed-refs").splitlines():
        commit, _, name = line.partition(" ")
        if name == branch and _COMMIT.fullmatch(commit):
            return commit
    return ""


def _text(path: Path) -> str:
    """The text of a regular file."""
    if not path.is_file():
        raise FileNotFoundError(path)
    with path.open("rb") as file:
        return file.read(_MOST_BYTES).decode("utf-8", "replace")
