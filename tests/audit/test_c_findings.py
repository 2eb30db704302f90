# SPDX-License-Identifier: GPL-2.0-or-later
"""Findings are kept under the content that they depend on, and an entry of another content is not used."""

import hashlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from explorer.audit import c_findings
from explorer.audit.c_findings import CFindings, findings_in
from explorer.audit.source_text import c_text
from explorer.configuration.files.cache import Cache
from tests.audit.kernel import MM

PADDING = b"/*" + b" " * (70 << 10) + b"*/\n"  # smaller files are not kept
FILES = {"mm/sweep.c": MM.encode() + PADDING, "mm/empty.c": b""}
MAGIC = b"kconfig-explorer cache 1\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "kconfig-explorer" / "audits"


@pytest.fixture
def searched(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that are searched, not taken from the cache."""
    names: list[str] = []

    def noted(name: str, data: bytes) -> object:
        names.append(name)
        return c_text(name, data)

    monkeypatch.setattr(c_findings, "c_text", noted)
    return names


@pytest.mark.usefixtures("folder")
def test_equal_files_are_searched_once(searched: list[str]) -> None:
    first = findings_in(FILES)
    assert searched == list(FILES)
    assert findings_in(dict(FILES)) == first
    assert searched == list(FILES)
    assert len(first.walkers) > 5


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    "other",
    [
        FILES
        | {"mm/sweep.c": FILES["mm/sweep.c"].replace(b"if (!pfn_valid(pfn))", b"if (pfn_invalid(pfn))")},
        FILES | {"mm/empty.c": b" "},
        {"mm/swept.c": FILES["mm/sweep.c"], "mm/empty.c": b""},
        dict(reversed(FILES.items())),
    ],
    ids=["a byte", "a byte of another file", "a name", "the order"],
)
def test_a_change_is_seen(searched: list[str], other: dict[str, bytes]) -> None:
    findings_in(FILES)
    searched.clear()
    found = findings_in(other)
    assert searched == list(other)
    assert found == fresh(other)


def test_a_change_of_the_code_or_the_parser_is_seen(
    folder: Path, searched: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    findings_in(FILES)
    monkeypatch.setattr(c_findings, "parser_version", lambda: "another")
    findings_in(FILES)
    (tmp_path / "code.py").write_text("pass")
    monkeypatch.setattr(c_findings, "package_sources", lambda _: [tmp_path / "code.py"])
    findings_in(FILES)
    assert searched == list(FILES) * 3
    assert len(list(folder.iterdir())) == 3


def cut(data: bytes) -> bytes:
    return data[:-1]


def changed(data: bytes) -> bytes:
    return data.replace(b"sweep_asks", b"sweep_axes")


def summed(body: bytes) -> bytes:
    return MAGIC + hashlib.sha256(body).digest() + body


def planted(change: Callable[[list[object]], object]) -> Callable[[bytes], bytes]:
    """An entry with a right checksum and another content."""

    def entry(data: bytes) -> bytes:
        return summed(json.dumps(change(json.loads(data[len(MAGIC) + 32 :]))).encode())

    return entry


@pytest.mark.parametrize(
    "damage",
    [
        cut,
        changed,
        lambda _: b"",
        lambda _: summed(b"[" * 100_000),
        lambda _: summed(b"\xff"),
        planted(lambda _: {}),
        planted(lambda value: [*value, []]),
        planted(lambda value: [[[*value[0], 7]], *value[1:]]),  # type: ignore[misc]
        planted(lambda value: [value[0], [[["mm/sweep.c", "1"], "why"]], value[2]]),
        planted(lambda value: [value[0], value[1], [["mm/sweep.c", True]]]),
    ],
)
def test_an_entry_that_is_damaged_or_planted_is_not_used(
    folder: Path, searched: list[str], damage: Callable[[bytes], bytes]
) -> None:
    right = findings_in(FILES)
    (entry,) = folder.iterdir()
    entry.write_bytes(damage(entry.read_bytes()))
    searched.clear()
    assert findings_in(FILES) == right
    assert searched == list(FILES)


def test_an_entry_that_others_can_write_is_not_used(folder: Path, searched: list[str]) -> None:
    findings_in(FILES)
    (entry,) = folder.iterdir()
    entry.chmod(0o666)
    findings_in(FILES)
    assert searched == list(FILES) * 2


@pytest.mark.parametrize("place", ["", "/proc/nothing"])
def test_without_a_cache_folder_all_is_searched(
    searched: list[str], monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", place)
    monkeypatch.setenv("HOME", "/nothing")
    assert findings_in(FILES) == findings_in(FILES)
    assert searched


def fresh(files: dict[str, bytes]) -> CFindings:
    """The findings without a cache."""
    return c_findings._searched(files, iter)  # noqa: SLF001 # what the cache holds


def test_progress_is_shown_for_the_files_that_are_searched(folder: Path) -> None:
    seen: list[str] = []

    def watched(names: Sequence[str]) -> Sequence[str]:
        seen.extend(names)
        return names

    findings_in(FILES, watched)
    findings_in(FILES, watched)
    assert seen == list(FILES)
    assert Cache("audits").first("0" * 32, lambda entry: entry) is None
    assert len(list(folder.iterdir())) == 1
