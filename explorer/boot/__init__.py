# SPDX-License-Identifier: GPL-2.0-only
"""What a kernel does with a machine's memory: arm64 memory initialisation, in boot order."""

from explorer.boot.account import account
from explorer.boot.asked import ASKED
from explorer.boot.build import Build, MemoryModel, RamFill
from explorer.boot.changes import CHANGES, Change
from explorer.boot.kernel import Kernel, change_of, is_described, kernel
from explorer.boot.simulate import Boot, Verdict, simulate, unmodelled
from explorer.boot.story import chain, headline, struct_page_words, why
from explorer.boot.walkers import Fault, Stage

__all__ = [
    "ASKED",
    "CHANGES",
    "Boot",
    "Build",
    "Change",
    "Fault",
    "Kernel",
    "MemoryModel",
    "RamFill",
    "Stage",
    "Verdict",
    "account",
    "chain",
    "change_of",
    "headline",
    "is_described",
    "kernel",
    "simulate",
    "struct_page_words",
    "unmodelled",
    "why",
]
