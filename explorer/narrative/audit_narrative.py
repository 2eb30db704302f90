# SPDX-License-Identifier: GPL-2.0-or-later
"""The sentences of an audit, made of its document."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from explorer.narrative.plurals import counted

__all__ = [
    "HIDDEN",
    "agreement_sentence",
    "audit_sentence",
    "change_counts",
    "change_words",
    "differing_records",
    "guard_words",
    "is_shown",
    "is_shown_change",
    "is_worse",
    "read_words",
    "reason_words",
    "step_words",
    "walker_words",
]

Json = Mapping[str, Any]

_WORTH = {
    "unguarded": "nothing is asked before the struct page is read",
    "the guard reads the page": "the guard reads the struct page that it shall guard",
    "guarded in some configurations only": "the guard is not always compiled",
    "guarded at its start only": "only the pfn at which it starts is asked for",
    "guarded only if HOLES_IN_ZONE": "the guard asks only where HOLES_IN_ZONE=y",
    "guarded for the section only": "only the section is asked for, and it may have holes",
    "guarded for the block only": "not each page of a block is asked for",
}

_ASKED_OF = {
    "each step": "each page",
    "each block": "one page of each block",
    "the start": "the first page",
}

_SAME = "the same guards"

HIDDEN = "read no struct page, step over pages of their caller, or are never compiled"
"""What walkers do that are not ``is_shown``, as the rest of a sentence."""


def is_shown(walker: Json) -> bool:
    """Whether a walker reads struct pages that nobody handed over, and some configuration may compile it."""
    loop = walker["loops"][walker["loop"]]
    handed_over = walker["verdict"] == "unguarded" and not loop["by_pfn"]
    return loop["first_read"] is not None and not handed_over and walker["compiled"] != "never compiled"


def audit_sentence(audit: Json) -> str:
    """How many walkers have which verdict, of those that are shown."""
    verdicts = [walker["verdict"] for walker in audit["walkers"] if is_shown(walker)]
    counts = [f"{name}: {verdicts.count(name)}" for name in audit["summary"]["verdicts"] if name in verdicts]
    files = counted(audit["summary"]["files"], "C file")
    walkers = counted(len(verdicts), "function")
    step = "steps" if len(verdicts) == 1 else "step"
    return f"{walkers} of {files} {step} over page frames and read{'s' * (step == 'steps')} struct pages" + (
        f" ({'; '.join(counts)})" if counts else ""
    )


def walker_words(walker: Json) -> str:
    """Why a walker has its verdict: its worst loop, the first read there, and its guard."""
    loop = walker["loops"][walker["loop"]]
    step = f"line {loop['line']} {step_words(loop)}"
    if loop["first_read"] is None:
        return f"{step} and reads no struct page"
    guard = guard_words(walker)
    words = [step, read_words(loop["first_read"]), f"guard {guard}" if guard else "", *reason_words(walker)]
    return "; ".join(filter(None, words))


def read_words(read: Json) -> str:
    """What a loop reads first, and where."""
    through = f" in {'() and '.join(read['through'])}()" if read["through"] else ""
    return f"{read['by']} reads {read['part']} at {read['file']}:{read['line']}{through}"


def reason_words(walker: Json) -> list[str]:
    """What the guard of a walker is worth, where it fails, and what its callers ask."""
    loop = walker["loops"][walker["loop"]]
    is_guarded = walker["verdict"] == "guarded"  # also where its guard fails in no configuration
    worth = "" if is_guarded else _WORTH.get(loop["verdict"], "")
    if loop["verdict"] == "unguarded" and not loop["by_pfn"]:
        worth = "its caller hands over the struct pages, and it asks nothing"
    return [words for words in (worth, *_failures(walker), _calls(walker["calls"])) if words]


def step_words(loop: Json) -> str:
    """How a loop goes on, as the rest of a sentence."""
    if loop["step"] == "none":
        return f"takes the page of a computed pfn: {loop['statement']}"
    sizes = {"other": loop["statement"], "order": "blocks of an order"}
    return f"steps by {sizes.get(loop['step'], loop['step'] + 's')}"


def guard_words(walker: Json) -> str:
    """The guard of a walker with its arguments, its line and the ``#if`` of its own; empty without one."""
    guard = walker["loops"][walker["loop"]]["guard"]
    return "" if guard is None else _guard_words(guard, walker)


