# SPDX-License-Identifier: GPL-2.0-or-later
from itertools import pairwise
from pathlib import Path

import pytest

from explorer.configuration import fragment_span, fragment_spans, load_fragment, load_tree
from explorer.configuration.files.releases import release_ranges
from explorer.configuration.tree.evaluation import Evaluation
from explorer.errors import InputError
from explorer.version import KernelVersion


def write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        (folder / name).write_text(text)
    return folder


@pytest.mark.parametrize("folder", [span.folder for span in fragment_spans()])
def test_every_fragment_parses_without_a_warning(folder: str) -> None:
    span = next(span for span in fragment_spans() if span.folder == folder)
    tree = load_fragment(span.first)
    assert tree.kconfig.warnings == []
    assert tree.label == f"kconfig/{folder}"


@pytest.mark.parametrize(
    "symbol",
    [
        *(
            "NUMA",
            "SPARSEMEM_VMEMMAP",
            "SPARSEMEM",
            "FLATMEM",
            "DEBUG_VM",
            "DEBUG_VM_PGFLAGS",
            "HUGETLB_PAGE",
        ),
        *("TRANSPARENT_HUGEPAGE", "COMPACTION", "CMA", "MEMORY_HOTPLUG", "NODES_SHIFT", "ACPI", "EFI"),
        *("ARM64_4K_PAGES", "ARM64_16K_PAGES", "ARM64_64K_PAGES", "DEFERRED_STRUCT_PAGE_INIT"),
    ],
)
def test_every_fragment_covers_what_decides_the_boot(symbol: str) -> None:
    assert [span.folder for span in fragment_spans() if not load_fragment(span.first).defines(symbol)] == []


@pytest.mark.parametrize(
    ("release", "folder"),
    [
        ("4.10", "4.10"),
        ("4.14.68", "4.13-4.14.68"),
        ("4.14.69", "4.14.69-4.14"),
        ("4.18.6", "4.16-4.18"),
        ("4.18.7", "4.18.7-4.18"),
        ("5.11.14", "5.11"),
        ("5.14-rc3", "5.14-rc1-rc7"),
        ("4.20", "4.20"),
        ("5.2", "5.0-5.2"),
        ("5.14.2", "5.14"),
        ("5.14-rc1", "5.14-rc1-rc7"),
        ("5.15.35", "5.15-5.15.35"),
        ("5.15.36", "5.15.36-6.0"),
        ("6.1.192", "6.1-6.3"),
        ("6.8", "6.6-6.8"),
        ("6.12.117", "6.9-6.13"),
        ("6.16.7", "6.14-6.16"),
        ("7.2", "7.1-7.2"),
    ],
)
def test_a_release_picks_the_span_that_holds_it(release: str, folder: str) -> None:
    assert fragment_span(KernelVersion.parse(release)).folder == folder


@pytest.mark.parametrize("release", ["3.18", "4.9.337", "7.3", "8.0"])
def test_an_unknown_release_is_refused_and_the_known_ones_are_listed(release: str) -> None:
    with pytest.raises(InputError, match=r"described are 4\.10 to \d"):
        load_fragment(KernelVersion.parse(release))


@pytest.mark.parametrize(
    ("symbol", "first", "last"),
    [
        # read from the trees of these releases: where arm64 can have a symbol at all
        ("HOLES_IN_ZONE", "4.11", "5.14"),
        ("ARCH_HAS_HOLES_MEMORYMODEL", "4.10", "4.19"),
        ("ARCH_FLATMEM_ENABLE", "4.19", "5.12"),
        ("FORCE_MAX_ZONEORDER", "4.10", "5.15.16"),
        ("ARM64_VA_BITS_52", "5.4", "6.12"),
    ],
)
def test_symbols_come_and_go_with_the_releases(symbol: str, first: str, last: str) -> None:
    releases = ["4.10", "4.11", "4.14", "4.16", "4.17", "4.19", "4.20", "5.0", "5.4", "5.7", "5.8", "5.10"]
    releases += ["5.11", "5.12", "5.14", "5.15.16", "5.15.100", "6.1", "6.12"]
    between = releases[releases.index(first) : releases.index(last) + 1]
    if symbol == "FORCE_MAX_ZONEORDER":
        between.append("5.15.100")
    defined = [release for release in releases if load_fragment(KernelVersion.parse(release)).defines(symbol)]
    assert defined == between


@pytest.mark.parametrize(("release", "value"), [("4.17", "n"), ("4.20", "n"), ("5.0", "y"), ("5.14", "y")])
def test_arm64_can_add_memory_since_5_0(release: str, value: str) -> None:
    tree = load_fragment(KernelVersion.parse(release))
    assert Evaluation(tree, {"MEMORY_HOTPLUG": "y"}).values()["MEMORY_HOTPLUG"] == value


