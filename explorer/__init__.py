# SPDX-License-Identifier: GPL-2.0-only
"""Which configurations can this kernel's Kconfig produce, and which survive memory initialisation?

``explorer.check(".config", machines=["board.dtb"])`` judges a configuration; nothing is imported before it is
asked for.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from explorer.api import check
    from explorer.checking import Checked, Finding, Severity
    from explorer.errors import InputError

__all__ = ["Checked", "Finding", "InputError", "Severity", "check"]

_HOMES = {"check": "explorer.api", "InputError": "explorer.errors"}


def __getattr__(name: str) -> Any:
    """A name of this package, from the module where it lives."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES.get(name, "explorer.checking")), name)