def _guard_words(guard: Json, walker: Json) -> str:
    is_alone = guard["condition"] not in {"", walker["condition"]}
    within = f" if {guard['condition']}" if is_alone else ""
    through = f" in {guard['through']}()" if guard["through"] else ""
    return f"{guard['name']}({guard['argument']}){through} at {guard['file']}:{guard['line']}{within}"


def _calls(calls: Sequence[Json]) -> str:
    """What the callers of a walker ask before they call it; empty if they ask nothing."""
    asking = [call for call in calls if call["guards"]]
    if not asking:
        return ""
    asked = dict.fromkeys(
        f"{call['caller']}() asks {call['guards'][-1]['name']}() before {call['file']}:{call['line']}"
        for call in asking
    )
    rest = len(calls) - len(asking)
    others = f", and {rest} of {len(calls)} calls {'stands' if rest == 1 else 'stand'} behind no guard"
    return f"its callers ask: {', '.join(asked)}{others if rest else ''}"


def _failures(walker: Json) -> Iterator[str]:
    left = walker["loops"][walker["loop"]]["guard_left"]
    rest = (
        f"only {_guard_words(left, walker)}, asked of {_ASKED_OF[left['asked_of']]}," if left else "no guard"
    )
    for failure in walker["guard_fails"]:
        can = {
            "compiled": "which Kconfig can produce",
            "never compiled": "which Kconfig cannot produce",
        }.get(failure["reachable"], "and whether Kconfig can produce that is not known")
        where = f"{failure['symbol']}={failure['value']}" if failure["value"] else f"not {failure['symbol']}"
        yield f"{'no guard' if failure['is_left_out'] else rest} where {where}, {can}"


def is_shown_change(change: Json) -> bool:
    """Whether a change is one of walkers that are shown, or a guard was lost."""
    return is_worse(change) or is_shown(change["after"] or change["before"])


def is_worse(change: Json) -> bool:
    """Whether a guard was lost, or one may have been and nobody can tell."""
    return change["kind"] in {"lost its guard", "could not be read again"}


def change_counts(changes: Sequence[Json]) -> str:
    """How many changes there are of each kind."""
    kinds = [change["kind"] for change in changes]
    return ", ".join(f"{kind}: {kinds.count(kind)}" for kind in dict.fromkeys(kinds))


def change_words(change: Json) -> str:
    """What became of a walker between two trees."""
    walker = change["after"] or change["before"]
    place = f"{walker['file']}:{walker['line']} {walker['name']}()"
    if change["before"] is None or change["after"] is None:
        return f"{place} {change['kind']}: {walker['verdict']}; {walker_words(walker)}"
    before, after = change["before"], change["after"]
    old, new = (guard_words(side) or "no guard" for side in (before, after))
    verdicts = f"{before['verdict']} before, {after['verdict']} now"
    return f"{place} {change['kind']}: {verdicts}; {old} before, {new} now"


def agreement_sentence(audit: Json) -> str:
    """How many records of the simulator agree with the C; empty where it does not describe the kernel."""
    if audit["simulator"] is None:
        return ""
    records = audit["simulator"]["records"]
    agreeing = sum(record["agreement"] == _SAME for record in records)
    return f"the simulator's walkers of Linux {audit['release']}: {agreeing} of {len(records)} agree"


def differing_records(audit: Json) -> list[str]:
    """The records of the simulator that differ from the C."""
    records = audit["simulator"]["records"] if audit["simulator"] else ()
    return [_record_words(record) for record in records if record["agreement"] != _SAME]


def _record_words(record: Json) -> str:
    """How a record of the simulator and the C differ."""
    expected = " and ".join(f"{name}()" for name in record["guards"]) or "no guard"
    if not record["found"]:
        return f"{record['function']}(): the simulator has it with {expected}; the C that was read has it not"
    found = dict.fromkeys(
        f"{walker['name']}() at {walker['file']}:{walker['line']} asks {_names(walker['guards'])}"
        for walker in record["found"]
    )
    return f"{record['function']}(): the simulator asks {expected}; {', '.join(found)}"


def _names(guards: Sequence[str]) -> str:
    return " and ".join(f"{name}()" for name in guards) or "nothing"
