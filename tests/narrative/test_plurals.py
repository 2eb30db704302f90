# SPDX-License-Identifier: GPL-2.0-or-later
"""Numbers with nouns, as English spells them."""

import pytest

from explorer.narrative.plurals import counted


@pytest.mark.parametrize(
    ("number", "noun", "words"),
    [
        (0, "boot", "0 boots"),
        (1, "crash", "1 crash"),
        (2, "crash", "2 crashes"),
        (2, "story", "2 stories"),
        (2, "memory map", "2 memory maps"),
        (3, "class", "3 classes"),
    ],
)
def test_a_noun_agrees_with_its_number(number: int, noun: str, words: str) -> None:
    assert counted(number, noun) == words
