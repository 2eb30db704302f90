# SPDX-License-Identifier: GPL-2.0-only
"""What memory a machine has: memory maps, what firmware says, and the files that tell of them."""

from explorer.machine.json_form import memory_map_to_json
from explorer.machine.machine_sources import read_machine
from explorer.machine.memory_map import EfiDescriptor, Firmware, MemoryMap, Region, ReservedNode
from explorer.machine.shipped_maps import all_shipped_maps, sample
from explorer.machine.this_machine import NAME as THIS_MACHINE
from explorer.machine.this_machine import read_this_machine

__all__ = [
    "THIS_MACHINE",
    "EfiDescriptor",
    "Firmware",
    "MemoryMap",
    "Region",
    "ReservedNode",
    "all_shipped_maps",
    "memory_map_to_json",
    "read_machine",
    "read_this_machine",
    "sample",
]
