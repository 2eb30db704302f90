# SPDX-License-Identifier: GPL-2.0-or-later
"""``--help`` at 80 columns: nothing is cut, and each example is one line that the program accepts."""

import re
import shlex
from collections import defaultdict
from typing import Any

import pytest
import typer

from explorer.application import COMMANDS, app_of
from explorer.commands.help_text import examples_of, prose_of
from explorer.resources import PROGRAM, program_version
from tests.commandline import explore

TOP: Any = typer.main.get_command(app_of())
WIDTH = 78  # typer leaves two of 80 columns free
DIFFERENT = {
    "--all": "each command leaves out something else",
    "--compare": "report reads an older document, audit another tree",
    "--config": "a file of answers, one to change, or folders of them",
    "--format": "each command has its own formats",
    "--kernel": "each command has its own default",
    "--memory-map": "one, several, or folders of them",
    "--output": "a page, findings, or a database",
    "--prove": "matrix, report and check look up what is proven; sweep does not",
    "--symbol": "graph draws symbols, the others study them",
    "--timeout": "a sweep continues later; the others leave a question undecided",
    "--verbose": "each command leaves out something else",
}
"""Options whose help differs between commands, with the reason."""


def help_of(name: str) -> str:
    command = TOP.commands[name] if name else TOP
    context = typer.Context(command, info_name=f"{PROGRAM} {name}".strip(), terminal_width=WIDTH)
    return str(command.get_help(context))


def examples() -> list[tuple[str, str]]:
    return [(name, example) for name in COMMANDS for example in examples_of(TOP.commands[name].help)]


@pytest.mark.parametrize("name", ["", *COMMANDS])
def test_no_line_is_cut_or_too_long(name: str) -> None:
    lines = help_of(name).splitlines()
    assert max(map(len, lines)) <= WIDTH
    assert not [line for line in lines if line.rstrip().endswith("...") and not line.startswith("Usage:")]
    assert not [line for line in lines if re.search(r"\w-$", line)], "a broken option"
    assert not [line for line in lines if re.search(r"<(str|list\[|path)|\{", line)], "a Python type"


def test_the_overview_shows_each_summary_whole_and_an_example() -> None:
    lines = [line.strip() for line in help_of("").splitlines()]
    text = " ".join(" ".join(lines).split())
    for name, command in TOP.commands.items():
        assert f" {name} {prose_of(command.help)[0]} {PROGRAM} " in text
        assert examples_of(command.help)[0] in lines, "on one line"


@pytest.mark.parametrize("name", COMMANDS)
def test_each_example_of_a_command_is_a_line_of_its_help(name: str) -> None:
    shown = examples_of(TOP.commands[name].help)
    assert shown
    lines = [line.strip() for line in help_of(name).splitlines()]
    assert [example for example in shown if example not in lines] == []


@pytest.mark.parametrize(("name", "example"), examples())
def test_each_example_is_accepted(name: str, example: str) -> None:
    own = next(part for part in re.split(r"[|>;]", example) if part.strip().startswith(PROGRAM))
    words = shlex.split(own)
    assert words[:2] == [PROGRAM, name]
    with TOP.commands[name].make_context(name, words[2:]) as context:
        assert context.params


def test_an_option_reads_the_same_in_every_command() -> None:
    texts: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for command in TOP.commands.values():
        for parameter in command.params:
            if parameter.param_type_name == "option":
                texts[max(parameter.opts, key=len)].add((parameter.metavar, parameter.help))
    assert {option for option, found in texts.items() if len(found) > 1} <= set(DIFFERENT)
    assert all(help_text for found in texts.values() for _, help_text in found)


def test_the_version_is_shown() -> None:
    done = explore("--version")
    assert (done.returncode, done.stdout.decode()) == (0, f"{PROGRAM} {program_version()}\n")
