# SPDX-License-Identifier: GPL-2.0-or-later
"""Recorded boots of walkers that the command line decides: page_owner, and the copy of hibernation.

``tests/data/walkers.jsonl`` holds boots of 4.13.9, 4.17, 5.15.24, 5.15.97 and 6.1.192, some of them with
page_owner=on or rodata=full.
"""

from collections import Counter

import pytest

from explorer.evidence.boot_replay import ReplayedBoot, ReplayOutcome, replay
from tests.commandline import DATA

FILE = DATA / "walkers.jsonl"


@pytest.fixture(scope="module")
def boots() -> list[ReplayedBoot]:
    return list(replay(FILE.read_text(encoding="utf-8").splitlines(), FILE.name))


def test_every_boot_ends_as_recorded(boots: list[ReplayedBoot]) -> None:
    assert Counter(boot.outcome for boot in boots) == {ReplayOutcome.MATCH: len(boots)}
    assert Counter(boot.row["outcome"] for boot in boots) == {"ok": 14, "oops": 13}
    assert {boot.walker_named for boot in boots if boot.row["fault_in"]} == {True}


def test_the_page_is_the_recorded_one_unless_an_allocation_chose_it(boots: list[ReplayedBoot]) -> None:
    other = {boot.row["layout"] for boot in boots if boot.page_named is False}
    assert other == {"po-2nd", "po-sec-nomap"}  # any page of the section that boot allocated
    assert sum(boot.page_named is True for boot in boots) == 6
