# SPDX-License-Identifier: GPL-2.0-or-later
"""Debian's arm64 packages, fetched with apt and unpacked into the user's cache; nothing is installed.

apt works on its own lists in the cache folder, so neither root nor a foreign architecture on this machine is
needed. What cannot be had raises ``Unavailable`` with the reason.
"""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

__all__ = ["Unavailable", "kernel_image", "package", "source_tree"]


class Unavailable(Exception):  # noqa: N818 # it is a reason to skip, not a failure
    """Something that a live test needs cannot be had here."""


def folder() -> Path:
    """The cache folder of this program."""
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    path = base / "kconfig-explorer" / "debian"
    path.mkdir(parents=True, exist_ok=True)
    return path


@contextmanager
def _locked() -> Iterator[None]:
    """One process at a time: test workers share the cache."""
    with (folder() / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


_FAILED: list[str] = []
"""Why apt failed in this process: it is not tried again, or a machine without network would wait long."""


def _apt(program: str, *words: str) -> str:
    """Runs apt for arm64 with package lists in the cache."""
    if _FAILED:
        raise Unavailable(_FAILED[0])
    try:
        return _run_apt(program, *words)
    except Unavailable as reason:
        _FAILED.append(str(reason))
        raise


def _lists() -> list[Path]:
    """The package lists that apt has fetched."""
    return list((folder() / "lists").glob("*_Packages*"))


def _run_apt(program: str, *words: str) -> str:
    if not shutil.which(program):
        raise Unavailable(f"{program} is not installed: Debian's packages are fetched with it")
    root = folder()
    for part in ("lists/partial", "cache/archives/partial"):
        (root / part).mkdir(parents=True, exist_ok=True)
    options = {
        "APT::Architecture": "arm64",
        "APT::Architectures::": "arm64",
        "Dir::State::lists": str(root / "lists"),
        "Dir::Cache": str(root / "cache"),
        "Dir::State::status": "/dev/null",
        "APT::Sandbox::User": "",
        "Acquire::Languages": "none",
        "Acquire::Retries": "1",
        "Acquire::http::Timeout": "20",
        "Acquire::https::Timeout": "20",
    }
    settings = [word for name, value in options.items() for word in ("-o", f"{name}={value}")]
    command = [program, *settings, *words]
    try:
        done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False, timeout=300)
    except subprocess.TimeoutExpired:
        raise Unavailable(f"{program} {words[0]} took longer than five minutes") from None
    if done.returncode:
        raise Unavailable(f"{program} {words[0]} failed: {done.stderr.strip().splitlines()[-1:]}")
    if not _lists():  # apt-get update calls that a warning
        raise Unavailable("apt-get update fetched no package lists: is there a network?")
    return done.stdout


@cache
def _newest(pattern: str) -> str:
    """The newest package whose name matches; lists are fetched once."""
    with _locked():
        if not _lists():
            _apt("apt-get", "update")
        names = [name for name in _apt("apt-cache", "pkgnames").split() if re.fullmatch(pattern, name)]
    if not names:
        raise Unavailable(f"no Debian package matches {pattern}: is this a Debian machine?")
    return max(names, key=lambda name: [int(number) for number in re.findall(r"\d+", name)])


def package(pattern: str) -> Path:
    """The unpacked contents of the newest package whose name matches a pattern."""
    name = _newest(pattern)
    target = folder() / name
    with _locked():
        if not target.is_dir():
            _apt("apt-get", "download", name)
            archive = next(folder().glob(f"{name}_*.deb"))
            partial = folder() / f"{name}.partial"
            shutil.rmtree(partial, ignore_errors=True)
            done = subprocess.run(["dpkg-deb", "-x", archive, partial], capture_output=True, check=False)
            if done.returncode:
                raise Unavailable(f"dpkg-deb cannot unpack {archive.name}")
            partial.rename(target)
            archive.unlink()
    return target


def kernel_image(series: str, flavour: str = "arm64") -> tuple[Path, Path]:
    """Image and ``.config`` of Debian's newest kernel of a series (``6.1``), of a flavour (``arm64-16k``)."""
    number = r"[.0-9+deb-]*"
    boot = package(rf"linux-image-{re.escape(series)}\.{number}-{flavour}-unsigned") / "boot"
    return next(boot.glob("vmlinuz-*")), next(boot.glob("config-*"))


_MISSING = re.compile(r"Not found in archive$|Exiting with failure status due to previous errors$")
"""What tar says of a wildcard without a file, or whose files an earlier wildcard took."""


def source_tree(series: str, *wanted: str) -> Path:
    """Files of Debian's kernel source, unpacked once; ``wanted`` are tar's wildcards inside the tree."""
    archive = next((package(rf"linux-source-{re.escape(series)}") / "usr" / "src").glob("*.tar.xz"))
    mark = hashlib.sha256(" ".join(wanted).encode()).hexdigest()[:12]
    target = folder() / f"{archive.name.removesuffix('.tar.xz')}-{mark}"
    with _locked():
        if not target.is_dir():
            partial = target.with_suffix(".partial")
            shutil.rmtree(partial, ignore_errors=True)
            partial.mkdir()
            command = ["tar", "xf", str(archive), "-C", str(partial), "--strip-components=1", "--wildcards"]
            done = subprocess.run([*command, *wanted], capture_output=True, check=False)
            faults = [line for line in done.stderr.decode().splitlines() if not _MISSING.search(line)]
            if faults:
                raise Unavailable(f"tar cannot unpack {archive.name}: {faults[0]}")
            partial.rename(target)
    return target
