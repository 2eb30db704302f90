# SPDX-License-Identifier: GPL-2.0-or-later
"""The kernels and Kconfig trees that the options name.

1. ``--tree`` is a checkout; its Makefile names the release. Otherwise a kernel is a release and its shipped
   fragment.
2. Without both, the header of ``--config`` names the release, otherwise it is ``DEFAULT_KERNEL``. A note says
   so. It is printed after the work, so that a refused run prints its error alone.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from explorer.boot import Kernel
from explorer.commands.options import DEFAULT_ARCH, DEFAULT_KERNEL
from explorer.commands.parse_progress import parse_progress_line
from explorer.commands.printing import say
from explorer.configuration import DotConfig, Tree, load_fragment, load_tree
from explorer.errors import InputError, encodable
from explorer.narrative.source_narrative import source_notes
from explorer.study.change_switching import with_changes_switched
from explorer.study.tree_kernel import sources_tell
from explorer.version import KernelVersion

__all__ = [
    "KernelChoice",
    "TreeOptions",
    "bootable_tree_of",
    "checkout",
    "checkout_of",
    "chosen_kernels",
    "described_kernels",
    "show_source_notes",
    "tree_of",
]


@dataclass(frozen=True, slots=True)
class TreeOptions:
    """The options about a source tree, as given.

    Attributes:
        folder: ``--tree``.
        arch: ``--arch``.
        top: ``--top``.
        variables: ``--env``.
        allow_shell: ``--allow-shell``.
    """

    folder: str | None
    arch: str = DEFAULT_ARCH
    top: str | None = None
    variables: Sequence[str] | None = None
    allow_shell: bool = False

    @property
    def words(self) -> list[str]:
        """The words of the command line, without ``--tree``; only what differs from the default."""
        words = ["--arch", self.arch] if self.arch != DEFAULT_ARCH else []
        words += ["--top", self.top] if self.top is not None else []
        words += [word for variable in self.variables or () for word in ("--env", variable)]
        return words + (["--allow-shell"] if self.allow_shell else [])


@dataclass(frozen=True, slots=True)
class KernelChoice:
    """The releases to judge.

    Attributes:
        releases: in order, each once; a single one with a checkout, which names its own.
        note: what to tell a user who named none; empty where the options name it.
    """

    releases: tuple[str, ...]
    note: str = ""

    @property
    def release(self) -> str:
        """The first of them."""
        return self.releases[0]

    def show_note(self) -> None:
        """Prints the note on standard error."""
        if self.note:
            say(f"note: {self.note}")


def chosen_kernels(
    named: Sequence[str | None] | None, where: TreeOptions, config: DotConfig | None = None
) -> KernelChoice:
    """The kernels of ``--kernel`` and ``--tree``, else that of the header of a file, else the default.

    Args:
        named: the releases of ``--kernel``; ``None`` among them is ignored.
        where: ``--tree`` and what is said of it.
        config: the file of ``--config``.
    """
    releases = tuple(dict.fromkeys(release for release in named or () if release is not None))
    if where.folder is not None:
        return KernelChoice(releases[:1] or (DEFAULT_KERNEL,))
    if releases:
        return KernelChoice(releases)
    if config is not None and config.version is not None:
        release = str(config.version)
        return KernelChoice((release,), f"the kernel is {release}, as the header of {config.source} says")
    note = f"no kernel was named, so this is {DEFAULT_KERNEL}: name yours with --kernel or --tree"
    return KernelChoice((DEFAULT_KERNEL,), note)


def tree_of(options: TreeOptions, release: str) -> Tree:
    """The tree of a checkout; without one the fragment of a release."""
    return checkout_of(options) or load_fragment(KernelVersion.parse(release))


def checkout_of(options: TreeOptions) -> Tree | None:
    """The tree of a checkout; ``None`` without one.

    Raises:
        InputError: there is no checkout, and another option is about it.
    """
    if options.folder is not None:
        return checkout(options.folder, options)
    if options.words:
        hint = "give one with --tree DIR"
        raise InputError("is about a kernel checkout", where=options.words[0], hint=hint)
    return None


def checkout(folder: str | Path, options: TreeOptions) -> Tree:
    """The tree of a checkout; shows the progress, and each command that is run."""
    if not str(folder):
        raise InputError("is empty", where="--tree", hint="give the top of a kernel tree, or leave it out")
    with parse_progress_line(Path(os.path.realpath(folder)).name) as show:
        return load_tree(
            Path(folder),
            arch=options.arch,
            top=options.top,
            environment=_environment_of(options.variables),
            allow_shell=options.allow_shell,
            watched=show.step,
            ran=show.keep,
        )


def _environment_of(words: Sequence[str] | None) -> dict[str, str]:
    """The variables of words such as ``KERNELVERSION=6.6``; the value may be empty."""
    variables: dict[str, str] = {}
    for word in words or ():
        name, equals, value = word.partition("=")
        if not equals:
            raise InputError(
                f"{word[:80]!r} is not NAME=VALUE", where="--env", hint="write --env XEN_HAS_CHECKPOLICY=y"
            )
        if encodable(word) != word:
            raise InputError("is not UTF-8", where="--env", hint="write it in UTF-8")
        if variables.setdefault(name, value) != value:
            raise InputError(f"{name[:80]} is set twice", where="--env", hint="set it once")
    return variables


def bootable_tree_of(options: TreeOptions, release: str) -> Tree:
    """The tree of an arm64 kernel, as ``tree_of`` finds it.

    Raises:
        InputError: it is the tree of another architecture or program, whose memory initialisation is not
            described.
    """
    hint = "explain, count, graph, check and diff take any tree"
    if options.arch != DEFAULT_ARCH:
        what = f"{options.arch} kernels cannot be booted here, only {DEFAULT_ARCH}"
        raise InputError(what, where="--arch", hint=hint)
    tree = tree_of(options, release)
    if not tree.is_arm64_linux:
        what = f"is the source of {tree.subject}, and only arm64 Linux is booted"
        raise InputError(what, where=tree.label, hint=hint)
    show_source_notes(tree)
    return tree


def described_kernels(
    releases: Sequence[str],
    where: TreeOptions,
    with_fixes: Sequence[str] | None = None,
    without_fixes: Sequence[str] | None = None,
) -> list[tuple[Kernel, Tree]]:
    """The kernels that are booted: releases or a checkout, with changes switched.

    Args:
        releases: the releases; ignored with a checkout.
        where: ``--tree`` and what is said of it.
        with_fixes: ``--with-fix``.
        without_fixes: ``--without-fix``.

    Raises:
        InputError: a tree cannot be booted, a release or a change is not known.
    """
    return [
        with_changes_switched(bootable_tree_of(where, release), with_fixes or (), without_fixes or ())
        for release in (releases[:1] if where.folder is not None else releases)
    ]


def show_source_notes(tree: Tree) -> None:
    """Prints on standard error how the sources of a checkout differ from what its release says."""
    for note in source_notes(sources_tell(tree)) if tree.version else ():
        say(f"note on {tree.label}: {note}")
