# SPDX-License-Identifier: GPL-2.0-only
"""Getting a tree: a shipped fragment, or a kernel checkout with its compiler and its place in the cache.

A checkout that was parsed before is taken from the cache if all that its parse depended on is the same: every
file byte by byte, what every wildcard stands for, the environment, the answers of the compiler, and the code
that parses. Small trees are parsed each time, which takes no longer.
"""

import hashlib
import json
import re
import sys
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from functools import cache
from pathlib import Path
from typing import Any

import kconfiglib

from explorer.configuration.files import sources
from explorer.configuration.files.cache import Cache
from explorer.configuration.files.releases import fragment_span
from explorer.configuration.files.sources import Sources
from explorer.configuration.toolchain.probes import (
    AnswerOrigin,
    Compiler,
    Probe,
    ProbeSession,
    Toolchain,
    recorded_toolchain,
    srcarch_of,
)
from explorer.configuration.toolchain.shell import ProbeShell
from explorer.configuration.tree import parser, serialization, sym_calc_value
from explorer.configuration.tree.parser import LinuxKconfig, parse
from explorer.configuration.tree.redefinition import redefined_text
from explorer.configuration.tree.serialization import (
    DamagedEntry,
    deserialize,
    no_garbage_collection,
    serialize,
)
from explorer.configuration.tree.sym_calc_value import ValueRules
from explorer.configuration.tree.tree import Definitions, Tree
from explorer.errors import InputError
from explorer.resources import data_folder
from explorer.version import KernelVersion

__all__ = ["load_fragment", "load_tree"]

_LEAST_KEPT = 256 << 10  # bytes of Kconfig; below, parsing takes a hundredth of a second or two
_NUMBERS = re.compile(r"^(VERSION|PATCHLEVEL|SUBLEVEL|EXTRAVERSION)[ \t]*=[ \t]*([\w.+~-]*)", re.MULTILINE)
_HINT = "give the top of a kernel tree"


@cache
def load_fragment(version: KernelVersion) -> Tree:
    """The shipped fragment that describes a kernel release; it is parsed once.

    Raises:
        InputError: no fragment describes it.
    """
    return _fragment(version, {})


def _fragment(version: KernelVersion, definitions: Definitions) -> Tree:
    """A fragment, with other definitions of some symbols."""
    span = fragment_span(version)
    label = f"kconfig/{span.folder}"
    files = _with(data_folder("kconfig") / span.folder, definitions, label)
    kconfig = parse("Kconfig", files, {}, rules=ValueRules.of(version), shell=_no_answer)

    def again(more: Definitions) -> Tree:
        return _fragment(version, {**definitions, **more})

    return Tree(kconfig, files, label, version, Compiler(), again)


def _with(folder: Path, definitions: Definitions, label: str) -> Sources:
    """The files of a tree; the one that holds the architecture's own definitions has others in it."""
    files = Sources(folder)
    if not definitions:
        return files
    own = "arch/arm64/Kconfig"
    name = own if (folder / own).is_file() else "Kconfig"
    return Sources(folder, {name: redefined_text(files.text(name), definitions, f"{label}/{name}")})


def load_tree(
    folder: Path,
    *,
    arch: str = "arm64",
    allow_shell: bool = False,
    watched: Callable[[str], None] = lambda _: None,
    ran: Callable[[str], None] = lambda _: None,
) -> Tree:
    """A kernel checkout, or any folder with a ``Kconfig``.

    Args:
        folder: the top of the tree.
        arch: ``ARCH``.
        allow_shell: run ``$(shell,...)``, with the compiler that ``CROSS_COMPILE`` of the environment names;
            otherwise a recorded toolchain answers.
        watched: is told each file that is parsed and each command that is to be run, for somebody who waits.
        ran: is told each command that was run; what an earlier run printed is not run again.

    Raises:
        InputError: there is no tree, it cannot be parsed, or there is no compiler for it.
    """
    if not folder.is_dir():
        raise InputError("not a folder", where=str(folder), hint=_HINT)
    if not (folder / "Kconfig").is_file():
        raise InputError("holds no file Kconfig", where=str(folder), hint=_HINT)
    _check_arch(folder, srcarch_of(arch))
    version = _makefile_version(folder)
    workshop = ProbeShell(arch, Sources(folder), watched, ran) if allow_shell else None
    toolchain = workshop.toolchain if workshop else recorded_toolchain(arch)
    environment = {**toolchain.variables, "KERNELVERSION": str(version or "")}
    key = _key(environment, toolchain, workshop, version)
    rules = ValueRules.of(version)
    kept = Cache("trees").first(key, lambda entry: _thawed(entry, folder, toolchain, rules))
    label = folder.resolve().name

    def parsed(files: Sources) -> tuple[Sources, LinuxKconfig, Compiler]:
        return _parsed(files, environment, version, toolchain, workshop, watched)

    def redefined(definitions: Definitions) -> Tree:
        found = parsed(_with(folder, definitions, label))
        return _tree(found, label, version, lambda more: redefined({**definitions, **more}))

    found = kept or parsed(Sources(folder))
    if not kept:
        _keep(key, *found)
    return _tree(found, label, version, redefined)


