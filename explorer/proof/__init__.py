# SPDX-License-Identifier: GPL-2.0-only
"""Safe means proven: on which memory maps a build can die, out of every memory map that there can be.

The modules; each imports only those before it:

1. ``conditions``: predicates on memory maps, the vocabulary of claims.
2. ``map_forms``: finitely many small maps for the geometry of a build.
3. ``terms``: the weakest condition that rules out all maps that die.
4. ``smallest``: maps made smaller.
5. ``claims``: every form booted, and what follows.
"""

from explorer.proof.claims import Claim, Claims, Counterexample, Level, prove
from explorer.proof.conditions import Condition, conditions_met

__all__ = ["Claim", "Claims", "Condition", "Counterexample", "Level", "conditions_met", "prove"]
