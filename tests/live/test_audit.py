# SPDX-License-Identifier: GPL-2.0-or-later
"""An audit of Debian's kernels agrees with the simulator's walkers, and with those that were read by hand."""

from functools import cache

import pytest

from explorer.audit.c_files import folders_of
from explorer.audit.simulator_check import Agreement, held_against_simulator
from explorer.audit.tree_audit import TreeAudit, audit_tree
from explorer.configuration import Tree, load_tree
from explorer.configuration.files.sources import Sources
from explorer.study.tree_kernel import kernel_of_tree
from tests.live.debian import Unavailable, source_tree
from tests.live.walkers_by_hand import hand_read, has_the_guards, is_shown

pytestmark = pytest.mark.live
FOLDERS = folders_of("arm64")
SERIES = [pytest.param(name, marks=pytest.mark.xdist_group(f"audit-{name}")) for name in ("6.1", "6.12")]
"""Each in one process: an audit is made once."""


@cache
def audited(series: str) -> tuple[Tree, TreeAudit]:
    """The Kconfig of Debian's newest kernel of a series, and the audit of its folders."""
    files = (f"*/{folder}/{name}" for folder in FOLDERS for name in ("*.[ch]", "Makefile"))
    try:
        folder = source_tree(series, "*/Kconfig*", "*/Makefile", "*/scripts/*", *files)
    except Unavailable as reason:
        pytest.skip(f"no kernel source here: {reason}")
    tree = load_tree(folder)
    return tree, audit_tree(Sources(folder), FOLDERS, tree)


@pytest.mark.parametrize("series", SERIES)
def test_each_record_of_the_simulator_has_the_guards_of_the_c(series: str) -> None:
    tree, audit = audited(series)
    assert audit.not_read == ()
    checks = held_against_simulator(kernel_of_tree(tree), audit.walkers)
    assert {check.function: check.agreement for check in checks} == dict.fromkeys(
        [check.function for check in checks], Agreement.SAME_GUARDS
    )
    assert len(checks) >= 15


@pytest.mark.parametrize("series", SERIES)
def test_walkers_that_were_read_by_hand_are_found_with_their_guards(series: str) -> None:
    walkers = audited(series)[1].walkers
    rows = hand_read(series)
    for walks, least in (("pfns", 0.95), ("pages", 0.9)):
        wanted = [row for row in rows if row.walks == walks]
        wrong = [row for row in wanted if not has_the_guards(walkers, row)]
        assert len(wanted) > 60
        assert len(wrong) <= (1 - least) * len(wanted), wrong


@pytest.mark.parametrize("series", SERIES)
def test_each_walker_that_is_shown_was_judged_by_hand(series: str) -> None:
    shown = {
        (each.walker.place.file, each.walker.name) for each in filter(is_shown, audited(series)[1].walkers)
    }
    judged = {(row.file, row.function): row.walks for row in hand_read(series)}
    assert shown - {*judged} == set()
    assert sum(judged[function] == "false" for function in shown) <= 2
