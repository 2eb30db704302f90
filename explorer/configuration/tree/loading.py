# SPDX-License-Identifier: GPL-2.0-only
"""Loads a tree: a shipped fragment, or a kernel checkout with its compiler and its place in the cache.

A checkout that was parsed before is taken from the cache if everything that its parse depended on is the
same: every file byte by byte, the matches of every wildcard, the environment, the compiler's answers, and the
code that parses. Small trees are parsed each time, which takes no longer.
"""

import hashlib
import json
import re
import sys
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import kconfiglib

from explorer.configuration.files import sources
from explorer.configuration.files.cache import Cache
from explorer.configuration.files.releases import fragment_span
from explorer.configuration.files.sources import Sources
from explorer.configuration.toolchain import probes
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
from explorer.configuration.tree import parser, probe_operands, serialization, sym_calc_value
from explorer.configuration.tree.parser import LinuxKconfig, parse
from explorer.configuration.tree.serialization import (
    DamagedEntry,
    deserialize,
    no_garbage_collection,
    serialize,
)
from explorer.configuration.tree.sym_calc_value import ValueRules
from explorer.configuration.tree.tree import ParseInput, Tree
from explorer.errors import Argument, InputError, NotAllowedError
from explorer.resources import data_folder
from explorer.version import KernelVersion

__all__ = ["load_fragment", "load_tree", "parse_tree", "with_files"]

_LEAST_KEPT = 256 << 10  # bytes of Kconfig; less is parsed in a hundredth of a second or two
_MAKEFILE_VARIABLES = re.compile(
    r"^(VERSION|PATCHLEVEL|SUBLEVEL|EXTRAVERSION)[ \t]*=[ \t]*([\w.+~-]*)", re.MULTILINE
)
_HINT = "give the top of a kernel tree"

_Parsed = tuple[Sources, LinuxKconfig, Compiler]


@cache
def load_fragment(version: KernelVersion) -> Tree:
    """The shipped fragment that describes a kernel release; it is parsed once.

    Raises:
        InputError: no fragment describes it.
    """
    folder = fragment_span(version).folder
    return parse_tree(
        ParseInput(
            data_folder("kconfig") / folder,
            f"kconfig/{folder}",
            version,
            environment={},
            toolchain=Toolchain(),
        )
    )


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
        watched: is called with each file that is parsed and each command before it runs, to show progress.
        ran: is called with each command that was run; a command is not run if its output is in the cache.

    Raises:
        InputError: there is no tree, it cannot be parsed, or there is no compiler for it.
    """
    if not folder.is_dir():
        raise InputError("not a folder", where=str(folder), hint=_HINT)
    if not (folder / "Kconfig").is_file():
        raise InputError("holds no file Kconfig", where=str(folder), hint=_HINT)
    _check_arch(folder, srcarch_of(arch))
    version = _makefile_version(folder)
    shell = ProbeShell(arch, Sources(folder), watched, ran) if allow_shell else None
    toolchain = shell.toolchain if shell else recorded_toolchain(arch)
    environment = {**toolchain.variables, "KERNELVERSION": str(version or "")}
    label = folder.resolve().name
    return parse_tree(ParseInput(folder, label, version, environment, toolchain, shell, watched, cached=True))


def parse_tree(parse_input: ParseInput) -> Tree:
    """Parses a tree, or takes it from the cache.

    Raises:
        InputError: it cannot be parsed.
    """
    key = _key(parse_input) if parse_input.cached else ""
    parsed = Cache("trees").first(key, lambda entry: _from_cache(entry, parse_input)) if key else None
    if parsed is None:
        parsed = _parsed(parse_input)
        if key:
            _keep(key, *parsed)
    return Tree(*parsed, parse_input)


def with_files(tree: Tree, files: Mapping[str, bytes | None], *, cached: bool = False) -> Tree:
    """The same tree with other files; nothing is written.

    Args:
        tree: the tree.
        files: what some files hold instead, by name relative to the tree; ``None`` where a file is gone.
        cached: look for the parsed tree in the cache, and keep it there.

    Raises:
        InputError: the files cannot be parsed.
    """
    replaced = {**tree.parse_input.replaced, **files}
    return parse_tree(replace(tree.parse_input, replaced=replaced, cached=tree.parse_input.cached and cached))


def _check_arch(folder: Path, srcarch: str) -> None:
    """Refuse an architecture that a kernel lacks; trees without a folder ``arch`` have none at all."""
    if (folder / "arch").is_dir() and not (folder / "arch" / srcarch).is_dir():
        known = sorted(path.name for path in (folder / "arch").iterdir() if path.is_dir())
        what = f"has no folder arch/{srcarch}"
        hint = "give another ", Argument("arch")
        raise NotAllowedError(what, value=srcarch, allowed=known, where=folder.name, hint=hint)


def _makefile_version(folder: Path) -> KernelVersion | None:
    """VERSION, PATCHLEVEL, SUBLEVEL and the candidate in EXTRAVERSION of a kernel's top Makefile."""
    try:
        variables = dict(_MAKEFILE_VARIABLES.findall(Sources(folder).text("Makefile")))
    except OSError:
        return None
    numbers = [variables.get(name, "") for name in ("VERSION", "PATCHLEVEL", "SUBLEVEL")]
    if not (numbers[0].isdecimal() and numbers[1].isdecimal()):
        return None
    candidate = re.match(r"-rc\d+", variables.get("EXTRAVERSION", ""))
    return KernelVersion.parse(f"{'.'.join(numbers).rstrip('.')}{candidate[0] if candidate else ''}")


