# SPDX-License-Identifier: GPL-2.0-or-later
"""``rule`` as a user meets it."""

import json

import jsonschema

from explorer.checking import FindingKind
from explorer.narrative.kind_narrative import KIND_NARRATIVES
from explorer.resources import data_folder
from tests.commandline import explore, one_clear_line

SCHEMA = json.loads((data_folder("reports") / "rules.schema.json").read_text())


def test_a_rule_is_told_whole() -> None:
    done = explore("rule", "unsafe")
    narrative = KIND_NARRATIVES[FindingKind.UNSAFE]
    told = done.stdout.decode()
    assert (done.returncode, told.splitlines()[0]) == (0, f"unsafe (error): {narrative.title}")
    assert [text for text in (narrative.meaning, narrative.remedy) if text not in told] == []
    assert all(f"    {line}\n" in told for line in narrative.example.splitlines())


def test_all_rules_are_listed_with_their_severity() -> None:
    lines = explore("rule").stdout.decode().splitlines()
    assert [line.split()[:2] for line in lines] == [[kind, kind.severity] for kind in FindingKind]


def test_the_document_obeys_its_schema() -> None:
    whole = json.loads(explore("rule", "--format", "json").stdout)
    one = json.loads(explore("rule", "overridden", "--format", "json").stdout)
    for document in (whole, one):
        jsonschema.validate(document, SCHEMA)
    assert [rule["id"] for rule in whole["rules"]] == list(FindingKind)
    assert one["rules"] == [rule for rule in whole["rules"] if rule["id"] == "overridden"]


def test_an_id_that_does_not_exist_gets_the_nearest() -> None:
    message = one_clear_line(explore("rule", "unsave"))
    assert message == "kconfig-explorer: unsave: no finding has this id (did you mean unsafe?)\n"
