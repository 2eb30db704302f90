# SPDX-License-Identifier: GPL-2.0-only
"""A fix for what Kconfig does not keep: few answers to change so that the wish comes true.

The solver finds it and kconfiglib has computed the wish from it (``configuration.gentle_fix``). Where no
configuration of the tree has the value, that is said, and the fix is to write what Kconfig makes of it; the
findings that follow from it cannot be mended at their root then, and say so. A value of a wrong form often
shows what was meant, which is the fix where Kconfig keeps it. A search may take a second in a whole tree, so
it is made for the first few findings of a file; the others keep the plain fix.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from explorer.checking.findings import Finding, SuggestedFix
from explorer.configuration import Tree, config_fragment, explain, low_impact_correction_set, with_answers
from explorer.configuration.encoding.value_abstraction import ANY_TEXT
from explorer.configuration.queries.overrides import keeps
from explorer.configuration.tree.toolchain_override import probe_dependent_symbols
from explorer.errors import InputError
from explorer.narrative.value_narrative import setting

__all__ = ["as_computed", "mended", "unsought", "wished_fix"]

_MOST_SOUGHT = 5
_MOST_MEANT = 50
_LOGICAL_WORDS = frozenset({"y", "m", "n", "yes", "no"})
_SOUGHT = frozenset({"unmet-dependency", "choice-conflict", "overridden"})


def mended(tree: Tree, given: Mapping[str, str], found: Sequence[Finding]) -> list[Finding]:
    """The findings, the first roots among them with a fix that was found for them.

    Args:
        tree: the tree.
        given: what the files ask for.
        found: what Kconfig does not keep.
    """
    plain = {each.symbol: as_computed(tree, each.symbol) for each in found if each.follows_from}
    roots = [each for each in found if not each.follows_from]
    fixes: dict[str, SuggestedFix | None] = {}
    never: set[str] = set()
    sought = _worth_a_search(found)[:_MOST_SOUGHT]
    before = tree.values(given) if sought else {}
    for each in sought:
        fixes[each.symbol] = _granting(tree, given, each.symbol, each.asked, before)
        if fixes[each.symbol] is None and (words := _never(tree, each.symbol, each.asked)):
            never.add(each.symbol)
            fixes[each.symbol] = _behind(words, each.fix)
    needed = {name for each in found for name in each.follows_from}
    for each in [each for each in roots if each.id == "wrong-type"][:_MOST_MEANT]:
        fixes[each.symbol] = _meant(tree, given, each, needed=each.symbol in needed)
    for each in found:
        if lost := never.intersection(each.follows_from):
            words = f"{', '.join(sorted(lost))} cannot be had"
            fixes[each.symbol] = _behind(words, plain[each.symbol])
    return [replace(each, fix=fixes.get(each.symbol) or each.fix) for each in found]


def unsought(found: Sequence[Finding]) -> int:
    """For how many findings no fix is looked for, because the first few have taken the time."""
    return max(0, len(_worth_a_search(found)) - _MOST_SOUGHT)


def _worth_a_search(found: Sequence[Finding]) -> list[Finding]:
    return [each for each in found if each.id in _SOUGHT and not each.follows_from]


def _behind(words: str, fix: SuggestedFix | None) -> SuggestedFix:
    """A plain fix behind the reason why there is no other."""
    return SuggestedFix(words) if fix is None else replace(fix, words=f"{words}: {fix.words}")


def as_computed(tree: Tree, name: str) -> SuggestedFix:
    """To write what Kconfig makes of a symbol, under the tree's answers."""
    if not tree.is_written(name):
        return SuggestedFix("delete the line")
    value = tree.written(name)
    words = f"write what Kconfig makes of it: {setting(tree, name, value)}"
    return SuggestedFix(words, config_fragment(tree, {name: value}))


def _granting(
    tree: Tree, given: Mapping[str, str], name: str, asked: str, before: Mapping[str, str] | None = None
) -> SuggestedFix | None:
    """A few answers that give a symbol the value that was asked for; ``None`` where none are known."""
    wish = {name: asked[:1] if tree.is_logical(name) else str(asked)}
    try:
        found = low_impact_correction_set(tree, given, wish, before)
    except InputError:
        return None
    if found is None or not found.changes:
        return None
    changes = {change.symbol: change.after for change in found.changes}
    told = (
        f"{each} to a text of your own" if value == ANY_TEXT else setting(tree, each, value)
        for each, value in changes.items()
    )
    moved = len(found.moved.keys() - wish)
    others = f", which changes {moved} other symbol{'' if moved == 1 else 's'}" if moved else ""
    words = f"for {setting(tree, name, wish[name])} set {', '.join(told)}{others}"
    return SuggestedFix(words, "" if ANY_TEXT in changes.values() else config_fragment(tree, changes))


def wished_fix(tree: Tree, given: Mapping[str, str], name: str, asked: str) -> SuggestedFix | None:
    """What grants a wish, or that nothing can; ``None`` where nobody knows."""
    fix = _granting(tree, given, name, asked)
    if fix is None and (never := _never(tree, name, asked)):
        return SuggestedFix(f"{never}: take it out of the fragment")
    return fix


def _never(tree: Tree, name: str, asked: str) -> str:
    """That no configuration of the tree has a value; empty where one has, or where nobody knows.

    What stands in the way may be an answer of the compiler, which is not the tree's fault.
    """
    try:
        found = explain(tree, {name: asked[:1] if tree.is_logical(name) else str(asked)}).found
    except InputError:
        return ""
    if found.reachable:
        return ""
    by_compiler = name in probe_dependent_symbols(tree) or any("$(" in line.text for line in found.conflict)
    return (
        f"no configuration of this tree has {setting(tree, name, asked)}"
        f"{' with this compiler' if by_compiler else ''}"
    )


def _meant(tree: Tree, given: Mapping[str, str], finding: Finding, *, needed: bool) -> SuggestedFix | None:
    """What a value of a wrong form was meant to be, where Kconfig keeps that; else what other lines need."""
    name = finding.symbol
    value = _read(tree.type_of(name), finding.asked)
    others = ""
    if value is None and needed and tree.is_logical(name):
        value, others = "y" if finding.becomes == "n" else "n", ", which other lines of the file need"
    if value is None:
        return None
    tree.answer(with_answers(given, {name: value}))
    if not keeps(tree, name, value):
        return None
    return SuggestedFix(f"write {setting(tree, name, value)}{others}", config_fragment(tree, {name: value}))


def _read(kind: str, text: str) -> str | None:
    """The value in a text, as people mean it; ``None`` where that is not clear."""
    plain = text.strip().strip("\"'")
    if kind in {"bool", "tristate"}:
        value = plain[:1].lower()
        return (
            None if plain.lower() not in _LOGICAL_WORDS else "y" if value == "m" and kind == "bool" else value
        )
    if kind == "string":
        return plain if not getattr(text, "unset", False) else None
    base = {"int": 10, "hex": 16}.get(kind, 10)
    try:
        number = int(plain, base)
    except ValueError:
        return None
    return str(number) if base == 10 else hex(number)
