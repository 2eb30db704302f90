# SPDX-License-Identifier: GPL-2.0-or-later
"""A command writes a complete file or none, and damages no existing file."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from explorer.errors import InputError
from explorer.files import read_bytes, written_whole


def _write(path: Path, text: str = "new") -> None:
    with written_whole(path) as file:
        file.write(text)


def test_what_goes_wrong_on_the_way_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "report"
    path.write_text("old")

    def write() -> None:
        with written_whole(path) as file:
            file.write("half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        write()
    assert (path.read_text(), list(tmp_path.iterdir())) == ("old", [path])


def test_a_file_keeps_its_mode_and_a_link_stays_a_link(tmp_path: Path) -> None:
    path, link = tmp_path / "kept", tmp_path / "link"
    path.write_text("old")
    path.chmod(0o600)
    link.symlink_to("kept")
    _write(link)
    assert link.is_symlink()
    assert (path.read_text(), path.stat().st_mode & 0o777) == ("new", 0o600)


def test_a_link_to_nothing_gets_its_file(tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to("later")
    _write(link)
    assert (tmp_path / "later").read_text() == "new"


def test_dev_stdout_is_written_to_and_never_replaced(tmp_path: Path) -> None:
    """With standard output redirected it leads to a regular file; the link belongs to the whole machine.

    The test uses the descriptor's link in /proc instead, which cannot be replaced.
    """
    out = tmp_path / "out"
    code = (
        "from pathlib import Path\n"
        "from explorer.files import written_whole\n"
        "with written_whole(Path('/proc/self/fd/1')) as file: file.write('new')\n"
    )
    with out.open("w") as file:
        file.write("before ")
        file.flush()
        subprocess.run([sys.executable, "-c", code], stdout=file, check=True)
    assert out.read_text() == "before new"


def test_a_full_disk_is_named_with_the_file() -> None:
    with pytest.raises(InputError) as raised:
        _write(Path("/dev/full"))
    assert str(raised.value).startswith(
        f"/dev/full: cannot be written: {os.strerror(errno.ENOSPC)} (make room"
    )


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("no/such/file", "a folder that exists"),
        ("file/below", "a folder that exists"),
        ("x" * 300, "a shorter name"),
    ],
)
def test_each_refusal_says_what_to_do(name: str, hint: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match=hint):
        _write(tmp_path / name)


def test_a_loop_of_links_is_an_error_and_no_defect(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    with pytest.raises(InputError):
        _write(tmp_path / "a" / "file")


def test_a_name_that_no_file_can_have_is_refused_by_the_reader_too() -> None:
    with pytest.raises(InputError, match="cannot be read: File name too long"):
        read_bytes("x" * 300, None, most=1, hint="give another")
