# SPDX-License-Identifier: GPL-2.0-or-later
"""Which characters are printable: the same ones under every Python.

``str.isprintable()`` follows the Unicode version of the Python that runs: 14 in 3.11, 16 in 3.14. One would
show a newer character, and another one would replace it.

1. Not printable are the categories Cc, Cf, Cs, Co, Zl, Zp and Zs of Unicode 17 without the space, the
   noncharacters, and the code points that Unicode reserves for characters without a shape.
2. Every other code point is printable. A terminal shows a box for one that has no character yet.
"""

import re

__all__ = ["is_printable", "replace_unknown", "replace_unprintable"]

_UNPRINTABLE = (
    "\0-\x1f\x7f-\xa0\xad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u1680\u180e"
    "\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ud800-\uf8ff\ufdd0-\ufdef\ufeff\ufff0-\ufffb"
    "\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e00ff\U000e01f0-\U000e0fff\U000f0000-\U0010ffff"
) + "".join(f"{chr(plane << 16 | 0xFFFE)}{chr(plane << 16 | 0xFFFF)}" for plane in range(15))
"""The ranges of rule 1, as in a set of a regular expression."""


def is_printable(text: str) -> bool:
    """Whether all characters of a text are printable."""
    return text.isprintable() or not re.search(f"[{_UNPRINTABLE}]", text)


def replace_unknown(text: str) -> str:
    """A kernel command line with U+FFFD for each character that the running Python does not call printable.

    ``explorer.boot`` refuses a command line with such a character.
    """
    plain = text.replace("\t", " ")
    return "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in plain)


def replace_unprintable(text: str, *, kept: str = "") -> str:
    """A text with U+FFFD for each character that is not printable.

    Args:
        text: the text.
        kept: characters that stay, although they are not printable.
    """
    rest = text
    for character in kept:
        rest = rest.replace(character, "")
    if rest.isprintable():  # a tenth of the time of the expression
        return text
    unkept = f"(?<![{re.escape(kept)}])" if kept else ""
    return re.sub(f"[{_UNPRINTABLE}]{unkept}", "\N{REPLACEMENT CHARACTER}", text)
