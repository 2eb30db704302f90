# SPDX-License-Identifier: GPL-2.0-or-later
"""Memory maps of machines: the data types, and the readers of every source that describes one."""

from explorer.machine.json_form import memory_map_to_json
from explorer.machine.machine_sources import read_machine
from explorer.machine.memory_map import EfiDescriptor, Firmware, MemoryMap, Region, ReservedNode, UnplacedNode
from explorer.machine.memory_range import parse_memory_range
from explorer.machine.shipped_maps import all_shipped_maps, shipped_map
from explorer.machine.this_machine import NAME as THIS_MACHINE
from explorer.machine.this_machine import read_this_machine

__all__ = [
    "THIS_MACHINE",
    "EfiDescriptor",
    "Firmware",
    "MemoryMap",
    "Region",
    "ReservedNode",
    "UnplacedNode",
    "all_shipped_maps",
    "memory_map_to_json",
    "parse_memory_range",
    "read_machine",
    "read_this_machine",
    "shipped_map",
]
