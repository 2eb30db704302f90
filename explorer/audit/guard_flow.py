# SPDX-License-Identifier: GPL-2.0-or-later
"""Which guards hold where a function reads a struct page.

The statements of the function are followed in order. A condition adds its guards to the branch in which it is
true, and to what follows a branch that leaves (``if (!pfn_valid(pfn)) continue;``). Where ways meet, the
guards that hold on all of them hold; one that is asked of the first pfn of each block only
(``if (pageblock_aligned(pfn) && !pfn_valid(pfn))``) holds as such. Loops are followed once.
"""

import re
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from explorer.audit.kernel_words import (
    ALIGNMENT,
    ASSERTIONS,
    COMPARISONS,
    GUARDS,
    GUARDS_OF_PAGEBLOCKS,
    GUARDS_THAT_GIVE_A_PAGE,
    LOOPS_WITH_GUARD,
    NAMES_PFN,
    NO_READS,
    PAGE_OF,
    READING_PAGE_OF,
    TRANSPARENT,
)

if TYPE_CHECKING:
    from tree_sitter import Node

__all__ = ["Access", "AskedGuard", "AskedGuards", "Assertion", "GuardFlow", "words"]


class AskedGuard(NamedTuple):
    """A guard that holds.

    Attributes:
        name: the function that is asked, or ``zone comparison`` or ``node comparison``.
        argument: its arguments.
        offset: the byte where it stands, or the call of the function that asks it.
        of_block: it is asked of the first pfn of each block only.
        through: the function that asks it, where it is called; empty if nothing is called.
        handed: the arguments of that call.
    """

    name: str
    argument: str
    offset: int
    of_block: bool = False
    through: str = ""
    handed: str = ""

    @property
    def reads_page(self) -> bool:
        """Whether its argument reads the struct page that it shall guard: its section, without VMEMMAP."""
        return "page_to_pfn(" in self.argument


AskedGuards = tuple[AskedGuard, ...]


class Access(NamedTuple):
    """A struct page is read or written, or handed to a function.

    Attributes:
        word: the member, or the function that is called.
        is_call: it is a function.
        text: the expression.
        offset: the byte where it stands.
        guards: the guards that hold there, the outermost first.
        asserted: it stands in an assertion of ``DEBUG_VM``.
        in_guard: it is a guard that reads struct pages itself.
    """

    word: str
    is_call: bool
    text: str
    offset: int
    guards: AskedGuards
    asserted: bool = False
    in_guard: bool = False


class Assertion(NamedTuple):
    """An assertion about a pfn or a struct page."""

    text: str
    offset: int


class _Ways(NamedTuple):
    """The guards that hold where an expression is true, and where it is false."""

    true: AskedGuards
    false: AskedGuards


_FALSE = frozenset({"NULL", "false", "0"})
_LEAVES = frozenset({"continue_statement", "break_statement", "return_statement"})
_LOOPS = frozenset({"for_statement", "while_statement", "do_statement"})
_UNREAD = (NO_READS | PAGE_OF | LOOPS_WITH_GUARD) - READING_PAGE_OF


def words(node: "Node | None") -> str:
    """The text of a node on one line."""
    return "" if node is None or node.text is None else " ".join(node.text.decode("latin-1").split())


def _both(one: AskedGuards | None, other: AskedGuards | None) -> AskedGuards | None:
    """The guards that hold on both ways; ``None`` is a way that nobody takes."""
    if one is None or other is None:
        return other if one is None else one
    return tuple(guard for guard in one if guard in other)


_Given = dict[str, AskedGuards | None]
"""Variables with the answer of guards: the guards that hold unless it is NULL; ``None``: it is NULL."""


def _given_on_both(one: _Given, other: _Given) -> _Given:
    """What variables hold behind two ways: of one that may hold something else nothing is known."""
    return {name: _both(given, other[name]) for name, given in one.items() if name in other}


def _more(new: AskedGuards, known: AskedGuards) -> AskedGuards:
    """The guards that are not known yet."""
    return tuple(guard for guard in new if guard not in known)


def _of_block(asked: AskedGuards, otherwise: AskedGuards) -> AskedGuards:
    """The guards that hold behind a condition that is true for the first pfn of each block only.

    Args:
        asked: what holds behind it for this pfn.
        otherwise: what holds for the others.
    """
    more = _more(asked, otherwise)
    return (*(_both(asked, otherwise) or ()), *(guard._replace(of_block=True) for guard in more))


def _asks_first_of_block(condition: "Node | None") -> bool:
    """Whether a condition asks only whether a pfn is the first of its block."""
    text = words(condition)
    return bool(ALIGNMENT.search(text)) and not re.search(r"&&|\|\|", text)


