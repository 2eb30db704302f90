# SPDX-License-Identifier: GPL-2.0-or-later
"""The variants in which a kernel is judged: page size, memory model and DEBUG_VM, varied together.

Rules:

1. A dimension varies only where the user fixes none of its symbols and the tree defines them.
2. A variant counts if Kconfig can produce it; the tree decides which memory models exist.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from explorer.configuration import NO_DEADLINE, Completion, Deadline, Tree, complete
from explorer.configuration.queries.reachability import Reachability

__all__ = ["Variant", "open_variants"]

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


@dataclass(frozen=True, slots=True)
class Variant:
    """Settings that name a variant, and what Kconfig makes of them.

    Attributes:
        settings: the values that name it, those that the user fixed first.
        completion: the whole configuration.
        reachability: decides values of the settings and of the symbols under study; all variants share it.
    """

    settings: Mapping[str, str]
    completion: Completion
    reachability: Reachability


def open_variants(
    tree: Tree, fixed: Mapping[str, str], names: Sequence[str], *, deadline: Deadline = NO_DEADLINE
) -> tuple[Variant, ...]:
    """Every variant that Kconfig can produce; none where nothing is left to vary.

    Args:
        tree: the Kconfig of one kernel.
        fixed: valid settings that hold in every variant; a dimension that they touch does not vary.
        names: the symbols under study.
        deadline: when to stop.

    Raises:
        OutOfTimeError: it is not decided in time which variants Kconfig can produce.
    """
    varied = [tuple(_defined(tree, choices)) for choices in _DIMENSIONS if not _touched(choices, fixed)]
    dimensions = [choices for choices in varied if choices]
    if not dimensions:
        return ()
    named = [{**fixed, **_joined(choices)} for choices in product(*dimensions)]
    asked = {name: value for settings in named for name, value in settings.items()}
    reachability = Reachability(tree, dict.fromkeys(names, "n") | asked, deadline=deadline)
    possible = (settings for settings in named if reachability.is_reachable(settings))
    variants = (
        Variant(settings, complete(tree, settings, {}, reachability=reachability), reachability)
        for settings in possible
    )
    return tuple(variant for variant in variants if variant.completion.reachable)


def _defined(tree: Tree, choices: Iterable[_Choice]) -> Iterator[_Choice]:
    return (choice for choice in choices if all(tree.defines(name) for name in choice))


def _touched(choices: Iterable[_Choice], fixed: Mapping[str, str]) -> bool:
    return any(name in fixed for choice in choices for name in choice)


def _joined(choices: Iterable[_Choice]) -> dict[str, str]:
    return {name: value for choice in choices for name, value in choice.items()}
