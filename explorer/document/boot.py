# SPDX-License-Identifier: GPL-2.0-or-later
"""A simulated boot, and a recorded boot with its simulation."""

from collections.abc import Mapping, Sequence

from explorer.boot import Boot, Verdict
from explorer.configuration import Compiler, ProbeOperand
from explorer.document.cell_details import later_json
from explorer.document.elements import (
    Json,
    boot_parameters_json,
    compiler_json,
    fault_json,
    kernel_config_json,
    undecided_json,
    zones_json,
)
from explorer.evidence.boot_replay import ReplayedBoot
from explorer.machine import memory_map_to_json
from explorer.narrative.boot_narrative import boot_stages
from explorer.narrative.gap_narrative import gap_words
from explorer.narrative.place_narrative import map_notes
from explorer.study.boot_cures import NO_CURES, BootCures
from explorer.study.matrix import hazard, leading

__all__ = ["boot_json", "replayed_json"]


def boot_json(  # noqa: PLR0913 # a boot, its configuration, and facts about them that have defaults
    boot: Boot,
    config: Mapping[str, str],
    *,
    reachable: bool,
    compiler: Compiler | None = None,
    undecided: Sequence[ProbeOperand] = (),
    cures: BootCures = NO_CURES,
    doubts: Sequence[str] = (),
) -> Json:
    """A simulated boot: what ``simulate`` prints and ``replay`` predicts.

    The first fault of each walker and trigger has its chain of steps. The others repeat it in other
    pageblocks, and their chain is empty.

    Args:
        boot: the boot.
        config: the values that identify the kernel's configuration.
        reachable: Kconfig can produce the configuration.
        compiler: the compiler checks of the tree, if it has any.
        undecided: the unanswered compiler probes on which it depends whether Kconfig can produce it.
        cures: what makes the boot safe.
        doubts: why it is not known whether this is the kernel in question; then *safe* is *unknown*.
    """
    with_chain = frozenset(leading(boot.faults))
    return {
        "kernel": str(boot.kernel_config.kernel.version),
        "config": dict(config),
        "reachable": None if undecided else reachable,
        "undecided": undecided_json(undecided),
        "compiler": compiler_json(compiler or Compiler()),
        "context": kernel_config_json(boot.kernel_config),
        "memory_map": {
            "name": boot.memory_map.name,
            "notes": list(map_notes(boot.memory_map)),
            **boot_parameters_json(boot.memory_map.command_line, boot.memory_map.kaslr_seed),
            **memory_map_to_json(boot.memory_map),
        },
        "verdict": str(Verdict.UNKNOWN if doubts and boot.verdict is Verdict.SAFE else boot.verdict),
        "hazard": str(hazard(boot)),
        "unmodelled": [*map(gap_words, boot.unmodelled), *doubts],
        "cure": None if cures.answers is None else {"changes": dict(cures.answers)},
        "later": later_json(cures.later),
        "commits": list(cures.commits),
        "story": [stage._asdict() for stage in boot_stages(boot)],
        "zones": zones_json(boot),
        "faults": [fault_json(fault, boot, with_chain=fault in with_chain) for fault in boot.faults],
    }


def replayed_json(replayed: ReplayedBoot) -> Json:
    """A recorded boot: what was predicted, and what was observed."""
    row = replayed.row
    fields = ("layout", "outcome", "stage", "fault_in", "fault_page_pfn", "triggers", "skipped", "ram_fill")
    parameters = ("cmdline_extra", "kaslr_seed")
    return {
        "outcome": str(replayed.outcome),
        "walker_named": replayed.walker_named,
        "page_named": replayed.page_named,
        "relevant": [
            {"trigger": fault.trigger, "walker": fault.walker, "pfn": fault.pfn}
            for fault in replayed.relevant
        ],
        "predicted": boot_json(replayed.boot, row["config"], reachable=replayed.reachable),
        "observed": {key: row.get(key) for key in (*fields, *parameters)},
    }
