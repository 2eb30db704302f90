# SPDX-License-Identifier: GPL-2.0-or-later
"""The functions of C files that step over page frames or struct pages: loops, steps, guards and reads."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from explorer.audit.c_functions import CFunction, SyntaxTree, parsed
from explorer.audit.guard_flow import Access, AskedGuard, GuardFlow, words
from explorer.audit.kernel_words import (
    GUARDS,
    GUARDS_OF_HOLES,
    GUARDS_OF_PAGEBLOCKS,
    GUARDS_OF_SECTIONS,
    GUARDS_THAT_GIVE_A_PAGE,
    LOOPS_OVER_LISTS,
    LOOPS_WITH_GUARD,
    NO_STEPS,
    ONE_OF_A_PAGEBLOCK,
    PAGE_OF,
    READS_OF_PFN,
    STEPS,
    Read,
    read_of,
)
from explorer.errors import InputError

if TYPE_CHECKING:
    from tree_sitter import Node

__all__ = [
    "FoundWalker",
    "FoundWalkers",
    "Place",
    "Step",
    "WalkerGuard",
    "WalkerLoop",
    "WalkerRead",
    "walkers_of",
]

_LOOP = re.compile(rb"\b(?:for|while|do|\w*for_each\w*)\b")
_RELEVANT = re.compile(rb"pfn|struct page|struct folio")
_GIVES_A_PAGE = re.compile(rb"struct\s+(?:page|folio)\s*\*\s*(?:__\w+\s+)*\w+\s*\(")
_WORD = re.compile(r"\w+")
_GIVERS = GUARDS_THAT_GIVE_A_PAGE | {"pfn_to_page", "pfn_folio"}
_ANY_GIVER = "|".join(sorted(_GIVERS))
_COMPUTED_PAGE = re.compile(rf"(\w+) = (?:{_ANY_GIVER})\((\w*pfn\w*)[,)].*")
_ARITHMETIC = r"pageblock_start_pfn|pageblock_end_pfn|ALIGN|round_|max\(|min\("
_DEPTH = 3  # of calls whose reads count as those of the loop
_LOOPS = ("for_statement", "while_statement", "do_statement")


class Place(NamedTuple):
    """A line of a file."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


class Step(NamedTuple):
    """How a loop goes on.

    Attributes:
        size: ``page``, ``order``, ``pageblock``, ``MAX_ORDER block``, ``section`` or ``other``; ``none`` if
            the function computes one pfn.
        text: the statement, or the macro of the loop.
    """

    size: str
    text: str


class WalkerGuard(NamedTuple):
    """A guard that holds where a struct page is read.

    Attributes:
        name: the function that is asked, or ``zone comparison`` or ``node comparison``.
        argument: its arguments.
        place: where it stands.
        condition: the expressions of ``#if`` around it.
        reads_page: its argument reads the struct page.
        each_step: it is asked in each step of the loop; otherwise before the loop.
    """

    name: str
    argument: str
    place: Place
    condition: tuple[str, ...]
    reads_page: bool
    each_step: bool

    @property
    def only_with_holes(self) -> bool:
        """Whether it is true unseen unless ``HOLES_IN_ZONE=y``."""
        return self.name in GUARDS_OF_HOLES

    @property
    def only_pageblock(self) -> bool:
        """Whether it looks at one or two pages of the pageblock only."""
        return self.name in GUARDS_OF_PAGEBLOCKS or bool(ONE_OF_A_PAGEBLOCK.search(self.argument))

    @property
    def only_section(self) -> bool:
        """Whether it looks at the section only."""
        return self.name in GUARDS_OF_SECTIONS


class WalkerRead(NamedTuple):
    """A read or write of a struct page in a loop.

    Attributes:
        read: which part.
        word: the function or the member.
        place: where it stands.
        guards: the guards that hold there.
        through: the functions that the loop calls to get there; empty where it reads itself.
        asserted: it stands in an assertion of ``DEBUG_VM``.
    """

    read: Read
    word: str
    place: Place
    guards: tuple[WalkerGuard, ...]
    through: tuple[str, ...]
    asserted: bool


class WalkerLoop(NamedTuple):
    """A loop over page frames or struct pages.

    Attributes:
        place: its head.
        variables: what it steps.
        step: how it goes on.
        by_pfn: it goes from pfns to struct pages; otherwise its caller hands over the struct pages.
        reads: the reads of struct pages in it, in the order of the text.
    """

    place: Place
    variables: tuple[str, ...]
    step: Step
    by_pfn: bool
    reads: tuple[WalkerRead, ...]


