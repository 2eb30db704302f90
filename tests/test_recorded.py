# SPDX-License-Identifier: GPL-2.0-only
from explorer.boot import Build, kernel, simulate
from explorer.configuration import load_fragment, settle
from explorer.machine.samples import sample
from explorer.recorded import recorded
from explorer.resources import data_folder
from explorer.version import KernelVersion
from tests.recorded import as_json


def build(release: str, **values: str) -> Build:
    version = KernelVersion.parse(release)
    return Build.of(kernel(version), settle(load_fragment(version), values, {}).values)


def test_the_shipped_summary_is_what_the_recordings_say() -> None:
    """Stale? ``make recorded`` writes it anew."""
    assert (data_folder("reports") / "recorded.json").read_text(encoding="utf-8") == as_json()


def test_the_boots_of_2018_are_cited_where_they_apply() -> None:
    dying = recorded(simulate(build("4.17", DEBUG_VM="y"), sample("nomap-mid")))
    assert [(entry.kernel, entry.boots, entry.died, entry.matched) for entry in dying] == [("4.17", 4, 3, 4)]
    assert any("move_freepages()" in place for place in dying[0].where)
    surviving = recorded(simulate(build("4.17", DEBUG_VM="y", NUMA="y"), sample("nomap-mid")))
    assert [entry.died for entry in surviving] == [0]


def test_boots_of_another_kernel_page_size_or_map_are_no_evidence() -> None:
    assert recorded(simulate(build("4.19", DEBUG_VM="y"), sample("nomap-mid"))) == ()
    assert recorded(simulate(build("4.17", DEBUG_VM="y", ARM64_64K_PAGES="y"), sample("nomap-mid"))) == ()
    assert recorded(simulate(build("4.17", DEBUG_VM="y"), sample("numa-aligned"))) == ()


def test_a_stable_release_speaks_for_its_series() -> None:
    entries = recorded(simulate(build("6.1", DEBUG_VM="y"), sample("nomap-mid")))
    assert [(entry.kernel, entry.died) for entry in entries] == [("6.1.192", 0)]
