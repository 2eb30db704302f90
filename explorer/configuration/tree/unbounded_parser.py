# SPDX-License-Identifier: GPL-2.0-or-later
"""Parses nested blocks, files and expressions of any depth: the recursive parts of kconfiglib as loops.

1. ``_parse_block()`` nests with ``if``, ``menu``, ``choice`` and ``source``.
2. ``_parse_expr()`` nests with parentheses and ``!``.
3. ``_finalize_node()`` nests with blocks, and with symbols that depend on the symbol before them.
4. ``_check_dep_loop_sym()`` nests with dependencies.

What they build is the same, object by object. Macros nest to any depth, too (``macro_expansion``).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from os.path import dirname, join
from typing import Any

import kconfiglib

from explorer.configuration.tree.expressions import has_prompt_elsewhere
from explorer.configuration.tree.macro_expansion import MacroKconfig
from explorer.configuration.tree.unrecursed import Call, run
from explorer.errors import InputError

__all__ = ["UnboundedKconfig"]

_EDGE: frozenset[Any] = frozenset()
"""Stands for a line that opens or closes a block, or names a file. It is false: no block needs it to end."""
_ENDS = {
    kconfiglib._T_IF: kconfiglib._T_ENDIF,  # noqa: SLF001 # the tables of kconfiglib's parser are private
    kconfiglib._T_MENU: kconfiglib._T_ENDMENU,  # noqa: SLF001 # as above
    kconfiglib._T_CHOICE: kconfiglib._T_ENDCHOICE,  # noqa: SLF001 # as above
}
_KEYWORDS = {
    kconfiglib._T_ENDIF: "if",  # noqa: SLF001 # as above
    kconfiglib._T_ENDMENU: "menu",  # noqa: SLF001 # as above
    kconfiglib._T_ENDCHOICE: "choice",  # noqa: SLF001 # as above
}
_SOURCES = kconfiglib._SOURCE_TOKENS  # noqa: SLF001 # as above
_EDGES = frozenset({*_ENDS, *_KEYWORDS, *_SOURCES})


@dataclass(slots=True)
class _Block:
    """A block or file that is being parsed.

    Attributes:
        end: the token that ends it; ``None`` for a file.
        parent: the node that its statements belong to.
        before: the node before the block.
        files: of a file, those that the same statement names after it; otherwise empty.
    """

    end: Any
    parent: Any
    before: Any
    files: Iterator[str]


class UnboundedKconfig(MacroKconfig):
    """A Kconfig tree that may nest to any depth.

    Attributes:
        ranks: symbol or choice to its place in the order of definitions, choices last; while it is parsed.
        dependents: how often a symbol or choice depends on another directly; while it is parsed.
    """

    dependents = 0

    _edge: Any = None
    """The tokens of the line at which the statements of a block or file were interrupted."""

    # --- blocks and files ---------------------------------------------------------------------------------

    def _up_to_edge(self, tokens: Any) -> Any:
        """The tokens of a line; one that opens or closes a block is kept, and replaced by an edge."""
        if tokens[0] not in _EDGES:
            return tokens
        self._edge = tokens
        return (_EDGE, None)

    def _parse_block(self, end_token: Any, parent: Any, prev: Any) -> Any:
        blocks = [_Block(end_token, parent, prev, iter(()))]
        while blocks:
            prev = super()._parse_block(_EDGE, blocks[-1].parent, prev)
            tokens, self._edge = self._edge, None
            if tokens is None:
                self._end_file(blocks)
            else:
                self._tokens, self._tokens_i = tokens, 1
                prev = self._pass_edge(blocks, tokens[0], prev)
        return prev

    def _pass_edge(self, blocks: list[_Block], token: Any, prev: Any) -> Any:
        """Enter or leave a block or file; returns the last node before the next statement."""
        if token is blocks[-1].end:
            return self._end_block(blocks.pop())
        if token in _SOURCES:
            self._enter_next(blocks, _Block(None, blocks[-1].parent, None, iter(self._sourced_files(token))))
            return prev
        if token in _KEYWORDS:
            self._parse_error(f"no corresponding '{_KEYWORDS[token]}'")
        node = self._block_node(token, blocks[-1].parent)
        blocks.append(_Block(_ENDS[token], node, prev, iter(())))
        return node

    def _end_block(self, block: _Block) -> Any:
        if self._tokens[1] is not None:
            self._trailing_tokens_error()
        block.parent.list = block.parent.next
        block.before.next = block.parent
        return block.parent

    def _end_file(self, blocks: list[_Block]) -> None:
        block = blocks.pop()
        if block.end:
            expected = f"end{_KEYWORDS[block.end]}"
            raise kconfiglib.KconfigError(f"error: expected '{expected}' at end of '{self.filename}'")
        if blocks:
            self._leave_file()
            self._enter_next(blocks, block)

    def _enter_next(self, blocks: list[_Block], block: _Block) -> None:
        """Begin the next file that a statement names."""
        for filename in block.files:
            self._enter_file(filename)
            blocks.append(block)
            return

    def _found(self, pattern: str) -> list[str]:
        """The paths that a pattern of ``source`` matches."""
        raise NotImplementedError

    def _sourced_files(self, token: Any) -> list[str]:
        """The files that a ``source`` statement names."""
        pattern = self._expect_str_and_eol()
        if token in kconfiglib._REL_SOURCE_TOKENS:  # noqa: SLF001 # as above
            pattern = join(dirname(self.filename), pattern)  # noqa: PTH118, PTH120 # as kconfiglib reads a name
        names = sorted(self._found(join(self._srctree_prefix, pattern)))  # noqa: PTH118 # as above
        if not names and token in kconfiglib._OBL_SOURCE_TOKENS:  # noqa: SLF001 # as above
            line = self._line.strip()
            raise kconfiglib.KconfigError(
                f"{self.filename}:{self.linenr}: '{pattern}' not found (in '{line}')"
            )
        return names

    def _block_node(self, token: Any, parent: Any) -> Any:
        """The node of an ``if``, ``menu`` or ``choice``, with its properties."""
        node = kconfiglib.MenuNode()
        node.parent = parent
        if token is kconfiglib._T_IF:  # noqa: SLF001 # as above
            node.item = node.prompt = None
            node.dep = self._expect_expr_and_eol()
            return node
        node.kconfig, node.is_menuconfig = self, True
        node.filename, node.linenr, node.include_path = self.filename, self.linenr, self._include_path
        if token is kconfiglib._T_MENU:  # noqa: SLF001 # as above
            node.item, node.visibility = kconfiglib.MENU, self.y
            node.prompt = self._expect_str_and_eol(), self.y
            self.menus.append(node)
        else:
            node.prompt = node.help = None
            node.item = self._choice()
            node.item.nodes.append(node)
        self._parse_props(node)
        return node

    def _choice(self) -> Any:
        """The choice of a ``choice`` line; a named one can have several definitions."""
        name = None if self._tokens[1] is None else self._expect_str_and_eol()
        choice = self.named_choices.get(name)
        if not choice:
            choice = kconfiglib.Choice()
            choice.kconfig, choice.name, choice.direct_dep = self, name, self.n
            if name is not None:
                self.named_choices[name] = choice
        self.choices.append(choice)
        return choice

    # --- expressions --------------------------------------------------------------------------------------

    def _parse_expr(self, transform_m: bool) -> Any:  # noqa: FBT001 # kconfiglib's signature
        outer: list[tuple[list[Any], list[Any], int]] = []  # the state before each open parenthesis
        terms: list[Any] = []
        factors: list[Any] = []
        negations = 0
        while True:
            token = self._tokens[self._tokens_i]
            self._tokens_i += 1
            if token is kconfiglib._T_NOT:  # noqa: SLF001 # as above
                negations += 1
                continue
            if token is kconfiglib._T_OPEN_PAREN:  # noqa: SLF001 # as above
                outer.append((terms, factors, negations))
                terms, factors, negations = [], [], 0
                continue
            value = self._operand_or_comparison(token, transform_m)
            while True:
                factors.append(_negated(value, negations))
                negations = 0
                if self._check_token(kconfiglib._T_AND):  # noqa: SLF001 # as above
                    break
                terms.append(_nested(kconfiglib.AND, factors))
                factors = []
                if self._check_token(kconfiglib._T_OR):  # noqa: SLF001 # as above
                    break
                value = _nested(kconfiglib.OR, terms)
                if not outer:
                    return value
                if not self._check_token(kconfiglib._T_CLOSE_PAREN):  # noqa: SLF001 # as above
                    self._parse_error("malformed expression")
                terms, factors, negations = outer.pop()

    def _operand_or_comparison(self, token: Any, transform_m: bool) -> Any:  # noqa: FBT001 # as above
        if token.__class__ is not kconfiglib.Symbol:
            self._parse_error("malformed expression")
        operator = self._tokens[self._tokens_i]
        if operator in kconfiglib._RELATIONS:  # noqa: SLF001 # as above
            self._tokens_i += 1
            return (operator, token, self._expect_sym())
        return (kconfiglib.AND, token, self.modules) if transform_m and token is self.m else token

    def _build_dep(self) -> None:
        super()._build_dep()
        self.ranks = {
            item: rank for rank, item in enumerate((*self.unique_defined_syms, *self.unique_choices))
        }

    def _add_choice_deps(self) -> None:
        super()._add_choice_deps()
        for choice in self.unique_choices:  # kconfiglib expects the choice in the conditions of all prompts
            choice._dependents.update(filter(has_prompt_elsewhere, choice.syms))  # noqa: SLF001 # as above

    # --- after parsing ------------------------------------------------------------------------------------

    def _finalize_node(self, node: Any, visible_if: Any) -> None:
        run(self._finalized(node, visible_if))

    def _finalized(self, node: Any, visible_if: Any) -> Call[None]:
        """Pass the dependencies of a node on to those inside it, and make the implicit menus."""
        if node.item.__class__ is kconfiglib.Symbol:
            self._add_props_to_sym(node)
            yield from self._implicit_menu(node, visible_if)
        elif node.list:
            if node.item is kconfiglib.MENU:
                visible_if = self._make_and(visible_if, node.visibility)
            self._propagate_deps(node, visible_if)
            inner = node.list
            while inner:
                yield self._finalized(inner, visible_if)
                inner = inner.next
        if node.list:
            kconfiglib._flatten(node.list)  # noqa: SLF001 # as above
            kconfiglib._remove_ifs(node)  # noqa: SLF001 # as above
        if node.item.__class__ is kconfiglib.Choice:
            choice = node.item
            choice.direct_dep = self._make_or(choice.direct_dep, node.dep)
            choice.defaults += node.defaults
            kconfiglib._finalize_choice(node)  # noqa: SLF001 # as above

    def _implicit_menu(self, node: Any, visible_if: Any) -> Call[None]:
        """Put the nodes that follow a symbol and depend on it into a menu of the symbol."""
        last = node
        while last.next and kconfiglib._auto_menu_dep(node, last.next):  # noqa: SLF001 # as above
            yield self._finalized(last.next, visible_if)
            last = last.next
            last.parent = node
        if last is not node:
            node.list, node.next = node.next, last.next
            last.next = None


def _negated(expression: Any, times: int) -> Any:
    """An expression after some ``!``; two more of them change nothing, and a line may have a million."""
    for _ in range(times if times < 3 else 2 - times % 2):
        expression = (kconfiglib.NOT, expression)
    return expression


def _nested(operator: Any, parts: list[Any]) -> Any:
    """``A && B && C`` as ``A && (B && C)``."""
    value = parts.pop()
    while parts:
        value = (operator, parts.pop(), value)
    return value


# --- dependency loops ---------------------------------------------------------------------------------------


def _check_loops(symbol: Any, ignore_choice: bool) -> None:  # noqa: FBT001 # kconfiglib's signature
    """Raise an error if a symbol is in a dependency loop."""
    run(_loop_of_symbol(symbol, ignore_choice=ignore_choice))


def _loop_of_symbol(symbol: Any, *, ignore_choice: bool) -> Call[list[Any]]:
    """The items from one that is reached again up to a symbol, in the order of the search; empty without any.

    A symbol is 0 before the search (``_visited``), 1 on its path, and 2 afterwards.
    """
    if symbol._visited:  # noqa: SLF001 # as above
        return [symbol] if symbol._visited == 1 else []  # noqa: SLF001 # as above
    symbol._visited = 1  # noqa: SLF001 # as above
    for item in _in_order(symbol):
        if item._visited != 2:  # noqa: SLF001 # as above
            is_choice = item.__class__ is kconfiglib.Choice
            call = _loop_of_choice(item, None) if is_choice else _loop_of_symbol(item, ignore_choice=False)
            if loop := (yield call):
                return _extended(loop, symbol)
    if symbol.choice and not ignore_choice and (loop := (yield _loop_of_choice(symbol.choice, symbol))):
        return _extended(loop, symbol)
    symbol._visited = 2  # noqa: SLF001 # as above
    return []


def _in_order(symbol: Any) -> Iterable[Any]:
    """The items that depend on a symbol, in the order of their definitions.

    Whether a loop through a choice is found depends on where the search enters the choice, and the order of a
    set differs between processes.
    """
    ranks = getattr(symbol.kconfig, "ranks", None)
    dependents: set[Any] = symbol._dependents  # noqa: SLF001 # as above
    return sorted(dependents, key=ranks.__getitem__) if ranks and len(dependents) > 1 else dependents


def _loop_of_choice(choice: Any, entered_by: Any) -> Call[list[Any]]:
    """As ``_loop_of_symbol``; the member by which the choice was entered does not count."""
    if choice._visited:  # noqa: SLF001 # as above
        return [choice] if choice._visited == 1 else []  # noqa: SLF001 # as above
    choice._visited = 1  # noqa: SLF001 # as above
    for member in choice.syms:
        if member is not entered_by and (loop := (yield _loop_of_symbol(member, ignore_choice=True))):
            return _extended(loop, choice)
    choice._visited = 2  # noqa: SLF001 # as above
    return []


def _extended(loop: list[Any], item: Any) -> list[Any]:
    """A loop with one more item.

    Raises:
        InputError: the loop is complete.
    """
    loop.append(item)
    if item is not loop[0]:
        return loop
    names = " -> ".join(map(kconfiglib.standard_sc_expr_str, loop))
    node = item.nodes[0]
    where = f"{node.filename}:{node.linenr}"
    raise InputError(f"dependency loop: {names}", where=where, hint="correct the Kconfig file")


kconfiglib._check_dep_loop_sym = _check_loops  # noqa: SLF001 # replaces the recursive function
