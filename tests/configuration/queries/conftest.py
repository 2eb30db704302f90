# SPDX-License-Identifier: GPL-2.0-or-later
"""Trees of one file for the tests of the queries."""

from pathlib import Path

import pytest

from explorer.configuration import Tree, load_tree
from tests.configuration.trees import MakeTree, tree_at


@pytest.fixture
def make_tree(tmp_path: Path) -> MakeTree:
    def make(kconfig: str, release: str = "6.12") -> Tree:
        return load_tree(tree_at(tmp_path, kconfig, release=release))

    return make
