# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes the results of ``check`` in a format, to the terminal or a file."""

from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from importlib import import_module
from typing import Any

from explorer.commands.printing import complain, json_text
from explorer.document.check import checks_json
from explorer.formats import Judged
from explorer.output_files import output_of
from explorer.resources import PROGRAM

__all__ = ["check_printed"]

_WRITERS = {
    "github": ("github", "github_annotations"),
    "junit": ("junit", "junit_xml"),
    "mail": ("mail_check", "check_mail"),
    "sarif": ("sarif", "sarif_log"),
}
"""The module of ``explorer.formats`` and the function for a format."""


def check_printed(  # noqa: PLR0913 # a result, and how to print it
    judged: Judged, form: str, output: str | None, *, code: int, quiet: bool, verbose: bool
) -> None:
    """Writes results in a format; files that could not be checked are also named on standard error."""
    to_file = output not in {None, "-"}
    if to_file or form not in {"text", "github"}:
        for error in judged.errors:
            complain(error["message"])
    if form == "text":
        text = _check_words(judged, code, to_file=to_file, quiet=quiet, verbose=verbose)
    elif form == "json":
        single = len(judged.configs) == 1 and not judged.errors
        found = judged.configs[0] if single else checks_json(judged.configs, judged.errors)
        text = json_text(found, indent=1)
    else:
        room, writer = _WRITERS[form]
        text = str(getattr(import_module(f"explorer.formats.{room}"), writer)(judged))
    with output_of(output) as file:
        file.write(text)


def _check_words(judged: Judged, code: int, *, to_file: bool, quiet: bool, verbose: bool) -> str:
    """The text of the results for a file; empty for a terminal, to which it is printed directly."""
    console = import_module("explorer.terminal.console").console_of(to_file=to_file)
    words = import_module("explorer.terminal.check")
    with console.capture() if to_file else nullcontext() as captured:
        hints = list(_hints(judged, verbose=verbose))
        words.show(console, judged, code=code, hints=hints, quiet=quiet, verbose=verbose)
    return str(captured.get()) if captured else ""


def _hints(judged: Judged, *, verbose: bool) -> Iterator[str]:
    """What the user can do next."""
    if len(judged.configs) == 1 and not judged.errors and _is_unproven(judged.configs[0]):
        yield "--prove proves it for every memory map"
    if not verbose and any(map(_is_shortened, judged.configs)):
        yield "--verbose shows all findings"
    kinds = dict.fromkeys(finding["id"] for config in judged.configs for finding in config["findings"])
    if kinds:
        yield f"{PROGRAM} rule {next(iter(kinds)) if len(kinds) == 1 else 'ID'} explains a finding"


def _is_unproven(config: Mapping[str, Any]) -> bool:
    """Whether a kernel was booted of which nothing is proven."""
    return bool(config["every_map"] and config["every_map"]["outcome"] == "unproven")


def _is_shortened(config: Mapping[str, Any]) -> bool:
    """Whether findings are only counted or grouped by default."""
    findings = config["findings"]
    repeated = sum(bool(finding["memory_map"]) for finding in findings)
    return repeated > 1 or any(finding["known"] or finding["follows_from"] for finding in findings)
