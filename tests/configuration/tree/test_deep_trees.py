# SPDX-License-Identifier: GPL-2.0-or-later
"""Trees that nest thousands deep: what is parsed, what values follow, and which values are reachable."""

import re
from collections.abc import Callable
from io import StringIO
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import kconfiglib
import pytest

from explorer.configuration import Evaluation, Tree, load_tree
from explorer.configuration.queries.reachability import Reachability
from explorer.configuration.tree import expressions
from explorer.configuration.tree.expressions import ExpressionShapes, expression_text
from explorer.configuration.tree.unbounded_parser import UnboundedKconfig
from explorer.errors import InputError, LimitError
from tests.commandline import explore
from tests.configuration.random_kconfig import kconfig_text
from tests.configuration.trees import MakeTree, tree_at


@pytest.fixture
def make_tree(tmp_path: Path) -> MakeTree:
    def make(kconfig: str, release: str) -> Tree:
        return load_tree(tree_at(tmp_path / "tree", kconfig, release=release))

    return make


_LINKS: dict[str, Callable[[int], str]] = {
    "depends": lambda n: f'config S{n}\n\tbool "s"\n\tdepends on S{n - 1}\n',
    "equal": lambda n: f'config S{n}\n\tbool "s"\n\tdepends on S{n - 1} = y\n',
    "prompt": lambda n: f'config S{n}\n\tbool "s" if S{n - 1}\n',
    "visible": lambda n: f'menu "m"\n\tvisible if S{n - 1}\nconfig S{n}\n\tbool "s"\nendmenu\n',
    "tristate": lambda n: f'config S{n}\n\ttristate "s"\n\tdepends on S{n - 1}\n',
    "default": lambda n: f"config S{n}\n\tbool\n\tdefault S{n - 1}\n",
    "select": lambda n: f"config P{n}\n\tdef_bool S{n - 1}\n\tselect S{n}\nconfig S{n}\n\tbool\n",
    "imply": lambda n: f"config P{n}\n\tdef_bool S{n - 1}\n\timply S{n}\nconfig S{n}\n\tbool\n",
    "not": lambda n: f"config P{n}\n\tdef_bool !S{n - 1}\nconfig S{n}\n\tdef_bool !P{n}\n",
    "number": lambda n: f"config P{n}\n\tint\n\tdefault 3 if S{n - 1}\nconfig S{n}\n\tdef_bool P{n} = 3\n",
    "range": lambda n: (
        f"config P{n}\n\tint\n\tdefault 1\n\trange 5 9 if S{n - 1}\nconfig S{n}\n\tdef_bool P{n} > 4\n"
    ),
    "string": lambda n: (
        f'config P{n}\n\tstring\n\tdefault "a" if S{n - 1}\nconfig S{n}\n\tdef_bool P{n} = "a"\n'
    ),
    "choice": lambda n: (
        f'choice\n\tprompt "c"\n\tdepends on S{n - 1}\nconfig T{n}\n\tbool "t"\nconfig S{n}\n\tbool "s"\n'
        "endchoice\n"
    ),
    "if": lambda n: f'if S{n - 1}\nconfig S{n}\n\tbool "s"\nendif\n',
}
"""Kind to the definition of S<n>: if every prompt is answered with y, it is y if and only if S<n - 1> is."""
_FIRST = 'config MODULES\n\tdef_bool y\n\toption modules\nconfig S0\n\tbool "s"\n'


def _chain(links: list[str]) -> list[str]:
    return [_FIRST, *(_LINKS[kind](number) for number, kind in enumerate(links, 1))]


@pytest.mark.parametrize("release", ["5.4", "6.1", "6.12"])
def test_the_last_symbol_of_a_chain_is_y_if_and_only_if_the_first_is(
    release: str, make_tree: MakeTree
) -> None:
    chance, size = Random(release), 2_500  # noqa: S311 # a repeatable test
    parts = _chain(chance.choices(list(_LINKS), k=size))
    if release != "6.1":
        parts.reverse()
    tree = make_tree("".join(parts), release)
    answers = {f"S{number}": "y" for number in range(size + 1)}
    evaluation = Evaluation(tree, answers)
    assert evaluation.value(f"S{size}") == "y"
    assert {evaluation.value(name) for name in answers} == {"y"}
    assert Evaluation(tree, {**answers, "S0": "n"}).values()[f"S{size}"] == "n"
    assert Evaluation(tree, answers).values()[f"S{size}"] == "y"
    reachability = Reachability(tree, {"S0": "y", f"S{size}": "y"})
    assert reachability.is_reachable({"S0": "y", f"S{size}": "y"})
    assert reachability.is_unreachable({"S0": "n", f"S{size}": "y"})


