# SPDX-License-Identifier: GPL-2.0-or-later
"""Trees that are judged."""

from pathlib import Path

import pytest

from explorer.configuration import Tree, load_tree
from tests.checking.judging import HEAD, MakeTree
from tests.configuration.trees import tree_at

KCONFIG = """
config MODULES
	modules
	def_bool y
config ARM64
	def_bool y
config DEBUG
	bool "debugging"
config TRACE
	bool "tracing"
	depends on DEBUG
config FORCED
	bool "forced"
config FORCES
	bool "forces"
	select FORCED
config NEEDS
	bool "needs"
	depends on DEBUG
config PUSHES
	bool "pushes"
	select NEEDS
config DERIVED
	def_bool y
	depends on TRACE
config LEVEL
	int "level"
	range 1 4
	default 2
config NAME
	string "name"
config DRIVER
	tristate "driver"
choice
	prompt "size"
config SMALL
	bool "small"
config LARGE
	bool "large"
endchoice
"""


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    folder = tmp_path_factory.mktemp("linux")
    (folder / "Makefile").write_text("VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 0\n")
    four = "config NUMA\n\tbool\nconfig NODES_SHIFT\n\tint\n\tdefault 2\n"
    (folder / "Kconfig").write_text(KCONFIG + four)
    return load_tree(folder)


@pytest.fixture
def make_tree(tmp_path: Path) -> MakeTree:
    def make(kconfig: str, release: str = "6.12") -> Tree:
        return load_tree(tree_at(tmp_path, HEAD + kconfig, release=release))

    return make
