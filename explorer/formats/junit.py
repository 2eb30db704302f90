# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes JUnit XML, which CI systems collect.

A file is a test suite. A finding is a failed test case, and a memory map on which the kernel is safe a passed
one. Findings below the threshold or in the baseline are skipped. A file that could not be checked is an
error. So a suite fails exactly when ``check`` fails.

Control characters, which XML 1.0 cannot hold, and characters that change the direction of writing become
U+FFFD. Elements and attributes are those that Jenkins accepts (``junit-10.xsd`` of its xunit plugin). The
output is ASCII with character references, because some readers guess an encoding.
"""

from collections.abc import Iterator, Mapping
from typing import Any
from xml.etree import ElementTree as ET

from explorer.errors import printable, printable_lines
from explorer.formats import Judged, cause_lines, file_of

__all__ = ["junit_xml"]

Json = Mapping[str, Any]

_DECLARATION = "<?xml version='1.0' encoding='us-ascii'?>\n"


def junit_xml(judged: Judged) -> str:
    """The findings of a run as test suites."""
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
    maps_with_findings = {finding["memory_map"] for finding in checked["findings"]}
    for finding in checked["findings"]:
        place = f"{file_of(finding, checked, judged)}:{finding['line'] or 1}"
        name = " ".join(word for word in (finding["id"], finding["symbol"], finding["memory_map"]) if word)
        kind = _kind(finding, checked, judged)
        result = ET.SubElement(_case(suite, f"{name} ({place})"), kind, message=_text(finding["message"]))
        if kind != "skipped":
            result.set("type", finding["id"])
        result.text = "\n".join([printable(place), *_lines(finding)])
    booted = "what Kconfig makes of it is " if checked["reachable"] is False else ""
    for entry in checked["memory_maps"]:
        if entry["name"] not in maps_with_findings:
            _case(suite, f"{booted}{entry['verdict']} on {entry['name']}")
    if not len(suite):
        _case(suite, "kept by Kconfig")


def _case(suite: ET.Element, name: str) -> ET.Element:
    return ET.SubElement(suite, "testcase", classname=suite.get("name", ""), name=_text(name))


def _kind(finding: Json, checked: Json, judged: Judged) -> str:
    """The element of a finding: ``error`` if something is not modelled, else ``failure`` or ``skipped``."""
    if finding["id"] == "unknown" == checked["verdict"] and not finding["known"]:
        return "error"
    return "failure" if judged.fails(finding) else "skipped"


def _lines(finding: Json) -> Iterator[str]:
    yield from map(printable, finding["chain"])
    yield from (printable(f"{place}: {text}") for place, text in cause_lines(finding))
    if fix := finding["fix"]:
        yield from (printable(f"fix: {fix['words']}"), printable_lines(fix["fragment"]))


def _count(suite: ET.Element) -> None:
    """Sets the counts of a suite; ``testsuites`` has no attribute for skipped ones."""
    counted = {"tests": "testcase", "failures": "failure", "errors": "error", "skipped": "skipped"}
    for name, path in counted.items():
        if (suite.tag, name) != ("testsuites", "skipped"):
            suite.set(name, str(len(list(suite.iter(path)))))
    suite.set("time", "0")


def _text(text: str) -> str:
    """Text with every character replaced that XML 1.0 cannot hold or that is not printable."""
    return printable_lines(text)
