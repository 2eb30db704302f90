# SPDX-License-Identifier: GPL-2.0-or-later
"""The cache never fails and never lies."""

import multiprocessing
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from explorer.configuration import Tree, load_tree
from explorer.configuration.files.cache import Cache
from explorer.configuration.tree import parser
from explorer.configuration.tree.evaluation import Evaluation
from tests.configuration.trees import tree_at

KEY = "0123456789abcdef"
TEXT = 'source "sub"\nosource "later"\nsource "many/*"\n'
FILES = {"sub": 'config A\n\tbool "a"\n\tdefault y\n', "many/one": "config ONE\n\tdef_bool A\n"}


@pytest.fixture(autouse=True)
def base(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "caches"))
    return tmp_path / "caches" / "kconfig-explorer" / "trees"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tree_at(tmp_path / "tree", TEXT, FILES, padded=True)


@pytest.fixture
def parses(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Grows by one each time that something is parsed."""
    counted: list[str] = []
    parse = parser.parse

    def counting(filename: str, *words: object, **options: object) -> object:
        counted.append(filename)
        return parse(filename, *words, **options)  # type: ignore[arg-type] # whatever load_tree() gave

    monkeypatch.setattr("explorer.configuration.tree.loading.parse", counting)
    return counted


def facts(tree: Tree) -> object:
    lines = [line for name in tree.symbols for line in tree.statements(name)]
    return (
        tree.label,
        Evaluation(tree).values(),
        Evaluation(tree, {"A": "n"}).values(),
        lines,
        tree.files(),
        tree.compiler,
    )


def take(data: bytes) -> bytes:
    return data


def test_a_tree_is_parsed_once(folder: Path, parses: list[str]) -> None:
    assert facts(load_tree(folder)) == facts(load_tree(folder))
    assert len(parses) == 1


def test_small_trees_are_not_kept(base: Path, tmp_path: Path) -> None:
    load_tree(tree_at(tmp_path / "small", TEXT, FILES))
    assert not base.exists()


def test_a_tree_is_known_wherever_it_lies(folder: Path, tmp_path: Path, parses: list[str]) -> None:
    first = load_tree(folder)
    folder.rename(tmp_path / "moved")
    again = load_tree(tmp_path / "moved")
    assert len(parses) == 1
    assert again.label == "moved"
    assert Evaluation(again).values() == Evaluation(first).values()


def test_a_tree_that_tells_its_own_path_is_parsed_where_it_lies(tmp_path: Path, parses: list[str]) -> None:
    text = 'config PATH\n\tstring\n\tdefault "$(srctree)/x"\n'
    folder = tree_at(tmp_path / "tree", text, padded=True)
    load_tree(folder)
    assert Evaluation(load_tree(folder)).values()["PATH"] == f"{tmp_path}/tree/x"
    folder.rename(tmp_path / "moved")
    assert Evaluation(load_tree(tmp_path / "moved")).values()["PATH"] == f"{tmp_path}/moved/x"
    assert len(parses) == 2


def changed_in_place(folder: Path) -> None:
    path = folder / "sub"
    facts = path.stat()
    path.write_text(path.read_text().replace("default y", "default n"))
    os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns))  # as a careless copy might


@pytest.mark.parametrize(
    ("change", "value"),
    [
        (changed_in_place, {"A": "n", "ONE": "n"}),
        (lambda folder: (folder / "later").write_text("config NEW\n\tdef_bool y\n"), {"NEW": "y"}),
        (lambda folder: (folder / "many" / "two").write_text("config TWO\n\tdef_bool y\n"), {"TWO": "y"}),
        (lambda folder: (folder / "many" / "one").rename(folder / "many" / "other"), {"ONE": "y"}),
        (lambda folder: (folder / "Makefile").write_text("VERSION = 6\nPATCHLEVEL = 2\n"), {"A": "y"}),
    ],
)
def test_whatever_changes_is_seen(
    change: Callable[[Path], object], value: dict[str, str], folder: Path, parses: list[str]
) -> None:
    before = load_tree(folder)
    assert Evaluation(before).values() == {"A": "y", "ONE": "y"}
    change(folder)
    assert Evaluation(load_tree(folder)).values().items() >= value.items()
    assert len(parses) == 2


def test_going_back_finds_what_was_kept(folder: Path, parses: list[str]) -> None:
    load_tree(folder)
    text = (folder / "sub").read_text()
    (folder / "sub").write_text(text + "config B\n\tbool\n")
    load_tree(folder)
    (folder / "sub").write_text(text)
    assert load_tree(folder).symbols == ("A", "ONE")
    assert len(parses) == 2


def test_another_environment_is_another_tree(tmp_path: Path, parses: list[str]) -> None:
    folder = tree_at(tmp_path / "tree", 'config ARCH\n\tstring\n\tdefault "$(ARCH)"\n', padded=True)
    assert Evaluation(load_tree(folder)).values()["ARCH"] == "arm64"
    assert Evaluation(load_tree(folder, arch="x86")).values()["ARCH"] == "x86"
    assert len(parses) == 2


def test_other_code_of_ours_is_another_tree(
    folder: Path, tmp_path: Path, parses: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    load_tree(folder)
    newer = tmp_path / "compat.py"
    newer.write_text("# another rule")
    monkeypatch.setattr(parser, "__file__", str(newer))
    load_tree(folder)
    assert len(parses) == 2


def test_damage_means_parsing_again(folder: Path, base: Path, parses: list[str]) -> None:
    expected = facts(load_tree(folder))
    entry = next(base.iterdir())
    whole = entry.read_bytes()
    middle = len(whole) // 2
    for damaged in (b"", whole[:10], whole[:middle], whole[:-1], whole + b"x", b"x" + whole[1:],
                    whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :]):  # fmt: skip
        entry.write_bytes(damaged)
        parses.clear()
        assert facts(load_tree(folder)) == expected
        assert len(parses) == 1
        assert entry.read_bytes() == whole


def test_an_entry_with_a_right_checksum_and_wrong_content_means_parsing_again(
    folder: Path, base: Path, parses: list[str]
) -> None:
    expected = facts(load_tree(folder))
    key = next(base.iterdir()).name.partition("-")[0]
    for wrong in (
        b"",
        b"{}\n",
        b"[]\n",
        b"null\n",
        b'{"root": "", "files": {}, "found": {}, "probes": []}\nx',
    ):
        parses.clear()
        for entry in base.iterdir():
            entry.unlink()
        Cache("trees").keep(key, wrong)
        assert facts(load_tree(folder)) == expected
        assert len(parses) == 1


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_an_unwritable_folder_is_no_error(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "caches").mkdir(mode=0o500)
    assert Evaluation(load_tree(folder)).values()["A"] == "y"


@pytest.mark.parametrize("where", ["/dev/null", "/proc/nowhere", "relative/path"])
def test_a_folder_that_cannot_be_is_no_error(
    where: str, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", where)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    assert Evaluation(load_tree(folder)).values()["A"] == "y"
    assert not (tmp_path / "relative").exists()


@pytest.mark.parametrize("home", [None, "", "relative", "missing", "missing/below"])
def test_without_a_home_folder_nothing_is_kept_and_nothing_made(
    home: str | None, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(_: int) -> None:
        raise KeyError  # a container with a user that passwd does not list

    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setattr("pwd.getpwuid", unknown)
    monkeypatch.chdir(tmp_path)
    if home is None:
        monkeypatch.delenv("HOME")
    else:
        monkeypatch.setenv("HOME", home and (home if home == "relative" else str(tmp_path / home)))
    before = set(tmp_path.rglob("*"))
    assert Evaluation(load_tree(folder)).values()["A"] == "y"
    assert set(tmp_path.rglob("*")) == before
    assert Cache("trees").first(KEY, take) is None


def test_a_home_folder_gets_a_cache_folder_that_only_its_user_can_enter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    mask = os.umask(0)
    try:
        Cache("trees").keep(KEY, b"mine")
    finally:
        os.umask(mask)
    assert Cache("trees").first(KEY, take) == b"mine"
    modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.rglob("*") if path.is_file()}
    assert list(modes.values()) == [0o600]
    assert (tmp_path / ".cache" / "kconfig-explorer" / "trees").stat().st_mode & 0o777 == 0o700


def test_what_others_can_write_is_not_believed(base: Path) -> None:
    cache = Cache("trees")
    cache.keep(KEY, b"mine")
    assert cache.first(KEY, take) == b"mine"
    entry = next(base.iterdir())
    entry.chmod(0o666)
    assert cache.first(KEY, take) is None
    entry.chmod(0o600)
    for each in (base, base.parent, base.parent.parent):
        each.chmod(0o777)
        assert cache.first(KEY, take) is None
        each.chmod(0o700)
    assert cache.first(KEY, take) == b"mine"


def test_a_link_or_a_pipe_is_no_entry(base: Path, tmp_path: Path) -> None:
    cache = Cache("trees")
    cache.keep(KEY, b"mine")
    entry = next(base.iterdir())
    entry.rename(tmp_path / "elsewhere")
    entry.symlink_to(tmp_path / "elsewhere")
    assert cache.first(KEY, take) is None
    entry.unlink()
    os.mkfifo(entry)
    assert cache.first(KEY, take) is None


def test_the_oldest_go_first(base: Path) -> None:
    cache = Cache("trees", most=1_000)
    for number in range(8):
        cache.keep(f"{KEY}{number}", bytes(200))
        os.utime(next(base.glob(f"{KEY}{number}-*")), (number, number))
    assert cache.first(f"{KEY}6", take) is not None
    kept = {number for number in range(8) if cache.first(f"{KEY}{number}", take) is not None}
    assert {6, 7} <= kept
    assert 0 not in kept
    assert sum(path.stat().st_size for path in base.iterdir()) <= 1_000


def test_what_a_killed_writer_left_goes_in_time(base: Path) -> None:
    cache = Cache("trees", most=1_000)
    cache.keep(KEY, b"x")
    (base / ".partial-left").write_bytes(bytes(2_000))
    os.utime(base / ".partial-left", (1, 1))
    cache.keep(f"{KEY}1", b"x")
    assert not (base / ".partial-left").exists()


def load_often(folder: Path, times: int) -> None:
    for number in range(times):
        (folder / "sub").write_text(f"config A\n\tdef_bool {'yn'[number % 2]}\n")
        assert Evaluation(load_tree(folder)).values()["A"] == "yn"[number % 2]


def test_any_number_of_processes_share_a_cache(tmp_path: Path, base: Path) -> None:
    """Each has a tree of its own with the same content, so that all write the same entries at once."""
    context = multiprocessing.get_context("spawn")
    folders = [tree_at(tmp_path / f"tree{number}", TEXT, FILES, padded=True) for number in range(3)]
    workers = [context.Process(target=load_often, args=(folder, 6)) for folder in folders]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0, 0, 0]
    assert len(list(base.iterdir())) == 2


def test_a_warm_answer_is_the_cold_one(folder: Path, base: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "explorer",
        "explain",
        "--tree",
        str(folder),
        "--format",
        "json",
        "ONE=n",
    ]
    cold, warm = (subprocess.run(command, capture_output=True, check=False) for _ in range(2))
    assert len(list(base.iterdir())) == 1
    assert (cold.returncode, cold.stdout) == (warm.returncode, warm.stdout)
    assert b'"reachable": true' in warm.stdout
