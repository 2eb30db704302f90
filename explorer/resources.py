# SPDX-License-Identifier: GPL-2.0-only
"""Where the data folders lie: beside the package in a checkout, inside it in a wheel."""

from pathlib import Path

__all__ = ["data_folder"]

_PACKAGE = Path(__file__).resolve().parent


def data_folder(name: str) -> Path:
    """The folder ``kconfig`` (Kconfig fragments) or ``reports`` (templates and assets).

    Raises:
        FileNotFoundError: the installation is broken.
    """
    for parent in (_PACKAGE, _PACKAGE.parent):
        if (folder := parent / name).is_dir():
            return folder
    raise FileNotFoundError(f"the folder {name}/ is missing from this installation of kconfig-explorer")
