# SPDX-License-Identifier: GPL-2.0-or-later
"""Statements that kconfiglib does not know, in trees of the releases that have them."""

from pathlib import Path

import pytest

from explorer.configuration import explain, load_tree
from explorer.configuration.tree.evaluation import Evaluation
from explorer.errors import InputError
from tests.configuration.trees import tree_at

SYMBOLS = (
    'config MODULES\n\tdef_bool y\n\tmodules\nconfig A\n\ttristate "a"\nconfig B\n\ttristate "b"\n'
    'config C\n\ttristate "c"\n'
)


@pytest.mark.parametrize("a", "nmy")
@pytest.mark.parametrize("b", "nmy")
@pytest.mark.parametrize("c", "nmy")
def test_depends_if_binds_only_where_its_condition_is_more_than_n(
    a: str, b: str, c: str, tmp_path: Path
) -> None:
    text = (
        f'{SYMBOLS}config ONE\n\ttristate "one"\n\tdepends on A if B\n'
        'config BOTH\n\ttristate "both"\n\tdepends on A if B && C\n'
        'config EITHER\n\ttristate "either"\n\tdepends on A if B || C\n'
        'config EQUAL\n\ttristate "equal"\n\tdepends on A if B = C\n'
    )
    values = Evaluation(
        load_tree(tree_at(tmp_path, text, release="6.19")),
        {"A": a, "B": b, "C": c, "ONE": "y", "BOTH": "y", "EITHER": "y", "EQUAL": "y"},
    ).values()
    met = {
        "ONE": b != "n",
        "BOTH": "n" not in {b, c},
        "EITHER": {b, c} != {"n"},
        "EQUAL": b == c,
    }
    assert {name: values[name] for name in met} == {name: a if holds else "y" for name, holds in met.items()}


def test_depends_if_is_explained(tmp_path: Path) -> None:
    text = 'config A\n\tbool "a"\nconfig B\n\tbool "b"\nconfig X\n\tbool "x"\n\tdepends on A if B\n'
    tree = load_tree(tree_at(tmp_path, text, release="6.19"))
    assert explain(tree, {"X": "y", "A": "n"}).combination.reachable
    assert not explain(tree, {"X": "y", "A": "n", "B": "y"}).combination.reachable


def test_if_after_depends_needs_an_expression(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="Kconfig:3"):
        load_tree(tree_at(tmp_path, "config A\n\tbool\n\tdepends on A if\n"))


@pytest.mark.parametrize(
    ("first", "second", "expected"), [("bool", "tristate", "n"), ("tristate", "bool", "m")]
)
def test_of_two_types_the_first_holds(first: str, second: str, expected: str, tmp_path: Path) -> None:
    """conf of 4.19 keeps a bool that a vendor's tree defines as tristate once more: m is no answer."""
    text = f'{SYMBOLS}config X\n\t{first} "x"\nconfig X\n\t{second} "x"\n'
    tree = load_tree(tree_at(tmp_path, text))
    assert tree.type_of("X") == first
    assert Evaluation(tree, {"X": "m"}).values()["X"] == expected


@pytest.mark.parametrize(
    ("optional", "answers", "expected"),
    [
        # What conf of 4.19 makes of its gadget choice, and of the same one without ``optional``.
        ("\toptional\n", {"ONE": "y", "TWO": "m"}, "nn"),
        ("\toptional\n", {"TWO": "m", "ONE": "y"}, "yn"),
        ("\toptional\n", {"ONE": "m", "TWO": "m"}, "mm"),
        ("", {"ONE": "y", "TWO": "m"}, "mm"),
    ],
)
def test_m_after_y_takes_the_answer_of_a_tristate_choice_away(
    optional: str, answers: dict[str, str], expected: str, tmp_path: Path
) -> None:
    members = "".join(f'config {name}\n\ttristate "{name}"\n' for name in ("ONE", "TWO"))
    text = f'{SYMBOLS}choice\n\ttristate "which"\n{optional}{members}endchoice\n'
    tree = load_tree(tree_at(tmp_path, text, release="4.19"))
    for given, wanted in ((answers, expected), ({"ONE": "y"}, "yn"), (answers, expected)):
        values = Evaluation(tree, given).values()
        assert values["ONE"] + values["TWO"] == wanted


def test_a_transitional_symbol_is_set_by_a_config_alone(tmp_path: Path) -> None:
    text = 'config OLD\n\tbool\n\ttransitional\n\thelp\n\t  Text.\nconfig NEW\n\tbool "new"\n\tdefault OLD\n'
    tree = load_tree(tree_at(tmp_path, text, release="6.18"))
    assert Evaluation(tree).values() == {"OLD": "n", "NEW": "n"}
    assert Evaluation(tree, {"OLD": "y"}).value("OLD") == "y"
    assert Evaluation(tree, {"OLD": "y"}).values() == {"OLD": "n", "NEW": "y"}, "conf does not write OLD"
    assert Evaluation(tree, {"OLD": "y", "NEW": "n"}).values()["NEW"] == "n"
    assert Evaluation(tree).values() == {"OLD": "n", "NEW": "n"}
    assert not tree.has_prompt("OLD")


@pytest.mark.parametrize("text", ["transitional\n", "choice\n\ttransitional\nendchoice\n"])
def test_transitional_belongs_to_a_symbol(text: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="Kconfig:"):
        load_tree(tree_at(tmp_path, text))


def test_the_ways_to_source(tmp_path: Path) -> None:
    tree = load_tree(
        tree_at(
            tmp_path,
            'source "$(SRCARCH)/Kconfig"\nosource "gone"\nsource "$(srctree)/last"\n',
            {
                "last": "config LAST\n\tdef_bool y\n",
                "arm64/Kconfig": 'rsource "near"\norsource "gone"\n',
                "arm64/near": "config NEAR\n\tdef_bool y\n",
            },
        )
    )
    assert tree.symbols == ("NEAR", "LAST")
    assert [file.path.partition("/")[2] for file in tree.files()] == [
        "Kconfig",
        "arm64/Kconfig",
        "arm64/near",
        "last",
    ]


def test_a_tree_of_before_4_18_reads_its_environment_by_option_env(tmp_path: Path) -> None:
    text = 'config SRCARCH\n\tstring\n\toption env="SRCARCH"\nsource "arch/$SRCARCH/Kconfig"\n'
    tree = load_tree(
        tree_at(tmp_path, text, release="4.17", files={"arch/arm64/Kconfig": "config A\n\tdef_bool y\n"})
    )
    assert Evaluation(tree).values()["A"] == "y"


def test_a_release_candidate_is_told_by_extraversion(tmp_path: Path) -> None:
    makefile = "VERSION = 5\nPATCHLEVEL = 14\nSUBLEVEL = 0\nEXTRAVERSION = -rc5\n"
    tree = load_tree(tree_at(tmp_path, "config A\n\tbool\n", {"Makefile": makefile}))
    assert str(tree.release) == "5.14-rc5"


def test_another_architecture_is_read_from_its_folder(tmp_path: Path) -> None:
    files = {f"arch/{arch}/Kconfig": f"config {arch.upper()}\n\tdef_bool y\n" for arch in ("arm64", "x86")}
    folder = tree_at(tmp_path, 'source "arch/$(SRCARCH)/Kconfig"\n', files)
    assert load_tree(folder).symbols == ("ARM64",)
    assert load_tree(folder, arch="x86_64").symbols == ("X86",)
    with pytest.raises(InputError, match="no folder arch/vax"):
        load_tree(folder, arch="vax")
    with pytest.raises(InputError, match="not an architecture"):
        load_tree(folder, arch="../x86")
