# SPDX-License-Identifier: GPL-2.0-or-later
"""Of which pfns of a loop a guard is asked, and where it stands."""

import re

from explorer.audit.followed_functions import FollowedFunction
from explorer.audit.found_walkers import Asked, WalkerGuard
from explorer.audit.guard_flow import AskedGuard, words
from explorer.audit.kernel_words import NAMES_PFN
from explorer.audit.loop_steps import SteppingLoop

__all__ = ["asked_once", "placed_guard"]

_OF_ANOTHER = re.compile(r"^\w*pfn ?[+-] ?\d+$")  # of the pfn beside the one that is read
_VARIABLE = re.compile(r"\b[a-z_]\w*\b(?! ?\()")


def placed_guard(guard: AskedGuard, followed: FollowedFunction, loop: SteppingLoop | None) -> WalkerGuard:
    """A guard that holds in a function with its place and condition.

    Args:
        guard: the guard.
        followed: the function.
        loop: the loop that is looked at; ``None`` if there is none.
    """
    text = followed.function.text
    condition = text.condition(followed.function.start + guard.offset)
    asked = _asked(guard, followed, loop)
    return WalkerGuard(
        guard.name,
        guard.argument,
        guard.through,
        followed.place(guard.offset),
        condition,
        guard.reads_page,
        asked,
    )


def _asked(guard: AskedGuard, followed: FollowedFunction, loop: SteppingLoop | None) -> Asked:
    """Of which pfns of a loop a guard is asked."""
    if _OF_ANOTHER.search(guard.handed or guard.argument):
        return Asked.ELSEWHERE
    if guard.of_block:
        return Asked.EACH_BLOCK
    if loop is None or guard.offset in loop.span:
        return Asked.EACH_STEP
    if any(guard.offset in around.span for around in followed.loops_around(loop.start) if around is not loop):
        return Asked.EACH_BLOCK
    about = {
        name
        for name in _VARIABLE.findall(guard.handed or guard.argument)
        if NAMES_PFN.search(name) or name in followed.flow.pages
    }
    return Asked.START if about & _origins(loop, followed) else Asked.ELSEWHERE


def _origins(loop: SteppingLoop, followed: FollowedFunction) -> set[str]:
    """The variables that a loop steps, and those from which they got their values."""
    text = words(followed.tree.root)
    values = (value for name in loop.stepped for value in re.findall(rf"\b{re.escape(name)} = ([^;]*)", text))
    return set(loop.stepped).union(*(_VARIABLE.findall(value) for value in values))


def asked_once(guard: WalkerGuard, loop: SteppingLoop | None) -> WalkerGuard:
    """A guard that was asked before a function was called which steps on by itself."""
    if guard.asked is not Asked.EACH_STEP:
        return guard
    return guard._replace(asked=Asked.START if loop is None else Asked.EACH_BLOCK)
