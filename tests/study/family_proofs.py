# SPDX-License-Identifier: GPL-2.0-or-later
"""Claims over a few listed maps instead of all forms, for tests of what uses claims."""

from collections.abc import Callable, Sequence
from functools import cache, partial

from explorer.boot import KernelConfig, simulate, unmodelled
from explorer.configuration import Tree, load_fragment
from explorer.machine import MemoryMap, shipped_map
from explorer.proof import Claim, Claims, Counterexample, Level
from explorer.proof.conditions import violated
from explorer.study.change_search import ProveAll
from explorer.study.matrix import FOUR, Row, study_kernel
from explorer.study.variants import open_variants
from explorer.version import KernelVersion

__all__ = ["each", "kernel_rows", "prover"]


@cache
def kernel_rows(release: str, *fixed: tuple[str, str]) -> tuple[Tree, tuple[Row, ...]]:
    """The Kconfig of a release, and its reachable rows in the variants that some settings leave open."""
    tree = load_fragment(KernelVersion.parse(release))
    rows = [
        row
        for variant in open_variants(tree, dict(fixed), FOUR)
        for row in study_kernel(tree, [shipped_map("flat")], variant=variant, what_ifs=False).rows
    ]
    return tree, tuple(rows)


def prover(maps: Sequence[MemoryMap]) -> Callable[[KernelConfig], Claims]:
    """A function that gives the claims of a build if there were no other maps than these."""

    @cache
    def prove(config: KernelConfig) -> Claims:
        if gaps := unmodelled(config):
            return Claims(config, (), gaps, 0)
        boots = [simulate(config, memory_map) for memory_map in maps]
        claims = []
        for level in Level:
            deaths = [
                Counterexample(boot.memory_map, fault, violated(boot.memory_map, config))
                for boot in boots
                for fault in [next(filter(level.is_reached_by, boot.faults), None)]
                if fault
            ]
            claims.append(Claim(level, (), tuple(deaths)))
        return Claims(config, tuple(claims), (), len(boots))

    return prove


def each(prove: Callable[[KernelConfig], Claims]) -> ProveAll:
    """Prove builds one after the other."""
    return partial(map, prove)
