# SPDX-License-Identifier: GPL-2.0-or-later
"""Operands that come from compiler probes: a value like any other, and a record of the probe."""

from pathlib import Path

import pytest

from explorer.configuration import AnswerOrigin, Tree, load_tree
from explorer.configuration.toolchain.probes import Probe, possible_answers
from explorer.configuration.tree.evaluation import Evaluation
from explorer.configuration.tree.probe_operands import ProbeMarks, ProbeOperand
from tests.configuration.trees import tree_at

MACROS = (
    'success = $(shell,{ $(1); } >/dev/null 2>&1 && echo "y" || echo "n")\n'
    'if-success = $(shell,{ $(1); } >/dev/null 2>&1 && echo "$(2)" || echo "$(3)")\n'
)
RECORDED = "$(success,$(LD) -v --fix-cortex-a53-843419)"


@pytest.fixture(autouse=True)
def _apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "caches"))


def loaded(tmp_path: Path, text: str, *, padded: bool = False) -> Tree:
    return load_tree(tree_at(tmp_path / "tree", MACROS + text, padded=padded))


def operand(tree: Tree, name: str) -> ProbeOperand:
    """The probe operand that is the dependency of a symbol."""
    found = tree.probe_operand(tree.kconfig.syms[name].direct_dep)
    assert found is not None
    return found


def test_a_dependency_keeps_its_macro_command_answer_and_place(tmp_path: Path) -> None:
    text = f"config A\n\tbool\n\tdepends on $(success,cc -x)\n\nconfig B\n\tbool\n\tdepends on {RECORDED}\n"
    tree = loaded(tmp_path, text)
    command = '{ cc -x; } >/dev/null 2>&1 && echo "y" || echo "n"'
    assert operand(tree, "A") == ProbeOperand(
        macro="$(success,cc -x)",
        answer="n",
        commands=(command,),
        is_answered=False,
        possible=("y", "n"),
        places=(("Kconfig", 5),),
    )
    assert operand(tree, "B").macro == RECORDED
    assert (operand(tree, "B").answer, operand(tree, "B").is_answered) == ("y", True)


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("$(success,a) && X", "$(success,a) && X"),
        ("!$(success,a)", "!$(success,a)"),
        ('X || $(success,b) || "$(success,c)" = "y"', 'X || $(success,b) || "$(success,c)" = y'),
        ("$(flag)", "$(flag)"),
    ],
)
def test_an_expression_shows_the_macros_that_the_tree_writes(
    written: str, shown: str, tmp_path: Path
) -> None:
    text = f"flag := $(success,d)\nconfig X\n\tbool\n\nconfig A\n\tbool\n\tdepends on {written}\n"
    tree = loaded(tmp_path, text)
    assert tree.expression_text(tree.kconfig.syms["A"].direct_dep) == shown


def test_places_are_all_statements_with_the_macro(tmp_path: Path) -> None:
    text = 'if $(success,a)\nconfig A\n\tbool "A"\nendif\nconfig B\n\tdef_bool y \\\n\t\tif $(success,a)\n'
    tree = loaded(tmp_path, text)
    assert operand(tree, "A").places == (("Kconfig", 3), ("Kconfig", 9))
    assert tree.kconfig.syms["B"].defaults[0][1] is tree.kconfig.syms["A"].direct_dep


def test_a_prompt_and_a_source_take_the_text(tmp_path: Path) -> None:
    text = (
        'config A\n\tbool "Built by $(shell,nobody) ($(success,a))"\n'
        'config B\n\tstring\n\tdefault "is $(shell,nobody)"\n'
        "config C_$(if-success,a,x,z)\n\tbool\n"
    )
    tree = loaded(tmp_path, text)
    assert tree.kconfig.syms["A"].nodes[0].prompt[0] == "Built by 0 (n)"
    assert Evaluation(tree).value("B") == "is 0"
    assert tree.symbols == ("A", "B", "C_z")
    default = tree.kconfig.syms["B"].defaults[0][0]
    known = tree.probe_operand(default)
    assert known
    assert (known.macro, known.answer, known.possible) == ('"is $(shell,nobody)"', "is 0", ())
    assert not any("\ue000" in name for name in tree.kconfig.syms)


def test_recorded_texts_are_ordinary_constants(tmp_path: Path) -> None:
    text = "config A\n\tint\n\tdefault $(shell,set -- BFD 24000 && echo $2)\n"
    tree = loaded(tmp_path, text)
    assert [probe.how for probe in tree.compiler.probes] == [AnswerOrigin.RECORDED]
    assert tree.probe_operand(tree.kconfig.syms["A"].defaults[0][0]) is None


def test_a_command_made_of_an_unanswered_output_is_unanswered(tmp_path: Path) -> None:
    """Even if the recording holds the text that the command has with the assumed output."""
    text = (
        "ask := $(if-success,nobody,yes,$(LD))\n"
        "config A\n\tbool\n\tdepends on $(success,$(ask) -v --fix-cortex-a53-843419)\n"
    )
    tree = loaded(tmp_path, text)
    assert {probe.how for probe in tree.compiler.probes} == {AnswerOrigin.UNANSWERED}
    assert not operand(tree, "A").is_answered


def test_a_kept_tree_has_the_same_probe_operands(tmp_path: Path) -> None:
    text = f"config A\n\tbool\n\tdepends on $(success,a)\nconfig B\n\tbool\n\tdepends on {RECORDED}\n"
    first, again = (loaded(tmp_path, text, padded=True) for _ in range(2))
    assert [operand(first, name) for name in "AB"] == [operand(again, name) for name in "AB"]


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ('{ x; } >/dev/null 2>&1 && echo "y" || echo "n"', ("y", "n")),
        ("if x >/dev/null 2>&1; then echo y; else echo n; fi", ("y", "n")),
        ('x && echo "-m64" || echo ""', ("-m64", "")),
        ("echo y", ()),
        ("x; if y; then echo y; fi", ()),
    ],
)
def test_the_words_that_a_macro_echoes_are_known(command: str, words: tuple[str, ...]) -> None:
    assert possible_answers(command) == words


def test_marks_of_a_strangers_file_mean_nothing() -> None:
    marks = ProbeMarks()
    marks.mark(Probe("a", "y", AnswerOrigin.RUN))
    assert marks.probes("\ue00099\ue001x\ue002") == ()
    assert marks.operand("m", "\ue00099\ue001x\ue002") is None
