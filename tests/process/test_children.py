# SPDX-License-Identifier: GPL-2.0-or-later
"""No child outlives the program, however that ends: workers, probes, and what probes start."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from explorer.configuration.toolchain.running_command import outputs
from explorer.errors import InputError
from explorer.process.supervised import Supervisor

FORKED = """
from explorer.process.workers import WorkerPool
def work(number):
    import os, time
    os.write(1, b"%d\\n" % os.getpid())
    time.sleep(600)
list(WorkerPool(work, 2).results(lambda: 1))
"""
SPAWNED = """
import functools
from explorer.process.workers import WorkerPool
told = "import os, time; os.write(1, b'%d ' % os.getpid() + bytes([10])); time.sleep(600)"
work = functools.partial(exec, told)
list(WorkerPool(work, 2, forks=False).results(lambda: {}))
"""
SUPERVISED = """
import os, sys, time
from explorer.configuration.toolchain.running_command import RunningCommand
from explorer.process.supervised import Supervisor
supervisor = Supervisor(temporary=True)
os.write(1, b"%d\\n" % supervisor._process.pid)
command = "(setsid sh -c 'sleep 600' & echo $!; echo $$) > /proc/%d/fd/1; mkdir -p a/b; sleep 600"
RunningCommand(supervisor, command % os.getpid(), dict(os.environ), 600).wait()
"""
TIED = """
import subprocess, sys
from explorer.process.children import tied_to_this_process
subprocess.run(["sh", "-c", "echo $$; exec sleep 600"], preexec_fn=tied_to_this_process())
"""


def runs(process: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGHUP])
@pytest.mark.parametrize(("program", "children"), [(FORKED, 2), (SPAWNED, 2), (SUPERVISED, 3), (TIED, 1)])
def test_children_end_with_the_program(
    program: str, children: int, number: signal.Signals, tmp_path: Path
) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", program],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    ) as started:
        assert started.stdout is not None
        processes = [int(started.stdout.readline()) for _ in range(children)]
        assert all(map(runs, processes))
        started.send_signal(number)
        assert started.communicate(timeout=60) == ("", "")  # nobody holds the pipes open
    for _ in range(600):
        if not any(map(runs, processes)) and not list(tmp_path.iterdir()):
            return
        time.sleep(0.05)
    pytest.fail(f"left: {[*filter(runs, processes)]}, {list(tmp_path.iterdir())}")


def test_a_parent_that_ended_before_the_child_asked_ends_the_child() -> None:
    program = (
        "from explorer.process.children import end_with_parent\nend_with_parent(1 << 30)\nprint('runs on')"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (1, b"", b"")


def test_a_probe_that_kills_its_supervisor_is_told_and_hangs_nothing(tmp_path: Path) -> None:
    program = f"""
import os
from explorer.errors import InputError
from explorer.process.supervised import Supervisor
from explorer.configuration.toolchain.running_command import outputs
try:
    outputs(["kill -9 $PPID; sleep 600"], dict(os.environ), {str(tmp_path)!r})
except InputError as error:
    print(error.what)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False, timeout=60)
    assert (done.stdout, done.stderr) == (b"the process that runs shell commands was killed\n", b"")


def test_a_command_that_cannot_be_run_is_an_error_of_the_input(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="a shell command cannot be run: embedded null byte"):
        outputs(["echo a\0b"], {}, tmp_path)
    with pytest.raises(InputError, match=r"a shell command cannot be run: .*No such file"):
        outputs(["echo a"], {}, tmp_path / "missing")
    with pytest.raises(InputError, match=r"a shell command cannot be run: .*too long"):
        outputs(["echo a"], {"LONG": "x" * (1 << 20)}, tmp_path)


def test_without_processes_or_a_temporary_folder_the_reason_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object, **__: object) -> None:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    with monkeypatch.context() as patched:
        patched.setattr(subprocess, "Popen", refused)
        with pytest.raises(InputError, match="cannot be run: Resource temporarily unavailable"):
            Supervisor()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "missing"))
    with Supervisor(temporary=True) as supervisor:
        supervisor.start(["true"], {}, supervisor.folder, seconds=10, most=10)
        with pytest.raises(InputError, match=r"cannot be run: .*No such file or directory"):
            supervisor.answer()


def test_a_command_that_starts_itself_again_and_again_is_ended(tmp_path: Path) -> None:
    script = tmp_path / "again"
    script.write_text('#!/bin/sh\n: > "$1/runs"\nsh "$0" "$1" &\n')
    outputs([f"setsid sh {script} {tmp_path} >/dev/null 2>&1 &"], dict(os.environ), tmp_path)
    (tmp_path / "runs").unlink(missing_ok=True)
    time.sleep(0.2)
    assert not (tmp_path / "runs").exists()
