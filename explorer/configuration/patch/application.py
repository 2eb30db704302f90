# SPDX-License-Identifier: GPL-2.0-or-later
"""Builds the tree that a patch makes of another; nothing is written.

1. Files that Kconfig has read and files whose names start with ``Kconfig`` are patched. Other files are
   skipped and listed in the result; changes to code are ignored.
2. A file may be changed, created, deleted or renamed. A binary patch, a symbolic link, a copy, and a file
   that is reached by a symbolic link are refused.
3. The patched tree has the label and the release of the tree: only Kconfig differs.
4. A shipped fragment is one file. Its patch names ``kconfig/FOLDER/Kconfig`` or ``Kconfig``; a patch for the
   kernel's own files cannot apply to it and is refused.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from explorer.configuration.files.sources import Sources
from explorer.configuration.patch.unified_diff import FilePatch, apply_hunks
from explorer.configuration.tree.loading import with_files
from explorer.configuration.tree.tree import Tree
from explorer.errors import InputError, LimitError

__all__ = ["PatchedTree", "patched_tree"]


_MOST_COMPARED = 20_000_000  # a patch of 100 hunks for the largest file of Linux 6.12 needs 200,000


@dataclass(frozen=True, slots=True)
class PatchedTree:
    """A tree with a patch applied.

    Attributes:
        tree: the patched tree.
        hunks: how many hunks were applied to each file, by its name in the tree.
        skipped: the other files of the patch, by their names in the patch.
    """

    tree: Tree
    hunks: dict[str, int]
    skipped: tuple[str, ...]


def patched_tree(tree: Tree, patch: Sequence[FilePatch]) -> PatchedTree:
    """A tree with a patch applied to its Kconfig files.

    Args:
        tree: the tree.
        patch: what to do with each file, in order.

    Raises:
        InputError: a file does not exist or must not be patched, a hunk does not apply, or the result is not
            Kconfig any more.
    """
    files = _PatchedFiles(tree)
    for file_patch in patch:
        files.apply(file_patch)
    try:
        patched = with_files(tree, files.contents, cached=True)
    except InputError as error:
        raise error.restated(hint="the tree parses without the patch") from None
    return PatchedTree(patched, files.hunks, tuple(files.skipped))


class _PatchedFiles:
    """The Kconfig files of a tree while a patch is applied to them.

    Attributes:
        contents: the files that differ, by name; ``None`` where a file is gone.
        hunks: how many hunks were applied to each file.
        skipped: the other files of the patch.
    """

    def __init__(self, tree: Tree) -> None:
        self.contents: dict[str, bytes | None] = dict(tree.parse_input.replaced)
        self.hunks: dict[str, int] = {}
        self.skipped: dict[str, None] = {}
        self._compared = 0
        self._sources = Sources(tree.parse_input.folder)
        self._read = {PurePosixPath(file).as_posix() for file in tree.kconfig.kconfig_filenames}
        self._fragment = tree.label if tree.label.startswith("kconfig/") else ""
        self._subfolder = "" if self._fragment else tree.label.partition("/")[2]  # xen, of Xen's source

    def apply(self, file_patch: FilePatch) -> None:
        """Applies the patch of one file."""
        old, new = self._name(file_patch.old), self._name(file_patch.new)
        if not file_patch.renames:  # "diff -u Kconfig.orig Kconfig" is about one file
            old = old and (new if new and self._exists(new) else old)
            new = new and (old or new)
        if not any(self._matters(name) for name in (old, new) if name):
            self.skipped[file_patch.new or file_patch.old] = None
            return
        self._check(file_patch, old, new)
        text = self._text(old) if old else ""
        self._count(file_patch, text, old or new)
        text = apply_hunks(file_patch, text, old or new)
        if not new and text:
            raise InputError("the patch deletes it but not all its lines", where=old, hint="rebase the patch")
        if old and old != new:
            self.contents[old] = None
        if new:
            self.contents[new] = text.encode(errors="surrogateescape")
        self.hunks[new or old] = self.hunks.get(new or old, 0) + len(file_patch.hunks)

    def _count(self, file_patch: FilePatch, text: str, name: str) -> None:
        """Count the lines that are compared: at most the whole file for each hunk."""
        self._compared += (len(file_patch.hunks) + 1) * (text.count("\n") + 1)
        if self._compared > _MOST_COMPARED:
            what = f"more than {_MOST_COMPARED} lines are compared with the hunks of the patch"
            raise LimitError(what, most=_MOST_COMPARED, where=name, hint="split the patch")

    def _name(self, path: str) -> str:
        """A path of the patch as a name in the tree: without its first part (as ``-p1``), or unchanged."""
        rest = path.partition("/")[2]
        candidates = [candidate for candidate in (rest, path) if candidate]
        if self._subfolder:
            inside = f"{self._subfolder}/"
            candidates = [
                name.removeprefix(inside) for name in candidates if name.startswith(inside)
            ] or candidates
        own = [candidate.removeprefix(f"{self._fragment}/") for candidate in candidates if self._fragment]
        for candidate in (*own, *candidates):
            if candidate in self._read or candidate in self.contents:
                return candidate
        return next(iter(candidates), "")

    def _matters(self, name: str) -> bool:
        return name in self._read or PurePosixPath(name).name.startswith("Kconfig")

    def _check(self, file_patch: FilePatch, old: str, new: str) -> None:
        """Refuses a patch that cannot be applied to the file."""
        if file_patch.refused:
            raise InputError(f"the patch cannot be applied: it {file_patch.refused}", where=new or old)
        if self._fragment and not self._exists(old or new) and (old or "/" in new):
            raise InputError(
                f"the fragment of this release is one file, {self._fragment}/Kconfig",
                where=old or new,
                hint="give a kernel checkout instead of the release, or patch the fragment",
            )
        if old and not self._exists(old):
            raise InputError(
                "the patch changes a file that the tree lacks", where=old, hint="is it for another tree?"
            )
        if new and new != old and self._exists(new):
            raise InputError("the patch creates a file that exists", where=new, hint="is it applied already?")

    def _exists(self, name: str) -> bool:
        if name in self.contents:
            return self.contents[name] is not None
        return self._sources.has_name(name)

    def _text(self, name: str) -> str:
        """The text of a file so far."""
        content = self.contents.get(name)
        if content is not None:
            return content.decode(errors="surrogateescape")
        if not self._sources.is_reached_directly(name):
            raise InputError("is reached by a symbolic link", where=name, hint="patch the file itself")
        return self._sources.read(name).decode(errors="surrogateescape")
