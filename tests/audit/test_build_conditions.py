# SPDX-License-Identifier: GPL-2.0-or-later
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.audit.build_conditions import BuildCondition, condition_of, file_conditions

NAMES = ("A", "B", "C")
QUESTIONS = {
    "defined(CONFIG_{})": lambda value: value == "y",
    "defined CONFIG_{}": lambda value: value == "y",
    "IS_ENABLED(CONFIG_{})": lambda value: value in {"y", "m"},
    "IS_BUILTIN(CONFIG_{})": lambda value: value == "y",
}


def holds(condition: BuildCondition, values: dict[str, str]) -> bool:
    return any(
        all(values[name] in allowed for name, allowed in alternative.items())
        for alternative in condition.alternatives
    )


@st.composite
def expressions(draw: st.DrawFn, depth: int = 3) -> tuple[str, str]:
    """An expression of ``#if``, and the same for Python's ``eval()``, with the values of symbols in ``v``."""
    kind = draw(st.sampled_from(["question", "not", "and", "or"] if depth else ["question"]))
    if kind == "question":
        name, question = draw(st.sampled_from(NAMES)), draw(st.sampled_from(sorted(QUESTIONS)))
        return question.format(name), f"q[{question!r}](v[{name!r}])"
    left = draw(expressions(depth - 1))
    if kind == "not":
        return f"!({left[0]})", f"(not ({left[1]}))"
    right = draw(expressions(depth - 1))
    sign = "&&" if kind == "and" else "||"
    return f"({left[0]}) {sign} ({right[0]})", f"(({left[1]}) {kind} ({right[1]}))"


@given(expressions())
def test_alternatives_are_those_of_the_expression(pair: tuple[str, str]) -> None:
    condition = condition_of([pair[0]])
    assert not condition.is_open
    for chosen in product("nmy", repeat=len(NAMES)):
        values = dict(zip(NAMES, chosen, strict=True))
        expected = eval(pair[1], {"q": QUESTIONS, "v": values})  # noqa: S307 # made above
        assert holds(condition, values) == expected


@pytest.mark.parametrize(
    "text", ["MAX_NUMNODES > 1", "X(1, (2))", "defined(", "CONFIG_A < 3", "(" * 5000, ""]
)
def test_what_is_no_question_to_kconfig_stays_open(text: str) -> None:
    condition = condition_of([text])
    assert condition.is_open
    assert condition.alternatives == ({},)


def test_what_the_kernel_defines_itself_is_known() -> None:
    assert condition_of(["__KERNEL__", "!defined(__ASSEMBLY__)"]).alternatives == ({},)
    assert condition_of(["0"]).alternatives == ()
    assert condition_of(["defined(CONFIG_A)", "!defined(CONFIG_A)"]).alternatives == ()


def test_a_makefile_says_when_its_files_are_built() -> None:
    found = file_conditions(
        "obj-y := one.o \\\n\ttwo.o # three.o\nobj-$(CONFIG_A) += four.o\n"
        "mmu-y := five.o\nmmu-$(CONFIG_B) += six.o\nobj-y += $(mmu-y)\n"
        "mem-y := alone.o\nmem-$(CONFIG_B) := both.o\nobj-y += $(mem-y)\n"
        "obj-$(CONFIG_C) += group.o\ngroup-objs := seven.o\n"
        "ifdef CONFIG_D\nobj-y += eight.o\nelse\nobj-y += nine.o\nendif\n"
        "ifeq ($(X),y)\nobj-y += ten.o\nendif\n"
    )
    asked = {name.removesuffix(".c"): built.alternatives for name, built in found.items()}
    either = ("y", "m")
    assert asked["one"] == asked["two"] == asked["five"] == ({},)
    assert asked["four"] == ({"A": either},)
    assert asked["six"] == ({"B": either},)
    assert asked["alone"] == ({"B": ("n", "m")},)
    assert asked["both"] == ({"B": either},)
    assert asked["seven"] == ({"C": either},)
    assert asked["eight"] == ({"D": either},)
    assert asked["nine"] == ({"D": ("n",)},)
    assert found["ten.c"].is_open
    assert "three" not in asked


@pytest.mark.parametrize("chosen", ["A", "B"])
def test_a_condition_of_too_many_alternatives_excludes_none(chosen: str) -> None:
    either = " && ".join(f"(defined(CONFIG_A{n}) || defined(CONFIG_B{n}))" for n in range(12))
    values = {f"{name}{n}": "y" if name == chosen else "n" for name in "AB" for n in range(12)}
    assert holds(condition_of([either]), values)
    assert holds(condition_of([f"!({either})"]), {**values, f"{chosen}11": "n"})