def _tree(
    found: tuple[Sources, LinuxKconfig, Compiler],
    label: str,
    version: KernelVersion | None,
    again: Callable[[Definitions], Tree],
) -> Tree:
    files, kconfig, compiler = found
    return Tree(kconfig, files, label, version, compiler, again)


def _no_answer(_command: str) -> str:
    """Fragments ask nothing."""
    return ""


def _check_arch(folder: Path, srcarch: str) -> None:
    """A kernel has a folder for each of its architectures; other trees have none at all."""
    if (folder / "arch").is_dir() and not (folder / "arch" / srcarch).is_dir():
        raise InputError(f"has no folder arch/{srcarch}", where=folder.name, hint="give another --arch")


def _makefile_version(folder: Path) -> KernelVersion | None:
    """VERSION, PATCHLEVEL, SUBLEVEL and the candidate in EXTRAVERSION of a kernel's top Makefile."""
    try:
        found = dict(_NUMBERS.findall(Sources(folder).text("Makefile")))
    except OSError:
        return None
    numbers = [found.get(name, "") for name in ("VERSION", "PATCHLEVEL", "SUBLEVEL")]
    if not (numbers[0].isdecimal() and numbers[1].isdecimal()):
        return None
    candidate = re.match(r"-rc\d+", found.get("EXTRAVERSION", ""))
    return KernelVersion.parse(f"{'.'.join(numbers).rstrip('.')}{candidate[0] if candidate else ''}")


def _parsed(  # noqa: PLR0913, PLR0917 # what a parse depends on, all of it
    files: Sources,
    environment: Mapping[str, str],
    version: KernelVersion | None,
    toolchain: Toolchain,
    workshop: ProbeShell | None,
    watched: Callable[[str], None],
) -> tuple[Sources, LinuxKconfig, Compiler]:
    with workshop.open() if workshop else nullcontext() as run, no_garbage_collection():
        probing = ProbeSession(toolchain, files.root, run)
        kconfig = parse(
            "Kconfig",
            files,
            environment,
            rules=ValueRules.of(version),
            shell=probing.answer,
            watched=watched,
        )
    return files, kconfig, probing.compiler()


def _key(
    environment: Mapping[str, str],
    toolchain: Toolchain,
    workshop: ProbeShell | None,
    version: KernelVersion | None,
) -> str:
    """A hash of all that a parse depends on beside the tree's own files."""
    code = [
        Path(module.__file__ or "").read_bytes()
        for module in (kconfiglib, parser, serialization, sources, sym_calc_value)
    ]
    facts = {
        "code": [hashlib.sha256(part).hexdigest() for part in code],
        "python": sys.version,
        "environment": dict(environment),
        "answers": workshop.identity if workshop else dict(toolchain.answers),
        "rules": repr(ValueRules.of(version)),
    }
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:32]


def _thawed(
    entry: bytes, folder: Path, toolchain: Toolchain, rules: ValueRules
) -> tuple[Sources, LinuxKconfig, Compiler] | None:
    """The tree as it was parsed before, if nothing has changed since."""
    head, _, body = entry.partition(b"\n")
    try:
        told: Any = json.loads(head)
        files = Sources(folder)
        if told["root"] not in {"", files.root}:
            return None
        digests = {str(name): bytes.fromhex(digest) for name, digest in told["files"].items()}
        if not files.unchanged(digests, told["found"]):
            return None
        probes = tuple(Probe(command, answer, AnswerOrigin(how)) for command, answer, how in told["probes"])
        compiler = Compiler(toolchain.name, toolchain.version, probes, toolchain.variables)
        return files, deserialize(body, rules), compiler
    except (ValueError, LookupError, TypeError, AttributeError, DamagedEntry):
        return None


def _keep(key: str, files: Sources, kconfig: LinuxKconfig, compiler: Compiler) -> None:
    if sum(map(len, files.contents.values())) < _LEAST_KEPT:
        return
    with no_garbage_collection():
        body = serialize(kconfig)
    head = {
        "root": files.root if files.root.encode() in body else "",  # some symbol holds $(srctree)
        "files": {name: digest.hex() for name, digest in files.digests().items()},
        "found": files.found,
        "probes": [[probe.command, probe.answer, probe.how] for probe in compiler.probes],
    }
    Cache("trees").keep(key, json.dumps(head).encode() + b"\n" + body)
