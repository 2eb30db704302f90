# SPDX-License-Identifier: GPL-2.0-or-later
"""The file of a sweep: what is in it after any interruption, and which files are refused."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import duckdb
import pytest

from explorer.errors import InputError
from explorer.process.interrupts import Interrupted
from explorer.sweep.rows import TABLES, UnreadableRow
from explorer.sweep.store import Store
from explorer.sweep.sweeping import stored
from explorer.sweep.task_run import TaskResult

IDENTITY = {"program": "1", "options": "2"}


def opened(path: Path, **identity: str) -> "Iterator[Store]":
    with Store.opened(path, {**IDENTITY, **identity}, "sweep", 3, ()) as store:
        yield store


def result(number: int) -> TaskResult:
    return TaskResult(number, 0.5, (UnreadableRow(f"file {number}", None, "message"),))


def test_a_second_run_knows_what_is_done(tmp_path: Path) -> None:
    path = tmp_path / "x.duckdb"
    for store in opened(path):
        store.add([result(0), result(2)])
    for store in opened(path):
        assert store.done() == {0, 2}
        assert [file for file, _, _ in store.unreadable()] == ["file 0", "file 2"]


def test_whatever_ends_a_sweep_what_has_come_is_written(tmp_path: Path) -> None:
    def results() -> Iterator[TaskResult]:
        yield result(0)
        yield result(1)
        raise Interrupted(signal.SIGINT)

    for store in opened(tmp_path / "x.duckdb"):
        with pytest.raises(Interrupted), closing(stored(results(), store)) as written:
            list(written)
        assert store.done() == {0, 1}


def test_ctrl_c_waits_for_the_end_of_a_transaction(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = signal.signal(signal.SIGINT, lambda *_: sys.exit(130))
    insert = sys.modules["explorer.sweep.store"].__dict__["_insert"]

    def interrupted(*arguments: object) -> None:
        insert(*arguments)
        signal.raise_signal(signal.SIGINT)

    try:
        for store in opened(tmp_path / "x.duckdb"):
            monkeypatch.setattr("explorer.sweep.store._insert", interrupted)
            with pytest.raises(SystemExit):
                store.add([result(0)])
            assert store.done() == {0}
            assert len(store.unreadable()) == 1
    finally:
        signal.signal(signal.SIGINT, before)


def test_a_transaction_that_fails_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "x.duckdb"
    for store in opened(path):
        store.add([result(0)])
        with pytest.raises(duckdb.Error):
            store.add([result(1), result(0)])  # the number of a task that is done
    for store in opened(path):
        assert store.done() == {0}
        assert len(store.unreadable()) == 1


def test_what_a_killed_run_left_under_another_name_is_removed(tmp_path: Path) -> None:
    for name in (".x.duckdb.1.new", ".x.duckdb.1.new.wal"):
        (tmp_path / name).write_bytes(b"half a file")
        os.utime(tmp_path / name, (0, 0))
    for store in opened(tmp_path / "x.duckdb"):
        assert store.done() == set()
    assert [path.name for path in tmp_path.iterdir()] == ["x.duckdb"]


def test_another_job_is_refused_and_the_difference_named(tmp_path: Path) -> None:
    path = tmp_path / "x.duckdb"
    for _ in opened(path):
        pass
    with pytest.raises(InputError, match="holds another sweep: it had other options"):
        next(opened(path, options="3"))


def test_other_files_are_refused(tmp_path: Path) -> None:
    for name, message in {"text": "is not a DuckDB file", "empty": "is not a DuckDB file"}.items():
        (tmp_path / name).write_text("x" * 9000 if name == "text" else "")
        with pytest.raises(InputError, match=message):
            next(opened(tmp_path / name))
    duckdb.connect(str(tmp_path / "other.duckdb")).close()
    with pytest.raises(InputError, match="is a DuckDB file, and not of a sweep"):
        next(opened(tmp_path / "other.duckdb"))
    with pytest.raises(InputError, match="cannot be written"):
        next(opened(tmp_path / "no folder" / "x.duckdb"))
    with pytest.raises(InputError, match="cannot be written"):
        next(opened(tmp_path))


def test_the_columns_are_the_fields(tmp_path: Path) -> None:
    path = tmp_path / "x.duckdb"
    for _ in opened(path):
        pass
    with duckdb.connect(str(path)) as connection:
        for table, row in TABLES.items():
            described = connection.execute(f"DESCRIBE {table}").fetchall()
            assert tuple(column for column, *_ in described) == row._fields


def test_without_duckdb_the_message_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "duckdb", None)
    with pytest.raises(InputError, match=r"pip install duckdb"):
        next(opened(tmp_path / "x.duckdb"))
