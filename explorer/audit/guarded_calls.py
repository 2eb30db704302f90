# SPDX-License-Identifier: GPL-2.0-or-later
"""What the callers of a walker ask before they call it: a guard may stand there and not in the walker."""

import re
from collections.abc import Collection

from explorer.audit.asked_guards import placed_guard
from explorer.audit.c_functions import CFunction
from explorer.audit.followed_functions import FollowedFunctions
from explorer.audit.found_walkers import Place, WalkerCall

__all__ = ["calls_to"]

_CALL = re.compile(rb"\b(\w+) ?\(")


def calls_to(
    names: Collection[str], functions: FollowedFunctions
) -> dict[tuple[str, Place], tuple[WalkerCall, ...]]:
    """The calls of some functions, each with the guards that hold there.

    Args:
        names: the functions.
        functions: the callers and the functions.

    Returns:
        The calls in the order of the text, by name and place of the function that is called.
    """
    sought = {name.encode() for name in names}
    found: dict[tuple[str, Place], tuple[WalkerCall, ...]] = {}
    for caller in functions.all:
        for name in sorted(sought.intersection(_CALL.findall(caller.code))):
            called = functions.called(name.decode(), caller)
            if called is not None and called != caller:
                key = (called.name, Place(called.text.name, called.line))
                found[key] = (*found.get(key, ()), *_calls(called.name, caller, functions))
    return found


def _calls(name: str, caller: CFunction, functions: FollowedFunctions) -> list[WalkerCall]:
    followed = functions.followed(caller)
    if followed is None:
        return []
    calls = []
    for access in followed.flow.accesses:
        if access.is_call and access.word == name:
            loop = followed.loop_around(access.offset)
            held = (placed_guard(guard, followed, loop) for guard in access.guards)
            guards = tuple(guard for guard in held if guard.is_of_the_page)
            calls.append(WalkerCall(caller.name, followed.place(access.offset), guards))
    return calls
