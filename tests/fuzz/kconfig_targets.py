# SPDX-License-Identifier: GPL-2.0-or-later
"""Fuzz targets for Kconfig files, patches, requested fragments, checkouts and command line arguments."""

import difflib
import tempfile
import zlib
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from random import Random
from typing import Any

from explorer.api import check
from explorer.boot import RamFill
from explorer.boot.source_marks import changes_shown
from explorer.checking import Checked
from explorer.commands.options import parameters_of, settings_of, symbols_of
from explorer.configuration import (
    Evaluation,
    FilePatch,
    PatchedTree,
    Tree,
    commit_of_checkout,
    explain,
    load_fragment,
    load_tree,
    parse_config,
    parse_patch,
    patched_tree,
    touched_symbols,
)
from explorer.configuration.files.sources import Sources
from explorer.configuration.patch.unified_diff import apply_hunks
from explorer.configuration.toolchain.probes import Toolchain
from explorer.configuration.tree.loading import parse_tree
from explorer.configuration.tree.tree import ParseInput
from explorer.document.check import checked_json
from explorer.machine.memory_range import parse_memory_range
from explorer.narrative.finding_narrative import finding_message
from explorer.version import KernelVersion
from tests.configuration.patch.test_unified_diff import BEFORE, DIFF, MAIL
from tests.configuration.random_kconfig import kconfig_text
from tests.fuzz.archive import folder_of, packed
from tests.fuzz.kconfig_judge import Comparisons, judge_tree
from tests.fuzz.mutation import mutate_bytes, mutate_lines, repeated
from tests.fuzz.target import Target, is_refused

__all__ = ["COMPARED", "KCONFIG_TARGETS", "small_tree"]

COMPARED = Comparisons()
"""How often each law of ``kconfig_judge`` compared something in this process."""

