# SPDX-License-Identifier: GPL-2.0-or-later
"""arm64 memory initialisation, simulated: what a configured kernel does with the memory of a machine.

The modules in boot order; each imports only those before it:

1. ``change``, ``changes``, ``kernel``: a release, and the named changes that decide what it does.
2. ``boot_parameters``, ``kernel_config``: the kernel with its configuration and command line: memory model,
   page size, orders.
3. ``memblock``, ``early_memory``: memory and reserved regions, from firmware or from a dump.
4. ``sections``: the pfns that have a struct page.
5. ``zones``: the zones of each node.
6. ``memmap_rules``, ``memmap``: what every struct page holds in the end.
7. ``memory_state``: pageblocks, free pages and guards, as walkers find them.
8. ``struct_page_access``: what an access to a struct page in a given state does.
9. ``walkers``: mm code that steps over pfns, and the faults that it runs into.

``simulation`` runs stages 3 to 9. ``symbols_used`` lists the Kconfig symbols that they depend on.
"""

from explorer.boot.boot_parameters import NO_PARAMETERS, BootParameters, parse_command_line
from explorer.boot.change import Change, Commit
from explorer.boot.changes import CHANGES
from explorer.boot.kernel import Kernel, described_releases, is_described
from explorer.boot.kernel_config import KernelConfig, MemoryModel, RamFill
from explorer.boot.simulation import Boot, Gap, GapKind, Verdict, simulate, unmodelled
from explorer.boot.symbols_used import SYMBOLS_OF_PARAMETERS, SYMBOLS_USED
from explorer.boot.walkers import Fault, Stage

__all__ = [
    "CHANGES",
    "NO_PARAMETERS",
    "SYMBOLS_OF_PARAMETERS",
    "SYMBOLS_USED",
    "Boot",
    "BootParameters",
    "Change",
    "Commit",
    "Fault",
    "Gap",
    "GapKind",
    "Kernel",
    "KernelConfig",
    "MemoryModel",
    "RamFill",
    "Stage",
    "Verdict",
    "described_releases",
    "is_described",
    "parse_command_line",
    "simulate",
    "unmodelled",
]
