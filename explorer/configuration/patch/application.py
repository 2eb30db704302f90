# SPDX-License-Identifier: GPL-2.0-only
"""A tree with a patch on top: its Kconfig files are copied, patched and parsed; the tree is not touched.

1. A file matters if Kconfig has read it or if it is named like one (``Kconfig*``). All others are passed
   over, and named in the result: what a patch does to code is not judged here.
2. A file may be changed, created, deleted or renamed. A binary patch, a symbolic link, a copy, and a file
   that lies behind a symbolic link are refused.
3. The patched tree bears the label and the release of the tree: only Kconfig differs.
4. A shipped fragment is one file of our own words. Its patch names ``kconfig/FOLDER/Kconfig`` or ``Kconfig``;
   a patch for the kernel's own files cannot apply to it and is refused.
"""

import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from explorer.configuration.patch.unified_diff import FilePatch, apply_hunks
from explorer.configuration.tree.tree import Tree
from explorer.errors import InputError
from explorer.version import KernelVersion

__all__ = ["PatchedTree", "apply_to_tree"]

_MOST_BYTES = 4 << 20
_SOURCES = re.compile(r"\s*[or]{0,2}source\b")


@dataclass(frozen=True, slots=True)
class PatchedTree:
    """A tree with a patch on top.

    Attributes:
        tree: the patched tree.
        hunks: how many were applied to each file, by its name in the tree.
        passed_over: the other files of the patch, by their names in it.
    """

    tree: Tree
    hunks: dict[str, int]
    passed_over: tuple[str, ...]


@contextmanager
def apply_to_tree(
    tree: Tree, folder: Path, patch: Sequence[FilePatch], load: Callable[[Path], Tree]
) -> Iterator[PatchedTree]:
    """A copy of a tree's Kconfig files with a patch applied, there for as long as it is asked.

    Args:
        tree: the tree, parsed.
        folder: where it lies.
        patch: what to do, in order.
        load: parses a checkout, as the tree was parsed.

    Raises:
        InputError: a file does not exist or must not be patched, a hunk does not apply, or the result is no
            Kconfig any more.
    """
    work = _Work(tree, folder)
    for item in patch:
        work.take(item)
    with tempfile.TemporaryDirectory(prefix="kconfig-explorer-") as scratch:
        top = Path(scratch) / folder.resolve().name
        work.lay_out(top)
        yield PatchedTree(_parsed(tree, top, load), work.hunks, tuple(work.passed_over))


def _parsed(tree: Tree, top: Path, load: Callable[[Path], Tree]) -> Tree:
    try:
        found = load(top)
    except InputError as error:
        hint = "the tree parses without the patch"
        raise InputError(error.what, where=error.where, hint=hint) from None
    found.label, found.version = tree.label, tree.version
    return found


class _Work:
    """The files of a tree while patches are applied to them.

    Attributes:
        hunks: how many were applied to each file.
        passed_over: files that do not matter.
    """

    def __init__(self, tree: Tree, folder: Path) -> None:
        self.hunks: dict[str, int] = {}
        self.passed_over: dict[str, None] = {}
        self._folder = folder
        self._version = tree.version
        self._read = {PurePosixPath(name).as_posix() for name in tree.kconfig.kconfig_filenames}
        self._fragment = tree.label if "/" in tree.label else ""
        self._changed: dict[str, str | None] = {}
        self._sources = False

    def take(self, item: FilePatch) -> None:
        """Apply what a patch does to one file."""
        old, new = self._name(item.old), self._name(item.new)
        if not item.renames:  # diff -u Kconfig.orig Kconfig is about one file
            old = old and (new if new and self._exists(new) else old)
            new = new and (old or new)
        if not any(self._matters(name) for name in (old, new) if name):
            self.passed_over[item.new or item.old] = None
            return
        self._check(item, old, new)
        text = apply_hunks(item, self._text(old) if old else "", old or new)
        if not new and text:
            raise InputError("the patch deletes it but not all its lines", where=old, hint="rebase the patch")
        if old and old != new:
            self._changed[old] = None
        if new:
            self._changed[new] = text
        self.hunks[new or old] = self.hunks.get(new or old, 0) + len(item.hunks)
        self._sources = self._sources or item.renames or any(map(_SOURCES.match, item.added))

    def lay_out(self, top: Path) -> None:
        """Write the Kconfig files to a folder."""
        names = self._read | (set(self._every_kconfig()) if self._sources else set())
        for name in sorted(names - self._changed.keys()):
            self._copy(name, top)
        self._copy("Makefile", top)
        for name in self._scripts():
            self._copy(name, top)
        for name, text in self._changed.items():
            if text is not None:
                path = top / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(text.encode(errors="surrogateescape"))
        if self._fragment and self._version is not None:
            (top / "Makefile").write_text(_makefile(self._version))

    def _copy(self, name: str, top: Path) -> None:
        source, target = self._folder / name, top / name
        if source.is_file() and top in target.parents and ".." not in target.parts:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)

    def _scripts(self) -> Iterator[str]:
        """What the compiler probes of a tree run; who parses the copy may be allowed to run them."""
        folder = self._folder / "scripts"
        return (f"scripts/{path.name}" for path in (folder.iterdir() if folder.is_dir() else ()))

    def _every_kconfig(self) -> Iterator[str]:
        """All files that are named like Kconfig's: the patch may be the first to source one."""
        for place, _, files in os.walk(self._folder):
            for name in files:
                if name.startswith("Kconfig"):
                    yield (Path(place) / name).relative_to(self._folder).as_posix()

    def _name(self, path: str) -> str:
        """A path of the patch as a name of the tree: without its first part, as -p1, or as it stands."""
        rest = path.partition("/")[2]
        candidates = [candidate for candidate in (rest, path) if candidate]
        own = [candidate.removeprefix(f"{self._fragment}/") for candidate in candidates if self._fragment]
        for candidate in (*own, *candidates):
            if candidate in self._read or candidate in self._changed:
                return candidate
        return next(iter(candidates), "")

    def _matters(self, name: str) -> bool:
        return name in self._read or PurePosixPath(name).name.startswith("Kconfig")

    def _check(self, item: FilePatch, old: str, new: str) -> None:
        """Refuse what cannot be done."""
        if item.refused:
            raise InputError(f"the patch cannot be applied: it {item.refused}", where=new or old)
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
            raise InputError(
                "the patch creates a file that is there", where=new, hint="is it applied already?"
            )

    def _exists(self, name: str) -> bool:
        if name in self._changed:
            return self._changed[name] is not None
        return os.path.lexists(self._folder / name)

    def _text(self, name: str) -> str:
        """The text of a file so far."""
        known = self._changed.get(name)
        if known is not None:
            return known
        path = self._folder / name
        if path.resolve() != self._folder.resolve() / name:
            raise InputError("is, or lies behind, a symbolic link", where=name, hint="patch the file itself")
        if not path.is_file() or path.stat().st_size > _MOST_BYTES:
            raise InputError("is no Kconfig file", where=name, hint="is this a kernel tree?")
        return path.read_bytes().decode(errors="surrogateescape")


def _makefile(version: KernelVersion) -> str:
    """What tells a fragment's copy its release."""
    numbers = f"VERSION = {version.major}\nPATCHLEVEL = {version.minor}\nSUBLEVEL = {version.stable}\n"
    candidate = re.search(r"-rc\d+", str(version))
    return f"{numbers}EXTRAVERSION = {candidate[0]}\n" if candidate else numbers
