# SPDX-License-Identifier: GPL-2.0-or-later
"""A tree with a patch on top; the files that git would leave are the reference."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from explorer.configuration import PatchedTree, Tree, load_fragment, load_tree, parse_patch, patched_tree
from explorer.configuration.tree.evaluation import Evaluation
from explorer.errors import InputError
from explorer.version import KernelVersion
from tests.configuration.trees import tree_at

TOP = 'mainmenu "test"\n\nsource "mm/Kconfig"\n\nconfig TOP\n\tdef_bool y\n'
MM = 'config MM\n\tbool "mm"\n\tdefault y\n\tdepends on TOP\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    top = tmp_path / "linux"
    for name, text in {
        "Kconfig": TOP,
        "mm/Kconfig": MM,
        "mm/page_alloc.c": "int a;\n",
        "fs/Kconfig": "config FS\n\tdef_bool y\n",
        "Makefile": "VERSION = 6\nPATCHLEVEL = 1\nSUBLEVEL = 0\n",
    }.items():
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        (top / name).write_text(text)
    return top


def diff_of(name: str, before: str | None, after: str | None, tmp_path: Path) -> str:
    """The diff that git makes of a file; ``None`` where there is none."""
    sides = tmp_path / "sides"
    shutil.rmtree(sides, ignore_errors=True)
    paths = []
    for side, text in (("a", before), ("b", after)):
        path = sides / side / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if text is not None:
            path.write_text(text)
        paths.append("/dev/null" if text is None else f"{side}/{name}")
    done = subprocess.run(
        ["git", "diff", "--no-index", "--no-prefix", *paths],
        cwd=sides,
        capture_output=True,
        check=False,
        text=True,
    )
    assert done.returncode == 1
    return done.stdout


def symbols(folder: Path, patch: str) -> tuple[Sequence[str], PatchedTree]:
    tree = load_tree(folder)
    patched = patched_tree(tree, parse_patch(patch.encode(), "test.patch"))
    assert (patched.tree.label, patched.tree.version) == (tree.label, tree.version)
    return patched.tree.symbols, patched


needs_git = pytest.mark.skipif(not shutil.which("git"), reason="git is not installed: it makes the patches")


@needs_git
def test_a_change_is_applied_and_files_that_kconfig_does_not_read_are_passed_over(
    folder: Path, tmp_path: Path
) -> None:
    patch = diff_of("mm/Kconfig", MM, MM + "config NEW\n\tbool\n", tmp_path)
    patch += diff_of("mm/page_alloc.c", "int a;\n", "int b;\n", tmp_path)
    patch += diff_of("mm/new.c", None, "int c;\n", tmp_path)
    found, patched = symbols(folder, patch)
    assert found == ("MM", "NEW", "TOP")
    assert patched.hunks == {"mm/Kconfig": 1}
    assert patched.skipped == ("b/mm/page_alloc.c", "b/mm/new.c")
    assert (folder / "mm/Kconfig").read_text() == MM


@needs_git
def test_a_patch_may_create_and_delete_files_and_source_others(folder: Path, tmp_path: Path) -> None:
    patch = diff_of("mm/damon/Kconfig", None, "config DAMON\n\tbool\n", tmp_path)
    patch += diff_of("mm/Kconfig", MM, None, tmp_path)
    changed = TOP.replace('source "mm/Kconfig"', 'source "mm/damon/Kconfig"\nsource "fs/Kconfig"')
    patch += diff_of("Kconfig", TOP, changed, tmp_path)
    found, patched = symbols(folder, patch)
    assert found == ("DAMON", "FS", "TOP")
    assert set(patched.hunks) == {"mm/damon/Kconfig", "mm/Kconfig", "Kconfig"}


@needs_git
def test_a_patch_may_rename_a_file(folder: Path, tmp_path: Path) -> None:
    patch = (
        "diff --git a/mm/Kconfig b/mm/Kconfig.memory\nsimilarity index 100%\n"
        "rename from mm/Kconfig\nrename to mm/Kconfig.memory\n"
    )
    patch += diff_of("Kconfig", TOP, TOP.replace("mm/Kconfig", "mm/Kconfig.memory"), tmp_path)
    assert symbols(folder, patch)[0] == ("MM", "TOP")


def change(name: str, header: str = "") -> str:
    return f'{header}--- a/{name}\n+++ b/{name}\n@@ -1,2 +1,3 @@\n config MM\n+\tbool\n \tbool "mm"\n'


GIT = "diff --git a/mm/Kconfig b/mm/Kconfig\n"


@pytest.mark.parametrize(
    ("patch", "words"),
    [
        (change("net/Kconfig"), "net/Kconfig: the patch changes a file that the tree lacks"),
        ("--- /dev/null\n+++ b/fs/Kconfig\n@@ -0,0 +1 @@\n+x\n", "fs/Kconfig: the patch creates a file"),
        (f"{GIT}index 1..2 120000\n" + change("mm/Kconfig"), "mm/Kconfig: .* a symbolic link"),
        (f"{GIT}Binary files a/mm/Kconfig and b/mm/Kconfig differ\n", "mm/Kconfig: .* binary"),
        (f"{GIT}GIT binary patch\nliteral 3\nabc\n\n", "mm/Kconfig: .* binary"),
        (
            f"{GIT}similarity index 100%\ncopy from mm/Kconfig\ncopy to mm/Kconfig.x\n",
            "copied from another file",
        ),
        ("--- a/mm/Kconfig\n+++ /dev/null\n@@ -1 +0,0 @@\n-config MM\n", "does not apply"),
        (change("mm/Kconfig").replace("+\tbool", "+nonsense"), "Kconfig:2: .*parses without the patch"),
        (change("link/Kconfig"), "is reached by a symbolic link"),
        (change("Kconfig.link"), "is reached by a symbolic link"),
        (change("Kconfig.pipe"), "is not a regular file"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_refused(folder: Path, patch: str, words: str) -> None:
    outside = folder.parent / "outside"
    outside.mkdir()
    (outside / "Kconfig").write_text("config MM\n")
    (folder / "link").symlink_to(outside)
    (folder / "Kconfig.link").symlink_to(outside / "Kconfig")
    os.mkfifo(folder / "Kconfig.pipe")
    with pytest.raises(InputError, match=words):
        symbols(folder, patch)
    assert (outside / "Kconfig").read_text() == "config MM\n"


@pytest.mark.parametrize("name", ["a/kconfig/4.16-4.18/Kconfig", "a/Kconfig", "Kconfig", "linux/Kconfig"])
def test_a_fragment_is_patched_under_any_of_its_names(name: str) -> None:
    patch = (Path(__file__).parents[2] / "data/patches/holes-in-zone-without-numa.patch").read_text()
    body = patch[patch.index("@@") :]
    found = patched_fragment(f"--- {name}\n+++ {name.replace('a/', 'b/')}\n{body}")
    assert found.version == KernelVersion.parse("4.17")
    assert found.label == "kconfig/4.16-4.18"
    assert Evaluation(found).values()["HOLES_IN_ZONE"] == "y"


def patched_fragment(patch: str) -> Tree:
    return patched_tree(load_fragment(KernelVersion.parse("4.17")), parse_patch(patch.encode(), "x")).tree


@pytest.mark.parametrize("name", ["arch/arm64/Kconfig", "mm/Kconfig"])
def test_a_patch_for_the_kernels_files_cannot_be_put_on_a_fragment_and_the_message_says_so(name: str) -> None:
    with pytest.raises(InputError, match=r"is one file, kconfig/4.16-4.18/Kconfig \(give a kernel checkout"):
        patched_fragment(change(name))


def test_the_scripts_that_probes_run_are_there_too(folder: Path) -> None:
    (folder / "scripts" / "kconfig").mkdir(parents=True)
    (folder / "scripts" / "cc-version.sh").write_text("#!/bin/sh\necho GCC 120200\n")
    (folder / "scripts" / "cc-version.sh").chmod(0o755)
    text = (
        TOP + "config GCC_VERSION\n\tint\n\tdefault $(shell,$(srctree)/scripts/cc-version.sh | cut -c 5-)\n"
    )
    (folder / "Kconfig").write_text(text)
    tree, patch = load_tree(folder, allow_shell=True), parse_patch(change("mm/Kconfig").encode(), "x")
    assert Evaluation(patched_tree(tree, patch).tree).values()["GCC_VERSION"] == "120200"


@needs_git
def test_a_wildcard_finds_the_files_that_a_patch_creates_and_not_those_that_it_deletes(
    folder: Path, tmp_path: Path
) -> None:
    text = 'rsource "*/Kconfig"\n'
    (folder / "Kconfig").write_text(text)
    patch = diff_of("mm/Kconfig", MM, None, tmp_path)
    patch += diff_of("net/Kconfig", None, "config NET\n\tbool\n", tmp_path)
    patch += diff_of(".git/Kconfig", None, "config HIDDEN\n\tbool\n", tmp_path)
    patch += diff_of("net/core/Kconfig", None, "config CORE\n\tbool\n", tmp_path)
    assert symbols(folder, patch)[0] == ("FS", "NET")


def test_a_patched_tree_can_be_patched_again(folder: Path) -> None:
    first = parse_patch(change("mm/Kconfig").encode(), "x")
    patch = "--- a/mm/Kconfig\n+++ b/mm/Kconfig\n@@ -1,2 +1,3 @@\n config MM\n+\tdefault y\n \tbool\n"
    again = patched_tree(patched_tree(load_tree(folder), first).tree, parse_patch(patch.encode(), "x"))
    assert [line.text for line in again.tree.statements("MM")][:3] == ["config MM", "default y", "bool"]


def test_nothing_is_written(folder: Path) -> None:
    def files() -> dict[str, bytes]:
        return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    before = files()
    symbols(folder, change("mm/Kconfig").replace("+\tbool", "+# nothing"))
    with pytest.raises(InputError):
        symbols(folder, change("mm/Kconfig").replace("+\tbool", "+nonsense"))
    assert files() == before


def test_hunks_are_compared_with_a_limited_number_of_lines(tmp_path: Path) -> None:
    tree = load_tree(tree_at(tmp_path, "config A\n\tbool\n" + "#\n" * 100_000))
    hunks = "".join(f"@@ -{line} +{line} @@\n-#\n+# x\n" for line in range(3, 303))
    with pytest.raises(InputError, match="Kconfig: more than 20000000 lines are compared"):
        patched_tree(tree, parse_patch(f"--- a/Kconfig\n+++ b/Kconfig\n{hunks}".encode(), "p"))
