# SPDX-License-Identifier: GPL-2.0-or-later
"""Claims for tests that do not prove anything."""

from explorer.boot import Kernel, KernelConfig, simulate
from explorer.configuration import complete, load_fragment
from explorer.machine import MemoryMap, shipped_map
from explorer.proof.claims import Claim, Claims, Counterexample, Level
from explorer.proof.conditions import Condition, violated
from explorer.version import KernelVersion

__all__ = ["build_of", "sample_claims"]


def build_of(release: str, **values: str) -> KernelConfig:
    """A release with some values, the others as Kconfig computes them."""
    version = KernelVersion.parse(release)
    return KernelConfig.of(Kernel.of(version), complete(load_fragment(version), values, {}).values)


def sample_claims() -> Claims:
    """Made-up claims about 4.17; their counterexample is a shipped map that does kill it."""
    build = build_of("4.17", DEBUG_VM="y")
    boot = simulate(build, shipped_map("nomap-mid"))
    memory_map = MemoryMap("form", boot.memory_map.memory, boot.memory_map.reserved)
    example = Counterexample(memory_map, boot.faults[0], violated(memory_map, build))
    term = frozenset({Condition.NOMAP_BEGINS_ON_PAGEBLOCKS, Condition.NOMAP_ENDS_ON_PAGEBLOCKS})
    on_class = tuple(Claim(level, (term,), (example,)) for level in (Level.NEVER, Level.NO_CERTAIN))
    return Claims(build, (*on_class, Claim(Level.NOT_AT_BOOT, (frozenset(),), ())), (), 7)
