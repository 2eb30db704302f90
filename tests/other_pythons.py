# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes environments of other Pythons, with the program and the versions of libraries of this environment.

``python -m tests.other_pythons FOLDER PYTHON...`` prints the interpreters in the form of the variable
``OTHER_PYTHONS``, for ``tests/test_output.py``. A Python is left out if its version is the running one, and,
with a line on standard error, if it cannot run or a library cannot be installed.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import distributions
from pathlib import Path

_PROGRAM = Path(__file__).parents[1]
_EXTRAS = "audit,sweep"
_VERSION = "import sys, venv, ensurepip; print('%d.%d' % sys.version_info[:2])"


def version_of(python: str) -> str:
    """The version of a Python that can make an environment, such as ``3.13``.

    Raises:
        OSError: there is no such program.
        subprocess.CalledProcessError: it fails.
    """
    return subprocess.run([python, "-c", _VERSION], capture_output=True, text=True, check=True).stdout.strip()


def _environments(folder: Path, pythons: list[str]) -> Iterator[Path]:
    """The interpreters of the environments, one for each version."""
    known = {"{}.{}".format(*sys.version_info[:2])}
    for python in pythons:
        try:
            version = version_of(python)
            if version not in known:
                known.add(version)
                yield _environment(python, folder / version)
        except (OSError, subprocess.CalledProcessError) as error:
            reason = (getattr(error, "stderr", "") or str(error)).strip().splitlines()[-1]
            sys.stderr.write(f"outputs are not compared with those of {python}: {reason}\n")


def _environment(python: str, folder: Path) -> Path:
    interpreter = folder / "bin/python"
    if not interpreter.exists():
        subprocess.run([python, "-m", "venv", str(folder)], capture_output=True, text=True, check=True)
    constraints = folder / "constraints.txt"
    constraints.write_text("".join(f"{each.name}=={each.version}\n" for each in distributions()))
    options = ["--quiet", "--no-compile", "--disable-pip-version-check", "--constraint", str(constraints)]
    command = [str(interpreter), "-m", "pip", "install", *options, "--editable", f"{_PROGRAM}[{_EXTRAS}]"]
    subprocess.run(command, capture_output=True, text=True, check=True)
    return interpreter


def main() -> None:
    """Makes the environments."""
    folder, *pythons = sys.argv[1:]
    sys.stdout.write(os.pathsep.join(map(str, _environments(Path(folder).resolve(), pythons))))


if __name__ == "__main__":
    main()