@pytest.mark.parametrize("kind", sorted(_LINKS))
def test_each_kind_of_link_passes_its_value_on(kind: str, make_tree: MakeTree) -> None:
    tree = make_tree("".join(_chain([kind] * 300)[::-1]), "6.12")
    answers = {f"S{number}": "y" for number in range(301)}
    assert Evaluation(tree, answers).value("S300") == "y"
    assert Evaluation(tree, {**answers, "S0": "n"}).value("S300") == "n"


_NESTED = {
    "parentheses": lambda depth: f"depends on {'(' * depth}A{')' * depth}\n",
    "negations": lambda depth: f"depends on {'!' * (2 * depth)}A\n",
    "conjunction": lambda depth: f"depends on {' && '.join(['A'] * depth)}\n",
    "disjunction": lambda depth: f"depends on {' || '.join(['A'] * depth)}\n",
    "alternation": lambda depth: f"depends on {'(A && (A || ' * depth}A{'))' * depth}\n",
}


@pytest.mark.parametrize("kind", sorted(_NESTED))
def test_an_expression_may_nest_to_any_depth(kind: str, make_tree: MakeTree) -> None:
    condition = _NESTED[kind](10_000)
    tree = make_tree(f'config A\n\tbool "a"\nconfig B\n\tbool "b"\n\t{condition}', "6.12")
    assert Evaluation(tree, {"A": "y", "B": "y"}).value("B") == "y"
    assert Evaluation(tree, {"B": "y"}).value("B") == "n"
    assert Reachability(tree, {"A": "n", "B": "y"}).is_unreachable({"A": "n", "B": "y"})


@pytest.mark.parametrize(
    ("opening", "end"), [("if A", "endif"), ('menu "m"', "endmenu"), ('menu "m"\n\tdepends on A', "endmenu")]
)
def test_blocks_may_nest_to_any_depth(opening: str, end: str, make_tree: MakeTree) -> None:
    inner = f"{opening}\n" * 5_000 + 'config B\n\tbool "b"\n' + f"{end}\n" * 5_000
    tree = make_tree('config A\n\tbool "a"\n' + inner, "6.12")
    assert Evaluation(tree, {"A": "y", "B": "y"}).value("B") == "y"
    assert Evaluation(tree, {"B": "y"}).value("B") == ("n" if "A" in opening else "y")


def test_files_may_nest_to_any_depth(tmp_path: Path) -> None:
    files = {f"k{number}": f'source "k{number + 1}"\n' for number in range(1_500)}
    folder = tree_at(tmp_path / "tree", 'source "k0"\n', files | {"k1500": "config A\n\tdef_bool y\n"})
    assert Evaluation(load_tree(folder)).value("A") == "y"


def test_macros_may_nest_to_any_depth(make_tree: MakeTree) -> None:
    chain = "V0 = y\n" + "".join(f"V{number} = $(V{number - 1})\n" for number in range(1, 5_000))
    for entry in ("$(V4999)", f"{'$(f,' * 5_000}y{')' * 5_000}", f"{'$(' * 5_000}y{')' * 5_000}"):
        tree = make_tree(f"f = $(1)\ny = y\n{chain}config A\n\tdef_bool {entry}\n", "6.12")
        assert Evaluation(tree).value("A") == "y"


def test_a_function_may_call_itself_as_often_as_in_conf(make_tree: MakeTree) -> None:
    """1,000 times: variable_expand() of scripts/kconfig/preprocess.c counts."""
    steps = "f = $(f$(1))\nf0 = y\n" + "".join(f"f{n} = $(f,{n - 1})\n" for n in range(1, 1_002))
    assert Evaluation(make_tree(f"{steps}config A\n\tdef_bool $(f,1000)\n", "6.12")).value("A") == "y"
    with pytest.raises(InputError, match=r"^Kconfig:\d+: .* seems stuck in infinite recursion"):
        make_tree(f"{steps}config A\n\tdef_bool $(f,1001)\n", "6.12")


