# SPDX-License-Identifier: GPL-2.0-or-later
"""The walkers of the simulator are in the C of Debian's kernels, with the same guards."""

import pytest

from explorer.audit.c_files import folders_of
from explorer.audit.simulator_check import Agreement, held_against_simulator
from explorer.audit.tree_audit import audit_tree
from explorer.configuration import load_tree
from explorer.configuration.files.sources import Sources
from explorer.study.tree_kernel import kernel_of_tree
from tests.live.debian import Unavailable, source_tree

pytestmark = pytest.mark.live
FOLDERS = folders_of("arm64")


@pytest.mark.parametrize("series", ["6.1", "6.12"])
def test_each_record_of_the_simulator_has_the_guards_of_the_c(series: str) -> None:
    files = (f"*/{folder}/{name}" for folder in FOLDERS for name in ("*.[ch]", "Makefile"))
    try:
        folder = source_tree(series, "*/Kconfig*", "*/Makefile", "*/scripts/*", *files)
    except Unavailable as reason:
        pytest.skip(f"no kernel source here: {reason}")
    tree = load_tree(folder)
    audit = audit_tree(Sources(folder), FOLDERS, tree)
    assert audit.not_read == ()
    checks = held_against_simulator(kernel_of_tree(tree), audit.walkers)
    assert {check.function: check.agreement for check in checks} == dict.fromkeys(
        [check.function for check in checks], Agreement.SAME_GUARDS
    )
    assert len(checks) >= 15
