# SPDX-License-Identifier: GPL-2.0-or-later
import quopri
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.configuration import parse_patch
from explorer.configuration.patch.unified_diff import apply_hunks
from explorer.errors import InputError

BEFORE = "config A\n\tbool\n\tdefault y\n\nconfig B\n\tbool\n\tdepends on A\n\nconfig C\n\tbool\n"
AFTER = BEFORE.replace("\tdepends on A\n", "")
DIFF = """\
--- a/Kconfig
+++ b/Kconfig
@@ -4,7 +4,6 @@ config A
\x20
 config B
 \tbool
-\tdepends on A
\x20
 config C
 \tbool
"""
MAIL = f"""\
From 0123456789012345678901234567890123456789 Mon Sep 17 00:00:00 2001
From: =?UTF-8?q?J=C3=B6rg?= <joerg@example.org>
Date: Thu, 30 Aug 2018 16:05:32 +0100
Subject: [PATCH] mm: B without A
Content-Type: text/plain; charset=UTF-8

--- this is prose, and so is
@@ -1 +1 @@ this

Signed-off-by: nobody
---
 Kconfig | 1 -
 1 file changed, 1 deletion(-)

diff --git a/Kconfig b/Kconfig
index 1111111..2222222 100644
{DIFF}-- \n2.20.1

"""


def applied(data: bytes, text: str = BEFORE) -> str:
    for patch in parse_patch(data, "test.patch"):
        text = apply_hunks(patch, text, "Kconfig")
    return text


def quoted_printable() -> bytes:
    head, _, body = MAIL.partition("\n\n")
    encoded = quopri.encodestring(body.encode())
    return f"{head}\nContent-Transfer-Encoding: quoted-printable\n\n".encode() + encoded


@pytest.mark.parametrize(
    "data",
    [
        DIFF.encode(),
        ("Some prose: about it.\n\n" + DIFF).encode(),
        MAIL.encode().replace(b"--- this", b"This"),
        quoted_printable().replace(b"--- this", b"This"),
        MAIL.encode().replace(b"--- this", b"This").replace(b"\n", b"\r\n"),
        DIFF.encode().replace(b"\n", b"\r\n"),
        DIFF.encode().replace(b"\n \n", b"\n\n"),  # an editor took the spaces at the ends of lines
        DIFF.replace("a/Kconfig", "Kconfig.orig").replace("b/Kconfig", "Kconfig").encode(),
    ],
    ids=["diff", "prose", "mail", "quoted-printable", "mail-crlf", "diff-crlf", "stripped", "orig"],
)
def test_a_patch_is_found_in_whatever_carries_it(data: bytes) -> None:
    assert applied(data) == AFTER


def test_the_mails_of_a_mailbox_apply_one_after_the_other() -> None:
    first = MAIL.replace("--- this", "This")
    back = DIFF.replace("-\tdepends on A\n", "+\tdepends on A\n").replace("4,7 +4,6", "4,6 +4,7")
    second = first.replace(DIFF, back)
    assert len(parse_patch((first + second).encode(), "mbox")) == 2
    assert applied((first + second).encode()) == BEFORE
    assert applied((first + second + first).encode()) == AFTER


def test_an_attached_patch_is_read_and_html_is_not() -> None:
    mail = (
        "From: a@example.org\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=xx\n\n"
        "--xx\nContent-Type: text/html\n\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-1\n+2\n"
        f"--xx\nContent-Type: text/x-patch; charset=no-such-charset\n\n{DIFF}\n--xx--\n"
    )
    assert applied(mail.encode()) == AFTER


def test_a_hunk_applies_where_its_lines_have_moved() -> None:
    moved = "# one\n# two\n# three\n" + BEFORE
    assert applied(DIFF.encode(), moved) == moved.replace("\tdepends on A\n", "")


def test_a_file_with_crlf_keeps_it() -> None:
    text = BEFORE.replace("\n", "\r\n")
    added = DIFF.replace("-\tdepends on A\n", "-\tdepends on A\n+\tdepends on C\n").replace("+4,6", "+4,7")
    assert applied(added.encode(), text) == text.replace("depends on A", "depends on C")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (BEFORE.replace("depends on A", "depends on C"), r"hunk 1 of 1 \(@@ -4,7 \+4,6 @@\) does not apply"),
        (BEFORE.replace("depends on A", "default C"), "Kconfig:7: .*line 7 is 'default C', the patch has"),
        (AFTER, "seems to be applied already"),
        ("", "line 4 is past the end"),
    ],
)  # fmt: skip
def test_a_hunk_that_does_not_apply_is_named_with_its_line(text: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        applied(DIFF.encode(), text)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "holds no diff"),
        (b"just words\n", "holds no diff"),
        (b"\0\xff\xfe" * 99, "holds no diff"),
        (DIFF[:-20].encode(), "damaged diff: Hunk is shorter"),
        (DIFF.replace("-4,7", "-4,5").encode(), "damaged diff"),
        (DIFF.replace("b/Kconfig", "b/../../etc/passwd").encode(), "only names inside the tree"),
        (DIFF.replace("b/Kconfig", "/etc/passwd").encode(), "only names inside the tree"),
        (DIFF.replace("b/Kconfig", "b//Kconfig").encode(), "only names inside the tree"),
        (DIFF.replace("b/Kconfig", "b/K\x1b[2Jconfig").encode(), "only names inside the tree"),
        (b"+++ b/Kconfig\n--- a/x\n" + DIFF.encode()[15:], "damaged diff"),
    ],
)
def test_hostile_and_damaged_patches_are_refused(data: bytes, words: str) -> None:
    with pytest.raises(InputError, match=words):
        applied(data)