def _parsed(parse_input: ParseInput) -> _Parsed:
    files = Sources(parse_input.folder, parse_input.replaced)
    shell = parse_input.shell
    with shell.open() if shell else nullcontext(), no_garbage_collection():
        probing = ProbeSession(parse_input.toolchain, files.root, shell.run if shell else None)
        kconfig = parse(
            "Kconfig",
            files,
            parse_input.environment,
            rules=ValueRules.of(parse_input.version),
            shell=probing.answer,
            watched=_watched(parse_input),
        )
        return files, kconfig, probing.compiler()


def _watched(parse_input: ParseInput) -> Callable[[str], None]:
    """A function that shows progress, and lets the next probe run if one has ended."""
    shell, show = parse_input.shell, parse_input.watched
    if shell is None:
        return show

    def watched(file: str) -> None:
        shell.go_on()
        show(file)

    return watched


def _key(parse_input: ParseInput) -> str:
    """A hash of everything that a parse depends on except the tree's own files."""
    code = [
        Path(module.__file__ or "").read_bytes()
        for module in (kconfiglib, parser, probe_operands, probes, serialization, sources, sym_calc_value)
    ]
    facts = {
        "code": [hashlib.sha256(part).hexdigest() for part in code],
        "python": sys.version,
        "environment": dict(parse_input.environment),
        "answers": parse_input.shell.identity if parse_input.shell else dict(parse_input.toolchain.answers),
        "rules": repr(ValueRules.of(parse_input.version)),
    }
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:32]


def _from_cache(entry: bytes, parse_input: ParseInput) -> _Parsed | None:
    """A tree that was parsed before; ``None`` if something has changed since."""
    head, _, body = entry.partition(b"\n")
    toolchain = parse_input.toolchain
    try:
        facts: Any = json.loads(head)
        files = Sources(parse_input.folder, parse_input.replaced)
        if facts["root"] not in {"", files.root}:
            return None
        digests = {str(name): bytes.fromhex(digest) for name, digest in facts["files"].items()}
        if not files.unchanged(digests, facts["matches"]):
            return None
        answered = tuple(
            Probe(command, answer, AnswerOrigin(how)) for command, answer, how in facts["probes"]
        )
        compiler = Compiler(toolchain.name, toolchain.version, answered, toolchain.variables)
        return files, deserialize(body, ValueRules.of(parse_input.version)), compiler
    except (ValueError, LookupError, TypeError, AttributeError, DamagedEntry):
        return None


def _keep(key: str, files: Sources, kconfig: LinuxKconfig, compiler: Compiler) -> None:
    if sum(map(len, files.contents.values())) < _LEAST_KEPT:
        return
    with no_garbage_collection():
        body = serialize(kconfig)
    facts = {
        "root": files.root if files.root.encode() in body else "",  # a symbol holds $(srctree)
        "files": {name: digest.hex() for name, digest in files.digests().items()},
        "matches": files.matches,
        "probes": [[probe.command, probe.answer, probe.how] for probe in compiler.probes],
    }
    Cache("trees").keep(key, json.dumps(facts).encode() + b"\n" + body)
