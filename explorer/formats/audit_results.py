# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes an audit as SARIF 2.1.0: a result for each walker that some configuration leaves unguarded.

Of a comparison the results are the walkers that lost a guard or appeared without one.
"""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from explorer.document.elements import generator
from explorer.errors import printable
from explorer.narrative.audit_narrative import change_words, walker_words
from explorer.resources import program_uri

__all__ = ["sarif_audit"]

Json = Mapping[str, Any]

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_RULES = {
    "unguarded": ("unguarded-walker", "A walker reads struct pages and asks nothing before"),
    "the guard reads the page": ("self-reading-guard", "The guard of a walker reads the struct page"),
    "guarded for the section only": ("guard-of-section", "Only the section is asked for"),
    "guarded only if HOLES_IN_ZONE": ("guard-of-holes", "The guard asks only where HOLES_IN_ZONE=y"),
    "lost its guard": ("lost-guard", "A walker lost its guard"),
}


def sarif_audit(document: Json) -> str:
    """An audit as a SARIF log; files are relative to the tree."""
    driver = {
        "name": generator()["name"],
        "version": generator()["version"],
        "informationUri": program_uri(),
        "rules": [{"id": rule, "shortDescription": {"text": text}} for rule, text in _RULES.values()],
    }
    notifications = [
        {
            "level": "warning",
            "message": {"text": printable(f"{place['file']}:{place['line']}: {place['reason']}")},
        }
        for place in document["not_read"]
    ]
    run = {
        "tool": {"driver": driver},
        "invocations": [{"executionSuccessful": True, "toolExecutionNotifications": notifications}],
        "columnKind": "unicodeCodePoints",
        "results": _compared(document) if document["compared"] else _found(document),
    }
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=1) + "\n"


def _found(document: Json) -> list[Json]:
    return [
        _result(walker["verdict"], walker, walker_words(walker))
        for walker in document["walkers"]
        if walker["verdict"] in _RULES
        and walker["compiled"] != "never compiled"
        and walker["loops"][walker["loop"]]["by_pfn"]
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
    location = {
        "physicalLocation": {
            "artifactLocation": {"uri": quote(loop["file"]), "uriBaseId": "%SRCROOT%"},
            "region": {"startLine": loop["line"]},
        }
    }
    return {
        "ruleId": _RULES[key][0],
        "level": "error" if key == "lost its guard" else "warning",
        "message": {"text": printable(f"{walker['name']}(): {words}")},
        "locations": [location],
        "partialFingerprints": {"walker/v1": f"{walker['file']}:{walker['name']}:{_RULES[key][0]}"},
    }
