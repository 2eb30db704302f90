# SPDX-License-Identifier: GPL-2.0-or-later
"""Many files in worker processes: a worker that is killed loses no file."""

import os
import signal
from pathlib import Path
from typing import Any

import pytest

from explorer.commands.check_many import each_judged
from explorer.errors import InputError

KILLED = "the process that checks it was killed again and again"
FILES = [f"f{number}" for number in range(40)]


def test_a_killed_worker_costs_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1, 2})
    seen = tmp_path / "seen"

    def judge(file: str) -> dict[str, Any]:
        if file == "f3" or (file == "f17" and not seen.exists()):
            if file == "f17":
                seen.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        if file == "f30":
            raise InputError("is odd")
        return {"file": file}

    judged = dict(each_judged(FILES, judge, list))
    assert list(judged) == FILES
    errors = {file: str(result) for file, result in judged.items() if isinstance(result, InputError)}
    assert errors == {
        "f3": f"{KILLED} (exit code -9) (is there enough memory?)",
        "f30": "is odd",
    }
    assert all(result == {"file": file} for file, result in judged.items() if file not in errors)
