# SPDX-License-Identifier: GPL-2.0-or-later
"""The recorded toolchain: what it answers, in which words, and how answers are added."""

import json
import re
from pathlib import Path

import pytest

from explorer.configuration import AnswerOrigin, explain, load_tree
from explorer.configuration.toolchain.probes import recorded_toolchain, recording_key
from explorer.configuration.tree.evaluation import Evaluation
from explorer.resources import data_folder
from explorer.version import KernelVersion
from tests.configuration.trees import tree_at
from tests.live.toolchain import merged, respelled

SUCCESS = 'success = $(shell,{ $(1); } >/dev/null 2>&1 && echo "y" || echo "n")\n'
RECORDING = data_folder("kconfig") / "toolchains" / "arm64.json"


@pytest.fixture(autouse=True)
def _apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "caches"))


@pytest.mark.parametrize(
    ("condition", "value"),
    [
        ("$(success,$(CC) --version | head -n 1 | grep -q gcc)", "y"),
        ("$(success,$(CC) --version | head -n 1 | grep -q clang)", "n"),
        ("$(success,$(CC) -Werror -fno-stack-protector -E -x c /dev/null -o /dev/null)", "y"),
        ("$(success,$(srctree)/scripts/cc-can-link.sh $(CC))", "y"),
    ],
)
def test_the_questions_of_4_19_have_answers(condition: str, value: str, tmp_path: Path) -> None:
    """Cases kconfig/15: CC_IS_GCC=y was unreachable under a header that names gcc."""
    tree = load_tree(tree_at(tmp_path / "tree", f"{SUCCESS}config A\n\tdef_bool {condition}\n"))
    assert [probe.how for probe in tree.compiler.probes] == [AnswerOrigin.RECORDED]
    assert explain(tree, {"A": value}).combination.reachable
    assert explain(tree, {"A": "y" if value == "n" else "n"}).combination.unreachable


@pytest.mark.parametrize(
    ("command", "printed"),
    [  # the release whose script prints it so
        ("$(srctree)/scripts/gcc-version.sh -p $(CC) | sed 's/^0*//'", "120200"),  # 4.19
        ("$(srctree)/scripts/gcc-version.sh $(CC)", "120200"),  # 5.4
        ("$(srctree)/scripts/clang-version.sh $(CC)", "0"),  # 5.4
        ("$(LD) --version | $(srctree)/scripts/ld-version.sh", "240000000"),  # 5.11
        ("$(srctree)/scripts/lld-version.sh $(LD)", "0"),  # 5.11
        ("set -- $(shell,$(srctree)/scripts/ld-version.sh $(LD)) && echo $2", "24000"),  # 5.12
        ("set -- $(shell,$(srctree)/scripts/as-version.sh $(CC)) && echo $2", "24000"),  # 5.15
        ("$(srctree)/scripts/pahole-version.sh $(PAHOLE)", "124"),  # 5.17
        ("$(srctree)/scripts/rustc-version.sh $(RUSTC)", "0"),  # 6.12
    ],
)
def test_a_version_is_printed_as_the_script_of_its_release_prints_it(
    command: str, printed: str, tmp_path: Path
) -> None:
    text = f"config VERSION\n\tint\n\tdefault $(shell,{command})\n"
    tree = load_tree(tree_at(tmp_path / "tree", text))
    assert {probe.how for probe in tree.compiler.probes} == {AnswerOrigin.RECORDED}
    assert Evaluation(tree).value("VERSION") == printed


@pytest.mark.parametrize(
    ("command", "printed"),
    [
        ("$(srctree)/scripts/gcc-version.sh -p $(CC) | sed 's/^0*//'", "0"),
        ("$(srctree)/scripts/gcc-version.sh $(CC)", "0"),
        ("$(LD) --version | $(srctree)/scripts/ld-version.sh", "0"),
        ("$(srctree)/scripts/ld-version.sh $(LD)", "BFD 0"),
        ("$(srctree)/scripts/cc-version.sh $(CC)", "GCC 0"),
    ],
)
def test_without_a_recording_a_version_has_the_form_of_its_release(
    command: str, printed: str, tmp_path: Path
) -> None:
    tree = load_tree(
        tree_at(tmp_path / "tree", f'config A\n\tstring\n\tdefault "$(shell,{command})"\n'), arch="x86"
    )
    assert [probe.how for probe in tree.compiler.probes] == [AnswerOrigin.UNANSWERED]
    assert Evaluation(tree).value("A") == printed


def test_a_flag_is_recorded_in_the_words_of_every_release() -> None:
    toolchain = recorded_toolchain("arm64")
    compared = 0
    for key, answer in toolchain.answers.items():
        for other in respelled(key):
            assert toolchain.answers[other] == answer, other
            compared += 1
    assert compared > 200


def test_the_words_of_releases() -> None:
    echo = '} >/dev/null 2>&1 && echo "y" || echo "n"'
    newest = recording_key(
        '{ trap "rm -rf .tmp_$$" EXIT; mkdir .tmp_$$; cc -Werror  -mx -c -x c /dev/null -o .tmp_$$/tmp.o; '
        + echo
    )
    older = [f"{{ cc -Werror -mx -{letter} -x c /dev/null -o /dev/null; {echo}" for letter in "SE"]
    assert list(respelled(newest)) == older
    assert set(respelled(older[0])) == {newest, older[1]}
    assert list(respelled("ld -v")) == []


def test_a_command_with_two_answers_is_not_recorded() -> None:
    agreed, disputed = merged({"b": "1", "a": "y"}, [{"b": "1", "c": "2"}, {"a": "n"}])
    assert list(agreed.items()) == [("b", "1"), ("c", "2")]
    assert disputed == {"a": {"y", "n"}}


def test_the_recording_is_sorted_and_knows_nothing_of_the_machine_that_made_it() -> None:
    text = RECORDING.read_text(encoding="utf-8")
    recording = json.loads(text)
    assert text == json.dumps(recording, indent=1) + "\n"
    assert list(recording["answers"]) == sorted(recording["answers"])
    releases = [KernelVersion.parse(release) for release in recording["trees"]]
    assert releases == sorted(releases)
    assert releases[0].series == (4, 18)
    assert releases[-1].series >= (7, 1)
    own = "/usr/lib/gcc-cross/aarch64-linux-gnu/12/plugin"  # where Debian's package has it
    paths = set(re.findall(r"(?<![\w)])/[a-z]+", text.replace(own, "")))
    assert paths <= {"/dev", "/include"}
    assert not re.search(r"uname|python3 -c", text)
