# SPDX-License-Identifier: GPL-2.0-or-later
"""Parses Linux trees with kconfiglib 14.1.0, corrected in a subclass.

The corrections to parsing; ``sym_calc_value`` has those to values:

1. Statements that kconfiglib does not know. ``modules``, since commit 6dd85ff178cd ("kconfig: change
   "modules" from sub-option to first-level attribute") (in v5.13), is read as ``option modules``.
   ``transitional`` (in v6.18) marks a symbol without a prompt whose value comes only from an old ``.config``.
   ``depends on A if B`` (after v6.18) is read as ``A || (B = n)`` (scripts/kconfig/menu.c, menu_add_dep()).
2. Parsing runs nothing and prints nothing. The caller answers ``$(shell,...)``, messages become warnings, and
   no Python module beside the tree is imported.
3. Files are read through ``Sources``, which does not leave the tree. What a tree may need is limited
   (``parse_totals``).
4. Errors are ``InputError`` with file and line. Statements in the wrong place are refused (``grammar``).
5. Operands that come from compiler probes stay recognisable (``probe_operands``).
6. If a symbol has two types, the first is used (scripts/kconfig/menu.c, menu_set_type()), not the last.
7. The direct dependency, which limits ``imply``, is the maximum of those of all definitions. A definition
   without a dependency does not count, unless no definition has one (menu_finalize(), expr_alloc_or()).
8. The defaults of a symbol without a type are ignored. An expression as the default of a number or string is
   met, and has no value (scripts/kconfig/symbol.c, prop_get_symbol(), sym_calc_value()).
"""

import io
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import astuple
from functools import reduce
from typing import Any

import kconfiglib

from explorer.configuration.files.sources import Sources
from explorer.configuration.toolchain.probes import PendingProbe, Probe
from explorer.configuration.tree.grammar import doubtful_properties, is_in_choice, misplaced
from explorer.configuration.tree.parse_totals import ParseTotals
from explorer.configuration.tree.probe_operands import ProbeMarks
from explorer.configuration.tree.sym_calc_value import AnsweredKconfig
from explorer.configuration.tree.unrecursed import Call
from explorer.configuration.tree.value_rules import ValueRules
from explorer.errors import InputError, LimitError

__all__ = ["LinuxKconfig", "parse"]

_NO_SUCH_MODULE = "explorer._no_user_defined_preprocessor_functions"
_LOOP = re.compile(
    r"^(?:\.\.\.depends (?:again )?on )?(?:the choice symbol )?(\S+) \(defined at ([^\s:]+:\d+)", re.MULTILINE
)
_LOCATED = re.compile(r"\s*(?P<where>[^\s:]+:\d+):\s*(?:error: )?(?P<what>.*)", re.DOTALL)
_TRANSITIONAL = re.compile(r"\s*transitional\s*(?:#.*)?$")
_NAMED = {"config", "menuconfig", "select", "imply"}
_APPENDED = re.compile(r"\s*([A-Za-z0-9_-]+)\s*\+=")
_PLACED = re.compile(r"\(defined at ([^\s,):]+:\d+)")
_CORRECT = "correct the Kconfig file"
_MOST_TEXT = 1 << 20  # characters of one macro
_LONG_LINE = 1000  # characters, from which copies of it are counted
_SOME_LINES = 64  # after which names are counted
_MOST_NESTED = 5_000
_MOST_WARNINGS = 100
_MOST_PLACES = 3  # of a symbol's definitions, in an error
_EMPTY = {kconfiglib.STRING: "", kconfiglib.INT: "0", kconfiglib.HEX: "0x0"}
_INTERNAL = (AttributeError, AssertionError, LookupError, TypeError, ValueError)
"""Exceptions of kconfiglib on files that it does not expect."""


