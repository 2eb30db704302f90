# SPDX-License-Identifier: GPL-2.0-or-later
"""The kernel of a Kconfig tree: what its release says of memory initialisation, and what its sources show."""

from functools import lru_cache
from typing import NamedTuple

from explorer.boot import Kernel, is_described
from explorer.configuration import Tree
from explorer.errors import InputError
from explorer.version import KernelVersion

__all__ = ["SourcesTell", "kernel_of_tree", "known_kernel_of_tree", "sources_tell"]


class SourcesTell(NamedTuple):
    """How the kernel of a checkout differs from what its release says.

    Attributes:
        added: changes that its sources show and its release does not have.
        missing: changes that its release has and its sources do not.
        open: changes that neither tells of.
        is_newer: the release is newer than the described ones.
    """

    added: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    open: tuple[str, ...] = ()
    is_newer: bool = False


@lru_cache(maxsize=4)  # a tree is immutable, and reading its sources takes 25 ms
def kernel_of_tree(tree: Tree, release: KernelVersion | None = None) -> Kernel:
    """The kernel of a tree. Its sources count, unless another release than its own is named.

    Raises:
        InputError: the release is unknown, or older than the described ones.
    """
    if release is not None and release != tree.version:
        return Kernel.of(release)
    return Kernel.read(tree.release, tree.source)


def known_kernel_of_tree(tree: Tree, release: KernelVersion | None = None) -> Kernel | None:
    """The kernel of a tree as ``kernel_of_tree``; ``None`` where that raises."""
    try:
        return kernel_of_tree(tree, release)
    except InputError:
        return None


def sources_tell(tree: Tree) -> SourcesTell:
    """How the kernel of a tree differs from what its release says; empty for a fragment."""
    kernel = known_kernel_of_tree(tree)
    if kernel is None:
        return SourcesTell()
    if not is_described(kernel.version):
        return SourcesTell(open=tuple(sorted(kernel.open)), is_newer=True)
    released = Kernel.of(kernel.version).changes
    added, missing = kernel.changes - released, released - kernel.changes
    return SourcesTell(tuple(sorted(added)), tuple(sorted(missing)))
