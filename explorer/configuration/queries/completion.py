# SPDX-License-Identifier: GPL-2.0-only
"""From wishes to a whole configuration: what Kconfig can give it gives, the rest is put over it.

A wish such as ``DEBUG_VM=y`` needs answers to other prompts before Kconfig computes it (``DEBUG_KERNEL=y``).
The solver finds them, and everything not wished for takes its default. A wish that contradicts an earlier one
or the tree is a *what-if*: it is not reachable, and its value simply replaces the computed one.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from explorer.configuration.queries.mcs import CorrectionSet, minimum_correction_set
from explorer.configuration.queries.reachability import Combination, Reachability
from explorer.configuration.tree.evaluation import Evaluation
from explorer.configuration.tree.tree import Tree
from explorer.errors import InputError

__all__ = ["Completion", "Explanation", "complete", "config_fragment", "explain"]


@dataclass(frozen=True, slots=True)
class Completion:
    """A whole configuration.

    Attributes:
        values: every symbol of the tree, and every symbol wished for, with its value.
        answers: the fewest answers to prompts that give what Kconfig can give of the wishes.
        impossible: the wishes that Kconfig does not give with these answers; empty when it gives them all.
    """

    values: Mapping[str, str]
    answers: Mapping[str, str]
    impossible: tuple[str, ...]

    @property
    def reachable(self) -> bool:
        """Whether Kconfig can produce all that was wished for at once."""
        return not self.impossible


def complete(
    tree: Tree, context: Mapping[str, str], values: Mapping[str, str], *, absent: Iterable[str] = ()
) -> Completion:
    """A configuration with the wished values.

    What can be had together is had together. Otherwise the context comes first, each of its wishes as far as
    it fits with those before it, and the values are put over what Kconfig makes of that.

    Args:
        tree: the tree.
        context: wishes about the kernel around the question.
        values: wishes about the symbols in question.
        absent: symbols that may be wished for although the tree does not define them.

    Raises:
        InputError: the tree does not define a symbol, or a value is not of its symbol's type.
    """
    wish = {**context, **values}
    for name, value in wish.items():
        _check(tree, name, value, frozenset(absent))
    oracle = Reachability(tree, wish)
    granted = dict(wish)
    if not oracle.possible(wish):
        granted = _fitting(oracle, {name: value for name, value in wish.items() if name not in values})
    answers = dict(oracle.decide(granted).witness or granted)
    answers |= {name: value for name, value in wish.items() if not tree.is_logical(name)}
    computed = Evaluation(tree, answers).values()
    impossible = tuple(name for name, value in wish.items() if computed.get(name, "n") != value)
    return Completion({**computed, **wish}, answers, impossible)


@dataclass(frozen=True, slots=True)
class Explanation:
    """Whether a wish can be had.

    Attributes:
        found: with all the rest free: a witness, or what is in the way.
        holds: the configuration that was given has it already; ``None`` where none was given.
        fix: the fewest of its answers to change, where it does not and the tree allows it.
    """

    found: Combination
    holds: bool | None = None
    fix: CorrectionSet | None = None


def explain(tree: Tree, wish: Mapping[str, str], base: Mapping[str, str] | None = None) -> Explanation:
    """Whether a wish can be had: a witness, or a minimal chain of statements in the way, or the smallest fix.

    Args:
        tree: the tree.
        wish: what must come true at once; symbols of any type.
        base: what a ``.config`` or fragment sets, in order; asks what of it must change.

    Raises:
        InputError: the tree does not define a symbol, or a value is not of its symbol's type.
    """
    for name, value in wish.items():
        _check(tree, name, value, frozenset())
    found = Reachability(tree, wish).decide(wish)
    if base is None:
        return Explanation(found)
    values = Evaluation(tree, base).values()
    holds = all(values[name] == value for name, value in wish.items())
    is_fixable = found.reachable and not holds
    return Explanation(found, holds, minimum_correction_set(tree, base, wish, values) if is_fixable else None)


def _fitting(oracle: Reachability, wish: Mapping[str, str]) -> dict[str, str]:
    """As much of a wish as fits together, taken in order."""
    granted: dict[str, str] = {}
    for name, value in wish.items():
        if oracle.possible({**granted, name: value}):
            granted[name] = value
    return granted


def config_fragment(tree: Tree, answers: Mapping[str, str]) -> str:
    """Answers as lines of a ``.config``, in order of name."""
    lines = []
    for name, value in sorted(answers.items()):
        kind = tree.type_of(name)
        if kind in {"bool", "tristate"} and value == "n":
            lines.append(f"# CONFIG_{name} is not set\n")
        else:
            lines.append(f"CONFIG_{name}={_quoted(value) if kind == 'string' else value}\n")
    return "".join(lines)


def _quoted(text: str) -> str:
    """A string as conf writes it: quotes and backslashes escaped."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _undefined(tree: Tree, name: str) -> InputError:
    near = get_close_matches(name, tree.symbols, n=1)
    hint = f"did you mean {near[0]}?" if near else f"kconfiglib read {len(tree.symbols)} symbols there"
    return InputError(f"{tree.label} defines no symbol {name}", where=name, hint=hint)


_LOGICAL_VALUES = {"bool": ("n", "y"), "tristate": ("n", "m", "y"), "undefined": ("n", "y")}


def _check(tree: Tree, name: str, value: str, absent: frozenset[str]) -> None:
    """Refuse a symbol that does not exist and a value that is not of its type."""
    kind = tree.type_of(name)
    if kind == "undefined" and name not in absent:
        raise _undefined(tree, name)
    shown = repr(value[:80])
    allowed = _LOGICAL_VALUES.get(kind)
    if allowed and value not in allowed:
        choices = " or ".join(f"{name}={choice}" for choice in allowed)
        raise InputError(f"{shown} is not a value of a {kind} symbol", where=name, hint=f"write {choices}")
    base = {"int": 10, "hex": 16}.get(kind)
    try:
        int(value, base) if base else None
    except ValueError:
        raise InputError(
            f"{shown} is not a value of a symbol of type {kind}", where=name, hint=f"give a {kind} number"
        ) from None