@settings(max_examples=300, deadline=None)
@given(
    data=st.one_of(
        st.binary(max_size=300),
        st.lists(
            st.sampled_from(
                [*DIFF.splitlines(), *MAIL.splitlines(), "\\ No newline at end of file", "@@ -0,0 +0,0 @@"]
            ),
            max_size=25,
        ).map(lambda lines: "\n".join(lines).encode()),
    )
)  # fmt: skip
def test_whatever_comes_it_is_applied_or_refused(data: bytes) -> None:
    try:
        assert isinstance(applied(data), str)
    except InputError as error:
        assert error.where  # noqa: PT017 # which error it is does not matter, that it says where does


LINES = st.lists(
    st.sampled_from(["\tbool\n", "\tdefault y\n", "\n", "config A\n", "config B\n", "# é\n"]), max_size=14
)


@st.composite
def edits(draw: st.DrawFn) -> tuple[str, str, str]:
    """A text, an edited one, and the text with some lines before and between, where the edit shall go."""
    lines = draw(LINES.filter(bool))
    edited = list(lines)
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(edited)))
        edited[at : at + draw(st.integers(0, 2))] = draw(LINES.map(lambda found: found[:2]))
    other = list(lines)
    for _ in range(draw(st.integers(0, 2))):
        other.insert(draw(st.integers(0, len(other))), draw(st.sampled_from(["# moved\n", "\tbool\n", "\n"])))
    cut = draw(st.booleans())
    texts = ["".join(part) for part in (lines, edited, other)]
    if cut:
        texts = [text.removesuffix("\n") for text in texts]
    return texts[0], texts[1], texts[2]


@pytest.mark.skipif(not shutil.which("git"), reason="git is not installed: its answers are the reference")
@settings(max_examples=150, deadline=None)
@given(edit=edits(), context=st.sampled_from([1, 3]))
def test_a_patch_does_what_git_apply_does(
    edit: tuple[str, str, str], context: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    before, after, elsewhere = edit
    if before == after:
        return
    folder = tmp_path_factory.mktemp("git")
    diff = made_by_git(folder, before, after, context)
    # git takes a last line without its newline for the start of a longer text, and spoils it; we refuse.
    for text in (before,) if b"\\ No newline" in diff else (before, elsewhere):
        expected = applied_by_git(folder, text, diff)
        try:
            found: str | None = applied(diff, text)
        except InputError:
            found = None
        assert found == expected


@pytest.mark.parametrize("charset", ["none-such", "utf\0-8", "idna", "rot13", '"'])
def test_a_mail_may_name_any_charset(charset: str) -> None:
    head = f"From: nobody\nContent-Type: text/plain; charset={charset}\n\n"
    assert applied(f"{head}{DIFF}".encode()) == AFTER


def made_by_git(folder: Path, before: str, after: str, context: int) -> bytes:
    for side, text in (("a", before), ("b", after)):
        (folder / side).mkdir()
        (folder / side / "Kconfig").write_text(text)
    command = ["git", "diff", "--no-index", "--no-prefix", f"-U{context}", "a/Kconfig", "b/Kconfig"]
    return subprocess.run(command, cwd=folder, capture_output=True, check=False).stdout


def applied_by_git(folder: Path, text: str, diff: bytes) -> str | None:
    (folder / "Kconfig").write_text(text)
    command = ["git", "apply", "--whitespace=nowarn", "-"]
    done = subprocess.run(command, cwd=folder, input=diff, capture_output=True, check=False)
    return (folder / "Kconfig").read_text() if done.returncode == 0 else None


HEAD = "--- a/Kconfig\n+++ b/Kconfig\n"
NESTED = "".join(f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n" for n in range(2000))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (f"{HEAD}@@ -{'9' * 5000} +1 @@\n", "damaged diff: .*a number of more than 9 digits"),
        (f"{HEAD}@@ -1 +1,{'9' * 5000} @@\n", "damaged diff: .*a number of more than 9 digits"),
        (f"{HEAD}@@ -1 +1,999999999 @@\n a\n", "damaged diff"),
        (HEAD + "\n" * 2_000_000, "more than 2000000 lines"),
        (f"From: a\n{NESTED}", "parts of a mail are nested too deeply"),
        (f"From a {'11:11' * 200_000}\n", "holds no diff"),
    ],
)
def test_endless_patches_are_refused(text: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        parse_patch(text.encode(), "p")


def test_an_exception_of_unidiff_is_a_damaged_diff(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, **__: object) -> None:
        raise KeyError

    monkeypatch.setattr("unidiff.patch.PatchSet._parse", fails)
    with pytest.raises(InputError, match=r"p: a damaged diff: unidiff cannot parse it \(KeyError\)"):
        parse_patch(DIFF.encode(), "p")
