# SPDX-License-Identifier: GPL-2.0-or-later
"""Parses Linux trees with kconfiglib 14.1.0, corrected in a subclass.

The corrections to parsing; ``sym_calc_value`` has those to values:

1. Statements that kconfiglib does not know. ``modules``, since commit 6dd85ff178cd ("kconfig: change
   "modules" from sub-option to first-level attribute") (in v5.13), is read as ``option modules``.
   ``transitional`` (in v6.18) marks a symbol without a prompt whose value comes only from an old ``.config``.
   ``depends on A if B`` (after v6.18) is read as ``A || (B = n)`` (scripts/kconfig/menu.c, menu_add_dep()).
2. Parsing runs nothing and prints nothing. The caller answers ``$(shell,...)``, messages become warnings, and
   no Python module beside the tree is imported.
3. Files are read through ``Sources``, which does not leave the tree. The text of macros is limited.
4. Errors are ``InputError`` with file and line.
5. Operands that come from compiler probes stay recognisable (``probe_operands``).
6. If a symbol has two types, the first is used (scripts/kconfig/menu.c, menu_set_type()), not the last.
7. The direct dependency, which limits ``imply``, is the maximum of those of all definitions. A definition
   without a dependency does not count, unless no definition has one (menu_finalize(), expr_alloc_or()).
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
from explorer.configuration.tree.probe_operands import ProbeMarks
from explorer.configuration.tree.sym_calc_value import AnsweredKconfig
from explorer.configuration.tree.value_rules import ValueRules
from explorer.errors import InputError

__all__ = ["LinuxKconfig", "parse"]

_NO_SUCH_MODULE = "explorer._no_user_defined_preprocessor_functions"
_LOOP = re.compile(
    r"^(?:\.\.\.depends (?:again )?on )?(?:the choice symbol )?(\S+) \(defined at ([^\s:]+:\d+)", re.MULTILINE
)
_LOCATED = re.compile(r"\s*(?P<where>[^\s:]+:\d+):\s*(?:error: )?(?P<what>.*)", re.DOTALL)
_TRANSITIONAL = re.compile(r"\s*transitional\s*(?:#.*)?$")
_NAMED = {"config", "menuconfig", "select", "imply"}
_MOST_SOURCES = 50_000  # Linux 6.12 has 1,601
_MOST_EXPANSIONS = 1_000_000  # 6.12 needs 4,000
_MOST_TEXT = 1 << 20
_MOST_DEFINITIONS = 100_000  # 6.12 has 19,000 for arm64


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
        self._expansions = 0
        self._definitions = 0
        self._owner: Any = None
        self._marks = ProbeMarks()
        self._expanded: dict[str, Any] = {}
        super().__init__(filename, warn_to_stderr=False)
        self.probe_operands = self._used_probe_operands()
        self._correct_direct_dependencies()

    def _correct_direct_dependencies(self) -> None:
        """Ignore definitions without a dependency where another definition has one (rule 7)."""
        for symbol in self.unique_defined_syms:
            if len(symbol.nodes) > 1 and symbol.weak_rev_dep is not self.n:
                dependencies = [node.dep for node in symbol.nodes if node.dep is not self.y]
                symbol.direct_dep = reduce(self._make_or, dependencies) if dependencies else self.y

    def _open(self, filename: str, mode: str) -> Any:
        if not self._parsing_kconfigs:  # a .config, read by load_config()
            return super()._open(filename, mode)
        return io.StringIO(self._sources.text(filename), newline=None)

    def _enter_file(self, filename: str) -> None:
        if len(self.kconfig_filenames) > _MOST_SOURCES:
            raise InputError("too many files are sourced", where=self._place(), hint="is this a kernel tree?")
        super()._enter_file(filename)
        self._watched(self.filename)

    def _parse_props(self, node: Any) -> None:
        self._definitions += 1
        if self._definitions > _MOST_DEFINITIONS:
            raise InputError("too many definitions", where=self._place(), hint="is this a kernel tree?")
        self._owner = node.item
        super()._parse_props(node)
        self._owner = None

    def _set_type(self, sc: Any, new_type: Any) -> None:
        if not sc.orig_type:
            super()._set_type(sc, new_type)
        elif sc.orig_type is not new_type:
            first = kconfiglib.TYPE_TO_STR[sc.orig_type]
            self._warn(f"{sc.name_and_loc} defined with multiple types, {first} will be used")

    def _tokenize(self, s: str) -> Any:
        if _TRANSITIONAL.match(s) and isinstance(self._owner, kconfiglib.Symbol):
            self._line = s
            self.transitional.add(self._owner.name)
            return (None,)
        tokens = super()._tokenize(s)
        if self._expanded:
            tokens = self._with_probe_operands(tokens)
        if tokens[0] is kconfiglib._T_MODULES:  # noqa: SLF001 # the correction is of a private table
            tokens.insert(0, kconfiglib._T_OPTION)  # noqa: SLF001 # as above
        if self._optional_sources and tokens[0] is kconfiglib._T_SOURCE:  # noqa: SLF001 # as above
            tokens[0] = kconfiglib._T_OSOURCE  # noqa: SLF001 # as above
        return tokens

    def _expect_expr_and_eol(self) -> Any:
        expression = self._parse_expr(True)  # noqa: FBT003 # kconfiglib's signature
        depends = self._tokens[0] is kconfiglib._T_DEPENDS  # noqa: SLF001 # as above
        if depends and self._check_token(kconfiglib._T_IF):  # noqa: SLF001 # as above
            condition = self._parse_expr(True)  # noqa: FBT003 # as above
            expression = self._make_or(expression, _is_n(condition, self.n, holds=True))
        if self._tokens[self._tokens_i] is not None:
            self._trailing_tokens_error()
        return expression

    def _fn_val(self, args: list[str]) -> str:
        self._expansions += 1
        if self._expansions > _MOST_EXPANSIONS:
            raise InputError(
                "macros expand without end", where=self._place(), hint="correct the Kconfig file"
            )
        value = self._value(args) if sum(map(len, args)) <= _MOST_TEXT else None
        if value is None or len(value) > _MOST_TEXT:
            raise InputError(
                "a macro's text is too long", where=self._place(), hint="correct the Kconfig file"
            )
        return value

    def _value(self, args: list[str]) -> str:
        name, *words = args
        name = self._marks.text(name)
        if name in self.variables:
            return str(super()._fn_val([name, *words]))
        if name == "shell":
            command = ",".join(words)
            return self._marks.mark(self._answer(self._marks.text(command), self._marks.probes(command)))
        if name == "info":
            self._warn(self._marks.text(",".join(words)), self.filename, self.linenr)
            return ""
        return str(super()._fn_val([name, *map(self._marks.text, words)]))

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
        super()._finalize_node(node, visible_if)

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
    with _only({**environment, "srctree": sources.root}), _finding(sources):
        try:
            return LinuxKconfig(
                filename,
                sources=sources,
                rules=rules,
                shell=shell,
                watched=watched,
                optional_sources=optional_sources,
            )
        except kconfiglib.KconfigError as error:
            raise _located(str(error), filename) from None
        except OSError as error:
            raise InputError(
                f"cannot be read: {error.strerror or error}",
                where=os.path.basename(error.filename or filename),  # noqa: PTH119 # the name only: no path of this machine
                hint="point at a folder that holds a Kconfig file",
            ) from None
        except RecursionError:
            raise InputError(
                "expressions or sources are nested too deeply", where=filename, hint="is this a kernel tree?"
            ) from None


@contextmanager
def _finding(sources: Sources) -> Iterator[None]:
    """Replaces the glob() with which kconfiglib finds sourced files: only files of the tree are found."""
    before = kconfiglib.iglob
    kconfiglib.iglob = lambda pattern: [f"{sources.root}/{name}" for name in sources.find(pattern)]
    try:
        yield
    finally:
        kconfiglib.iglob = before


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


def _located(message: str, filename: str) -> InputError:
    """The error for a message of kconfiglib, with its place, on one line."""
    loop = _LOOP.findall(message) if "Dependency loop" in message else []
    if loop:
        names = " -> ".join(name for name, _ in loop)
        return InputError(f"dependency loop: {names}", where=loop[0][1], hint="correct the Kconfig file")
    match = _LOCATED.match(message)
    where, what = (match["where"], match["what"]) if match else (filename, message)
    first = " ".join(what.split())
    first = re.split(r" Check that| \(in '?source| IO error", first, maxsplit=1)[0].rstrip(". ")
    return InputError(first, where=where, hint="correct the Kconfig file")
