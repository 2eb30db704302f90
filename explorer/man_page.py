# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes the manual page from the texts of ``--help`` (``make man``).

One page describes the whole program with groff's ``man`` macros: each command with its options, then the
findings of ``check`` and the exit codes.

No library does it as well (November 2026). click-man 0.6 finds no option of typer 0.29, which has its own
copy of click, cuts summaries, and knows neither arguments nor exit codes. help2man reads ``--help`` of one
command, and is no Python package. argparse-manpage takes argparse. ``typer utils docs`` writes Markdown.
"""

import sys
from collections.abc import Iterator, Sequence
from textwrap import wrap
from typing import Any

import typer

from explorer.application import app_of
from explorer.commands.exit_codes import EXIT_CODES
from explorer.commands.help_text import examples_of, plain_usage, prose_of
from explorer.narrative.kind_narrative import KIND_NARRATIVES
from explorer.resources import PROGRAM, program_version

__all__ = ["man_page_text"]


def man_page_text() -> str:
    """The text of the manual page, in roff."""
    top: Any = typer.main.get_command(app_of())
    program = typer.Context(top, info_name=PROGRAM, **top.context_settings)
    lines = [
        f'.TH {PROGRAM.upper()} 1 "" "{PROGRAM} {program_version()}" "User Commands"',
        ".nh",  # a command in an example must not be broken
        ".ad l",
        ".SH NAME",
        rf"{_text(PROGRAM)} \- judge Kconfig configurations against memory maps",
        ".SH SYNOPSIS",
        rf".B {_text(PROGRAM)}",
        r"\fICOMMAND\fR [\fIOPTION\fR]... [\fIARGUMENT\fR]...",
        ".SH DESCRIPTION",
        *_paragraphs(prose_of(top.help)),
        ".SH OPTIONS",
        *_parameters(top, program),
        ".SH COMMANDS",
    ]
    for name, command in top.commands.items():
        lines += _command(name, command, program)
    lines += [".SH FINDINGS", f".B {_text(PROGRAM)} check", "finds, by id:"]
    for kind, narrative in KIND_NARRATIVES.items():
        lines += [
            ".TP",
            rf"\fB{_text(kind)}\fR ({kind.severity})",
            _prose(f"{narrative.title}. {narrative.meaning}"),
        ]
    lines.append(".SH EXIT STATUS")
    for code, meaning in EXIT_CODES.items():
        lines += [".TP", rf"\fB{code}\fR", _prose(f"{meaning[0].upper()}{meaning[1:]}.")]
    return "\n".join(lines) + "\n"


def _command(name: str, command: Any, program: Any) -> Iterator[str]:
    """A command: its usage, its help and its options."""
    context = typer.Context(command, info_name=name, parent=program)
    usage = " ".join(command.collect_usage_pieces(context))
    yield f".SS {_text(name)}"
    yield rf"\fB{_text(context.command_path)}\fR {_text(usage)}"
    yield ".PP"
    yield from _paragraphs(prose_of(command.help))
    yield from _examples(examples_of(command.help))
    yield from _parameters(command, context)


def _parameters(command: Any, context: Any) -> Iterator[str]:
    """The arguments and options of a command or of the program."""
    for parameter in command.get_params(context):
        record = parameter.get_help_record(context)
        if record:
            yield ".TP"
            yield rf"\fB{_text(plain_usage(record[0]))}\fR"
            yield _prose(record[1])


def _paragraphs(paragraphs: Sequence[str]) -> Iterator[str]:
    """Help as paragraphs."""
    for number, paragraph in enumerate(paragraphs):
        if number:
            yield ".PP"
        yield _prose(paragraph)


def _examples(examples: Sequence[str]) -> Iterator[str]:
    """Command lines as they are typed."""
    for example in examples:
        yield from (".PP", ".nf", rf"    {_text(example)}", ".fi")


def _prose(text: str) -> str:
    """Running text in lines that an editor shows."""
    lines = wrap(_escaped(text), 78, break_long_words=False, break_on_hyphens=False)
    return "\n".join(map(_guarded, lines))


def _text(text: str) -> str:
    """Text on one line of roff, however long it is."""
    return _guarded(_escaped(text))


def _escaped(text: str) -> str:
    """Text with backslashes and hyphens escaped for roff."""
    return " ".join(text.split()).replace("\\", r"\e").replace("-", r"\-")


def _guarded(line: str) -> str:
    """A line whose first character is not a control character of roff."""
    return rf"\&{line}" if line.startswith((".", "'")) else line


if __name__ == "__main__":
    sys.stdout.write(man_page_text())
