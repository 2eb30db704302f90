# SPDX-License-Identifier: GPL-2.0-or-later
"""The elements that several documents share."""

from collections.abc import Iterable
from typing import Any

from explorer.boot import Boot, Change, Fault, Kernel, KernelConfig
from explorer.configuration import AnswerOrigin, Compiler, ProbeOperand, Statement
from explorer.narrative.fault_narrative import fault_reason, fault_steps, struct_page_words
from explorer.resources import PROGRAM, program_version
from explorer.study.change_switching import switching_of

__all__ = [
    "Json",
    "boot_parameters_json",
    "change_json",
    "compiler_json",
    "fault_json",
    "generator",
    "kernel_config_json",
    "statement_json",
    "undecided_json",
    "zones_json",
]

Json = dict[str, Any]


def generator() -> Json:
    """Name and version of this program."""
    return {"name": PROGRAM, "version": program_version()}


def kernel_config_json(kernel_config: KernelConfig) -> Json:
    """The part of a configuration that memory initialisation depends on."""
    return {
        "page_size": 1 << kernel_config.page_shift,
        "memory_model": str(kernel_config.memory_model),
        "DEBUG_VM": "y" if kernel_config.has("DEBUG_VM") else "n",
        "DEBUG_VM_PGFLAGS": "y" if kernel_config.has("DEBUG_VM_PGFLAGS") else "n",
        "pageblock_order": kernel_config.pageblock_order,
        "max_order": kernel_config.largest_order + 1,
        "section_size_bits": kernel_config.section_size_bits,
        "ram_fill": str(kernel_config.ram_fill),
        **boot_parameters_json(kernel_config.parameters.command_line, kernel_config.parameters.kaslr_seed),
        "changes": _changes_json(kernel_config.kernel),
    }


def boot_parameters_json(command_line: str | None, kaslr_seed: int | None) -> Json:
    """A kernel command line and a KASLR seed; ``None`` where they are not known."""
    return {"command_line": command_line, "kaslr_seed": None if kaslr_seed is None else hex(kaslr_seed)}


def _changes_json(kernel: Kernel) -> Json:
    """The changes that were switched on and off in the release."""
    switching = switching_of(kernel)
    return {
        "with": [
            {**change_json(change), "pulled_in": change in switching.pulled_in} for change in switching.added
        ],
        "without": [change_json(change) for change in switching.removed],
    }


def change_json(change: Change) -> Json:
    """A named change of the kernel's memory initialisation."""
    commits = [commit.id for commit in change.commits]
    return {"name": change.name, "commits": commits, "effect": change.effect, "beside": change.beside}


def compiler_json(compiler: Compiler) -> Json:
    """The compiler of a tree, and the result of every compiler check with its origin."""
    return {
        "version": compiler.version,
        "toolchain": compiler.toolchain,
        **{str(how): compiler.count(how) for how in AnswerOrigin},
        "probes": [
            {"command": probe.command, "answer": probe.answer, "how": str(probe.how)}
            for probe in compiler.probes
        ],
    }


def undecided_json(probes: Iterable[ProbeOperand]) -> list[Json]:
    """The unanswered compiler probes that a result depends on."""
    return [
        {
            "macro": probe.macro,
            "commands": list(probe.commands),
            "places": [f"{file}:{line}" for file, line in probe.places],
        }
        for probe in probes
    ]


def statement_json(line: Statement) -> Json:
    """A line of Kconfig."""
    return {"file": line.file, "line": line.line, "text": line.text}


def fault_json(fault: Fault, boot: Boot, *, with_chain: bool = True) -> Json:
    """A fault; its chain of steps is empty unless ``with_chain``."""
    return {
        "walker": fault.walker,
        "seen_in": list(fault.seen_in),
        "trigger": fault.trigger,
        "stage": str(fault.stage),
        "pfn": fault.pfn,
        "pageblock_start_pfn": fault.pageblock_start_pfn,
        "pageblocks": fault.pageblocks,
        "zone": fault.zone.name,
        "node": fault.zone.node,
        "struct_page": struct_page_words(fault),
        "read": str(fault.read),
        "effect": str(fault.effect),
        "certain": fault.certain,
        "presupposes": [str(circumstance) for circumstance in fault.presupposes],
        "circumstances": [str(circumstance) for circumstance in fault.circumstances],
        "why": fault_reason(fault, boot),
        "chain": list(fault_steps(fault, boot)) if with_chain else [],
    }


def zones_json(boot: Boot) -> list[Json]:
    """The populated zones."""
    return [
        {
            "node": zone.node,
            "name": zone.name,
            "start_pfn": zone.start_pfn,
            "end_pfn": zone.end_pfn,
            "spanned": zone.spanned,
            "present": zone.present,
        }
        for zone in boot.zones
    ]
