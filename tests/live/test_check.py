# SPDX-License-Identifier: GPL-2.0-or-later
"""``check`` on real trees: Debian's own files have no finding, broken ones have theirs, and conf agrees."""

import re
from functools import cache
from pathlib import Path
from random import Random

import pytest

import explorer
from explorer.checking.confirmed_fixes import fixed_config
from explorer.configuration import Tree, config_fragment, load_tree, parse_config
from explorer.narrative.fix_narrative import fix_narrative_of
from explorer.narrative.value_narrative import cause_words
from tests.live.conf import conf
from tests.live.debian import Unavailable, kernel_image, source_tree

pytestmark = pytest.mark.live


@cache
def _tree(series: str) -> Tree:
    return load_tree(source_tree(series, "*/Kconfig*", "*/Makefile", "*/scripts/*"))


@pytest.fixture(params=["6.1", "6.12"])
def series(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def _debian(series: str) -> tuple[Tree, Path]:
    try:
        return _tree(series), kernel_image(series)[1]
    except Unavailable as reason:
        pytest.skip(f"no kernel of Debian here: {reason}")


def test_debians_own_configuration_has_no_finding_against_its_own_tree(series: str) -> None:
    tree, config = _debian(series)
    checked = explorer.check(config, tree=tree, machines=["flat"])
    assert [(finding.id, finding.symbol) for finding in checked.findings] == []
    assert checked.verdict == "safe"


def test_four_lies_in_a_real_configuration_are_found_and_explained() -> None:
    tree, config = _debian("6.12")
    text = config.read_text()
    for before, after in (
        (r"CONFIG_NUMA=y", "CONFIG_NUMA=banana"),
        (r"CONFIG_NODES_SHIFT=\d+", "CONFIG_NODES_SHIFT=99"),
        (r"CONFIG_SPARSEMEM_VMEMMAP=y", "# CONFIG_SPARSEMEM_VMEMMAP is not set"),
    ):
        text, count = re.subn(rf"^{before}$", after, text, flags=re.MULTILINE)
        assert count == 1
    broken = parse_config(f"{text}CONFIG_FOO_BAR=y\n".encode(), "broken.config")
    found = explorer.check(broken, tree=tree, machines=["flat"]).findings
    roots = {each.symbol: each for each in found if not each.follows_from}
    assert {name: each.id for name, each in roots.items()} == {
        "NUMA": "wrong-type",
        "NODES_SHIFT": "out-of-range",
        "SPARSEMEM_VMEMMAP": "overridden",
        "FOO_BAR": "unknown-symbol",
    }
    forced = roots["SPARSEMEM_VMEMMAP"]
    assert [cause_words(cause) for cause in forced.causes] == ["ARCH_SPARSEMEM_ENABLE=y"]
    assert forced.causes[0].statement.file.endswith("arch/arm64/Kconfig")
    assert {name for each in found for name in each.follows_from} == {"NUMA"}


def test_the_shortest_fix_of_a_dropped_symbol_gives_it() -> None:
    tree, config = _debian("6.12")
    asked = "CONFIG_KASAN_HW_TAGS=y\n"
    fragment = parse_config(asked.encode(), "mine.config")
    first = explorer.check(config, fragment, tree=tree, machines=["flat"]).findings
    finding = next(finding for finding in first if finding.symbol == "KASAN_HW_TAGS")
    fix = fix_narrative_of(tree, finding)
    assert fix is not None
    mended = parse_config((asked + fix.fragment).encode(), "mine.config")
    found = explorer.check(config, mended, tree=tree, machines=["flat"]).findings
    assert "KASAN_HW_TAGS" not in {each.symbol for each in found}


@pytest.mark.xdist_group("conf")
def test_findings_stand_exactly_where_conf_rewrites_a_line(series: str) -> None:
    try:
        kernel_conf, config = conf(series), kernel_image(series)[1]
    except Unavailable as reason:
        pytest.skip(f"the kernel's conf cannot be had here: {reason}")
    tree, chance = kernel_conf.tree, Random(1)  # noqa: S311 # repeatable, and nothing secret
    decided = set(tree.probe_dependent_symbols)
    base = kernel_conf.olddefconfig(config.read_text())
    names = [name for name in base if tree.type_of(name) in {"bool", "tristate"} and name not in decided]
    flips = {"n": "y", "m": "n", "y": "n"}
    for _ in range(6):
        asked = {**base, **{name: flips[base[name]] for name in chance.sample(names, 4)}}
        text = config_fragment(tree, asked)
        made = kernel_conf.olddefconfig(text)
        rewritten = {name for name in names if made.get(name, "n") != asked[name]}
        found = explorer.check(parse_config(text.encode(), "x"), tree=tree, machines=["flat"]).findings
        told = {each.symbol for each in found if each.requested != each.becomes and each.id != "unmet-select"}
        assert {name for name in told if name in names} == rewritten


@pytest.mark.xdist_group("conf")
def test_conf_keeps_every_line_of_a_fixed_file() -> None:
    try:
        kernel_conf, config = conf("6.1"), kernel_image("6.1")[1]
    except Unavailable as reason:
        pytest.skip(f"the kernel's conf cannot be had here: {reason}")
    base = kernel_conf.rewritten(config.read_text()).decode()
    broken = base.replace("\nCONFIG_NUMA=y\n", "\nCONFIG_NUMA=banana\n")
    broken += "CONFIG_FOO_BAR=y\n  CONFIG_KSM=y\n"
    fixed = fixed_config(
        broken, "x", lambda file: explorer.check(file, tree=kernel_conf.tree, machines=["flat"])
    )
    assert fixed.checked.findings == ()
    values = parse_config(base.encode(), "base").values
    assert parse_config(fixed.text.encode(), "fixed").values == values == kernel_conf.olddefconfig(fixed.text)
