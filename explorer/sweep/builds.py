# SPDX-License-Identifier: GPL-2.0-or-later
"""From a configuration of a sweep to the kernels that are built of it.

1. A ``.config`` is judged as ``check`` judges it. What boots is what Kconfig computes.
2. A variant gives the reachable combinations of the four symbols, as ``matrix`` lists them, and those that
   are reachable or not by a compiler check without an answer.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from explorer.boot import KernelConfig
from explorer.checking import check
from explorer.checking.findings import Finding, FindingKind, Severity
from explorer.configuration import Combination, check_assignment, load_fragment, parse_packed_config
from explorer.errors import FileError, encodable
from explorer.study.matrix import FOUR, study_kernel
from explorer.study.variants import open_variants
from explorer.sweep.job import Conditions, Configuration
from explorer.sweep.rows import BuildRow
from explorer.version import KernelVersion

__all__ = ["Build", "Reach", "builds_of", "variants_of"]


class Reach(StrEnum):
    """Whether Kconfig can produce a configuration."""

    REACHABLE = "reachable"
    UNREACHABLE = "unreachable"
    UNDECIDED = "undecided"
    """A compiler check without an answer decides."""
    UNKNOWN = "unknown"
    """The fragment of the release cannot tell, or the release is not described."""


@dataclass(frozen=True, slots=True)
class Build:
    """A kernel with a configuration.

    Attributes:
        row: what the table of builds says of it.
        reach: whether Kconfig can produce it.
        kernel_config: what boots; ``None`` where the release is not described.
    """

    row: BuildRow
    reach: Reach
    kernel_config: KernelConfig | None


def variants_of(kernel: str, settings: Mapping[str, str]) -> tuple[Configuration, ...]:
    """The variants of a release that settings leave open; the settings alone where they leave none.

    Raises:
        InputError: the release is not described, a symbol is not defined, or a value is wrong.
    """
    release = KernelVersion.parse(kernel)
    tree = load_fragment(release)
    for name, value in settings.items():
        check_assignment(tree, name, value)
    variants = [variant.settings for variant in open_variants(tree, settings, FOUR)]
    return tuple(
        Configuration(str(release), settings=tuple(variant.items())) for variant in variants or [settings]
    )


@lru_cache(maxsize=64)
def builds_of(configuration: Configuration, content: bytes, conditions: Conditions) -> tuple[Build, ...]:
    """The builds of a configuration.

    Args:
        configuration: a ``.config`` or a variant.
        content: the bytes of the file.
        conditions: of every boot.

    Raises:
        InputError: the file is not a ``.config``, or its release is not known.
    """
    if configuration.file:
        return (_build_of_file(configuration, content, conditions),)
    return tuple(_builds_of_variant(configuration, conditions))


def _build_of_file(configuration: Configuration, content: bytes, conditions: Conditions) -> Build:
    config = parse_packed_config(content, encodable(configuration.file))
    if not config.settings:
        raise FileError("holds no CONFIG_ line", file=configuration.file, hint="give a kernel .config")
    version = KernelVersion.parse(configuration.kernel) if configuration.kernel else None
    checked = check(
        [config],
        (),
        version=version,
        ram_fill=conditions.ram_fill,
        parameters=conditions.parameters,
        claims_of=_no_claims,
    )
    if checked.verdict == FindingKind.UNREACHABLE:
        reach = Reach.UNREACHABLE
    else:
        reach = Reach.UNKNOWN if checked.verdict == FindingKind.UNKNOWN else Reach.REACHABLE
    findings = tuple(dict.fromkeys(_words(finding) for finding in checked.findings if _counts(finding)))
    kernel = str(checked.version)
    row = _row(configuration, kernel, checked.becomes.values, reach, checked.kernel_config, findings)
    return Build(row, reach, checked.kernel_config)


def _no_claims(_: KernelConfig) -> None:
    """Proofs are tasks of their own."""


def _counts(finding: Finding) -> bool:
    return finding.severity is not Severity.NOTE


def _words(finding: Finding) -> str:
    return f"{finding.id} {finding.symbol}".rstrip()


def _builds_of_variant(configuration: Configuration, conditions: Conditions) -> Iterator[Build]:
    matrix = study_kernel(
        load_fragment(KernelVersion.parse(configuration.kernel)),
        (),
        settings=dict(configuration.settings),
        ram_fill=conditions.ram_fill,
        parameters=conditions.parameters,
        what_ifs=False,
        claims_of=_no_claims,
    )
    for row in matrix.rows:
        reach = _reach(row.combination)
        values = row.combination.values
        build_row = _row(configuration, configuration.kernel, values, reach, row.kernel_config, ())
        yield Build(build_row, reach, row.kernel_config)


def _reach(combination: Combination) -> Reach:
    return Reach.REACHABLE if combination.reachable else Reach.UNDECIDED


def _row(  # noqa: PLR0913, PLR0917 # a row and where its columns come from
    configuration: Configuration,
    kernel: str,
    values: Mapping[str, str],
    reach: Reach,
    config: KernelConfig | None,
    findings: tuple[str, ...],
) -> BuildRow:
    combination = " ".join(f"{name}={values[name]}" for name in FOUR)
    variant = " ".join(f"{name}={value}" for name, value in configuration.settings)
    digest = hashlib.sha256(f"{kernel}\n{configuration.key}\n{combination}".encode()).hexdigest()
    return BuildRow(
        digest[:16],
        kernel,
        encodable(configuration.file) or None,
        None if configuration.file else variant,
        combination,
        numa=values["NUMA"] == "y",
        holes_in_zone=values["HOLES_IN_ZONE"] == "y",
        have_arch_pfn_valid=values["HAVE_ARCH_PFN_VALID"] == "y",
        arch_has_holes_memorymodel=values["ARCH_HAS_HOLES_MEMORYMODEL"] == "y",
        kconfig=str(reach),
        page_size=1 << config.page_shift if config else None,
        memory_model=str(config.memory_model) if config else None,
        debug_vm=config.has("DEBUG_VM") if config else None,
        pageblock_order=config.pageblock_order if config else None,
        max_order=config.largest_order + 1 if config else None,
        section_size_bits=config.section_size_bits if config else None,
        findings=findings,
    )
