# SPDX-License-Identifier: GPL-2.0-or-later
"""Removes a statement of an unsat core from the text of its tree, and asks the same question again.

A condition becomes ``y``; a default, range, select or imply goes; a symbol that "gets its value only here"
gets a prompt; a choice becomes a menu. A statement is *needed* if the request is then reachable, or is
excluded by statements that are not all in the rest.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from random import Random

import kconfiglib

from explorer.configuration import ConflictStatement, Tree, explain
from explorer.configuration.encoding.guard import GuardKind
from explorer.configuration.tree.expressions import conjuncts, disjuncts
from explorer.configuration.tree.loading import with_files
from explorer.configuration.tree.tree import Statement

__all__ = ["is_needed", "questions", "without"]

_PROPERTY = re.compile(r"\s*(prompt|bool|tristate|default|optional|help|---help---)\b")
_ENTRY = re.compile(r"\s*(config|menuconfig|if|comment|menu|source|endchoice)\b")
_BOUNDARY = r"(?<![A-Za-z0-9_]){}(?![A-Za-z0-9_])"
_CONDITIONS = {GuardKind.DEPENDS, GuardKind.PROMPT}


def is_needed(
    tree: Tree,
    required: Mapping[str, str],
    statement: ConflictStatement,
    core: Sequence[ConflictStatement],
) -> bool:
    """Whether the rest of a core does not exclude values in the tree without one of its statements.

    Args:
        tree: the tree.
        required: the values that the core excludes.
        statement: one of the core's; not the rule that m needs modules, which no line of a tree makes.
        core: the core.
    """
    now = explain(without(tree, statement), required).combination
    rest = {key for other in core if other != statement for key in _keys(other)}
    conflicting = {key for other in now.core for key in _keys(other)}
    return bool(now.reachable or now.undecided or not conflicting <= rest)


def _keys(statement: ConflictStatement) -> Iterator[tuple[str, str, str, tuple[str, ...]]]:
    """A statement without line numbers, for each symbol that it limits."""
    lines = tuple(line.text for line in statement.lines if not line.text.startswith(("config", "menuconfig")))
    for symbol in (statement.symbol, *statement.others):
        yield symbol, statement.kind, statement.operand, lines


def questions(tree: Tree, random: Random, count: int) -> Iterator[dict[str, str]]:
    """Requests around dependencies, selects, ranges, choices and modules; many are unreachable."""
    makers = [_dependency, _select, _range, _choice, _forced, _modules, _any]
    for number in range(count):
        name = random.choice(tree.symbols)
        for _ in range(200):
            if request := makers[number % len(makers)](tree, random, name):
                yield request
                break
            name = random.choice(tree.symbols)


def _raised(tree: Tree, random: Random, name: str) -> str:
    return random.choice("my") if tree.type_of(name) == "tristate" else "y"


def _dependency(tree: Tree, random: Random, name: str) -> dict[str, str]:
    symbol = tree.kconfig.syms[name]
    parts = [part for part in conjuncts(symbol.direct_dep) if getattr(part, "nodes", ())]
    parts = [part for part in parts if isinstance(part, kconfiglib.Symbol) and tree.is_logical(part.name)]
    if not parts or not tree.is_logical(name):
        return {}
    other = random.choice(parts).name
    if tree.type_of(name) == tree.type_of(other) == "tristate" and random.random() < 0.5:
        return {other: "m", name: "y"}
    return {other: "n", name: _raised(tree, random, name)}


def _select(tree: Tree, random: Random, name: str) -> dict[str, str]:
    symbol = tree.kconfig.syms[name]
    terms = [term for term in disjuncts(symbol.rev_dep) if term is not tree.kconfig.n]
    if not terms:
        return {}
    term = random.choice(terms)
    selector = (term[1] if isinstance(term, tuple) else term).name
    low = "m" if tree.type_of(name) == "tristate" and random.random() < 0.5 else "n"
    return {selector: "y", name: low}


def _range(tree: Tree, random: Random, name: str) -> dict[str, str]:
    ends = [end.name for low, high, _ in tree.kconfig.syms[name].ranges for end in (low, high)]
    numbers = [end for end in ends if re.fullmatch(r"(0x[0-9a-fA-F]+|[0-9]+)", end)]
    if not numbers:
        return {}
    is_hex = tree.type_of(name) == "hex"
    bounds = [int(end, 16 if is_hex else 10) for end in numbers]
    value = max(bounds) + 1 if random.random() < 0.7 else max(min(bounds) - 1, 0)
    return {name: hex(value) if is_hex else str(value)}


def _choice(tree: Tree, random: Random, name: str) -> dict[str, str]:
    choice = tree.kconfig.syms[name].choice
    members = [member.name for member in choice.syms] if choice else []
    return dict.fromkeys(random.sample(members, 2), "y") if len(members) > 1 else {}


def _forced(tree: Tree, random: Random, name: str) -> dict[str, str]:
    if tree.has_prompt(name) or not tree.is_logical(name):
        return {}
    return {name: random.choice("ny")}


def _modules(tree: Tree, _: Random, name: str) -> dict[str, str]:
    return {tree.modules_symbol: "n", name: "m"} if tree.type_of(name) == "tristate" else {}


def _any(tree: Tree, random: Random, name: str) -> dict[str, str]:
    if not tree.is_logical(name):
        return {}
    other = random.choice(tree.symbols)
    rest = {other: "n"} if tree.is_logical(other) and other != name else {}
    return {name: _raised(tree, random, name), **rest}


def without(tree: Tree, statement: ConflictStatement) -> Tree:
    """The tree without a statement."""
    texts: dict[str, list[str]] = {}
    for line in reversed(statement.lines):
        name = line.file.removeprefix(f"{tree.label}/")
        lines = texts.setdefault(name, tree.text(name).split("\n"))
        _remove(lines, line, statement)
    return with_files(tree, {name: "\n".join(lines).encode() for name, lines in texts.items()})


def _remove(lines: list[str], line: Statement, statement: ConflictStatement) -> None:
    at, word = line.line - 1, line.text.split()[0]
    last = at
    while lines[last].rstrip().endswith("\\"):
        last += 1
    if statement.kind is GuardKind.CHOICE:
        if word == "choice":
            _open_choice(lines, at)
    elif statement.kind in {GuardKind.ONLY, GuardKind.NUMBER}:
        if word in {"config", "menuconfig"}:
            lines[at] += f'\n\tprompt "added to {line.symbol}"'
    elif word not in {"config", "menuconfig", "choice"} or statement.kind in _CONDITIONS:
        text = _without(line.text, statement)
        if text != line.text:
            lines[at : last + 1] = [text, *[""] * (last - at)]


def _without(text: str, statement: ConflictStatement) -> str:
    """A line without what a statement says."""
    if statement.kind in _CONDITIONS:
        operand = r"\s*".join(map(re.escape, re.findall(r"[A-Za-z0-9_]+|[^\sA-Za-z0-9_]", statement.operand)))
        operand = operand.replace('"', '"?')
        begin = r"(?<![A-Za-z0-9_!])" if statement.operand[:1].isalnum() else ""
        end = r"(?![A-Za-z0-9_]|\s*[=<>!]=?\s*\w)" if statement.operand[-1:].isalnum() else ""
        condition = re.match(r"(depends\s+on|visible\s+if|if)\b", text) or re.search(r".*\bif\b", text)
        start = condition.end() if condition else len(text)
        return text[:start] + re.sub(
            rf"{begin}\(?{operand}\)?{end}", lambda found: _y(found[0]), text[start:]
        )
    match = re.match(r"def_(bool|tristate)\b", text)
    return match[1] if match else ""


def _y(text: str) -> str:
    """``y`` with the parentheses that a text has too many of."""
    surplus = text.count("(") - text.count(")")
    return "(" * max(surplus, 0) + "y" + ")" * max(-surplus, 0)


def _open_choice(lines: list[str], at: int) -> None:
    """Make a menu of a choice."""
    lines[at], depth, in_head = 'menu "opened"', 1, True
    for number in range(at + 1, len(lines)):
        if re.match(r"\s*choice\b", lines[number]):
            depth += 1
        if re.match(r"\s*endchoice\b", lines[number]):
            depth -= 1
            if not depth:
                lines[number] = "endmenu"
                return
        if _ENTRY.match(lines[number]):
            in_head = False
        if in_head and not re.match(r"\s*depends\b", lines[number]):
            lines[number] = ""
