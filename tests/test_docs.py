# SPDX-License-Identifier: GPL-2.0-only
"""What docs/ lists is what there is."""

import re
from pathlib import Path

from explorer.boot import CHANGES

DOCS = Path(__file__).parents[1] / "docs"


def test_every_change_stands_in_the_page_for_backporters_with_its_commits_and_effect() -> None:
    rows = re.findall(
        r"^\| `(\w+)` \| (.*?) \| .*? \| (.*) \|$", (DOCS / "backports.md").read_text(), re.MULTILINE
    )
    listed = {name: (commits, effect) for name, commits, effect in rows}
    assert set(listed) == {change.name for change in CHANGES}
    for change in CHANGES:
        commits, effect = listed[change.name]
        assert set(re.findall(r"`(\w+)`", commits)) == {change.commit, change.again} - {""}
        assert change.effect in effect
