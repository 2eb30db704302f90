# SPDX-License-Identifier: GPL-2.0-or-later
"""Compares the fragments with kernel checkouts: ``make fragments TREES="DIR ..."``.

Each tree is compared with the fragment of its release (``kconfig/spans.toml``). Prints each difference with
the lines of both definitions. The exit code is 1 if there is a difference that ``kconfig/differences.toml``
does not list, or if a tree cannot be compared. ``fragment_inclusion`` says what a comparison proves.
"""

import sys
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from pathlib import Path

from explorer.boot import SYMBOLS_USED
from explorer.configuration import Tree, load_fragment, load_tree
from explorer.configuration.tree.source_locations import reverse_dependencies
from explorer.errors import InputError
from explorer.resources import data_folder
from explorer.version import KernelVersion
from tests.configuration.fragment_inclusion import Comparison, Projections, Violation

__all__ = ["Difference", "Kind", "accepted_differences", "differences", "main"]

_MOST_LINES = 8  # selects of one symbol


class Kind(StrEnum):
    """How a fragment and a tree differ."""

    TIGHTER = "tighter"
    """The tree reaches values that the fragment does not."""
    MISSING = "missing"
    """A boot reads the symbol, and only the tree defines it."""
    TYPE = "type"
    """The tree gives the symbol another type."""
    LOOSER = "looser"
    """The fragment reaches values that the tree does not."""
    CHANGED = "changed"
    """Two trees of the span reach different values."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A difference between a fragment and a tree.

    Attributes:
        kind: how they differ.
        symbol: the symbol whose definition differs.
        folder: the folder of the fragment.
        text: what is reachable on one side only, and the lines of both definitions.
    """

    kind: Kind
    symbol: str
    folder: str
    text: str


def differences(
    trees: Iterable[Tree],
    fragment_of: Callable[[KernelVersion], Tree] = load_fragment,
    read: Sequence[str] = SYMBOLS_USED,
) -> Iterator[Difference]:
    """Every difference between trees and the fragments of their releases; a boot reads some symbols.

    Raises:
        InputError: no fragment describes the release of a tree.
    """
    earlier: dict[str, tuple[Tree, Projections]] = {}
    for tree in trees:
        fragment = fragment_of(tree.release)
        comparison = Comparison(fragment, tree, read)
        yield from _tighter(comparison)
        ours, theirs = comparison.in_fragment(), comparison.in_tree()
        yield from _looser(comparison, ours, theirs)
        if fragment.label in earlier:
            yield from _changed(comparison, theirs, *earlier[fragment.label])
        earlier[fragment.label] = tree, theirs


def _tighter(comparison: Comparison) -> Iterator[Difference]:
    folder = _folder(comparison.fragment)
    for name in comparison.missing():
        text = f"only the tree defines it\n{_definitions(comparison, name)}"
        yield Difference(Kind.MISSING, name, folder, text)
    for name in comparison.of_other_type():
        text = f"the tree calls it {comparison.tree.type_of(name)}\n{_definitions(comparison, name)}"
        yield Difference(Kind.TYPE, name, folder, text)
    for violation in comparison.violations():
        text = (
            f"only the tree reaches {_assignments(violation)}\n{_definitions(comparison, violation.symbol)}"
        )
        yield Difference(Kind.TIGHTER, violation.symbol, folder, text)


def _looser(comparison: Comparison, ours: Projections, theirs: Projections) -> Iterator[Difference]:
    for name, (near, reached) in ours.items():
        if further := sorted(reached - theirs[name][1]):
            what = _combination(near, further[0])
            text = f"only the fragment reaches {what} ({len(further)} of {len(reached)} combinations)"
            definitions = _definitions(comparison, name)
            yield Difference(Kind.LOOSER, name, _folder(comparison.fragment), f"{text}\n{definitions}")


def _changed(
    comparison: Comparison, theirs: Projections, before: Tree, those: Projections
) -> Iterator[Difference]:
    for name, (near, reached) in theirs.items():
        if changed := sorted(reached ^ those[name][1]):
            tree = comparison.tree if changed[0] in reached else before
            text = f"only {tree.label} reaches {_combination(near, changed[0])}"
            lines = "\n".join((*_lines(before, name), *_lines(comparison.tree, name)))
            yield Difference(Kind.CHANGED, name, _folder(comparison.fragment), f"{text}\n{lines}")


def _folder(fragment: Tree) -> str:
    return fragment.label.rpartition("/")[2]


def _combination(names: Sequence[str], values: Sequence[str]) -> str:
    return " ".join(f"{name}={value}" for name, value in zip(names, values, strict=True))


def _assignments(violation: Violation) -> str:
    assignments = _combination(tuple(violation.values), tuple(violation.values.values()))
    undefined = f" (it does not define {', '.join(violation.undefined)})" if violation.undefined else ""
    return f"{assignments}{undefined}"


def _definitions(comparison: Comparison, name: str) -> str:
    return "\n".join((*_lines(comparison.fragment, name), *_lines(comparison.tree, name)))


def _lines(tree: Tree, name: str) -> Iterator[str]:
    """The lines of a definition and those that select it, indented."""
    if not tree.defines(name):
        yield f"    {tree.label} does not define {name}"
        return
    for line in tree.statements(name):
        yield f"    {line.file}:{line.line}: {line.text}"
    symbol = tree.kconfig.syms[name]
    for selector, _, _, line in islice(
        reverse_dependencies(tree, symbol, "selects", symbol.rev_dep), _MOST_LINES
    ):
        yield f"    {line.file}:{line.line}: {line.text} (in config {selector.name})"


def accepted_differences() -> Mapping[tuple[str, str, str], str]:
    """Folder (``*`` for all), symbol and kind of each deliberate difference, with its reason."""
    with (data_folder("kconfig") / "differences.toml").open("rb") as file:
        entries = tomllib.load(file)["difference"]
    return {(entry["folder"], entry["symbol"], entry["kind"]): entry["reason"] for entry in entries}


def reason_of(difference: Difference, accepted: Mapping[tuple[str, str, str], str]) -> str:
    """Why a difference is accepted; empty if it is not."""
    symbol, kind = difference.symbol, difference.kind
    return accepted.get((difference.folder, symbol, kind)) or accepted.get(("*", symbol, kind), "")


def _loaded(folders: Iterable[str], failed: list[str]) -> Iterator[Tree]:
    """The trees that can be compared; the reasons of the others are printed."""
    for folder in folders:
        try:
            tree = load_tree(Path(folder))
            fragment = load_fragment(tree.release)
        except InputError as error:
            _show(f"{folder}: not compared: {error}")
            failed.append(folder)
            continue
        _show(f"{folder}: Linux {tree.release}, {len(fragment.symbols)} symbols of {fragment.label}")
        yield tree


def _show(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main(folders: Sequence[str]) -> int:
    """Compare trees and print the differences; returns the exit code."""
    accepted, failed, unexplained = accepted_differences(), list[str](), 0
    for difference in differences(_loaded(folders, failed)):
        reason = reason_of(difference, accepted)
        note = f"accepted, because {reason}" if reason else "not listed in kconfig/differences.toml"
        unexplained += not reason
        _show(f"  {difference.kind}: {difference.symbol}: {difference.text}\n    {note}")
    _show(f"{len(folders) - len(failed)} trees compared: {unexplained} unexplained differences")
    return 1 if unexplained or failed or not folders else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
