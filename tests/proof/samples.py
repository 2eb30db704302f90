# SPDX-License-Identifier: GPL-2.0-only
"""Claims for tests that do not prove anything."""

from explorer.boot import Kernel, KernelConfig, simulate
from explorer.configuration import complete, load_fragment
from explorer.machine.shipped_maps import shipped_map
from explorer.proof.claims import Claim, Claims, Counterexample, Level
from explorer.proof.conditions import Condition
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
    memory_map = type(boot.memory_map)("form", boot.memory_map.memory, boot.memory_map.reserved)
    violated = frozenset({Condition.NO_NOMAP, Condition.NOMAP_ENDS_ON_SECTIONS})
    example = Counterexample(memory_map, boot.faults[0], violated)
    term = frozenset({Condition.NO_NOMAP})
    return Claims(build, tuple(Claim(level, (term,), (example,)) for level in Level), (), 7)
