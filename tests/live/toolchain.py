# SPDX-License-Identifier: GPL-2.0-only
"""The recorded toolchain: the answers of Debian's cross compiler to the probes of real trees.

``python -m tests.live.toolchain [TREE...]`` writes ``kconfig/toolchains/arm64.json``; the live tests run
the commands again and compare. The toolchain consists of the tools of Debian 12 in ``PACKAGES``, from
``PATH``; other programs of the machine (Rust, Python modules) are not a part of it.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from explorer.configuration import AnswerOrigin, Tree, load_tree
from explorer.configuration.toolchain.probes import make_variables, recording_key
from explorer.configuration.toolchain.shell import run
from explorer.resources import data_folder
from tests.live.debian import Unavailable, source_tree

__all__ = ["PACKAGES", "PATH", "SERIES", "TREE_FILES", "again", "answers", "asked", "toolchain_of_debian"]

SERIES = ("6.1", "6.12")
TREE_FILES = ("*/Kconfig*", "*/Makefile", "*/scripts/*")
PATH = "/usr/bin:/bin"
_CROSS = "aarch64-linux-gnu-"
PACKAGES = {
    "gcc-12-aarch64-linux-gnu": "12.2.0-14cross1",
    "gcc-12-plugin-dev-aarch64-linux-gnu": "12.2.0-14cross1",
    "binutils-aarch64-linux-gnu": "2.40-2",
    "libc6-dev-arm64-cross": "2.36-8cross1",
    "dwarves": "1.24-4.1",
}
_NAME = "Debian 12 cross: gcc 12.2.0 with plugins, binutils 2.40, pahole 1.24, no Rust, no clang"
_HOSTS = ("python3",)
"""Programs whose output depends on the machine: probes that call them stay unanswered."""


@contextmanager
def toolchain_of_debian() -> Iterator[None]:
    """An environment with exactly the recorded toolchain.

    Raises:
        Unavailable: a package is missing or has another version, or the machine has a tool that the recording
            lacks.
    """
    for name, version in PACKAGES.items():
        words = ["dpkg-query", "--showformat=${Version}", "--show", name]
        try:
            done = subprocess.run(words, capture_output=True, text=True, check=False)
        except FileNotFoundError:
            raise Unavailable("this is no Debian machine") from None
        if done.stdout != version:
            raise Unavailable(f"{name} {version} is not installed, but {done.stdout or 'none'}")
    for tool in ("rustc", "bindgen"):
        if shutil.which(tool, path=PATH):
            raise Unavailable(f"{tool} is installed, and the recording is without Rust")
    before = dict(os.environ)
    with tempfile.TemporaryDirectory() as folder:
        os.environ.update({"PATH": PATH, "CROSS_COMPILE": _CROSS, "XDG_CACHE_HOME": folder})
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(before)


def asked(series: str) -> Tree:
    """A real tree whose probes have just been run.

    Raises:
        Unavailable: its source cannot be had, or ``toolchain_of_debian``.
    """
    folder = source_tree(series, *TREE_FILES)
    with toolchain_of_debian():
        return load_tree(folder, allow_shell=True)


def answers(tree: Tree) -> dict[str, str]:
    """The probes that the toolchain answered."""
    return {
        recording_key(probe.command): probe.answer
        for probe in tree.compiler.probes
        if probe.how is AnswerOrigin.RUN and not any(host in probe.command for host in _HOSTS)
    }


def again(key: str) -> str | None:
    """Runs a recorded command again; ``None`` if the key does not hold the command."""
    if "$(srctree)" in key or key.startswith("sha256:"):
        return None
    command = key.replace("tmp;", 'trap "rm -rf .tmp_$$" EXIT; mkdir .tmp_$$;').replace("tmp/", ".tmp_$$/")
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, **make_variables("arm64", _CROSS), "LC_ALL": "C"}
        return run(command, environment, Path(folder))


_OLDER = (  # as scripts/Kconfig.include of v4.18 to v6.2 spells the tests of flags and instructions
    (" -c -x c /dev/null -o tmp/tmp.o;", " -S -x c /dev/null -o /dev/null;"),
    (" -c -x c /dev/null -o tmp/tmp.o;", " -E -x c /dev/null -o /dev/null;"),
    (" -c -x assembler-with-cpp -o /dev/null -;", " -c -x assembler -o /dev/null -;"),
)


def _in_older_words(told: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The commands as older trees write them, with the answers of the toolchain."""
    for key in told:
        for new, old in _OLDER:
            older = key.replace("{ tmp; ", "{ ").replace(new, old).replace(" -Wa,--fatal-warnings", "")
            if new in key and older not in told:
                answer = again(older)
                if answer is not None:
                    yield older, answer


def _recording(trees: Sequence[Tree]) -> dict[str, object]:
    """The recording, without commands that got different answers in two trees."""
    told: dict[str, set[str]] = {}
    for tree in trees:
        for command, answer in answers(tree).items():
            told.setdefault(command, set()).add(answer)
    agreed = {command: found.pop() for command, found in told.items() if len(found) == 1}
    return {
        "name": _NAME,
        "version": trees[0].compiler.version,
        "packages": PACKAGES,
        "trees": [str(tree.release) for tree in trees],
        "variables": trees[0].compiler.variables,
        "answers": dict(sorted({**agreed, **dict(_in_older_words(agreed))}.items())),
    }


def main(folders: Sequence[str]) -> int:
    """Records the answers for Debian's trees and for the trees in the arguments."""
    trees = [asked(series) for series in SERIES]
    with toolchain_of_debian():
        trees += [load_tree(Path(folder), allow_shell=True) for folder in folders]
        recording = _recording(trees)
    target = data_folder("kconfig") / "toolchains" / "arm64.json"
    target.write_text(json.dumps(recording, indent=1) + "\n", encoding="utf-8")
    sys.stdout.write(f"wrote {target.name}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
