# SPDX-License-Identifier: GPL-2.0-or-later
"""Small random trees: every value equals ``conf``, and what ``conf`` keeps is reachable.

``KCONFIG_EXPLORER_TREES`` names kernel checkouts (5.1 or later) whose ``conf`` is asked, separated by colons;
without it the sources of Debian's kernels are.
"""

import os
import re
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from explorer.configuration import config_fragment, explain, parse_config
from explorer.configuration.tree.evaluation import Evaluation
from explorer.errors import InputError
from tests.configuration.random_old_kconfig import choice_text, number_text, random_files
from tests.live.conf import Conf
from tests.live.debian import Unavailable, source_tree
from tests.live.test_values import any_file

pytestmark = pytest.mark.live

TREES = 40
FILES = 10
GIVEN = os.environ.get("KCONFIG_EXPLORER_TREES", "")
KERNELS = [Path(name) for name in GIVEN.split(":")] if GIVEN else ["6.1", "6.12"]
_TYPES = ("bool", "bool", "tristate", "tristate", "int", "hex", "string")
_DEFAULTS = {
    "bool": ("y", "n"),
    "tristate": ("y", "m", "n"),
    "int": ("0", "5", "17", "-3"),
    "hex": ("0x0", "0x1f", "5"),
    "string": ('""', '"abc"', '"7"'),
}
_RANGES = {"int": ("0", "3", "8", "20"), "hex": ("0x0", "0x2", "0x10", "0x30")}
_COMPARED = ('"0"', "3", '"7"', "0x5", '"abc"', '""', '"010"', "UNDEFINED", '"-1"')


class MadeUpTree:
    """The text of a random tree, symbol by symbol; each uses those before it."""

    def __init__(self, chance: Random, release: tuple[int, ...]) -> None:
        self._chance = chance
        self._has_old_choices = release < (6, 11)  # tristate ones, and members with defaults elsewhere
        self._modules = "option modules" if release < (5, 13) else "modules"
        count = chance.randint(4, 10)
        names = ["".join(chance.choices("ABCDEFGH", k=chance.randint(2, 6))) for _ in range(count)]
        self._symbols = [(f"{name}{number}", chance.choice(_TYPES)) for number, name in enumerate(names)]
        self._known = [("MODULES", "bool")]

    def text(self) -> str:
        """The whole tree."""
        text = (
            'config MODULES\n\tbool "Modules"\n' + f"\t{self._modules}\n" + self._maybe(0.5, "\tdefault y\n")
        )
        pending = list(self._symbols)
        while pending:
            if len(pending) > 2 and self._chance.random() < 0.2:
                names = [name for name, _ in pending[:3]]
                del pending[:3]
                text += self._choice(names)
                continue
            name, kind = pending.pop(0)
            text += self._definition(name, kind, [other for other, _ in pending if self._is_logical(other)])
            text += self._maybe(0.15, self._definition(name, kind, []))
            self._known.append((name, kind))
        return text

    def _is_logical(self, name: str) -> bool:
        return (name, "bool") in self._symbols or (name, "tristate") in self._symbols

    def _maybe(self, share: float, text: str) -> str:
        return text if self._chance.random() < share else ""

    def _definition(self, name: str, kind: str, later: list[str]) -> str:
        same = [other for other, of in self._known if of == kind and other != name]
        prompt = self._maybe(0.7, f' "{name}"{self._condition(0.3)}')
        text = f"config {name}\n\t{kind}{prompt}\n"
        text += self._maybe(0.4, f"\tdepends on {self._expression()}\n")
        for _ in range(self._chance.randint(0, 2)):
            text += f"\tdefault {self._chance.choice([*_DEFAULTS[kind], *same])}{self._condition(0.5)}\n"
        if kind in _RANGES:
            ends = [self._chance.choice([end, *same]) for end in self._chance.sample(_RANGES[kind], 2)]
            text += self._maybe(0.6, f"\trange {ends[0]} {ends[1]}{self._condition(0.5)}\n")
        elif later and kind in {"bool", "tristate"}:
            verb = self._chance.choice(["select", "imply"])
            text += self._maybe(0.4, f"\t{verb} {self._chance.choice(later)}{self._condition(0.4)}\n")
        return text + "\n"

    def _choice(self, names: list[str]) -> str:
        is_tristate = self._has_old_choices and self._chance.random() < 0.4
        kind = "tristate" if is_tristate else "bool"
        text = f'choice\n\tprompt "Choice"{self._condition(0.3)}\n' + self._maybe(is_tristate, "\ttristate\n")
        text += self._maybe(0.4, f"\tdepends on {self._expression()}\n")
        text += self._maybe(0.6, f"\tdefault {self._chance.choice(names)}{self._condition(0.5)}\n\n")
        for name in names:
            text += f'config {name}\n\t{kind} "{name}"{self._condition(0.2)}\n'
        text += "endchoice\n\n"
        for name in names if self._has_old_choices else ():
            text += self._maybe(0.12, f"config {name}\n\t{kind}\n\tdefault y{self._condition(0.5)}\n\n")
        self._known += [(name, kind) for name in names]
        return text

    def _condition(self, share: float) -> str:
        return self._maybe(share, f" if {self._expression()}")

    def _expression(self, depth: int = 0) -> str:
        if depth < 2 and self._chance.random() < 0.4:
            operator = self._chance.choice(["&&", "||"])
            return f"({self._expression(depth + 1)} {operator} {self._expression(depth + 1)})"
        name, kind = self._chance.choice(self._known)
        operator = self._chance.choice(["=", "!=", "<", "<=", ">", ">="])
        if kind not in {"bool", "tristate"}:
            return f"{name} {operator} {self._chance.choice(_COMPARED)}"
        if self._chance.random() < 0.2:  # since v6.12 expr_transform() reads garbage for a bool in A!=y
            literal = self._chance.choice("nm" if operator == "!=" else "nmy")
            return f"{name} {operator} {literal}"
        return self._maybe(0.2, "!") + name


