# SPDX-License-Identifier: GPL-2.0-or-later
"""Kernels near the judged release that can have a combination which that release cannot.

A release number can be in doubt: stable series and vendors take later commits, and a user may name a series
where the file's header names one of its stable releases. So a combination that the fragment of the release
cannot produce is tried again, in this order:

1. with the fragment of the release that the header names, if the user named another one;
2. with each known change that redefines a symbol whose value is lost and that a stable series took: switched
   on if the release lacks it, off if the release has it as a backport.

The verdict stays; the fix of the finding names the first kernel that can have the combination.
"""

from collections.abc import Iterator, Mapping

from explorer.boot import CHANGES, Kernel, is_described
from explorer.checking.fixes import OtherKernel
from explorer.checking.memory import combination_of
from explorer.configuration import Tree, load_fragment
from explorer.errors import InputError
from explorer.study.change_switching import with_changes_switched
from explorer.version import KernelVersion

__all__ = ["other_kernel_of"]


def other_kernel_of(
    kernel: Kernel,
    fragment: Tree,
    header: KernelVersion | None,
    values: Mapping[str, str],
    lost: frozenset[str],
) -> OtherKernel | None:
    """The first kernel that can have a combination; ``None`` if there is none.

    Args:
        kernel: the judged release.
        fragment: its Kconfig, which cannot produce the combination.
        header: the release in the file's header.
        values: the values of the four symbols.
        lost: those of them whose values Kconfig changes.
    """
    for other, tree in _nearby(kernel, fragment, header, lost):
        if combination_of(tree, values).reachable:
            return other
    return None


def _nearby(
    kernel: Kernel, fragment: Tree, header: KernelVersion | None, lost: frozenset[str]
) -> Iterator[tuple[OtherKernel, Tree]]:
    """The kernels to try, with their Kconfig."""
    if header and header != kernel.version and is_described(header):
        yield OtherKernel(header), load_fragment(header)
    for change in CHANGES:
        if not change.is_backported or lost.isdisjoint(edit.symbol for edit in change.definitions):
            continue
        has = not kernel.has(change.name)
        if not has and change.in_force(KernelVersion(*kernel.version.series)):
            continue  # it is no backport
        names = ([change.name], []) if has else ([], [change.name])
        try:
            yield OtherKernel(change, has), with_changes_switched(fragment, *names, kernel.version)[1]
        except InputError:
            continue  # it cannot be switched in this release
