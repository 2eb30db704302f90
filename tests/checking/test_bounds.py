# SPDX-License-Identifier: GPL-2.0-or-later
"""How many findings are listed, and how long their texts are."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from explorer.checking import Checked, Severity
from explorer.configuration import Tree, load_tree
from explorer.document.check import checked_json
from explorer.narrative.finding_narrative import finding_message
from tests.checking.judging import WHOLE, fix_of, judged, only


def test_many_undefined_symbols_are_counted_and_not_listed(tree: Tree) -> None:
    text = WHOLE + "".join(f"CONFIG_STRANGER_{number}=y\n" for number in range(3000))
    findings = judged(tree, text).findings
    assert len(findings) == 1001
    assert finding_message(tree, findings[-1]) == "2000 more findings of kind unknown-symbol"


def test_no_warning_passes_because_a_thousand_notes_stand_before_it(tree: Tree) -> None:
    notes = "".join(f"# CONFIG_GONE_{number} is not set\n" for number in range(1000))
    findings = judged(tree, f"{WHOLE}{notes}CONFIG_DEBG=y\n").findings
    assert [
        (finding.id, finding.severity) for finding in findings if finding.severity is not Severity.NOTE
    ] == [("unknown-symbol", Severity.WARNING)]
    assert "did you mean DEBUG?" in finding_message(tree, findings[0])
    lines = "".join(f"CONFIG_GONE_{number}=y\n" for number in range(1001))
    assert judged(tree, WHOLE + lines).findings[-1].severity is Severity.WARNING


def test_the_first_thousand_of_each_severity_are_kept_in_order(tree: Tree) -> None:
    comments = "".join(f"## CONFIG_GONE_{number} is not set\n" for number in range(2000))
    findings = judged(tree, f"{WHOLE}{comments}{'rubbish 1' + chr(10)}{'rubbish' + chr(10)}").findings
    syntax = [finding for finding in findings if finding.id == "syntax"]
    assert [finding.severity for finding in syntax] == [Severity.ERROR] * 2 + [Severity.WARNING] * 998
    lines = [finding.line for finding in syntax]
    assert lines[:2] == sorted(lines[:2])
    assert lines[2:] == sorted(lines[2:])
    assert (findings[-1].id, findings[-1].severity) == ("more", Severity.WARNING)
    assert finding_message(tree, findings[-1]) == "1002 more findings of kind syntax"


def test_names_and_values_of_any_length_make_short_findings(tree: Tree) -> None:
    texts = _texts(judged(tree, f"{WHOLE}CONFIG_{'A' * 100_000}={'y' * 100_000}\n"))
    assert any("defines no symbol AAA" in text for text in texts)
    assert max(map(len, texts)) < 600


def _texts(checked: Checked) -> list[str]:
    """Every text of every finding."""
    return list(_strings(checked_json(checked)["findings"]))


def _strings(document: Any) -> Iterator[str]:
    if isinstance(document, str):
        yield document
    elif isinstance(document, list | dict):
        for part in document.values() if isinstance(document, dict) else document:
            yield from _strings(part)


LONG = "y" * 100_000


@pytest.mark.parametrize(
    "text",
    [
        f"CONFIG_{LONG}=y\n",
        f"CONFIG_DEBUG=z{LONG}\n",
        f'CONFIG_NAME={LONG}\nCONFIG_LEVEL="{LONG}"\n',
        f"CONFIG_LEVEL={'9' * 100_000}\n",
        f'CONFIG_NAME="{LONG}"\nCONFIG_NAME="{LONG}y"\n',
        f"{LONG}\n# CONFIG_{LONG} is not set {LONG}\n",
        f"X = {LONG}\nCONFIG_{LONG} = {LONG}\n",
    ],
    ids=range(7),
)
def test_no_text_of_a_finding_is_longer_than_a_screen(tree: Tree, text: str) -> None:
    for checked in (judged(tree, WHOLE + text), judged(tree, WHOLE, requested=text)):
        assert checked.findings
        assert max(map(len, _texts(checked))) < 600
    long = f"{WHOLE}{text}"
    merged = judged(tree, WHOLE, long, WHOLE + 'CONFIG_NAME="z"\n', requested=text)
    assert max(map(len, _texts(merged))) < 600


def test_half_of_a_fragment_is_never_shown(tmp_path: Path) -> None:
    names = [f"LONG_NAME_OF_A_DEPENDENCY_{number}" for number in range(200)]
    kconfig = "config ARM64\n\tdef_bool y\n" + "".join(f'config {name}\n\tbool "w"\n' for name in names)
    (tmp_path / "Makefile").write_text("VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 0\n")
    (tmp_path / "Kconfig").write_text(f'{kconfig}config X\n\tbool "x"\n\tdepends on {" && ".join(names)}\n')
    checked = judged(load_tree(tmp_path), "CONFIG_ARM64=y\nCONFIG_X=y\n")
    fix = fix_of(checked.tree, only(checked))
    assert fix.fragment == ""
    assert fix.words.endswith("(its lines are too long to be shown)")
    assert max(map(len, _texts(checked))) < 600
