# SPDX-License-Identifier: GPL-2.0-or-later
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

from explorer.configuration.toolchain.probes import AnswerOrigin, PendingProbe, Probe, possible_answers

__all__ = ["ProbeMarks", "ProbeOperand"]

_BEGIN, _MIDDLE, _END = "\ue000", "\ue001", "\ue002"  # private use: no kernel file holds them
_MARKED = re.compile(f"{_BEGIN}([0-9]+){_MIDDLE}{_END}")
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
        self._numbers: dict[str, int] = {}
        self._probes: list[Probe | PendingProbe] = []
        self._operands: dict[tuple[str, str], str] = {}
        self._places: dict[str, dict[tuple[str, int], None]] = {}

    def mark(self, probe: Probe | PendingProbe) -> str:
        """The mark that stands for the output of a probe."""
        number = self._numbers.setdefault(probe.command, len(self._numbers))
        if number == len(self._probes):
            self._probes.append(probe)
        return f"{_BEGIN}{number}{_MIDDLE}{_END}"

    def text(self, marked: str) -> str:
        """A text with the outputs of probes in place of marks; waits for those that run."""
        return _MARKED.sub(self._output, marked) if _BEGIN in marked else marked

    def _output(self, match: "re.Match[str]") -> str:
        number = int(match[1])
        return self._probe(number).answer if number < len(self._probes) else match[0]

    def _probe(self, number: int) -> Probe:
        probe = self._probes[number]
        if isinstance(probe, PendingProbe):
            probe = self._probes[number] = probe.wait()
        return probe

    def probes(self, text: str) -> tuple[Probe, ...]:
        """The probes whose outputs a text holds; waits for those that run."""
        if _BEGIN not in text:
            return ()
        numbers = dict.fromkeys(int(match[1]) for match in _MARKED.finditer(text))
        return tuple(self._probe(number) for number in numbers if number < len(self._probes))

    def operand(self, macro: str, text: str) -> str | None:
        """The key of the probe operand for an operand; ``None`` if it is an ordinary one.

        Args:
            macro: the operand as the tree writes it.
            text: the operand after expansion, with marks.
        """
        if not self._is_pending(text):
            probes = self.probes(text)
            if not probes or (_answered(probes) and not (_whole(text) and self.text(text) in _LOGICAL)):
                return None
        return self._operands.setdefault((macro, text), f"{_BEGIN}{len(self._operands)}{_END}")

    def _is_pending(self, text: str) -> bool:
        """Whether a text is the output of one probe, which runs."""
        match = _MARKED.fullmatch(text)
        number = int(match[1]) if match else len(self._probes)
        return number < len(self._probes) and isinstance(self._probes[number], PendingProbe)

    def outputs(self) -> dict[str, str]:
        """The key of every probe operand with its text; waits for the probes that run."""
        return {key: self.text(text) for (_, text), key in self._operands.items()}

    def use(self, key: str, file: str, line: int) -> None:
        """Note that a statement has a probe operand."""
        self._places.setdefault(key, {})[file, line] = None

    def used(self) -> Iterator[tuple[str, ProbeOperand]]:
        """The keys of the probe operands that statements have, with what is known of each."""
        for (macro, text), key in self._operands.items():
            if key in self._places:
                probes = self.probes(text)
                commands = tuple(probe.command for probe in probes)
                possible = possible_answers(commands[0]) if _whole(text) else ()
                places = tuple(self._places[key])
                yield key, ProbeOperand(macro, self.text(text), commands, _answered(probes), possible, places)


def _answered(probes: tuple[Probe, ...]) -> bool:
    return all(probe.how is not AnswerOrigin.UNANSWERED for probe in probes)


def _whole(text: str) -> bool:
    """Whether a text is the output of one probe and nothing else."""
    return _MARKED.fullmatch(text) is not None
