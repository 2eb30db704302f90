# SPDX-License-Identifier: GPL-2.0-or-later
"""The audit of a kernel tree: its walkers, when Kconfig lets them be compiled, and who enters them."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice, product
from typing import NamedTuple

from explorer.audit.build_conditions import ALWAYS, BuildCondition, condition_of, file_conditions
from explorer.audit.c_files import read_c_files
from explorer.audit.c_findings import EnteredWalker, findings_in
from explorer.audit.callers import CallPath
from explorer.audit.found_walkers import FoundWalker, Place
from explorer.audit.guard_verdicts import WORST_FIRST, GuardVerdict, LoopJudgement, judged_loop, judged_walker
from explorer.configuration.files.sources import Sources
from explorer.configuration.queries.reachability import Reachability, possible_values
from explorer.configuration.tree.tree import Tree

__all__ = ["AuditedWalker", "Compiled", "GuardFailure", "TreeAudit", "audit_tree"]

_MOST_QUESTIONS = 64  # about the alternatives of one condition


class Compiled(StrEnum):
    """Whether some configuration compiles something."""

    YES = "compiled"
    NEVER = "never compiled"
    UNKNOWN = "not known"


class GuardFailure(NamedTuple):
    """A value of a symbol with which the guard of a walker guards nothing.

    Attributes:
        symbol: the symbol.
        value: its value; empty if the symbol is the text of a whole ``#if``, which does not hold.
        is_left_out: the guard is not compiled with it.
        reachable: whether Kconfig can produce it where the walker is compiled.
    """

    symbol: str
    value: str
    is_left_out: bool
    reachable: Compiled


@dataclass(frozen=True, slots=True)
class AuditedWalker:
    """A walker with its verdict.

    Attributes:
        walker: the walker.
        judgement: of its worst loop.
        loops: of all its loops.
        condition: when it is compiled: its ``#if`` lines and the Makefile.
        compiled: whether Kconfig can compile it.
        failures: the values with which its guard guards nothing.
        paths: from where it is entered.
    """

    walker: FoundWalker
    judgement: LoopJudgement
    loops: tuple[LoopJudgement, ...]
    condition: BuildCondition
    compiled: Compiled
    failures: tuple[GuardFailure, ...]
    paths: tuple[CallPath, ...]

    @property
    def verdict(self) -> GuardVerdict:
        """Its verdict; a failure that no configuration can produce is none."""
        verdict = self.judgement.verdict
        if self.compiled is Compiled.NEVER:
            return verdict
        failures = [failure for failure in self.failures if failure.reachable is not Compiled.NEVER]
        failing = {failure.symbol for failure in failures if not failure.is_left_out}
        if verdict is GuardVerdict.SELF_READING and "SPARSEMEM_VMEMMAP" not in failing:
            verdict = GuardVerdict.WITH_HOLES if self.judgement.fails_with[1:] else GuardVerdict.GUARDED
        if verdict is GuardVerdict.WITH_HOLES and "HOLES_IN_ZONE" not in failing:
            verdict = GuardVerdict.GUARDED
        if any(failure.is_left_out for failure in failures):
            return min(verdict, GuardVerdict.CONDITIONAL, key=WORST_FIRST.index)
        return verdict


class TreeAudit(NamedTuple):
    """The audit of a tree.

    Attributes:
        walkers: the walkers, by file and line.
        files: how many files were read.
        not_read: files and functions that could not be read, with the reason.
        not_understood: functions of which the parser understood only a part.
        left_out: branches of ``#if`` that were left out, for they cannot stand beside the first branch.
    """

    walkers: tuple[AuditedWalker, ...]
    files: int
    not_read: tuple[tuple[Place, str], ...]
    not_understood: tuple[Place, ...]
    left_out: tuple[Place, ...]


def audit_tree(
    sources: Sources,
    paths: Sequence[str],
    tree: Tree | None,
    watched: Callable[[Sequence[str]], Iterable[str]] = iter,
) -> TreeAudit:
    """Audit the C files of a kernel tree.

    Args:
        sources: the tree.
        paths: files and folders in it; of a folder the files in it and in its folders.
        tree: the Kconfig of the same tree; without it nothing is known of what is compiled.
        watched: iterates over the names of the files that are searched, and may show how far it is.

    Raises:
        InputError: a path holds no C file or leads out of the tree, no file can be read, or there is no
            tree-sitter.
        LimitError: the files have more than 48 MiB.
    """
    files = read_c_files(sources, paths)
    found = findings_in(files.data, watched)
    conditions = _conditions(found.walkers, _makefiles(sources, files.data))
    judged = [judged_walker(entered.walker) for entered in found.walkers]
    failing = {symbol for one in judged for symbol, _ in (*one.fails_with, *one.left_out_with)}
    kconfig = _Kconfig(tree, conditions, failing)
    walkers = [
        _audited(walker, condition, kconfig)
        for walker, condition in zip(found.walkers, conditions, strict=True)
    ]
    return TreeAudit(
        tuple(walkers),
        len(files.data),
        (*files.not_read, *found.not_read),
        tuple(entered.walker.place for entered in found.walkers if not entered.walker.understood),
        found.left_out,
    )


def _makefiles(sources: Sources, files: Iterable[str]) -> dict[str, BuildCondition]:
    """The conditions of the Makefiles beside C files, by file."""
    found: dict[str, BuildCondition] = {}
    for folder in dict.fromkeys(name.rpartition("/")[0] for name in files):
        makefile = sources.peek(f"{folder}/Makefile") or ""
        found |= {f"{folder}/{name}": condition for name, condition in file_conditions(makefile).items()}
    return found


def _conditions(found: Iterable[EnteredWalker], files: dict[str, BuildCondition]) -> list[BuildCondition]:
    walkers = (entered.walker for entered in found)
    return [files.get(walker.place.file, ALWAYS) & condition_of(walker.condition) for walker in walkers]


def _audited(entered: EnteredWalker, condition: BuildCondition, kconfig: "_Kconfig") -> AuditedWalker:
    walker = entered.walker
    judgement = judged_walker(walker)
    failures = [
        GuardFailure(symbol, value, is_left_out, kconfig.produces(condition, symbol, value))
        for is_left_out, found in ((False, judgement.fails_with), (True, judgement.left_out_with))
        for symbol, value in found
    ]
    return AuditedWalker(
        walker,
        judgement,
        tuple(map(judged_loop, walker.loops)),
        condition,
        kconfig.compiles(condition),
        tuple(failures),
        entered.paths,
    )


class _Kconfig:
    """Answers whether Kconfig can produce what a condition asks for; each question once."""

    def __init__(self, tree: Tree | None, conditions: Iterable[BuildCondition], more: Iterable[str]) -> None:
        self._tree = tree
        self._known: dict[str, Compiled] = {}
        self._reachability: Reachability | None = None
        names = {*more, *(name for condition in conditions for name in condition.symbols)}
        if tree is not None:
            asked = {name: "n" for name in sorted(names) if tree.defines(name) and tree.is_logical(name)}
            self._defined = frozenset(asked)
            self._reachability = Reachability(tree, asked)

    def produces(self, condition: BuildCondition, symbol: str, value: str) -> Compiled:
        """Whether a symbol can have a value where something is compiled; a whole ``#if`` is not asked."""
        return self.compiles(condition, {symbol: value}) if value else Compiled.UNKNOWN

    def compiles(self, condition: BuildCondition, values: dict[str, str] | None = None) -> Compiled:
        """Whether some configuration compiles what has a condition, with some values."""
        if self._reachability is None:
            return Compiled.UNKNOWN
        more = BuildCondition(
            ({name: (value,) for name, value in (values or {}).items()},), is_open=False, text=""
        )
        asked = [
            dict(zip(alternative, chosen, strict=True))
            for alternative in (condition & more).alternatives
            for chosen in islice(product(*alternative.values()), _MOST_QUESTIONS + 1)
        ]
        answers = [self._question(values) for values in asked[:_MOST_QUESTIONS]]
        if Compiled.YES in answers:
            return Compiled.UNKNOWN if condition.is_open else Compiled.YES
        is_known = len(asked) <= _MOST_QUESTIONS and Compiled.UNKNOWN not in answers
        return Compiled.NEVER if is_known else Compiled.UNKNOWN

    def _question(self, values: dict[str, str]) -> Compiled:
        key = repr(sorted(values.items()))
        if key not in self._known:
            self._known[key] = self._answer(values)
        return self._known[key]

    def _answer(self, values: dict[str, str]) -> Compiled:
        assert self._tree is not None  # noqa: S101 # compiles() asks only with a tree
        assert self._reachability is not None  # noqa: S101 # as above
        asked: dict[str, str] = {}
        for name, value in values.items():
            if name in self._defined:
                if value not in possible_values(self._tree, name):
                    return Compiled.NEVER
                asked[name] = value
            elif value != "n":
                return Compiled.UNKNOWN if self._tree.defines(name) else Compiled.NEVER
        if self._reachability.is_reachable(asked):
            return Compiled.YES
        return Compiled.NEVER if self._reachability.is_unreachable(asked) else Compiled.UNKNOWN
