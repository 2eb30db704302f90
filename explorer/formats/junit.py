# SPDX-License-Identifier: GPL-2.0-only
"""JUnit XML, the form that CI systems collect.

A file is a test suite; each finding is a test case that failed, each machine that the kernel survives one
that passed. Findings below the threshold and known ones are skipped, and what could not be judged is an
error, so a suite is red exactly when ``check`` is.

XML 1.0 cannot hold control characters, and what turns the direction of writing shows people something else
than there is: such characters become U+FFFD. Elements and attributes are those that Jenkins takes (its xunit
plugin's ``junit-10.xsd``). All is ASCII, others are character references: some readers guess an encoding.
"""

from collections.abc import Iterator, Mapping
from typing import Any
from xml.etree import ElementTree as ET

from explorer.errors import printable_lines
from explorer.formats import Judged, cause_lines, file_of

__all__ = ["junit_xml"]

Json = Mapping[str, Any]

_DECLARATION = "<?xml version='1.0' encoding='us-ascii'?>\n"


def junit_xml(judged: Judged) -> str:
    """Judgements as test suites."""
    top = ET.Element("testsuites", name="kconfig-explorer")
    for checked in judged.configs:
        _suite(top, checked, judged)
    for error in judged.errors:
        case = _case(ET.SubElement(top, "testsuite", name=_text(error["file"])), "judged")
        ET.SubElement(case, "error", message=_text(error["message"]), type="InputError")
    for suite in (top, *top):
        _count(suite)
    ET.indent(top)
    written = str(ET.tostring(top, encoding="us-ascii").decode())
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + written.removeprefix(_DECLARATION) + "\n"


def _suite(top: ET.Element, checked: Json, judged: Judged) -> None:
    suite = ET.SubElement(top, "testsuite", name=_text(checked["file"]))
    told = {finding["memory_map"] for finding in checked["findings"]}
    for finding in checked["findings"]:
        place = f"{file_of(finding, checked, judged)}:{finding['line'] or 1}"
        name = " ".join(word for word in (finding["id"], finding["symbol"], finding["memory_map"]) if word)
        kind = _kind(finding, checked, judged)
        said = ET.SubElement(_case(suite, f"{name} ({place})"), kind, message=_text(finding["message"]))
        if kind != "skipped":
            said.set("type", finding["id"])
        said.text = _text("\n".join([place, *_lines(finding)]))
    booted = "" if checked["reachable"] else "what Kconfig makes of it is "
    for entry in checked["memory_maps"]:
        if entry["name"] not in told:
            _case(suite, f"{booted}{entry['verdict']} on {entry['name']}")
    if not len(suite):
        _case(suite, "kept by Kconfig")


def _case(suite: ET.Element, name: str) -> ET.Element:
    return ET.SubElement(suite, "testcase", classname=suite.get("name", ""), name=_text(name))


def _kind(finding: Json, checked: Json, judged: Judged) -> str:
    """What a finding makes of its test case; what is not modelled counts whatever the threshold."""
    if finding["id"] == "unknown" == checked["verdict"] and not finding["known"]:
        return "error"
    return "failure" if judged.fails(finding) else "skipped"


def _lines(finding: Json) -> Iterator[str]:
    yield from finding["chain"]
    yield from (f"{place}: {text}" for place, text in cause_lines(finding))
    if fix := finding["fix"]:
        yield from (f"fix: {fix['words']}", fix["fragment"])


def _count(suite: ET.Element) -> None:
    """The numbers that consumers show; those of all suites have no place for skipped ones."""
    counted = {"tests": "testcase", "failures": "failure", "errors": "error", "skipped": "skipped"}
    for name, path in counted.items():
        if (suite.tag, name) != ("testsuites", "skipped"):
            suite.set(name, str(len(list(suite.iter(path)))))
    suite.set("time", "0")


def _text(text: str) -> str:
    """No more than XML 1.0 can hold: all that is printable is, and so is the end of a line."""
    return printable_lines(text)
