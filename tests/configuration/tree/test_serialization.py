# SPDX-License-Identifier: GPL-2.0-or-later
"""A thawed tree is the tree that was frozen."""

import pickle
from itertools import islice, product
from pathlib import Path
from typing import Any

import kconfiglib
import pytest

from explorer.configuration import fragment_spans, load_fragment, load_tree
from explorer.configuration.tree.parser import LinuxKconfig
from explorer.configuration.tree.serialization import DamagedEntry, deserialize, serialize
from tests.configuration.trees import tree_at

SLOTS = {kind: kind.__slots__ for kind in (kconfiglib.Symbol, kconfiglib.Choice, kconfiglib.MenuNode)}


def drawn(tree: LinuxKconfig) -> list[Any]:
    """All that a tree's objects hold, references told by the place where they were met first."""
    met: dict[int, int] = {}
    found: list[Any] = []
    pending: list[Any] = [tree.top_node, *tree.syms.values(), *tree.const_syms.values(), *tree.choices]
    while pending:
        thing = pending.pop()
        if isinstance(thing, (str, int, type(None), kconfiglib.Kconfig)):
            found.append(thing if not isinstance(thing, kconfiglib.Kconfig) else "tree")
        elif id(thing) in met:
            found.append(("again", met[id(thing)]))
        else:
            met[id(thing)] = len(met)
            parts = _parts(thing)
            found.append((type(thing).__name__, len(parts)))
            pending += parts
    return found


def _parts(thing: Any) -> list[Any]:
    if type(thing) in SLOTS:
        return [getattr(thing, slot, "missing") for slot in SLOTS[type(thing)]]
    if isinstance(thing, set):
        return sorted(item.name or "" for item in thing)
    return list(thing)


@pytest.mark.parametrize("folder", [span.folder for span in fragment_spans()])
def test_every_fragment_is_the_same_afterwards(folder: str) -> None:
    span = next(span for span in fragment_spans() if span.folder == folder)
    tree = load_fragment(span.first).kconfig
    before = drawn(tree)
    again = deserialize(serialize(tree), tree.rules)
    assert drawn(again) == before
    assert list(again.syms) == list(tree.syms)
    assert again.kconfig_filenames == tree.kconfig_filenames
    assert again.warnings == tree.warnings


def test_values_move_as_before() -> None:
    tree = load_fragment(fragment_spans()[-1].first).kconfig
    again = deserialize(serialize(tree), tree.rules)
    names = [symbol.name for symbol in tree.unique_defined_syms if any(node.prompt for node in symbol.nodes)]
    for values in islice(product("yn", repeat=len(names)), 0, 1 << 16, 1 << 10):
        answers = list(zip(names, values, strict=True))
        results = []
        for each in (tree, again):
            each.assign(answers)
            results.append({symbol.name: symbol.str_value for symbol in each.unique_defined_syms})
        assert results[0] == results[1]


def test_expressions_of_any_depth_are_kept(tmp_path: Path) -> None:
    text = "".join(f'config S{n}\n\tbool "s"\n\tselect T if S{n + 1}\n' for n in range(700))
    tree = load_tree(tree_at(tmp_path, f"{text}config T\n\tbool\n")).kconfig
    again = deserialize(serialize(tree), tree.rules)
    again.assign([("S698", "y"), ("S699", "y")])
    assert again.syms["T"].str_value == "y"


class Trap:
    """Something that runs when it is read back, if it ever is."""

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.write_text, (Path("trap"), "sprung"))


@pytest.mark.parametrize("place", ["first", "second", "column"])
def test_nothing_runs_when_bytes_of_a_stranger_are_read(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    trap = pickle.dumps(Trap())
    counts = pickle.dumps(([0, 0, 0], [b"", b"", b""]))
    first = trap if place == "first" else counts
    second = pickle.dumps(([[("plain", trap)]], {})) if place == "column" else trap
    tree = load_fragment(fragment_spans()[0].first).kconfig
    with pytest.raises(DamagedEntry):
        deserialize(len(first).to_bytes(8, "little") + first + second, tree.rules)
    assert list(tmp_path.iterdir()) == []


def test_bytes_that_are_no_tree_are_damage() -> None:
    tree = load_fragment(fragment_spans()[0].first).kconfig
    whole = serialize(tree)
    for cut in range(0, len(whole) - 1, max(1, len(whole) // 200)):
        with pytest.raises(DamagedEntry):
            deserialize(whole[:cut], tree.rules)