_RELEASE = KernelVersion(6, 12)
_RELEASES = (KernelVersion(4, 17), KernelVersion(5, 13), KernelVersion(6, 1), _RELEASE, KernelVersion(6, 19))
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
\tdefault m if "$(name)" = "y"
\tdepends on ARM64 && (SMALL || SHIFT > 2)
config SHIFT
\tint "shift"
\trange 1 9 if ARM64
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
name := y
config LAST
\tstring "last"
\tdefault "$(name)"
config BASE
\thex
\tdefault 0x10
"""
_PROBED = """\
config CC_HAS_IT
\tdef_bool $(shell,$(CC) -fit -c -x c /dev/null && echo y || echo n)
config IT
\tbool "it" if CC_HAS_IT
\tdefault $(shell,echo y)
"""
_ODD_LINES = b"--- a/Kconfig\n+++ b/Kconfig\n@@ -1,2 +1,3 @@\n config A\n+\v\f\n \tbool\n"
"""Adds a line with characters that end lines elsewhere."""
_ANSWERS = b"CONFIG_ARM64=y\nCONFIG_NUMA=y\nCONFIG_SHIFT=77\nCONFIG_ONE=y\nCONFIG_TWO=y\nCONFIG_LAST=7\n"
_WORDS = (
    *(b"config", b"menuconfig", b"choice", b"endchoice", b"menu", b"endmenu", b"if", b"endif", b"source"),
    *(b"bool", b"tristate", b"int", b"hex", b"string", b"prompt", b"default", b"def_bool", b"depends on"),
    *(b"select", b"imply", b"range", b"visible if", b"help", b"optional", b"modules", b"option", b"comment"),
    *(b"transitional", b"osource", b"&&", b"||", b"!", b"=", b"!=", b"<", b">=", b"(", b")", b'"', b"'"),
    *(b"$(shell,", b"$(success,", b"$(name)", b"$(1)", b":=", b"+=", b"y", b"n", b"m", b"NUMA", b"ARM64"),
    *(b"ONE", b"SHIFT", b"LAST", b"MODULES", b"A0", b"A1", b"A2", b"0x10", b'"dir/*"', b"\\"),
)


def _tree(data: bytes, release: KernelVersion = _RELEASE) -> Tree:
    """A tree of one file that does not exist on disk."""
    return parse_tree(ParseInput(_NOWHERE, "fuzz", release, {}, Toolchain(), replaced={"Kconfig": data}))


# --- Kconfig ----------------------------------------------------------------------------------------------


def _kconfig(data: bytes) -> tuple[Tree, Random]:
    """The tree of a file for one of the releases, and what draws the questions about it."""
    chance = Random(zlib.crc32(data))  # noqa: S311 # the same input asks the same
    return _tree(data, chance.choice(_RELEASES)), chance


def _judge_kconfig(read: tuple[Tree, Random]) -> None:
    judge_tree(*read, COMPARED)


def _other_kconfig(data: bytes, chance: Random) -> bytes:
    """A new file, or one mixed with a new one; mostly valid, bent, or a file with changed lines."""
    new = kconfig_text(chance, bent=chance.random() < 0.6).encode()
    match chance.randrange(4):
        case 0:
            return _changed_lines(data, chance)
        case 1:
            lines, others = data.split(b"\n"), new.split(b"\n")
            at = chance.randrange(len(lines))
            return b"\n".join((*lines[:at], *others, *lines[at:]))
        case _:
            return new


_changed_lines = mutate_lines(*_WORDS)


# --- a .config with a requested fragment ------------------------------------------------------------------


def _requested(data: bytes) -> Checked:
    """A ``.config``, a line of dashes, and a requested fragment, judged with a small tree."""
    config, _, wishes = data.partition(b"\n--\n")
    given, requested = parse_config(config, "config"), [parse_config(wishes, "wish")]
    return check(given, machines=["flat"], tree=small_tree(), requested=requested, ram_fill=RamFill.ZERO)


@cache
def small_tree() -> Tree:
    """A tree with each kind of symbol, a choice, and a compiler check without an answer."""
    return _tree((_KCONFIG + _PROBED).encode())


def _judge_checked(checked: Checked) -> None:
    assert checked.verdict in {"unreachable", "unsafe", "unknown", "safe", "not simulated"}
    assert all(finding_message(checked.tree, finding) for finding in checked.findings)
    checked_json(checked)


_changed_answers = mutate_lines(
    *(b"CONFIG_NUMA", b"CONFIG_SHIFT", b"CONFIG_ONE", b"CONFIG_TWO", b"CONFIG_LAST", b"CONFIG_BASE", b"--"),
    *(b"CONFIG_SMALL", b"CONFIG_IT", b"CONFIG_CC_HAS_IT", b"CONFIG_NO_SUCH", b"# ", b" is not set", b"="),
    *(b"y", b"m", b"n", b'"7"', b'"a\\"b"', b"0x10", b"3", b"-1"),
)


# --- patches ----------------------------------------------------------------------------------------------

_MAIL = MAIL.replace("--- this", "This")  # the test file's mail holds a line that looks like a diff


def _patch(data: bytes) -> tuple[FilePatch, ...]:
    return parse_patch(data, "fuzz")


def _judge_patch(patch: tuple[FilePatch, ...]) -> None:
    """Each hunk that applies replaces its old lines by its new ones; a tree takes the patch or refuses it."""
    text = BEFORE
    for change in patch:
        texts: list[str] = []
        if change.hunks and not is_refused(partial(_apply, change, text, texts)):
            added = sum(len(hunk.new) - len(hunk.old) for hunk in change.hunks)
            assert texts[0].count("\n") <= text.count("\n") + added + len(change.hunks)
            text = texts[0]
    before = _tree(BEFORE.encode())
    patched: list[PatchedTree] = []
    if not is_refused(lambda: patched.append(patched_tree(before, patch))):
        after_tree = patched[0].tree
        assert set(touched_symbols(before, after_tree)) <= {*before.symbols, *after_tree.symbols}
        Evaluation(after_tree).values()


def _apply(change: FilePatch, text: str, after: list[str]) -> None:
    after.append(apply_hunks(change, text, "Kconfig"))


def _other_patch(data: bytes, chance: Random) -> bytes:
    """The diff of random edits of the file, sometimes in a mail; or a patch with changed lines."""
    if chance.random() < 0.4:
        return _changed_diff(data, chance)
    after = BEFORE.encode()
    for _ in range(chance.randint(1, 3)):
        after = mutate_lines(b"config", b"bool", b"A", b"B", b"D", b"depends on")(after, chance)
    name = chance.choice(("a/Kconfig", "a/Kconfig", "a/mm/Kconfig", "/dev/null", "Kconfig.orig"))
    old, new = BEFORE.splitlines(keepends=True), after.decode("utf-8", "replace").splitlines(keepends=True)
    diff = "".join(difflib.unified_diff(old, new, name, "b/Kconfig", n=chance.randint(0, 3)))
    return (_MAIL.replace(DIFF, diff) if chance.random() < 0.2 else diff).encode()


_changed_diff = mutate_lines(
    *(b"--- ", b"+++ ", b"@@ -1 +1 @@", b"-", b"+", b" ", b"a/Kconfig", b"/dev/null", b"rename from a"),
    *(b"Binary files a and b differ", b"GIT binary patch", b"new file mode 120000", b"\\ No newline at end"),
    *(b"Content-Transfer-Encoding: base64", b"Content-Type: text/plain; charset=utf-16", b"diff --git a b"),
)


# --- whole folders ----------------------------------------------------------------------------------------

_MAKEFILE = "VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 1\nEXTRAVERSION = -rc1\n"
_COMMIT = "0123456789abcdef0123456789abcdef01234567"
_CHECKOUTS = (
    packed(
        {
            "Makefile": _MAKEFILE,
            "Kconfig": 'mainmenu "Linux/$(ARCH)"\nsource "mm/Kconfig"\nsource "arch/*/Kconfig"\n',
            "mm/Kconfig": 'config NUMA\n\tbool "nodes"\n',
            "init/Kconfig": "config NR\n\tint\n\tdefault 4\n",
            "arch/arm64/Kconfig": "config ARM64\n\tdef_bool y\n",
            "mm/sparse.c": "sparse_buffer_init(\n",
            ".git/HEAD": "ref: refs/heads/main\n",
            ".git/packed-refs": f"{_COMMIT} refs/heads/main\n",
        }
    ),
    packed(
        {
            "Config.in": 'mainmenu "BusyBox Configuration"\nsource "x/Config.in"\n',
            "x/Config.src": "INSERT\n",
            "x/a.c": '//config:config A\n//config:\tbool "a"\n//config:\tdefault y\n',
            "Makefile": "VERSION = 1\nPATCHLEVEL = 36\n",
            ".git": "gitdir: other\n",
            "other/HEAD": f"{_COMMIT}\n",
        }
    ),
    packed(
        {
            "xen/Kconfig": 'mainmenu "Xen/$(SRCARCH) Configuration"\nconfig X86\n\tdef_bool y\n',
            "xen/Makefile": "export XEN_VERSION = 4\nexport XEN_SUBVERSION = 19\n",
        }
    ),
    packed({"src/Kconfig": 'mainmenu "coreboot configuration"\nsource "src/none/*"\nconfig A\n\tbool "a"\n'}),
)


def _checkout(data: bytes) -> tuple[Tree, str]:
    """The tree of a folder, and the commit that its ``.git`` names."""
    with folder_of(data) as folder:
        tree = load_tree(folder)
        changes_shown(Sources(folder).peek)
        Evaluation(tree).values()
        return tree, commit_of_checkout(folder)


def _judge_checkout(read: tuple[Tree, str]) -> None:
    tree, commit = read
    assert tree.label
    assert "kconfig-explorer-fuzz" not in "".join(tree.kconfig.kconfig_filenames)
    assert not commit or set(commit) <= set("0123456789abcdef")


_changed_checkout = mutate_lines(
    *_WORDS,
    *(b"@@ Kconfig", b"@@ Makefile", b"@@ mm/Kconfig", b"@@ .git/HEAD", b"@@ .git/commondir", b"@@ .git"),
    *(b'source "../Kconfig"', b'source "/etc/passwd"', b'source "*/*/*"', b'source "$(srctree)/Kconfig"'),
    *(b"VERSION", b"PATCHLEVEL", b"= 6", b"= 99999999999999999999", b"ref: refs/heads/../../x", b"gitdir: /"),
)


# --- words of the command line ----------------------------------------------------------------------------


@cache
def _fragment() -> Tree:
    return load_fragment(_RELEASE)


def _wishes(data: bytes) -> dict[str, str]:
    """Arguments such as ``NUMA=y``, one a line; each must be a symbol with a value of its type."""
    settings = settings_of(data.decode("utf-8", "surrogateescape").split("\n"))
    explain(_fragment(), settings)
    return settings


def _judge_wishes(settings: dict[str, str]) -> None:
    assert settings
    combination = explain(_fragment(), settings, conflicts=2).combination
    assert combination.reachable or combination.core
    assert symbols_of(list(settings)) == tuple(settings)


_FORMS: dict[bytes, Callable[[str], object]] = {
    b"release": KernelVersion.parse,
    b"memory": parse_memory_range,
    b"symbol": lambda word: symbols_of([word]),
    b"seed": lambda word: parameters_of(None, word),
    b"set": lambda word: settings_of([word]),
}


def _word(data: bytes) -> object:
    """The value of one argument, of the form that the first word names."""
    form, _, word = data.partition(b" ")
    read = _FORMS.get(form, KernelVersion.parse)
    return read(word.decode("utf-8", "surrogateescape"))


def _judge_word(value: object) -> None:
    assert value
    assert str(value).isprintable()


KCONFIG_TARGETS: dict[str, Target[Any]] = {
    "kconfig": Target(
        _kconfig,
        _judge_kconfig,
        (_KCONFIG.encode(), (_KCONFIG + _PROBED).encode()),
        ("configuration.tree", "configuration.encoding", "configuration.queries", "formats.graph"),
        accepted=0.26,
        branches=0.69,
        mutate=_other_kconfig,
        replayed=60,
    ),
    "requested": Target(
        _requested,
        _judge_checked,
        (_ANSWERS + b"\n--\n" + _ANSWERS.replace(b"y", b"n"), b"CONFIG_NUMA=m\n--\nCONFIG_SHIFT=3\n"),
        (
            "checking.requested",
            "checking.settings",
            "checking.rejected_values",
            "configuration.queries.overrides",
        ),
        accepted=0.64,
        branches=0.59,
        mutate=_changed_answers,
        replayed=100,
    ),
    "patch": Target(
        _patch,
        _judge_patch,
        (DIFF.encode(), _MAIL.encode(), _ODD_LINES),
        ("configuration.patch",),
        accepted=0.56,
        branches=0.67,
        mutate=_other_patch,
    ),
    "checkout": Target(
        _checkout,
        _judge_checkout,
        _CHECKOUTS,
        (
            "configuration.files.programs",
            "configuration.files.sources",
            "configuration.files.confined_open",
            "configuration.files.git_head",
        ),
        accepted=0.48,
        branches=0.63,
        mutate=_changed_checkout,
    ),
    "wishes": Target(
        _wishes,
        _judge_wishes,
        (b"NUMA=y\nSPARSEMEM=n", b"ARM64_4K_PAGES=n\nNUMA=n"),
        ("configuration.queries.symbol_names", "configuration.queries.reachability"),
        accepted=0.31,
        branches=0.64,
        mutate=mutate_lines(
            b"NUMA", b"SPARSEMEM", b"CONFIG_ARM64_64K_PAGES", b"ARM64_VA_BITS", b"y", b"n", b"m", b"48"
        ),
    ),
    "words": Target(
        _word,
        _judge_word,
        (
            b"release 6.12.3",
            b"memory 0x40000000+2G",
            b"symbol NUMA",
            b"seed 0x0123",
            b"set NUMA=y",
            b"release 4.17-rc1",
        ),
        ("version", "machine.memory_range"),
        accepted=0.31,
        branches=0.51,
        mutate=repeated(mutate_bytes, mutate_lines(b"0x", b"K", b"G", b"+", b"-rc1", b"6.12", b".")),
    ),
}
