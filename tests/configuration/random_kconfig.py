# SPDX-License-Identifier: GPL-2.0-or-later
"""Random Kconfig files, written along the grammar of the kernel's scripts/kconfig/parser.y.

In mode *mostly valid*, statements stand where the grammar has them and operands have fitting types. In mode
*bent*, any property follows any entry, types and operands do not fit, blocks nest in every way, macros refer
to themselves, and words are lost, doubled or replaced.
"""

from random import Random
from typing import TYPE_CHECKING

from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["kconfig_text", "kconfig_texts"]

_TYPES = ("bool", "bool", "bool", "tristate", "tristate", "int", "hex", "string")
_LOGICAL = frozenset({"bool", "tristate"})
_VALUES = {
    "bool": ("y", "n"),
    "tristate": ("y", "m", "n"),
    "int": ("0", "5", "17", "-3"),
    "hex": ("0x0", "0x1f", "5"),
    "string": ('""', '"abc"', '"7"'),
}
_OPERATORS = ("=", "!=", "<", "<=", ">", ">=")
_WORDS = (
    *("config", "menuconfig", "choice", "endchoice", "menu", "endmenu", "if", "endif", "source", "comment"),
    *("bool", "tristate", "int", "hex", "string", "prompt", "default", "def_bool", "depends", "on", "select"),
    *(
        "imply",
        "range",
        "visible",
        "help",
        "optional",
        "modules",
        "option",
        "env",
        "transitional",
        "mainmenu",
    ),
    *(
        "&&",
        "||",
        "!",
        "(",
        ")",
        "=",
        "!=",
        "<",
        '"',
        "'",
        "$(",
        ")",
        ",",
        ":=",
        "+=",
        "#",
        "\\",
        "y",
        "n",
        "m",
    ),
    *(
        "n",
        "m",
        "mainmenu",
        "osource",
        "rsource",
        "def_tristate",
        "defconfig_list",
        "allnoconfig_y",
        "A0",
        "A1",
        '"A0"',
        "$(v0)",
    ),
)


def kconfig_texts(*, bent: bool) -> "st.SearchStrategy[str]":
    """Random Kconfig files, as a strategy of hypothesis."""
    return st.randoms(use_true_random=False).map(lambda chance: kconfig_text(chance, bent=bent))


def kconfig_text(chance: Random, *, bent: bool) -> str:
    """A random Kconfig file.

    Args:
        chance: makes every choice.
        bent: the mode, as the module says.
    """
    writer = _Writer(chance, bent=bent)
    text = writer.text()
    return _with_damaged_words(chance, text) if bent and chance.random() < 0.2 else text


def _with_damaged_words(chance: Random, text: str) -> str:
    """A text in which one or two words are lost, doubled, replaced or added."""
    lines = text.split("\n")
    for _ in range(chance.randint(1, 2)):
        at = chance.randrange(len(lines))
        words = lines[at].split(" ")
        place = chance.randrange(len(words))
        word = chance.choice(_WORDS)
        words[place : place + 1] = chance.choice(([], [words[place]] * 2, [word], [words[place], word]))
        lines[at] = " ".join(words)
    return "\n".join(lines)


