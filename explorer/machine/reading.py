# SPDX-License-Identifier: GPL-2.0-only
"""The one way in: a name or a file becomes a memory map, whatever form it has.

The name of a shipped map wins; write ``./flat`` for a file of that name. A file is told by its contents, not
by its ending: a flattened device tree by its magic number, JSON by its brace, anything else is a boot log or
nothing that is understood.
"""

from pathlib import Path
from typing import BinaryIO

from explorer.errors import InputError
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
    if source == "-" and stdin is not None:
        return _parsed(stdin.read(_MOST_BYTES + 1), "standard input")
    if source in {memory_map.name for memory_map in samples()}:
        return sample(source)
    path = Path(source)
    if path.is_dir():
        raise InputError("is a directory", where=source, hint=_FORMS)
    try:
        with path.open("rb") as file:
            return _parsed(file.read(_MOST_BYTES + 1), source)
    except FileNotFoundError:
        return sample(source)  # says that there is neither a file nor a map, and what comes close
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise InputError(f"cannot be read: {reason}", where=source, hint=_FORMS) from None


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
    if text.lstrip()[:1] in {"{", "["}:
        if not is_boot_log(text):
            return read_json(text, source)
        return read_boot_log(text, source)
    if is_boot_log(text):
        return read_boot_log(text, source)
    raise InputError("is neither JSON, nor a device tree, nor a boot log", where=source, hint=_FORMS)
