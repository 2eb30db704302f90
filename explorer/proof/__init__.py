# SPDX-License-Identifier: GPL-2.0-or-later
"""Safe means proven: on which memory maps a build can die, out of every memory map that there can be.

The modules; each imports only those before it:

1. ``conditions``: predicates on memory maps, the vocabulary of claims.
2. ``map_forms``: finitely many small maps for the geometry of a build; ``random_maps``: others.
3. ``repairs``: maps changed so that they meet a condition that they violate.
4. ``smallest``: maps made smaller.
5. ``fatal_forms``: every form booted; those that die, by what they die of and what they violate.
6. ``terms``: the weakest condition that rules out all maps that die.
7. ``claims``: what follows for all memory maps.
8. ``map_classes``: named classes of memory maps, for short statements.
9. ``build_content``, ``rules_fingerprint``, ``claims_json``, ``claims_store``: claims that are kept, because
   a proof takes seconds.
"""

from explorer.proof.claims import Claim, Claims, Counterexample, Level, prove
from explorer.proof.claims_store import keep_claims, proven_claims, stored_claims
from explorer.proof.conditions import Condition, conditions_met
from explorer.proof.map_classes import MapClass, weakest_class

__all__ = [
    "Claim",
    "Claims",
    "Condition",
    "Counterexample",
    "Level",
    "MapClass",
    "conditions_met",
    "keep_claims",
    "prove",
    "proven_claims",
    "stored_claims",
    "weakest_class",
]
