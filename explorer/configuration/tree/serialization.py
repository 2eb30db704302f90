# SPDX-License-Identifier: GPL-2.0-or-later
"""Serialises a parsed tree for the cache.

The bytes hold numbers, strings, tuples and lists, and no class or function. Reading them can build a wrong
tree and cannot run code (docs/adr/0005). kconfiglib's objects are created here, empty, and filled slot by
slot:

1. Objects are numbered: the tree, *missing*, None, then symbols, choices, menu nodes and expressions.
2. An expression is three numbers: operator, left, right. Its operands have smaller numbers, so reading needs
   no recursion.
3. Each slot of a class is one column over all objects of the class. A column of references holds numbers.
4. A set is written in ascending order. Equal trees give equal bytes in every process: the order in which
   Python iterates over a set depends on addresses and on the seed of its hashes.
5. Equal strings become one object first. ``pickle`` writes an object once, and whether two equal strings are
   one object depends on the version of Python.

``deserialize(serialize(tree))`` equals the tree, with its cached values.
"""

import gc
import io
import pickle
from array import array
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from itertools import chain, compress, islice
from operator import is_not
from typing import Any, NoReturn

import kconfiglib

from explorer.configuration.tree.parser import LinuxKconfig
from explorer.configuration.tree.value_rules import ValueRules

__all__ = ["DamagedEntry", "deserialize", "no_garbage_collection", "serialize"]

_MISSING = object()
_UNARY = 1  # the number of "missing", as the right side of a negation
_NESTED = {tuple, list, dict}
_OPERANDS = {tuple, kconfiglib.Symbol, kconfiglib.Choice}
_KINDS = (kconfiglib.Symbol, kconfiglib.Choice, kconfiglib.MenuNode)
_WHOLE = (  # the attributes of the tree that are data and are used after parsing
    *("choices", "comments", "config_header", "config_prefix", "const_syms", "defconfig_list"),
    *("defined_syms", "env_vars", "filename", "header_header", "kconfig_filenames", "linenr", "m", "menus"),
    *("missing_syms", "modules", "n", "named_choices", "syms", "top_node", "unique_choices"),
    *("unique_defined_syms", "warn", "warn_assign_override", "warn_assign_redun", "warn_assign_undef"),
    *("warn_to_stderr", "warnings", "y", "_encoding", "_include_path", "_warn_assign_no_prompt"),
    *("probe_operands", "transitional"),
)
_SETS_OF_WORDS = ("env_vars", "transitional")  # of these attributes


class DamagedEntry(Exception):  # noqa: N818 # a reason to parse again, not a failure
    """The bytes are not those of a tree."""


def serialize(tree: LinuxKconfig) -> bytes:
    """The bytes of a tree that has just been parsed."""
    symbols = {id(symbol): symbol for symbol in (*tree.syms.values(), *tree.const_syms.values())}
    objects = (list(symbols.values()), tree.unique_choices, list(_nodes(tree.top_node)))
    numbers: dict[int, int] = {}
    for thing in (tree, _MISSING, None, *chain(*objects)):
        numbers[id(thing)] = len(numbers)
    columns = [
        [_column(things, slot) for slot in kind.__slots__]
        for kind, things in zip(_KINDS, objects, strict=True)
    ]
    whole = {slot: getattr(tree, slot) for slot in _WHOLE}
    whole |= {slot: sorted(whole[slot]) for slot in _SETS_OF_WORDS}
    strings: dict[str, str] = {}
    whole = {slot: _shared(value, strings) for slot, value in whole.items()}
    table = _expressions((columns, whole), numbers)
    encoded = [[_encoded(column, numbers, strings) for column in kind] for kind in columns]
    counts = [len(things) for things in objects]
    first = pickle.dumps((counts, [part.tobytes() for part in table]), protocol=5)
    return len(first).to_bytes(8, "little") + first + _pickled((encoded, whole), numbers)


def _shared(value: Any, strings: dict[str, str]) -> Any:
    """The value, with the first one of equal strings in place of each string, also inside it."""
    if type(value) is str:
        return strings.setdefault(value, value)
    if type(value) is dict:
        return {_shared(key, strings): _shared(part, strings) for key, part in value.items()}
    return type(value)(_shared(part, strings) for part in value) if type(value) in {list, tuple} else value


def _column(things: Sequence[Any], slot: str) -> list[Any]:
    """One slot of all objects."""
    return [getattr(thing, slot, _MISSING) for thing in things]


def _encoded(column: list[Any], numbers: Mapping[int, int], strings: dict[str, str]) -> tuple[str, Any]:
    """A column in the smallest of four forms: plain values, numbers, sets of numbers, or a mixed list."""
    kinds = set(map(type, column))
    if kinds == {set}:
        members = (sorted(numbers[id(member)] for member in each) for each in column)
        return "sets", (array("i", map(len, column)).tobytes(), array("i", chain(*members)).tobytes())
    if str in kinds:
        column = [strings.setdefault(each, each) if type(each) is str else each for each in column]
    if kinds <= {int, bool, str, type(None)}:
        return "plain", pickle.dumps(column, protocol=5)
    if not kinds & {int, bool, str, list, set}:
        with suppress(KeyError):  # a tuple that is not an expression
            return "numbers", array("i", [numbers[id(value)] for value in column]).tobytes()
    return "mixed", column


def _nodes(top: Any) -> Iterator[Any]:
    """All menu nodes, including those of definitions outside menus."""
    pending, seen = [top], set()
    while pending:
        node = pending.pop()
        if node is None or id(node) in seen:
            continue
        seen.add(id(node))
        yield node
        pending += (getattr(node, slot, None) for slot in ("next", "list", "parent"))
        if id(node.item) not in seen:
            seen.add(id(node.item))
            pending += getattr(node.item, "nodes", ())


