# SPDX-License-Identifier: GPL-2.0-or-later
"""A judgement that runs out of time: its verdict is right or unknown, and it counts the fixes it lacks."""

from collections import Counter

from explorer.checking import check
from explorer.checking.limits import LimitKind
from explorer.checking.reasons import OutOfTime
from explorer.configuration import Deadline
from explorer.errors import OutOfTimeError
from explorer.machine import shipped_map
from explorer.narrative.finding_narrative import finding_message
from tests.checking.judging import limits_of, text_config
from tests.configuration.step_clock import StepClock
from tests.configuration.trees import MakeTree

KCONFIG = """
config HOLES_IN_ZONE
	bool "holes"
	depends on BUS && !CARD
config BUS
	bool "bus"
	depends on CARD || PORT
config CARD
	bool "card"
config PORT
	bool "port"
	depends on !HIDDEN
config HIDDEN
	def_bool CARD
config FAN
	bool "fan"
	depends on PORT && !CARD
"""
TEXT = "CONFIG_ARM64=y\nCONFIG_CARD=y\nCONFIG_HOLES_IN_ZONE=y\nCONFIG_FAN=y\n"


def test_judgements_in_any_time_are_right_or_unknown(make_tree: MakeTree) -> None:
    tree, files, maps = make_tree(KCONFIG), [text_config(TEXT)], [shipped_map("flat")]
    full = check(files, maps, tree=tree)
    seen: Counter[str] = Counter()
    for length in (*range(1, 60, 2), *range(60, 200, 10)):
        try:
            checked = check(files, maps, tree=tree, deadline=Deadline.after(length, StepClock()))
        except OutOfTimeError:
            seen["not judged"] += 1
            continue
        late = [finding for finding in checked.findings if isinstance(finding.reason, OutOfTime)]
        assert checked.verdict == ("unknown" if late else full.verdict)
        for finding in late:
            assert finding_message(tree, finding).endswith(f"four symbols is not decided in {length} s")
            seen["combination unknown"] += 1
        missing = {limit.count for limit in checked.limits if limit.kind is LimitKind.FIXES_OUT_OF_TIME}
        pairs = {finding.symbol: finding for finding in checked.findings if finding not in late}
        expected = {finding.symbol: finding for finding in full.findings}
        assert pairs.keys() == expected.keys()
        if missing:
            assert any("found in time for" in sentence for sentence in limits_of(checked))
            seen["fixes missing"] += 1
        elif not late:
            seen["judged"] += 1
    assert seen["combination unknown"] >= 3
    assert min(seen["fixes missing"], seen["judged"]) >= 3
