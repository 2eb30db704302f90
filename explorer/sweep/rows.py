# SPDX-License-Identifier: GPL-2.0-or-later
"""The tables of a sweep's results: one named tuple a table, one field a column (``docs/sweeps.md``)."""

from typing import NamedTuple, Self

from explorer.errors import encodable

__all__ = [
    "TABLES",
    "BuildRow",
    "ClaimRow",
    "CounterexampleRow",
    "FaultRow",
    "MachineRow",
    "ResultRow",
    "Row",
    "UnreadableRow",
]


class MachineRow(NamedTuple):
    """A memory map."""

    machine: str
    name: str
    kind: str
    sha256: str
    regions: int
    memory_bytes: int | None
    reserved: int
    nodes: int


class BuildRow(NamedTuple):
    """A kernel that was built: a release and a configuration."""

    build: str
    kernel: str
    file: str | None
    variant: str | None
    combination: str
    numa: bool
    holes_in_zone: bool
    have_arch_pfn_valid: bool
    arch_has_holes_memorymodel: bool
    kconfig: str
    page_size: int | None
    memory_model: str | None
    debug_vm: bool | None
    pageblock_order: int | None
    max_order: int | None
    section_size_bits: int | None
    findings: tuple[str, ...]


class ResultRow(NamedTuple):
    """A build on a memory map."""

    build: str
    machine: str
    verdict: str
    boot: str | None
    hazard: str | None
    walker: str | None
    trigger: str | None
    pfn: int | None
    gaps: tuple[str, ...]
    message: str | None


class FaultRow(NamedTuple):
    """The first fault of a walker and trigger in one boot."""

    build: str
    machine: str
    walker: str
    trigger: str
    stage: str
    certain: bool
    pfn: int
    address: int
    node: int
    zone: str
    effect: str
    circumstances: tuple[str, ...]


class ClaimRow(NamedTuple):
    """What is proven of a build for every memory map."""

    build: str
    level: str
    claim: str
    map_class: str | None
    terms: tuple[tuple[str, ...], ...]
    gaps: tuple[str, ...]
    forms: int


class CounterexampleRow(NamedTuple):
    """The smallest memory map that kills a build where a condition is not met."""

    build: str
    level: str
    violated: tuple[str, ...]
    walker: str
    trigger: str
    pfn: int
    memory_map: str


class UnreadableRow(NamedTuple):
    """A file that could not be read, or not be judged as this kernel."""

    file: str
    kernel: str | None
    message: str

    @classmethod
    def of(cls, file: str, kernel: str, error: Exception) -> Self:
        """The row of an error; the message does not repeat the file."""
        name, message = encodable(file), str(error)
        message = message.removeprefix(f"{name}: ")
        if message.startswith(f"{name}:"):
            message = f"line {message.removeprefix(f'{name}:')}"
        return cls(name, kernel or None, message)


Row = MachineRow | BuildRow | ResultRow | FaultRow | ClaimRow | CounterexampleRow | UnreadableRow

TABLES: dict[str, type[Row]] = {
    "machines": MachineRow,
    "builds": BuildRow,
    "results": ResultRow,
    "faults": FaultRow,
    "claims": ClaimRow,
    "counterexamples": CounterexampleRow,
    "unreadable": UnreadableRow,
}
"""The tables by name."""
