# SPDX-License-Identifier: GPL-2.0-only
"""The one way in: a name or a file becomes a memory map, whatever form it has.

The name of a shipped map wins; write ``./flat`` for a file of that name. A file is told by its contents, not
by its ending: a flattened device tree by its magic number, JSON by its brace, anything else is a boot log or
nothing that is understood.
"""

from typing import BinaryIO

from explorer.errors import InputError
from explorer.files import read_bytes
from explorer.machine.bootlog import is_boot_log, read_boot_log
from explorer.machine.devicetree import MAGIC, read_devicetree
from explorer.machine.json_form import read_json
from explorer.machine.memory_map import Firmware, MemoryMap
from explorer.machine.samples import sample, samples

__all__ = ["read_machine"]

_MOST_BYTES = 64 << 20
_FORMS = "give a shipped map's name, JSON, a .dtb, or a boot log with memblock=debug"


def read_machine(source: str, stdin: BinaryIO | None = None) -> MemoryMap | Firmware:
    """A machine's memory.

    Args:
        source: the name of a shipped map, a file, or ``-``.
        stdin: what ``-`` reads from.

    Returns:
        memblock itself where the source shows it, else what firmware said.

    Raises:
        InputError: nothing of that name, or nothing that is understood in it.
    """
    if source in {memory_map.name for memory_map in samples()}:
        return sample(source)
    data = read_bytes(source, stdin, most=_MOST_BYTES, hint=_FORMS)
    if data is None:
        return sample(source)  # says that there is neither a file nor a map, and what comes close
    return _parsed(data, "standard input" if source == "-" else source)


def _parsed(data: bytes, source: str) -> MemoryMap | Firmware:
    if not data.strip():
        raise InputError("is empty", where=source, hint=_FORMS)
    if len(data) > _MOST_BYTES:
        raise InputError(f"larger than {_MOST_BYTES >> 20} MiB", where=source, hint=_FORMS)
    if data.startswith(MAGIC):
        return read_devicetree(data, source)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = "" if b"\0" in data else data.decode("latin-1")
    if is_boot_log(text):
        return read_boot_log(text, source)
    if text.lstrip()[:1] in {"{", "["}:
        return read_json(text, source)
    raise InputError("is neither JSON, nor a device tree, nor a boot log", where=source, hint=_FORMS)
