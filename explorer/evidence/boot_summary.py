# SPDX-License-Identifier: GPL-2.0-or-later
"""The summary of recorded boots that reports cite (``boot_evidence``).

``make recorded`` writes it into ``reports/recorded.json`` from the recordings in ``tests/data/boots``. A test
fails while it is stale.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from explorer.evidence.boot_evidence import compared_fields, has_parameters
from explorer.evidence.boot_replay import ReplayedBoot, ReplayOutcome, base_trigger

__all__ = ["summary"]

_Key = tuple[str, str, int, str, str, str]


def summary(replayed: Iterable[ReplayedBoot]) -> list[dict[str, Any]]:
    """The recordings of configurations that Kconfig can produce, counted, in order of their keys."""
    groups: dict[_Key, list[ReplayedBoot]] = {}
    for boot in replayed:
        if boot.reachable and not has_parameters(boot.boot):
            groups.setdefault(_key(boot), []).append(boot)
    return [_entry(key, boots) for key, boots in sorted(groups.items())]


def _key(replayed: ReplayedBoot) -> _Key:
    model, page_size, values, memory = compared_fields(replayed.boot)
    return replayed.row["kernel"], model, page_size, values, memory, replayed.row.get("ram_fill") or "zero"


def _entry(key: _Key, boots: list[ReplayedBoot]) -> dict[str, Any]:
    release, model, page_size, values, memory, fill = key
    died = [boot.row for boot in boots if boot.row["outcome"] != "ok"]
    where = Counter(f"{base_trigger(row['stage'])}: {row.get('fault_in')}()" for row in died)
    return {
        "kernel": release,
        "memory_model": model,
        "page_size": page_size,
        "values": values,
        "memory": memory,
        "ram_fill": fill,
        "boots": len(boots),
        "died": len(died),
        "where": [place for place, _ in sorted(where.items(), key=lambda entry: (-entry[1], entry[0]))],
        "matched": sum(boot.outcome is ReplayOutcome.MATCH for boot in boots),
    }