def _kernel(kernel: Path | str) -> tuple[Path, str]:
    """A kernel tree and its release."""
    if isinstance(kernel, Path):
        numbers = re.findall(
            r"^(?:VERSION|PATCHLEVEL|SUBLEVEL) = (\d+)", (kernel / "Makefile").read_text(), re.MULTILINE
        )
        return kernel, ".".join(numbers)
    return source_tree(kernel, "*/Kconfig*", "*/Makefile", "*/scripts/*"), kernel


@pytest.mark.parametrize("kernel", KERNELS, ids=str)
def test_values_of_random_trees_equal_conf(kernel: Path | str, tmp_path: Path) -> None:
    try:
        source, release = _kernel(kernel)
        numbers = tuple(map(int, release.split(".")[:2]))
        compared = asked = 0
        for seed in range(TREES):
            chance = Random(seed)  # noqa: S311 # repeatable, and nothing secret
            folder = tmp_path / str(seed)
            folder.mkdir()
            text = MadeUpTree(chance, numbers).text()
            (folder / "Kconfig").write_text(text)
            conf = Conf(folder, release, "arm64", source)
            symbols = [(name, conf.tree.type_of(name)) for name in conf.tree.symbols]
            for number in range(FILES):
                given = any_file(symbols, chance)
                made = conf.olddefconfig(given)
                settings = parse_config(given.encode(), "given").settings
                ours = Evaluation(conf.tree, [(s.symbol, s.value) for s in settings]).values()
                usual = {name: "n" if conf.tree.is_logical(name) else "" for name in ours}
                assert ours == {**usual, **{name: made[name] for name in made}}, (seed, number, text, given)
                compared += len(ours)
                asked += _is_reachable(conf, made)
            conf.close()
    except Unavailable as reason:
        pytest.skip(f"the kernel's conf cannot be had here: {reason}")
    assert compared > TREES * FILES * 4
    assert asked > TREES * FILES // 2


@pytest.mark.parametrize("write", [number_text, choice_text], ids=["numbers", "choices"])
@pytest.mark.parametrize("kernel", KERNELS, ids=str)
def test_conf_drops_and_hides_as_we_do(
    kernel: Path | str, write: Callable[[Random], str], tmp_path: Path
) -> None:
    try:
        source, release = _kernel(kernel)
        numbers = tuple(map(int, release.split(".")[:2]))
        if numbers >= (6, 11) and write is choice_text:
            pytest.skip("conf refuses these choices since v6.11")
        compared = 0
        for seed in range(TREES):
            chance = Random(seed)  # noqa: S311 # as above
            folder = tmp_path / str(seed)
            folder.mkdir()
            text = write(chance)
            text = text.replace("\tmodules", "\toption modules") if numbers < (5, 13) else text
            (folder / "Kconfig").write_text(text)
            conf = Conf(folder, release, "arm64", source)
            symbols = [(name, conf.tree.type_of(name)) for name in conf.tree.symbols]
            for answers in random_files(symbols, chance, FILES):
                made = conf.olddefconfig(config_fragment(conf.tree, answers))
                ours = Evaluation(conf.tree, dict(sorted(answers.items()))).values()
                usual = {name: "n" if conf.tree.is_logical(name) else "" for name in ours}
                assert ours == {**usual, **made}, (seed, text, answers)
                wish = {name: value for name, value in made.items() if value}
                assert explain(conf.tree, wish).combination.reachable, (seed, text, answers)
                compared += len(ours)
            conf.close()
    except Unavailable as reason:
        pytest.skip(f"the kernel's conf cannot be had here: {reason}")
    assert compared > TREES * FILES * 3


def _is_reachable(conf: Conf, made: dict[str, str]) -> bool:
    """Assert that values that conf keeps are reachable; whether it keeps them."""
    text = "".join(
        f"# CONFIG_{name} is not set\n"
        if value == "n" and conf.tree.is_logical(name)
        else f'CONFIG_{name}="{value}"\n'
        if conf.tree.type_of(name) == "string"
        else f"CONFIG_{name}={value}\n"
        for name, value in made.items()
    )
    if conf.olddefconfig(text) != made:
        return False
    required = {name: value for name, value in made.items() if value and conf.tree.type_of(name) != "string"}
    try:
        assert explain(conf.tree, required).combination.reachable, (required, text)
    except InputError as error:
        assert "are supported" in str(error), error  # noqa: PT017 # too many values of a number
    return True
