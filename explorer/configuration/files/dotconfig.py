# SPDX-License-Identifier: GPL-2.0-or-later
"""Reads a ``.config``: its settings with their lines, and the kernel that its header names.

Lines are read as ``conf_read_simple()`` reads them (6.1's and 6.12's scripts/kconfig/confdata.c):

1. A line ends at a newline only. A carriage return before it is a part of the line end.
2. ``CONFIG_X=value`` begins in the first column. The type of the symbol decides whether quotes are allowed.
   It is not known here, so ``ConfigValue`` remembers them.
3. ``# CONFIG_X is not set`` means n. 6.1 ignores the rest of the line; 6.12 ignores a line with more text.
   Such a line is read as n and also listed in ``unreadable``.
4. Other lines that begin with ``#`` and blank lines are comments. A comment that looks like rule 3 to people
   is also listed.
5. A byte order mark is a part of the first line, which therefore is not a setting.

Every other line is listed in ``unreadable`` with its number.
"""

import gzip
import re
import zlib
from dataclasses import dataclass
from io import BytesIO
from typing import BinaryIO

from explorer.configuration.files.config_value import ConfigValue
from explorer.errors import FileError, InputError
from explorer.files import read_bytes, shown_name
from explorer.version import KernelVersion

__all__ = [
    "DotConfig",
    "Setting",
    "UnreadableLine",
    "config_text",
    "parse_config",
    "parse_packed_config",
    "read_config",
]

_MOST_BYTES = 64 << 20
_MOST_PACKED = 4 << 20  # a kernel's .config has 60 KB in gzip; millions of empty members would take long
_MOST_LINES = 2_000_000
_SET = re.compile(r"CONFIG_([A-Za-z0-9_]+)=(.*)", re.DOTALL)
_UNSET = re.compile(r"# CONFIG_([A-Za-z0-9_]+) is not set(.*)", re.DOTALL)
_MEANT_UNSET = re.compile(r"\s*#+\s*CONFIG_[A-Za-z0-9_]+\s+is\s+not\s+set\b.*", re.DOTALL | re.IGNORECASE)
_PROGRAM = re.compile(
    r"#\s*(U-Boot|Buildroot|OpenWrt|Busybox|barebox|coreboot|Xen)\b(?:/(\w+))?"
    r".*\b(?:Configuration|version: .*)\s*",
    re.IGNORECASE,
)
_EXTRACT = "scripts/extract-ikconfig of a kernel tree prints the .config that a kernel image holds"
_UNPACK = "unpack it first: only gzip is read directly"
_OTHERS = (
    (0, b"\xd0\x0d\xfe\xed", "a device tree", "it is a machine: give it with -m, and a kernel .config here"),
    (56, b"ARM\x64", "a kernel image", _EXTRACT),
    (4, b"zimg", "a kernel image", _EXTRACT),
    (0, b"\x7fELF", "a program or a vmlinux", _EXTRACT),
    (0, b"\xfd7zXZ\0", "packed by xz", _UNPACK),
    (0, b"\x28\xb5\x2f\xfd", "packed by zstd", _UNPACK),
    (0, b"BZh", "packed by bzip2", _UNPACK),
)
"""Files that are given by mistake: offset and bytes that identify them, what they are, and a hint."""
_MARK = "\ufeff"
_GZIP = b"\x1f\x8b"
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
    """A line that is not a setting, a comment or blank, or that releases or people read differently."""

    line: int
    text: str


