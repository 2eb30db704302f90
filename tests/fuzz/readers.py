# SPDX-License-Identifier: GPL-2.0-or-later
"""The modules of the program that read bytes from outside, found in its sources.

A module reads if it calls one of ``_PRIMITIVES``. Each is a module of some fuzz target, or ``NOT_FUZZED``
says why not. A test compares, so that a new reader cannot be forgotten.
"""

import ast
from pathlib import Path
from types import MappingProxyType

import explorer

__all__ = ["NOT_FUZZED", "modules_that_read"]

_ROOT = Path(explorer.__file__).parent
_MODULES_THAT_PARSE = frozenset({"json", "tomllib", "pickle", "marshal", "gzip", "ET"})
_LOADS = frozenset({"load", "loads", "fromstring", "decompress"})
_PRIMITIVES = frozenset(
    {
        *("open", "read_bytes", "read_text", "opened_to_read", "text_lines", "parse_json", "check_output"),
        *("decompressobj", "GzipFile", "Unpickler", "message_from_bytes", "PatchSet", "Popen"),
    }
)
_MODES_THAT_WRITE = ("w", "a", "x")

_SHIPPED = "reads what is shipped with the program"
_OWN_PROCESS = "reads what processes of this program write"
NOT_FUZZED = MappingProxyType(
    {
        "audit.c_findings": "an entry of the user's cache, checked by its types; test_c_findings bends it",
        "configuration.files.releases": _SHIPPED,
        "configuration.toolchain.probes": _SHIPPED,
        "evidence.boot_evidence": _SHIPPED,
        "proof.rules_fingerprint": _SHIPPED,
        "report.cost_tables": _SHIPPED,
        "report.data_link": "reads back what it has compressed",
        "study.release_search": _SHIPPED,
        "sweep.running_program": _SHIPPED,
        "configuration.toolchain.shell": "the answers of commands in the user's cache: a mapping of texts",
        "configuration.files.cache": "checks size and checksum; the targets entry and claims read the rest",
        "proof.claims_store": "the target claims reads what it loads",
        "commands.diff": "hands the bytes of --patch to parse_patch, the target patch",
        "commands.replay": "hands lines to replay, the target of this name",
        "files": "bytes without a form",
        "json_input": "json.loads with bounds; each target with JSON calls it",
        "output_files": "writes",
        "process.streams": "opens the null device",
        "process.children": _OWN_PROCESS,
        "process.supervised": _OWN_PROCESS,
        "process.supervisor": _OWN_PROCESS,
        "process.workers": _OWN_PROCESS,
    }
)
"""Modules that read and that no target is about, with the reason."""


def modules_that_read() -> frozenset[str]:
    """The modules that call a primitive, by their names below ``explorer``."""
    return frozenset(
        ".".join(path.relative_to(_ROOT).with_suffix("").parts)
        for path in _ROOT.rglob("*.py")
        if any(map(_reads, ast.walk(ast.parse(path.read_text()))))
    )


def _reads(node: ast.AST) -> bool:
    """Whether a node calls a primitive; opening a file to write does not read."""
    if not isinstance(node, ast.Call):
        return False
    modes = [argument.value for argument in node.args if isinstance(argument, ast.Constant)]
    if any(isinstance(mode, str) and mode.startswith(_MODES_THAT_WRITE) for mode in modes):
        return False
    function = node.func
    if isinstance(function, ast.Name):
        return function.id in _PRIMITIVES
    if not isinstance(function, ast.Attribute):
        return False
    owner = function.value.id if isinstance(function.value, ast.Name) else ""
    return function.attr in _PRIMITIVES or (owner in _MODULES_THAT_PARSE and function.attr in _LOADS)
