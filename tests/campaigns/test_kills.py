# SPDX-License-Identifier: GPL-2.0-or-later
"""A few kills of the campaign: nothing is left, and no output is torn."""

from pathlib import Path

from tests.campaigns.kills import SIGNALS, campaign


def test_a_few_killed_runs_break_no_rule(tmp_path: Path) -> None:
    kills, cache = campaign(tmp_path, 2 * len(SIGNALS), ("check", "explain"), at_once=2, files=16)
    assert [kill for kill in kills if kill.faults] == []
    assert {kill.number for kill in kills} == set(SIGNALS)
    assert cache == []
