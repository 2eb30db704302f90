# SPDX-License-Identifier: GPL-2.0-only
"""Reading a ``.config``: what it sets, on which line, and for which kernel it says it is.

The reader understands what ``conf`` writes: ``CONFIG_X=value``, ``# CONFIG_X is not set``, comments and empty
lines. It judges nothing: lines that are none of these are kept aside with their number.
"""

import gzip
import re
import zlib
from dataclasses import dataclass
from io import BytesIO
from typing import BinaryIO

from explorer.errors import InputError
from explorer.files import read_bytes
from explorer.version import KernelVersion

__all__ = ["DotConfig", "Setting", "Unreadable", "parse_config", "read_config"]

_MOST_BYTES = 64 << 20
_SET = re.compile(r"CONFIG_([A-Za-z0-9_]+)=(.*)")
_UNSET = re.compile(r"# CONFIG_([A-Za-z0-9_]+) is not set")
_HEADER = re.compile(r"#\s*Linux/(\S+)\s+(\S+)\s+Kernel Configuration")
_ESCAPED = re.compile(r"\\(.)")


@dataclass(frozen=True, slots=True)
class Setting:
    """One symbol that a ``.config`` sets.

    Attributes:
        symbol: name without ``CONFIG_``.
        value: ``n`` for "is not set"; strings without quotes and escapes.
        line: number, from 1.
    """

    symbol: str
    value: str
    line: int


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A line that is no setting, no comment and not empty."""

    line: int
    text: str


@dataclass(frozen=True, slots=True)
class DotConfig:
    """A ``.config``.

    Attributes:
        source: the name it was read from.
        settings: in order of line; a symbol may occur more than once, and the last one counts.
        unreadable: lines that nobody understands.
        version: the release its header names, if any.
        arch: the architecture its header names; empty without one.
    """

    source: str
    settings: tuple[Setting, ...]
    unreadable: tuple[Unreadable, ...]
    version: KernelVersion | None
    arch: str

    @property
    def values(self) -> dict[str, str]:
        """Symbol to value; the last setting of a symbol counts."""
        return {setting.symbol: setting.value for setting in self.settings}


def read_config(source: str, stdin: BinaryIO | None = None) -> DotConfig:
    """Read a file, plain or gzip, or standard input for ``-``.

    Raises:
        InputError: there is no such file, it is no text, its gzip is broken, or it is far too large.
    """
    hint = "give a kernel .config, plain or gzip"
    data = read_bytes(source, stdin, most=_MOST_BYTES, hint=hint)
    if data is None:
        raise InputError("no such file", where=source, hint=hint)
    name = "standard input" if source == "-" else source
    return parse_config(_unpacked(data, name), name)


def parse_config(data: bytes, source: str) -> DotConfig:
    """Parse the text of a ``.config``.

    Raises:
        InputError: the bytes are no text.
    """
    if b"\0" in data:
        raise InputError(
            "holds NUL bytes: not a .config", where=source, hint="give a kernel .config, plain or gzip"
        )
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        broken = data.count(b"\n", 0, error.start) + 1
        raise InputError(
            f"not UTF-8 text (byte {data[error.start]:#x})",
            where=f"{source}:{broken}",
            hint="give a kernel .config, plain or gzip",
        ) from None
    settings: list[Setting] = []
    unreadable: list[Unreadable] = []
    version, arch = None, ""
    for number, line in enumerate(text.splitlines(), start=1):
        if found := _SET.fullmatch(line.rstrip()):
            settings.append(Setting(found[1], _value(found[2]), number))
        elif found := _UNSET.fullmatch(line.rstrip()):
            settings.append(Setting(found[1], "n", number))
        elif (found := _HEADER.match(line)) and version is None:
            arch, version = found[1], _version(found[2])
        elif line.strip() and not line.lstrip().startswith("#"):
            unreadable.append(Unreadable(number, line.strip()[:200]))
    return DotConfig(source, tuple(settings), tuple(unreadable), version, arch)


def _version(text: str) -> KernelVersion | None:
    try:
        return KernelVersion.parse(text)
    except InputError:
        return None


def _value(text: str) -> str:
    if len(text) > 1 and text[0] == text[-1] == '"':
        return _ESCAPED.sub(r"\1", text[1:-1])
    return text


def _unpacked(data: bytes, source: str) -> bytes:
    """The bytes themselves, or what their gzip holds, bounded."""
    if data[:2] == b"\x1f\x8b":
        try:
            with gzip.GzipFile(fileobj=BytesIO(data)) as file:
                data = file.read(_MOST_BYTES + 1)
        except (EOFError, OSError, zlib.error) as error:
            raise InputError(f"broken gzip: {error}", where=source, hint="copy the file again") from None
    if len(data) > _MOST_BYTES:
        raise InputError(
            f"larger than {_MOST_BYTES >> 20} MiB", where=source, hint="a kernel .config has some 300 KB"
        )
    return data
