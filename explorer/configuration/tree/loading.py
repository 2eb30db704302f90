# SPDX-License-Identifier: GPL-2.0-or-later
"""Loads a tree: a shipped fragment, or a source tree with its compiler and its place in the cache.

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
from types import MappingProxyType
from typing import Any

import kconfiglib

from explorer.configuration.files import sources
from explorer.configuration.files.cache import Cache
from explorer.configuration.files.programs import LINUX, SourceLayout, layout_of
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
from explorer.configuration.tree import (
    dependency_order,
    expr_calc_value,
    expressions,
    macro_expansion,
    parser,
    probe_operands,
    serialization,
    sym_calc_value,
    unbounded_parser,
    unrecursed,
    value_rules,
)
from explorer.configuration.tree.parser import LinuxKconfig, parse
from explorer.configuration.tree.serialization import (
    DamagedEntry,
    deserialize,
    no_garbage_collection,
    serialize,
)
from explorer.configuration.tree.tree import ParseInput, Tree
from explorer.configuration.tree.value_rules import ValueRules
from explorer.errors import Argument, InputError, NotAllowedError
from explorer.resources import data_folder
from explorer.version import KernelVersion

__all__ = ["load_fragment", "load_tree", "parse_tree", "with_files"]

_DEFAULT_ARCH = "arm64"
_LEAST_KEPT = 256 << 10  # bytes of Kconfig; less is parsed in a hundredth of a second or two
_VARIABLE_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_RESERVED_VARIABLE = re.compile(
    r"srctree|CONFIG_|KCONFIG_.*|PATH|IFS|ENV|HOME|SHELL|SHELLOPTS|BASHOPTS|BASH_.*|LD_.*|PYTHON[A-Z].*|PERL5.*"
    r"|GCONV_PATH|GLIBC_TUNABLES|TMPDIR"
)
"""Variables that this program sets itself, or that make a shell, linker or interpreter run something else."""
_VARIABLE = Argument("environment", "NAME=VALUE")
_LONGEST_VARIABLE = 1 << 16

_CODE = (
    *(dependency_order, expr_calc_value, expressions, macro_expansion, parser, probe_operands, probes),
    *(serialization, sources, sym_calc_value, unbounded_parser, unrecursed, value_rules),
)
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


def load_tree(  # noqa: PLR0913 # a tree, and refinements that have defaults
    folder: Path,
    *,
    arch: str = "arm64",
    top: str | None = None,
    environment: Mapping[str, str] = MappingProxyType({}),
    allow_shell: bool = False,
    watched: Callable[[str], None] = lambda _: None,
    ran: Callable[[str], None] = lambda _: None,
) -> Tree:
    """A source tree of Linux or another program, or any folder with a ``Kconfig``.

    Args:
        folder: the top of the tree.
        arch: ``ARCH``; trees whose architecture is a Kconfig symbol take the default only.
        top: the top Kconfig file, relative to the folder; without it the usual names are tried.
        environment: variables for ``$(NAME)`` in Kconfig files; they replace those of the program's make.
        allow_shell: run ``$(shell,...)``, with the compiler that ``CROSS_COMPILE`` of the environment names;
            otherwise a recorded toolchain answers.
        watched: is called with each file that is parsed and each command before it runs, to show progress.
        ran: is called with each command that was run; a command is not run if its output is in the cache.

    Raises:
        InputError: there is no tree, it cannot be parsed, there is no compiler for it, or a variable must not
            be set.
    """
    layout = layout_of(folder, top)
    _check_arch(layout, arch)
    _check_variables(environment)
    variables = {**layout.environment(arch), **environment}
    compiled = arch if layout.program is LINUX else ""  # an ARCH of barebox may have 32 or 64 bits
    shell = ProbeShell(compiled, layout.sources, watched, ran, variables) if allow_shell else None
    has_arch = layout.program.has_arch
    toolchain = shell.toolchain if shell else recorded_toolchain(arch) if has_arch else Toolchain.unknown("")
    return parse_tree(
        ParseInput(
            layout.folder,
            layout.label,
            layout.release,
            {**toolchain.variables, **variables},
            toolchain,
            shell,
            watched,
            layout.generated_files(),
            cached=True,
            top=layout.top,
            program=layout.program,
            arch=arch if has_arch else "",
        )
    )


def parse_tree(parse_input: ParseInput) -> Tree:
    """Parses a tree, or takes it from the cache.

    Raises:
        InputError: it cannot be parsed.
    """
    rules = ValueRules.of_tree(Sources(parse_input.folder, parse_input.replaced), parse_input.version)
    key = _key(parse_input, rules) if parse_input.cached else ""
    parsed = Cache("trees").first(key, lambda entry: _from_cache(entry, parse_input, rules)) if key else None
    if parsed is None:
        parsed = _parsed(parse_input, rules)
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


def _check_arch(layout: SourceLayout, arch: str) -> None:
    """Refuse an architecture that a tree lacks; trees without a folder ``arch`` have none at all."""
    srcarch_of(arch)  # refuses what is no word
    known, name = layout.architectures, layout.program.name
    if known and arch not in known:
        what, allowed = f"has no folder arch/{srcarch_of(arch)}", sorted(known)
        raise NotAllowedError(what, value=arch, allowed=allowed, where=layout.label, parameter="arch")
    if not layout.program.has_arch and arch != _DEFAULT_ARCH:
        what = f"{name} has no ARCH: a symbol of its Kconfig selects the architecture"
        raise InputError(what, parameter="arch", hint="leave it out")


def _check_variables(environment: Mapping[str, str]) -> None:
    """Refuse variables that no Kconfig file needs and that change how this program or a shell works."""
    for name, value in environment.items():
        if not _VARIABLE_NAME.fullmatch(name):
            what, hint = f"{name[:80]!r} is not the name of a variable", ("write ", _VARIABLE)
            raise InputError(what, parameter="environment", hint=hint)
        if _RESERVED_VARIABLE.fullmatch(name):
            raise InputError(f"{name} must not be set", parameter="environment", hint="leave it out")
        if "\0" in value or len(value) > _LONGEST_VARIABLE:
            what = f"the value of {name} is no text, or too long"
            raise InputError(what, parameter="environment", hint="give a short text")


def _parsed(parse_input: ParseInput, rules: ValueRules) -> _Parsed:
    files = Sources(parse_input.folder, parse_input.replaced)
    shell = parse_input.shell
    with shell.open() if shell else nullcontext(), no_garbage_collection():
        probing = ProbeSession(parse_input.toolchain, files.root, shell.run if shell else None)
        kconfig = parse(
            parse_input.top,
            files,
            parse_input.environment,
            rules=rules,
            shell=probing.answer,
            watched=_watched(parse_input),
            optional_sources=parse_input.program.optional_sources,
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


def _key(parse_input: ParseInput, rules: ValueRules) -> str:
    """A hash of everything that a parse depends on except the tree's own files."""
    code = [Path(module.__file__ or "").read_bytes() for module in (kconfiglib, *_CODE)]
    facts = {
        "code": [hashlib.sha256(part).hexdigest() for part in code],
        "python": sys.version,
        "top": [parse_input.top, parse_input.program.optional_sources],
        "environment": dict(parse_input.environment),
        "answers": parse_input.shell.identity if parse_input.shell else dict(parse_input.toolchain.answers),
        "rules": repr(rules),
    }
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:32]


def _from_cache(entry: bytes, parse_input: ParseInput, rules: ValueRules) -> _Parsed | None:
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
        return files, deserialize(body, rules), compiler
    except (ValueError, LookupError, TypeError, AttributeError, DamagedEntry):
        return None


def _keep(key: str, files: Sources, kconfig: LinuxKconfig, compiler: Compiler) -> None:
    if sum(map(len, files.contents.values())) < _LEAST_KEPT:
        return
    with no_garbage_collection():
        body = serialize(kconfig)
    facts = {
        "root": files.root
        if files.root.encode(errors="surrogatepass") in body
        else "",  # a symbol holds $(srctree)
        "files": {name: digest.hex() for name, digest in files.digests().items()},
        "matches": files.matches,
        "probes": [[probe.command, probe.answer, probe.how] for probe in compiler.probes],
    }
    Cache("trees").keep(key, json.dumps(facts).encode() + b"\n" + body)
