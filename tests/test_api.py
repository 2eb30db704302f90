# SPDX-License-Identifier: GPL-2.0-or-later
"""The Python API as another program calls it, with right and wrong arguments."""

import doctest
import json
import re
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

import explorer
from explorer import api
from explorer.document.audit import audit_json
from tests.audit.kernel import kernel_at
from tests.commandline import DATA, explore

GOOD = DATA / "configs" / "6.12.107+deb12-arm64-16k.config.gz"


def test_a_path_and_a_name_give_the_same_verdict() -> None:
    found = explorer.check(GOOD, machines=["nomap-mid"], ram_fill="zero")
    assert (found.verdict, found.findings) == ("safe", ())
    assert explorer.check(str(GOOD), machines=("nomap-mid",), ram_fill="zero") == found


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"machines": "flat"}, "machines: is one name (write machines=['flat'])"),
        ({"machines": []}, "machines: is empty (leave it out for all shipped maps)"),
        ({"requested": GOOD}, f"requested: is one name (write requested=[{str(GOOD)!r}])"),
        ({"with_changes": "f52bb98f5ade"}, "with_changes: is one name (write with_changes=['f52bb98f5ade'])"),
        ({"kernel": 6.1}, 'kernel: is a number (write it as text, kernel="6.12")'),
        ({"kernel": ""}, "'' is not a kernel version (write it as 4.17, 5.11.14 or 5.14-rc5)"),
        ({"ram_fill": "ones"}, "ram_fill: 'ones' is not known (it is one of zero, ff, stale)"),
        ({"tree": "/no/such"}, "/no/such: not a folder (give the top of a kernel tree)"),
    ],
    ids=str,
)
def test_what_is_given_wrongly_is_said_and_how_to_give_it(given: Any, said: str) -> None:
    with pytest.raises(explorer.InputError) as raised:
        explorer.check(GOOD, **given)
    assert str(raised.value) == said


def test_no_file_is_no_safe_kernel() -> None:
    with pytest.raises(explorer.InputError, match="no file is given"):
        explorer.check()


def test_an_audit_is_that_of_the_command(tmp_path: Path) -> None:
    folder = kernel_at(tmp_path)
    audited = explorer.audit_tree(folder)
    assert [str(found.walker.place) for found in audited.walkers if str(found.verdict) == "unguarded"]
    assert audited.changes_since(audited) == []
    printed = json.loads(explore("audit", str(folder), "--format", "json").stdout)
    assert json.loads(json.dumps(audit_json(audited))) == printed
    part = explorer.audit_tree(folder, ["mm/sweep.c"])
    assert {found.walker.place.file for found in part.walkers} == {"mm/sweep.c"}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"tree": "/no/such"}, "/no/such: no folder of a kernel is there (name the top of a tree)"),
        ({"paths": "mm"}, "paths: is one name (write paths=['mm'])"),
        ({"paths": ["km"]}, "km: no C file is there (name a folder or a file of the tree)"),
    ],
    ids=str,
)
def test_an_audit_without_its_files_says_which(tmp_path: Path, given: Any, said: str) -> None:
    with pytest.raises(explorer.InputError) as raised:
        explorer.audit_tree(**{"tree": kernel_at(tmp_path), **given})
    assert str(raised.value) == said


def test_an_audit_without_the_parser_says_what_to_install(tmp_path: Path) -> None:
    program = (
        "import sys; sys.modules['tree_sitter_c'] = None; import explorer; explorer.audit_tree(sys.argv[1])"
    )
    folder = kernel_at(tmp_path)
    (folder / "mm" / "new.c").write_text(f"/* not in the cache: {folder} */\n")
    done = subprocess.run(
        [sys.executable, "-c", program, str(folder)], capture_output=True, text=True, check=False
    )
    assert "InputError: audit needs the packages tree-sitter and tree-sitter-c (pip install" in done.stderr


@pytest.mark.parametrize("function", [explorer.check, explorer.audit_tree])
def test_the_docstring_names_what_exists(function: Callable[..., Any]) -> None:
    names = re.findall(r"explorer(?:\.\w+)+", function.__doc__ or "")
    assert names
    for name in names:
        module, _, attribute = name.rpartition(".")
        assert hasattr(import_module(module), attribute), name


def test_the_package_says_that_it_is_typed() -> None:
    assert (Path(explorer.__file__).parent / "py.typed").exists()


def test_the_examples_of_the_docstrings_and_of_the_python_page_run() -> None:
    page = Path(__file__).parents[1] / "docs" / "users" / "python.md"
    for failed, attempted in (doctest.testmod(api), doctest.testfile(str(page), module_relative=False)):
        assert failed == 0
        assert attempted > 5


def test_every_public_name_exists_and_the_version_is_that_of_the_project() -> None:
    for name in explorer.__all__:
        assert getattr(explorer, name) is not None, name
    assert re.fullmatch(r"\d+\.\d+\.\d+", explorer.__version__)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = explorer.nothing


def test_a_kernel_that_was_loaded_gives_the_same_results_as_its_release() -> None:
    kernel = explorer.load("4.17")
    settings = {"NUMA": "n", "HOLES_IN_ZONE": "n", "DEBUG_VM": "y"}
    assert explorer.simulate(kernel, "nomap-mid", settings=settings).boot == (
        explorer.simulate("4.17", "nomap-mid", settings=settings).boot
    )


def test_a_matrix_and_a_boot_are_tables_in_a_notebook() -> None:
    study = explorer.matrix("4.17", ["flat", "nomap-mid"])
    table = study._repr_html_()  # the name that notebooks call
    assert table.count("<tr") == 17
    assert "nomap-mid" in table
    boot = explorer.simulate("4.17", "nomap-mid", settings={"NUMA": "n"})._repr_html_()  # as above
    assert "memmap" in boot
    assert "__free_one_page" in boot


def test_a_name_in_a_notebook_is_escaped() -> None:
    memory = explorer.shipped_map("flat")
    strange = explorer.MemoryMap("<script>", memory.memory, memory.reserved)
    assert "<script>" not in explorer.simulate("6.12", strange)._repr_html_()  # as above


@pytest.mark.parametrize(
    ("call", "parameter"),
    [
        (lambda: explorer.load(6.1), "kernel"),  # type: ignore[arg-type] # the mistake under test
        (lambda: explorer.simulate("6.12", "flat", ram_fill="ones"), "ram_fill"),
        (lambda: explorer.matrix("6.12", "flat"), "machines"),
        (lambda: explorer.simulate(explorer.load("6.12", arch="riscv"), "flat"), "arch"),
    ],
)
def test_an_error_names_its_parameter(call: Any, parameter: str) -> None:
    with pytest.raises(explorer.InputError) as raised:
        call()
    assert raised.value.parameter == parameter