class LinuxKconfig(AnsweredKconfig):
    """A Kconfig tree as the kernel's own parser reads it.

    Attributes:
        probe_operands: the constants that are probe operands, each with the attributes of its
            ``ProbeOperand`` in order.
    """

    def __init__(  # noqa: PLR0913 # everything that a parse depends on
        self,
        filename: str,
        *,
        sources: Sources,
        rules: ValueRules,
        shell: Callable[[str, Sequence[Probe]], Probe | PendingProbe],
        watched: Callable[[str], None],
        optional_sources: bool,
    ) -> None:
        self.rules = rules
        self._optional_sources = optional_sources
        self.reset_answers()
        self.transitional = set()
        self._answer = shell
        self._sources = sources
        self._watched = watched
        self._totals = ParseTotals(self._place)
        self._owner: Any = None
        self._doubtful: frozenset[Any] = frozenset()
        self.filename, self.linenr = filename, 0
        self._marks = ProbeMarks()
        self._expanded: dict[str, Any] = {}
        self._parse(filename)
        self._check_members()
        self.probe_operands = self._used_probe_operands()
        self._correct_direct_dependencies()

    def _parse(self, filename: str) -> None:
        """Parse all files.

        Raises:
            InputError: kconfiglib refuses a statement, or fails on it.
        """
        try:
            super().__init__(filename, warn_to_stderr=False)
        except kconfiglib.KconfigError as error:
            raise _located(str(error), self._place()) from None
        except RecursionError:
            what, hint = "expressions or blocks are nested too deeply", "is this a kernel tree?"
            raise InputError(what, where=self._place(), hint=hint) from None
        except _INTERNAL as error:
            what = f"kconfiglib cannot parse this ({type(error).__name__})"
            raise InputError(what, where=self._place(), hint=_CORRECT) from error

    def _found(self, pattern: str) -> list[str]:
        """The paths that a pattern of ``source`` matches."""
        try:
            names = self._sources.find(pattern)
        except LimitError as error:
            what = f"{error.where}: {error.what}"
            raise LimitError(what, most=error.most, where=self._place(), hint=error.hint) from None
        return [f"{self._sources.root}/{name}" for name in names]

    def _correct_direct_dependencies(self) -> None:
        """Ignore definitions without a dependency where another definition has one (rule 7)."""
        for symbol in self.unique_defined_syms:
            if len(symbol.nodes) > 1 and symbol.weak_rev_dep is not self.n:
                dependencies = [node.dep for node in symbol.nodes if node.dep is not self.y]
                symbol.direct_dep = reduce(self._make_or, dependencies) if dependencies else self.y

    def _open(self, filename: str, mode: str) -> Any:
        if not self._parsing_kconfigs:  # a .config, read by load_config()
            return super()._open(filename, mode)
        text = self._sources.text(filename)
        self._totals.add_file(text, self._sources.name(filename))
        return io.StringIO(text, newline=None)

    def _enter_file(self, filename: str) -> None:
        if len(self._include_path) >= _MOST_NESTED:  # each file keeps the path to it
            what = f"files are sourced by each other more than {_MOST_NESTED} deep"
            raise LimitError(what, most=_MOST_NESTED, where=self._place(), hint="is this a kernel tree?")
        super()._enter_file(filename)
        self._watched(self.filename)

    def _parse_props(self, node: Any) -> None:
        self._totals.entries.add()
        self._owner, self._doubtful = node.item, doubtful_properties(node.item)
        super()._parse_props(node)
        self._owner, self._doubtful = None, frozenset()

    def _parse_help(self, node: Any) -> None:
        super()._parse_help(node)
        self._totals.help.add(len(node.help))

    def _set_type(self, sc: Any, new_type: Any) -> None:
        if not sc.orig_type:
            super()._set_type(sc, new_type)
        elif sc.orig_type is not new_type:
            first = kconfiglib.TYPE_TO_STR[sc.orig_type]
            self._warn(f"{sc.name_and_loc} defined with multiple types, {first} will be used")

    def _warn(self, msg: str, filename: str | None = None, linenr: int | None = None) -> None:
        if len(self.warnings) < _MOST_WARNINGS:
            super()._warn(msg, filename, linenr)

    def _tokenize(self, s: str) -> Any:
        if len(s) > _LONG_LINE or not self.linenr % _SOME_LINES:
            self._totals.add_line(s)
            self._totals.names.rise_to(len(self.syms) + len(self.const_syms))
        if "transitional" in s and _TRANSITIONAL.match(s) and isinstance(self._owner, kconfiglib.Symbol):
            self._line = s
            self.transitional.add(self._owner.name)
            return (None,)
        tokens = super()._tokenize(s)
        if self._expanded:
            tokens = self._with_probe_operands(tokens)
        if tokens[0] in self._doubtful and (wrong := misplaced(tokens, self._owner)):
            self._parse_error(wrong)
        if tokens[0] is kconfiglib._T_MODULES:  # noqa: SLF001 # the correction is of a private table
            tokens.insert(0, kconfiglib._T_OPTION)  # noqa: SLF001 # as above
        if self._optional_sources and tokens[0] is kconfiglib._T_SOURCE:  # noqa: SLF001 # as above
            tokens[0] = kconfiglib._T_OSOURCE  # noqa: SLF001 # as above
        return self._up_to_edge(tokens)

    def _expect_expr_and_eol(self) -> Any:
        expression = self._parse_expr(True)  # noqa: FBT003 # kconfiglib's signature
        depends = self._tokens[0] is kconfiglib._T_DEPENDS  # noqa: SLF001 # as above
        if depends and self._check_token(kconfiglib._T_IF):  # noqa: SLF001 # as above
            condition = self._parse_expr(True)  # noqa: FBT003 # as above
            expression = self._make_or(expression, _is_n(condition, self.n, holds=True))
        if self._tokens[self._tokens_i] is not None:
            self._trailing_tokens_error()
        return expression

    def _parse_assignment(self, s: str) -> None:
        appended = _APPENDED.match(s)
        if appended and appended[1] in self.variables:
            self._totals.copies.add(len(self.variables[appended[1]].value))
        super()._parse_assignment(s)

    def _expand_macro(self, s: str, i: int, args: Sequence[str]) -> tuple[str, int]:
        self._totals.copies.add(len(s))
        return super()._expand_macro(s, i, args)

    def _called(self, words: list[str]) -> Call[str]:
        self._totals.expansions.add()
        self._count_macro_text(sum(map(len, words)))
        value: str = yield super()._called(words)
        self._count_macro_text(len(value))
        return value

    def _count_macro_text(self, length: int) -> None:
        if length > _MOST_TEXT:
            what = f"a macro has more than {_MOST_TEXT} characters"
            raise LimitError(what, most=_MOST_TEXT, where=self._place(), hint=_CORRECT)
        self._totals.macro_text.add(length)

    def _plain(self, text: str) -> str:
        return self._marks.text(text)

    def _of_no_variable(self, name: str, arguments: list[str]) -> str:
        if name == "shell" and len(arguments) == 1:
            command = arguments[0]
            return self._marks.mark(self._answer(self._marks.text(command), self._marks.probes(command)))
        texts = list(map(self._marks.text, arguments))
        if name == "info" and len(arguments) == 1:
            self._warn(texts[0], self.filename, self.linenr)
            return ""
        return super()._of_no_variable(name, texts)

    # --- probe operands: a key stands for one until its line has been read ----------------------------------

    def _expand_name(self, s: str, i: int) -> tuple[str, str, int]:
        name, expanded, end = super()._expand_name(s, i)
        before = s[:i].split()
        if not (len(before) == 1 and before[0] in _NAMED):
            macro = s[i : len(s) - len(expanded) + end].strip()
            if key := self._operand_key(macro, name):
                return key, expanded, end
        text = self._marks.text(name)
        if not text.strip():
            self._parse_error("macro expanded to blank string")
        return text, expanded, end

    def _expand_str(self, s: str, i: int) -> tuple[str, int]:
        expanded, end = super()._expand_str(s, i)
        text = expanded[i + 1 : end - 1]
        macro = s[i : len(s) - len(expanded) + end]
        plain = self._operand_key(macro, text) or self._marks.text(text)
        if text != plain:
            expanded, end = f"{expanded[: i + 1]}{plain}{expanded[end - 1 :]}", i + 2 + len(plain)
        return expanded, end

    def _operand_key(self, macro: str, text: str) -> str | None:
        key = self._marks.operand(macro, text)
        if key is not None:
            if key not in self.const_syms:
                self.const_syms[key] = self.syms[key] = self._constant()
            self._expanded[key] = self.const_syms[key]
        return key

    def _constant(self) -> Any:
        """A constant without a value yet."""
        constant = kconfiglib.Symbol()
        constant.kconfig, constant.name, constant.is_constant = self, "", True
        constant.rev_dep = constant.weak_rev_dep = constant.direct_dep = self.n
        return constant

    def _finalize_node(self, node: Any, visible_if: Any) -> None:
        if node is self.top_node:  # all files are parsed: expressions are evaluated from now on
            for key, text in self._marks.outputs().items():
                _set_constant(self.const_syms[key], text)
            self._check_blocks()
        super()._finalize_node(node, visible_if)

    def _check_blocks(self) -> None:
        """Refuse a menu or a choice in a choice, since v6.11; drivers/usb/gadget has one until v5.6."""
        if not self.rules.choice_accepts_n:
            return
        nodes = [*self.menus, *(node for choice in dict.fromkeys(self.choices) for node in choice.nodes)]
        for node in nodes:
            if is_in_choice(node):
                where = f"{node.filename}:{node.linenr}"
                raise InputError("a menu or choice in a choice", where=where, hint=_CORRECT)

    def _check_members(self) -> None:
        """Refuse members of choices as conf does (scripts/kconfig/parser.y).

        A transitional one: ``transitional_check_sanity()``, since v6.18; older releases do not know the word.
        Since v6.11 a number or string, one without a prompt in the choice, and one with a prompt outside it
        (config_stmt, ``choice_check_sanity()``).
        """
        for choice in self.unique_choices:
            for symbol in choice.syms:
                own = next(node for node in symbol.nodes if node.parent.item is choice)
                if symbol.name in self.transitional:
                    raise _refused("a member of a choice cannot be transitional", own)
                if self.rules.choice_accepts_n:
                    _check_member(symbol, own)

    def _check_sym_sanity(self) -> None:
        for symbol in self.unique_defined_syms:
            kind = symbol.orig_type
            if kind is kconfiglib.UNKNOWN:  # its value is its name (sym_calc_value())
                symbol.defaults, symbol.ranges = [], []
            if kind in _EMPTY and any(isinstance(default, tuple) for default, _ in symbol.defaults):
                empty = self._plain_constant(_EMPTY[kind] if self.rules.number_is_zero else "")
                symbol.defaults = [
                    (empty if isinstance(default, tuple) else default, condition)
                    for default, condition in symbol.defaults
                ]
        super()._check_sym_sanity()

    def _plain_constant(self, text: str) -> Any:
        """The constant of a text."""
        if text not in self.const_syms:
            self.const_syms[text] = self._constant()
            self.const_syms[text].name = text
        return self.const_syms[text]

    def _with_probe_operands(self, tokens: Any) -> Any:
        """The tokens of a line, with the plain text in prompts; notes the operands of its expressions."""
        expanded, self._expanded = self._expanded, {}
        for key, constant in expanded.items():
            if any(token is constant for token in tokens):
                self._marks.use(key, self.filename, self.linenr)
            if key in tokens:
                text = self._marks.outputs()[key]
                tokens = [text if token == key else token for token in tokens]
        return tokens

    def _used_probe_operands(self) -> dict[Any, tuple[Any, ...]]:
        """The probe operands in expressions; the others are forgotten."""
        used = dict(self._marks.used())
        for key in self._marks.outputs():
            del self.syms[key]
            if key not in used:
                del self.const_syms[key]
        return {self.const_syms[key]: astuple(operand) for key, operand in used.items()}

    def _place(self) -> str:
        return f"{self.filename}:{self.linenr}"


