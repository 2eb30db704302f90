# SPDX-License-Identifier: GPL-2.0-or-later
"""Which pfns and struct pages the loops of a function step, and by how much."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from explorer.audit.c_functions import SyntaxTree
from explorer.audit.found_walkers import Step
from explorer.audit.guard_flow import words
from explorer.audit.kernel_words import (
    LOOPS_OVER_LISTS,
    LOOPS_WITH_GUARD,
    NEXT_PFN,
    NO_STEPS,
    STEPS,
)
from explorer.audit.page_counters import counters_of

if TYPE_CHECKING:
    from tree_sitter import Node

__all__ = ["SteppingLoop", "nodes", "stepping_loops"]

_LOOPS = ("for_statement", "while_statement", "do_statement")
_CALL = re.compile(r"\b(\w+) ?\(")
_CHANGES = ("update_expression", "assignment_expression", "init_declarator", "call_expression")


@dataclass(frozen=True, slots=True)
class SteppingLoop:
    """A loop that steps pfns or struct pages.

    Attributes:
        node: its statement; for a loop that ``goto`` makes the block with its label.
        start: the byte of its head, counted from the start of the function.
        stepped: the variables that it steps, each with the statements that do.
        step: how it goes on.
    """

    node: "Node"
    start: int
    stepped: Mapping[str, list[str]]
    step: Step

    @property
    def span(self) -> range:
        """Its bytes, counted from the start of the function."""
        return range(self.start, self.node.end_byte)


def stepping_loops(
    tree: SyntaxTree, pages: set[str], pfn_parameters: Mapping[str, Collection[int]]
) -> Iterator[SteppingLoop]:
    """The loops of a function that step pfns or struct pages, in the order of the text.

    Args:
        tree: the function.
        pages: its variables that point to struct pages.
        pfn_parameters: functions that take a pfn, with the positions of these parameters.
    """
    for node, start in _loops(tree.root):
        macro = tree.loop_macros.get(node.start_byte, "")
        over_list = LOOPS_OVER_LISTS.fullmatch(macro)
        found = {} if over_list else _stepped(node, start, pages, pfn_parameters)
        if found or macro in LOOPS_WITH_GUARD:
            yield SteppingLoop(node, start, found, _step(node, macro, found))


def _loops(root: "Node") -> "Iterator[tuple[Node, int]]":
    """The loops of a function with the bytes where they start; a ``goto`` back to a label is one, too."""
    found = list(nodes(root, *_LOOPS, "labeled_statement", "goto_statement"))
    jumps = [node for node in found if node.type == "goto_statement"]
    for node in found:
        if node.type in _LOOPS:
            yield node, node.start_byte
        elif node.type == "labeled_statement" and node.parent is not None:
            label, last = words(node.child_by_field_name("label")), node.parent.end_byte
            behind = (jump for jump in jumps if node.start_byte < jump.start_byte < last)
            if any(words(jump.child_by_field_name("label")) == label for jump in behind):
                yield node.parent, node.start_byte


def _stepped(
    loop: "Node", start: int, pages: set[str], pfn_parameters: Mapping[str, Collection[int]]
) -> dict[str, list[str]]:
    """The pfns and struct page pointers that a loop itself steps, each with the statements that do."""
    counters = counters_of(words(loop), pages)
    first = loop.child_by_field_name("initializer")
    behind = start if first is None else first.end_byte
    is_made_by_goto = start != loop.start_byte
    handed = _handed_as_pfn(loop, pfn_parameters)
    changed: dict[str, list[str]] = {}
    for node in _own_nodes(loop, *_CHANGES):
        for name, statement in _changed(node, loop) if node.start_byte >= behind else ():
            if "[" in name or (is_made_by_goto and not _goes_on(statement)):
                continue  # an element of an array, or the way back to the start
            if name in pages or _is_pfn(name) or name in handed or name in counters:
                changed.setdefault(name, []).append(statement)
    return changed


def _goes_on(statement: str) -> bool:
    """Whether a statement steps: behind a label to which ``goto`` leads back others begin anew."""
    return bool(NEXT_PFN.search(statement) or re.search(r"\+\+|--|[+-]=", statement))


def _is_pfn(name: str) -> bool:
    """Whether a variable is a pfn, told by its name; ``pfns`` is an array or a count."""
    return "pfn" in name and "pfns" not in name


def _handed_as_pfn(loop: "Node", pfn_parameters: Mapping[str, Collection[int]]) -> set[str]:
    """The variables that a loop hands to functions which take a pfn there."""
    found: set[str] = set()
    if pfn_parameters.keys().isdisjoint(_CALL.findall(words(loop))):
        return found
    for call in nodes(loop, "call_expression"):
        positions = pfn_parameters.get(words(call.child_by_field_name("function")), ())
        given = call.child_by_field_name("arguments")
        arguments = [] if given is None else given.named_children
        found |= {
            words(argument)
            for index, argument in enumerate(arguments)
            if index in positions and argument.type == "identifier"
        }
    return found


def _changed(node: "Node", loop: "Node") -> Iterator[tuple[str, str]]:
    """The variables that a statement of a loop steps, each with the statement.

    A statement that gives a value which is no step steps nothing.
    """
    if node.type == "update_expression":
        yield words(node.child_by_field_name("argument")), words(node)
    elif node.type == "assignment_expression":
        yield from _assigned(node)
    elif node.type == "init_declarator":
        if NEXT_PFN.search(words(node.child_by_field_name("value"))):
            yield words(node.child_by_field_name("declarator")), words(node)
    else:
        condition = words(loop.child_by_field_name("condition"))
        for name in re.findall(r"& ?(\w*pfn)\b", words(node.child_by_field_name("arguments"))):
            if re.search(rf"\b{name}\b", condition):
                yield name, words(node)


def _assigned(node: "Node") -> Iterator[tuple[str, str]]:
    target, value = words(node.child_by_field_name("left")), words(node.child_by_field_name("right"))
    if NO_STEPS.search(value):
        return
    operator = words(node.child_by_field_name("operator"))
    is_step = operator in {"+=", "-=", "&=", "|="} or (operator == ">>=" and not _is_pfn(target))
    own = target in value and re.search(rf"(?<![\w>.]){re.escape(target)}(?!\w)", value)
    between = "pfn" in target and "pfn" in value
    if is_step or own or between:
        yield target, words(node)


def _step(loop: "Node", macro: str, changed: Mapping[str, list[str]]) -> Step:
    """How a loop goes on: what its head says, else its smallest step."""
    if macro:
        return Step("page" if "valid_pfn" in macro else "region" if "mem" in macro else "other", macro)
    head = words(loop.child_by_field_name("update")) if loop.type == "for_statement" else ""
    statements = [text for texts in changed.values() for text in texts]
    for text in ([head] if head else []) + statements:
        for size, pattern in STEPS:
            if pattern.search(text):
                return Step(size, text)
    return Step("other", next(iter(statements), ""))


def nodes(root: "Node", *kinds: str) -> Iterator["Node"]:
    """The nodes of some kinds below a node and the node itself, in the order of the text."""
    ahead = [root]
    while ahead:
        node = ahead.pop()
        if node.type in kinds:
            yield node
        ahead += reversed(node.named_children)


def _own_nodes(loop: "Node", *kinds: str) -> Iterator["Node"]:
    """The nodes of some kinds in a loop that are not in a loop within it."""
    ahead = list(reversed(loop.named_children))
    while ahead:
        node = ahead.pop()
        if node.type in kinds:
            yield node
        if node.type not in _LOOPS:
            ahead += reversed(node.named_children)
