# SPDX-License-Identifier: GPL-2.0-or-later
"""The content of a build: everything that its boots, and so its claims, depend on.

Two releases with the same changes have the same content, and so have two configurations that differ in
symbols that no boot asks for. Of a command line only the answers count that the kernel takes from it.
"""

import hashlib
import json

from explorer.boot import SYMBOLS_USED, KernelConfig

__all__ = ["build_key"]

_SYMBOLS = frozenset(SYMBOLS_USED)


def build_key(config: KernelConfig) -> str:
    """A hash of everything about a build that its claims depend on."""
    answers = (
        config.page_owner_enabled,
        config.kmemleak_enabled,
        config.debug_pagealloc_enabled,
        config.rodata_full,
        config.can_hibernate,
        config.memstart_offset_seed,
        config.is_seed_known,
        config.parameters.memory_limit,
        config.parameters.values("crashkernel"),
        bool(config.parameters.values("early_page_ext")),
    )
    content = (
        sorted(config.kernel.changes),
        sorted(config.kernel.open),
        config.memory_model,
        (config.page_shift, config.largest_order, config.pageblock_order, config.section_size_bits),
        (config.migrate_types, config.nodes_shift, config.va_bits),
        config.ram_fill,
        sorted(config.on & _SYMBOLS),
        answers,
    )
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:32]