def _check_member(symbol: Any, own: Any) -> None:
    """Refuse a member of a choice as conf does since v6.11.

    Args:
        symbol: the member.
        own: its definition in the choice.
    """
    if symbol.orig_type not in {kconfiglib.BOOL, kconfiglib.TRISTATE}:
        raise _refused("a member of a choice must be bool", own)
    if not own.prompt:
        raise _refused("a member of a choice must have a prompt", own)
    outside = next((node for node in symbol.nodes if node.prompt and not is_in_choice(node)), None)
    if outside is not None:
        raise _refused("a member of a choice has a prompt outside the choice", outside)


def _refused(what: str, node: Any) -> InputError:
    """The error for an entry that conf refuses, at its line."""
    return InputError(what, where=f"{node.filename}:{node.linenr}", hint=_CORRECT)


def _set_constant(constant: Any, text: str) -> None:
    """Give a constant its value, as kconfiglib's parser does for n, m, y and other texts."""
    constant.name = text
    if text in kconfiglib.STR_TO_TRI:
        constant.orig_type = kconfiglib.TRISTATE
        constant._cached_tri_val = kconfiglib.STR_TO_TRI[text]  # noqa: SLF001 # as above


def _is_n(expression: Any, n: Any, *, holds: bool) -> Any:
    """``expression = n`` (or ``!= n`` if not ``holds``), pushed down to the symbols.

    This follows the kernel's expr_trans_compare() (scripts/kconfig/expr.c): ``&&`` and ``||`` are exchanged,
    and ``!`` inverts the comparison, for m as well.
    """
    if not isinstance(expression, tuple):
        return (kconfiglib.EQUAL if holds else kconfiglib.UNEQUAL, expression, n)
    operator = expression[0]
    if operator == kconfiglib.NOT:
        return _is_n(expression[1], n, holds=not holds)
    if operator not in {kconfiglib.AND, kconfiglib.OR}:
        return (kconfiglib.NOT, expression) if holds else expression
    left, right = (_is_n(part, n, holds=holds) for part in expression[1:])
    is_or = (operator == kconfiglib.AND) == holds
    return (kconfiglib.OR if is_or else kconfiglib.AND, left, right)


