# SPDX-License-Identifier: GPL-2.0-or-later
"""Mails: what fits a mailing list, whatever the names in a document are."""

import json
import shlex
import subprocess
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from explorer.formats import Judged
from explorer.formats.mail import MOST_LINES, WIDTH, paragraph, reproduction, short_name
from explorer.formats.mail_check import check_mail
from explorer.formats.mail_diff import diff_mail
from explorer.formats.mail_matrix import matrix_mail
from tests.commandline import DATA, explore

NOT_NAMES = frozenset(
    {
        "schema",
        "release",
        "kinds",
        "verdict",
        "what_if",
        "hazard",
        "worst_hazard",
        "outcome",
        "question",
        "ram_fill",
        "command",
        "severity",
        "id",
    }
)
"""The fields whose text is one of a few words, or is tested apart."""
NAMES_AS_KEYS = frozenset({"values", "changes", "settings", "witness", "config", "becomes", "answers"})

Json = dict[str, Any]


@cache
def document(*words: str) -> Json:
    """A document, without the parts that no mail shows."""
    done = explore(*words, "--format", "json")
    assert done.returncode in {0, 1, 2}, done.stderr
    found: Json = json.loads(done.stdout)
    for view in found.get("views", ()):
        for part in ("graph", "boots", "files", "statements"):
            del view[part]
        view["faults"] = [{"why": fault["why"]} for fault in view["faults"]]
    return found


def renamed(value: Any, rename: Callable[[str], str], key: str = "") -> Any:
    """A document with other names: of maps, symbols, files, and of everything else that is free text."""
    if isinstance(value, dict):
        symbols = key in NAMES_AS_KEYS and all(isinstance(part, str) for part in value.values())
        names = {name: rename(name) if symbols else name for name in value}
        return {names[name]: renamed(part, rename, name) for name, part in value.items()}
    if isinstance(value, list):
        return [renamed(part, rename, key) for part in value]
    return rename(value) if isinstance(value, str) and value and key not in NOT_NAMES else value


def assert_fits(text: str) -> None:
    """The text can be pasted into any mail, and git finds no patch in it."""
    lines = text.split("\n")
    assert lines.pop() == ""
    assert len(lines) <= MOST_LINES
    for line in lines:
        assert len(line) <= WIDTH, line
        assert line == line.rstrip()
        assert line.isascii()
        assert line.isprintable()
        assert not line.startswith(("---", "+++", "@@", "diff", "Index:", "From ", "#", "-- ", ">"))


MATRICES = (
    ("matrix", "--kernel", "4.17", "--set", "DEBUG_VM=y", "-m", "nomap-mid", "-m", "dma32-edge"),
    ("matrix", "--kernel", "4.17", "--kernel", "5.15", "-m", "nomap-mid", "-m", "two-banks"),
)
PATCH_FILE = DATA / "patches" / "holes-in-zone-without-numa.patch"
UNSAFE = "CONFIG_DEBUG_VM=y\n# CONFIG_NUMA is not set\n"
WRONG = "CONFIG_NUMA=maybe\nCONFIG_SPARSEMEM_VMEMMAP=n\nCONFIG_HOLES_IN_ZONE=n\n"


@cache
def checked(text: str, *words: str) -> str:
    done = explore("check", "-", *words, "--format", "json", stdin=text.encode())
    assert done.returncode in {0, 1}, done.stderr
    return done.stdout.decode()


def mail_of_checked(command: str, *documents: Json) -> str:
    """The mail for checked files, and for one that could not be."""
    errors = [{"file": "absent", "message": documents[0]["file"]}] if len(documents) > 1 else []
    return check_mail(Judged(documents, errors, lambda _: True, command=command))


FEW = ("-m", "nomap-mid", "-m", "two-banks", "-m", "start-8m")
DIFFS = (
    ("diff", "4.14", "4.16", *FEW),
    ("diff", "4.17", "4.19", *FEW),
    ("diff", "4.17", "--patch", str(PATCH_FILE), *FEW),
)


def checks() -> list[str]:
    return [checked(UNSAFE, "--kernel", "4.17"), checked(WRONG, "--kernel", "5.4")]


