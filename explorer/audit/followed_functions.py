# SPDX-License-Identifier: GPL-2.0-or-later
"""The functions of C files, each followed once: its syntax tree, guards, loops and reads of struct pages."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from explorer.audit.c_functions import CFunction, SyntaxTree, parsed
from explorer.audit.found_walkers import Place
from explorer.audit.guard_flow import AskedGuards, GuardFlow
from explorer.audit.kernel_words import GUARDS
from explorer.audit.loop_steps import SteppingLoop, stepping_loops
from explorer.errors import InputError

if TYPE_CHECKING:
    from tree_sitter import Node

__all__ = ["FollowedFunction", "FollowedFunctions"]

_WORD = re.compile(rb"\w+")
_ANSWERS_FOR_A_PFN = re.compile(
    rb"(?:struct\s+(?:page|folio)\s*\*|\bbool\b)[\s\w]*\([^()]*pfn|\bint\s[\s\w]*valid\w*\s*\([^()]*pfn"
)
_PARAMETER_OF_A_PFN = re.compile(rb"\b(?:long|u64|phys_addr_t|pfn_t)\s+(?:__\w+\s+)?(?:\w*_)?pfn\s*\Z")
_GUARD_NAMES = frozenset(name.encode() for name in GUARDS)


@dataclass(frozen=True, slots=True)
class FollowedFunction:
    """A function with its syntax tree and what it does to struct pages.

    Attributes:
        function: the function.
        tree: its syntax tree.
        flow: its reads of struct pages and the guards that hold there.
        loops: its loops over pfns or struct pages, in the order of the text.
    """

    function: CFunction
    tree: SyntaxTree
    flow: GuardFlow
    loops: tuple[SteppingLoop, ...]

    def place(self, offset: int) -> Place:
        """The line of a byte, counted from the start of the function."""
        text = self.function.text
        return Place(text.name, text.line(self.function.start + offset))

    def loop_around(self, offset: int) -> SteppingLoop | None:
        """The innermost loop over pfns or struct pages around a byte; ``None`` if there is none."""
        return next(reversed(self.loops_around(offset)), None)

    def loops_around(self, offset: int) -> list[SteppingLoop]:
        """The loops over pfns or struct pages around a byte, the outermost first."""
        return [loop for loop in self.loops if offset in loop.span]


class FollowedFunctions:
    """The functions of all files, each followed when it is asked for.

    Attributes:
        all: the functions.
        not_read: those that could not be followed, with the reason.
    """

    def __init__(self, functions: Iterable[CFunction]) -> None:
        self.all = list(functions)
        self.not_read: list[tuple[Place, str]] = []
        self._by_name: dict[str, list[CFunction]] = {}
        for function in self.all:
            self._by_name.setdefault(function.name, []).append(function)
        self._followed: dict[tuple[str, int], FollowedFunction | None] = {}
        self.pfn_parameters: Mapping[str, frozenset[int]] = dict(_pfn_parameters(self.all))

    def called(self, name: str, caller: CFunction) -> CFunction | None:
        """The function that a name means in a function: of its own file, else one that all files see."""
        candidates = self._by_name.get(name, [])
        own = [function for function in candidates if function.text is caller.text]
        seen = [function for function in candidates if not function.is_static]
        return next(iter(own or seen), None)

    def followed(self, function: CFunction) -> FollowedFunction | None:
        """A function with its accesses; ``None`` if it could not be followed, or calls itself."""
        key = (function.text.name, function.start)
        if key not in self._followed:
            self._followed[key] = None
            self._followed[key] = self._follow(function)
        return self._followed[key]

    def _guards_within(self, caller: CFunction, name: str) -> AskedGuards:
        """The guards that hold where a function of a pfn answers true or gives a struct page.

        ``vm_normal_page()`` takes an entry of a page table and asks only for some of them.
        """
        called = self.called(name, caller)
        if called is None or not _ANSWERS_FOR_A_PFN.search(called.head):
            return ()
        if _GUARD_NAMES.isdisjoint(_WORD.findall(called.code)):
            return ()
        followed = self.followed(called)
        return () if followed is None else followed.flow.answers or ()

    def _follow(self, function: CFunction) -> FollowedFunction | None:
        place = Place(function.text.name, function.line)
        try:
            tree = parsed(function)
            within = partial(self._guards_within, function)
            flow = GuardFlow(set(function.page_variables), tree.loop_macros, self.pfn_parameters, within)
            for body in _bodies(tree.root):
                flow.follow(body)
            loops = stepping_loops(tree, flow.pages, self.pfn_parameters)
        except RecursionError:
            self.not_read.append((place, f"{function.name}(): its expressions are nested too deeply"))
            return None
        except InputError as error:
            if not error.where:
                raise
            self.not_read.append((place, error.what))
            return None
        return FollowedFunction(function, tree, flow, tuple(loops))


def _pfn_parameters(functions: Iterable[CFunction]) -> Iterable[tuple[str, frozenset[int]]]:
    """The functions that take a pfn, with the positions of these parameters."""
    for function in functions:
        if b"pfn" in function.head:
            parameters = function.head.partition(b"(")[2].rpartition(b")")[0].split(b",")
            found = [index for index, text in enumerate(parameters) if _PARAMETER_OF_A_PFN.search(text)]
            if found:
                yield function.name, frozenset(found)


def _bodies(root: "Node") -> "list[Node]":
    """The bodies of the function definitions below a root; the root where the parser found none."""
    bodies = [
        node.child_by_field_name("body") for node in root.children if node.type == "function_definition"
    ]
    return [body for body in bodies if body is not None] or [root]