@dataclass(frozen=True, slots=True)
class FoundWalker:
    """A function that steps over page frames or struct pages.

    Attributes:
        name: its name.
        place: its definition.
        condition: the expressions of ``#if`` around it.
        is_static: only its file sees it.
        loops: its loops, in the order of the text.
        assertions: its assertions, each with its place.
        understood: the parser understood all of it.
    """

    name: str
    place: Place
    condition: tuple[str, ...]
    is_static: bool
    loops: tuple[WalkerLoop, ...]
    assertions: tuple[tuple[Place, str], ...]
    understood: bool


class FoundWalkers(NamedTuple):
    """What was found.

    Attributes:
        walkers: the walkers, by file and line.
        not_read: functions that could not be followed, with the reason.
    """

    walkers: tuple[FoundWalker, ...]
    not_read: tuple[tuple[Place, str], ...]


@dataclass(frozen=True, slots=True)
class _Followed:
    """A function with its syntax tree and what it does to struct pages."""

    function: CFunction
    tree: SyntaxTree
    flow: GuardFlow

    def place(self, offset: int) -> Place:
        text = self.function.text
        return Place(text.name, text.line(self.function.start + offset))


class _Functions:
    """The functions of all files, each followed when it is asked for."""

    def __init__(self, functions: Iterable[CFunction]) -> None:
        self.all = list(functions)
        self._by_name: dict[str, list[CFunction]] = {}
        for function in self.all:
            self._by_name.setdefault(function.name, []).append(function)
        self._followed: dict[tuple[str, int], _Followed | None] = {}
        self.not_read: list[tuple[Place, str]] = []

    def called(self, name: str, caller: CFunction) -> CFunction | None:
        """The function that a name means in a function: of its own file, else one that all files see."""
        candidates = self._by_name.get(name, [])
        own = [function for function in candidates if function.text is caller.text]
        seen = [function for function in candidates if not function.is_static]
        return next(iter(own or seen), None)

    def _guard_within(self, caller: CFunction, name: str) -> str:
        """The guard that a function asks of its pfn before it returns a struct page; empty if it does not.

        ``vm_normal_page()`` takes an entry of a page table and asks only for some of them.
        """
        called = self.called(name, caller)
        if called is None or not _GIVES_A_PAGE.search(called.head) or b"pfn" not in called.head:
            return ""
        return next((guard for guard in _WORD.findall(called.code.decode("latin-1")) if guard in GUARDS), "")

    def followed(self, function: CFunction) -> _Followed | None:
        """A function with its accesses; ``None`` if it could not be followed."""
        key = (function.text.name, function.start)
        if key not in self._followed:
            self._followed[key] = self._follow(function)
        return self._followed[key]

    def _follow(self, function: CFunction) -> _Followed | None:
        place = Place(function.text.name, function.line)
        try:
            tree = parsed(function)
            within = partial(self._guard_within, function)
            flow = GuardFlow(set(function.page_variables), tree.loop_macros, within)
            for body in _bodies(tree.root):
                flow.follow(body)
        except RecursionError:
            self.not_read.append((place, f"{function.name}(): its expressions are nested too deeply"))
            return None
        except InputError as error:
            if not error.where:
                raise
            self.not_read.append((place, error.what))
            return None
        return _Followed(function, tree, flow)


def walkers_of(given: Iterable[CFunction]) -> FoundWalkers:
    """The walkers among functions.

    Args:
        given: the functions; calls are followed into them.

    Raises:
        InputError: tree-sitter is not installed.
    """
    functions = _Functions(given)
    found = [
        walker
        for function in functions.all
        if _LOOP.search(function.code) and _RELEVANT.search(function.code)
        for walker in _walker(function, functions)
    ]
    return FoundWalkers(tuple(found), tuple(functions.not_read))


def _walker(function: CFunction, functions: _Functions) -> Iterator[FoundWalker]:
    """The walker that a function is, if it is one."""
    followed = functions.followed(function)
    if followed is None:
        return
    loops = (*_loops(followed, functions), *_computed(followed, functions))
    if loops:
        yield FoundWalker(
            function.name,
            Place(function.text.name, function.line),
            function.text.condition(function.body),
            function.is_static,
            loops,
            tuple((followed.place(found.offset), found.text) for found in followed.flow.assertions),
            not followed.tree.has_error,
        )


