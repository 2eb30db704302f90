# SPDX-License-Identifier: GPL-2.0-only
"""What files mean as a whole configuration: the one that they ask for, and the one that is built of them.

1. What they leave open is what Kconfig makes of it; a symbol that it does not define is n in what is built.
2. A value that is none asks for nothing, and neither does what changes because of it (*echoes*): of such
   files Kconfig makes a configuration that can be had, and nobody asked for another.
3. A part of a configuration may leave open what its symbols depend on, for that may be met elsewhere: these
   have the values that it asks for. The four symbols are held against it all the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from explorer.checking.rejected_values import KeptValues
from explorer.configuration import Tree
from explorer.study.matrix import FOUR

__all__ = ["EffectiveConfig"]


@dataclass(frozen=True, slots=True)
class EffectiveConfig:
    """Two configurations.

    Attributes:
        said: the one that the files ask for.
        made: the one that is built of them.
        elsewhere: values of it that the answers of the files alone do not give.
        spared: symbols whose change is no change of what was asked for.
    """

    said: Mapping[str, str]
    made: Mapping[str, str]
    elsewhere: Mapping[str, str]
    spared: frozenset[str]

    @classmethod
    def of(cls, tree: Tree, outcome: KeptValues) -> Self:
        """What files mean of which a tree has made this."""
        echoes = _echoes(outcome)
        asked = {name: each.value for name, each in outcome.asked.items() if name not in echoes}
        said = {**outcome.values, **{name: _read(tree, name, value) for name, value in asked.items()}}
        elsewhere = {name: said[name] for name in _left_open(outcome)}
        return cls(said, {**outcome.values, **elsewhere}, elsewhere, echoes.union(elsewhere))


def _echoes(outcome: KeptValues) -> frozenset[str]:
    """The symbols whose values are not kept only because another's was no value, or because of a fragment."""
    nonsense = {each.symbol for each in outcome.findings if each.id == "wrong-type"} - set(outcome.asked)
    return outcome.moved | {
        each.symbol
        for each in outcome.findings
        if each.follows_from and nonsense.issuperset(each.follows_from)
    }


def _read(tree: Tree, name: str, value: str) -> str:
    """A value as conf takes it: of a bool or tristate it reads the first letter alone (``yes``, ``y"``)."""
    return value[:1] if tree.defines(name) and tree.is_logical(name) else str(value)


def _left_open(outcome: KeptValues) -> list[str]:
    """The symbols of a part of a configuration whose dependencies it leaves open."""
    if "ARM64" in outcome.asked:
        return []
    unmet = (each.symbol for each in outcome.findings if each.id == "unmet-dependency")
    return [name for name in unmet if name not in FOUR]
