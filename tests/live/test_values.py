# SPDX-License-Identifier: GPL-2.0-or-later
"""Every value that we compute against the one that the kernel's own ``conf --olddefconfig`` writes."""

from collections.abc import Iterator, Sequence
from random import Random

import pytest

from explorer.configuration import config_fragment, parse_config
from explorer.configuration.tree.evaluation import Evaluation
from tests.live.conf import Conf, conf
from tests.live.debian import Unavailable, kernel_image

pytestmark = pytest.mark.live

CONFIGURATIONS = 60
"""Files for each tree: ``any_file`` makes 15 kinds, by how many symbols a file sets, and how many to y."""
_BARE = "no quotes around it"
_WRONG = {
    "int": ["0", "1", "2", "7", "64", "4096", "99999999", "-3", "007", "many", '"7"'],
    "hex": ["0x0", "0x1f", "ffff0000", "0xg", '"0x1f"'],
    "string": ["", "abc", 'a b\\"c', _BARE, 'a"b'],
    "bool": ["m", "yes", "banana", '"y"'],
    "tristate": ["mod", "0", '"m"'],
}


def _chance(seed: int) -> Random:
    return Random(seed)  # noqa: S311 # repeatable, and nothing secret


def _line(name: str, kind: str, value: str) -> str:
    if kind in {"bool", "tristate"} and value == "n":
        return f"# CONFIG_{name} is not set\n"
    return f'CONFIG_{name}="{value}"\n' if kind == "string" and value != _BARE else f"CONFIG_{name}={value}\n"


def any_file(tree_symbols: Sequence[tuple[str, str]], chance: Random) -> str:
    """A file that sets any symbols to anything, in any order: promptless ones, wrong types, out of range."""
    share, yes = chance.choice([0.02, 0.1, 0.5, 0.9, 1]), chance.choice([0.1, 0.5, 0.9])
    lines = []
    for name, kind in tree_symbols:
        if chance.random() > share:
            continue
        logical = kind in {"bool", "tristate"} and chance.random() > 0.01
        value = "y" if chance.random() < yes else chance.choice("nm") if kind == "tristate" else "n"
        lines.append(_line(name, kind, value if logical else chance.choice(_WRONG[kind])))
    chance.shuffle(lines)
    return "".join(lines)


def _values(conf: Conf, text: str) -> Iterator[tuple[str, str, str]]:
    """Symbol, our value and conf's: bools and tristates, and the numbers and strings that conf writes."""
    made = conf.olddefconfig(text)
    tree = conf.tree
    settings = parse_config(text.encode(), "given").settings
    evaluation = Evaluation(tree, [(setting.symbol, setting.value) for setting in settings])
    for name in tree.symbols:
        if tree.is_logical(name):
            yield name, evaluation.value(name), made.get(name, "n")
        elif name in made:
            yield name, evaluation.value(name), made[name]


def _different(conf: Conf, text: str, *, least: int = 15_000) -> list[tuple[str, str, str]]:
    found = list(_values(conf, text))
    assert len(found) > least
    return [entry for entry in found if entry[1] != entry[2]]


@pytest.mark.parametrize("part", range(4))
def test_values_of_hand_broken_configurations_equal_conf(kernel_conf: Conf, part: int) -> None:
    symbols = [(name, kernel_conf.tree.type_of(name)) for name in kernel_conf.tree.symbols]
    for seed in range(part * CONFIGURATIONS // 4, (part + 1) * CONFIGURATIONS // 4):
        assert _different(kernel_conf, any_file(symbols, _chance(seed))) == [], seed


def test_values_of_configurations_that_conf_wrote_stay(kernel_conf: Conf) -> None:
    symbols = [(name, kernel_conf.tree.type_of(name)) for name in kernel_conf.tree.symbols]
    for seed in range(10):
        made = kernel_conf.rewritten(any_file(symbols, _chance(1000 + seed))).decode()
        assert _different(kernel_conf, made) == [], seed


def test_values_of_debians_configuration_equal_conf(kernel_conf: Conf) -> None:
    series = ".".join(map(str, kernel_conf.tree.release.series))
    _, config = kernel_image(series)
    assert _different(kernel_conf, config.read_text()) == []


def test_answers_written_as_a_fragment_are_read_back(kernel_conf: Conf) -> None:
    wanted = {"NUMA": "y", "NODES_SHIFT": "3", "CMDLINE": 'a "b" \\c', "KSM": "n", "ARM64_64K_PAGES": "y"}
    made = kernel_conf.olddefconfig(config_fragment(kernel_conf.tree, wanted))
    assert {name: made[name] for name in wanted} == wanted


@pytest.mark.parametrize("arch", ["arm", "riscv", "x86"])
def test_values_of_other_architectures_equal_conf(arch: str) -> None:
    try:
        other = conf("6.12", arch)
    except Unavailable as error:
        pytest.skip(str(error))
    symbols, chance = [(name, other.tree.type_of(name)) for name in other.tree.symbols], _chance(19)
    for _ in range(3):
        assert _different(other, any_file(symbols, chance), least=12_000) == []
    other.close()
