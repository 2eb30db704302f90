# SPDX-License-Identifier: GPL-2.0-or-later
"""Claims as JSON and back, without loss.

The build is not part of the JSON: whoever reads claims knows of which build they are. The form is compact,
because hundreds of builds are shipped:

* Counterexamples are listed once; each level refers to its own by index.
* A set of conditions is a number with one bit for each condition, in the order of ``Condition``.
* The regions of a memory map are one line, such as ``0x40000000+0x8000000nomap@0``: base, size, flag, node.
* A fault is a list of its parts, in the order of ``Fault``. A walker is named by its function and trigger,
  which together are unique.
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
    examples = list(dict.fromkeys(example for claim in claims.claims for example in claim.counterexamples))
    return {
        "gaps": [[str(gap.kind), gap.symbol] for gap in claims.gaps],
        "forms": claims.forms,
        "claims": [_claim(claim, examples) for claim in claims.claims],
        "counterexamples": [_counterexample(example) for example in examples],
    }


def claims_from_json(document: Json, config: KernelConfig) -> Claims:
    """The claims of a build.

    Args:
        document: what ``claims_to_json`` made of claims.
        config: the build that they are of.

    Raises:
        ArithmeticError, AttributeError, LookupError, TypeError, ValueError: it is not such a document.
    """
    examples = list(map(_counterexample_of, document["counterexamples"]))
    return Claims(
        kernel_config=config,
        claims=tuple(_claim_of(entry, examples) for entry in document["claims"]),
        gaps=tuple(Gap(GapKind(kind), str(symbol)) for kind, symbol in document["gaps"]),
        forms=int(document["forms"]),
    )


def _claim(claim: Claim, examples: list[Counterexample]) -> list[Any]:
    return [
        str(claim.level),
        list(map(_mask, claim.terms)),
        [examples.index(example) for example in claim.counterexamples],
    ]


def _claim_of(entry: list[Any], examples: list[Counterexample]) -> Claim:
    level, terms, indices = entry
    return Claim(Level(level), tuple(map(_conditions, terms)), tuple(examples[index] for index in indices))


def _counterexample(example: Counterexample) -> list[Any]:
    return [_memory_map(example.memory_map), _fault(example.fault), _mask(example.violated)]


def _counterexample_of(entry: list[Any]) -> Counterexample:
    memory_map, fault, violated = entry
    return Counterexample(_memory_map_of(memory_map), _fault_of(fault), _conditions(violated))


def _mask(conditions: frozenset[Condition]) -> int:
    """A set of conditions as a number with one bit for each."""
    return sum(1 << place for place, condition in enumerate(Condition) if condition in conditions)


def _conditions(mask: int) -> frozenset[Condition]:
    if not 0 <= mask < 1 << len(Condition):
        raise ValueError(f"{mask} is no set of conditions")
    return frozenset(condition for place, condition in enumerate(Condition) if mask >> place & 1)


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


def _fault(fault: Fault) -> list[Any]:
    """A fault as a list; the walker, the zone and the struct page are lists, too."""
    zone, page = fault.zone, fault.page
    return [
        [fault.by.function, fault.by.trigger],
        fault.trigger,
        str(fault.stage),
        fault.pfn,
        fault.pageblock_start_pfn,
        fault.pageblocks,
        [zone.node, zone.index, zone.name, zone.start_pfn, zone.end_pfn, zone.present],
        str(fault.kind),
        [str(page.content), page.node, page.zone, page.reserved],
        str(fault.read),
        str(fault.effect),
        fault.poison,
        list(map(str, fault.presupposes)),
        list(map(str, fault.circumstances)),
    ]


def _check_types(kind: type, *values: Any) -> None:
    """Refuses values of another type, which would fail later."""
    wrong = next((value for value in values if type(value) is not kind), None)
    if wrong is not None:
        raise TypeError(f"{wrong!r} is no {kind.__name__}")


def _fault_of(entry: list[Any]) -> Fault:
    by, trigger, stage, pfn, pageblock_start_pfn, pageblocks, zone, kind, page, *how = entry
    function, trigger_of_walker = by
    content, node, zone_number, reserved = page
    read, effect, poison, presupposes, circumstances = how
    name, numbers = zone[2], (*zone[:2], *zone[3:])
    _check_types(int, pfn, pageblocks, node, zone_number, *numbers)
    _check_types(str, trigger, name)
    _check_types(bool, reserved, poison)
    hash(pageblock_start_pfn)
    return Fault(
        by=_WALKERS[function, trigger_of_walker],
        trigger=trigger,
        stage=Stage(stage),
        pfn=pfn,
        pageblock_start_pfn=pageblock_start_pfn,
        pageblocks=pageblocks,
        zone=Zone(*zone),
        kind=MemoryKind(kind),
        page=StructPage(PageContent(content), node, zone_number, reserved),
        read=StructPageAccess(read),
        effect=FaultEffect(effect),
        poison=poison,
        presupposes=tuple(map(Circumstance, presupposes)),
        circumstances=tuple(map(Circumstance, circumstances)),
    )
