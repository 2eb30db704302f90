# SPDX-License-Identifier: GPL-2.0-or-later
"""Numbers with nouns."""

__all__ = ["counted", "on_maps"]


def counted(number: int, noun: str) -> str:
    """A number with its noun, in the plural unless it is one: ``1 boot``, ``2 crashes``, ``3 stories``."""
    if number == 1:
        return f"1 {noun}"
    if noun.endswith(("ry", "ty", "ly")):
        return f"{number} {noun[:-1]}ies"
    return f"{number} {noun}{'es' if noun.endswith(('ch', 'sh', 's', 'x')) else 's'}"


def on_maps(number: int, maps: int) -> str:
    """On how many of the memory maps, such as `` on 13 of 18 maps``; empty if there is one."""
    return f" on {number} of {maps} maps" if maps > 1 else ""
