# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs the program in this process, as ``explorer.application`` does, without its last line of defence.

A process of its own takes half a second; this takes the time of the work.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from functools import cache, partial
from io import BytesIO, TextIOWrapper
from typing import NamedTuple
from unittest.mock import patch

import typer

from explorer.application import app_of
from explorer.commands.options import option_of
from explorer.errors import InputError
from explorer.resources import PROGRAM

__all__ = ["Answer", "commands", "run_in_process"]


class Answer(NamedTuple):
    """What a run of the program gave."""

    code: int
    out: str
    err: str


@cache
def commands() -> typer.core.TyperGroup:
    """All commands, as click holds them."""
    group = typer.main.get_command(app_of())
    assert isinstance(group, typer.core.TyperGroup)
    return group


def run_in_process(*words: str, stdin: bytes = b"") -> Answer:
    """The answer of a command line.

    Raises:
        Exception: one that ``explorer.application`` reports as a defect, as too deep or as out of memory.
    """
    out = TextIOWrapper(BytesIO(), encoding="utf-8", errors="replace")
    err = TextIOWrapper(BytesIO(), encoding="utf-8", errors="backslashreplace")
    with _streams(words, stdin, out, err):
        try:
            commands()(args=list(words), prog_name=PROGRAM)
            code = 0
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
        except InputError as error:
            code = 2
            err.write(f"{PROGRAM}: {error.worded(partial(option_of, command=words[0]))}\n")
    return Answer(code, _text(out), _text(err))


@contextmanager
def _streams(words: tuple[str, ...], stdin: bytes, out: TextIOWrapper, err: TextIOWrapper) -> Iterator[None]:
    source = TextIOWrapper(BytesIO(stdin), encoding="utf-8")
    with (
        patch.object(sys, "argv", [PROGRAM, *words]),
        patch.object(sys, "stdin", source),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        yield


def _text(stream: TextIOWrapper) -> str:
    stream.flush()
    assert isinstance(stream.buffer, BytesIO)
    return stream.buffer.getvalue().decode()
