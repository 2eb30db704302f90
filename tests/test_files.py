# SPDX-License-Identifier: GPL-2.0-or-later
"""A command reads files without waiting for ever, and within bounds."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from explorer import files
from explorer.errors import InputError
from explorer.files import read_bytes, shown_name, text_lines


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
