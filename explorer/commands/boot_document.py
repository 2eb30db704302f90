# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes the document of ``simulate``: one boot of a kernel configured by ``--set``, or by a ``.config``."""

import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from explorer.boot import Kernel, KernelConfig, Verdict, simulate
from explorer.checking import Checked
from explorer.checking.findings import FindingKind
from explorer.checking.reasons import PatchedKernel
from explorer.checking.release import nearest_fragment
from explorer.configuration import Deadline, Tree, complete
from explorer.configuration.encoding.deadline import NO_DEADLINE
from explorer.configuration.files.config_value import ConfigValue
from explorer.configuration.files.dotconfig import DotConfig, Setting
from explorer.document.boot import boot_json
from explorer.errors import InputError, OutOfTimeError
from explorer.machine import Firmware, MemoryMap
from explorer.narrative.finding_narrative import finding_message
from explorer.study.boot_cures import NO_CURES, BootCures, cures_of_boot
from explorer.study.matrix import FOUR, variant_and_values
from explorer.study.release_search import BuiltRelease

__all__ = ["SET", "checked_boot_document", "overlay", "set_boot_document"]

SET = "--set"
"""The name of the settings as a file that is merged over a ``.config``."""
_UNQUOTED = re.compile(r"[ymn]|-?[0-9]+|0[xX][0-9a-fA-F]+")


def set_boot_document(  # noqa: PLR0913, PLR0917 # a kernel, its values, the machine
    kernel: Kernel,
    tree: Tree,
    settings: Mapping[str, str],
    machine: MemoryMap | Firmware,
    conditions: tuple[Any, ...],
    deadline: Deadline = NO_DEADLINE,
) -> dict[str, Any]:
    """The boot of a kernel with some values; all other symbols have their defaults.

    Args:
        kernel: the kernel.
        tree: its Kconfig.
        settings: the values; those of the four symbols may be unreachable.
        machine: the machine.
        conditions: the RAM fill and the boot parameters.
        deadline: when to stop solving, and searching for a fix.

    Raises:
        OutOfTimeError: the values of the other symbols are not decided in time.
    """
    variant, values = variant_and_values(settings)
    completion = complete(tree, variant, values, absent=FOUR, deadline=deadline)
    boot = simulate(KernelConfig.of(kernel, completion.values, *conditions), machine)
    cures = NO_CURES
    if boot.verdict is Verdict.UNSAFE and completion.reachable:
        built = BuiltRelease(tree.release, completion.values, boot.kernel_config, tree)
        prompts = nearest_fragment(tree.release).symbols
        with suppress(OutOfTimeError):
            cures = cures_of_boot(tree, built, completion.answers, prompts, machine, deadline)
    return boot_json(
        boot,
        {name: completion.values.get(name, "n") for name in (*FOUR, *variant)},
        reachable=completion.reachable,
        compiler=tree.compiler,
        undecided=completion.undecided,
        cures=cures,
    )


def overlay(settings: Mapping[str, str]) -> list[DotConfig]:
    """The settings of ``--set`` as a file that is merged over a ``.config``; no file without settings."""
    lines = tuple(
        Setting(name, ConfigValue(value, quoted=not _UNQUOTED.fullmatch(value)), line)
        for line, (name, value) in enumerate(settings.items(), start=1)
    )
    return [DotConfig(SET, lines, (), None, "")] if lines else []


def checked_boot_document(checked: Checked, settings: Mapping[str, str]) -> dict[str, Any]:
    """The boot of a kernel that a ``.config`` configures, as Kconfig completes it.

    Args:
        checked: the judgement of the file, with the settings merged over it, on one machine.
        settings: those of ``--set``.

    Raises:
        InputError: Kconfig does not keep a value of ``--set``, or nothing could be booted.
    """
    if any(finding.file == SET for finding in checked.findings):
        words = " ".join(f"{name}={value}" for name, value in settings.items())
        what = f"Kconfig does not keep {words} beside the rest of the file"
        hint = f"explain -c FILE {words} says which answers to change"
        raise InputError(what, where=SET, hint=hint)
    if not checked.boots:
        what = f"the memory initialisation of {checked.version or checked.tree.subject} is not described"
        raise InputError(what, where=checked.name, hint="check judges its Kconfig")
    (boot,) = checked.boots
    return boot_json(
        boot,
        checked.becomes.values,
        reachable=True,
        compiler=checked.tree.compiler,
        cures=_cures(checked),
        doubts=[
            finding_message(checked.tree, finding)
            for finding in checked.findings
            if isinstance(finding.reason, PatchedKernel)
        ],
    )


def _cures(checked: Checked) -> BootCures:
    """The fix that ``check`` found."""
    unsafe = (finding.fix for finding in checked.findings if finding.id is FindingKind.UNSAFE)
    fix = next(filter(None, unsafe), None)
    if fix is None:
        return NO_CURES
    commits = tuple(change.commits[0].id if change.commits else change.name for change in fix.changes)
    return BootCures(fix.values or None, None, commits)
