# SPDX-License-Identifier: GPL-2.0-only
"""The manual page, made of the same texts as ``--help``: ``python -m explorer.manual > kconfig-explorer.1``.

One page for the whole program, as groff's ``man`` macros want it: each command with its options, then the
findings of ``check`` and the exit codes. click-man would be the tool, but it finds no options in typer's own
copy of click.
"""

import sys
from collections.abc import Iterator
from typing import Any

import typer

from explorer.checking import KINDS
from explorer.cli import EXIT_CODES, app_of
from explorer.commands.options import PROGRAM
from explorer.document.parts import generator

__all__ = ["manual"]


def manual() -> str:
    """The page."""
    top: Any = typer.main.get_command(app_of())
    version = generator()["version"]
    lines = [
        f'.TH {PROGRAM.upper()} 1 "" "{PROGRAM} {version}" "User Commands"',
        ".SH NAME",
        rf"{_text(PROGRAM)} \- judge Kconfig configurations of arm64 kernels against memory maps",
        ".SH SYNOPSIS",
        rf".B {_text(PROGRAM)}",
        r"\fICOMMAND\fR [\fIOPTION\fR]... [\fIARGUMENT\fR]...",
        ".SH DESCRIPTION",
        *_paragraphs(top.help),
        ".SH COMMANDS",
    ]
    for name, command in top.commands.items():
        lines += _command(name, command)
    lines += [".SH FINDINGS", f".B {_text(PROGRAM)} check", "finds, by id:"]
    for kind in KINDS.values():
        lines += [".TP", rf"\fB{_text(kind.id)}\fR ({kind.severity})", _text(f"{kind.title}. {kind.meaning}")]
    lines.append(".SH EXIT STATUS")
    for code, meaning in EXIT_CODES.items():
        lines += [".TP", rf"\fB{code}\fR", _text(meaning)]
    return "\n".join(lines) + "\n"


def _command(name: str, command: Any) -> Iterator[str]:
    """A command: its usage, its help and its options."""
    context = typer.Context(command, info_name=f"{PROGRAM} {name}")
    yield f".SS {_text(name)}"
    yield ".PP"
    yield rf"\fB{_text(context.command_path)}\fR {_text(' '.join(command.collect_usage_pieces(context)))}"
    yield from _paragraphs(command.help)
    for parameter in command.get_params(context):
        record = parameter.get_help_record(context)
        if record:
            yield ".TP"
            yield rf"\fB{_text(record[0])}\fR"
            yield _text(record[1])


def _paragraphs(text: str | None) -> Iterator[str]:
    """Help as paragraphs; a line break inside one is of no meaning."""
    for paragraph in (text or "").split("\n\n"):
        yield ".PP"
        yield _text(paragraph)


def _text(text: str) -> str:
    r"""Text for roff: a backslash and a hyphen are escaped, and no line begins with a control character."""
    line = " ".join(text.split()).replace("\\", r"\e").replace("-", r"\-")
    return rf"\&{line}" if line.startswith((".", "'")) else line


if __name__ == "__main__":
    sys.stdout.write(manual())
