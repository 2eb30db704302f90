# SPDX-License-Identifier: GPL-2.0-or-later
"""The layout of a result as plain text for a mailing list, to be pasted below the ``---`` of a patch.

* A line has at most 72 columns, only ASCII, no tab and no space at its end. Other characters are written as
  escapes; a name that is too long is shortened in its middle, which three dots show.
* The text has at most ``MOST_LINES`` lines. What does not fit is counted, and the command that prints all of
  it stands at the end.
* git and patch find no diff in it: no line begins with ``---``, ``+++``, ``diff``, ``@@``, ``From`` or ``#``.
* A long command is continued with backslashes, so that it can be pasted into a shell.
"""

import shlex
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from textwrap import wrap
from typing import Any

from explorer.errors import printable
from explorer.narrative.plurals import counted, on_maps
from explorer.narrative.verdict_narrative import HAZARDS, VERDICT_WORDS

__all__ = [
    "MOST_LINES",
    "WIDTH",
    "Json",
    "compiler_words",
    "context_facts",
    "facts",
    "hazard_counts",
    "hazard_lines",
    "kernel_words",
    "listed",
    "mail_text",
    "map_words",
    "paragraph",
    "plain",
    "reproduction",
    "short_name",
    "values_words",
]

Json = Mapping[str, Any]

WIDTH = 72
MOST_LINES = 36
_LONGEST_NAME = 48
_KEY = 12  # columns of the names of facts
_MOST_COMMAND_LINES = 8
_LONGEST_PIECE = 60  # of a word that no line can hold


def plain(text: str) -> str:
    """A text as ASCII on one line: control characters become ?, others beyond ASCII escapes."""
    ascii_only = printable(text).replace("\N{REPLACEMENT CHARACTER}", "?").encode("ascii", "backslashreplace")
    return " ".join(ascii_only.decode().split())


def short_name(name: str, longest: int = _LONGEST_NAME) -> str:
    """A name as ASCII; of a long one the begin and the end, with three dots between."""
    name = plain(name) or "(no name)"
    half = (longest - 3) // 2
    return name if len(name) <= longest else f"{name[:half]}...{name[-half:]}"


def listed(names: Iterable[str], most: int) -> str:
    """The first names of some, and the number of the others."""
    names = list(names)
    shown, more = (names, 0) if len(names) <= most + 1 else (names[:most], len(names) - most)
    return ", ".join(map(short_name, shown)) + (f" and {more} more" if more else "")


def paragraph(text: str, indent: int = 0, hanging: int | None = None, most: int | None = None) -> list[str]:
    """A text as lines.

    Args:
        text: the text.
        indent: spaces before the first line.
        hanging: spaces before the others; as many as before the first by default.
        most: the largest number of lines; three dots mark a cut.
    """
    return wrap(
        plain(text),
        WIDTH,
        initial_indent=" " * indent,
        subsequent_indent=" " * (indent if hanging is None else hanging),
        break_on_hyphens=False,
        max_lines=most,
        placeholder=" ...",
    )


def facts(pairs: Iterable[tuple[str, str]], most: int = 3) -> list[str]:
    """Facts with their names, in two columns; those without a text are left out.

    Args:
        pairs: names of at most ten characters, with texts.
        most: the largest number of lines of a fact.
    """
    lines: list[str] = []
    for name, text in pairs:
        if text:
            block = paragraph(text, 2 + _KEY, most=most)
            block[0] = f"  {f'{name}:':<{_KEY}}{block[0].lstrip()}"
            lines += block
    return lines


def values_words(values: Json) -> str:
    """Symbols with their values, such as ``NUMA=n HOLES_IN_ZONE=y``."""
    return " ".join(f"{short_name(name)}={short_name(str(value))}" for name, value in values.items())


def map_words(names: Sequence[str], most: int = 4) -> str:
    """How many memory maps there are, and the names of the first."""
    return f"{len(names)}: {listed(names, most)}" if len(names) > 1 else listed(names, most)


def kernel_words(kernel: Json) -> str:
    """A kernel: its release, where its Kconfig is from, and the commit of a checkout."""
    head = f" (HEAD {kernel['commit'][:12]})" if kernel["commit"] else ""
    return f"{short_name(kernel['kernel'] or 'not known')}, Kconfig of {short_name(kernel['kconfig'])}{head}"


def compiler_words(compiler: Json) -> str:
    """The compiler of a result, and where its answers come from; empty if no check was needed."""
    if not compiler["probes"]:
        return ""
    how = "answers recorded" if compiler["recorded"] else "run here" if compiler["run"] else "no answers"
    missing = f", {compiler['unanswered']} unanswered" if compiler["unanswered"] else ""
    return f"{compiler['version'] or 'not known'} ({how}{missing})"


