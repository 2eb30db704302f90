# SPDX-License-Identifier: GPL-2.0-or-later
"""Reads and writes the JSON form of a memory map: memblock as a kernel dumps it.

    {"memory":   [{"base": "0x40000000", "size": "0x8000000", "flags": ["nomap"], "node": 0}],
     "reserved": [{"base": "0x42080000", "size": "0x2fd000"}]}

``base`` and ``size`` are bytes: hexadecimal strings with ``0x``, or numbers. A string of digits only is
ambiguous and is refused. ``flags``, ``node``, ``name``, ``description``, ``command_line`` (a text) and
``kaslr_seed`` (a hexadecimal string) are optional. Regions may overlap and need not be aligned to pages:
kernels merge and round them. A recorded boot (an object with a ``memory_map`` of this form) is accepted, too.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from explorer.errors import FileError
from explorer.machine.memory_map import COMMAND_LINE_SIZE, MOST_REGIONS, MemoryMap, Region

__all__ = ["memory_map_to_json", "read_json"]

_FORM = 'write {"memory":[{"base":"0x40000000","size":"0x8000000"}],"reserved":[]}'
_HEXADECIMAL = re.compile(r"-?(?:0[xX][0-9a-fA-F]{1,32}|[0-9])")
_MOST_DIGITS = 30
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
    try:
        document = json.loads(
            text, object_pairs_hook=_unique, parse_constant=_no_constant, parse_int=_whole_number
        )
    except json.JSONDecodeError as error:
        raise FileError(f"not JSON: {error.msg}", file=source, line=error.lineno, hint=_FORM) from None
    except RecursionError:
        raise FileError("nested too deeply", file=source, hint=_FORM) from None
    except ValueError as error:
        raise FileError(str(error), file=source, hint=_FORM) from None
    if isinstance(document, dict) and isinstance(document.get("memory_map"), dict):
        recorded = {
            "name": document.get("layout"),
            "command_line": document.get("cmdline_extra"),
            "kaslr_seed": document.get("kaslr_seed"),
        }
        document = document["memory_map"] | {name: text for name, text in recorded.items() if text}
    return _memory_map(document, source)


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


def _unique(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """An object without repeated keys."""
    members: dict[str, Any] = {}
    for key, value in pairs:
        if key in members:
            raise ValueError(f"the key {key!r} occurs twice")
        members[key] = value
    return members


def _whole_number(text: str) -> int:
    if len(text) > _MOST_DIGITS:
        raise ValueError(f"a number of {len(text)} digits is beyond 64 bits")
    return int(text)


def _no_constant(text: str) -> None:
    raise ValueError(f"{text} is not a number of bytes")


def _memory_map(document: Any, source: str) -> MemoryMap:
    if not isinstance(document, dict):
        raise FileError("not an object", file=source, hint=_FORM)
    unknown = document.keys() - {"memory", "reserved", "name", "description", "$schema", *_PARAMETERS}
    if unknown:
        raise FileError(f"unknown key {min(unknown)!r}", file=source, hint=_FORM)
    if "memory" not in document:
        raise FileError("memory is missing", file=source, hint=_FORM)
    memory = _regions(document["memory"], "memory", source)
    if not any(region.size for region in memory):
        raise FileError("the map holds no memory", file=source, hint="give at least one region in memory")
    return MemoryMap(
        name=str(document.get("name") or source),
        memory=memory,
        reserved=_regions(document.get("reserved", []), "reserved", source),
        source=source,
        description=str(document.get("description", "")),
        command_line=_command_line(document.get("command_line"), source),
        kaslr_seed=_seed(document.get("kaslr_seed"), source),
    )


def _command_line(text: Any, source: str) -> str | None:
    if text is None:
        return None
    if not isinstance(text, str) or not text.isprintable() or len(text.encode()) >= COMMAND_LINE_SIZE:
        what = f"is not printable text of less than {COMMAND_LINE_SIZE} bytes"
        raise FileError(what, file=source, part="command_line", hint="write it as /proc/cmdline shows it")
    return text


def _seed(text: Any, source: str) -> int | None:
    """A KASLR seed from hexadecimal digits."""
    if text is None:
        return None
    if not isinstance(text, str) or not _SEED.fullmatch(text):
        hint = 'write "0x" and 1 to 16 hexadecimal digits'
        raise FileError("is not a seed of 64 bits", file=source, part="kaslr_seed", hint=hint)
    return int(text, 16)


def _regions(entries: Any, key: str, source: str) -> tuple[Region, ...]:
    if not isinstance(entries, list):
        raise FileError("not a list", file=source, part=key, hint=_FORM)
    if len(entries) > MOST_REGIONS:
        raise FileError(f"more than {MOST_REGIONS} regions", file=source, part=key, hint=_FORM)
    return tuple(
        _region(entry, partial(FileError, file=source, part=f"{key}[{index}]", hint=_FORM))
        for index, entry in enumerate(entries)
    )


def _region(entry: Any, fault: _Fault) -> Region:
    if not isinstance(entry, dict):
        raise fault("not an object")
    unknown = entry.keys() - {"base", "size", "flags", "node"}
    if unknown:
        raise fault(f"unknown key {min(unknown)!r}", hint="known are base, size, flags, node")
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
