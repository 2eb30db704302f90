# SPDX-License-Identifier: GPL-2.0-or-later
import ast
from pathlib import Path

import explorer.proof
from explorer.proof.rules_fingerprint import PROVING, syntax_of


def test_docstrings_comments_and_layout_are_no_part_of_the_rules() -> None:
    text = '"""One."""\n\ndef f():\n    "Two."\n    return 1  # three\n'
    assert syntax_of(text) == syntax_of("def f():\n return 1\n")
    assert syntax_of(text) != syntax_of("def f():\n    return 2\n")


def test_every_module_that_a_proof_imports_is_part_of_the_rules() -> None:
    assert imported_by("claims") | {"claims"} == set(PROVING)


def imported_by(module: str, known: frozenset[str] = frozenset()) -> set[str]:
    """The modules of the room that a module imports, directly or not."""
    path = Path(explorer.proof.__file__).parent / f"{module}.py"
    nodes = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ImportFrom)]
    names = {(node.module or "").removeprefix("explorer.proof.") for node in nodes}
    own = {name for name in names - known if (path.parent / f"{name}.py").exists()}
    return own.union(*(imported_by(name, known | own) for name in own))