def mails(rename: Callable[[str], str], command: str) -> list[str]:
    """The mail of every kind of document, with other names and another command."""
    compared = [renamed(document(*words), rename) for words in DIFFS]
    studied = [renamed(document(*words), rename) | {"command": command} for words in MATRICES]
    configs = [renamed(json.loads(text), rename) for text in checks()]
    return [
        *map(matrix_mail, studied),
        *(diff_mail(each, command) for each in compared),
        *(mail_of_checked(command, config) for config in configs),
        mail_of_checked(command, *configs),
    ]


HOSTILE = st.text(min_size=1, max_size=300) | st.sampled_from(
    ["--- a/Kconfig", "diff --git a/x b/x", "\N{SNOWMAN}" * 90, "x" * 90, "a\tb", "\r\n", "# no", "From me"]
)


@settings(max_examples=20, deadline=None, phases=[Phase.generate])  # to shrink takes minutes
@given(prefix=HOSTILE, suffix=HOSTILE)
def test_any_document_fits_a_mail(prefix: str, suffix: str) -> None:
    texts = mails(lambda name: f"{prefix}{name}{suffix}", shlex.join(["kconfig-explorer", prefix, suffix]))
    for text in texts:
        assert_fits(text)
    assert len(texts) == 8


@given(words=st.lists(st.text(alphabet=st.characters(exclude_characters="\0", exclude_categories=["Cs"]))))
@settings(max_examples=30, deadline=None)
def test_a_pasted_command_has_the_words_that_were_given(words: list[str]) -> None:
    command = shlex.join(["printf", "%s\\0", *words])
    lines = reproduction({"name": "kconfig-explorer", "version": "1"}, command)[1:]
    if "more line" in lines[-1]:
        return
    ran = subprocess.run(["bash", "-c", "\n".join(lines)], capture_output=True, check=True)
    assert ran.stdout.decode().split("\0")[:-1] == (words or [""])


def test_a_long_word_of_a_command_continues_on_the_next_line() -> None:
    path = "/home/\N{LATIN SMALL LETTER U WITH DIAERESIS}/" + "it's a long path/" * 8
    lines = reproduction({"name": "k", "version": "1"}, shlex.join(["printf", "%s", path, "next"]))[1:]
    assert all(len(line) <= WIDTH and line.isascii() for line in lines)
    ran = subprocess.run(["bash", "-c", "\n".join(lines)], capture_output=True, check=True)
    assert ran.stdout.decode() == f"{path}next"


def test_a_shortened_name_shows_that_it_is() -> None:
    assert short_name("a" * 30 + "b" * 30, 21) == "aaaaaaaaa...bbbbbbbbb"
    assert short_name("") == "(no name)"
    assert paragraph("word " * 40, most=2)[-1].endswith(" ...")


def test_the_mail_of_a_kernel_begins_with_the_verdict_and_the_fix() -> None:
    done = explore("matrix", "--kernel", "4.17", "--format", "mail")
    lines = done.stdout.decode().splitlines()
    assert done.returncode == 1
    assert lines[0] == "Linux 4.17: UNSAFE with NUMA=n on 13 of 18 maps (may die)"
    assert lines[1] == "  Fix: NUMA=y, or commit f52bb98f5ade (in 4.18.7)"
    assert lines[2] == "  f52bb98f5ade: HOLES_IN_ZONE is y without NUMA, too"
    assert lines[-1] == "  kconfig-explorer matrix --kernel 4.17 --ram-fill stale"


def test_a_safe_kernel_needs_no_fix_and_no_reason() -> None:
    text = explore("matrix", "--kernel", "6.12", "-m", "flat", "--format", "mail").stdout.decode()
    assert text.startswith("Linux 6.12: safe on every memory map, proven.\n")
    assert "Fix" not in text


PATCH = """\
diff --git a/mm/Kconfig b/mm/Kconfig
--- a/mm/Kconfig
+++ b/mm/Kconfig
@@ -1 +1 @@
-config OLD
+config NEW
"""


