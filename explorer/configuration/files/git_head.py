# SPDX-License-Identifier: GPL-2.0-or-later
"""The commit that a git checkout has as HEAD, read from its files: nothing of a stranger's tree is run.

``.git`` is a folder, or a file that names one (gitrepository-layout(5)). A linked worktree keeps its HEAD in
that folder and its branches in the one that ``commondir`` names. A branch is a file, or a line of
``packed-refs``. Branches in the reftable format are not read.

A folder outside the tree is read only if it names the tree in turn: in its file ``gitdir``, as that of a
worktree does, or as ``core.worktree`` of its configuration, as that of a submodule does. Whoever made the
tree could otherwise have a file printed that looks like a commit.
"""

import os
import re
from pathlib import Path

from explorer.configuration.files.sources import Sources

__all__ = ["commit_of_checkout"]

_MOST_BYTES = 1 << 24  # packed-refs of Linux stable trees: about 1 MB
_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_BRANCH = re.compile(r"ref: (refs/[^\s\0]+)")
_WORKTREE = re.compile(r"^[ \t]*worktree[ \t]*=[ \t]*(\S.*?)[ \t]*$", re.MULTILINE)


class _GitFolder:
    """A folder of git, and the one with its branches."""

    def __init__(self, files: Sources, within: str = "") -> None:
        self._files, self._within = files, within

    def text(self, name: str) -> str:
        """The text of a file without surrounding space; empty if it cannot be read."""
        return (self._files.peek(f"{self._within}{name}", _MOST_BYTES) or "").strip()

    def common(self) -> "_GitFolder":
        """The folder with the branches."""
        other = self.text("commondir")
        if not other or "\0" in other:
            return self
        if self._within:  # in the tree, which it must not leave
            return _GitFolder(self._files, f"{self._within}{other}/")
        return _GitFolder(Sources(Path(self._files.root) / other))


def commit_of_checkout(folder: Path) -> str:
    """The commit id that HEAD names; empty if the folder is not the top of a checkout or has no commit."""
    git = _git_folder(folder)
    if git is None:
        return ""
    head = git.text("HEAD")
    branch = _BRANCH.fullmatch(head)
    if branch is None:
        return head if _COMMIT.fullmatch(head) else ""
    return _commit_of_branch(git, branch[1])


def _git_folder(folder: Path) -> _GitFolder | None:
    tree = Sources(folder)
    link = tree.peek(".git")
    if link is None:
        return _GitFolder(tree, ".git/")
    path = link.removeprefix("gitdir: ").strip()
    if not path or "\0" in path:
        return None
    outside = Sources(folder / path)
    git = _GitFolder(outside)
    return git if _names_tree(git, outside.root, tree.root) else None


def _names_tree(git: _GitFolder, root: str, tree: str) -> bool:
    """Whether a folder of git is that of a tree."""
    worktree = _WORKTREE.search(git.text("config"))
    named = [git.text("gitdir").removesuffix("/.git"), worktree[1] if worktree else ""]
    return any(name and "\0" not in name and os.path.realpath(Path(root) / name) == tree for name in named)


def _commit_of_branch(git: _GitFolder, branch: str) -> str:
    """The commit of a branch; empty if it has none yet."""
    if ".." in branch.split("/"):
        return ""
    common = git.common()
    loose = git.text(branch) or common.text(branch)
    if loose:
        return loose if _COMMIT.fullmatch(loose) else ""
    for line in common.text("packed-refs").splitlines():
        commit, _, name = line.partition(" ")
        if name == branch and _COMMIT.fullmatch(commit):
            return commit
    return ""
