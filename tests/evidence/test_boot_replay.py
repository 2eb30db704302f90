# SPDX-License-Identifier: GPL-2.0-or-later
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from explorer.errors import InputError
from explorer.evidence.boot_replay import ReplayedBoot, ReplayOutcome, base_trigger, replay, totals
from tests.commandline import DATA, explore

RECORDINGS = sorted((DATA / "boots").glob("*.jsonl"))


def replayed(path: Path) -> list[ReplayedBoot]:
    with path.open() as lines:
        return list(replay(lines, path.name))


def words(row: dict[str, Any]) -> str:
    return f"{row['layout']} {''.join(row['config'].values())} {row['stage']} {row['fault_in']}"


@pytest.fixture(scope="module", params=RECORDINGS, ids=lambda path: path.stem)
def boots(request: pytest.FixtureRequest) -> list[ReplayedBoot]:
    return replayed(request.param)


def test_no_crash_is_missed(boots: list[ReplayedBoot]) -> None:
    assert [words(dict(boot.row)) for boot in boots if boot.outcome is ReplayOutcome.MISSED] == []


def test_no_alarm_is_false(boots: list[ReplayedBoot]) -> None:
    assert [words(dict(boot.row)) for boot in boots if boot.outcome is ReplayOutcome.FALSE_ALARM] == []


def test_the_walker_that_the_console_named_is_among_the_predicted(boots: list[ReplayedBoot]) -> None:
    unnamed = [boot.row for boot in boots if boot.walker_named is False and boot.row["fault_in"]]
    assert list(map(words, map(dict, unnamed))) == []


# On which page these boots end depends on more than is modelled: what lies at low addresses, where the
# page_ext of a section is looked for, and what the new owner of freed memmap wrote there.
ANOTHER_PAGE = {("4.13.9", "po-2nd"), ("4.13.9", "po-sec-nomap"), ("5.10.7", "rnd-2")}


def test_the_page_that_was_decoded_is_among_the_predicted(boots: list[ReplayedBoot]) -> None:
    rows = [boot.row for boot in boots if boot.page_named is False]
    assert {(row["kernel"], row["layout"]) for row in rows} <= ANOTHER_PAGE


def test_zones_are_those_of_proc_zoneinfo(boots: list[ReplayedBoot]) -> None:
    keys = ("node", "name", "start_pfn", "end_pfn", "spanned", "present")
    for boot in boots:
        recorded = [
            tuple(zone[key] for key in keys) for zone in boot.row["zoneinfo"] or () if zone["present"]
        ]
        if recorded:
            own = [tuple(getattr(zone, key) for key in keys) for zone in boot.boot.zones]
            assert sorted(own) == sorted(recorded)


def test_reachability_is_what_the_recordings_call_legal(boots: list[ReplayedBoot]) -> None:
    assert [words(dict(boot.row)) for boot in boots if boot.reachable != boot.row["kconfig_legal"]] == []


def test_geometry_that_the_recordings_tell_follows_from_their_configurations(
    boots: list[ReplayedBoot],
) -> None:
    geometry = ("pageblock_order", "section_size_bits")
    rows = [{**boot.row, **dict.fromkeys(geometry)} for boot in boots]
    for boot, simulated in zip(boots, replay(map(json.dumps, rows), "rows"), strict=True):
        own = simulated.boot.kernel_config
        assert boot.row["pageblock_order"] in {own.pageblock_order, None}  # a boot that dies early shows none
        assert boot.row["section_size_bits"] in {own.section_size_bits, None}  # FLATMEM has no sections
        exclusive = not own.kernel.has("inclusive_max_order")
        assert boot.row["max_order"] in {own.largest_order + exclusive, None}


def test_the_recordings_hold_crashes_of_many_kinds() -> None:
    """The tests above cannot pass by having nothing to compare."""
    stages = Counter(
        base_trigger(str(boot.row["stage"]))
        for path in RECORDINGS
        for boot in replayed(path)
        if boot.row["outcome"] != "ok"
    )
    assert sum(stages.values()) > 300
    assert {"boot", "fallback", "compact", "pagetypeinfo", "kpageflags"} <= set(stages)


