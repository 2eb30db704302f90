# SPDX-License-Identifier: GPL-2.0-only
"""What a kernel does with a machine's memory: arm64 memory initialisation, in boot order."""

from explorer.boot.change import Change, Commit
from explorer.boot.changes import CHANGES
from explorer.boot.kernel import Kernel, is_described
from explorer.boot.kernel_config import KernelConfig, MemoryModel, RamFill
from explorer.boot.simulation import Boot, Gap, GapKind, Verdict, simulate, unmodelled
from explorer.boot.symbols_used import SYMBOLS_USED
from explorer.boot.walkers import Fault, Stage

__all__ = [
    "CHANGES",
    "SYMBOLS_USED",
    "Boot",
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
    "is_described",
    "simulate",
    "unmodelled",
]
