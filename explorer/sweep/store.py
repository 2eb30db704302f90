# SPDX-License-Identifier: GPL-2.0-or-later
"""The file of a sweep: a DuckDB database with the rows, and with which tasks are done.

How it survives ``kill -9`` at any moment:

1. A new file is made under another name, with its tables and the identity of the job, and gets its name at
   the end. If two runs begin at once, one of them names its file, and the other one is refused by rule 4.
2. The rows of finished tasks and the numbers of these tasks are written in one transaction, which DuckDB
   makes durable with a write-ahead log. After a crash it replays what was committed and drops the rest.
3. A second run reads which tasks are done and runs the others. A task that was computed and not yet committed
   is computed again; its rows are the same.
4. DuckDB locks the file: two sweeps cannot write to it at the same time.
5. A job that differs from the one in the file is refused.
"""

import glob
import json
import os
import re
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import UnionType
from typing import TYPE_CHECKING, Any, Self, get_args, get_origin, get_type_hints

from explorer.errors import FileError, InputError
from explorer.files import shown_name
from explorer.process.interrupts import uninterrupted
from explorer.resources import program_version
from explorer.sweep.rows import TABLES, Row
from explorer.sweep.task_run import TaskResult

if TYPE_CHECKING:
    import duckdb

__all__ = ["Store", "parquet_of"]

_COLUMN = {str: "VARCHAR", int: "UBIGINT", bool: "BOOLEAN"}
_JOB = """
CREATE TABLE job (
  identity VARCHAR, version VARCHAR, command VARCHAR, tasks UBIGINT, started TIMESTAMP, finished TIMESTAMP
);
CREATE TABLE tasks (task UBIGINT PRIMARY KEY, seconds DOUBLE);
"""
_VIEW = """
CREATE VIEW sweep AS
SELECT results.*, builds.* EXCLUDE (build), machines.* EXCLUDE (machine)
FROM results JOIN builds USING (build) JOIN machines USING (machine)
"""
_OLD = 3600
"""The age in seconds from which a file under another name is one that a killed run left."""
_INSTALL = "pip install duckdb"
_NAME = {row: name for name, row in TABLES.items()}


class Store:
    """The open file of a sweep.

    Args:
        path: the file.
        connection: to it.
    """

    def __init__(self, path: Path, connection: "duckdb.DuckDBPyConnection") -> None:
        self._path, self._connection = path, connection

    @classmethod
    @contextmanager
    def opened(
        cls, path: Path, identity: Mapping[str, str], command: str, tasks: int, rows: Sequence[Row]
    ) -> Iterator[Self]:
        """The file of a job, which is made if there is none.

        Args:
            path: the file.
            identity: of the job.
            command: the command line, for readers of the file.
            tasks: how many the job has.
            rows: what is known before any task runs: machines and unreadable files.

        Raises:
            InputError: DuckDB is not installed; the file cannot be read or written, or holds another job.
        """
        _remove_old(path)
        if not path.exists():
            _make(path, identity, command, tasks, rows)
        with _connected(path, path) as connection:
            store = cls(path, connection)
            store._check(identity)
            yield store

    def done(self) -> frozenset[int]:
        """The numbers of the tasks that are done."""
        return frozenset(number for (number,) in self._all("SELECT task FROM tasks"))

    def add(self, results: Sequence[TaskResult]) -> None:
        """Write the rows of finished tasks, in one transaction."""
        numbers, seconds = [result.task for result in results], [result.seconds for result in results]
        with uninterrupted():
            self._connection.begin()
            _insert(self._connection, [row for result in results for row in result.rows])
            self._connection.execute("INSERT INTO tasks SELECT unnest($1), unnest($2)", [numbers, seconds])
            self._connection.commit()

    def finish(self) -> None:
        """Note that all tasks are done."""
        self._connection.execute("UPDATE job SET finished = now() WHERE finished IS NULL")

    def counted(self) -> list[tuple[str, str, int]]:
        """Kernel, verdict and number of results."""
        return self._all(
            "SELECT kernel, verdict, count(*) FROM results JOIN builds USING (build) GROUP BY ALL"
        )

    def claims(self, level: str) -> list[tuple[str, int]]:
        """On which memory maps the claims of a level hold, and the number of builds."""
        query = "SELECT claim, count(*) FROM claims WHERE level = $1 GROUP BY ALL"
        return self._all(query, [level])

    def unreadable(self) -> list[tuple[str, str | None, str]]:
        """The files that could not be read or judged: file, kernel and message."""
        return self._all("SELECT file, kernel, message FROM unreadable ORDER BY ALL")

    def parquet(self, target: Path) -> None:
        """Write the view ``sweep``, one row for each result, as Parquet: completely or not at all."""
        new = target.with_name(f".{target.name}.new")
        name = str(new).replace("'", "''")
        try:
            self._connection.execute(
                f"COPY (FROM sweep ORDER BY build, machine) TO '{name}' (FORMAT parquet)"
            )
            new.replace(target)
        except (_database_error(), OSError) as error:
            raise _refused(target, error) from None
        finally:
            with suppress(OSError):
                new.unlink()

    def _check(self, identity: Mapping[str, str]) -> None:
        """Refuses the file of another job."""
        try:
            ((text,),) = self._all("SELECT identity FROM job")
        except (_database_error(), ValueError):
            what = "is a DuckDB file, and not of a sweep"
            raise FileError(what, file=str(self._path), hint="name another file") from None
        stored = json.loads(text)
        others = [part for part in identity if stored.get(part) != identity[part]]
        if others:
            what = f"holds another sweep: it had other {', '.join(others)}"
            hint = "name another file, delete this one, or repeat its command line with the same files"
            raise FileError(what, file=str(self._path), hint=hint)

    def _all(self, query: str, values: Sequence[Any] = ()) -> list[Any]:
        rows: list[Any] = self._connection.execute(query, values).fetchall()
        return rows