class _Writer:
    """Writes one file."""

    def __init__(self, chance: Random, *, bent: bool) -> None:
        self._chance = chance
        self._bent = bent
        self._rate = chance.choice([0.05, 0.2, 1.0]) if bent else 0.0
        self._types = {f"A{at}": chance.choice(_TYPES) for at in range(chance.randint(2, 8))}
        self._known = ["MODULES"]
        self._left = list(self._types)
        self._variables = 0

    def text(self) -> str:
        """The whole file."""
        lines = ["config MODULES", '\tbool "Modules"', "\tmodules", "\tdefault y"]
        if self._odd(0.2):
            lines = lines[: self._chance.randrange(4)]
        while self._left:
            lines += self._block(0)
        return "\n".join(lines) + self._chance.choice(["\n", "\n", "\n", ""] if self._bent else ["\n"])

    def _odd(self, share: float) -> bool:
        """Whether something bent happens."""
        return self._chance.random() < share * self._rate

    def _sometimes(self, share: float) -> bool:
        return self._chance.random() < share

    def _block(self, depth: int, *, in_choice: bool = False) -> list[str]:
        kinds: list[Callable[[int], list[str]]] = [self._entry] * 6
        if depth < 4 and not (in_choice and not self._bent):
            kinds += [self._menu, self._if, self._choice, self._comment, self._assignment]
        return self._chance.choice(kinds)(depth)

    # --- entries --------------------------------------------------------------------------------------------

    def _entry(self, _depth: int, kind: str = "") -> list[str]:
        if self._left and not self._odd(0.15):
            name = self._left.pop(0)
            self._types[name] = kind or self._types[name]
        else:
            name = self._chance.choice([*self._types])
        word = "config" if kind else self._chance.choice(["config", "config", "menuconfig"])
        lines = [f"{word} {name}", *self._properties(name, is_member=bool(kind))]
        self._known.append(name)
        return lines

    def _properties(self, name: str, *, is_member: bool) -> list[str]:
        kind = self._types[name]
        lines = [] if self._odd(0.12) else [f"\t{kind}{self._prompt(1.0 if is_member else 0.7)}"]
        if is_member and not self._odd(0.3):
            return [*lines, *self._help()]
        if self._sometimes(0.4):
            lines.append(f"\tdepends on {self._expression()}")
        lines += [
            f"\tdefault {self._value(kind)}{self._condition(0.5)}" for _ in range(self._chance.randint(0, 2))
        ]
        if kind in {"int", "hex"} and self._sometimes(0.5):
            lines.append(f"\trange {self._value(kind)} {self._value(kind)}{self._condition(0.4)}")
        later = [other for other in self._left if self._types[other] in _LOGICAL]
        if kind in _LOGICAL and later and self._sometimes(0.4):
            verb = self._chance.choice(["select", "imply"])
            lines.append(f"\t{verb} {self._chance.choice(later)}{self._condition(0.4)}")
        lines += self._odd_properties()
        return [*lines, *self._help()]

    def _odd_properties(self) -> list[str]:
        """Properties that do not belong here, in mode bent."""
        return (
            [f"\t{self._odd_property()}" for _ in range(self._chance.randint(1, 2))]
            if self._odd(0.35)
            else []
        )

    def _odd_property(self) -> str:
        kind = self._chance.choice(_TYPES)
        name = self._chance.choice([*self._types, "UNDEFINED", '"A0"', "y", "m"])
        return self._chance.choice(
            [
                f"{kind}{self._prompt(0.5)}",
                f'prompt "other"{self._condition(0.3)}',
                f"default {self._expression()}{self._condition(0.3)}",
                f"default {self._value(kind)}",
                f"def_{self._chance.choice(['bool', 'tristate'])} {self._expression()}{self._condition(0.3)}",
                f"def_{kind} {self._value(kind)}",
                f"depends on {self._expression()} if {self._expression()}",
                f"depends on {self._expression()}",
                f"select {name}{self._condition(0.3)}",
                f"imply {name}{self._condition(0.3)}",
                f"range {self._value(kind)} {self._value(kind)}{self._condition(0.3)}",
                f"visible if {self._expression()}",
                "optional",
                "modules",
                "transitional",
                "option modules",
                "option defconfig_list",
                "option allnoconfig_y",
                'option env="HOME"',
                'option env="ARCH"',
                "help",
                "---help---",
                f"prompt {name}",
            ]
        )

    def _help(self) -> list[str]:
        return ["\thelp", "\t  Words.", "", "\t  More words."] if self._sometimes(0.15) else []

    # --- blocks ---------------------------------------------------------------------------------------------

    def _menu(self, depth: int) -> list[str]:
        lines = ['menu "Menu"']
        if self._sometimes(0.3):
            lines.append(f"\tdepends on {self._expression()}")
        if self._sometimes(0.3):
            lines.append(f"\tvisible if {self._expression()}")
        return [*lines, *self._odd_properties(), *self._body(depth), self._end("endmenu")]

    def _if(self, depth: int) -> list[str]:
        return [f"if {self._expression()}", *self._odd_properties(), *self._body(depth), self._end("endif")]

    def _comment(self, _depth: int) -> list[str]:
        lines = ['comment "Comment"']
        if self._sometimes(0.5):
            lines.append(f"\tdepends on {self._expression()}")
        return [*lines, *self._odd_properties()]

    def _choice(self, depth: int) -> list[str]:
        members = self._left[: self._chance.randint(0 if self._bent else 1, 3)]
        lines = [self._chance.choice(["choice", "choice C"]) if self._bent else "choice"]
        if not self._odd(0.2):
            lines.append(f'\tprompt "Choice"{self._condition(0.3)}')
        if self._odd(0.3):
            lines.append(f"\t{self._chance.choice(_TYPES)}")
        if self._sometimes(0.3):
            lines.append(f"\tdepends on {self._expression()}")
        if members and self._sometimes(0.5):
            lines.append(f"\tdefault {self._chance.choice(members)}{self._condition(0.5)}")
        lines += self._odd_properties()
        for name in members:
            if name in self._left:  # a bent entry before may have taken it
                self._left.remove(name)
                self._left.insert(0, name)
            lines += self._entry(depth, "" if self._odd(0.3) else "bool")
        if self._odd(0.3):
            lines += self._block(depth + 1, in_choice=True)
        return [*lines, self._end("endchoice")]

    def _body(self, depth: int) -> list[str]:
        return [line for _ in range(self._chance.randint(0, 3)) for line in self._block(depth + 1)]

    def _end(self, word: str) -> str:
        return (
            self._chance.choice(["endmenu", "endif", "endchoice", "", f"{word} x"])
            if self._odd(0.03)
            else word
        )

    # --- macros ---------------------------------------------------------------------------------------------

    def _assignment(self, _depth: int) -> list[str]:
        if not self._bent:
            self._variables += 1
            value = self._chance.choice(["y", "n", "abc"])
            return ['comment "Macros"', f"v{self._variables} := {value}"]  # conf reads none after a help text
        name = f"v{self._chance.randrange(3)}"
        operator = self._chance.choice([":=", "=", "+="])
        value = self._chance.choice(
            [
                f"$({name})",
                f"$({name},$(1))",
                "$(v0)$(v1)",
                "$(1),$(2)",
                "$(shell,echo y)",
                "$(success,true)",
                "$(info,x)",
                "$(warning-if,y,x)",
                "$(error-if,n,x)",
                "$(lineno)",
                "$(filename)",
                "$(",
                "y",
                "",
                "a b",
                '"',
                "$(-1)",
                "$(99)",
                "$(lineno,x)",
            ]
        )
        return [self._chance.choice([f"{name} {operator} {value}", f"$({name})", f"$(info,{value})"])]

    # --- expressions ----------------------------------------------------------------------------------------

    def _prompt(self, share: float) -> str:
        if not self._sometimes(share):
            return ""
        text = (
            self._chance.choice(['""', "word", "'a'", '"$(v0)"', '" a "']) if self._odd(0.1) else '"prompt"'
        )
        return f" {text}{self._condition(0.3)}"

    def _condition(self, share: float) -> str:
        return f" if {self._expression()}" if self._sometimes(share) else ""

    def _value(self, kind: str) -> str:
        if self._odd(0.2):
            return self._expression()
        same = [name for name in self._known if self._types.get(name) == kind]
        return self._chance.choice([*_VALUES[kind], *same])

    def _operand(self) -> str:
        if self._odd(0.15):
            odd = [
                '""',
                '"y"',
                "'n'",
                "m",
                "n",
                "0",
                "UNDEFINED",
                '"A0"',
                "$(v0)",
                '"$(v1)"',
                "$(success,false)",
            ]
            return self._chance.choice([*odd, *self._types])
        return self._chance.choice(self._known)

    def _expression(self, depth: int = 0) -> str:
        if depth < 2 and self._sometimes(0.4):
            operator = self._chance.choice(["&&", "||"])
            return f"({self._expression(depth + 1)} {operator} {self._expression(depth + 1)})"
        left = self._operand()
        if self._types.get(left, "bool") not in _LOGICAL or self._odd(0.1):
            values: Sequence[str] = (*_VALUES[self._types.get(left, "bool")], "UNDEFINED", self._operand())
            return f"{left} {self._chance.choice(_OPERATORS)} {self._chance.choice(values)}"
        if self._sometimes(0.2):
            operator = self._chance.choice(["=", "!="])
            return f"{left} {operator} {self._chance.choice('nm' if operator == '!=' else 'nmy')}"
        return "!" * (self._sometimes(0.2) + self._odd(0.05)) + left
