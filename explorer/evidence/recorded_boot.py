# SPDX-License-Identifier: GPL-2.0-or-later
"""Reads the row of a recorded boot: one JSON object. Every field that is used is checked here.

Rules:

1. ``kernel``, ``page_size``, ``memory_model``, ``config``, ``memory_map``, ``outcome``, ``stage`` and
   ``triggers`` are required. Each other field may be missing or null. Fields that nothing reads are ignored.
2. ``memory_map`` has the form of ``explorer.machine.json_form``.
3. An error names the file, the line and the field.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from explorer.boot.boot_parameters import BootParameters, parse_command_line
from explorer.boot.kernel_config import MemoryModel, RamFill
from explorer.errors import FileError, InputError
from explorer.json_input import parse_json
from explorer.machine.json_form import parse_memory_map
from explorer.machine.memory_map import MemoryMap
from explorer.version import KernelVersion

__all__ = ["RecordedBoot", "parse_recorded_boot"]

_REQUIRED = ("kernel", "page_size", "memory_model", "config", "memory_map", "outcome", "stage", "triggers")
_HINT = "see tests/data/boots"
_JSON_HINT = "a recording holds one JSON object a line"
_PAGE_SIZES = (4096, 16384, 65536)
_MODELS = tuple(map(str, MemoryModel))
_FILLS = tuple(map(str, RamFill))
_SYMBOL = re.compile("[A-Za-z0-9_]{1,200}")
_HEXADECIMAL = re.compile("0[xX][0-9a-fA-F]{1,16}|[0-9a-fA-F]{1,16}")
_LONGEST = 4096  # characters of a text
_MOST = 20_000  # entries of a list or object; a whole kernel has 10,000 symbols
_LARGEST_ORDER = 64  # log2: of pages in a pageblock, of bytes in a section


@dataclass(frozen=True, slots=True)
class RecordedBoot:
    """A recorded boot, with every field checked.

    Attributes:
        row: the whole object as read.
        version: the release that booted.
        page_size: bytes.
        memory_model: of the configuration.
        config: the values of the recorded symbols.
        memory_map: memblock as that kernel dumped it.
        outcome: ``ok``, or how the kernel died.
        stage: the trigger at which it died, ``done`` if it did not.
        triggers: the result of each trigger that was to run.
        skipped: the triggers that were left out.
        fault_in: the function that died; ``None`` where none is recorded.
        fault_page: the pfn of the page on which it died; ``None`` where none is recorded.
        ram_fill: what RAM held before boot.
        zones: the names of the zones that the kernel printed.
        pageblock_order: log2 of the pages in a pageblock; 0 where it is not recorded.
        section_size_bits: log2 of the bytes in a section; 0 where it is not recorded.
        parameters: the command line and the seed.
    """

    row: Mapping[str, Any]
    version: KernelVersion
    page_size: int
    memory_model: MemoryModel
    config: Mapping[str, str]
    memory_map: MemoryMap
    outcome: str
    stage: str
    triggers: Mapping[str, str]
    skipped: tuple[str, ...]
    fault_in: str | None
    fault_page: int | None
    ram_fill: RamFill
    zones: frozenset[str]
    pageblock_order: int
    section_size_bits: int
    parameters: BootParameters


def parse_recorded_boot(line: str, file: str, number: int) -> RecordedBoot:
    """The boot of one line of a recording.

    Args:
        line: a JSON object.
        file: the file's name, for errors.
        number: the line's number, from 1.

    Raises:
        InputError: it is not a recorded boot.
    """
    row = parse_json(line, file, hint=_JSON_HINT, line=number)
    if not isinstance(row, dict):
        raise _fault("not an object", "", file, number)
    missing = [key for key in _REQUIRED if key not in row]
    if missing:
        raise _fault(f"{', '.join(missing)} missing", "", file, number)
    return _Fields(row, partial(_fault, file=file, line=number)).boot(file, number)


def _fault(what: str, field: str, file: str, line: int) -> FileError:
    return FileError(f"not a recorded boot: {what}", file=file, line=line, part=field, hint=_HINT)


class _Fields:
    """The fields of a row. Each method returns one, or raises the error that names it."""

    def __init__(self, row: Mapping[str, Any], fault: Callable[[str, str], FileError]) -> None:
        self._row, self._fault = row, fault

    def boot(self, file: str, number: int) -> RecordedBoot:
        """The boot."""
        return RecordedBoot(
            self._row,
            self._version(),
            self._one_of("page_size", _PAGE_SIZES),
            MemoryModel(self._one_of("memory_model", _MODELS)),
            self._config(),
            self._memory_map(file, number),
            self._text("outcome"),
            self._text("stage"),
            self._texts("triggers"),
            self._names("skipped"),
            self._text_or_none("fault_in"),
            self._number_or_none("fault_page_pfn"),
            RamFill(self._one_of("ram_fill", _FILLS) if self._given("ram_fill") else RamFill.STALE),
            self._zones("zones") | self._zones("zoneinfo"),
            self._order("pageblock_order"),
            self._order("section_size_bits"),
            self._parameters(),
        )

    def _given(self, field: str) -> bool:
        return self._row.get(field) not in (None, "")

    def _version(self) -> KernelVersion:
        try:
            return KernelVersion.parse(self._text("kernel"))
        except InputError as error:
            raise self._fault(error.what, "kernel") from None

    def _memory_map(self, file: str, number: int) -> MemoryMap:
        document = {**self._object("memory_map", self._row["memory_map"])}
        document["name"] = self._text_or_none("layout") or "recorded"
        memory_map = parse_memory_map(document, file, line=number)
        return replace(memory_map, command_line=self._text_or_none("cmdline_extra") or "")

    def _parameters(self) -> BootParameters:
        seed = self._number_or_none("kaslr_seed")
        try:
            return parse_command_line(self._text_or_none("cmdline_extra") or "", seed or 0)
        except InputError as error:
            raise self._fault(error.what, "cmdline_extra") from None

    def _config(self) -> dict[str, str]:
        values = self._texts("config")
        for name in values:
            if not _SYMBOL.fullmatch(name):
                raise self._fault(f"{name[:40]!r} is not a symbol", "config")
        return values

    def _zones(self, field: str) -> frozenset[str]:
        """The names of the zones in a list of objects."""
        entries = self._list(field)
        zones = (self._object(f"{field}[{index}]", entry) for index, entry in enumerate(entries))
        return frozenset(
            self._checked_text(zone.get("name"), f"{field}[{index}].name") for index, zone in enumerate(zones)
        )

    def _names(self, field: str) -> tuple[str, ...]:
        return tuple(
            self._checked_text(entry, f"{field}[{index}]") for index, entry in enumerate(self._list(field))
        )

    def _texts(self, field: str) -> dict[str, str]:
        members = self._object(field, self._row[field])
        return {name: self._checked_text(text, f"{field}.{name[:40]}") for name, text in members.items()}

    def _list(self, field: str) -> list[Any]:
        """A list; empty where it is missing."""
        entries = self._row.get(field)
        if entries is None:
            return []
        if not isinstance(entries, list) or len(entries) > _MOST:
            raise self._fault(f"is not a list of at most {_MOST} entries", field)
        return entries

    def _object(self, field: str, value: Any) -> dict[str, Any]:
        if not isinstance(value, dict) or len(value) > _MOST:
            raise self._fault(f"is not an object of at most {_MOST} members", field)
        return value

    def _text(self, field: str) -> str:
        return self._checked_text(self._row[field], field)

    def _text_or_none(self, field: str) -> str | None:
        return self._checked_text(self._row[field], field) if self._given(field) else None

    def _checked_text(self, value: Any, field: str) -> str:
        if not isinstance(value, str) or len(value) > _LONGEST:
            raise self._fault(f"is not a text of at most {_LONGEST} characters", field)
        return value

    def _number_or_none(self, field: str) -> int | None:
        """The number of hexadecimal digits."""
        text = self._text_or_none(field)
        if text is None:
            return None
        if not _HEXADECIMAL.fullmatch(text):
            raise self._fault("is not a hexadecimal number of 64 bits", field)
        return int(text, 16)

    def _order(self, field: str) -> int:
        value = self._row.get(field)
        if value is None:
            return 0
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= _LARGEST_ORDER:
            raise self._fault(f"is not a whole number from 0 to {_LARGEST_ORDER}", field)
        return value

    def _one_of(self, field: str, allowed: tuple[Any, ...]) -> Any:
        value = self._row[field]
        if isinstance(value, bool | float) or value not in allowed:
            raise self._fault(f"is not one of {', '.join(map(str, allowed))}", field)
        return value
