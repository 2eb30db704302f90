# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes an audit as SARIF 2.1.0: a result for each walker that some configuration leaves unguarded.

Of a comparison the results are the walkers that lost a guard or appeared without one.
"""

from collections.abc import Mapping
from typing import Any

from explorer.formats.sarif_elements import ROOT, driver, located, log_text, message, relative
from explorer.narrative.audit_narrative import change_words, is_shown, walker_words

__all__ = ["sarif_audit"]

Json = Mapping[str, Any]

_RULES = {
    "unguarded": ("unguarded-walker", "A walker reads struct pages and asks nothing before"),
    "the guard reads the page": ("self-reading-guard", "The guard of a walker reads the struct page"),
    "guarded in some configurations only": ("guard-under-if", "The guard of a walker is not always compiled"),
    "guarded at its start only": ("guard-of-start", "Only the pfn at which a walker starts is asked for"),
    "guarded for the section only": ("guard-of-section", "Only the section is asked for"),
    "guarded only if HOLES_IN_ZONE": ("guard-of-holes", "The guard asks only where HOLES_IN_ZONE=y"),
    "guarded for the block only": ("guard-of-block", "Not each page of a block is asked for"),
    "lost its guard": ("lost-guard", "A walker lost its guard"),
}


def sarif_audit(document: Json) -> str:
    """An audit as a SARIF log; files are relative to the tree."""
    rules = [{"id": rule, "shortDescription": {"text": text}} for rule, text in _RULES.values()]
    notifications = [
        {"level": "warning", "message": message(f"{place['file']}:{place['line']}: {place['reason']}")}
        for place in document["not_read"]
    ]
    run = {
        "tool": {"driver": driver(rules)},
        "invocations": [{"executionSuccessful": True, "toolExecutionNotifications": notifications}],
        "columnKind": "unicodeCodePoints",
        "results": _compared(document) if document["compared"] else _found(document),
    }
    return log_text(run)


def _found(document: Json) -> list[Json]:
    return [
        _result(walker["verdict"], walker, walker_words(walker))
        for walker in document["walkers"]
        if walker["verdict"] in _RULES and is_shown(walker)
    ]


def _compared(document: Json) -> list[Json]:
    results = []
    for change in document["compared"]["changes"]:
        after = change["after"]
        unguarded = change["kind"] == "appeared" and after["verdict"] in _RULES
        if change["kind"] == "lost its guard" or unguarded:
            key = "lost its guard" if change["kind"] == "lost its guard" else after["verdict"]
            results.append(_result(key, after, change_words(change)))
    return results


def _result(key: str, walker: Json, words: str) -> Json:
    """A result at the loop that decides."""
    loop = walker["loops"][walker["loop"]]
    return {
        "ruleId": _RULES[key][0],
        "level": "error" if key == "lost its guard" else "warning",
        "message": message(f"{walker['name']}(): {words}"),
        "locations": [located(relative(loop["file"], ROOT), loop["line"])],
        "partialFingerprints": {"walker/v1": f"{walker['file']}:{walker['name']}:{_RULES[key][0]}"},
    }
