# SPDX-License-Identifier: GPL-2.0-only
"""Claims as JSON and back, without loss.

The build is not part of the JSON: whoever reads claims knows of which build they are. The regions of a memory
map are one line, such as ``0x40000000+0x8000000nomap@0``: base, size, flag and node. A walker is named by its
function and trigger, which together are unique.
"""

import re
from collections.abc import Iterable
from typing import Any

from explorer.boot import Fault, Gap, GapKind, KernelConfig, Stage
from explorer.boot.memmap import StructPage
from explorer.boot.memmap_rules import PageContent
from explorer.boot.sections import MemoryKind
from explorer.boot.struct_page_access import FaultEffect, StructPageAccess
from explorer.boot.walkers import WALKERS, Circumstance
from explorer.boot.zones import Zone
from explorer.machine import MemoryMap, Region
from explorer.machine.memory_map import MemoryCut
from explorer.proof.claims import Claim, Claims, Counterexample, Level
from explorer.proof.conditions import Condition

__all__ = ["claims_from_json", "claims_to_json"]

Json = dict[str, Any]

_REGION = re.compile(
    r"(?P<base>0x[0-9a-f]+)\+(?P<size>0x[0-9a-f]+)(?P<nomap>nomap)?(?:@(?P<node>-?[0-9]+))?", re.ASCII
)
_WALKERS = {(walker.function, walker.trigger): walker for walker in WALKERS}


def claims_to_json(claims: Claims) -> Json:
    """The claims as plain data."""
    return {
        "gaps": [[str(gap.kind), gap.symbol] for gap in claims.gaps],
        "forms": claims.forms,
        "claims": [_claim(claim) for claim in claims.claims],
    }


def claims_from_json(document: Json, config: KernelConfig) -> Claims:
    """The claims of a build.

    Args:
        document: what ``claims_to_json`` made of claims.
        config: the build that they are of.

    Raises:
        LookupError, TypeError, ValueError, AttributeError: it is not such a document.
    """
    return Claims(
        kernel_config=config,
        claims=tuple(map(_claim_of, document["claims"])),
        gaps=tuple(Gap(GapKind(kind), str(symbol)) for kind, symbol in document["gaps"]),
        forms=int(document["forms"]),
    )


def _claim(claim: Claim) -> Json:
    return {
        "level": str(claim.level),
        "terms": [_names(term) for term in claim.terms],
        "counterexamples": [_counterexample(example) for example in claim.counterexamples],
    }


def _claim_of(entry: Json) -> Claim:
    return Claim(
        Level(entry["level"]),
        tuple(map(_conditions, entry["terms"])),
        tuple(map(_counterexample_of, entry["counterexamples"])),
    )


def _counterexample(example: Counterexample) -> Json:
    return {
        "map": _memory_map(example.memory_map),
        "fault": _fault(example.fault),
        "violated": _names(example.violated),
    }


def _counterexample_of(entry: Json) -> Counterexample:
    return Counterexample(
        _memory_map_of(entry["map"]), _fault_of(entry["fault"]), _conditions(entry["violated"])
    )


def _names(conditions: Iterable[Condition]) -> list[str]:
    """The conditions in the order of the vocabulary."""
    given = frozenset(conditions)
    return [str(condition) for condition in Condition if condition in given]


def _conditions(names: Iterable[str]) -> frozenset[Condition]:
    return frozenset(map(Condition, names))


def _memory_map(memory_map: MemoryMap) -> Json:
    """A memory map, of which a proof gives only these parts."""
    name, memory, reserved, cuts = memory_map.name, memory_map.memory, memory_map.reserved, memory_map.cuts
    if memory_map != MemoryMap(name, memory, reserved, cuts=cuts):
        raise ValueError(f"the memory map {name} holds more than regions")
    entry: Json = {"name": name, "memory": _regions(memory), "reserved": _regions(reserved)}
    return {**entry, "cuts": list(map(list, cuts))} if cuts else entry


def _memory_map_of(entry: Json) -> MemoryMap:
    return MemoryMap(
        str(entry["name"]),
        _regions_of(entry["memory"]),
        _regions_of(entry["reserved"]),
        cuts=tuple(MemoryCut(str(by), int(removed)) for by, removed in entry.get("cuts", ())),
    )


def _regions(regions: Iterable[Region]) -> str:
    return ";".join(map(_region, regions))


def _region(region: Region) -> str:
    node = "" if region.node is None else f"@{region.node}"
    return f"{region.base:#x}+{region.size:#x}{'nomap' if region.nomap else ''}{node}"


def _regions_of(line: str) -> tuple[Region, ...]:
    return tuple(map(_region_of, line.split(";"))) if line else ()


def _region_of(text: str) -> Region:
    found = _REGION.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is no region")
    node = found["node"]
    return Region(
        int(found["base"], 16),
        int(found["size"], 16),
        nomap=found["nomap"] is not None,
        node=None if node is None else int(node),
    )


def _fault(fault: Fault) -> Json:
    """A fault by its parts; the zone and the struct page are lists in the order of their fields."""
    zone, page = fault.zone, fault.page
    return {
        "by": [fault.by.function, fault.by.trigger],
        "trigger": fault.trigger,
        "stage": str(fault.stage),
        "pfns": [fault.pfn, fault.pageblock_start_pfn, fault.pageblocks],
        "zone": [zone.node, zone.index, zone.name, zone.start_pfn, zone.end_pfn, zone.present],
        "kind": str(fault.kind),
        "page": [str(page.content), page.node, page.zone, page.reserved],
        "read": str(fault.read),
        "effect": str(fault.effect),
        "poison": fault.poison,
        "presupposes": list(map(str, fault.presupposes)),
        "circumstances": list(map(str, fault.circumstances)),
    }


def _fault_of(entry: Json) -> Fault:
    function, trigger = entry["by"]
    pfn, pageblock_start_pfn, pageblocks = entry["pfns"]
    content, node, zone, reserved = entry["page"]
    return Fault(
        by=_WALKERS[function, trigger],
        trigger=entry["trigger"],
        stage=Stage(entry["stage"]),
        pfn=pfn,
        pageblock_start_pfn=pageblock_start_pfn,
        pageblocks=pageblocks,
        zone=Zone(*entry["zone"]),
        kind=MemoryKind(entry["kind"]),
        page=StructPage(PageContent(content), node, zone, reserved),
        read=StructPageAccess(entry["read"]),
        effect=FaultEffect(entry["effect"]),
        poison=entry["poison"],
        presupposes=tuple(map(Circumstance, entry["presupposes"])),
        circumstances=tuple(map(Circumstance, entry["circumstances"])),
    )