@pytest.mark.parametrize("words", MATRICES)
def test_git_ignores_a_mail_below_the_marker_line(words: tuple[str, ...], tmp_path: Path) -> None:
    mail = matrix_mail(document(*words))
    (tmp_path / "mm").mkdir()
    (tmp_path / "mm/Kconfig").write_text("config OLD\n")
    message = f"From: A <a@b.c>\nSubject: [PATCH] mm: rename\n\nWhy.\n\n---\n{mail}\n{PATCH}-- \n2.39\n"
    split = subprocess.run(
        ["git", "mailinfo", "message", "patch"],
        input=message.encode(),
        cwd=tmp_path,
        capture_output=True,
        check=True,
    )
    assert b"Subject: mm: rename" in split.stdout
    assert (tmp_path / "message").read_text().strip() == "Why."
    subprocess.run(["git", "apply", "patch"], cwd=tmp_path, check=True)
    assert (tmp_path / "mm/Kconfig").read_text() == "config NEW\n"


def test_the_names_of_the_documents_reach_the_mails() -> None:
    """The property test means something only if the names that it replaces are shown."""
    for text in mails(lambda name: f"@{name}", "kconfig-explorer"):
        assert "@n" in text
        assert "@nomap-mid" in text or "@two-banks" in text


def test_the_mail_of_a_comparison_says_what_becomes_unsafe_with_its_fix() -> None:
    text = diff_mail(document("diff", "4.19", "4.17"), "kconfig-explorer diff 4.19 4.17")
    assert text.startswith(
        "Linux 4.19 to Linux 4.17: something safe became UNSAFE on 15 of 18 maps\n  Fix: NUMA=y"
    )
    assert "Note: 4.19 is newer than 4.17; are they the wrong way round?" in text
    assert "Became unsafe: defaults (SPARSEMEM_VMEMMAP, 4K pages)" in text


def test_the_mail_of_a_check_begins_with_the_verdict_and_the_fix(tmp_path: Path) -> None:
    (tmp_path / "my.config").write_text(UNSAFE)
    done = explore("check", "my.config", "--kernel", "4.17", "-q", "--format", "mail", cwd=tmp_path)
    lines = done.stdout.decode().splitlines()
    assert done.returncode == 1
    assert lines[0] == "Linux 4.17 with my.config: UNSAFE on 10 of 18 maps"
    assert lines[2].startswith("  Fix: set NUMA=y, or apply ")
    assert lines[-1] == "  kconfig-explorer check my.config --kernel 4.17"


def test_an_unsafe_kernel_comes_before_wrong_values() -> None:
    text = mail_of_checked("kconfig-explorer", json.loads(checked(WRONG, "--kernel", "5.4")))
    assert "UNREACHABLE" in text.splitlines()[0]
    assert text.index("may die on 1 of 18 maps: two-banks") < text.index("Error unreachable")
    assert "And 1 finding more" in text


def test_findings_in_the_baseline_are_counted() -> None:
    config: Json = json.loads(checked(WRONG, "--kernel", "5.4"))
    for finding in config["findings"]:
        finding["known"] = True
    text = mail_of_checked("kconfig-explorer", config)
    assert "accepts 3 findings" in text
    assert "Fix" not in text


def test_a_checkout_is_named_by_its_commit() -> None:
    compared = document(*DIFFS[1])
    compared = {**compared, "after": {**compared["after"], "commit": "0123456789abcdef" * 2}}
    assert "after:      4.19, Kconfig of kconfig/4.19 (HEAD 0123456789ab)" in diff_mail(compared, "k")


def test_what_is_not_known_is_said_with_its_reason() -> None:
    compared = json.loads(json.dumps(document(*DIFFS[2])))
    case = next(case for case in compared["cases"] if not case["kinds"])
    for cell in case["cells"]:
        cell["after"] |= {"verdict": "unknown", "why": "KASAN is not modelled"}
    compared["cases"] = [case]
    compared["summary"] |= dict.fromkeys(("became_safe", "still_unsafe"), 0)
    compared["summary"]["verdict"] = "not known: a verdict is missing"
    text = diff_mail(compared, "kconfig-explorer diff 4.17 --patch x")
    assert_fits(text)
    first = " ".join(text.splitlines()[:2])
    assert first == "Linux 4.17 with holes-in-zone-without-numa.patch: not known: a verdict   is missing"
    assert "Not known: NUMA=y: KASAN is not modelled\n" in text
    assert "as safe as before" not in text
