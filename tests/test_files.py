# SPDX-License-Identifier: GPL-2.0-or-later
"""A command writes a complete file or none, damages no existing file, and reads without waiting for ever."""

import errno
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from explorer import files
from explorer.errors import InputError
from explorer.files import read_bytes, shown_name, text_lines, written_whole


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


def read(path: Path, most: int = 100) -> bytes | None:
    return read_bytes(str(path), None, most=most, hint="give another")


def test_a_pipe_without_a_writer_is_refused_after_a_while(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "_WAIT_SECONDS", 0)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputError, match="nobody wrote into it"):
        read(tmp_path / "pipe")
    with pytest.raises(InputError, match="nobody wrote into it"), text_lines(str(tmp_path / "pipe")):
        pass


def test_a_pipe_is_read_to_its_end(tmp_path: Path) -> None:
    """As that of a shell's ``<(zcat config.gz)``, whose writer pauses."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    code = "import sys, time\nf = open(sys.argv[1], 'wb', 0)\nf.write(b'a')\ntime.sleep(.2)\nf.write(b'b')"
    with subprocess.Popen([sys.executable, "-c", code, str(pipe)]):
        assert read(pipe) == b"ab"


def test_devices_are_read_up_to_the_bound_and_never_waited_for() -> None:
    assert read(Path("/dev/zero")) == bytes(101)
    assert read(Path("/dev/null")) == b""
    with text_lines("/dev/zero") as lines, pytest.raises(InputError, match="larger than 64 MiB"):
        next(lines)


def test_a_terminal_that_nobody_types_into_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "_WAIT_SECONDS", 0)
    leader, follower = os.openpty()
    with pytest.raises(InputError, match="nobody wrote into it"):
        read(Path(os.ttyname(follower)))
    os.close(leader)
    os.close(follower)


def test_folders_and_sockets_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is a directory"):
        read(tmp_path)
    with socket.socket(socket.AF_UNIX) as endpoint:
        endpoint.bind(str(tmp_path / "socket"))
        with pytest.raises(InputError, match="cannot be read"):
            read(tmp_path / "socket")


@pytest.mark.parametrize("name", ["a\0b", "\ud800"])
def test_a_name_that_the_system_does_not_take_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="no file can have this name"):
        read_bytes(name, None, most=1, hint="give another")
    with pytest.raises(InputError, match="no file can have this name"), text_lines(name):
        pass


def test_a_name_that_is_not_utf_8_is_shown_with_its_bytes() -> None:
    assert shown_name(os.fsdecode(b"a\xffb\xc3\xa9")) == "a\\xffb\xe9"
    assert shown_name("\ud800") == "\\ud800"
    assert shown_name("-") == "standard input"


def test_lines_that_are_not_text_are_named(tmp_path: Path) -> None:
    path = tmp_path / "lines"
    path.write_bytes(b"\xef\xbb\xbfa\r\n\xff\n")
    with text_lines(str(path)) as lines:
        assert next(lines) == "a\r\n"
        with pytest.raises(InputError, match="lines:2: is not text"):
            next(lines)
