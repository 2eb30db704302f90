# SPDX-License-Identifier: GPL-2.0-or-later
"""The text and the fields of errors."""

import pickle

import pytest

from explorer.errors import (
    Argument,
    FileError,
    InputError,
    LimitError,
    NotAllowedError,
    UnknownNameError,
)


@pytest.mark.parametrize("part", ["what", "where", "hint"])
def test_a_message_fits_a_screen_whatever_it_quotes(part: str) -> None:
    words = {"what": "is wrong", "where": "a.config", "hint": "mend it", part: "x" * 100_000}
    error = InputError(words["what"], where=words["where"], hint=words["hint"])
    assert len(str(error)) < 1100
    assert all(words[other][:8] in str(error) for other in words)


def test_a_message_of_usual_length_is_told_whole() -> None:
    assert str(InputError("is wrong", where="a.config:3", hint="mend it")) == "a.config:3: is wrong (mend it)"


def test_a_parameter_is_named_as_each_face_names_it() -> None:
    hint = ("name it with ", Argument("kernel", "6.12"), ", or give ", Argument("tree"))
    error = InputError("is not known", parameter="kernel", hint=hint)
    assert str(error) == 'kernel: is not known (name it with kernel="6.12", or give tree)'
    options = error.worded(lambda argument: f"--{argument.parameter} {argument.value}".strip())
    assert options == "--kernel: is not known (name it with --kernel 6.12, or give --tree)"


def test_a_file_is_told_with_its_line_and_part() -> None:
    assert FileError("is wrong", file="a", line=3).where == "a:3"
    assert FileError("is wrong", file="a", part="memory[2]").where == "a: memory[2]"


@pytest.mark.parametrize(
    ("name", "near", "hint"),
    [("nomap-mide", "nomap-mid", "did you mean nomap-mid?"), ("qqqq", "", "known are flat, nomap-mid")],
)
def test_an_unknown_name_comes_with_what_is_near(name: str, near: str, hint: str) -> None:
    error = UnknownNameError("is unknown", name=name, known=["flat", "nomap-mid"])
    assert (error.near, error.hint) == (near, hint)


@pytest.mark.parametrize(
    "error",
    [
        InputError("a", parameter="kernel", hint=("b ", Argument("tree", "c"))),
        FileError("a", file="b", line=2, part="c", hint="d"),
        UnknownNameError("a", name="b", known=["bb"], where="c"),
        NotAllowedError("a", value=1, allowed=["n", "y"], parameter="c"),
        LimitError("a", most=3, count=4, hint="d"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_an_error_survives_the_way_from_a_worker(error: InputError) -> None:
    returned = pickle.loads(pickle.dumps(error))  # noqa: S301 # our own
    assert (type(returned), str(returned), vars(returned)) == (type(error), str(error), vars(error))
    assert returned.args == error.args


def test_a_fault_can_be_restated_at_another_place() -> None:
    error = InputError("a", parameter="kernel", hint=("b ", Argument("tree")))
    assert str(error.restated(where="file")) == "file: a (b tree)"
    assert error.restated(what="c").parameter == "kernel"
