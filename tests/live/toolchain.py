# SPDX-License-Identifier: GPL-2.0-or-later
"""The recorded toolchain: the answers of Debian's cross compiler to the probes of real trees.

``python -m tests.live.toolchain TREE...`` runs the commands of some kernel trees and adds their answers to
``kconfig/toolchains/arm64.json``; without trees those of ``SERIES`` are downloaded from Debian. The live
tests run the commands again and compare.

1. The toolchain consists of the tools of Debian 12 in ``PACKAGES``, from ``PATH``; other programs of the
   machine (Rust, Python modules) and its own kernel are not a part of it.
2. The scripts of a tree must be executable, as they are in the kernel's repository.
3. A command that gets two answers is not recorded.
4. A test of a flag or an instruction is recorded in the words of every release.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from explorer.configuration import AnswerOrigin, Tree, load_tree
from explorer.configuration.toolchain.probes import make_variables, recording_key
from explorer.configuration.toolchain.running_command import outputs
from explorer.resources import data_folder
from explorer.version import KernelVersion
from tests.live.debian import Unavailable, source_tree

__all__ = [
    "PACKAGES",
    "PATH",
    "SERIES",
    "TREE_FILES",
    "again",
    "answers",
    "asked",
    "merged",
    "respelled",
    "toolchain_of_debian",
    "variables",
]

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
_HOSTS = ("python3", "uname ")
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


def variables(tree: Tree) -> dict[str, str]:
    """The environment variables of the toolchain; those of the tree itself are not a part of it."""
    return {name: value for name, value in tree.compiler.variables.items() if name != "KERNELVERSION"}


def again(key: str) -> str | None:
    """Runs a recorded command again; ``None`` if the key does not hold the command."""
    if "$(srctree)" in key or key.startswith("sha256:"):
        return None
    command = key.replace("tmp;", 'trap "rm -rf .tmp_$$" EXIT; mkdir .tmp_$$;').replace("tmp/", ".tmp_$$/")
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, **make_variables("arm64", _CROSS), "LC_ALL": "C"}
        return outputs([command], environment, Path(folder))[0]


_FLAGS = (  # what follows a flag in scripts/Kconfig.include of v6.3, v5.7 and v4.18
    ("{ tmp; ", " -c -x c /dev/null -o tmp/tmp.o;"),
    ("{ ", " -S -x c /dev/null -o /dev/null;"),
    ("{ ", " -E -x c /dev/null -o /dev/null;"),
)
_INSTRUCTIONS = (  # what follows an instruction in that of v6.10, v6.4 and v5.7
    ("{ ", " -Wa,--fatal-warnings -c -x assembler-with-cpp -o /dev/null -;"),
    ("{ ", " -c -x assembler-with-cpp -o /dev/null -;"),
    ("{ ", " -c -x assembler -o /dev/null -;"),
)


def respelled(key: str) -> Iterator[str]:
    """The key of a test of a flag or an instruction as other releases write it."""
    for forms in (_FLAGS, _INSTRUCTIONS):
        for begin, end in forms:
            if key.startswith(begin) and end in key:
                for other_begin, other_end in forms:
                    if other_end != end:
                        yield other_begin + key.removeprefix(begin).replace(end, other_end)
                return


def merged(
    known: Mapping[str, str], found: Iterable[Mapping[str, str]]
) -> tuple[dict[str, str], dict[str, set[str]]]:
    """Recorded answers and those of some trees, in order of the command; commands with several answers."""
    told: dict[str, set[str]] = {}
    for some in (known, *found):
        for command, answer in some.items():
            told.setdefault(command, set()).add(answer)
    agreed = {command: min(several) for command, several in sorted(told.items()) if len(several) == 1}
    return agreed, {command: several for command, several in told.items() if len(several) > 1}


def _respelled(told: Mapping[str, str]) -> dict[str, str]:
    """The answers to commands in the words of other releases."""
    others = dict.fromkeys(other for key in told for other in respelled(key) if other not in told)
    answered = {other: again(other) for other in others}
    return {other: answer for other, answer in answered.items() if answer is not None}


def _recording(known: Mapping[str, Any], trees: Sequence[Tree]) -> dict[str, Any]:
    """The recording with the answers of some trees."""
    agreed, disputed = merged(known["answers"], map(answers, trees))
    for command, several in disputed.items():
        sys.stderr.write(f"not recorded, {len(several)} answers: {command}\n")
    for tree in trees:
        if (tree.compiler.version, variables(tree)) != (known["version"], known["variables"]):
            raise Unavailable(f"{tree.label}: {tree.compiler.version} is another toolchain")
    releases = {*known["trees"], *(str(tree.release) for tree in trees)}
    return {
        **known,
        "name": _NAME,
        "packages": PACKAGES,
        "trees": sorted(releases, key=KernelVersion.parse),
        "answers": dict(sorted({**agreed, **_respelled(agreed)}.items())),
    }


def main(folders: Sequence[str]) -> int:
    """Adds the answers for the trees in the arguments, or for Debian's, to the recording."""
    target = data_folder("kconfig") / "toolchains" / "arm64.json"
    known = json.loads(target.read_text(encoding="utf-8"))
    with toolchain_of_debian():
        trees = [load_tree(Path(folder), allow_shell=True) for folder in folders]
    trees = trees or [asked(series) for series in SERIES]
    with toolchain_of_debian():
        recording = _recording(known, trees)
    target.write_text(json.dumps(recording, indent=1) + "\n", encoding="utf-8")
    sys.stdout.write(f"{target.name}: {len(recording['answers'])} answers, {len(trees)} trees run\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
