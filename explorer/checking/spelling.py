# SPDX-License-Identifier: GPL-2.0-or-later
"""Near names of symbols that the tree does not define.

Only a typing error counts: one letter lost, doubled, wrong or swapped, in long names two. Names that differ
in a digit (IPQ_APSS_5018, IPQ_APSS_6018), in a letter beside digits (RTL8192EU, RTL8192CU) or in a whole word
of three letters (CRYPTO_CFB, CRYPTO_CBC) are different symbols. ``UnknownNameError`` suggests more names,
since a user decides; here the name becomes a fix.
"""

import re
from functools import lru_cache

from explorer.configuration import Tree

__all__ = ["nearest"]

_LONG = 12
_SHORT = 3
_DIGIT = re.compile(r"\d")


@lru_cache(maxsize=4096)
def nearest(tree: Tree, name: str) -> str:
    """The defined symbol with the nearest name; empty if none is near."""
    if tree.defines(name.upper()):
        return name.upper()
    from rapidfuzz import process  # noqa: PLC0415 # needed for typing errors only
    from rapidfuzz.distance import OSA  # noqa: PLC0415 # as above

    errors = 2 if len(name) >= _LONG else 1
    matches = process.extract(name, tree.symbols, scorer=OSA.distance, score_cutoff=errors, limit=None)
    near = sorted((distance, other) for other, distance, _ in matches if _is_mistyped(name, other))
    return near[0][1] if near else ""


def _is_mistyped(name: str, other: str) -> bool:
    """Whether the digits are equal and each word is the other one or a mistyped form of it."""
    if _DIGIT.findall(name) != _DIGIT.findall(other):
        return False
    words, others = name.split("_"), other.split("_")
    if len(words) != len(others):
        return True
    return all(_same_word(word, another) for word, another in zip(words, others, strict=True))


def _same_word(word: str, another: str) -> bool:
    """Whether a word may be another, mistyped; short words and those with digits have equal letters."""
    exact = max(len(word), len(another)) <= _SHORT or _DIGIT.search(word)
    return word == another or not exact or sorted(word) == sorted(another)
