# SPDX-License-Identifier: GPL-2.0-or-later
"""axe-core, fetched with npm into the user's cache; it is part of no commit and no installation."""

import os
import shutil
import subprocess
import tarfile
from pathlib import Path

__all__ = ["Unavailable", "axe_script"]

_PACKAGE = "axe-core@4.14.1"


class Unavailable(Exception):  # noqa: N818 # it is a reason to skip, not a failure
    """axe-core cannot be had here."""


def axe_script() -> str:
    """The text of ``axe.min.js``."""
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = base / "kconfig-explorer" / "npm"
    script = folder / f"{_PACKAGE}.js"
    if not script.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        part = script.with_suffix(f".{os.getpid()}")
        part.write_bytes(_fetched(folder))
        part.replace(script)
    return script.read_text(encoding="utf-8")


def _fetched(folder: Path) -> bytes:
    if not shutil.which("npm"):
        raise Unavailable("npm is not installed: axe-core is fetched with it")
    command = ["npm", "pack", "--silent", "--pack-destination", str(folder), _PACKAGE]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    except subprocess.TimeoutExpired:
        raise Unavailable("npm did not answer within two minutes") from None
    if done.returncode:
        raise Unavailable(f"npm cannot fetch {_PACKAGE}: {done.stderr.strip()[-200:]}")
    archive = folder / done.stdout.split()[-1]
    with tarfile.open(archive) as files:
        member = files.extractfile("package/axe.min.js")
        assert member is not None
        script = member.read()
    archive.unlink()
    return script
