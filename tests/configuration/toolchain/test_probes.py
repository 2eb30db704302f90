# SPDX-License-Identifier: GPL-2.0-or-later
"""Compiler probes: recorded, run with leave, or unanswered, and always told."""

import os
from pathlib import Path

import pytest

from explorer.configuration import AnswerOrigin, load_tree
from explorer.configuration.toolchain.probes import make_variables, recorded_toolchain, recording_key
from explorer.configuration.toolchain.running_command import outputs
from explorer.configuration.tree.evaluation import Evaluation
from explorer.errors import InputError
from tests.commandline import explore
from tests.configuration.trees import tree_at

SUCCESS = 'success = $(shell,{ $(1); } >/dev/null 2>&1 && echo "y" || echo "n")\n'
COMPILER = (
    "#!/bin/sh\n"
    'case "$*" in\n'
    "-dumpmachine) echo MACHINE ;;\n"
    "--version) echo 'fake-gcc 1.2' ;;\n"
    "*-mknown*) exit 0 ;;\n"
    "*) exit 1 ;;\n"
    "esac\n"
)


@pytest.fixture(autouse=True)
def _apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "caches"))
    monkeypatch.delenv("CROSS_COMPILE", raising=False)
    monkeypatch.delenv("LLVM", raising=False)


