# SPDX-License-Identifier: GPL-2.0-only
"""Follows the outputs of probes through macros into the expressions of a tree.

kconfiglib replaces ``$(...)`` by text before it reads a line, so ``depends on $(success,false)`` becomes
``depends on n``. Here the output of a probe keeps a mark while macros pass it on:

1. A mark is removed where the text is used: in a command, a prompt, or an argument of a built-in function.
2. Where a whole operand of an expression is the output of a probe, the operand becomes a constant of its own
   with the same value, a *probe operand*. The tree knows its macro, its commands and its places.
3. That is so for the outputs n, m and y, and for every output of an unanswered probe. Other outputs, such as
   the number of a version, become ordinary constants.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from explorer.configuration.toolchain.probes import AnswerOrigin, Probe, possible_answers

__all__ = ["ProbeMarks", "ProbeOperand", "unmarked"]

_BEGIN, _MIDDLE, _END = "\ue000", "\ue001", "\ue002"  # private use: no kernel file holds them
_MARKED = re.compile(f"{_BEGIN}([0-9]+){_MIDDLE}([^{_BEGIN}{_END}]*){_END}")
_LOGICAL = frozenset("nmy")


@dataclass(frozen=True, slots=True)
class ProbeOperand:
    """An operand of expressions that a macro made from the output of probes.

    Attributes:
        macro: as the tree writes it, for example ``$(cc-option,-mbranch-protection=none)``.
        answer: its value in this tree; of an unanswered probe the value that a failed check gives.
        commands: the commands that decide it, with ``$(srctree)`` in place of the path.
        is_answered: every command has a recorded answer or was run.
        possible: the values that it can have; empty if they are not known.
        places: the file, relative to the tree, and the number of the last line of each statement with it.
    """

    macro: str
    answer: str
    commands: tuple[str, ...]
    is_answered: bool
    possible: tuple[str, ...]
    places: tuple[tuple[str, int], ...]


class ProbeMarks:
    """The marks and the probe operands of one parse."""

    def __init__(self) -> None:
        self._numbers: dict[Probe, int] = {}
        self._operands: dict[tuple[str, str, tuple[Probe, ...]], str] = {}
        self._places: dict[str, dict[tuple[str, int], None]] = {}

    def mark(self, probe: Probe) -> str:
        """The output of a probe with its mark."""
        number = self._numbers.setdefault(probe, len(self._numbers))
        return f"{_BEGIN}{number}{_MIDDLE}{probe.answer}{_END}"

    def probes(self, text: str) -> tuple[Probe, ...]:
        """The probes whose outputs a text holds."""
        if _BEGIN not in text:
            return ()
        every = tuple(self._numbers)
        numbers = (int(match[1]) for match in _MARKED.finditer(text))
        return tuple(dict.fromkeys(every[number] for number in numbers if number < len(every)))

    def operand(self, macro: str, text: str) -> str | None:
        """The key of the probe operand for an operand; ``None`` if it is an ordinary one.

        Args:
            macro: the operand as the tree writes it.
            text: the operand after expansion, with marks.
        """
        probes = self.probes(text)
        if not probes or (_answered(probes) and not (_whole(text) and unmarked(text) in _LOGICAL)):
            return None
        wanted = (macro, text, probes)
        return self._operands.setdefault(wanted, f"{_BEGIN}{len(self._operands)}{_END}")

    @property
    def keys(self) -> tuple[str, ...]:
        """The key of every probe operand."""
        return tuple(self._operands.values())

    def use(self, key: str, file: str, line: int) -> None:
        """Note that a statement has a probe operand."""
        self._places.setdefault(key, {})[file, line] = None

    def used(self) -> Iterator[tuple[str, ProbeOperand]]:
        """The keys of the probe operands that statements have, with what is known of each."""
        for (macro, text, probes), key in self._operands.items():
            if key in self._places:
                commands = tuple(probe.command for probe in probes)
                possible = possible_answers(commands[0]) if _whole(text) else ()
                places = tuple(self._places[key])
                yield key, ProbeOperand(macro, unmarked(text), commands, _answered(probes), possible, places)


def _answered(probes: tuple[Probe, ...]) -> bool:
    return all(probe.how is not AnswerOrigin.UNANSWERED for probe in probes)


def _whole(text: str) -> bool:
    """Whether a text is the output of one probe and nothing else."""
    return _MARKED.fullmatch(text) is not None


def unmarked(text: str) -> str:
    """A text without marks."""
    return _MARKED.sub(r"\2", text) if _BEGIN in text else text