@dataclass(slots=True)
class GuardFlow:
    """Follows one function.

    Attributes:
        pages: the variables that point to struct pages.
        loop_macros: the macro behind a ``while``, by offset.
        takes_pfn: functions that take a pfn, whatever the variable that is handed over.
        guards_within: the guards that hold where a function of a pfn answers true, or gives a struct page.
        answers: the guards that hold where this function does; ``None`` if it never does.
        accesses: the accesses to struct pages and the calls with a pfn, in the order of the text.
        assertions: the assertions.
    """

    pages: set[str]
    loop_macros: Mapping[int, str]
    takes_pfn: Container[str]
    guards_within: Callable[[str], AskedGuards]
    answers: AskedGuards | None = None
    accesses: list[Access] = field(default_factory=list)
    assertions: list[Assertion] = field(default_factory=list)
    _given: _Given = field(default_factory=dict)
    _labels: dict[str, AskedGuards] = field(default_factory=dict)

    def follow(self, body: "Node") -> None:
        """Follow the statements of a body."""
        self._statement(body, ())

    # Statements: the guards that hold behind each; None if no way leads behind it.

    def _statement(self, node: "Node", guards: AskedGuards) -> AskedGuards | None:
        kind = node.type
        if kind in _LOOPS:
            return self._loop(node, guards)
        if kind in _LEAVES or kind == "goto_statement":
            self._leave(node, guards)
            return None
        method = {
            "compound_statement": self._block,
            "if_statement": self._if,
            "labeled_statement": self._label,
            "declaration": self._declaration,
            "expression_statement": self._expression_statement,
            "case_statement": self._case,
        }.get(kind, self._other)
        return method(node, guards)

    def _block(self, node: "Node", guards: AskedGuards) -> AskedGuards | None:
        return self._sequence(node.named_children, guards)

    def _sequence(self, statements: Iterable["Node"], guards: AskedGuards) -> AskedGuards | None:
        reached: AskedGuards | None = guards
        for statement in statements:
            if statement.type == "labeled_statement":
                reached = self._label(statement, reached)
            elif statement.type == "case_statement":
                reached = self._case(statement, _both(reached, guards) or ())
            elif reached is not None:
                reached = self._statement(statement, reached)
        return reached

    def _if(self, node: "Node", guards: AskedGuards) -> AskedGuards | None:
        ways = self._value(node.child_by_field_name("condition"), guards)
        consequence = node.child_by_field_name("consequence")
        before = dict(self._given)
        then = self._statement(consequence, ways.true) if consequence is not None else ways.true
        given, self._given = self._given, before
        alternative = node.child_by_field_name("alternative")
        otherwise: AskedGuards | None = ways.false
        if alternative is not None:
            otherwise = self._sequence(alternative.named_children, ways.false)
        if otherwise is None or then is None:
            self._given = given if otherwise is None else self._given
            return _both(then, otherwise)
        self._given = _given_on_both(given, self._given)
        if alternative is None and _asks_first_of_block(node.child_by_field_name("condition")):
            return _of_block(then, otherwise)
        return _both(then, otherwise)

    def _leave(self, node: "Node", guards: AskedGuards) -> None:
        if node.type == "goto_statement":
            label = words(node.child_by_field_name("label"))
            known = self._labels.get(label)
            self._labels[label] = guards if known is None else _both(known, guards) or ()
            return
        for child in node.named_children:
            ways = self._value(child, guards)
            if node.type == "return_statement" and words(child) not in _FALSE:
                self.answers = _both(self.answers, ways.true)

    def _label(self, node: "Node", guards: AskedGuards | None) -> AskedGuards | None:
        label = words(node.child_by_field_name("label"))
        reached = _both(guards, self._labels.get(label)) or ()
        return self._sequence(node.named_children[1:], reached)

    def _declaration(self, node: "Node", guards: AskedGuards) -> AskedGuards:
        for child in node.named_children:
            if child.type == "init_declarator":
                guards = self._assigned(
                    words(child.child_by_field_name("declarator")).lstrip("* "),
                    child.child_by_field_name("value"),
                    guards,
                ).false
        return guards

    def _expression_statement(self, node: "Node", guards: AskedGuards) -> AskedGuards:
        for child in node.named_children:
            ways = self._value(child, guards)
            guards = _both(ways.true, ways.false) or ()
        return guards

    def _case(self, node: "Node", guards: AskedGuards) -> AskedGuards | None:
        statements = [child for child in node.named_children if child.type.endswith("statement")]
        return self._sequence(statements, guards)

    def _other(self, node: "Node", guards: AskedGuards) -> AskedGuards | None:
        for child in node.named_children:
            if child.type.endswith("statement"):
                self._statement(child, guards)
            else:
                self._value(child, guards)
        return guards

    def _loop(self, node: "Node", guards: AskedGuards) -> AskedGuards:
        """Follow a loop; returns what holds behind it: a search for a pfn ends where its guard holds."""
        macro = self.loop_macros.get(node.start_byte)
        first = node.child_by_field_name("initializer")
        if first is not None:
            self._statement(first, guards) if first.type == "declaration" else self._value(first, guards)
        inside, behind = guards, guards
        condition = node.child_by_field_name("condition")
        if macro in LOOPS_WITH_GUARD:
            inside = (*guards, AskedGuard(str(macro), words(condition), node.start_byte))
        elif not macro and node.type != "do_statement":
            inside, behind = self._condition_of_loop(condition, guards)
        body = node.child_by_field_name("body")
        before = dict(self._given)
        if body is not None:
            self._statement(body, inside)
        self._given = _given_on_both(before, self._given)
        if node.type == "do_statement":
            self._value(condition, guards)
        self._value(node.child_by_field_name("update"), guards)
        return behind

    def _condition_of_loop(
        self, condition: "Node | None", guards: AskedGuards
    ) -> tuple[AskedGuards, AskedGuards]:
        """The guards in a loop, and behind it: there those that any part of its condition asks for."""
        inside, behind = guards, guards
        for part in _parts(condition):
            ways = self._value(part, inside)
            inside = ways.true
            behind += tuple(guard for guard in ways.false if guard not in behind and guard not in inside)
        return inside, behind

    # Expressions: the guards that hold where it is true, and where it is false.

    def _value(self, given: "Node | None", guards: AskedGuards) -> _Ways:
        node = _inner(given)
        if node is None:
            return _Ways(guards, guards)
        method = {
            "binary_expression": self._binary,
            "unary_expression": self._unary,
            "assignment_expression": self._assignment,
            "call_expression": self._call,
            "identifier": self._identifier,
            "field_expression": self._member,
            "conditional_expression": self._conditional,
        }.get(node.type)
        if method:
            return method(node, guards)
        for child in node.named_children:
            self._value(child, guards)
        return _Ways(guards, guards)

    def _binary(self, node: "Node", guards: AskedGuards) -> _Ways:
        operator = words(node.child_by_field_name("operator"))
        left = self._value(node.child_by_field_name("left"), guards)
        right = node.child_by_field_name("right")
        if operator == "&&":
            ways = self._value(right, left.true)
            if _asks_first_of_block(node.child_by_field_name("left")):
                return _Ways(ways.true, _of_block(ways.false, left.false))
            return _Ways(ways.true, _both(left.false, ways.false) or ())
        if operator == "||":
            ways = self._value(right, left.false)
            return _Ways(_both(left.true, ways.true) or (), ways.false)
        if operator in {"==", "!="} and words(right) in {"NULL", "0"}:
            return left if operator == "!=" else _Ways(left.false, left.true)
        plain = _both(left.true, left.false) or ()
        self._value(right, plain)
        return self._compared(node, operator, plain)

    def _compared(self, node: "Node", operator: str, guards: AskedGuards) -> _Ways:
        """The guard of a comparison of zones or nodes."""
        text = words(node)
        for name, functions in COMPARISONS.items():
            if operator in {"==", "!="} and any(function in text for function in functions):
                more = (*guards, AskedGuard(name, text, node.start_byte))
                return _Ways(more, guards) if operator == "==" else _Ways(guards, more)
        return _Ways(guards, guards)

    def _unary(self, node: "Node", guards: AskedGuards) -> _Ways:
        ways = self._value(node.child_by_field_name("argument"), guards)
        return _Ways(ways.false, ways.true) if words(node.child_by_field_name("operator")) == "!" else ways

    def _conditional(self, node: "Node", guards: AskedGuards) -> _Ways:
        ways = self._value(node.child_by_field_name("condition"), guards)
        chosen = self._value(node.child_by_field_name("consequence"), ways.true)
        alternative = node.child_by_field_name("alternative")
        self._value(alternative, ways.false)
        return _Ways(chosen.true if words(alternative) in _FALSE else guards, guards)

    def _assignment(self, node: "Node", guards: AskedGuards) -> _Ways:
        target = node.child_by_field_name("left")
        if target is not None and target.type != "identifier":
            self._value(target, guards)
        return self._assigned(words(target), node.child_by_field_name("right"), guards)

    def _assigned(self, name: str, value: "Node | None", guards: AskedGuards) -> _Ways:
        """A variable gets a value: it may now be a struct page, or the answer of a guard."""
        ways = self._value(value, guards)
        function = _called(value)
        self._given.pop(name, None)
        if words(value) == "NULL" or function in PAGE_OF:
            self._given[name] = None if words(value) == "NULL" else guards
        if function in GUARDS_THAT_GIVE_A_PAGE | PAGE_OF:
            self.pages.add(name)
        new = _more(ways.true, guards)
        is_choice = value is not None and value.type == "conditional_expression"
        asked = is_choice or function in GUARDS or self.guards_within(function)
        if asked and new:
            self._given[name] = new
        both = _both(ways.true, ways.false) or ()
        return _Ways(ways.true if asked else both, both)

    def _identifier(self, node: "Node", guards: AskedGuards) -> _Ways:
        given = self._given.get(words(node)) or ()
        return _Ways((*guards, *_more(given, guards)), guards)

    def _call(self, node: "Node", guards: AskedGuards) -> _Ways:
        name = words(node.child_by_field_name("function"))
        arguments = _arguments(node)
        before = len(self.accesses)
        for argument in arguments:
            self._value(argument, guards)
        asked = self._asked(name, node, arguments)
        if name not in GUARDS - GUARDS_OF_PAGEBLOCKS and asked:
            self._record_call(name, node, (), guards)
        if asked:
            return _Ways((*guards, *_more(asked, guards)), guards)
        if ASSERTIONS.fullmatch(name):
            self.assertions.append(Assertion(words(node), node.start_byte))
            asserted = name.startswith("VM_")
            self.accesses[before:] = [
                access._replace(asserted=access.asserted or asserted) for access in self.accesses[before:]
            ]
            return _Ways(guards, guards)
        takes_page = [argument for argument in arguments if self._is_page(argument)]
        takes_pfn = name in self.takes_pfn or any(NAMES_PFN.search(words(given)) for given in arguments)
        if (takes_page or takes_pfn) and name not in _UNREAD:
            self._record_call(name, node, takes_page, guards)
        return _Ways(guards, guards)

    def _asked(self, name: str, node: "Node", arguments: "Sequence[Node]") -> AskedGuards:
        """The guards that hold where a call answers true."""
        handed = ", ".join(map(words, arguments))
        if name in GUARDS:
            return (AskedGuard(name, handed, node.start_byte),)
        within = self.guards_within(name)
        return tuple(guard._replace(offset=node.start_byte, through=name, handed=handed) for guard in within)

    def _record_call(self, name: str, node: "Node", pages: Sequence["Node"], guards: AskedGuards) -> None:
        held = guards + tuple(self._unasked(pages, guards))
        access = Access(name, is_call=True, text=words(node), offset=node.start_byte, guards=held)
        self.accesses.append(access._replace(in_guard=name in GUARDS))

    def _unasked(self, pages: Sequence["Node"], guards: AskedGuards) -> Iterable[AskedGuard]:
        """Guards whose answer is handed on unseen: the function that is called gets NULL where they fail."""
        given = (self._given.get(words(_inner(page))) or () for page in pages)
        return (guard for found in given for guard in _more(found, guards))

    def _member(self, node: "Node", guards: AskedGuards) -> _Ways:
        owner = node.child_by_field_name("argument")
        if self._is_page(owner):
            member = words(node.child_by_field_name("field"))
            access = Access(member, is_call=False, text=words(node), offset=node.start_byte, guards=guards)
            self.accesses.append(access)
        else:
            self._value(owner, guards)
        return _Ways(guards, guards)

    def _is_page(self, given: "Node | None") -> bool:
        """Whether an expression is a pointer to a struct page, or a struct page."""
        node = _inner(given)
        if node is None:
            return False
        if node.type == "identifier":
            return words(node) in self.pages
        if node.type == "call_expression":
            return _called(node) in PAGE_OF | GUARDS_THAT_GIVE_A_PAGE
        if node.type == "binary_expression":
            return self._is_page(node.child_by_field_name("left"))
        if node.type in {"pointer_expression", "subscript_expression"}:
            return self._is_page(node.child_by_field_name("argument"))
        return False


def _inner(node: "Node | None") -> "Node | None":
    """An expression without parentheses, ``likely()`` and assertions that give their argument."""
    while node is not None:
        if node.type in {"parenthesized_expression", "cast_expression"}:
            value = node.child_by_field_name("value")
            node = value if value is not None else next(iter(node.named_children), None)
        elif node.type == "call_expression" and _called(node) in TRANSPARENT and _arguments(node):
            node = _arguments(node)[0]
        else:
            return node
    return None


def _parts(condition: "Node | None") -> "list[Node]":
    """The parts of a condition that ``&&`` joins, in order."""
    node = _inner(condition)
    if node is None:
        return []
    if node.type == "binary_expression" and words(node.child_by_field_name("operator")) == "&&":
        return _parts(node.child_by_field_name("left")) + _parts(node.child_by_field_name("right"))
    return [node]


def _called(node: "Node | None") -> str:
    """The function that an expression calls; empty if it is no call."""
    if node is None or node.type != "call_expression":
        return ""
    return words(node.child_by_field_name("function"))


def _arguments(node: "Node") -> "list[Node]":
    found = node.child_by_field_name("arguments")
    return [] if found is None else [child for child in found.named_children if child.type != "comment"]
