# SPDX-License-Identifier: GPL-2.0-or-later
"""Text streams that a terminal can show safely, whatever names and values the text quotes.

1. ``write()`` replaces every character that is not printable (control characters such as ESC, C1, characters
   that change the direction of writing, characters without width, line separators, lone surrogates) by
   U+FFFD. Line feeds and tabs stay.
2. Escape sequences of this program, such as colours, are written with ``write_styled()``. Whoever calls it
   has replaced these characters in the text between them.
3. Contents of files that must stay as they are, such as a diff, are written with ``write_exactly()``. Only a
   terminal gets them with these characters replaced.
"""

from io import TextIOWrapper
from typing import Any, TextIO

from explorer.unicode_text import replace_unprintable

__all__ = ["GuardedFile", "GuardedText", "StyledText", "guarded", "write_exactly"]

_KEPT = "\n\t"


def guarded(text: str) -> str:
    """A text of several lines in which characters that are not printable are replaced."""
    return replace_unprintable(text, kept=_KEPT)


class GuardedText(TextIOWrapper):
    """A stream that keeps the rules above."""

    def write(self, text: str, /) -> int:
        """Writes a text with the characters of rule 1 replaced."""
        return super().write(guarded(text))

    def write_styled(self, text: str) -> int:
        """Writes a text as it is."""
        return super().write(text)


class GuardedFile:
    """A stream into a file with the characters of rule 1 replaced.

    Args:
        stream: the stream into the file.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Writes a text with these characters replaced."""
        return self._stream.write(guarded(text))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


class StyledText:
    """A stream for a library that writes escape sequences of its own, such as rich.

    Args:
        stream: the stream of the process.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Writes a text as it is."""
        stream = self._stream
        return stream.write_styled(text) if isinstance(stream, GuardedText) else stream.write(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def write_exactly(stream: TextIO, text: str) -> None:
    """Writes the contents of a file as they are; a terminal gets printable characters only."""
    if isinstance(stream, GuardedText) and not stream.isatty():
        stream.write_styled(text)
    else:
        stream.write(text)