def _loops(followed: _Followed, functions: _Functions) -> Iterator[WalkerLoop]:
    for node in _nodes(followed.tree.root, *_LOOPS):
        macro = followed.tree.loop_macros.get(node.start_byte, "")
        changed = {} if LOOPS_OVER_LISTS.fullmatch(macro) else _stepped(node, followed.flow.pages)
        if changed or macro in LOOPS_WITH_GUARD:
            inside = range(node.start_byte, node.end_byte)
            accesses = [access for access in followed.flow.accesses if access.offset in inside]
            reads = [
                read
                for access in accesses
                for read in _reads(access, followed, functions, _DEPTH, inside.start)
            ]
            place = followed.place(node.start_byte)
            by_pfn = (
                any(_asks_pfn(access, changed, followed) for access in accesses)
                or _finds_page(node, changed)
                or _begins_at_pfn(words(followed.tree.root), changed)
            )
            yield WalkerLoop(place, tuple(changed), _step(node, macro, changed), by_pfn, tuple(reads))


def _computed(followed: _Followed, functions: _Functions) -> Iterator[WalkerLoop]:
    """The struct pages of pfns that a function computes, outside of its loops over pfns.

    Such as ``page = pfn_to_page(min_pfn)`` after ``min_pfn = pageblock_start_pfn(...)``: the pfn need not
    have a struct page.
    """
    text = words(followed.tree.root)
    for node in _nodes(followed.tree.root, "assignment_expression"):
        found = _COMPUTED_PAGE.fullmatch(words(node))
        pfn = re.escape(found[2]) if found else ""
        if found and re.search(rf"\b{pfn} = [^;]*(?:{_ARITHMETIC})", text) and not _in_walk(node, followed):
            behind = [access for access in followed.flow.accesses if access.offset >= node.end_byte]
            accesses = [access for access in behind if re.search(rf"\b{found[1]}\b", access.text)]
            reads = [read for access in accesses for read in _reads(access, followed, functions, _DEPTH, 0)]
            place = followed.place(node.start_byte)
            yield WalkerLoop(place, (found[2],), Step("none", words(node)), by_pfn=True, reads=tuple(reads))


def _in_walk(node: "Node", followed: _Followed) -> bool:
    """Whether a node stands in a loop that steps pfns or struct pages."""
    loops = (loop for loop in _nodes(followed.tree.root, *_LOOPS) if _stepped(loop, followed.flow.pages))
    return any(loop.start_byte <= node.start_byte < loop.end_byte for loop in loops)


def _finds_page(loop: "Node", stepped: Mapping[str, object]) -> bool:
    """Whether a loop gets the struct page of a pfn that it steps."""
    return any(
        words(call.child_by_field_name("function")) in _GIVERS
        and any(
            "pfn" in name or name in stepped
            for name in _WORD.findall(words(call.child_by_field_name("arguments")))
        )
        for call in _nodes(loop, "call_expression")
    )


def _begins_at_pfn(function: str, stepped: Iterable[str]) -> bool:
    """Whether a function gets a struct page that a loop steps from a pfn."""
    return any(re.search(rf"\b{re.escape(name)} = (?:{_ANY_GIVER})\([^;]*pfn", function) for name in stepped)


def _asks_pfn(access: Access, stepped: Mapping[str, object], followed: _Followed) -> bool:
    """Whether an access hands a pfn that the loop steps, and no struct page, to a function."""
    pfns = stepped.keys() - followed.flow.pages
    handed_over = pfns & set(_WORD.findall(access.text.partition("(")[2]))
    return bool(handed_over) and _takes_pfn_only(access, followed)


def _reads(
    access: Access, followed: _Followed, functions: _Functions, depth: int, loop: int
) -> Iterator[WalkerRead]:
    """The reads that an access is: itself, or those of the function that it calls.

    Args:
        access: the access.
        followed: the function with the access.
        functions: all functions.
        depth: how many calls may be followed.
        loop: where the loop begins; a guard before it is not asked in each step.
    """
    guards = tuple(_guard(guard, followed, loop) for guard in access.guards)
    read = read_of(access.word)
    called = functions.called(access.word, followed.function) if access.is_call and depth else None
    inner = functions.followed(called) if called and read is Read.OTHER else None
    if inner is None:
        if not _takes_pfn_only(access, followed) or access.word in READS_OF_PFN:
            place = followed.place(access.offset)
            yield WalkerRead(read, access.word, place, guards, (), access.asserted)
        return
    for within in inner.flow.accesses:
        for found in _reads(within, inner, functions, depth - 1, 0):
            through = (access.word, *found.through)
            yield found._replace(guards=guards + found.guards, through=through)


