# SPDX-License-Identifier: GPL-2.0-or-later
"""Running the program as a user does: another process, its output and its exit code."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

__all__ = ["DATA", "environment_without_coverage", "explore", "one_clear_line"]

DATA = Path(__file__).parent / "data"


def explore(
    *words: str, stdin: bytes = b"", cwd: Path | None = None, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "explorer", *words]
    variables = {**os.environ, **(environment or {})}
    return subprocess.run(command, input=stdin, capture_output=True, check=False, cwd=cwd, env=variables)


def environment_without_coverage() -> dict[str, str]:
    """The environment for a process that coverage measurement must neither slow nor enlarge."""
    return {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}


def one_clear_line(done: subprocess.CompletedProcess[bytes]) -> str:
    """The message of a refused run: exit 2, nothing on stdout, one line on stderr and no traceback."""
    message = done.stderr.decode()
    assert done.returncode == 2, message
    assert done.stdout == b""
    assert message.count("\n") == 1
    assert message.startswith("kconfig-explorer: ")
    assert "Traceback" not in message
    assert "defect" not in message
    return message