def parse(  # noqa: PLR0913 # everything that a parse depends on
    filename: str,
    sources: Sources,
    environment: Mapping[str, str],
    *,
    rules: ValueRules,
    shell: Callable[[str, Sequence[Probe]], Probe | PendingProbe],
    watched: Callable[[str], None] = lambda _: None,
    optional_sources: bool = False,
) -> LinuxKconfig:
    """Parse a tree.

    Args:
        filename: top-level file, relative to the tree.
        sources: the files of the tree.
        environment: the only variables that the tree can read.
        rules: the rules for values of the tree's release.
        shell: answers ``$(shell,command)``; it is given the probes whose outputs are a part of the command.
        watched: is called with the name of each file, to show progress.
        optional_sources: ``source`` without a matching file is ignored.

    Raises:
        InputError: the tree cannot be read or parsed, or exceeds a limit.
    """
    with _only({**environment, "srctree": sources.root}):
        try:
            return LinuxKconfig(
                filename,
                sources=sources,
                rules=rules,
                shell=shell,
                watched=watched,
                optional_sources=optional_sources,
            )
        except OSError as error:
            raise InputError(
                f"cannot be read: {error.strerror or error}",
                where=os.path.basename(error.filename or filename),  # noqa: PTH119 # the name only: no path of this machine
                hint="point at a folder that holds a Kconfig file",
            ) from None


