# SPDX-License-Identifier: GPL-2.0-or-later
"""Reads and writes the JSON form of a memory map: memblock as a kernel dumps it.

    {"memory":   [{"base": "0x40000000", "size": "0x8000000", "flags": ["nomap"], "node": 0}],
     "reserved": [{"base": "0x42080000", "size": "0x2fd000"}]}

``base`` and ``size`` are bytes: hexadecimal strings with ``0x``, or numbers. A string of digits only is
ambiguous and is refused. ``flags``, ``node``, ``name``, ``description``, ``command_line`` (a text) and
``kaslr_seed`` (a hexadecimal string) are optional. Regions may overlap and need not be aligned to pages:
kernels merge and round them. A recorded boot (an object with a ``memory_map`` of this form) is accepted, too.
"""

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from explorer.errors import FileError
from explorer.json_input import parse_json
from explorer.machine.memory_map import COMMAND_LINE_SIZE, MOST_REGIONS, MemoryMap, Region

__all__ = ["memory_map_to_json", "parse_memory_map", "read_json"]

_FORM = 'write {"memory":[{"base":"0x40000000","size":"0x8000000"}],"reserved":[]}'
_LONGEST_TEXT = 1000
_HEXADECIMAL = re.compile(r"-?(?:0[xX][0-9a-fA-F]{1,32}|[0-9])")
_PARAMETERS = ("command_line", "kaslr_seed")
_SEED = re.compile(r"0[xX][0-9a-fA-F]{1,16}")
_Fault = Callable[..., FileError]
"""Makes the error for one place of the document, of a sentence and perhaps a hint."""
_KNOWN_FLAGS = frozenset({"nomap"})
# Flags of memblock that do not affect memory initialisation.
_IGNORED_FLAGS = frozenset({"hotplug", "mirror", "driver_managed", "reserved_noinit", "none"})


def read_json(text: str, source: str) -> MemoryMap:
    """Read the JSON form.

    Args:
        text: the document.
        source: the file's name, for errors and reports.

    Raises:
        InputError: the document does not have this form; ``where`` names the place in it.
    """
    document = parse_json(text, source, hint=_FORM)
    if isinstance(document, dict) and isinstance(document.get("memory_map"), dict):
        recorded = {
            "name": document.get("layout"),
            "command_line": document.get("cmdline_extra"),
            "kaslr_seed": document.get("kaslr_seed"),
        }
        document = document["memory_map"] | {name: text for name, text in recorded.items() if text}
    return parse_memory_map(document, source)


def memory_map_to_json(memory_map: MemoryMap) -> dict[str, Any]:
    """The JSON form of a map, as plain data."""
    return {
        "memory": [_entry(region, flags=True) for region in memory_map.memory],
        "reserved": [_entry(region, flags=False) for region in memory_map.reserved],
    }


def _entry(region: Region, *, flags: bool) -> dict[str, Any]:
    entry: dict[str, Any] = {"base": hex(region.base), "size": hex(region.size)}
    if flags:
        entry["flags"] = ["nomap"] if region.nomap else []
    if region.node is not None:
        entry["node"] = region.node
    return entry


def parse_memory_map(document: Any, source: str, *, line: int = 0) -> MemoryMap:
    """The memory map of a JSON value.

    Args:
        document: the value.
        source: the file's name, for errors and reports.
        line: the line of the file that holds it, for errors; 0 where it is the whole file.

    Raises:
        InputError: the value does not have this form; ``where`` names the place in it.
    """
    fault = partial(FileError, file=source, line=line, hint=_FORM)
    if not isinstance(document, dict):
        raise fault("not an object")
    unknown = document.keys() - {"memory", "reserved", "name", "description", "$schema", *_PARAMETERS}
    if unknown:
        raise fault(f"unknown key {min(unknown)[:80]!r}")
    if "memory" not in document:
        raise fault("memory is missing")
    memory = _regions(document["memory"], "memory", fault)
    if not any(region.size for region in memory):
        raise fault("the map holds no memory", hint="give at least one region in memory")
    return MemoryMap(
        name=_text(document, "name", fault) or source,
        memory=memory,
        reserved=_regions(document.get("reserved", []), "reserved", fault),
        source=f"{source}:{line}" if line else source,
        description=_text(document, "description", fault),
        command_line=_command_line(document.get("command_line"), fault),
        kaslr_seed=_seed(document.get("kaslr_seed"), fault),
    )


