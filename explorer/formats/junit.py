# SPDX-License-Identifier: GPL-2.0-only
"""JUnit XML, the form that CI systems collect.

A file is a test suite; each finding is a test case that failed, each machine that the kernel survives one
that passed. Findings below the threshold and known ones are skipped, so a suite is red exactly when
``check`` is. XML 1.0 cannot hold control characters, and what turns the direction of writing shows people
something else than there is: such characters become U+FFFD.
"""

from collections.abc import Callable, Mapping
from typing import Any
from xml.etree import ElementTree as ET

from explorer.errors import printable_lines
from explorer.formats import Judged

__all__ = ["junit"]

Json = Mapping[str, Any]


def junit(judged: Judged) -> str:
    """Judgements as test suites."""
    top = ET.Element("testsuites", name="kconfig-explorer")
    for checked in judged.configs:
        _suite(top, checked, judged.fails)
    for error in judged.errors:
        suite = ET.SubElement(top, "testsuite", name=_text(error["file"]))
        case = ET.SubElement(suite, "testcase", classname=_text(error["file"]), name="judged")
        ET.SubElement(case, "error", message=_text(error["message"]), type="InputError")
    for suite in (top, *top):
        _count(suite)
    ET.indent(top)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(top, encoding="unicode") + "\n"


def _suite(top: ET.Element, checked: Json, fails: Callable[[Json], bool]) -> None:
    suite = ET.SubElement(top, "testsuite", name=_text(checked["file"]))
    told = {finding["memory_map"] for finding in checked["findings"]}
    for finding in checked["findings"]:
        name = " ".join(word for word in (finding["id"], finding["symbol"], finding["memory_map"]) if word)
        place = f"{finding['file'] or checked['file']}:{finding['line'] or 1}"
        case = ET.SubElement(
            suite, "testcase", classname=_text(checked["file"]), name=_text(f"{name} ({place})")
        )
        kind = "failure" if fails(finding) else "skipped"
        said = ET.SubElement(case, kind, message=_text(finding["message"]))
        if kind == "failure":
            said.set("type", finding["id"])
        said.text = _text("\n".join([place, *_lines(finding)]))
    for entry in checked["memory_maps"]:
        if entry["name"] not in told:
            name = f"{entry['verdict']} on {entry['name']}"
            ET.SubElement(suite, "testcase", classname=_text(checked["file"]), name=_text(name))
    if not len(suite):
        ET.SubElement(suite, "testcase", classname=_text(checked["file"]), name="kept by Kconfig")


def _lines(finding: Json) -> list[str]:
    causes = [f"{cause['file']}:{cause['line']}: {cause['text']}" for cause in finding["causes"]]
    fix = finding["fix"]
    return [*finding["chain"], *causes, *([f"fix: {fix['words']}", fix["fragment"]] if fix else [])]


def _count(suite: ET.Element) -> None:
    """The numbers that consumers show."""
    for name, path in (
        ("tests", "testcase"),
        ("failures", "failure"),
        ("errors", "error"),
        ("skipped", "skipped"),
    ):
        suite.set(name, str(len(list(suite.iter(path)))))
    suite.set("time", "0")


def _text(text: str) -> str:
    """No more than XML 1.0 can hold: all that is printable is, and so is the end of a line."""
    return printable_lines(text)
