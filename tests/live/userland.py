# SPDX-License-Identifier: GPL-2.0-or-later
"""An arm64 Debian with Python and this program, as an initial RAM disk: what runs on a real arm64 machine.

Debian's packages give the system, wheels for arm64 what the program depends on. All is unpacked into the
user's cache, nothing is installed, and the folder can be deleted.
"""

import hashlib
import os
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from importlib.metadata import requires
from pathlib import Path

from tests.live.debian import Unavailable, folder, package
from tests.live.qemu import cpio

__all__ = ["userland"]

_PACKAGES = (
    "busybox-static",
    r"python3\.\d+-minimal",
    r"libpython3\.\d+-minimal",
    r"libpython3\.\d+-stdlib",
    "libc6",
    "libbz2-1.0",
    r"libexpat1",
    r"libffi\d+",
    "libgcc-s1",
    "liblzma5",
    r"libssl3(?:t64)?",
    r"libstdc\+\+6",
    "zlib1g",
    "device-tree-compiler",
    "libyaml-0-2",
)
_JUNK = ("usr/share", "etc", "usr/lib/aarch64-linux-gnu/gconv")
_ROOT = Path(__file__).parents[2]
_PROGRAM = ("explorer", "kconfig", "reports")
_NEWEST_GLIBC_MINOR = 40
_START = b'#!/bin/sh\nPYTHONPATH=/opt/program exec /usr/bin/python3 "$@"\n'


def userland(script: str, **files: bytes) -> bytes:
    """A RAM disk that runs a script as /init, with ``python`` for programs that import ``explorer``.

    Args:
        script: for ``sh``; /proc, /sys and /dev are mounted.
        files: contents by name, put into /root.

    Raises:
        Unavailable: packages or wheels cannot be had.
    """
    init = f"""#!/bin/busybox sh
/bin/busybox --install -s /bin
export PATH=/usr/local/bin:/bin:/usr/bin HOME=/root PYTHONDONTWRITEBYTECODE=1 COLUMNS=200
mount -t proc proc /proc; mount -t sysfs sysfs /sys; mount -t devtmpfs dev /dev
dmesg -n 1; cd /root
{script}
"""
    own = [
        ("init", 0o100755, init.encode()),
        ("usr/local/bin/python", 0o100755, _START),
        *((f"root/{name}", 0o100644, data) for name, data in files.items()),
    ]
    folders = [(name, 0o040755, b"") for name in ("dev", "proc", "root", "sys", "tmp", "usr/local/bin")]
    return cpio([*_entries(_system()), *folders, *_program(), *own])


@cache
def _system() -> Path:
    """The unpacked system, made once for what it holds."""
    wanted = [line for line in requires("kconfig-explorer") or () if ";" not in line]
    mark = hashlib.sha256(" ".join([*_PACKAGES, *wanted]).encode()).hexdigest()[:12]
    target = folder() / f"userland-{mark}"
    if target.is_dir():
        return target
    with tempfile.TemporaryDirectory(dir=folder()) as place:
        partial = Path(place) / "root"
        for pattern in _PACKAGES:
            shutil.copytree(package(pattern), partial, symlinks=True, dirs_exist_ok=True)
        for junk in _JUNK:
            shutil.rmtree(partial / junk, ignore_errors=True)
        python = next((partial / "usr" / "bin").glob("python3.*"))
        (python.parent / "python3").symlink_to(python.name)
        packages = partial / "usr" / "local" / "lib" / python.name / "dist-packages"
        _install_wheels(packages, python.name.removeprefix("python"), wanted)
        with suppress(OSError):  # another process was faster
            partial.rename(target)
    return target


def _install_wheels(target: Path, version: str, wanted: list[str]) -> None:
    """What this program depends on, for arm64, of the newest releases that it allows."""
    platforms = [f"manylinux_2_{minor}_aarch64" for minor in range(17, _NEWEST_GLIBC_MINOR)]
    words = [word for platform in ("manylinux2014_aarch64", *platforms) for word in ("--platform", platform)]
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--target", str(target), *words]
    command += ["--python-version", version, "--only-binary=:all:", *wanted]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Unavailable(f"no wheels for arm64: {done.stderr.strip().splitlines()[-1:]}")


def _program() -> Iterator[tuple[str, int, bytes]]:
    """This checkout."""
    yield from (("opt", 0o040755, b""), ("opt/program", 0o040755, b""))
    for part in _PROGRAM:
        yield f"opt/program/{part}", 0o040755, b""
        for name, mode, data in _entries(_ROOT / part):
            if "__pycache__" not in name:
                yield f"opt/program/{part}/{name}", mode, data


def _entries(root: Path) -> Iterator[tuple[str, int, bytes]]:
    """All below a folder, folders first, for ``cpio``."""
    for place, folders, names in os.walk(root):
        for name in sorted([*folders, *names]):
            path = Path(place) / name
            mode = path.lstat().st_mode
            if stat.S_ISLNK(mode):
                yield str(path.relative_to(root)), 0o120777, str(path.readlink()).encode()
            elif stat.S_ISDIR(mode):
                yield str(path.relative_to(root)), 0o040755, b""
            else:
                yield str(path.relative_to(root)), stat.S_IFREG | stat.S_IMODE(mode), path.read_bytes()
