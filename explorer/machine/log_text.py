# SPDX-License-Identifier: GPL-2.0-only
"""Text as people post it becomes the lines that a kernel printed, and a log becomes its boots.

Rules:

1. What mail and web pages add is taken away: quoted-printable, HTML's entities, no-break spaces, a quoting
   ``>``, CRLF; and what ``/dev/kmsg`` writes for a tab (kernel/printk/printk.c, msg_print_ext_body()).
   Nothing else is changed.
2. Mail wraps lines at a space. ``WRAP`` is what readers expect where the kernel prints one.
3. A boot begins with ``Booting Linux on physical CPU``, or with ``Linux version`` where a log never says
   that. What stands before the first beginning counts as a boot whose beginning was lost.
"""

import codecs
import quopri
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

__all__ = ["WRAP", "BootText", "as_printed", "boots", "decoded"]

WRAP = r"(?:[ \t]{1,32}|[ \t]{0,32}\n[ \t]{0,32})"
"""A space of the kernel's, or the line break that mail made of it."""

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
_QUOTE = re.compile(r"^(?:[ \t]?>){1,64}[ \t]?", re.MULTILINE)
_CHUNK = 1 << 20
_MOST_BOOTS = 1000
_BEGINNINGS = (re.compile(r"Booting Linux on physical CPU"), re.compile(r"Linux version \d"))


@dataclass(frozen=True, slots=True)
class BootText:
    """What a log shows of one boot.

    Attributes:
        text: the lines.
        line: how many lines of the log stand before them.
        begins: the boot's first lines are there.
    """

    text: str
    line: int = 0
    begins: bool = False


def decoded(data: bytes) -> str:
    """A log may hold a stray byte of another encoding or a NUL from a console; others are no text.

    Windows' shells write UTF-16, and its editors a mark before UTF-8.
    """
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def as_printed(text: str) -> str:
    """Rule 1. Only quoted-printable text, whose lines mail broke, may lose lines."""
    if _QUOTED_PRINTABLE.search(text):
        text = decoded(quopri.decodestring(text.encode("utf-8", "replace")))
    for entity, character in _ENTITIES.items():
        text = text.replace(entity, character)
    text = text.replace("\r\r\n", "\n").replace("\r\n", "\n").replace("\xa0", " ").replace("\\x09", "\t")
    return "".join(_QUOTE.sub("", chunk) for chunk in _chunks(text)) if ">" in text else text


def _chunks(text: str) -> Iterator[str]:
    """Whole lines, a MiB or so at a time: substituting in millions of places costs many times the text."""
    start = 0
    while start < len(text):
        end = text.find("\n", start + _CHUNK) + 1 or len(text)
        yield text[start:end]
        start = end


def boots(text: str) -> list[BootText]:
    """Rule 3; at least one. What stands before the last thousand boots counts as one."""
    beginning = next((mark for mark in _BEGINNINGS if mark.search(text)), None)
    starts = (
        [text.rfind("\n", 0, found.start()) + 1 for found in beginning.finditer(text)] if beginning else []
    )
    starts = sorted(set(starts))[-_MOST_BOOTS:]
    found: list[BootText] = []
    line = 0
    for start, end in pairwise([0, *starts, len(text)]):
        if start < end or not starts:
            found.append(BootText(text[start:end], line, begins=start in starts))
        line += text.count("\n", start, end)
    return found
