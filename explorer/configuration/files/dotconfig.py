# SPDX-License-Identifier: GPL-2.0-only
"""Reading a ``.config``: what it sets, on which line, and for which kernel it says it is.

The reader understands lines as ``conf_read_simple()`` does (6.1's and 6.12's scripts/kconfig/confdata.c):

1. A line ends at a newline and nowhere else; a carriage return before it belongs to the end.
2. ``CONFIG_X=value`` begins in the first column. Whether quotes may stand around the value depends on the
   type of the symbol, which is not known here: ``Written`` remembers them.
3. ``# CONFIG_X is not set`` says n. What follows on the line is passed over by 6.1, and makes 6.12 skip the
   line: it is taken as n and kept aside as well.
4. Any other line that begins with ``#``, or is blank, is a comment; one that people would read as *3* is kept
   aside as well.
5. A byte order mark belongs to the first line, which is no setting then.

It judges nothing: lines that are none of these are kept aside with their number.
"""

import gzip
import re
import zlib
from dataclasses import dataclass
from io import BytesIO
from typing import BinaryIO

from explorer.configuration.files.config_value import ConfigValue
from explorer.errors import InputError
from explorer.files import read_bytes
from explorer.version import KernelVersion

__all__ = ["DotConfig", "Setting", "UnreadableLine", "parse_config", "read_config"]

_MOST_BYTES = 64 << 20
_MOST_PACKED = 4 << 20  # a kernel's .config has some 60 KB of gzip; empty members unpack to nothing, slowly
_MOST_LINES = 2_000_000
_SET = re.compile(r"CONFIG_([A-Za-z0-9_]+)=(.*)", re.DOTALL)
_UNSET = re.compile(r"# CONFIG_([A-Za-z0-9_]+) is not set(.*)", re.DOTALL)
_MEANT_UNSET = re.compile(r"\s*#+\s*CONFIG_[A-Za-z0-9_]+\s+is\s+not\s+set\b.*", re.DOTALL | re.IGNORECASE)
_PROGRAM = re.compile(
    r"#\s*(U-Boot|Buildroot|OpenWrt|Busybox|BusyBox|barebox|coreboot|Xen)\b.*\bConfiguration\s*"
)
_EXTRACT = "scripts/extract-ikconfig of the kernel prints the .config of one that holds it"
_UNPACK = "unpack it first: only gzip is read as it is"
_OTHERS = (
    (0, b"\xd0\x0d\xfe\xed", "a device tree", "it is a machine: give it with -m, and a kernel .config here"),
    (56, b"ARM\x64", "a kernel image", _EXTRACT),
    (4, b"zimg", "a kernel image", _EXTRACT),
    (0, b"\x7fELF", "a program or a vmlinux", _EXTRACT),
    (0, b"\xfd7zXZ\0", "packed by xz", _UNPACK),
    (0, b"\x28\xb5\x2f\xfd", "packed by zstd", _UNPACK),
    (0, b"BZh", "packed by bzip2", _UNPACK),
)
"""Where bytes of what people give by mistake stand, what it is, and what to do."""
_MARK = "\ufeff"
_HEADER = re.compile(r"#\s*Linux/(\S+)\s+(\S+)\s+Kernel Configuration")


@dataclass(frozen=True, slots=True)
class Setting:
    """One symbol that a ``.config`` sets.

    Attributes:
        symbol: name without ``CONFIG_``.
        value: ``n`` for "is not set"; strings without quotes and escapes.
        line: number, from 1.
    """

    symbol: str
    value: ConfigValue
    line: int


@dataclass(frozen=True, slots=True)
class UnreadableLine:
    """A line that is no setting, no comment and not blank, or that releases or people read differently."""

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
        named: the release as the header writes it, with what a distribution appends.
        program: another program with Kconfig whose header it has, such as U-Boot; empty without one.
    """

    source: str
    settings: tuple[Setting, ...]
    unreadable: tuple[UnreadableLine, ...]
    version: KernelVersion | None
    arch: str
    named: str = ""
    program: str = ""

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
        InputError: the bytes are no text, or too many lines.
    """
    text = _text(data, source)
    settings: list[Setting] = []
    unreadable: list[UnreadableLine] = []
    version, arch, named, program = None, "", "", ""
    for number, ended in enumerate(text.split("\n"), start=1):
        line = ended.removesuffix("\r")
        if found := _SET.fullmatch(line):
            settings.append(Setting(found[1], ConfigValue.read(found[2]), number))
        elif found := _UNSET.fullmatch(line):
            settings.append(Setting(found[1], ConfigValue("n", unset=True), number))
            if found[2]:
                unreadable.append(UnreadableLine(number, line[:200]))
        elif (found := _HEADER.match(line.removeprefix(_MARK))) and version is None:
            arch, named = found[1], found[2][:80]
            version = _version(named)
        elif not settings and (found := _PROGRAM.fullmatch(line)):
            program = found[1]
        elif line.strip() and not _is_comment(line.removeprefix(_MARK)):
            unreadable.append(UnreadableLine(number, line[:200]))
    return DotConfig(source, tuple(settings), tuple(unreadable), version, arch, named, program)


def _text(data: bytes, source: str) -> str:
    """Bytes as text, bounded."""
    if data.count(b"\n") > _MOST_LINES:
        raise InputError(
            f"more than {_MOST_LINES} lines", where=source, hint="a kernel .config has some 10,000"
        )
    if b"\0" in data:
        what, hint = _kind(data)
        raise InputError(what, where=source, hint=hint)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        broken = data.count(b"\n", 0, error.start) + 1
        raise InputError(
            f"not UTF-8 text (byte {data[error.start]:#x})",
            where=f"{source}:{broken}",
            hint="give a kernel .config, plain or gzip",
        ) from None


def _kind(data: bytes) -> tuple[str, str]:
    """What bytes are that are no text, and what to do about it."""
    for start, magic, what, hint in _OTHERS:
        if data[start : start + len(magic)] == magic:
            return f"holds NUL bytes: {what}, not a .config", hint
    return "holds NUL bytes: not a .config", "give a kernel .config, plain or gzip"


def _version(text: str) -> KernelVersion | None:
    try:
        return KernelVersion.parse(text)
    except InputError:
        return None


def _is_comment(line: str) -> bool:
    """Kconfig wants the # in the first column; one further in is harmless unless it looks like a setting."""
    if _MEANT_UNSET.fullmatch(line):
        return False
    return line.startswith("#") or (line.lstrip().startswith("#") and "CONFIG_" not in line)


def _unpacked(data: bytes, source: str) -> bytes:
    """The bytes themselves, or what their gzip holds, bounded."""
    if data[:2] == b"\x1f\x8b":
        if len(data) > _MOST_PACKED:
            raise InputError(
                f"gzip larger than {_MOST_PACKED >> 20} MiB",
                where=source,
                hint="a kernel .config has some 60 KB of gzip",
            )
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
