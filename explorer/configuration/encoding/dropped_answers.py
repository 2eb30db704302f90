# SPDX-License-Identifier: GPL-2.0-or-later
"""The numbers that ``conf_read()`` can drop after other values have been computed from them (until v6.7).

A number outside its range counts as the nearer end while all values are computed. Then its answer is
dropped, and it is computed again; what was computed from it stays. So such a number has two values: the
*computed* one, which other symbols read, and the one that is written. The clauses have both where somebody
reads the number.
"""

from collections.abc import Collection, Iterable
from typing import Any

import kconfiglib

__all__ = ["dropped_numbers"]

_NUMBERS = frozenset({kconfiglib.INT, kconfiglib.HEX})


def dropped_numbers(kconfig: Any, numbers: Iterable[Any], cone: Collection[Any]) -> list[Any]:
    """The numbers with two values, in the order in which ``conf_read()`` drops them.

    These are the numbers with a prompt and a range that a symbol of the cone reads, and the numbers with a
    range that read one of these: they are computed again from its written value if they are dropped, too.

    Args:
        kconfig: kconfiglib's symbols.
        numbers: the int, hex and string symbols of a cone of influence.
        cone: all symbols and choices of it.
    """
    if not kconfig.rules.drops_out_of_range:
        return []
    ranged = {symbol for symbol in numbers if symbol.ranges and symbol.orig_type in _NUMBERS}
    pending = [
        symbol
        for symbol in ranged
        if any(node.prompt for node in symbol.nodes) and any(reader in cone for reader in symbol._dependents)  # noqa: SLF001 # who reads it
    ]
    found: set[Any] = set()
    while pending:
        symbol = pending.pop()
        if symbol not in found:
            found.add(symbol)
            pending += [reader for reader in symbol._dependents if reader in ranged]  # noqa: SLF001 # as above
    return list(kconfig.in_hash_table(found))
