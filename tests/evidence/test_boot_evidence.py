# SPDX-License-Identifier: GPL-2.0-or-later
from explorer.boot import Kernel, KernelConfig, simulate
from explorer.configuration import complete, load_fragment
from explorer.evidence.boot_evidence import evidence_for
from explorer.machine.shipped_maps import shipped_map
from explorer.resources import data_folder
from explorer.version import KernelVersion
from tests.evidence.write_boot_evidence import as_json


def kernel_config(release: str, **values: str) -> KernelConfig:
    version = KernelVersion.parse(release)
    return KernelConfig.of(Kernel.of(version), complete(load_fragment(version), values, {}).values)


def test_the_shipped_summary_is_what_the_recordings_say() -> None:
    """Stale? ``make recorded`` writes it anew."""
    assert (data_folder("reports") / "recorded.json").read_text(encoding="utf-8") == as_json()


def test_the_boots_of_2018_are_cited_where_they_apply() -> None:
    dying = evidence_for(simulate(kernel_config("4.17", DEBUG_VM="y"), shipped_map("nomap-mid")))
    assert [(entry.kernel, entry.boots, entry.died, entry.matched) for entry in dying] == [("4.17", 4, 3, 4)]
    assert any("move_freepages()" in place for place in dying[0].where)
    surviving = evidence_for(
        simulate(kernel_config("4.17", DEBUG_VM="y", NUMA="y"), shipped_map("nomap-mid"))
    )
    assert [entry.died for entry in surviving] == [0]


def test_boots_of_another_kernel_page_size_or_map_are_no_evidence() -> None:
    assert evidence_for(simulate(kernel_config("4.19", DEBUG_VM="y"), shipped_map("nomap-mid"))) == ()
    assert (
        evidence_for(
            simulate(kernel_config("4.17", DEBUG_VM="y", ARM64_64K_PAGES="y"), shipped_map("nomap-mid"))
        )
        == ()
    )
    assert evidence_for(simulate(kernel_config("4.17", DEBUG_VM="y"), shipped_map("start-8m"))) == ()


def test_without_numa_the_boots_of_one_node_speak_for_two() -> None:
    one, two = (
        evidence_for(simulate(kernel_config("4.17", DEBUG_VM="y"), shipped_map(name)))
        for name in ("flat", "numa-aligned")
    )
    assert one == two != ()


def test_a_stable_release_speaks_for_its_series() -> None:
    entries = evidence_for(simulate(kernel_config("6.1", DEBUG_VM="y"), shipped_map("nomap-mid")))
    assert [(entry.kernel, entry.died) for entry in entries] == [("6.1.192", 0)]