def test_blocks_that_multiply_their_conditions_have_a_limit(
    make_tree: MakeTree, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(expressions, "_MOST_DEPENDENTS", 1_000)
    nested = "".join(f'if S{n}\nconfig S{n + 1}\n\tbool "s"\n' for n in range(60)) + "endif\n" * 60
    with pytest.raises(LimitError, match="symbols depend on more than 1000 others"):
        make_tree(_FIRST + nested, "6.12")


def test_a_loop_of_any_length_is_refused(make_tree: MakeTree) -> None:
    parts = _chain(["default"] * 3_000)
    with pytest.raises(InputError, match=r"^Kconfig:\d+: dependency loop: S\d+ -> S\d+ -> "):
        make_tree("".join(parts) + "config S0\n\tdefault S3000\n", "6.12")


def test_a_chain_is_explained_on_the_command_line(tmp_path: Path) -> None:
    folder = tree_at(tmp_path / "tree", "".join(_chain(["depends"] * 5_000)), release="6.12")
    done = explore("explain", "--tree", str(folder), "S0=n", "S5000=y")
    assert done.returncode == 1
    assert b"5000 statements exclude S0=n S5000=y" in done.stdout


# --- the same as kconfiglib -------------------------------------------------------------------------------


class _Stock(kconfiglib.Kconfig):  # type: ignore[misc] # kconfiglib is untyped
    def _open(self, filename: str, _mode: str) -> StringIO:  # a file would stay open after an error
        return StringIO(Path(filename).read_text())


class _Unbounded(UnboundedKconfig):
    _open = _Stock._open  # noqa: SLF001 # as above

    def _tokenize(self, s: str) -> Any:
        return self._up_to_edge(super()._tokenize(s))


def _parsed(parser: Any, file: Path) -> Any:
    """Everything that a parser makes of a file, or the kind of its error."""
    try:
        tree = parser(str(file), warn_to_stderr=False)
    except (kconfiglib.KconfigError, InputError) as error:
        return "loop" if "ependency loop" in str(error) else str(error)
    except (RecursionError, AttributeError, TypeError, KeyError):
        return "defect"
    nodes = [(node, _depth(node)) for node in tree.node_iter()]
    return [
        (depth, str(node.item), node.filename, node.linenr, getattr(node, "dep", None) and _text(node.dep))
        if not isinstance(node.item, kconfiglib.Symbol | kconfiglib.Choice)
        else (depth, str(node), [_text(item) for item in _expressions(node.item)])
        for node, depth in nodes
    ]


def _depth(node: Any) -> int:
    depth = 0
    while node.parent:
        node, depth = node.parent, depth + 1
    return depth


def _expressions(item: Any) -> list[Any]:
    reverse = [item.rev_dep, item.weak_rev_dep] if isinstance(item, kconfiglib.Symbol) else item.syms
    return [item.direct_dep, *reverse, *(part for default in item.defaults for part in default)]


def _text(expression: Any) -> str:
    """An expression with all parentheses, by recursion."""
    if not isinstance(expression, tuple):
        return str(kconfiglib.standard_sc_expr_str(expression))
    return f"({' '.join(map(str, (expression[0], *map(_text, expression[1:]))))})"


@pytest.mark.parametrize("bent", [False, True])
def test_parsing_gives_what_kconfiglib_gives(bent: bool, tmp_path: Path) -> None:  # noqa: FBT001 # a parameter of the test
    file, parsed = tmp_path / "Kconfig", 0
    for seed in range(150):
        text = kconfig_text(Random(seed), bent=bent)  # noqa: S311 # as above
        text = re.sub(r"^\s*transitional\n", "", text, flags=re.MULTILINE)  # statements that it does not know
        file.write_text(re.sub(r"^\s*modules$", "option modules", text, flags=re.MULTILINE))
        expected = _parsed(_Stock, file)
        found = _parsed(_Unbounded, file)
        if expected != "defect" and "loop" not in (expected, found):  # kconfiglib's search has no fixed order
            assert found == expected, file.read_text()
            parsed += isinstance(expected, list)
    assert parsed >= (10 if bent else 50)


def test_equal_expressions_have_equal_shapes() -> None:
    chance = Random(1)  # noqa: S311 # as above
    tree = kconfiglib.Symbol()
    symbols = [tree, kconfiglib.Symbol()]

    def expression(depth: int) -> Any:
        operator = chance.choice([kconfiglib.AND, kconfiglib.OR, kconfiglib.NOT, None])
        if not depth or operator is None:
            return chance.choice(symbols)
        count = 1 if operator is kconfiglib.NOT else 2
        return (operator, *(expression(depth - 1) for _ in range(count)))

    expressions, shapes = [expression(2) for _ in range(400)], ExpressionShapes()
    equal = 0
    for first, second in pairwise(expressions):
        assert (shapes.of(first) == shapes.of(second)) == (first == second)
        equal += first == second
    assert equal >= 10


def test_an_expression_is_written_as_kconfig_writes_it(make_tree: MakeTree) -> None:
    texts = ["A && (B || !A)", "(A && B) || !(A && B)", 'A = "x" && B != A', "!A || B || (A && B)"]
    kconfig = 'config A\n\tbool "a"\nconfig B\n\tbool "b"\n'
    entries = (f"config C{number}\n\tbool\n\tdefault y if {text}\n" for number, text in enumerate(texts))
    symbols = make_tree(kconfig + "".join(entries), "6.12").engine.kconfig.syms
    written = [expression_text(symbols[f"C{number}"].defaults[0][1]) for number in range(len(texts))]
    assert written == texts
