# SPDX-License-Identifier: GPL-2.0-or-later
"""Merged files compared with ``merge_config.sh``: values in force, requested values that are lost."""

import os
import re
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random

import pytest

import explorer
from explorer.configuration import Tree, parse_config
from tests.live.conf import Conf
from tests.live.debian import source_tree

pytestmark = pytest.mark.live

_IN_VAIN = re.compile(r"^Value requested for CONFIG_(\w+) not in final .config", re.MULTILINE)
_CHANGED = {"unmet-dependency", "overridden", "choice-conflict", "wrong-type", "out-of-range"}
_VALUES = {
    "bool": ["=y", "=y", "=n", "=m", "=banana", " is not set"],
    "tristate": ["=y", "=m", "=n", "=banana", " is not set"],
    "int": ["=1", "=64", "=9999999", "=many", " is not set"],
    "hex": ["=0x10", "=ff", "=0xg"],
    "string": ['="a b"', '=""', "=bare", " is not set"],
}


def _chance(seed: int) -> Random:
    return Random(seed)  # noqa: S311 # repeatable, and nothing secret


def _fragments(tree: Tree, chance: Random) -> list[str]:
    """A base and two fragments that speak of the same few symbols, members of choices among them."""
    decided = set(tree.probe_dependent_symbols)
    names = [name for name in tree.symbols if tree.has_prompt(name) and name not in decided]
    choices = [choice for choice in tree.kconfig.unique_choices if len(choice.syms) > 1]
    members = [member.name for choice in chance.sample(choices, 4) for member in choice.syms]
    few = [*chance.sample(names, 30), *(name for name in members if name in names)]

    def line(name: str) -> str:
        value = chance.choice(_VALUES[tree.type_of(name)])
        return f"# CONFIG_{name}{value}\n" if value.startswith(" ") else f"CONFIG_{name}{value}\n"

    files = ["".join(line(chance.choice(few)) for _ in range(20)) for _ in range(3)]
    return ["CONFIG_ARM64=y\nCONFIG_EXPERT=y\nCONFIG_NET=y\n" + files[0], *files[1:]]


def _script(tree: Tree, folder: Path, *options: str, made: bytes = b"") -> tuple[str, str]:
    """What merge_config.sh prints, and the file that it leaves; ``make`` makes what is given."""
    series = ".".join(map(str, tree.release.series))
    script = (
        source_tree(series, "*/Kconfig*", "*/Makefile", "*/scripts/*") / "scripts/kconfig/merge_config.sh"
    )
    (folder / "made").write_bytes(made)
    make = folder / "bin" / "make"
    make.parent.mkdir(exist_ok=True)
    make.write_text('#!/bin/sh\ncp made "$KCONFIG_CONFIG"\n')
    make.chmod(0o755)
    environment = {"PATH": f"{make.parent}:{os.environ['PATH']}", "KCONFIG_CONFIG": "result"}
    files = sorted(path.name for path in folder.glob("*.config"))
    command = ["sh", str(script), *options, *files]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=True)
    return done.stdout, (folder / "result").read_text()


def _plain(tree: Tree, name: str, value: str) -> str:
    """A value as conf reads it."""
    return value[:1] if tree.is_logical(name) else value


def _lost(tree: Tree, texts: Sequence[str], made: dict[str, str]) -> Iterator[str]:
    """The symbols whose last line is not what conf made of the merged file."""
    last = {each.symbol: each.value for text in texts for each in parse_config(text.encode(), "x").settings}
    for name, value in last.items():
        usual = "n" if tree.is_logical(name) else ""
        if value.unset and not tree.is_logical(name) and not made.get(name):
            continue
        if _plain(tree, name, value) != made.get(name, usual):
            yield name


@pytest.mark.parametrize("seed", range(3))
def test_findings_of_merged_files_are_what_the_script_and_conf_make_of_them(
    kernel_conf: Conf, seed: int, tmp_path: Path
) -> None:
    tree = kernel_conf.tree
    texts = _fragments(tree, _chance(seed))
    for number, text in enumerate(texts):
        (tmp_path / f"{number}.config").write_text(text)
    _, merged = _script(tree, tmp_path, "-m")
    made = kernel_conf.rewritten(merged)
    values = parse_config(made, "made").values
    files = [parse_config(text.encode(), f"{number}.config") for number, text in enumerate(texts)]
    found = explorer.check(*files, tree=tree, machines=["flat"]).findings
    told = {each.symbol: each for each in found if each.id in _CHANGED}
    last = {each.symbol: each.line for file in files for each in file.settings}
    alive = {name for name, each in told.items() if each.line == last[name]}
    lost = set(_lost(tree, texts, values))
    assert lost <= set(told)
    assert {name for name in alive - lost if told[name].id != "wrong-type"} == set()
    assert {name: told[name].becomes for name in lost} == {
        name: values.get(name, told[name].becomes) for name in lost
    }


@pytest.mark.parametrize("seed", range(1))
def test_what_the_script_misses_in_the_result_is_missed_by_us_or_is_no_loss(
    kernel_conf: Conf, seed: int, tmp_path: Path
) -> None:
    tree = kernel_conf.tree
    texts = _fragments(tree, _chance(100 + seed))
    for number, text in enumerate(texts):
        (tmp_path / f"{number}.config").write_text(text)
    _, merged = _script(tree, tmp_path, "-m")
    made = kernel_conf.rewritten(merged)
    printed, _ = _script(tree, tmp_path, made=made)
    missed = set(_IN_VAIN.findall(printed))
    files = [parse_config(text.encode(), f"{number}.config") for number, text in enumerate(texts)]
    found = explorer.check(parse_config(made, "made"), tree=tree, machines=["flat"], requested=files).findings
    ours = {each.symbol for each in found if each.id in {"not-got", "wrong-type"}}
    lost = set(_lost(tree, texts, parse_config(made, "made").values))
    assert missed
    assert lost <= ours
    assert missed >= lost  # the other symbols that the script names have the requested value
