# SPDX-License-Identifier: GPL-2.0-only
"""What would save an unsafe kernel: the fewest other answers in its ``.config``, or the fewest known changes.

1. Both are found by trying: a cure is a configuration that Kconfig computes and that is *safe* on every
   machine.
2. Answers are tried to the prompts that memory initialisation depends on, NUMA and the memory model first:
   one at a time, then two of those. The page size stays: nobody changes it to mend a boot.
3. Changes to the kernel are ``explorer.study.backport``'s to find.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, combinations

from explorer.boot import KernelConfig, Verdict, simulate
from explorer.checking.findings import SuggestedFix
from explorer.configuration import Tree, config_fragment
from explorer.configuration.tree.toolchain_override import toolchain_of_config
from explorer.machine import Firmware, MemoryMap
from explorer.study.backport import SmallestBackports

__all__ = ["UnsafeFix", "cured", "fewest_answers"]

_FIRST = ("NUMA", "SPARSEMEM_VMEMMAP", "SPARSEMEM_MANUAL", "FLATMEM_MANUAL")
_CHOICES = ("_PAGES", "VA_BITS", "PA_BITS")


@dataclass(frozen=True, slots=True)
class UnsafeFix:
    """What would save a kernel.

    Attributes:
        answers: the fewest that do, symbol to value; empty where none are known.
        fix: the ways out in words; ``None`` where none is known.
    """

    answers: Mapping[str, str]
    fix: SuggestedFix | None


def fewest_answers(  # noqa: PLR0913, PLR0917 # a kernel as configured, what may change, machines
    tree: Tree,
    given: Mapping[str, str],
    build: KernelConfig,
    prompts: Sequence[str],
    machines: Sequence[MemoryMap | Firmware],
    elsewhere: Mapping[str, str],
) -> dict[str, str] | None:
    """The fewest answers that make a kernel safe on all machines; ``None`` where one or two do not.

    Args:
        tree: its Kconfig.
        given: the answers of its ``.config``.
        build: the unsafe kernel that comes of them.
        prompts: the symbols that may be answered otherwise.
        machines: at least one.
        elsewhere: values that hold although the answers alone do not give them.
    """
    with toolchain_of_config(tree, given):
        for changes, built in _attempts(tree, given, build, prompts, elsewhere):
            if all(simulate(built, machine).verdict is Verdict.SAFE for machine in machines):
                return changes
    return None


def _attempts(
    tree: Tree,
    given: Mapping[str, str],
    build: KernelConfig,
    prompts: Sequence[str],
    elsewhere: Mapping[str, str],
) -> Iterator[tuple[dict[str, str], KernelConfig]]:
    """Other answers that Kconfig keeps, with the kernel that comes of them, the fewest first."""
    tree.answer(given)
    flipped = [(name, "n" if tree.value(name) == "y" else "y") for name in prompts if _may_change(tree, name)]
    flipped.sort(key=lambda change: change[0] not in _FIRST)
    first = [change for change in flipped if change[0] in _FIRST]
    for changes in chain(((change,) for change in flipped), combinations(first, 2)):
        tree.answer({**given, **dict(changes)})
        if all(tree.value(name) == value for name, value in changes):
            values = {**given, **{name: tree.value(name) for name in tree.symbols}, **elsewhere}
            built = KernelConfig.of(build.kernel, values, build.ram_fill)
            if built.page_shift == build.page_shift:
                yield dict(changes), built


def _may_change(tree: Tree, name: str) -> bool:
    return tree.has_prompt(name) and tree.is_logical(name) and not any(word in name for word in _CHOICES)


def cured(answers: Mapping[str, str] | None, changes: SmallestBackports, tree: Tree) -> UnsafeFix:
    """Both ways out as one fix; its fragment holds the answers, for no ``.config`` applies a change."""
    ways = []
    if answers:
        ways.append(f"set {', '.join(f'{name}={value}' for name, value in answers.items())}")
    if changes.fixes:
        labels = ", ".join(change.label for change in changes.fixes[0].changes)
        ways.append(f"apply {labels} to the kernel")
    if not ways:
        return UnsafeFix({}, None)
    words = (
        f"{', or '.join(ways)}: with {'either' if len(ways) > 1 else 'it'} it survives on every machine named"
    )
    return UnsafeFix(answers or {}, SuggestedFix(words, config_fragment(tree, answers or {})))
