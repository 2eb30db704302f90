# SPDX-License-Identifier: GPL-2.0-or-later
"""Random Kconfig files with what ``conf`` computes in an order of its own in old releases.

*Numbers* have ranges, and other symbols read them: until v6.7 one outside its range is dropped late. The
members of *choices* are invisible, or have defaults and prompts elsewhere: until v6.10 they have values then.
"""

from collections.abc import Iterator
from random import Random

__all__ = ["choice_text", "number_text", "random_files"]

_VALUES = {
    "bool": ("n", "y"),
    "tristate": ("n", "m", "y"),
    "int": tuple(map(str, range(-1, 9))),
    "hex": tuple(map(hex, range(9))),
}


def number_text(chance: Random) -> str:
    """Three to five symbols; the numbers among them have ranges, and conditions compare them."""
    text, known = "", list[tuple[str, str]]()
    for number in range(chance.randint(3, 5)):
        name = "".join(chance.choices("ABCDEFGH", k=chance.randint(1, 3))) + str(number)
        kind = chance.choice(["int", "int", "hex", "bool", "tristate"]) if number else "int"
        is_number = kind in {"int", "hex"}
        text += f"config {name}\n\t{kind}" + _maybe(chance, 0.75 if is_number else 0.5, f' "{name}"') + "\n"
        for _ in range(chance.randint(0, 2)):
            text += f"\tdefault {_value(chance, kind, known)}{_number_condition(chance, known)}\n"
        if is_number and chance.random() < 0.8:
            low, high = sorted(chance.sample(range(1, 7), 2))
            ends = (hex(low), hex(high)) if kind == "hex" else (str(low), str(high))
            text += f"\trange {ends[0]} {ends[1]}{_number_condition(chance, known)}\n"
        known.append((name, kind))
    return text


def _value(chance: Random, kind: str, known: list[tuple[str, str]]) -> str:
    same = [name for name, other in known if other == kind]
    return chance.choice([*_VALUES[kind], *same, *same])


def _number_condition(chance: Random, known: list[tuple[str, str]]) -> str:
    if not known or chance.random() < 0.5:
        return ""
    name, kind = chance.choice(known)
    if kind in {"bool", "tristate"}:
        return f" if {name}"
    return f" if {name} {chance.choice(['=', '!=', '<', '>='])} {chance.choice(_VALUES[kind])}"


def choice_text(chance: Random) -> str:
    """A choice of one to three members between symbols that decide what is visible, and symbols that read."""
    known = ["MODULES", "A0", "B1"]
    text = 'config MODULES\n\tbool "Modules"\n\tmodules\n\n'
    text += "".join(
        f'config {name}\n\t{chance.choice(["bool", "tristate"])} "{name}"\n\n' for name in known[1:]
    )
    is_tristate = chance.random() < 0.4
    kind = "tristate" if is_tristate else "bool"
    text += f'choice\n\tprompt "c"{_condition(chance, 0.2, known)}\n' + "\ttristate\n" * is_tristate
    members = [f"{chance.choice('CDEFGH')}{number}" for number in range(5, 5 + chance.randint(1, 3))]
    text += _maybe(chance, 0.4, f"\tdefault {chance.choice(members)}\n") + "\n"
    for name in members:
        prompt = _maybe(chance, 0.5, f' "{name}"{_condition(chance, 0.6, known)}')
        text += f"config {name}\n\t{chance.choice([kind] * 9 + ['bool'])}{prompt}\n"
        text += (
            _maybe(chance, 0.5, f"\tdefault {chance.choice('ym')}{_condition(chance, 0.4, known)}\n") + "\n"
        )
    text += "endchoice\n\n"
    for name in members:
        prompt = _maybe(chance, 0.3, f' "{name}"{_condition(chance, 0.4, known)}')
        text += _maybe(chance, 0.15, f"config {name}\n\t{kind}{prompt}\n\tdefault y\n\n")
    return text + f"config X8\n\tbool\n\tdefault y{_condition(chance, 1, members)}\n"


def _condition(chance: Random, share: float, known: list[str]) -> str:
    return _maybe(chance, share, f" if {_maybe(chance, 0.3, '!')}{chance.choice(known)}")


def _maybe(chance: Random, share: float, text: str) -> str:
    return text if chance.random() < share else ""


def random_files(symbols: list[tuple[str, str]], chance: Random, count: int) -> Iterator[dict[str, str]]:
    """Answers to some of the symbols, in any order.

    Args:
        symbols: name and type of each.
        chance: makes every choice.
        count: how many files.
    """
    for _ in range(count):
        given = [(name, chance.choice(_VALUES[kind])) for name, kind in symbols if chance.random() < 0.7]
        chance.shuffle(given)
        yield dict(given)
