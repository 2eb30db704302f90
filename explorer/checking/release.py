# SPDX-License-Identifier: GPL-2.0-only
"""Which kernel files are for: its release, what is known of it, and whose Kconfig judges.

The release is the one that was named, else the tree's, else the one in a file's header. A distribution
appends numbers of its own to that, and its sources may hold more than the release: this is said, not guessed.
"""

import re
from collections.abc import Iterator, Sequence

from explorer.boot import Kernel, is_described
from explorer.configuration import DotConfig, FragmentSpan, Tree, fragment_spans, load_fragment
from explorer.errors import InputError
from explorer.study.backport import with_changes_switched
from explorer.version import KernelVersion

__all__ = ["kernel_of", "known", "only_arm64", "release_notes", "version_of"]


def kernel_of(
    release: KernelVersion, tree: Tree | None, with_changes: Sequence[str], without_changes: Sequence[str]
) -> tuple[Kernel | None, Tree]:
    """The kernel and its Kconfig; a tree of a release that nobody has described has Kconfig alone."""
    if tree and not is_described(release) and not (with_changes or without_changes):
        return None, tree
    return with_changes_switched(tree or known(release), with_changes, without_changes, release)


def _span(release: KernelVersion) -> FragmentSpan | None:
    return next((span for span in fragment_spans() if span.holds(release)), None)


def known(release: KernelVersion) -> Tree:
    """The shipped fragment, or the newest before it: what memory initialisation depends on."""
    if _span(release):
        return load_fragment(release)
    older = [span.first for span in fragment_spans() if span.first <= release]
    return load_fragment(max(older, default=fragment_spans()[0].first))


def release_notes(
    configs: Sequence[DotConfig], release: KernelVersion, tree: Tree | None, *, told: bool
) -> Iterator[str]:
    """What must be said where a tree or a header names another release than the one that is judged.

    Args:
        configs: the files; the first header counts.
        release: the kernel that they are judged for.
        tree: the tree, if one is given.
        told: somebody named the release.
    """
    if tree and tree.version not in {None, release}:
        yield f"{tree.label} is of kernel {tree.version}; memory was initialised as {release} does it"
    header = next((config for config in configs if config.version), None)
    if header and header.version != release:
        by = f"{release} was named to judge it by" if told else f"it is judged as {release}, as the tree is"
        yield f"the header names kernel {header.named}, and {by}"
    elif header and not (told or tree) and re.sub(r"\.0(?=$|-rc)", "", header.named) != str(release):
        yield (
            f"the header names {header.named}, judged as the release of that number: a distribution's "
            "sources may hold later changes; name a release like them with --kernel, or single changes with "
            "--with-fix"
        )


def _sets_nothing(config: DotConfig) -> InputError:
    """The refusal of a file without settings, with what stands in it instead."""
    said, hint = "", "give a kernel .config, plain or gzip"
    if config.unreadable:
        said, hint = (
            f"; its first line says: {config.unreadable[0].text.strip()}",
            f"no line begins with CONFIG_: {hint}",
        )
    return InputError(f"sets no symbol{said}", where=config.source, hint=hint)


def only_arm64(configs: Sequence[DotConfig]) -> None:
    """Refuse a file whose header names another architecture, or another program."""
    for config in configs:
        if config.program:
            raise InputError(
                f"is a configuration of {config.program}, not of a kernel",
                where=config.source,
                hint="give the kernel's .config",
            )
        if config.arch and config.arch != "arm64":
            raise InputError(
                f"is a configuration for {config.arch}, not arm64",
                where=config.source,
                hint="only arm64 is modelled",
            )


def version_of(configs: Sequence[DotConfig], told: KernelVersion | None) -> KernelVersion:
    """The kernel that the files are for; a fragment may hold comments alone."""
    if not configs[0].settings:
        raise _sets_nothing(configs[0])
    version = told or next((config.version for config in configs if config.version), None)
    if version is None:
        raise InputError(
            "its header names no kernel version",
            where=configs[0].source,
            hint="name it with --kernel 6.12, or give the kernel's --tree",
        )
    if told is None and not is_described(version):
        spans = fragment_spans()
        raise InputError(
            f"its header names kernel {version}, whose memory initialisation is not described",
            where=next(config.source for config in configs if config.version),
            hint=f"described are {spans[0].first} to {spans[-1].last}, with gaps: name the nearest with "
            "--kernel, or give the kernel's --tree to judge its Kconfig",
        )
    return version
