# SPDX-License-Identifier: GPL-2.0-or-later
"""The recorded toolchain against Debian's real one, on real trees; and what hangs on its answers."""

import pytest

from explorer.configuration import AnswerOrigin, Tree, explain, load_tree
from explorer.configuration.toolchain.probes import recorded_toolchain, recording_key
from explorer.configuration.tree.evaluation import Evaluation
from tests.live.debian import Unavailable, source_tree
from tests.live.toolchain import SERIES, TREE_FILES, again, answers, asked, toolchain_of_debian, variables

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("toolchain")]


def quiet(series: str) -> Tree:
    try:
        return load_tree(source_tree(series, *TREE_FILES))
    except Unavailable as reason:
        pytest.skip(f"no kernel source here: {reason}")


@pytest.mark.parametrize("series", SERIES)
def test_every_recorded_answer_is_what_the_compiler_says(series: str) -> None:
    try:
        tree = asked(series)
    except Unavailable as reason:
        pytest.skip(f"not the recorded toolchain: {reason}")
    toolchain = recorded_toolchain("arm64")
    assert tree.compiler.version == toolchain.version
    assert variables(tree) == toolchain.variables
    assert tree.compiler.count(AnswerOrigin.RUN) > 80
    real = answers(tree)
    assert {key: toolchain.answers[key] for key in real} == real


def test_every_recorded_command_that_needs_no_tree_gets_its_answer_again() -> None:
    try:
        with toolchain_of_debian():
            real = {key: again(key) for key in recorded_toolchain("arm64").answers}
    except Unavailable as reason:
        pytest.skip(f"not the recorded toolchain: {reason}")
    told = {key: answer for key, answer in real.items() if answer is not None}
    assert len(told) > 200
    assert {key: recorded_toolchain("arm64").answers[key] for key in told} == told


@pytest.mark.parametrize("series", SERIES)
def test_a_real_tree_gets_nearly_all_its_answers_from_the_recording(series: str) -> None:
    compiler = quiet(series).compiler
    unanswered = [probe.command for probe in compiler.probes if probe.how is AnswerOrigin.UNANSWERED]
    assert [command for command in unanswered if "python3" not in command] == []
    recorded = [probe for probe in compiler.probes if probe.how is AnswerOrigin.RECORDED]
    answers = recorded_toolchain("arm64").answers
    assert all(recording_key(probe.command) in answers for probe in recorded)


@pytest.mark.parametrize("series", SERIES)
def test_a_compiler_that_cannot_do_armv8_5_has_no_memory_tags(
    series: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What misled kmax: with a native compiler's answers KASAN_HW_TAGS looks impossible, and is not."""
    wish = {"KASAN_HW_TAGS": "y", "NUMA": "n"}
    assert explain(quiet(series), wish).combination.reachable
    toolchain = recorded_toolchain("arm64")
    lacking = {key: "n" if "armv8.5-a" in key else answer for key, answer in toolchain.answers.items()}
    weaker = type(toolchain)("weaker", toolchain.version, toolchain.variables, lacking)
    monkeypatch.setattr("explorer.configuration.tree.loading.recorded_toolchain", lambda _arch: weaker)
    tree = quiet(series)
    assert Evaluation(tree).value("AS_HAS_ARMV8_5") == "n"
    assert not explain(tree, wish).combination.reachable
