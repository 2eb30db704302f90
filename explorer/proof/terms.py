# SPDX-License-Identifier: GPL-2.0-or-later
"""The weakest condition that rules out a family of sets of violated conditions.

Each set holds the conditions that some map violates which dies. A map is ruled out by a condition of its set
that must be met. So a *term*, conditions that must all be met, rules out every map if it shares a condition
with every set: it is a hitting set. The disjunction of all smallest hitting sets is the weakest condition
that can be said with conjunctions and disjunctions; its terms are its prime implicants.
"""

from collections.abc import Sequence
from itertools import islice

from pysat.examples.hitman import Hitman

from explorer.proof.conditions import Condition, Implications

__all__ = ["MOST_TERMS", "weakest_terms"]

MOST_TERMS = 64
"""The most terms of a claim; they come smallest first."""

_MOST_HITTING_SETS = 2000

_Conditions = frozenset[Condition]


def weakest_terms(sets: Sequence[_Conditions], implications: Implications) -> tuple[_Conditions, ...]:
    """The terms of the weakest condition that rules all sets out, smallest first.

    Of each set only its weakest conditions count: a stronger one that hits two sets can be replaced by a
    weaker one for each.

    Args:
        sets: violated conditions of maps that die; an empty one cannot be ruled out.
        implications: which conditions follow from others.

    Returns:
        ``(frozenset(),)`` without any set; nothing where a set is empty.
    """
    if not all(sets):
        return ()
    if not sets:
        return (frozenset(),)
    with Hitman(bootstrap_with=[sorted(implications.weakest(one)) for one in sets], htype="sorted") as hitman:
        hitting = islice(hitman.enumerate(), _MOST_HITTING_SETS)
        found = list({implications.reduced(frozenset(term)) for term in hitting})
    found.sort(key=lambda term: (len(term), sorted(term)))
    terms: list[_Conditions] = []
    for term in found:
        everything = implications.closure(term)
        if not any(other <= everything for other in terms):
            terms = [other for other in terms if not term <= implications.closure(other)]
            terms.append(term)
    return tuple(terms[:MOST_TERMS])
