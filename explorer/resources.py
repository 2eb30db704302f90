# SPDX-License-Identifier: GPL-2.0-or-later
"""What belongs to the installed program: its version and its data folders.

The data folders lie beside the package in a checkout, and inside it in a wheel.
"""

from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

__all__ = ["PROGRAM", "data_folder", "package_sources", "package_version", "program_uri", "program_version"]

PROGRAM = "kconfig-explorer"
_PACKAGE = Path(__file__).resolve().parent


def program_version() -> str:
    """The version of the program; ``unknown`` where it is not installed."""
    return package_version(PROGRAM) or "unknown"


def package_version(name: str) -> str:
    """The version of a package; empty where it is not installed."""
    installed = _installed()
    try:
        return str(installed.version(name))
    except installed.PackageNotFoundError:
        return ""


def program_uri() -> str:
    """The address of the project: the first under ``[project.urls]`` in ``pyproject.toml``.

    Without one a package URL, such as ``pkg:generic/kconfig-explorer@0.1.0``. It names program and version,
    and is no link.
    """
    installed = _installed()
    try:
        addresses = installed.metadata(PROGRAM).get_all("Project-URL") or ()
    except installed.PackageNotFoundError:
        addresses = ()
    fallback = f"pkg:generic/{PROGRAM}@{program_version()}"
    return next((entry.partition(", ")[2] for entry in addresses), fallback)


def _installed() -> Any:
    """The module that knows installed packages; its import takes longer than most of the others."""
    return import_module("importlib.metadata")


@cache
def data_folder(name: str) -> Path:
    """The folder ``kconfig`` (Kconfig fragments) or ``reports`` (templates and assets).

    Raises:
        FileNotFoundError: the installation is broken.
    """
    for parent in (_PACKAGE, _PACKAGE.parent):
        if (folder := parent / name).is_dir():
            return folder
    raise FileNotFoundError(f"the folder {name}/ is missing from this installation of {PROGRAM}")


def package_sources(*names: str) -> list[Path]:
    """The source files of some rooms and modules of the package, in order of their paths.

    Args:
        names: a folder, such as ``boot``, or a file, such as ``machine/memory_map.py``.
    """
    paths = (_PACKAGE / name for name in names)
    return sorted(file for path in paths for file in (path.rglob("*.py") if path.is_dir() else (path,)))