@pytest.fixture
def row() -> dict[str, Any]:
    with RECORDINGS[1].open() as lines:
        return next(row for row in map(json.loads, lines) if row["outcome"] != "ok" and row["fault_page_pfn"])


def replayed_row(row: dict[str, Any]) -> ReplayedBoot:
    return next(replay([json.dumps(row)], "made"))


def test_an_unexpected_crash_is_a_missed_one(row: dict[str, Any]) -> None:
    changed = replayed_row(row | {"stage": "kpagecount2"})
    assert changed.outcome is ReplayOutcome.MISSED
    assert changed.walker_named is False


def test_surviving_a_certain_fault_is_a_false_alarm(row: dict[str, Any]) -> None:
    stage = base_trigger(row["stage"])
    survived = replayed_row(row | {"outcome": "ok", "stage": "done", "triggers": {f"{stage}2": "ok"}})
    certain = [fault for fault in survived.boot.faults if fault.certain and fault.trigger == stage]
    assert (survived.outcome is ReplayOutcome.FALSE_ALARM) == bool(certain)
    assert certain
    skipped = replayed_row(row | {"outcome": "ok", "stage": "done", "triggers": {f"{stage}2": "skipped"}})
    assert skipped.outcome is ReplayOutcome.MATCH
    another = row | {"outcome": "ok", "stage": "done", "triggers": {stage: "ok"}, "skipped": [f"{stage}3"]}
    assert replayed_row(another).outcome is ReplayOutcome.MATCH


def test_a_page_that_nobody_predicted_is_told(row: dict[str, Any]) -> None:
    assert replayed_row(row).page_named is True
    assert replayed_row(row | {"fault_page_pfn": "0x1"}).page_named is False


@pytest.mark.parametrize(
    ("key", "value"), [("section_size_bits", 15), ("pageblock_order", 19), ("pageblock_order", -1)]
)
def test_a_kernel_that_cannot_be_built_is_no_recorded_boot(row: dict[str, Any], key: str, value: int) -> None:
    with pytest.raises(InputError, match="not a recorded boot"):
        replayed_row(row | {key: value})


def test_totals_add_up() -> None:
    boots = replayed(RECORDINGS[0])
    summed = totals(boots)
    assert summed["boots"] == len(boots) == sum(summed[str(outcome)] for outcome in ReplayOutcome)


def test_the_command_prints_one_object_for_each_boot_in_order() -> None:
    done = explore("replay", str(RECORDINGS[3]), "--format", "jsonl")
    rows = [json.loads(line) for line in RECORDINGS[3].read_text().splitlines()]
    printed = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0
    assert [entry["observed"]["layout"] for entry in printed] == [row["layout"] for row in rows]
    for entry, row in zip(printed, rows, strict=True):
        assert entry["predicted"]["kernel"] == row["kernel"]
        assert entry["predicted"]["config"] == row["config"]
        assert {"reachable", "verdict", "zones", "faults"} <= entry["predicted"].keys()


def test_the_command_exits_with_1_when_a_prediction_fails(row: dict[str, Any]) -> None:
    done = explore("replay", "-", stdin=json.dumps(row | {"stage": "kpagecount"}).encode())
    assert done.returncode == 1
    assert b"1: missed crash: " in done.stdout
    assert b"1 boot: 0 match, 1 missed crash, 0 false alarms" in done.stdout


def test_the_text_lists_boots_that_match_only_if_asked(row: dict[str, Any]) -> None:
    recording = json.dumps(row).encode()
    short = explore("replay", "-", stdin=recording).stdout.decode().splitlines()
    long = explore("replay", "-", "--verbose", stdin=recording).stdout.decode().splitlines()
    assert short[0] == "1 boot: 1 match, 0 missed crashes, 0 false alarms"
    assert long[0].startswith("1: match: ")
    assert long[1:] == short
