# SPDX-License-Identifier: GPL-2.0-or-later
"""The text of ``--help``.

1. The help of a command is its docstring: the summary is the first paragraph, an example is a paragraph that
   begins with ``Example:``.
2. Nothing is cut: the overview shows each summary whole, with the first example.
3. An example stays on one line, so that it can be pasted into a shell.

typer cuts summaries, breaks examples, and shows the Python type of an argument.
"""

import re
from inspect import cleandoc
from typing import Any

from typer.core import TyperCommand, TyperGroup

from explorer.commands.exit_codes import EXIT_CODES

__all__ = ["HelpCommand", "HelpGroup", "examples_of", "plain_usage", "prose_of"]

_EXAMPLE = "Example: "
_UNBROKEN = "\N{NON-BREAKING HYPHEN}"
"""Stands for a hyphen while lines are broken: an option must not be broken."""


def examples_of(text: str | None) -> list[str]:
    """The example command lines of a help text."""
    paragraphs = _paragraphs(text)
    return [paragraph.removeprefix(_EXAMPLE) for paragraph in paragraphs if paragraph.startswith(_EXAMPLE)]


def prose_of(text: str | None) -> list[str]:
    """The paragraphs of a help text without the examples, each on one line; the first is the summary."""
    return [paragraph for paragraph in _paragraphs(text) if not paragraph.startswith(_EXAMPLE)]


def plain_usage(usage: str) -> str:
    """The name of a parameter without the type and the braces that typer puts around it."""
    name = re.sub(r" <(list\[\w+\]|str|file|path)>$", "", usage)
    return re.sub(r"\{([^{}]+)\}", r"\1", name).replace("[[", "[").replace("]]", "]")


def _paragraphs(text: str | None) -> list[str]:
    return [" ".join(paragraph.split()) for paragraph in cleandoc(text or "").split("\n\n") if paragraph]


class HelpCommand(TyperCommand):
    """A command with such a help."""

    def get_help(self, ctx: Any) -> str:
        """The whole text."""
        return super().get_help(ctx).replace(_UNBROKEN, "-")

    def format_help_text(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002 # of the base class
        """Writes the paragraphs, then the examples."""
        for paragraph in prose_of(self.help):
            formatter.write_paragraph()
            with formatter.indentation():
                formatter.write_text(paragraph.replace("-", _UNBROKEN))
        examples = examples_of(self.help)
        if examples:
            with formatter.section("Example" if len(examples) == 1 else "Examples"):
                for example in examples:
                    formatter.write(f"  {example}\n")

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """The words after the name of the command in its usage."""
        return [plain_usage(piece) for piece in super().collect_usage_pieces(ctx)]

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Writes the arguments and the options."""
        sections: dict[str, list[tuple[str, str]]] = {"Arguments": [], "Options": []}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is not None:
                title = "Arguments" if parameter.param_type_name == "argument" else "Options"
                sections[title].append((plain_usage(record[0]), record[1].replace("-", _UNBROKEN)))
        for title, rows in sections.items():
            if rows:
                with formatter.section(title):
                    formatter.write_dl(rows)


class HelpGroup(TyperGroup):
    """The program, with an overview of its commands."""

    def get_help(self, ctx: Any) -> str:
        """The whole text."""
        return super().get_help(ctx).replace(_UNBROKEN, "-")

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Writes the summary and an example of each command, and the exit codes."""
        rows = []
        for name in self.list_commands(ctx):
            text = getattr(self.get_command(ctx, name), "help", "")
            rows.append((name, " ".join(prose_of(text)[:1]).replace("-", _UNBROKEN)))
            rows += [("", example.replace("-", _UNBROKEN)) for example in examples_of(text)[:1]]
        with formatter.section("Commands"):
            formatter.write_dl(rows)
        with formatter.section("Exit codes"):
            formatter.write_dl([(str(code), meaning) for code, meaning in EXIT_CODES.items()])
