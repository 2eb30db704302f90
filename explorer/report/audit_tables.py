# SPDX-License-Identifier: GPL-2.0-or-later
"""The audits of kernel trees as tables of walkers, the worst first."""

from collections.abc import Iterator
from typing import NamedTuple

from explorer.narrative.audit_narrative import (
    HIDDEN,
    agreement_sentence,
    audit_sentence,
    change_counts,
    change_words,
    differing_records,
    guard_words,
    is_shown,
    is_shown_change,
    read_words,
    reason_words,
    step_words,
)
from explorer.report.words import Json

__all__ = ["AuditTables", "WalkerLink", "WalkerRow", "audit_tables_of", "walker_links"]

_GUARDED = "guarded"


class WalkerRow(NamedTuple):
    """A walker in words. ``number`` is its place among the walkers of its tree."""

    number: int
    name: str
    place: str
    verdict: str
    step: str
    guard: list[str]
    read: str
    condition: str
    entries: list[str]


class AuditTables(NamedTuple):
    """The audit of a tree.

    Attributes:
        tree: its name.
        release: its release; empty where it names none.
        sentence: how many walkers have which verdict.
        open: the walkers that are not guarded in each step, the worst first.
        guarded: those that are.
        rest: those that go over pages of their caller, read no struct page, or are never compiled.
        rest_words: the same as the end of a sentence.
        notes: what is not known, and how the simulator agrees.
        differing: the records of the simulator that differ.
        unread: names of files and functions that could not be read, with the reason.
        changes: the changes of shown walkers from an older tree; ``older`` is its name.
        counts: how many there are of each kind.
        older: empty if it was not compared.
    """

    tree: str
    release: str
    sentence: str
    open: list[WalkerRow]
    guarded: list[WalkerRow]
    rest: list[WalkerRow]
    rest_words: str
    notes: list[str]
    differing: list[str]
    unread: list[str]
    changes: list[str]
    counts: str
    older: str


class WalkerLink(NamedTuple):
    """The C of a walker: its row on the page, and its place."""

    target: str
    name: str
    place: str


def audit_tables_of(document: Json) -> list[AuditTables]:
    """The audits of a document, in its order."""
    return [_tables(audit) for audit in document.get("audits", ())]


def walker_links(document: Json) -> dict[tuple[str, str], list[WalkerLink]]:
    """The functions of the C that a walker of the simulator stands for, by release and its name."""
    links: dict[tuple[str, str], list[WalkerLink]] = {}
    for number, audit in enumerate(document.get("audits", ())):
        rows = {(walker["file"], walker["line"]): index for index, walker in enumerate(audit["walkers"])}
        for record in audit["simulator"]["records"] if audit["simulator"] else ():
            found = {(walker["file"], walker["line"]): walker["name"] for walker in record["found"]}
            links[audit["release"], record["function"]] = [
                WalkerLink(f"w{number}-{rows[place]}", name, f"{place[0]}:{place[1]}")
                for place, name in found.items()
            ]
    return links


def _tables(audit: Json) -> AuditTables:
    verdicts = list(audit["summary"]["verdicts"])
    walkers = sorted(enumerate(audit["walkers"]), key=lambda item: verdicts.index(item[1]["verdict"]))
    rows = [(_row(index, walker), is_shown(walker)) for index, walker in walkers]
    compared = audit["compared"]
    changes = list(filter(is_shown_change, compared["changes"])) if compared else []
    return AuditTables(
        tree=audit["tree"],
        release=audit["release"],
        sentence=audit_sentence(audit),
        open=[row for row, shown in rows if shown and row.verdict != _GUARDED],
        guarded=[row for row, shown in rows if shown and row.verdict == _GUARDED],
        rest=[row for row, shown in rows if not shown],
        rest_words=HIDDEN,
        notes=list(_notes(audit)),
        differing=differing_records(audit),
        unread=list(_unread(audit)),
        changes=list(map(change_words, changes)),
        counts=change_counts(changes),
        older=compared["tree"] if compared else "",
    )


def _row(index: int, walker: Json) -> WalkerRow:
    loop = walker["loops"][walker["loop"]]
    compiled = {"not known": " (not known whether Kconfig can produce this)", "never compiled": " (never)"}
    return WalkerRow(
        index,
        walker["name"],
        f"{walker['file']}:{walker['line']}",
        walker["verdict"],
        f"line {loop['line']} {step_words(loop)}",
        [words for words in (guard_words(walker), *reason_words(walker)) if words],
        read_words(loop["first_read"]) if loop["first_read"] else "",
        (walker["condition"] or "always") + compiled.get(walker["compiled"], ""),
        [entry["entry"] for entry in walker["entries"]],
    )


def _notes(audit: Json) -> Iterator[str]:
    if audit["kconfig"]:
        yield f"what is compiled is not known: {audit['kconfig']}"
    if audit["simulator"]:
        yield agreement_sentence(audit)


def _unread(audit: Json) -> Iterator[str]:
    for place in audit["not_read"]:
        yield f"{place['file']}:{place['line']}: {place['reason']}"
    for place in audit["not_understood"]:
        yield f"{place['file']}:{place['line']}: only a part of the function was understood"
    for place in audit["left_out"]:
        yield f"{place['file']}:{place['line']}: a branch of #if was left out"
