# SPDX-License-Identifier: GPL-2.0-or-later
"""Which configurations can a kernel's Kconfig produce, and which of them survive memory initialisation?

``load()``, ``simulate()``, ``matrix()``, ``explain()``, ``check()`` and ``audit_tree()`` are described in
``explorer.api`` and in ``docs/users/python.md``. A name is imported when it is first used.
"""

TYPE_CHECKING = False  # as of typing: until the handlers of interrupts are set, each import costs
if TYPE_CHECKING:
    from typing import Any

    from explorer.api import (
        LoadedKernel,
        SimulatedBoot,
        StudiedMatrix,
        audit_tree,
        check,
        explain,
        load,
        matrix,
        simulate,
    )
    from explorer.boot import Boot, Fault, RamFill, Verdict
    from explorer.checking import Checked, Finding, Severity
    from explorer.configuration import Explanation
    from explorer.errors import InputError
    from explorer.machine import Firmware, MemoryMap, Region, all_shipped_maps, shipped_map
    from explorer.study.kernel_audit import AuditedTree

    __version__: str

__all__ = [
    "AuditedTree",
    "Boot",
    "Checked",
    "Explanation",
    "Fault",
    "Finding",
    "Firmware",
    "InputError",
    "LoadedKernel",
    "MemoryMap",
    "RamFill",
    "Region",
    "Severity",
    "SimulatedBoot",
    "StudiedMatrix",
    "Verdict",
    "__version__",
    "all_shipped_maps",
    "audit_tree",
    "check",
    "explain",
    "load",
    "matrix",
    "shipped_map",
    "simulate",
]

_MODULES = {
    **dict.fromkeys(("Boot", "Fault", "RamFill", "Verdict"), "boot"),
    **dict.fromkeys(("Checked", "Finding", "Severity"), "checking"),
    **dict.fromkeys(("Firmware", "MemoryMap", "Region", "all_shipped_maps", "shipped_map"), "machine"),
    "AuditedTree": "study.kernel_audit",
    "Explanation": "configuration",
    "InputError": "errors",
}
"""The module of each name that ``explorer.api`` does not define."""


def __getattr__(name: str) -> "Any":
    """A name of this package, from the module that defines it."""
    from importlib import import_module  # noqa: PLC0415 # as above

    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if name == "__version__":
        return import_module("explorer.resources").program_version()
    return getattr(import_module(f"explorer.{_MODULES.get(name, 'api')}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
