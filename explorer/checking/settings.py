# SPDX-License-Identifier: GPL-2.0-or-later
"""The settings of files, merged in order as ``merge_config.sh`` merges them.

1. The first file is the base. A line of a later file, whatever its value, removes the lines of earlier files
   that set the same symbol.
2. Kconfig drops a line whose value does not fit the type of its symbol, and an earlier line of the same file
   counts (``conf_read_simple()``, scripts/kconfig/confdata.c).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from explorer.configuration import DotConfig, Setting, Tree
from explorer.configuration.files.config_value import ConfigValue

__all__ = [
    "RequestedValue",
    "place_of",
    "requested_value",
    "requested_values",
    "without_dropped_lines",
    "without_overlaid_lines",
]

_NO_VALUE = ConfigValue("")


@dataclass(frozen=True, slots=True)
class RequestedValue:
    """A setting of a file.

    Attributes:
        symbol: name without ``CONFIG_``; empty for a line that sets none.
        value: as read; empty where no value is requested.
        file: name of the file; empty if the setting is in no file.
        line: number, from 1; 0 if the setting is in no file.
    """

    symbol: str
    value: ConfigValue = _NO_VALUE
    file: str = ""
    line: int = 0


def place_of(setting: RequestedValue | None, symbol: str = "") -> RequestedValue:
    """The file and line of a setting, if there is one, for a finding that is not about its value."""
    return RequestedValue(symbol, file=setting.file, line=setting.line) if setting else RequestedValue(symbol)


def without_overlaid_lines(configs: Sequence[DotConfig]) -> list[DotConfig]:
    """The files without the lines whose symbols a later file sets."""
    later: set[str] = set()
    files: list[DotConfig] = []
    for config in reversed(configs):
        own = tuple(setting for setting in config.settings if setting.symbol not in later)
        files.insert(0, replace(config, settings=own))
        later.update(setting.symbol for setting in config.settings)
    return files


def without_dropped_lines(
    tree: Tree, configs: Sequence[DotConfig]
) -> tuple[list[DotConfig], list[RequestedValue]]:
    """The files without the lines that Kconfig drops for their values, and those lines."""
    files: list[DotConfig] = []
    dropped: list[RequestedValue] = []
    for config in configs:
        valid: list[Setting] = []
        for setting in config.settings:
            if not tree.defines(setting.symbol) or tree.accepts(setting.symbol, setting.value):
                valid.append(setting)
            else:
                dropped.append(requested_value(config, setting))
        files.append(replace(config, settings=tuple(valid)))
    return files, dropped


def requested_values(configs: Sequence[DotConfig]) -> dict[str, RequestedValue]:
    """Symbol to the setting that counts, in the order of these settings in the files."""
    last: dict[str, RequestedValue] = {}
    for config in configs:
        for setting in config.settings:
            last.pop(setting.symbol, None)
            last[setting.symbol] = requested_value(config, setting)
    return last


def requested_value(config: DotConfig, setting: Setting) -> RequestedValue:
    """A setting with the name of its file."""
    return RequestedValue(setting.symbol, setting.value, config.source, setting.line)
