# SPDX-License-Identifier: GPL-2.0-or-later
"""Finds the functions of C files that step over page frames or struct pages."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from explorer.audit.asked_guards import asked_once, placed_guard
from explorer.audit.c_functions import CFunction
from explorer.audit.followed_functions import FollowedFunction, FollowedFunctions
from explorer.audit.found_walkers import FoundWalker, FoundWalkers, Place, Step, WalkerLoop, WalkerRead
from explorer.audit.guard_flow import Access, words
from explorer.audit.guard_verdicts import GuardVerdict, judged_walker
from explorer.audit.guarded_calls import calls_to
from explorer.audit.kernel_words import (
    GUARDS_THAT_GIVE_A_PAGE,
    PAGE_OF,
    READS_OF_PFN,
    Read,
    read_of,
)
from explorer.audit.loop_steps import SteppingLoop, nodes
from explorer.errors import LimitError

if TYPE_CHECKING:
    from tree_sitter import Node

__all__ = ["walkers_of"]

_LOOP = re.compile(rb"\b(?:for|while|do|goto|\w*for_each\w*)\b")
_RELEVANT = re.compile(rb"pfn|PFN|struct page|struct folio|phys_to_page")
_CALL = re.compile(rb"\b(\w+) ?\(")
_WORD = re.compile(r"\w+")
_GIVERS = GUARDS_THAT_GIVE_A_PAGE | {
    *("pfn_to_page", "boot_pfn_to_page", "phys_to_page", "virt_to_page", "pfn_folio"),
}
_ANY_GIVER = "|".join(sorted(_GIVERS))
_COMPUTED_PAGE = re.compile(rf"(\w+) = (?:{_ANY_GIVER})\((\w+)[,)].*")
_GIVEN = re.compile(rf"\b(\w+)(?= = (?:{_ANY_GIVER})\([^;]*pfn)")
_ARITHMETIC = r"pageblock_start_pfn|pageblock_end_pfn|ALIGN|round_|max\(|min\("
_DEPTH = 3  # of calls whose reads count as those of the loop
_MOST_ACCESSES = 20_000  # the most of Linux 6.12 is 150


def walkers_of(given: Iterable[CFunction]) -> FoundWalkers:
    """The walkers among functions.

    Args:
        given: the functions; calls are followed into them.

    Raises:
        InputError: tree-sitter is not installed.
    """
    functions = FollowedFunctions(given)
    takes_pfn = frozenset(name.encode() for name in functions.pfn_parameters)
    found = [
        walker
        for function in functions.all
        if _LOOP.search(function.code) and _is_relevant(function, takes_pfn)
        for walker in _walker(function, functions)
    ]
    unguarded = [walker for walker in found if judged_walker(walker).verdict is GuardVerdict.UNGUARDED]
    calls = calls_to({walker.name for walker in unguarded}, functions)
    walkers = [replace(walker, calls=calls.get((walker.name, walker.place), ())) for walker in found]
    return FoundWalkers(tuple(walkers), tuple(functions.not_read))


def _is_relevant(function: CFunction, takes_pfn: frozenset[bytes]) -> bool:
    """Whether a function names pfns or struct pages, or calls what takes a pfn."""
    code = function.code
    return bool(_RELEVANT.search(code)) or not takes_pfn.isdisjoint(_CALL.findall(code))


def _walker(function: CFunction, functions: FollowedFunctions) -> Iterator[FoundWalker]:
    """The walker that a function is, if it is one."""
    followed = functions.followed(function)
    if followed is None:
        return
    search = _Reads(functions)
    try:
        loops = (*(_loop(loop, followed, search) for loop in followed.loops), *_computed(followed, search))
    except LimitError as error:
        functions.not_read.append(
            (Place(function.text.name, function.line), f"{function.name}(): {error.what}")
        )
        return
    if loops:
        yield FoundWalker(
            function.name,
            Place(function.text.name, function.line),
            function.text.condition(function.body),
            function.is_static,
            loops,
            tuple((followed.place(found.offset), found.text) for found in followed.flow.assertions),
            not followed.tree.has_error,
            (),
        )


def _loop(loop: SteppingLoop, followed: FollowedFunction, search: "_Reads") -> WalkerLoop:
    accesses = [access for access in followed.flow.accesses if access.offset in loop.span]
    reads = [read for access in accesses for read in search.reads(access, followed, loop, _DEPTH)]
    by_pfn = (
        any(_asks_pfn(access, loop, followed) for access in accesses)
        or _finds_page(loop)
        or _begins_at_pfn(words(followed.tree.root), loop.stepped)
    )
    return WalkerLoop(followed.place(loop.start), tuple(loop.stepped), loop.step, by_pfn, tuple(reads))


def _computed(followed: FollowedFunction, search: "_Reads") -> Iterator[WalkerLoop]:
    """The struct pages of pfns that a function computes, outside of its loops over pfns.

    Such as ``page = pfn_to_page(min_pfn)`` after ``min_pfn = pageblock_start_pfn(...)``: the pfn need not
    have a struct page.
    """
    text = words(followed.tree.root)
    if not _COMPUTED_PAGE.search(text):
        return
    for node in nodes(followed.tree.root, "assignment_expression"):
        found = _COMPUTED_PAGE.fullmatch(words(node))
        pfn = re.escape(found[2]) if found else ""
        is_computed = found and re.search(rf"\b{pfn} = [^;]*(?:{_ARITHMETIC})", text)
        if found and is_computed and not followed.loops_around(node.start_byte):
            other_ways = _other_ways(node)
            behind = [
                access
                for access in followed.flow.accesses
                if access.offset >= node.end_byte and not any(access.offset in way for way in other_ways)
            ]
            accesses = [access for access in behind if re.search(rf"\b{found[1]}\b", access.text)]
            reads = [read for access in accesses for read in search.reads(access, followed, None, _DEPTH)]
            place = followed.place(node.start_byte)
            yield WalkerLoop(place, (found[2],), Step("none", words(node)), by_pfn=True, reads=tuple(reads))


def _other_ways(node: "Node") -> list[range]:
    """The bytes of each ``else`` whose ``if`` has a statement: no way leads from the one to the other."""
    spans = []
    while node.parent is not None:
        alternative = node.parent.child_by_field_name("alternative")
        if alternative is not None and node.end_byte <= alternative.start_byte:
            spans.append(range(alternative.start_byte, alternative.end_byte))
        node = node.parent
    return spans


def _finds_page(loop: SteppingLoop) -> bool:
    """Whether a loop gets the struct page of a pfn that it steps."""
    return any(
        words(call.child_by_field_name("function")) in _GIVERS
        and any(
            "pfn" in name or name in loop.stepped
            for name in _WORD.findall(words(call.child_by_field_name("arguments")))
        )
        for call in nodes(loop.node, "call_expression")
    )


def _begins_at_pfn(function: str, stepped: Iterable[str]) -> bool:
    """Whether a function gets a struct page that a loop steps from a pfn."""
    return not {*_GIVEN.findall(function)}.isdisjoint(stepped)


def _asks_pfn(access: Access, loop: SteppingLoop, followed: FollowedFunction) -> bool:
    """Whether an access hands a pfn that the loop steps, and no struct page, to a function."""
    pfns = loop.stepped.keys() - followed.flow.pages
    handed_over = pfns & set(_WORD.findall(access.text.partition("(")[2]))
    return bool(handed_over) and _takes_pfn_only(access, followed)


def _takes_pfn_only(access: Access, followed: FollowedFunction) -> bool:
    """Whether an access is a call that hands over a pfn and no struct page."""
    if not access.is_call:
        return False
    names = set(_WORD.findall(access.text.partition("(")[2]))
    return names.isdisjoint(followed.flow.pages) and names.isdisjoint(PAGE_OF)


class _Reads:
    """Finds the reads of struct pages behind the accesses of a function, also in those that it calls."""

    def __init__(self, functions: FollowedFunctions) -> None:
        self._functions = functions
        self._looked_at = 0

    def reads(
        self, access: Access, followed: FollowedFunction, loop: SteppingLoop | None, depth: int
    ) -> Iterator[WalkerRead]:
        """The reads that an access is: itself, or those of the function that it calls.

        Args:
            access: the access.
            followed: the function with the access.
            loop: the loop around it that is looked at; ``None`` if there is none.
            depth: how many calls may be followed.

        Raises:
            LimitError: the function has too many accesses, with those of the functions that it calls.
        """
        self._looked_at += 1
        if self._looked_at > _MOST_ACCESSES:
            what = f"its calls lead to more than {_MOST_ACCESSES} accesses"
            raise LimitError(what, most=_MOST_ACCESSES, where=followed.function.text.name)
        guards = tuple(placed_guard(guard, followed, loop) for guard in access.guards)
        condition = followed.function.text.condition(followed.function.start + access.offset)
        read = read_of(access.word)
        inner = self._called(access, read, followed) if depth else None
        if inner is None:
            if not _takes_pfn_only(access, followed) or access.word in READS_OF_PFN:
                place = followed.place(access.offset)
                yield WalkerRead(
                    read, access.word, place, condition, guards, (), access.asserted, access.in_guard
                )
            return
        for within in inner.flow.accesses:
            around = inner.loop_around(within.offset)
            held = guards if around is None else tuple(asked_once(guard, loop) for guard in guards)
            for found in self.reads(within, inner, around, depth - 1):
                yield found._replace(
                    condition=condition + found.condition,
                    guards=held + found.guards,
                    through=(access.word, *found.through),
                    in_guard=access.in_guard or found.in_guard,
                )

    def _called(self, access: Access, read: Read, followed: FollowedFunction) -> FollowedFunction | None:
        """The function whose reads count as those of an access; some names tell what is read of a page."""
        if not access.is_call:
            return None
        if read is not Read.OTHER and not access.in_guard and not _takes_pfn_only(access, followed):
            return None
        called = self._functions.called(access.word, followed.function)
        return None if called is None else self._functions.followed(called)