def parquet_of(path: Path) -> tuple[Path, Path | None]:
    """The DuckDB file for an output, and the Parquet file if the output is one."""
    return (path.with_suffix(".duckdb"), path) if path.suffix == ".parquet" else (path, None)


def _make(path: Path, identity: Mapping[str, str], command: str, tasks: int, rows: Sequence[Row]) -> None:
    """Make the file under another name, and give it its name if no other process did so meanwhile."""
    new = path.with_name(f".{path.name}.{os.getpid()}.new")
    log = new.with_name(f"{new.name}.wal")
    try:
        with _connected(new, path) as connection:
            connection.begin()
            connection.execute(_JOB)
            for name, row in TABLES.items():
                columns = ", ".join(f"{column} {_type(kind)}" for column, kind in get_type_hints(row).items())
                connection.execute(f"CREATE TABLE {name} ({columns})")
            connection.execute(_VIEW)
            connection.execute(
                "INSERT INTO job VALUES ($1, $2, $3, $4, now(), NULL)",
                [json.dumps(identity), program_version(), shown_name(command), tasks],
            )
            _insert(connection, rows)
            connection.commit()
            connection.execute("CHECKPOINT")  # closing does one, too, and tells no error
        _name(new, path)
    except OSError as error:
        raise _refused(path, error) from None
    finally:
        for left in (new, log):
            with suppress(OSError):
                left.unlink()


def _name(new: Path, path: Path) -> None:
    """Give a file its name, unless there is one of that name."""
    try:
        path.hardlink_to(new)
    except FileExistsError:
        return
    except OSError:  # the file system has no links
        new.replace(path)


def _remove_old(path: Path) -> None:
    """Remove what runs left that were killed while they made the file."""
    for left in path.parent.glob(f".{glob.escape(path.name)}.*.new*"):
        with suppress(OSError):
            if time.time() - left.stat().st_mtime > _OLD:
                left.unlink()


def _insert(connection: "duckdb.DuckDBPyConnection", rows: Iterable[Row]) -> None:
    """Insert rows into their tables, each table at once."""
    by_table: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_table[_NAME[type(row)]].append(row)
    for name, of_table in by_table.items():
        types = map(_type, get_type_hints(TABLES[name]).values())
        values = ", ".join(f"unnest(${number}::{kind}[])" for number, kind in enumerate(types, start=1))
        columns = [list(map(_stored, column)) for column in zip(*of_table, strict=True)]
        connection.execute(f"INSERT INTO {name} SELECT {values}", columns)  # names of tables


def _stored(value: Any) -> Any:
    """A value as DuckDB takes it: it stores UTF-8, and a name of a file can have other bytes."""
    if isinstance(value, str):
        return shown_name(value)
    return list(map(_stored, value)) if isinstance(value, list | tuple) else value


def _type(kind: Any) -> str:
    """The type of a column: that of a field."""
    if get_origin(kind) is tuple:
        return f"{_type(get_args(kind)[0])}[]"
    if isinstance(kind, UnionType):
        return _type(get_args(kind)[0])
    return _COLUMN[kind]


@contextmanager
def _connected(path: Path, shown: Path) -> "Iterator[duckdb.DuckDBPyConnection]":
    """A connection to a file, which errors show under another name."""
    duckdb = _duckdb()
    if shown_name(str(path)) != str(path):
        what = "DuckDB opens no file whose name is not UTF-8"
        raise FileError(what, file=shown_name(str(shown)), hint="name another file")
    try:
        connection = duckdb.connect(str(path), config={"threads": 1})  # the workers need the cores
    except duckdb.Error as error:
        raise _refused(shown, error) from None
    try:
        yield connection
    except (duckdb.OperationalError, duckdb.InternalError, duckdb.FatalException) as error:
        raise _refused(shown, error) from None
    finally:
        connection.close()


def _refused(path: Path, error: Exception) -> InputError:
    """The error of the system or of DuckDB as one of a file."""
    text = " ".join(str(error).split())
    if "lock" in text:
        return FileError("is open in another process", file=str(path), hint="wait for it, or end it")
    if "not a valid DuckDB" in text:
        return FileError("is not a DuckDB file", file=str(path), hint="name another file")
    if isinstance(error, OSError):
        reason = os.strerror(error.errno or 0)
    else:
        reason = re.sub(r' (file )?"[^"]*"', "", text.partition(": ")[2] or text)
    return FileError(f"cannot be written: {reason}", file=str(path), hint="name a file that can be written")


def _database_error() -> type[Exception]:
    error: type[Exception] = _duckdb().Error
    return error


def _duckdb() -> Any:
    try:
        import duckdb  # noqa: PLC0415 # an optional extra
    except ImportError:
        what = "needs the package duckdb, which is not installed"
        raise InputError(what, where="sweep", hint=_INSTALL) from None
    return duckdb
