# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes the results of ``check`` in a format, to the terminal or a file."""

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from importlib import import_module
from typing import Any

from explorer.document.check import checks_json
from explorer.errors import printable
from explorer.files import output_of
from explorer.formats import Judged
from explorer.resources import PROGRAM

__all__ = ["check_printed"]


def check_printed(judged: Judged, form: str, output: str | None, *, quiet: bool, verbose: bool) -> None:
    """Writes results in a format; files that could not be checked are also named on standard error."""
    to_file = output not in {None, "-"}
    if to_file or form not in {"text", "github"}:
        for error in judged.errors:
            sys.stderr.write(f"{PROGRAM}: {printable(error['message'])}\n")
    if form == "text":
        text = _check_words(judged, to_file=to_file, quiet=quiet, verbose=verbose)
    elif form == "json":
        single = len(judged.configs) == 1 and not judged.errors
        found = judged.configs[0] if single else checks_json(judged.configs, judged.errors)
        text = json.dumps(found, indent=1) + "\n"
    else:
        writer = {"github": "github_annotations", "junit": "junit_xml", "sarif": "sarif_log"}[form]
        text = str(getattr(import_module(f"explorer.formats.{form}"), writer)(judged))
    with output_of(output) as file:
        file.write(text)


def _check_words(judged: Judged, *, to_file: bool, quiet: bool, verbose: bool) -> str:
    """The text of the results for a file; empty for a terminal, to which it is printed directly."""
    console = import_module("explorer.terminal.console").console_of(to_file=to_file)
    words = import_module("explorer.terminal.check")
    with console.capture() if to_file else nullcontext() as captured:
        words.show(console, judged, quiet=quiet, verbose=verbose)
        if not quiet and not verbose and any(_is_counted(finding) for finding in _findings(judged)):
            console.print("--verbose shows all findings", style="dim")
        if not quiet and len(judged.configs) == 1 and _is_unproven(judged.configs[0]):
            console.print("--prove proves it for every memory map", style="dim")
    return str(captured.get()) if captured else ""


def _is_unproven(config: Mapping[str, Any]) -> bool:
    """Whether a kernel was booted of which nothing is proven."""
    return bool(config["every_map"] and config["every_map"]["outcome"] == "unproven")


def _findings(judged: Judged) -> Iterator[Mapping[str, Any]]:
    return (finding for config in judged.configs for finding in config["findings"])


def _is_counted(finding: Mapping[str, Any]) -> bool:
    """Whether a finding is only counted by default."""
    return bool(finding["known"] or finding["follows_from"])
