# SPDX-License-Identifier: GPL-2.0-or-later
"""Macros: the values are those that conf of Linux 6.18 writes for the same files."""

from pathlib import Path

import pytest

from explorer.configuration import Evaluation, load_tree
from explorer.errors import InputError
from tests.configuration.trees import tree_at

_VARIABLES = """\
a = 1
b = $(a)$(a)
late = $(later)
f = <$(1)|$(2)|$(0)>
twice = $(f,$(1)$(1),x)
first = $($(a))
later = now
once := $(later)
later = then
both = x
both += $(a)
paren = ($(1))
"""
_VALUES = {
    "$(b)": "11",
    "$(late)": "then",
    "$(once)": "now",
    "$(f,p,q)": "<p|q|>",
    "$(f,p)": "<p||>",
    "$(twice,$(a))": "<11|x|>",
    "$(f,(p,q),$(f,r))": "<(p,q)|<r||>|>",
    "$(f,+1,$( 1))": "<+1||>",
    "$(first,z)": "",  # a number that a macro gives is a name
    "$(both)": "x 1",
    "$(paren,)": "()",
    "$(1)$(0)$(-1)": "",
    "$($(f)": None,
    "$(f,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15)": "<1|2|>",
    "$(f,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16)": None,
    "$(PATH,x)": "",
    "$$(a)": "$1",
}


def value_of(kconfig: str, folder: Path) -> str:
    return Evaluation(load_tree(tree_at(folder, kconfig, release="6.18"))).value("S")


@pytest.mark.parametrize("text", _VALUES)
def test_a_macro_expands_as_in_conf(text: str, tmp_path: Path) -> None:
    kconfig = f'{_VARIABLES}config S\n\tstring "s"\n\tdefault "{text}"\n'
    if _VALUES[text] is None:
        with pytest.raises(InputError, match=r"^Kconfig:15: couldn't parse"):
            value_of(kconfig, tmp_path)
    else:
        assert value_of(kconfig, tmp_path) == _VALUES[text]


def test_a_value_that_was_set_at_once_is_not_expanded_again(tmp_path: Path) -> None:
    kconfig = 'd = $\nv := $(d)(d)\nconfig S\n\tstring "s"\n\tdefault "$(v)"\n'
    assert value_of(kconfig, tmp_path) == "$(d)"