def test_shell_commands_run_only_when_allowed(tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    write(tmp_path, Kconfig=f'ANSWER := $(shell,touch {mark} && echo y)\nconfig A\n\tdef_bool "$(ANSWER)"\n')
    tree = load_tree(tmp_path)
    assert not mark.exists()
    assert Evaluation(tree).values()["A"] == "n"
    assert Evaluation(load_tree(tmp_path, allow_shell=True)).values()["A"] == "y"
    assert mark.exists()


def test_probes_that_nobody_runs_are_answered_as_if_they_failed(tmp_path: Path) -> None:
    (tmp_path / "include").write_text(
        'success = $(shell,{ $(1); } >/dev/null 2>&1 && echo "y" || echo "n")\n'
        'failure = $(shell,{ $(1); } >/dev/null 2>&1 && echo "n" || echo "y")\n'
        "$(error-if,$(failure,command -v $(CC)),no compiler)\n"
        "cc-info := $(shell,$(srctree)/scripts/cc-version.sh $(CC))\n"
        "cc-name := $(shell,set -- $(cc-info) && echo $1)\n"
    )
    write(
        tmp_path,
        Kconfig='source "include"\nconfig FEATURE\n\tdef_bool $(success,$(CC) -mnew)\n'
        "config MISSES\n\tdef_bool $(failure,$(CC) -mnew)\n"
        "config NUMBER\n\tint\n\tdefault $(shell,number.sh)\n",
    )
    values = Evaluation(load_tree(tmp_path)).values()
    assert values == {"FEATURE": "n", "MISSES": "y", "NUMBER": "0"}


def test_python_beside_a_tree_is_not_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mark = tmp_path / "ran"
    write(
        tmp_path, Kconfig="config A\n\tdef_bool y\n", **{"kconfigfunctions.py": f"open({str(mark)!r}, 'w')\n"}
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    load_tree(tmp_path)
    assert not mark.exists()


def test_modules_as_a_statement_is_read_since_5_13(tmp_path: Path) -> None:
    write(tmp_path, Kconfig='config MODULES\n\tbool "m"\n\tmodules\nconfig T\n\ttristate "t"\n')
    tree = load_tree(tmp_path)
    assert Evaluation(tree, {"MODULES": "y", "T": "m"}).values()["T"] == "m"
    assert Evaluation(tree, {"MODULES": "n", "T": "m"}).values()["T"] == "y"


@pytest.mark.parametrize(("version", "expected"), [("5.6", "y"), ("5.7", "m")])
def test_imply_promotes_m_to_y_until_5_6(version: str, expected: str, tmp_path: Path) -> None:
    major, minor = version.split(".")
    write(
        tmp_path,
        Kconfig="config MODULES\n\tdef_bool y\n\toption modules\nconfig A\n\tdef_bool y\n\timply T\n"
        'config T\n\ttristate "t"\n',
        Makefile=f"VERSION = {major}\nPATCHLEVEL = {minor}\nSUBLEVEL = 0\n",
    )
    assert Evaluation(load_tree(tmp_path), {"T": "m"}).values()["T"] == expected


@pytest.mark.parametrize(
    ("files", "where", "words"),
    [
        ({"Kconfig": "config A\n\tbool\n\tfrobnicate\n"}, "Kconfig:3", "couldn't parse"),
        ({"Kconfig": 'source "Other"\n', "Other": 'source "Kconfig"\n'}, "", "recursive 'source'"),
        ({"Kconfig": 'source "Missing"\n'}, "Kconfig:1", "not found"),
        (
            {"Kconfig": "config A\n\tbool\n\tdepends on B\nconfig B\n\tdef_bool A\n"},
            "Kconfig:1",
            "A -> B -> A",
        ),
        ({"Kconfig": 'config A\n\tbool "unterminated\n'}, "Kconfig:2", "unterminated string"),
        ({"Kconfig": "X = $(error-if,y,stop here)\nconfig A\n\tdef_bool $(X)\n"}, "Kconfig", "stop here"),
    ],
)
def test_broken_trees_are_refused_in_one_line_with_a_place(
    files: dict[str, str], where: str, words: str, tmp_path: Path
) -> None:
    write(tmp_path, **files)
    with pytest.raises(InputError) as raised:
        load_tree(tmp_path)
    message = str(raised.value)
    assert where in message
    assert words in message
    assert "\n" not in message
    assert str(tmp_path) not in message


def test_a_folder_that_is_no_tree_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no file Kconfig"):
        load_tree(tmp_path)
    with pytest.raises(InputError, match="not a folder"):
        load_tree(tmp_path / "missing")


def test_statements_leave_help_and_comments_out(tmp_path: Path) -> None:
    write(
        tmp_path,
        Kconfig="config A\n\tbool\n\t# comment\n\tdefault y\n\thelp\n\t  default n\n\nconfig B\n\tbool\n",
    )
    tree = load_tree(tmp_path)
    assert [(line.line, line.text) for line in tree.statements("A")] == [
        (1, "config A"),
        (2, "bool"),
        (4, "default y"),
    ]


def test_files_are_hashed_and_named_without_a_path_of_this_machine(tmp_path: Path) -> None:
    (tmp_path / "tree").mkdir()
    write(tmp_path / "tree", Kconfig='source "sub"\n', sub="config A\n\tbool\n")
    files = load_tree(tmp_path / "tree").files()
    assert [file.path for file in files] == ["tree/Kconfig", "tree/sub"]
    assert len({file.sha256 for file in files}) == 2


def test_releases_without_a_gap_between_them_are_one_range() -> None:
    first, last = fragment_spans()[0].first, fragment_spans()[-1].last
    assert release_ranges() == [f"{first} to {last}"]
    assert all(earlier.precedes(later) for earlier, later in pairwise(fragment_spans()))
    assert not fragment_spans()[0].precedes(fragment_spans()[2])


def test_a_tree_sees_no_variable_of_the_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable of a CI job may hold a secret, and a result may be public."""
    monkeypatch.setenv("SECRET_TOKEN", "hunter2")
    (tmp_path / "Kconfig").write_text(
        'config A\n\tstring "prompt"\n\tdefault "$(SECRET_TOKEN)$SECRET_TOKEN$(HOME)"\n'
        'config B\n\tstring\n\toption env="SECRET_TOKEN"\n'
    )
    assert Evaluation(load_tree(tmp_path)).values() == {"A": "$SECRET_TOKEN", "B": ""}
