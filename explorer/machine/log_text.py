# SPDX-License-Identifier: GPL-2.0-or-later
"""Restores the lines that a kernel printed from text that was posted, and splits a log into boots.

Rules:

1. The changes of mail and web pages are reversed: quoted-printable, HTML entities, no-break spaces, quoting
   with ``>``, CRLF. So is the escape that ``/dev/kmsg`` writes for a tab (kernel/printk/printk.c,
   msg_print_ext_body()). Terminal escape sequences are removed: colours of ``dmesg --color``, and what
   ``script`` records. Colours are also removed where a copy has lost or spelled out the escape character.
   Nothing else is changed.
2. Mail wraps lines at a space. Readers match ``WRAP`` where the kernel prints a space.
3. A boot begins with ``Booting Linux on physical CPU``. If a log has no such line, it begins with
   ``Linux version``. Lines before the first boot are a boot whose beginning is missing.
"""

import codecs
import quopri
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise, takewhile

from explorer.machine.memory_map import COMMAND_LINE_SIZE
from explorer.unicode_text import replace_unknown

__all__ = ["WRAP", "BootText", "as_printed", "command_line_of", "decode", "split_boots"]

WRAP = r"(?:[ \t]{1,32}|[ \t]{0,32}\n[ \t]{0,32})"
"""A pattern for a space that the kernel prints and that mail may have changed into a line break."""

_QUOTED_PRINTABLE = re.compile(
    r"^Content-Transfer-Encoding:[ \t]{0,8}quoted-printable", re.IGNORECASE | re.MULTILINE
)
_ENTITIES = {
    "&gt;": ">",
    "&lt;": "<",
    "&quot;": '"',
    "&nbsp;": " ",
    "&#160;": " ",
    "&#60;": "<",
    "&#62;": ">",
    "&#91;": "[",
    "&#93;": "]",
    "&#124;": "|",
    "&amp;": "&",
}
_ESCAPES = re.compile(
    r"\x1b\[[0-?]{0,32}[ -/]{0,4}[@-~]|\x1b\][^\x07\x1b\n]{0,256}(?:\x07|\x1b\\)|\x1b[ -/]{0,4}[0-~]"
    r"|(?:\^\[|\\x1b|\\033|\\e|#033|\N{SYMBOL FOR ESCAPE})\[(?:\d{1,3}(?:;\d{1,3}){0,8})?[mK]"
    r"|\[\d{1,3}(?:;\d{1,3}){0,8}m"
)
"""ECMA-48 control sequences, and colours whose escape character is spelled out or missing."""
_QUOTE = re.compile(r"^(?:[ \t]?>){1,64}[ \t]?", re.MULTILINE)
_COMMAND_LINE = "Kernel command line:"
_TIME = re.compile(r"\[[ \t]{0,8}\d{1,10}\.\d{6}\]")
_CHUNK = 1 << 20
_MOST_BOOTS = 1000
_BEGINNINGS = (re.compile(r"Booting Linux on physical CPU"), re.compile(r"Linux version \d"))


@dataclass(frozen=True, slots=True)
class BootText:
    """The lines of one boot in a log.

    Attributes:
        text: the lines.
        line: the number of lines before them in the log.
        begins: the first lines of the boot are there.
    """

    text: str
    line: int = 0
    begins: bool = False


def decode(data: bytes) -> str:
    """Text from bytes in UTF-8 or UTF-16 with or without a byte order mark; in Latin-1 if it is neither."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def as_printed(text: str) -> str:
    """Reverses the changes of mail, web pages and terminals (rule 1).

    Only quoted-printable text may lose lines.
    """
    if _QUOTED_PRINTABLE.search(text):
        text = decode(quopri.decodestring(text.encode("utf-8", "replace")))
    for entity, character in _ENTITIES.items():
        text = text.replace(entity, character)
    if "[" in text:
        text = "".join(_ESCAPES.sub("", chunk) for chunk in _chunks(text))
    text = text.replace("\r\r\n", "\n").replace("\r\n", "\n").replace("\xa0", " ").replace("\\x09", "\t")
    return "".join(_QUOTE.sub("", chunk) for chunk in _chunks(text)) if ">" in text else text


def _chunks(text: str) -> Iterator[str]:
    """Complete lines in pieces of about 1 MiB: a substitution in one long text takes much memory."""
    start = 0
    while start < len(text):
        end = text.find("\n", start + _CHUNK) + 1 or len(text)
        yield text[start:end]
        start = end


def command_line_of(text: str) -> str | None:
    """The kernel command line that a boot shows last; ``None`` if it shows none.

    Mail may have wrapped the line: where lines begin with a time, those without one continue it.
    """
    at = text.rfind(_COMMAND_LINE)
    if at < 0:
        return None
    before = text[max(text.rfind("\n", 0, at) + 1, at - _CHUNK) : at]
    at += len(_COMMAND_LINE)
    lines = text[at : at + COMMAND_LINE_SIZE].split("\n")
    if _TIME.search(before):
        lines[1:] = takewhile(lambda line: line.strip() and not _TIME.search(line), lines[1:])
    else:
        del lines[1:]
    words = replace_unknown(" ".join(line.strip() for line in lines))
    return words.encode()[: COMMAND_LINE_SIZE - 1].decode("utf-8", "ignore")


def split_boots(text: str) -> list[BootText]:
    """The boots of a log, at least one (rule 3). Lines before the last thousand boots count as one boot."""
    beginning = next((mark for mark in _BEGINNINGS if mark.search(text)), None)
    starts = (
        [text.rfind("\n", 0, match.start()) + 1 for match in beginning.finditer(text)] if beginning else []
    )
    starts = sorted(set(starts))[-_MOST_BOOTS:]
    pieces: list[BootText] = []
    line = 0
    for start, end in pairwise([0, *starts, len(text)]):
        if start < end or not starts:
            pieces.append(BootText(text[start:end], line, begins=start in starts))
        line += text.count("\n", start, end)
    return pieces
