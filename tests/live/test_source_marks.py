# SPDX-License-Identifier: GPL-2.0-or-later
"""Debian's kernel sources show the named changes that their release has."""

import pytest

from explorer.boot import Kernel
from explorer.boot.source_marks import MARKS
from explorer.configuration import load_tree
from explorer.study.tree_kernel import kernel_of_tree
from tests.live.debian import Unavailable, source_tree

pytestmark = pytest.mark.live


@pytest.mark.parametrize("series", ["6.1", "6.12"])
def test_sources_and_release_agree(series: str) -> None:
    files = sorted(
        {f"*/{name}" for mark in MARKS.values() for name in mark.files}
        - {"*/drivers/firmware/efi/arm-init.c"}
    )
    try:
        tree = load_tree(source_tree(series, "*/Kconfig*", "*/Makefile", "*/scripts/*", *files))
    except Unavailable as reason:
        pytest.skip(f"no kernel source here: {reason}")
    assert kernel_of_tree(tree) == Kernel.of(tree.release)
