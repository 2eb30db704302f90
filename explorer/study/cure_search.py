# SPDX-License-Identifier: GPL-2.0-or-later
"""The fewest other answers that make an unsafe kernel safe.

Rules:

1. A cure is found by trying: it is a configuration that Kconfig computes and whose boot is safe.
2. Single answers are tried first, then pairs of the likely ones. *Fewest* means: among these.
   Attempts end early where thousands of answers are candidates.
3. An answer counts if Kconfig keeps it. The page size stays.
4. For a row of a matrix the candidates are the answers that some reachable row of the same kernel gives, and
   those to NUMA and the memory model. Likely are these, the symbols under study and those that the variants
   set. For a ``.config`` the candidates are the bool prompts that memory initialisation depends on; likely
   are NUMA and the memory model.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, combinations, islice

from explorer.boot import KernelConfig, Verdict
from explorer.configuration import Deadline, Tree
from explorer.configuration.encoding.deadline import NO_DEADLINE
from explorer.study.matrix import Matrix, Row
from explorer.study.results import StudyResults

__all__ = ["Attempt", "Cure", "CureSearch", "attempts_on", "fewest_answers"]

_LIKELY = ("NUMA", "SPARSEMEM_VMEMMAP", "SPARSEMEM_MANUAL", "FLATMEM_MANUAL")
_NOT_FLIPPED = ("_PAGES", "VA_BITS", "PA_BITS")  # members of choices, or what a page size decides

_MOST_ANSWERS = 1_000_000  # answers and candidates in all attempts together: 1,000 attempts with 1,000
_FEWEST_ATTEMPTS = 100

_Answer = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Cure:
    """Answers that make a kernel safe.

    Attributes:
        changes: the answers to give besides, or instead of, those of the row.
        answers: all answers, in order.
        values: what the symbols under study become.
    """

    changes: Mapping[str, str]
    answers: Mapping[str, str]
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Attempt:
    """Other answers that Kconfig keeps, and the kernel that they configure."""

    changes: Mapping[str, str]
    answers: Mapping[str, str]
    values: Mapping[str, str]
    kernel_config: KernelConfig


def attempts_on(
    answers: Mapping[str, str],
    candidates: Sequence[_Answer],
    likely: Iterable[str],
    unsafe: KernelConfig,
    compute: Callable[[Mapping[str, str]], Mapping[str, str]],
) -> Iterator[Attempt]:
    """Every configuration that one other answer gives, then those that two likely ones give.

    Args:
        answers: the answers of the unsafe kernel.
        candidates: the answers to try, in order.
        likely: the symbols of which pairs are tried.
        unsafe: the unsafe kernel.
        compute: the values of all symbols under some answers.
    """
    likely = frozenset(likely)
    chosen = [candidate for candidate in candidates if candidate[0] in likely]
    pairs = (pair for pair in combinations(chosen, 2) if pair[0][0] != pair[1][0])
    most = max(_FEWEST_ATTEMPTS, _MOST_ANSWERS // (1 + len(answers) + len(candidates)))
    for changes in islice(chain(((candidate,) for candidate in candidates), pairs), most):
        changed = {**answers, **dict(changes)}
        values = compute(changed)
        if all(values[name] == value for name, value in changes):
            config = unsafe.rebuilt(unsafe.kernel, values)
            if config.page_shift == unsafe.page_shift:
                yield Attempt(dict(changes), changed, values, config)


class CureSearch:
    """Cures for the rows of matrices.

    Args:
        matrices: matrices whose rows give the candidates.
        results: what the study computed.
    """

    def __init__(self, matrices: Sequence[Matrix], results: StudyResults) -> None:
        self._matrices = matrices
        self._results = results
        self._candidates: dict[Tree, list[_Answer]] = {}

    def cures(self, matrix: Matrix, row: Row) -> Iterator[Cure | None]:
        """For each machine: the fewest answers that make the row safe; ``None`` where none are known."""
        source, tried = self._attempts(matrix, row), list[Attempt]()
        for index, boot in enumerate(row.boots):
            cure = None
            if boot.verdict is Verdict.UNSAFE:
                attempts = chain(tried, _recorded(source, tried))
                cure = next((attempt for attempt in attempts if self._is_safe(attempt, index)), None)
            yield None if cure is None else _cure(cure, row)

    def _is_safe(self, attempt: Attempt, index: int) -> bool:
        return self._results.is_safe(attempt.kernel_config, index)

    def _attempts(self, matrix: Matrix, row: Row) -> Iterator[Attempt]:
        tree, names = matrix.tree, tuple(row.combination.values)
        candidates = [
            (name, value) for name, value in self._answers(tree, names) if row.values.get(name) != value
        ]
        return attempts_on(
            row.answers,
            candidates,
            self._likely(tree, names),
            row.kernel_config,
            lambda answers: self._results.values(tree, answers),
        )

    def _answers(self, tree: Tree, names: Sequence[str]) -> list[_Answer]:
        """Every answer that a row of the kernel gives or leaves to its default, the likely symbols first."""
        if tree not in self._candidates:
            rows = [row for matrix in self._matrices if matrix.tree is tree for row in matrix.rows]
            reachable = [row for row in rows if row.combination.witness is not None]
            answered = {name for row in reachable for name in row.combination.witness or {}}
            prompts = {name for name in answered if tree.has_prompt(name)}
            likely = self._likely(tree, names)
            answers = {(name, row.values[name]) for row in reachable for name in prompts}
            answers |= {(name, value) for name in _LIKELY if _is_flipped(tree, name) for value in "ny"}
            self._candidates[tree] = sorted(
                answers, key=lambda answer: (_rank(answer), answer[0] not in likely, answer)
            )
        return self._candidates[tree]

    def _likely(self, tree: Tree, names: Sequence[str]) -> set[str]:
        settings = (matrix.settings for matrix in self._matrices if matrix.tree is tree)
        return {*_LIKELY, *names, *(name for names in settings for name in names)}


def _recorded(attempts: Iterator[Attempt], tried: list[Attempt]) -> Iterator[Attempt]:
    """Pass on what is left of some attempts, and append each to a list for the next machine."""
    for attempt in attempts:
        tried.append(attempt)
        yield attempt


def _cure(attempt: Attempt, row: Row) -> Cure:
    studied = {name: attempt.values.get(name, "n") for name in row.combination.values}
    return Cure(attempt.changes, attempt.answers, studied)


def fewest_answers(  # noqa: PLR0913, PLR0917 # a kernel as configured, what may change, machines
    tree: Tree,
    answers: Mapping[str, str],
    unsafe: KernelConfig,
    prompts: Sequence[str],
    results: StudyResults,
    overriding: Mapping[str, str],
    deadline: Deadline = NO_DEADLINE,
) -> Mapping[str, str] | None:
    """The fewest answers that make the kernel of a ``.config`` safe on all machines; ``None`` without any.

    Args:
        tree: its Kconfig, with the results of compiler checks that the ``.config`` records.
        answers: the answers of the ``.config``.
        unsafe: the kernel that they configure.
        prompts: the symbols that may be answered otherwise.
        results: what was computed before; it has at least one machine.
        overriding: values that are used instead of those that the answers give.
        deadline: when to stop.

    Raises:
        OutOfTimeError: the search did not end in time.
    """

    def compute(changed: Mapping[str, str]) -> Mapping[str, str]:
        deadline.check()
        return {**answers, **results.values(tree, changed), **overriding}

    values = compute(answers)
    flipped = [(name, "n" if values[name] == "y" else "y") for name in prompts if _is_flipped(tree, name)]
    candidates = sorted(flipped, key=_rank)
    for attempt in attempts_on(answers, candidates, _LIKELY, unsafe, compute):
        if all(results.is_safe(attempt.kernel_config, index) for index in range(len(results.machines))):
            return attempt.changes
    return None


def _rank(answer: _Answer) -> int:
    """The place of the symbol among the likely ones; the others come after them."""
    return _LIKELY.index(answer[0]) if answer[0] in _LIKELY else len(_LIKELY)


def _is_flipped(tree: Tree, name: str) -> bool:
    return tree.has_prompt(name) and tree.is_logical(name) and not any(part in name for part in _NOT_FLIPPED)