def _expressions(values: Any, numbers: dict[int, int]) -> tuple["array[int]", ...]:
    """Numbers all expressions in some values, operands first; returns operators, left and right operands."""
    table = array("i"), array("i"), array("i")
    stack, seen = [values], set()
    while stack:
        value = stack.pop()
        key = id(value)
        if key in numbers or key in seen:
            continue
        if not _is_expression(value):
            seen.add(key)
            parts = value.values() if type(value) is dict else value
            stack += [part for part in parts if part and type(part) in _NESTED]
        elif missing := [part for part in value[1:] if id(part) not in numbers]:
            stack += [value, *missing]
        else:
            numbers[key] = len(numbers)
            sides = [numbers[id(part)] for part in value[1:]]
            for column, entry in zip(table, (value[0], *sides, _UNARY), strict=False):
                column.append(entry)
    return table


def _is_expression(value: Any) -> bool:
    """Whether a value is an operator with operands; other tuples of kconfiglib do not have these types."""
    return type(value) is tuple and bool(value) and type(value[0]) is int and type(value[-1]) in _OPERANDS


def _pickled(values: Any, numbers: dict[int, int]) -> bytes:
    """Pickled values, with numbers in place of objects."""
    get = numbers.get

    class Pickler(pickle.Pickler):
        def persistent_id(self, thing: Any) -> int | None:
            return get(id(thing))

    stream = io.BytesIO()
    Pickler(stream, protocol=5).dump(values)
    return stream.getvalue()


def deserialize(data: bytes, rules: ValueRules) -> LinuxKconfig:
    """The tree in the bytes of ``serialize``.

    Args:
        data: the bytes.
        rules: the rules for values of the tree's release.

    Raises:
        DamagedEntry: the bytes are not those of a tree.
    """
    try:
        with no_garbage_collection():
            return _deserialized(data, rules)
    except Exception as error:  # noqa: BLE001 # damaged bytes can raise anything
        raise DamagedEntry(str(error)) from None


@contextmanager
def no_garbage_collection() -> Iterator[None]:
    """Switches the garbage collector off while many objects are made; it would take most of the time."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


class _Unpickler(pickle.Unpickler):
    """Reads numbers, strings, tuples, lists, sets and dictionaries; refuses every class."""

    def find_class(self, module: str, name: str) -> NoReturn:
        raise DamagedEntry(f"{module}.{name} in a tree")


def _deserialized(data: bytes, rules: ValueRules) -> LinuxKconfig:
    tree = LinuxKconfig.__new__(LinuxKconfig)
    size = 8 + int.from_bytes(data[:8], "little")
    counts, table = _Unpickler(io.BytesIO(data[8:size])).load()
    objects = [[kind.__new__(kind) for _ in range(count)] for kind, count in zip(_KINDS, counts, strict=True)]
    everything = _rebuilt([tree, _MISSING, None, *chain(*objects)], table)
    reader = _Unpickler(io.BytesIO(data[size:]))
    reader.persistent_load = everything.__getitem__  # type: ignore[method-assign] # faster than a method
    columns, whole = reader.load()
    for kind, things, encoded in zip(_KINDS, objects, columns, strict=True):
        for slot, (form, column) in zip(kind.__slots__, encoded, strict=True):
            _fill(getattr(kind, slot).__set__, things, _values(form, column, everything))
    for slot in _WHOLE:
        setattr(tree, slot, set(whole[slot]) if slot in _SETS_OF_WORDS else whole[slot])
    tree.rules = rules
    tree.reset_answers()
    return _closed(tree)


def _rebuilt(things: list[Any], table: Sequence[bytes]) -> list[Any]:
    """All objects by number: the given ones, then the expressions."""
    columns = [array("i", column) for column in table]
    add = things.append
    for operator, left, right in zip(*columns, strict=True):
        add((operator, things[left]) if right == _UNARY else (operator, things[left], things[right]))
    return things


def _values(form: str, column: Any, everything: Sequence[Any]) -> list[Any]:
    """The column that ``_encoded`` was given."""
    if form == "plain":
        return list(_Unpickler(io.BytesIO(column)).load())
    if form == "sets":
        lengths, members = (array("i", part) for part in column)
        of_all = map(everything.__getitem__, members)
        return [set(islice(of_all, length)) for length in lengths]
    return list(map(everything.__getitem__, array("i", column))) if form == "numbers" else list(column)


def _fill(set_slot: Callable[[Any, Any], None], things: Sequence[Any], column: list[Any]) -> None:
    if len(column) != len(things):
        raise DamagedEntry("a column is too short")
    filled = list(map(partial(is_not, _MISSING), column))
    if not all(filled):
        things, column = list(compress(things, filled)), list(compress(column, filled))
    deque(map(set_slot, things, column), maxlen=0)


def _closed(tree: LinuxKconfig) -> LinuxKconfig:
    """Resets the attributes that are not serialised."""
    kconfiglib_match = kconfiglib._re_match  # noqa: SLF001 # as Kconfig's own constructor does
    tree.srctree = tree._srctree_prefix = ""  # noqa: SLF001 # files are read through Sources
    tree._set_match = kconfiglib_match(tree.config_prefix + "([^=]+)=(.*)")  # noqa: SLF001 # as above
    tree._unset_match = kconfiglib_match(f"# {tree.config_prefix}([^ ]+) is not set")  # noqa: SLF001 # as above
    tree._parsing_kconfigs = tree._reuse_tokens = False  # noqa: SLF001 # as above
    tree._functions, tree.variables = {}, {}  # noqa: SLF001 # as above
    return tree