def context_facts(context: Json) -> Iterator[tuple[str, str]]:
    """What a boot was told besides its configuration: changes switched on or off, boot parameters, RAM."""
    for name in ("with", "without"):
        yield name, listed(map(_change_words, context["changes"][name]), 4)
    yield "cmdline", plain(context["command_line"] or "")
    yield "KASLR seed", context["kaslr_seed"] or ""
    fill = context["ram_fill"]
    yield "RAM fill", f"{fill} (what RAM holds before boot is not known)" if fill == "stale" else fill


def hazard_lines(cells: Iterable[Json], maps: int, *, past: bool = False) -> list[str]:
    """On which memory maps a kernel dies, the most certain ones first.

    Args:
        cells: its unsafe memory maps: the name as ``memory_map``, and the ``hazard``.
        maps: the number of all memory maps.
        past: the kernel is the one before.
    """
    cells = list(cells)
    lines: list[str] = []
    for hazard in HAZARDS:
        names = [cell["memory_map"] for cell in cells if cell["hazard"] == hazard]
        if names:
            before = "before, it " if past else ""
            where = f"{on_maps(len(names), maps)}: " if maps > 1 else " on "
            lines += paragraph(f"{before}{VERDICT_WORDS[hazard]}{where}{listed(names, 4)}", 2, 4, 4)
    return lines


def hazard_counts(cells: Iterable[Json], maps: int) -> str:
    """On how many memory maps a kernel dies, the most certain ones first."""
    counts = Counter(cell["hazard"] for cell in cells)
    words = [f"{VERDICT_WORDS[hazard]} on {counts[hazard]}" for hazard in HAZARDS if counts[hazard]]
    if maps == 1:
        return VERDICT_WORDS[next(iter(counts))]
    return f"{', '.join(words)} of {maps} maps"


def _change_words(change: Json) -> str:
    return f"commit {change['commits'][0]}" if change["commits"] else str(change["name"])


def reproduction(generator: Json, command: str) -> list[str]:
    """The version of the program, and the command that gives the result with all of its details."""
    lines = list(_command_lines(shlex.split(command)))
    more = len(lines) - _MOST_COMMAND_LINES
    if more > 0:
        lines = lines[:_MOST_COMMAND_LINES]
        lines.append(f"    [{counted(more, 'more line')}; the JSON document has the whole command]")
    return [*paragraph(f"All of it, with {generator['name']} {generator['version']}:", 0, 2, 2), *lines]


def mail_text(
    head: Sequence[str], details: Sequence[tuple[int, Sequence[str]]], tail: Sequence[str], noun: str
) -> str:
    """The text of a mail.

    Args:
        head: the lines that come first.
        details: the number of things that some lines are about, with the lines; the most important first.
        tail: the lines that come last.
        noun: what these things are, for the number of those that do not fit.
    """
    room = MOST_LINES - len(tail) - 2  # an empty line before the tail, and one that counts
    head = head if len(head) <= room else [*head[: room - 1], "  ... cut here; the command below has all"]
    room -= len(head)
    shown: list[str] = []
    previous: Sequence[str] = ()
    left = list(details)
    while left and len(shown) + len(left[0][1]) + 1 <= room:
        _, block = left.pop(0)
        shown += [*([] if len(block) == len(previous) == 1 else [""]), *block]
        previous = block
    more = sum(number for number, _ in left)
    shown += [f"And {counted(more, noun)} more; the command below has all."] if left else []
    return "\n".join(line.rstrip() for line in [*head, *shown, "", *tail]) + "\n"


def _command_lines(words: Sequence[str]) -> Iterator[str]:
    """A command on lines that a shell reads as one; a word that no line can hold is split."""
    line, at_start = "  ", True
    for word in words:
        quoted = _quoted(word)
        if len(line) + len(quoted) + 3 > WIDTH and not at_start:
            yield f"{line} \\"
            line, at_start = "    ", True
        if len(line) + len(quoted) + 3 > WIDTH:
            *pieces, quoted = map(_always_quoted, _pieces(word))
            for piece in pieces:
                yield f"{line}{piece}\\"  # the word continues in the first column
                line = ""
        line += quoted if at_start else f" {quoted}"
        at_start = False
    yield line


def _pieces(word: str) -> Iterator[str]:
    """The pieces of a word, each short enough for a line when quoted."""
    piece = ""
    for char in word:
        if len(_always_quoted(piece + char)) > _LONGEST_PIECE:
            yield piece
            piece = ""
        piece += char
    yield piece


def _quoted(word: str) -> str:
    return shlex.quote(word) if word.isascii() and word.isprintable() else _always_quoted(word)


def _always_quoted(word: str) -> str:
    """A word in quotes of bash: a line that begins with a quote begins no diff."""
    if word.isascii() and word.isprintable() and "'" not in word:
        return f"'{word}'"
    escaped = "".join(
        chr(byte) if 32 <= byte < 127 and chr(byte) not in "'\\" else f"\\{byte:03o}"
        for byte in word.encode("utf-8", "surrogateescape")
    )
    return f"$'{escaped}'"
