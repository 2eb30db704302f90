# SPDX-License-Identifier: GPL-2.0-or-later
"""Which characters are printable does not depend on the Unicode version of Python."""

import sys
from unicodedata import category

from explorer.unicode_text import is_printable, replace_unprintable

ALL = [chr(code) for code in range(sys.maxunicode + 1)]
REPLACED = "\N{REPLACEMENT CHARACTER}"


def test_python_calls_the_same_characters_printable_but_those_that_it_does_not_know() -> None:
    unknown = {one for one in ALL if category(one) == "Cn"}
    answers = replace_unprintable("".join(ALL))
    printable = {one for one, answer in zip(ALL, answers, strict=True) if answer != REPLACED} | {REPLACED}
    assert {one for one in ALL if one.isprintable()} - printable == set()
    assert {one for one in printable if not one.isprintable()} <= unknown
    assert len(printable - unknown) > 140_000
    assert len(set(ALL) - printable) > 140_000


def test_a_character_that_is_newer_than_this_python_is_printable() -> None:
    newer = "\U0001fadd \U000323b0"  # neither has a character in Unicode 17
    assert is_printable(newer)
    assert replace_unprintable(f"{newer}\x1b") == f"{newer}{REPLACED}"


def test_what_is_kept_stays() -> None:
    assert replace_unprintable("a\n\x1b]\tb\u202f", kept="\n\t]\u202f") == f"a\n{REPLACED}]\tb\u202f"
    assert replace_unprintable("a\nb", kept="\n") == "a\nb"
    assert replace_unprintable("a\nb") == f"a{REPLACED}b"
    assert not is_printable("a\nb")