@pytest.fixture
def cross(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cross compiler that knows one option."""
    folder = tmp_path / "bin"
    folder.mkdir()
    compiler = folder / "fake-gcc"
    compiler.write_text(COMPILER.replace("MACHINE", "aarch64-fake"))
    compiler.chmod(0o755)
    monkeypatch.setenv("CROSS_COMPILE", f"{folder}/fake-")
    return compiler


def asking(tmp_path: Path, *commands: str, padded: bool = False) -> Path:
    text = SUCCESS + "".join(
        f"config P{number}\n\tdef_bool $(success,{command})\n" for number, command in enumerate(commands)
    )
    return tree_at(tmp_path / "tree", text, padded=padded)


def test_a_recorded_answer_is_given_and_nothing_is_run(tmp_path: Path) -> None:
    command = "$(LD) -v --fix-cortex-a53-843419"
    tree = load_tree(asking(tmp_path, command, "$(LD) -v --nobody-asked-this"))
    assert Evaluation(tree).values() == {"P0": "y", "P1": "n"}
    assert [probe.how for probe in tree.compiler.probes] == [AnswerOrigin.RECORDED, AnswerOrigin.UNANSWERED]
    assert tree.compiler.version == "aarch64-linux-gnu-gcc (Debian 12.2.0-14) 12.2.0"
    assert "gcc 12.2.0" in tree.compiler.toolchain


@pytest.mark.parametrize("arch", ["arm64", "riscv"])
@pytest.mark.parametrize(
    "success",
    [
        SUCCESS,
        "success = $(shell,if $(1) >/dev/null 2>&1; then echo y; else echo n; fi)\n",
        "success = $(shell,$(1) && echo y || echo n)\n",
    ],
)
def test_true_and_false_need_no_compiler(success: str, arch: str, tmp_path: Path) -> None:
    """Cases kconfig/12: the check fails, and that is known."""
    text = "config A\n\tdef_bool $(success,true)\nconfig B\n\tdef_bool $(success,false)\n"
    text += "config C\n\tdef_bool $(success,true;cc)\n"
    tree = load_tree(tree_at(tmp_path / "tree", success + text), arch=arch)
    assert Evaluation(tree).values() == {"A": "y", "B": "n", "C": "n"}
    assert [probe.how for probe in tree.compiler.probes] == [
        AnswerOrigin.RECORDED,
        AnswerOrigin.RECORDED,
        AnswerOrigin.UNANSWERED,
    ]


def test_no_recording_means_no_answers(tmp_path: Path) -> None:
    tree = load_tree(asking(tmp_path, "$(LD) -v --fix-cortex-a53-843419"), arch="riscv")
    assert Evaluation(tree).values() == {"P0": "n"}
    assert (tree.compiler.toolchain, tree.compiler.version) == ("", "")
    assert tree.compiler.count(AnswerOrigin.UNANSWERED) == 1


def test_the_recording_is_one_of_a_compiler_for_arm64() -> None:
    toolchain = recorded_toolchain("arm64")
    assert make_variables("arm64", "aarch64-linux-gnu-").items() <= toolchain.variables.items()
    assert toolchain.variables["CC_VERSION_TEXT"] == toolchain.version
    assert len(toolchain.answers) > 100
    assert not any(key.startswith(("/", "sh ")) or "/root" in key for key in toolchain.answers)


def test_releases_that_ask_the_same_in_other_words_get_the_same_answer() -> None:
    trap, make = 'trap "rm -rf .tmp_$$" EXIT;', "mkdir .tmp_$$;"
    compile_it = "gcc -Werror  -mnew -c -x c /dev/null -o .tmp_$$/tmp.o"
    assert recording_key(f"{trap} {make} {compile_it}") == recording_key(f"{make} {trap} {compile_it}")
    assert recording_key(f"{make} {trap} {compile_it}".replace("$$", "$$$$")) == (
        "tmp; gcc -Werror -mnew -c -x c /dev/null -o tmp/tmp.o"
    )
    assert recording_key("gcc -mnew") != recording_key("gcc -mold")


def test_source_code_is_kept_as_a_hash() -> None:
    assert recording_key("ld -v") == "ld -v"
    assert recording_key("echo 'int x;' | cc -").startswith("sha256:")


@pytest.mark.usefixtures("cross")
def test_with_leave_the_compiler_of_cross_compile_answers(tmp_path: Path) -> None:
    folder = asking(tmp_path, "$(CC) -mknown", "$(CC) -mother")
    tree = load_tree(folder, allow_shell=True)
    assert Evaluation(tree).values() == {"P0": "y", "P1": "n"}
    assert tree.compiler.count(AnswerOrigin.RUN) == 2
    assert tree.compiler.version == "fake-gcc 1.2"
    assert tree.compiler.toolchain == f"CROSS_COMPILE={tmp_path}/bin/fake-"
    assert Evaluation(load_tree(folder)).values() == {"P0": "n", "P1": "n"}  # and not without


def test_a_compiler_for_another_machine_is_refused(tmp_path: Path, cross: Path) -> None:
    cross.write_text(COMPILER.replace("MACHINE", "x86_64-linux-gnu"))
    folder = asking(tmp_path, "$(CC) -mknown")
    with pytest.raises(InputError, match=r"code for x86_64-linux-gnu, not for arm64 .*CROSS_COMPILE"):
        load_tree(folder, allow_shell=True)
    assert Evaluation(load_tree(folder, arch="x86", allow_shell=True)).values() == {"P0": "y"}


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("CROSS_COMPILE", "/nowhere/", "cannot be run"),
        ("CROSS_COMPILE", "x; touch y; ", "is not a program"),
        ("LLVM", "1", "only GCC"),
    ],
)
def test_a_compiler_that_cannot_be_asked_is_refused(
    name: str, value: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(InputError, match=words):
        load_tree(asking(tmp_path, "$(CC) -mknown"), allow_shell=True)


@pytest.mark.usefixtures("cross")
def test_answers_are_kept_until_compiler_or_scripts_change(tmp_path: Path, cross: Path) -> None:
    folder = asking(tmp_path, "$(CC) -mknown", "$(srctree)/scripts/ask.sh")
    (folder / "scripts").mkdir()
    (folder / "scripts" / "ask.sh").write_text("#!/bin/sh\nexit 0\n")
    (folder / "scripts" / "ask.sh").chmod(0o755)
    ran: list[str] = []

    def values() -> dict[str, str]:
        ran.clear()
        return Evaluation(load_tree(folder, allow_shell=True, ran=ran.append)).values()

    assert values() == {"P0": "y", "P1": "y"}
    assert len(ran) == 2
    assert values() == {"P0": "y", "P1": "y"}
    assert ran == []
    (folder / "scripts" / "ask.sh").write_text("#!/bin/sh\nexit 1\n")
    assert values() == {"P0": "y", "P1": "n"}
    assert len(ran) == 2
    cross.write_text(cross.read_text().replace("mknown", "mold"))
    assert values() == {"P0": "n", "P1": "n"}
    assert len(ran) == 2


@pytest.mark.usefixtures("cross")
def test_a_kept_tree_runs_nothing_and_tells_the_same(tmp_path: Path) -> None:
    folder = asking(tmp_path, "$(CC) -mknown", padded=True)
    ran: list[str] = []
    first = load_tree(folder, allow_shell=True, ran=ran.append)
    again = load_tree(folder, allow_shell=True, ran=ran.append)
    assert len(ran) == 1
    assert again.compiler == first.compiler


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("printf 'a\\nb\\n\\n'", "a b"),
        ("cat", ""),  # it has no input to wait for
        ("echo out; echo err >&2", "out"),
        ("exit 3", ""),
        ("yes", "y " * 2047 + "y"),
        ("sleep 60 & echo done", "done"),
        ("printf '\\377'", "\ufffd"),
        ("echo $0 $#", "/bin/sh 0"),
    ],
)
def test_a_command_reads_as_the_kernels_parser_reads_it(command: str, expected: str, tmp_path: Path) -> None:
    assert outputs([command], dict(os.environ), tmp_path, 30) == [expected]


@pytest.mark.parametrize(
    "command", ["sleep 60", "exec >&-; sleep 60", "trap '' TERM INT; while :; do :; done"]
)
def test_a_command_that_does_not_end_is_ended(command: str, tmp_path: Path) -> None:
    assert outputs([command], dict(os.environ), tmp_path, 0.3) == [None]


@pytest.mark.usefixtures("cross")
def test_a_tree_stays_as_it_was(tmp_path: Path) -> None:
    folder = asking(tmp_path, "touch here; mkdir .tmp_$$", "test -e here")
    before = sorted(folder.iterdir())
    assert Evaluation(load_tree(folder, allow_shell=True)).values() == {
        "P0": "y",
        "P1": "y",
    }  # one folder for all
    assert sorted(folder.iterdir()) == before


def test_what_was_run_is_told_and_what_was_not_is_counted(tmp_path: Path, cross: Path) -> None:
    folder = asking(tmp_path, "$(CC) -mknown", "printf '\\033[31m'")
    done = explore("explain", "--tree", str(folder), "--allow-shell", "P0=y")
    assert done.returncode == 0
    assert done.stderr.decode().count("ran: ") == 2
    assert f"ran: {{ {cross} -mknown; }}" in done.stderr.decode()
    assert b"\x1b" not in done.stderr
    assert b"compiler: fake-gcc 1.2 (run here;" in done.stdout
    assert b"compiler checks: 0 recorded, 2 run, 0 unanswered" in done.stdout


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("explain", "--allow-shell", "NUMA=n"), "--allow-shell: is about a kernel checkout"),
        (("explain", "--arch", "x86", "NUMA=n"), "--arch: is about a kernel checkout"),
        (("matrix", "--arch", "x86"), "only arm64"),
    ],
)
def test_options_of_a_checkout_want_one(words: tuple[str, ...], message: str) -> None:
    done = explore(*words)
    assert done.returncode == 2
    assert message in done.stderr.decode()
