# SPDX-License-Identifier: GPL-2.0-only
"""The study behind ``matrix`` and ``report``: kernels, machines and symbols become the document."""

import shlex
from collections.abc import Sequence
from typing import Any

from explorer.backport import patched
from explorer.boot import RamFill
from explorer.commands.options import PROGRAM, machines_of, settings_of, tree_of
from explorer.commands.printing import progress
from explorer.document import document
from explorer.errors import InputError
from explorer.matrix import FOUR, study

__all__ = ["studied_document"]


def studied_document(  # noqa: PLR0913, PLR0917 # the options that matrix and report share
    command: str,
    kernels: Sequence[str],
    folder: str | None,
    sets: Sequence[str] | None,
    maps: Sequence[str] | None,
    symbols: Sequence[str] | None,
    ram_fill: RamFill,
    *,
    with_fixes: Sequence[str] = (),
    without_fixes: Sequence[str] = (),
    this: bool = False,
) -> dict[str, Any]:
    """The document behind matrix and report."""
    machines, settings, names = machines_of(maps, this=this), settings_of(sets), tuple(symbols or FOUR)
    studied = [name for name in settings if name in names]
    if studied:
        raise InputError(
            f"{studied[0]} is under study: all of its values are shown",
            where="--set",
            hint="leave it out, or use simulate",
        )
    releases = kernels[:1] if folder else dict.fromkeys(kernels)  # a checkout names its own
    trees = [patched(tree_of(folder, release), with_fixes, without_fixes) for release in releases]
    views = [
        study(
            tree,
            machines,
            described=described,
            names=names,
            settings=settings,
            ram_fill=ram_fill,
            watched=progress(f"kernel {tree.release}"),
        )
        for described, tree in trees
    ]
    where = (("--tree", [folder]),) if folder else (("--kernel", kernels),)
    changes = (("--with-fix", with_fixes), ("--without-fix", without_fixes))
    options = (*where, ("--set", sets), ("--memory-map", maps), ("--symbol", symbols), *changes)
    words = [word for option, values in options for value in values or () for word in (option, value)]
    words += ["--this-machine"] if this else []
    again = shlex.join([*words, "--ram-fill", str(ram_fill)])
    return document(views, machines, f"{PROGRAM} {command} {again}")