def _guard(guard: AskedGuard, followed: _Followed, loop: int) -> WalkerGuard:
    """A guard of a flow with its place and condition."""
    text = followed.function.text
    condition = text.condition(followed.function.start + guard.offset)
    place = followed.place(guard.offset)
    return WalkerGuard(guard.name, guard.argument, place, condition, guard.reads_page, guard.offset >= loop)


def _takes_pfn_only(access: Access, followed: _Followed) -> bool:
    """Whether an access is a call that hands over a pfn and no struct page."""
    if not access.is_call:
        return False
    names = set(_WORD.findall(access.text.partition("(")[2]))
    return not names & followed.flow.pages and "pfn_to_page" not in names


def _stepped(loop: "Node", pages: set[str]) -> dict[str, list[str]]:
    """The pfns and struct page pointers that a loop itself steps, each with the statements that do."""
    text = words(loop)
    first = loop.child_by_field_name("initializer")
    behind = loop.start_byte if first is None else first.end_byte
    changed: dict[str, list[str]] = {}
    for node in _own_nodes(loop, "update_expression", "assignment_expression"):
        name, statement = _changed(node) if node.start_byte >= behind else ("", "")
        if name and (name in pages or _is_pfn(name) or _counts_pages(name, text, pages)):
            changed.setdefault(name, []).append(statement)
    return changed


def _is_pfn(name: str) -> bool:
    """Whether a variable is a pfn, told by its name; ``pfns`` is an array or a count."""
    return "pfn" in name and "pfns" not in name


def _changed(node: "Node") -> tuple[str, str]:
    """The variable that a statement steps, and the statement; empty if it gives a value that is no step."""
    if node.type == "update_expression":
        return words(node.child_by_field_name("argument")), words(node)
    target, value = words(node.child_by_field_name("left")), words(node.child_by_field_name("right"))
    if NO_STEPS.search(value):
        return "", ""
    is_step = words(node.child_by_field_name("operator")) in {"+=", "-=", "&=", "|="}
    own = re.search(rf"(?<![\w>.]){re.escape(target)}(?!\w)", value)
    between = "pfn" in target and "pfn" in value
    return (target, words(node)) if is_step or own or between else ("", "")


def _counts_pages(name: str, text: str, pages: set[str]) -> bool:
    """Whether a counter is a pfn, or reaches pfns or struct pages.

    Such as ``pfn_to_page(i)``, ``pfn + i``, ``page + i``, ``&page[i]``, ``page - (pfn & ((1 << i) - 1))``,
    or ``i = start_pfn`` in the head.
    """
    counter = re.escape(name)
    asked = "|".join(map(re.escape, sorted(GUARDS | PAGE_OF)))
    if re.search(rf"\b(?:{asked})\((?:[^()]*[+,] ?)?{counter} ?[,)]", text):
        return True
    if re.search(rf"\w*pfn\w* ?\+ ?{counter}\b|^for \(\w* ?{counter} = [^;]*pfn", text):
        return True
    reached = rf"(?: ?\+ ?{counter}\b|\[{counter}\]| - \(\w*pfn & \(\(1(?:UL)? << {counter}\))"
    return any(re.search(rf"\b{re.escape(page)}{reached}", text) for page in pages)


def _step(loop: "Node", macro: str, changed: Mapping[str, list[str]]) -> Step:
    """How a loop goes on: what its head says, else its smallest step."""
    if macro:
        return Step("page" if "valid_pfn" in macro else "other", macro)
    head = words(loop.child_by_field_name("update")) if loop.type == "for_statement" else ""
    statements = [text for texts in changed.values() for text in texts]
    for text in ([head] if head else []) + statements:
        for size, pattern in STEPS:
            if pattern.search(text):
                return Step(size, text)
    return Step("other", next(iter(statements), ""))


def _nodes(root: "Node", *kinds: str) -> Iterator["Node"]:
    """The nodes of some kinds below a node and the node itself, in the order of the text."""
    ahead = [root]
    while ahead:
        node = ahead.pop()
        if node.type in kinds:
            yield node
        ahead += reversed(node.children)


def _own_nodes(loop: "Node", *kinds: str) -> Iterator["Node"]:
    """The nodes of some kinds in a loop that are not in a loop within it."""
    ahead = list(reversed(loop.children))
    while ahead:
        node = ahead.pop()
        if node.type in kinds:
            yield node
        if node.type not in _LOOPS:
            ahead += reversed(node.children)


def _bodies(root: "Node") -> "list[Node]":
    """The bodies of the function definitions below a root; the root where the parser found none."""
    bodies = [
        node.child_by_field_name("body") for node in root.children if node.type == "function_definition"
    ]
    return [body for body in bodies if body is not None] or [root]
