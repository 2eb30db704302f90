# SPDX-License-Identifier: GPL-2.0-or-later
"""The answer for each kernel of a matrix: with which values it is unsafe on the listed maps, what fixes it.

1. The unsafe reachable rows of a kernel are grouped by what makes them safe. Each group is a *cause*. First
   come those of the variant that Kconfig gives by itself, then those of the other variants.
2. A row of another variant that has the values of a default cause and the same cure belongs to that cause. If
   it needs further answers, it belongs to another cause, whose cure is told whole. Groups are one cause if
   one set of answers makes all of their rows safe.
3. The values of a cause are a minimal formula that holds for its rows, and not for the safe rows of the same
   variants. It names symbols that have a prompt, and for the other variants the page size, the memory model
   and DEBUG_VM. Where these do not tell an unsafe row from a safe one, it names every symbol under study.
4. A cause has a later release if each of its cells has one: the newest of them, with what made the difference
   if there is only one release.
5. In a study of a ``.config`` the answer is about the combination that the file has.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from explorer.document.elements import Json
from explorer.narrative.safe_set_narrative import formula_words
from explorer.narrative.verdict_narrative import HAZARDS
from explorer.study.formulas import Formula, minimal_formula
from explorer.study.safe_sets import DEBUG_VM, MEMORY_MODEL, PAGE_SIZE
from explorer.version import KernelVersion

__all__ = ["kernel_answers"]


class _Row(NamedTuple):
    """A reachable row of one kernel.

    Attributes:
        values: the values of symbols with a prompt, and its memory model.
        variant: its page size and DEBUG_VM.
        unsafe: its unsafe cells.
        row: its entry in the document.
    """

    values: Mapping[str, str]
    variant: Mapping[str, str]
    unsafe: Sequence[Json]
    row: Json

    @property
    def cure(self) -> Mapping[str, str]:
        """The answers that make each of its cells safe; empty if none do, or if cells need different ones."""
        cures = [cell["cure"]["changes"] if cell["cure"] else {} for cell in self.unsafe]
        return cures[0] if cures and all(cure == cures[0] for cure in cures) else {}


class _Cause(NamedTuple):
    """Rows that are unsafe for one reason.

    Attributes:
        rows: the rows.
        cure: the answers that make them safe; empty if none are known.
        formula: holds for them, and for no safe row of their variants.
    """

    rows: list[_Row]
    cure: Mapping[str, str]
    formula: Formula


def kernel_answers(views: Iterable[Json]) -> list[Json]:
    """The answer for each kernel, in order.

    Args:
        views: the views of a document: each kernel as Kconfig gives it, then its variants.
    """
    kernels: dict[str, list[Json]] = {}
    for view in views:
        kernels.setdefault(view["kernel"], []).append(view)
    return [_answer(kernel, of_kernel) for kernel, of_kernel in kernels.items()]


def _answer(kernel: str, views: Sequence[Json]) -> Json:
    first, others = list(_rows(views[:1])), list(_rows(views[1:]))
    given = [row for row in first if row.row["given"]]
    first = given or first
    settings = views[0]["context"]["settings"]
    causes = _causes([(row, row.cure) for row in first if row.unsafe], first, _narrow)
    rests = [(row, _rest(row, causes)) for row in others if row.unsafe]
    elsewhere = _causes([(row, rest) for row, rest in rests if rest is not None], others, _wide)
    outcomes = {row.row["every_map"]["outcome"] for row in first}
    unknown = any(cell["verdict"] == "unknown" for row in first for cell in row.row["cells"])
    left = [] if given else list(_left_undecided(views[0]))
    return {
        "kernel": kernel,
        "given": bool(given),
        "verdict": "unsafe" if causes else "unknown" if unknown or left or not first else "safe",
        "rows": len(first),
        "memory_maps": len(first[0].row["cells"]) if first else 0,
        "is_proven": outcomes == {"proven"} and not left,
        "out_of_time": max(left, default=None),
        "causes": [_cause_json(cause, others, settings, given=bool(given)) for cause in causes],
        "elsewhere": [_cause_json(cause, (), settings, given=False) for cause in elsewhere],
    }


def _left_undecided(view: Json) -> Iterator[float]:
    """The seconds after which rows of a kernel, or its variants, were left undecided."""
    seconds = [row["out_of_time"] for row in view["combinations"]]
    yield from filter(None, [*seconds, view["variants_out_of_time"]])


def _rows(views: Sequence[Json]) -> Iterator[_Row]:
    """The reachable rows."""
    for view in views:
        asked = [symbol["name"] for symbol in view["symbols"] if symbol["prompt"]]
        context = view["context"]
        variant = {PAGE_SIZE: f"{context['page_size'] >> 10}K", DEBUG_VM: context["DEBUG_VM"]}
        for row in view["combinations"]:
            if row["reachable"]:
                values = {name: row["values"][name] for name in asked} | {MEMORY_MODEL: row["memory_model"]}
                unsafe = [cell for cell in row["cells"] if cell["verdict"] == "unsafe"]
                yield _Row(values, variant, unsafe, row)


def _rest(row: _Row, causes: Iterable[_Cause]) -> Mapping[str, str] | None:
    """What the cure of an unsafe row of another variant has beyond default causes; ``None``: nothing."""
    told = [cause for cause in causes if _has_cause(row, cause)]
    known = {item for cause in told for item in cause.cure.items()}
    rest = {name: value for name, value in row.cure.items() if (name, value) not in known}
    return None if told and not rest else rest


def _has_cause(row: _Row, cause: _Cause) -> bool:
    """Whether an unsafe row of another variant has a cause of the default variant."""
    is_cured = cause.cure.items() <= row.cure.items() and bool(cause.cure) == bool(row.cure)
    return bool(row.unsafe) and is_cured and cause.formula.holds(_narrow(row))


def _narrow(row: _Row) -> Mapping[str, str]:
    return {**row.row["values"], **row.values}


def _wide(row: _Row) -> Mapping[str, str]:
    return {**row.row["values"], **row.values, **row.variant}


def _causes(
    unsafe: Iterable[tuple[_Row, Mapping[str, str]]],
    rows: Sequence[_Row],
    assignment_of: Callable[[_Row], Mapping[str, str]],
) -> list[_Cause]:
    """The causes of some unsafe rows, those of most rows first."""
    groups: dict[str, tuple[list[_Row], Mapping[str, str]]] = {}
    for row, cure in unsafe:
        groups.setdefault(json.dumps(cure, sort_keys=True), ([], cure))[0].append(row)
    safe = [row for row in rows if not row.unsafe]
    causes = [
        _Cause(group, cure, _formula(group, safe, assignment_of)) for group, cure in _merged(groups.values())
    ]
    return sorted(causes, key=lambda cause: -len(cause.rows))


def _merged(
    groups: Iterable[tuple[list[_Row], Mapping[str, str]]],
) -> list[tuple[list[_Row], Mapping[str, str]]]:
    """The groups with their cures; groups of which one cure makes all rows safe are one."""
    merged: list[tuple[list[_Row], Mapping[str, str]]] = []
    for group, rest in sorted(groups, key=lambda entry: -len(entry[1])):
        for number, (rows, _) in enumerate(merged):
            if (whole := _whole_cure([*rows, *group])) is not None:
                merged[number] = ([*rows, *group], whole)
                break
        else:
            whole = _whole_cure(group)
            merged.append((group, rest if whole is None else whole))
    return merged


def _whole_cure(rows: Sequence[_Row]) -> Mapping[str, str] | None:
    """The cures of rows together, where each row has already what its own cure lacks; otherwise ``None``."""
    whole = {name: value for row in rows for name, value in row.cure.items()}
    for row in rows:
        if not row.cure and whole:
            return None
        if any(row.cure.get(name, row.values.get(name)) != value for name, value in whole.items()):
            return None
    return whole


def _formula(
    group: Sequence[_Row], safe: Sequence[_Row], assignment_of: Callable[[_Row], Mapping[str, str]]
) -> Formula:
    """The formula of a group of unsafe rows, over as few symbols as tell them from the safe rows."""
    inside, outside = list(map(assignment_of, group)), list(map(assignment_of, safe))
    asked = group[0].values.keys() | group[0].variant.keys()
    for names in (asked, inside[0].keys()):
        parts = [
            [{name: each[name] for name in each if name in names} for each in side]
            for side in (inside, outside)
        ]
        if not any(part in parts[1] for part in parts[0]):
            return minimal_formula(*parts)
    return Formula(((),))


def _cause_json(cause: _Cause, others: Iterable[_Row], settings: Mapping[str, str], *, given: bool) -> Json:
    cells = [cell for row in cause.rows for cell in row.unsafe]
    elsewhere = [cell for row in others if _has_cause(row, cause) for cell in row.unsafe]
    return {
        "when": _given_values(cause) if given else _terms(cause.formula),
        "words": "the .config" if given else _words(cause.formula, settings),
        "hazard": _worst(cells),
        "worst_hazard": _worst([*cells, *elsewhere]),
        "memory_maps": list(dict.fromkeys(cell["memory_map"] for cell in cells)),
        "cure": {"changes": dict(cause.cure)} if cause.cure else None,
        "later": _newest([cell["later"] for cell in cells]),
    }


def _terms(formula: Formula) -> list[list[Json]]:
    return [
        [{"symbol": literal.symbol, "values": list(literal.values)} for literal in term]
        for term in formula.terms
    ]


def _given_values(cause: _Cause) -> list[list[Json]]:
    """The values of a ``.config``, as a formula of one term."""
    (row,) = cause.rows
    return [[{"symbol": name, "values": [value]} for name, value in row.values.items()]]


def _words(formula: Formula, settings: Mapping[str, str]) -> str:
    """In which configurations a formula holds, given the settings of all rows."""
    if not formula.is_always:
        return formula_words(formula)
    fixed = ", ".join(f"{name}={value}" for name, value in settings.items())
    return f"every configuration with {fixed}" if fixed else "every configuration"


def _worst(cells: Iterable[Json]) -> str:
    """The worst hazard of unsafe cells."""
    return min((str(cell["hazard"]) for cell in cells), key=HAZARDS.index)


def _newest(later: Sequence[Json | None]) -> Json | None:
    """The newest of some releases; ``None`` if one is missing. Of different ones no single cause is known."""
    releases = [entry for entry in later if entry]
    if len(releases) < len(later):
        return None
    newest = max(releases, key=lambda entry: KernelVersion.parse(entry["release"]))
    return newest if all(entry == newest for entry in releases) else {**newest, "cause": None}
