# SPDX-License-Identifier: GPL-2.0-or-later
"""Fuzz targets for Kconfig files, patches, requested fragments and command line arguments."""

import tempfile
from functools import cache
from pathlib import Path

from explorer.api import check
from explorer.boot import RamFill
from explorer.commands.options import settings_of, symbols_of
from explorer.configuration import Tree, explain, load_fragment, parse_config, parse_patch
from explorer.configuration.patch.unified_diff import apply_hunks
from explorer.configuration.toolchain.probes import Toolchain
from explorer.configuration.tree.evaluation import Evaluation
from explorer.configuration.tree.loading import parse_tree
from explorer.configuration.tree.tree import ParseInput
from explorer.narrative.finding_narrative import finding_message
from explorer.version import KernelVersion
from tests.configuration.patch.test_unified_diff import BEFORE, DIFF, MAIL
from tests.fuzz.target import Target, refusable

__all__ = ["KCONFIG_TARGETS"]

_RELEASE = KernelVersion(6, 12)
_NOWHERE = Path(tempfile.gettempdir()) / "kconfig-explorer-fuzz-holds-nothing"
_KCONFIG = """\
mainmenu "Linux"
config ARM64
\tdef_bool y
\tselect NUMA if !SMALL
if ARM64
menu "Memory"
config NUMA
\ttristate "nodes" if SMALL
\tdefault m if $(success,true)
\tdepends on ARM64 && (SMALL || SHIFT > 2)
config SHIFT
\tint "shift"
\trange 1 9 if NUMA
\tdefault 3
config SMALL
\tbool "small"
\timply NUMA
\thelp
\t  None.
choice
\tprompt "one"
config ONE
\tbool "one"
config TWO
\tbool "two"
endchoice
endmenu
endif
name := $(shell,echo y)
config LAST
\tstring "last"
\tdefault "$(name)"
config BASE
\thex
\tdefault 0x10
"""
_ANSWERS = b"CONFIG_ARM64=y\nCONFIG_NUMA=y\nCONFIG_SHIFT=77\nCONFIG_ONE=y\nCONFIG_TWO=y\nCONFIG_LAST=7\n"


def _tree(text: str) -> Tree:
    """A tree of one file that does not exist on disk."""
    files = {"Kconfig": text.encode()}
    return parse_tree(ParseInput(_NOWHERE, "fuzz", _RELEASE, {}, Toolchain(), replaced=files))


def _kconfig(data: bytes) -> None:
    """Parses a file, evaluates and encodes the tree, and checks a ``.config`` with it."""
    tree = _tree(data.decode("utf-8", "replace"))
    assert Evaluation(tree).values().keys() == set(tree.symbols)
    for name in tree.symbols[:3]:
        if tree.is_logical(name):
            explain(tree, {name: "y"})
    checked = check(parse_config(_ANSWERS, "-"), machines=[], tree=tree)
    assert all(finding_message(tree, finding) for finding in checked.findings)


def _patch(data: bytes) -> None:
    for change in parse_patch(data, "fuzz"):
        apply_hunks(change, BEFORE, "Kconfig")


@cache
def _fragment() -> Tree:
    return load_fragment(_RELEASE)


def _name(data: bytes) -> None:
    """An argument in place of a symbol or a release."""
    word = data.decode("utf-8", "surrogateescape")
    assert KernelVersion.parse(word) or symbols_of([word])


def _wishes(data: bytes) -> None:
    """Command line arguments: settings, and a name and a release for each value."""
    settings = settings_of(data.decode("utf-8", "surrogateescape").split("\n"))
    for value in settings.values():
        refusable(_name)(value.encode("utf-8", "surrogateescape"))
    explain(_fragment(), settings)


def _check(data: bytes) -> None:
    """A ``.config``, a line of dashes, and a requested fragment."""
    config, _, wishes = data.partition(b"\n--\n")
    requested = [parse_config(wishes, "wish")]
    found = check(
        parse_config(config, "config"),
        machines=[],
        tree=_tree(_KCONFIG),
        requested=requested,
        ram_fill=RamFill.ZERO,
    )
    assert all(finding_message(found.tree, finding) for finding in found.findings)


KCONFIG_TARGETS: dict[str, Target] = {
    "kconfig": Target(refusable(_kconfig), (_KCONFIG.encode(),)),
    "patch": Target(refusable(_patch), (DIFF.encode(), MAIL.encode())),
    "requested": Target(refusable(_check), (_ANSWERS + b"--\n" + _ANSWERS.replace(b"y", b"n"),)),
    "wishes": Target(refusable(_wishes), (b"NUMA=y\nSPARSEMEM=n", b"ARM64_4K_PAGES=n\nHOLES_IN_ZONE=y")),
}