def _text(document: Mapping[str, Any], key: str, fault: _Fault) -> str:
    text = document.get(key)
    if text is None:
        return ""
    if not isinstance(text, str) or len(text) > _LONGEST_TEXT:
        what = f"is not a text of at most {_LONGEST_TEXT} characters"
        raise fault(what, part=key, hint=f'write "{key}": "a text", or leave it out')
    return text


def _command_line(text: Any, fault: _Fault) -> str | None:
    if text is None:
        return None
    if not isinstance(text, str) or not _is_line(text) or len(text.encode()) >= COMMAND_LINE_SIZE:
        what = f"is not printable text of less than {COMMAND_LINE_SIZE} bytes"
        raise fault(what, part="command_line", hint="write it as /proc/cmdline shows it")
    return text


def _is_line(text: str) -> bool:
    """Whether a text is printable and lost no character; ``parse_json`` replaces lone surrogates."""
    return text.isprintable() and "\N{REPLACEMENT CHARACTER}" not in text


def _seed(text: Any, fault: _Fault) -> int | None:
    """A KASLR seed from hexadecimal digits."""
    if text is None:
        return None
    if not isinstance(text, str) or not _SEED.fullmatch(text):
        hint = 'write "0x" and 1 to 16 hexadecimal digits'
        raise fault("is not a seed of 64 bits", part="kaslr_seed", hint=hint)
    return int(text, 16)


def _regions(entries: Any, key: str, fault: _Fault) -> tuple[Region, ...]:
    if not isinstance(entries, list):
        raise fault("not a list", part=key)
    if len(entries) > MOST_REGIONS:
        raise fault(f"more than {MOST_REGIONS} regions", part=key)
    return tuple(
        _region(entry, partial(fault, part=f"{key}[{index}]")) for index, entry in enumerate(entries)
    )


def _region(entry: Any, fault: _Fault) -> Region:
    if not isinstance(entry, dict):
        raise fault("not an object")
    unknown = entry.keys() - {"base", "size", "flags", "node"}
    if unknown:
        raise fault(f"unknown key {min(unknown)[:80]!r}", hint="known are base, size, flags, node")
    base, size = _bytes(entry, "base", fault), _bytes(entry, "size", fault)
    if base + size > 1 << 64:
        raise fault(f"ends at {base + size:#x}, beyond 64 bits", hint="check its base and its size")
    return Region(base, size, "nomap" in _flags(entry, fault), _node(entry, fault))


def _bytes(entry: Mapping[str, Any], key: str, fault: _Fault) -> int:
    """A number of bytes from a hexadecimal string or a whole number."""
    if key not in entry:
        raise fault(f"{key} is missing")
    value = entry[key]
    shown = f"{value!r:.60}" if isinstance(value, str) else f"{value}"[:60]
    if isinstance(value, str) and len(value) > 1 and value.isdecimal():
        hint = f'write "0x{shown[1:-1]}" if it is hexadecimal, or leave the quotes out'
        raise fault(f"{key} is {shown}: hexadecimal or decimal?", hint=hint)
    number = int(value, 16) if isinstance(value, str) and _HEXADECIMAL.fullmatch(value) else value
    if not isinstance(number, int) or isinstance(number, bool):
        raise fault(f"{key} is {shown}, not a number of bytes", hint='write it as "0x40000000"')
    if number < 0:
        raise fault(f"{key} is negative ({shown})", hint=f"give a {key} of 0 or more")
    if number >= 1 << 64:
        raise fault(f"{key} is {shown}, beyond 64 bits", hint="check the number of digits")
    return number


def _flags(entry: Mapping[str, Any], fault: _Fault) -> frozenset[str]:
    flags = entry.get("flags", [])
    if not isinstance(flags, list) or not all(isinstance(flag, str) for flag in flags):
        raise fault("flags is not a list of strings", hint='write "flags": ["nomap"]')
    unknown = set(flags) - _KNOWN_FLAGS - _IGNORED_FLAGS
    if unknown:
        raise fault(f"unknown flag {min(unknown)!r}", hint="the flag with an effect is nomap")
    return frozenset(flags)


def _node(entry: Mapping[str, Any], fault: _Fault) -> int | None:
    node = entry.get("node")
    if node is None:
        return None
    if not isinstance(node, int) or isinstance(node, bool) or not 0 <= node < 1 << 10:
        raise fault(f"node is {node!r}", hint="node ids are 0 to 1023")
    return node
