# SPDX-License-Identifier: GPL-2.0-or-later
"""Extracts the diffs of a file: a diff, a mail as ``git format-patch`` writes it, or a mailbox of such mails.

1. A file that starts with a mail header is a mail. A line ``From someone date`` starts the next mail.
2. The text parts of a mail are decoded (quoted-printable, base64). HTML parts are ignored.
3. The CR of CR LF is removed from mails, as ``git am`` does, and from a diff in which every line has it.
4. Text before the first diff is ignored, as ``git am`` does.

Bytes that are not UTF-8 are kept as surrogates, because Kconfig files may hold them.
"""

import re
from collections.abc import Iterator
from email import message_from_bytes
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from email.message import Message

__all__ = ["diffs"]

_FROM = re.compile(  # of limited length, for the time grows with its square
    rb"^From \S{1,300} [^\n]{0,100}?\d\d:\d\d[^\n]{0,60}?\d{4}[ \t]{0,60}\r?\n", re.MULTILINE
)
_NO_CHARSETS = frozenset({"punycode", "idna", "unicode_escape", "raw_unicode_escape"})
"""Codecs of Python that no mail has, and whose time can grow with the square of a text."""
_FIELD = re.compile(rb"(?!Index:)[A-Za-z][A-Za-z0-9-]*:[ \t]")
_START = re.compile(r"^(?:diff --git |Index: |--- \S)", re.MULTILINE)
_CRLF = re.compile(r"(?:[^\r\n]*\r\n)+[^\r\n]*")


def diffs(data: bytes) -> Iterator[str]:
    """The diffs of a file, in order, each from its first line on."""
    for text in _texts(data):
        start = _START.search(text)
        if start:
            yield text[start.start() :]


def _texts(data: bytes) -> Iterator[str]:
    if not (_FROM.match(data) or _FIELD.match(data)):
        text = data.decode(errors="surrogateescape")
        yield text.replace("\r\n", "\n") if _CRLF.fullmatch(text) else text
        return
    for mail in _FROM.split(data):
        if mail.strip():
            yield from (text.replace("\r\n", "\n") for text in _parts(message_from_bytes(mail)))


def _parts(mail: "Message[str, str]") -> Iterator[str]:
    """The text parts of a mail, with attached patches."""
    for part in mail.walk():
        if part.is_multipart() or not _may_hold_a_patch(part):
            continue
        body = part.get_payload(decode=True)
        yield _decoded(body if isinstance(body, bytes) else b"", part.get_content_charset("utf-8"))


def _may_hold_a_patch(part: "Message[str, str]") -> bool:
    name = part.get_filename("")
    kind = part.get_content_type()
    return (kind.startswith("text/") and kind != "text/html") or name.endswith((".patch", ".diff"))


def _decoded(body: bytes, charset: str) -> str:
    if charset.lower().replace("-", "_") in _NO_CHARSETS:
        charset = "utf-8"
    try:
        return body.decode(charset, errors="surrogateescape")
    except (LookupError, ValueError):  # an unknown or invalid charset, or bytes that it does not have
        return body.decode(errors="surrogateescape")
