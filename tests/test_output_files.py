# SPDX-License-Identifier: GPL-2.0-or-later
"""A command writes a complete file or none, and damages no existing file, whatever ends it."""

import errno
import fcntl
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from explorer import output_files
from explorer.errors import InputError
from explorer.output_files import written_whole
from explorer.process.streams import ReaderEnded

WRITERS = (
    "import sys, time\n"
    "from pathlib import Path\n"
    "from explorer import output_files\n"
    "from explorer.output_files import written_whole\n"
)
NAMED = "output_files._opened_without_name = lambda _: None\n"  # as on a file system without such files


@pytest.fixture(params=["without a name", "named", "without links"])
def file_system(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """What a file system offers; the one of the tests has files without names, and links."""

    def refuse(*_: object) -> None:
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    if request.param == "named":
        monkeypatch.setattr(output_files, "_opened_without_name", lambda _: None)
    elif request.param == "without links":
        monkeypatch.setattr(output_files, "_link", refuse)
    return str(request.param)


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
        "from explorer.output_files import written_whole\n"
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


@pytest.mark.usefixtures("file_system")
@pytest.mark.parametrize("name", ["report", "\N{HIRAGANA LETTER A}" * 85, "x" * 255])
def test_a_new_and_an_old_file_are_written_on_every_file_system(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    for text in ("first", "second", ""):
        _write(path, text)
        assert (path.read_text(), list(tmp_path.iterdir())) == (text, [path])
    mask = os.umask(0)
    os.umask(mask)
    assert path.stat().st_mode & 0o777 == 0o666 & ~mask


@pytest.mark.usefixtures("file_system")
@pytest.mark.parametrize("before", [None, "old"])
def test_an_error_and_an_interrupt_leave_what_was_there(tmp_path: Path, before: str | None) -> None:
    path = tmp_path / "report"
    if before is not None:
        path.write_text(before)
    for error in (RuntimeError, FileExistsError, SystemExit):
        with suppress(error, InputError), written_whole(path) as file:
            file.write("half")
            raise error
    assert [file.read_text() for file in tmp_path.iterdir()] == ([] if before is None else [before])


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
@pytest.mark.parametrize("system", ["", NAMED], ids=["without a name", "named"])
def test_a_kill_damages_nothing_and_the_next_run_leaves_nothing(
    tmp_path: Path, number: signal.Signals, system: str
) -> None:
    path = tmp_path / "report"
    path.write_text("old")
    code = f"{WRITERS}{system}with written_whole(Path(sys.argv[1])) as file:\n    file.write('half' * 9999)\n"
    code += "    file.flush()\n    print('.', flush=True)\n    time.sleep(60)\n"
    command = [sys.executable, "-c", code, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(number)
    left = tmp_path / ".report.0.partial"
    assert path.read_text() == "old"
    assert set(tmp_path.iterdir()) == ({path, left} if system else {path})
    if system:
        os.utime(left, (1, 1))
    _write(path)
    assert (path.read_text(), list(tmp_path.iterdir())) == ("new", [path])


def test_a_partial_file_of_a_running_process_stays(tmp_path: Path) -> None:
    other = tmp_path / ".report.0.partial"
    with other.open("w") as file:
        os.utime(other, (1, 1))
        fcntl.flock(file, fcntl.LOCK_EX)
        for text in ("first", "second"):
            _write(tmp_path / "report", text)
        assert set(tmp_path.iterdir()) == {other, tmp_path / "report"}
    _write(tmp_path / "report")
    assert list(tmp_path.iterdir()) == [tmp_path / "report"]


def test_what_others_put_under_the_name_of_a_partial_file_stays(tmp_path: Path) -> None:
    (tmp_path / "other").write_text("other")
    (tmp_path / ".report.0.partial").symlink_to("other")
    (tmp_path / ".report.1.partial").mkdir()
    os.mkfifo(tmp_path / ".report.2.partial")
    before = set(tmp_path.iterdir())
    for _ in range(2):
        _write(tmp_path / "report")
    assert set(tmp_path.iterdir()) == before | {tmp_path / "report"}
    assert (tmp_path / "other").read_text() == "other"


@pytest.mark.parametrize("system", ["", NAMED], ids=["without a name", "named"])
def test_processes_that_write_one_file_at_once_leave_the_file_of_one(tmp_path: Path, system: str) -> None:
    path = tmp_path / "report"
    code = f"{WRITERS}{system}for _ in range(200):\n    with written_whole(Path(sys.argv[1])) as file:\n"
    code += "        file.write(sys.argv[2] * 100_000)\n"
    letters = "abcd"
    running = [subprocess.Popen([sys.executable, "-c", code, str(path), letter]) for letter in letters]
    assert [process.wait() for process in running] == [0] * len(letters)
    text = path.read_text()
    assert text in {letter * 100_000 for letter in letters}
    assert list(tmp_path.iterdir()) == [path]


def test_a_pipe_whose_reader_has_ended_is_no_error_of_the_file(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)

    def write() -> None:
        with written_whole(pipe) as file:
            os.close(reader)
            file.write("text")

    with pytest.raises(ReaderEnded):
        write()
