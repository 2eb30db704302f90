# SPDX-License-Identifier: GPL-2.0-or-later
"""The summary of a sweep as JSON. The results themselves are in its DuckDB file."""

from pathlib import Path

from explorer.document.elements import Json, generator
from explorer.proof import Level
from explorer.sweep.claim_rows import Holds
from explorer.sweep.store import Store
from explorer.version import KernelVersion

__all__ = ["sweep_json"]

SCHEMA = "kconfig-explorer/sweep/1"
_VERDICTS = ("safe", "unsafe", "unknown", "unreachable")


def sweep_json(store: Store, path: Path, parquet: Path | None, *, tasks: int, resumed: int) -> Json:
    """The summary of a finished sweep.

    Args:
        store: its file.
        path: the name of the file.
        parquet: the name of the Parquet file; ``None`` if there is none.
        tasks: how many tasks it has.
        resumed: how many were done by an earlier run.
    """
    claims = dict.fromkeys(map(str, Holds), 0) | dict(store.claims(str(Level.NEVER)))
    kernels: dict[str, Json] = {}
    for kernel, verdict, number in store.counted():
        kernels.setdefault(kernel, {"kernel": kernel, **dict.fromkeys(_VERDICTS, 0)})[verdict] = number
    return {
        "schema": SCHEMA,
        "generator": generator(),
        "output": str(path),
        "parquet": None if parquet is None else str(parquet),
        "tasks": tasks,
        "resumed": resumed,
        "verdicts": {verdict: sum(of[verdict] for of in kernels.values()) for verdict in _VERDICTS},
        "claims": claims,
        "kernels": sorted(kernels.values(), key=lambda of: KernelVersion.parse(of["kernel"])),
        "unreadable": [
            {"file": file, "kernel": kernel, "message": message}
            for file, kernel, message in store.unreadable()
        ],
    }
