# SPDX-License-Identifier: GPL-2.0-or-later
"""``rule``: what a kind of finding of ``check`` means."""

from typing import Annotated

import typer

from explorer.checking import FindingKind
from explorer.commands.options import FormatOption, TextOrJson
from explorer.commands.printing import show
from explorer.document.rules import rules_json
from explorer.errors import UnknownNameError

__all__ = ["rule_command"]


def _ids(incomplete: str) -> list[str]:
    """What a shell offers."""
    return [str(kind) for kind in FindingKind if kind.startswith(incomplete)]


def rule_command(
    kind: Annotated[
        str | None,
        typer.Argument(
            metavar="ID", help="The id of a finding; without it all are listed.", autocompletion=_ids
        ),
    ] = None,
    form: FormatOption = TextOrJson.TEXT,
) -> None:
    """Explain a kind of finding of check: what it means, an example, and what to do.

    Where the text says that a fix can be written into the file, check --fix does it after it was confirmed.

    Example: kconfig-explorer rule unsafe
    """
    document = rules_json(FindingKind if kind is None else [_kind(kind)])
    show(document, form, "rules")


def _kind(name: str) -> FindingKind:
    """The kind with an id."""
    try:
        return FindingKind(name)
    except ValueError:
        raise UnknownNameError("no finding has this id", where=name, name=name, known=FindingKind) from None