@dataclass(frozen=True, slots=True)
class DotConfig:
    """A ``.config``.

    Attributes:
        source: the file's name.
        settings: in the order of lines. The last setting of a symbol is in force.
        unreadable: lines that are ignored, or read differently by some releases or people.
        version: the release in the header; ``None`` without one.
        arch: the architecture in the header; empty without one.
        named: the release as the header writes it, with the suffix of a distribution.
        program: the other program that the header names, such as U-Boot; empty for a kernel.
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
        """The value of each symbol; the last setting of a symbol is in force."""
        return {setting.symbol: setting.value for setting in self.settings}


def read_config(source: str, stdin: BinaryIO | None = None) -> DotConfig:
    """Read a file, plain or gzip, or standard input for ``-``.

    Raises:
        InputError: there is no such file, it is not text, its gzip is broken, or it is too large.
    """
    return parse_packed_config(_bytes_of(source, stdin), shown_name(source))


def config_text(source: str, stdin: BinaryIO | None = None, *, packed: bool = False) -> str:
    """The text of a file that is to be edited.

    Args:
        source: the file's name; ``-`` for ``stdin``.
        stdin: the stream that ``-`` stands for.
        packed: whether it may be gzip.

    Raises:
        InputError: there is no such file, it is not text, it is packed, or it is too large.
    """
    data, name = _bytes_of(source, stdin), shown_name(source)
    if data.startswith(_GZIP) and not packed:
        raise FileError("is packed by gzip", file=name, hint="unpack it to edit it")
    return _text(_unpacked(data, name), name)


def _bytes_of(source: str, stdin: BinaryIO | None) -> bytes:
    hint = "give a kernel .config, plain or gzip"
    data = read_bytes(source, stdin, most=_MOST_BYTES, hint=hint)
    if data is None:
        raise FileError("no such file", file=source, hint=hint)
    return data


def parse_packed_config(data: bytes, source: str) -> DotConfig:
    """Parse the bytes of a ``.config``, plain or gzip.

    Raises:
        InputError: they are not text, their gzip is broken, or they are too large.
    """
    return parse_config(_unpacked(data, source), source)


def parse_config(data: bytes, source: str) -> DotConfig:
    """Parse the text of a ``.config``.

    Raises:
        InputError: the bytes are not text, or there are too many lines.
    """
    text = _text(data, source)
    settings: list[Setting] = []
    unreadable: list[UnreadableLine] = []
    version, arch, named, program = None, "", "", ""
    for number, ended in enumerate(text.split("\n"), start=1):
        line = ended.removesuffix("\r")
        if match := _SET.fullmatch(line):
            settings.append(Setting(match[1], ConfigValue.read(match[2]), number))
        elif match := _UNSET.fullmatch(line):
            settings.append(Setting(match[1], ConfigValue("n", unset=True), number))
            if match[2]:
                unreadable.append(UnreadableLine(number, line[:200]))
        elif (match := _HEADER.match(line.removeprefix(_MARK))) and version is None:
            arch, named = match[1], match[2][:80]
            version = _version(named)
        elif not settings and (match := _PROGRAM.fullmatch(line)):
            program, arch = match[1], match[2] or ""
        elif line.strip() and not _is_comment(line.removeprefix(_MARK)):
            unreadable.append(UnreadableLine(number, line[:200]))
    return DotConfig(source, tuple(settings), tuple(unreadable), version, arch, named, program)


def _text(data: bytes, source: str) -> str:
    """The text of a file's bytes."""
    if data.count(b"\n") > _MOST_LINES:
        raise FileError(f"more than {_MOST_LINES} lines", file=source, hint="a kernel .config has 10,000")
    if b"\0" in data:
        what, hint = _kind(data)
        raise FileError(what, file=source, hint=hint)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise FileError(
            f"not UTF-8 text (byte {data[error.start]:#x})",
            file=source,
            line=data.count(b"\n", 0, error.start) + 1,
            hint="give a kernel .config, plain or gzip",
        ) from None


def _kind(data: bytes) -> tuple[str, str]:
    """The error and the hint for bytes that are not text."""
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
    """Whether a line is a comment; an indented ``#`` line that holds a setting is not."""
    if _MEANT_UNSET.fullmatch(line):
        return False
    return line.startswith("#") or (line.lstrip().startswith("#") and "CONFIG_" not in line)


def _unpacked(data: bytes, source: str) -> bytes:
    """The bytes of a file, unpacked if it is gzip; refuses more than 64 MiB."""
    if data.startswith(_GZIP):
        if len(data) > _MOST_PACKED:
            raise FileError(
                f"gzip larger than {_MOST_PACKED >> 20} MiB",
                file=source,
                hint="a kernel .config has 60 KB in gzip",
            )
        try:
            with gzip.GzipFile(fileobj=BytesIO(data)) as file:
                data = file.read(_MOST_BYTES + 1)
        except (EOFError, OSError, zlib.error) as error:
            raise FileError(f"broken gzip: {error}", file=source, hint="copy the file again") from None
    if len(data) > _MOST_BYTES:
        raise FileError(
            f"larger than {_MOST_BYTES >> 20} MiB", file=source, hint="a kernel .config has 300 KB"
        )
    return data