def _locations(item: Any) -> str:
    """Where a symbol or choice is defined; kconfiglib's own function lists each of a million places."""
    places = [f"{node.filename}:{node.linenr}" for node in item.nodes[:_MOST_PLACES]]
    return f"(defined at {', '.join(places)})" if places else "(undefined)"


kconfiglib._locs = _locations  # noqa: SLF001 # as the corrections of values in sym_calc_value


@contextmanager
def _only(environment: Mapping[str, str]) -> Iterator[None]:
    """Replaces the process's environment during a parse: kconfiglib reads ``os.environ`` directly."""
    before = dict(os.environ)
    os.environ.clear()
    os.environ.update(environment)
    os.environ["KCONFIG_FUNCTIONS"] = _NO_SUCH_MODULE
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _located(message: str, place: str) -> InputError:
    """The error for a message of kconfiglib, with its place, on one line.

    Args:
        message: the message.
        place: the file and line that were read last, for a message without a place.
    """
    loop = _LOOP.findall(message) if "Dependency loop" in message else []
    if loop:
        names = " -> ".join(name for name, _ in loop)
        return InputError(f"dependency loop: {names}", where=loop[0][1], hint=_CORRECT)
    match = _LOCATED.match(message)
    defined = _PLACED.search(message)
    where, what = (match["where"], match["what"]) if match else (defined[1] if defined else place, message)
    first = " ".join(what.split())
    first = re.split(r" Check that| \(in '?source| IO error", first, maxsplit=1)[0].rstrip(". ")
    return InputError(first, where=where, hint=_CORRECT)
