# SPDX-License-Identifier: GPL-2.0-only
"""The contexts in which a kernel is worth judging: page size, memory model and DEBUG_VM, varied together.

Rules:

1. A dimension varies only where nothing fixes one of its symbols and the tree defines them.
2. A context counts when Kconfig can produce it; which memory models arm64 offers is the tree's to say.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import product

from explorer.configuration import Tree, complete

__all__ = ["open_variants"]

_Choice = Mapping[str, str]

_DIMENSIONS: tuple[tuple[_Choice, ...], ...] = (
    tuple({f"ARM64_{size}K_PAGES": "y"} for size in (4, 16, 64)),
    (
        {"SPARSEMEM_VMEMMAP": "y"},
        {"SPARSEMEM": "y", "SPARSEMEM_VMEMMAP": "n"},
        {"FLATMEM": "y"},
    ),
    ({"DEBUG_VM": "n"}, {"DEBUG_VM": "y"}),
)


def open_variants(tree: Tree, fixed: Mapping[str, str]) -> tuple[dict[str, str], ...]:
    """Every context that Kconfig can produce, as settings that name it, ``fixed`` included in each.

    Args:
        tree: the Kconfig of one kernel.
        fixed: settings that hold throughout; a dimension that they touch does not vary.

    Raises:
        InputError: a fixed symbol is not defined or its value is wrong.
    """
    varied = [tuple(_defined(tree, choices)) for choices in _DIMENSIONS if not _touched(choices, fixed)]
    wishes = ({**fixed, **_joined(chosen)} for chosen in product(*filter(None, varied)))
    return tuple(wish for wish in wishes if wish and complete(tree, wish, {}).reachable)


def _defined(tree: Tree, choices: Iterable[_Choice]) -> Iterator[_Choice]:
    return (choice for choice in choices if all(tree.defines(name) for name in choice))


def _touched(choices: Iterable[_Choice], fixed: Mapping[str, str]) -> bool:
    return any(name in fixed for choice in choices for name in choice)


def _joined(chosen: Iterable[_Choice]) -> dict[str, str]:
    return {name: value for choice in chosen for name, value in choice.items()}
