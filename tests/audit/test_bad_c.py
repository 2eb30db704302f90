# SPDX-License-Identifier: GPL-2.0-or-later
"""C that nobody would write: each file that cannot be understood is named, and the others are audited."""

import os
from pathlib import Path

import pytest

from explorer.audit.tree_audit import audit_tree
from explorer.configuration.files.sources import Sources
from explorer.errors import InputError, LimitError
from tests.audit.kernel import kernel_at
from tests.commandline import explore, one_clear_line

LOOP = "void f(unsigned long pfn, unsigned long end)\n{\n\tfor (; pfn < end; pfn++)\n\t\t%s;\n}\n"
READ = LOOP % "SetPageReserved(pfn_to_page(pfn))"


def audited(folder: Path, data: bytes) -> tuple[list[str], list[str]]:
    """The walkers of a file beside others, and why it could not be read."""
    kernel_at(folder)
    (folder / "mm/bad.c").write_bytes(data)
    audit = audit_tree(Sources(folder), ["mm"], None)
    assert audit.files == 3
    assert "sweep_asks" in {walker.walker.name for walker in audit.walkers}
    names = [found.walker.name for found in audit.walkers if found.walker.place.file == "mm/bad.c"]
    return names, [reason for place, reason in audit.not_read if place.file == "mm/bad.c"]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (READ.encode("utf-16"), "holds NUL bytes"),
        (b"#if A\n" * 5_001, "more than 5000 lines of #if"),
        (b"#if A\n" * 101, "nested more than 100 deep"),
        (b"#if A\n" + b"#elif B\n" * 100, "more than 100 branches"),
        (b"void f(void)\n{\n\tif (a) {\n}\n", "braces are not balanced"),
        (b"{" * 1_000_000, "braces are not balanced"),
        ((LOOP % ("{" * 200 + "}" * 200)).encode(), "f(): brackets are nested more than 150 deep"),
        ((LOOP % ("!" * 9_000 + "pfn")).encode(), "f(): its expressions are nested too deeply"),
        ((LOOP % ("if (pfn) " * 9_000)).encode(), "f(): its expressions are nested too deeply"),
        ((LOOP % ("pfn" * 100)).encode(), "f(): a name has more than 256 characters"),
        (READ.encode() + b"/*/ no end", "a comment does not end"),
        (
            (LOOP % "".join(f"l{n}: if (a) goto l{n}; " for n in range(201))).encode(),
            "f(): more than 200 goto",
        ),
        ((LOOP % ("g(pfn); " * 20_000)).encode(), "f(): longer than 100000 bytes"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_not_understood_is_named(tmp_path: Path, data: bytes, reason: str) -> None:
    names, reasons = audited(tmp_path, data)
    assert names == []
    assert len(reasons) == 1
    assert reason in reasons[0]


@pytest.mark.parametrize(
    "data",
    [
        READ.replace("\n", "\r\n").encode(),
        b"\xef\xbb\xbf" + READ.encode(),
        b'/* \xe9\xff */ char *name = "\xe9";\n' + READ.encode("latin-1"),
        READ.replace("\n", " ").encode() + b" " * 1_000_000,
        b"int a; /* don't */\n#error don't\n" + READ.encode(),
    ],
    ids=["line ends of DOS", "byte order mark", "latin-1", "one line", "apostrophes"],
)
def test_odd_texts_are_read(tmp_path: Path, data: bytes) -> None:
    assert audited(tmp_path, data) == (["f"], [])


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b'"\\' * 500_000,
        b"'\\" * 500_000,
        b"pfn++; " * 200_000,
        b"f(" * 200_000 + b")" * 200_000 + b"{}",
        b"f() " * 200_000 + b"{}",
        b"initcall" * 100_000 + b"(x",
        b"initcall(" * 100_000,
        b"struct page *" * 100_000 + b"f(){}",
    ],
    ids=lambda value: value[:8].decode() or "empty",
)
def test_long_lines_are_read_in_linear_time(tmp_path: Path, data: bytes) -> None:
    assert audited(tmp_path, data) == ([], [])


def test_what_is_no_regular_file_is_named(tmp_path: Path) -> None:
    kernel_at(tmp_path)
    (tmp_path / "mm/folder.c").mkdir()
    os.mkfifo(tmp_path / "mm/pipe.c")
    (tmp_path / "mm/loop.c").symlink_to("loop.c")
    (tmp_path / "mm/gone.c").symlink_to("nothing.c")
    (tmp_path / "mm/large.c").touch()
    os.truncate(tmp_path / "mm/large.c", 100 << 20)  # without blocks on the disk
    text = explore("audit", str(tmp_path), "mm").stdout.decode()
    for name, reason in (
        ("folder.c", "is not a regular file"),
        ("pipe.c", "is not a regular file"),
        ("loop.c", "Too many levels of symbolic links"),
        ("gone.c", "No such file or directory"),
        ("large.c", "too large: files of a tree have at most 8388608 bytes"),
    ):
        assert f"mm/{name}:1: {reason}" in text
    assert "sweep_asks_nothing()" in text


def test_files_of_which_none_can_be_read_are_refused(tmp_path: Path) -> None:
    kernel_at(tmp_path)
    (tmp_path / "mm/folder.c").mkdir()
    line = one_clear_line(explore("audit", str(tmp_path), "mm/folder.c"))
    assert "mm/folder.c: is not a regular file" in line


def test_too_much_c_is_refused(tmp_path: Path) -> None:
    kernel_at(tmp_path)
    for number in range(7):
        (tmp_path / f"mm/{number}.c").touch()
        os.truncate(tmp_path / f"mm/{number}.c", 8 << 20)
    with pytest.raises(LimitError, match="more than 48 MiB of C"):
        audit_tree(Sources(tmp_path), ["mm"], None)


def test_calls_that_multiply_are_named(tmp_path: Path) -> None:
    functions = [f"void f{i}(struct page *page)\n{{\n{f'f{i + 1}(page);' * 10}\n}}\n" for i in range(3)]
    text = "".join(functions) + LOOP % "f0(pfn_to_page(pfn))"
    assert audited(tmp_path, text.encode()) == (["f"], [])
    names, reasons = audited(tmp_path, text.replace("f1(page);" * 10, "f1(page);" * 1000).encode())
    assert (names, reasons) == ([], ["f(): its calls lead to more than 20000 accesses"])


def test_a_name_that_no_file_has_is_refused(tmp_path: Path) -> None:
    kernel_at(tmp_path)
    with pytest.raises(InputError, match="no C file is there"):
        audit_tree(Sources(tmp_path), ["mm/none.c"], None)


def test_a_makefile_without_a_release_is_no_error(tmp_path: Path) -> None:
    kernel_at(tmp_path)
    (tmp_path / "Makefile").unlink()
    text = explore("audit", str(tmp_path), "mm")
    assert text.returncode == 0
    assert "sweep_asks_nothing()" in text.stdout.decode()


def test_control_characters_of_code_are_not_printed(tmp_path: Path) -> None:
    kernel_at(tmp_path)
    (tmp_path / "mm/escape.c").write_text(LOOP % "Set\x1b[31mPage(pfn_to_page(pfn\x1b]0;title\x07))")
    for form in ("text", "json", "sarif"):
        assert b"\x1b" not in explore("audit", str(tmp_path), "mm", "--all", "--format", form).stdout
