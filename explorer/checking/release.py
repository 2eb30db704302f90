# SPDX-License-Identifier: GPL-2.0-or-later
"""The kernel release that files are for, what is known of it, and the tree that judges.

1. The release is the named one, else that of the tree, else the one in a file's header.
2. A distribution appends its own numbers to the release, and its source may hold later changes. The judgement
   names this as a limit.
"""

import re
from collections.abc import Iterator, Sequence

from explorer.boot import Kernel, described_releases, is_described
from explorer.checking.limits import Limit, LimitKind
from explorer.configuration import DotConfig, Tree, fragment_spans, load_fragment
from explorer.configuration.toolchain.probes import srcarch_of
from explorer.errors import Argument, FileError, InputError
from explorer.study.change_switching import with_changes_switched
from explorer.study.tree_kernel import SourcesTell, known_kernel_of_tree, sources_tell
from explorer.version import KernelVersion

__all__ = [
    "header_version",
    "kernel_of",
    "nearest_fragment",
    "only_arm64",
    "only_configs_of",
    "refuse_kernel",
    "release_limits",
    "version_of",
]

_SUBLEVEL_0 = re.compile(r"\.0(?=$|-rc)")


def kernel_of(
    release: KernelVersion, tree: Tree | None, with_changes: Sequence[str], without_changes: Sequence[str]
) -> tuple[Kernel | None, Tree]:
    """The kernel and its tree; no kernel if a tree is given and its release is older than those described."""
    if tree and not (with_changes or without_changes) and known_kernel_of_tree(tree, release) is None:
        return None, tree
    judging = tree or nearest_fragment(release)
    return with_changes_switched(judging, with_changes, without_changes, release)


def nearest_fragment(release: KernelVersion) -> Tree:
    """The shipped fragment of a release, or of the newest described release before it."""
    spans = fragment_spans()
    if any(span.holds(release) for span in spans):
        return load_fragment(release)
    return load_fragment(max((span.first for span in spans if span.first <= release), default=spans[0].first))


def release_limits(
    configs: Sequence[DotConfig], release: KernelVersion, tree: Tree | None, *, named_by_user: bool
) -> Iterator[Limit]:
    """The limits if a tree or a header names another release than the judged one.

    Args:
        configs: the files; the first header counts.
        release: the judged release.
        tree: the tree, if one is given.
        named_by_user: the user named the release.
    """
    if tree and tree.version not in {None, release}:
        yield Limit(LimitKind.OTHER_TREE, tree.label, release=tree.version, judged=release)
    tell = sources_tell(tree) if tree and tree.version == release else SourcesTell()
    if tell != SourcesTell():
        yield Limit(LimitKind.SOURCES, tree.label if tree else "", sources=tell)
    header = next((config for config in configs if config.version), None)
    if header and header.version != release:
        kind = LimitKind.OTHER_HEADER_THAN_NAMED if named_by_user else LimitKind.OTHER_HEADER_THAN_TREE
        yield Limit(kind, header.named, judged=release)
    elif header and not (named_by_user or tree) and _SUBLEVEL_0.sub("", header.named) != str(release):
        yield Limit(LimitKind.RELEASE_OF_DISTRIBUTION, header.named)


def _sets_nothing(config: DotConfig) -> FileError:
    """An error that quotes the first line of a file without settings."""
    content, hint = "", "give a kernel .config, plain or gzip"
    if config.unreadable:
        content = f"; its first line says: {config.unreadable[0].text.strip()}"
        hint = f"no line begins with CONFIG_: {hint}"
    return FileError(f"sets no symbol{content}", file=config.source, hint=hint)


def only_arm64(configs: Sequence[DotConfig]) -> None:
    """Refuse files of another architecture or another program.

    Raises:
        FileError: a header names one.
    """
    for config in configs:
        if config.program:
            raise FileError(
                f"is a configuration of {config.program}, not of a kernel",
                file=config.source,
                hint="give the kernel's .config",
            )
        if config.arch and config.arch != "arm64":
            raise FileError(
                f"is a configuration for {config.arch}, not arm64",
                file=config.source,
                hint="only arm64 is modelled",
            )


def only_configs_of(tree: Tree, configs: Sequence[DotConfig], requested: Sequence[DotConfig]) -> None:
    """Refuse files of another architecture or program than that of a tree, and a first file without settings.

    Raises:
        FileError: a header names another one, or there is no setting.
    """
    if not configs[0].settings:
        raise _sets_nothing(configs[0])
    variables, name = tree.parse_input.environment, tree.program.name
    for config in (*configs, *requested):
        program = config.program or ("Linux" if config.arch else "")
        known = {variables.get("ARCH"), variables.get("SRCARCH"), ""}
        if program and program.casefold() != name.casefold():
            what, hint = f"is a configuration of {program}, not of {name}", f"give its tree, or one of {name}"
            raise FileError(what, file=config.source, hint=hint)
        if not known & {config.arch, srcarch_of(config.arch or "none")}:
            what = f"is a configuration for {config.arch}, not {tree.arch}"
            raise FileError(what, file=config.source, hint=("give the architecture with ", Argument("arch")))


def refuse_kernel(tree: Tree, version: KernelVersion | None, changes: Sequence[str]) -> None:
    """Refuse what is said of a kernel that is not booted.

    Raises:
        InputError: a release or a change is named.
    """
    if version or changes:
        parameter = "kernel" if version else "with_changes"
        what = f"is about a kernel that boots, and {tree.subject} is not booted"
        raise InputError(what, parameter=parameter, hint="leave it out")


def header_version(configs: Sequence[DotConfig]) -> KernelVersion | None:
    """The release in the first header; ``None`` if no file has one."""
    return next((config.version for config in configs if config.version), None)


def version_of(configs: Sequence[DotConfig], named: KernelVersion | None) -> KernelVersion:
    """The release that files are judged for.

    Args:
        configs: the files; the first must set a symbol, fragments may hold comments alone.
        named: the release that the user or the tree names.

    Raises:
        FileError: the first file sets no symbol, no header names a release, or it is not described.
    """
    if not configs[0].settings:
        raise _sets_nothing(configs[0])
    version = named or header_version(configs)
    if version is None:
        raise FileError(
            "its header names no kernel version",
            file=configs[0].source,
            hint=("name it with ", Argument("kernel", "6.12"), ", or give the kernel's ", Argument("tree")),
        )
    if named is None and not is_described(version):
        raise FileError(
            f"its header names kernel {version}, whose memory initialisation is not described",
            file=next(config.source for config in configs if config.version),
            hint=(
                f"{described_releases(version)}: name the nearest with ",
                Argument("kernel"),
                ", or give the kernel's ",
                Argument("tree"),
                " to judge its Kconfig",
            ),
        )
    return version
