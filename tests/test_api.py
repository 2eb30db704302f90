# SPDX-License-Identifier: GPL-2.0-only
"""``explorer.check`` as another program calls it, rightly and wrongly."""

import re
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

import explorer
from tests.commandline import DATA

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


def test_the_docstring_names_what_exists() -> None:
    names = re.findall(r"explorer(?:\.\w+)+", explorer.check.__doc__ or "")
    assert names
    for name in names:
        module, _, attribute = name.rpartition(".")
        assert hasattr(import_module(module), attribute), name


def test_the_package_says_that_it_is_typed() -> None:
    assert (Path(explorer.__file__).parent / "py.typed").exists()
