# SPDX-License-Identifier: GPL-2.0-or-later
"""What the tests of ``checking`` share: texts that are judged, and the words of a judgement."""

from collections.abc import Callable

import explorer
from explorer.checking import Checked, Finding
from explorer.configuration import DotConfig, Tree, parse_config
from explorer.narrative.finding_narrative import finding_message
from explorer.narrative.fix_narrative import FixNarrative, fix_narrative_of
from explorer.narrative.limit_narrative import limit_sentence

MakeTree = Callable[..., Tree]
HEAD = """
config MODULES
	modules
	bool "modules"
config ARM64
	def_bool y
config NUMA
	bool
config NODES_SHIFT
	int
	default 2
"""
WHOLE = "CONFIG_ARM64=y\nCONFIG_SMALL=y\n"
CHAIN = (
    'config BUS\n\tbool "bus"\nconfig CARD\n\tbool "card"\n\tdepends on BUS\n'
    'config PORT\n\tbool "port"\n\tdepends on CARD && OTHER\nconfig OTHER\n\tbool "other"\n'
    'config FAN\n\tbool "fan"\n\tdepends on CARD\n'
)
HEADER_4_17 = "# Linux/arm64 4.17.0 Kernel Configuration\nCONFIG_ARM64=y\n"


def text_config(text: str, name: str = "x.config") -> DotConfig:
    return parse_config(text.encode(), name)


def judged(tree: Tree, *texts: str, requested: str = "") -> Checked:
    """The judgement of texts that are merged, named ``0.config`` and so on, and of a fragment."""
    files = [text_config(text, f"{number}.config") for number, text in enumerate(texts)]
    fragments = [text_config(requested, "wish.config")] if requested else []
    return explorer.check(*files, tree=tree, machines=["flat"], requested=fragments)


def listed(checked: Checked) -> list[tuple[str, str, int]]:
    return [(finding.id, finding.symbol, finding.line) for finding in checked.findings]


def only(checked: Checked) -> Finding:
    assert len(checked.findings) == 1, listed(checked)
    return checked.findings[0]


def finding_of(checked: Checked, symbol: str) -> Finding:
    (finding,) = (finding for finding in checked.findings if finding.symbol == symbol)
    return finding


def message_of(tree: Tree, finding: Finding) -> str:
    return finding_message(tree, finding)


def fix_of(tree: Tree, finding: Finding) -> FixNarrative:
    fix = fix_narrative_of(tree, finding)
    assert fix is not None
    return fix


def limits_of(checked: Checked) -> list[str]:
    return list(map(limit_sentence, checked.limits))


def words_of(checked: Checked, symbol: str) -> tuple[str, str]:
    """The fix of the finding about a symbol, and its fragment."""
    fix = fix_of(checked.tree, finding_of(checked, symbol))
    return fix.words, fix.fragment


def judged_as_4_17(text: str) -> Checked:
    """A judgement by the fragment of 4.17, on the map on which NUMA decides."""
    return explorer.check(text_config(HEADER_4_17 + text), machines=["nomap-mid"])
