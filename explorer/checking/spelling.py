# SPDX-License-Identifier: GPL-2.0-only
"""Which symbol somebody may have meant by a name that the tree does not define.

Only a slip of the hand counts: one letter lost, doubled, wrong or swapped, in long names two. Names that
differ in a digit (IPQ_APSS_5018, IPQ_APSS_6018), in a letter beside digits (RTL8192EU, RTL8192CU) or in a
whole short word (CRYPTO_CFB, CRYPTO_CBC) are other things, and to propose one would be a wrong fix.
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
    """The defined symbol whose name is nearest; empty where none is near."""
    if tree.defines(name.upper()):
        return name.upper()
    from rapidfuzz import process  # noqa: PLC0415 # needed for typing errors only
    from rapidfuzz.distance import OSA  # noqa: PLC0415 # as above

    slips = 2 if len(name) >= _LONG else 1
    found = process.extract(name, tree.symbols, scorer=OSA.distance, score_cutoff=slips, limit=None)
    near = sorted((distance, other) for other, distance, _ in found if _slipped(name, other))
    return near[0][1] if near else ""


def _slipped(name: str, other: str) -> bool:
    """Whether the digits are the same, and each word is still to be known."""
    if _DIGIT.findall(name) != _DIGIT.findall(other):
        return False
    words, others = name.split("_"), other.split("_")
    if len(words) != len(others):
        return True
    return all(_same_word(word, another) for word, another in zip(words, others, strict=True))


def _same_word(word: str, another: str) -> bool:
    """Whether a word may be the other, mistyped: in a short one and in a model's name, no letter is wrong."""
    exact = max(len(word), len(another)) <= _SHORT or _DIGIT.search(word)
    return word == another or not exact or sorted(word) == sorted(another)
