# SPDX-License-Identifier: GPL-2.0-only
"""The files themselves: what they ask for, line by line, and what is wrong with them before Kconfig is asked.

Files that are merged are read in order, as ``merge_config.sh`` does: the first is the base, each later one is
put over it. That a fragment changes the base is what it is for; that a fragment changes what an earlier
*fragment* asked for is a finding.

A line whose value is none of its symbol's type is dropped by Kconfig, and an earlier line of the file still
counts (``conf_read_simple()``, scripts/kconfig/confdata.c): such lines are taken out first (``heard``).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from explorer.checking.findings import Finding, Severity, SuggestedFix
from explorer.configuration import DotConfig, Setting, Tree
from explorer.configuration.files.config_value import ConfigValue

__all__ = [
    "RequestedValue",
    "file_findings",
    "lost_fragments",
    "overlaid",
    "requested_values",
    "spelled",
    "without_dropped_lines",
]

_SETTING = re.compile(r"CONFIG_[A-Za-z0-9_]+=|# CONFIG_[A-Za-z0-9_]+ is not set")
_NEARLY = re.compile(r"(?:export\s+)?(?:CONFIG_)?([A-Za-z0-9_]+)\s*[=:]\s*(\S+)", re.IGNORECASE)
_UNSET = re.compile(r"#+\s*CONFIG_([A-Za-z0-9_]+)\s+is\s+not\s+set.*", re.DOTALL | re.IGNORECASE)
_MARK = "\ufeff"


@dataclass(frozen=True, slots=True)
class RequestedValue:
    """A value that a line asks for.

    Attributes:
        symbol: name without ``CONFIG_``.
        value: as read.
        file: the file.
        line: number, from 1.
    """

    symbol: str
    value: ConfigValue
    file: str
    line: int


def overlaid(configs: Sequence[DotConfig]) -> list[DotConfig]:
    """The files without what a later one sets, whatever it says: ``merge_config.sh`` takes those lines out.

    So a later line that Kconfig drops for its value leaves nothing in force; within one file it leaves the
    earlier line.
    """
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
    """The files without the lines that Kconfig drops for their value, and those lines."""
    files: list[DotConfig] = []
    dropped: list[RequestedValue] = []
    for config in configs:
        kept: list[Setting] = []
        for setting in config.settings:
            if not tree.defines(setting.symbol) or tree.takes(setting.symbol, setting.value):
                kept.append(setting)
            else:
                dropped.append(_asked(config, setting))
        files.append(replace(config, settings=tuple(kept)))
    return files, dropped


def requested_values(configs: Sequence[DotConfig]) -> dict[str, RequestedValue]:
    """What files ask for when they are merged in order; the symbols stand in the order of their last line."""
    found: dict[str, RequestedValue] = {}
    for config in configs:
        for setting in config.settings:
            if setting.symbol in found:
                del found[setting.symbol]
            found[setting.symbol] = _asked(config, setting)
    return found


def _asked(config: DotConfig, setting: Setting) -> RequestedValue:
    return RequestedValue(setting.symbol, setting.value, config.source, setting.line)


def spelled(symbol: str, value: str) -> str:
    """A setting of a bool, tristate or number as a line of a ``.config``."""
    return f"# CONFIG_{symbol} is not set" if value == "n" else f"CONFIG_{symbol}={value}"


def file_findings(config: DotConfig) -> Iterator[Finding]:
    """Lines that are no settings, and symbols that are set twice."""
    for found in config.unreadable:
        text = found.text.removeprefix(_MARK).strip()
        words, severity = _fault(found.text, text)
        yield Finding(
            "syntax",
            f"{words}: {text}",
            file=config.source,
            line=found.line,
            severity=severity,
            fix=_meant(text),
        )
    last = {setting.symbol: setting for setting in config.settings}
    for setting in config.settings:
        winner = last[setting.symbol]
        if setting is winner:
            continue
        same = setting.value == winner.value
        yield Finding(
            "reassigned",
            f"{setting.symbol}={setting.value} is set again{'' if same else f' to {winner.value}'} on line "
            f"{winner.line}, and the last line counts",
            symbol=setting.symbol,
            file=config.source,
            line=setting.line,
            severity=Severity.NOTE if same else Severity.WARNING,
            asked=setting.value,
            becomes=winner.value,
            fix=SuggestedFix(f"delete line {setting.line}"),
        )


def _fault(line: str, text: str) -> tuple[str, Severity]:
    """Why a line is no setting, and how grave that is.

    Args:
        line: as it is.
        text: what people see of it.
    """
    if line.startswith(_MARK):
        return "a byte order mark stands before the line, so Kconfig skips it", Severity.ERROR
    if not line.startswith(text[0]) and _SETTING.match(text):
        return "it does not begin in the first column, so Kconfig skips it", Severity.ERROR
    if _SETTING.match(text):
        return "there is more behind it, so it is n to 6.1, and 6.12 skips the line", Severity.ERROR
    if _UNSET.fullmatch(text):
        return "a comment to Kconfig, which reads one form of it alone", Severity.WARNING
    return "not a setting", Severity.ERROR


def _meant(text: str) -> SuggestedFix:
    """What somebody may have meant by a line."""
    if unset := _UNSET.fullmatch(text):
        line = spelled(_upper(unset[1]), "n")
        return SuggestedFix(f"write {line}, from the first column and with nothing after it", f"{line}\n")
    nearly = _NEARLY.fullmatch(text)
    if not nearly:
        return SuggestedFix("delete the line, or begin it with #")
    line = spelled(_upper(nearly[1]), nearly[2])
    return SuggestedFix(f"write {line}", f"{line}\n")


def _upper(name: str) -> str:
    """A name as Kconfig has it: some have small letters, none has no others."""
    return name.upper() if name.islower() else name


def lost_fragments(configs: Sequence[DotConfig]) -> Iterator[Finding]:
    """What a fragment asked for and a later fragment changed; the first file is the base and is fair game."""
    if len(configs) < 3:
        return  # a base and one fragment have nobody to lose against
    final = requested_values(configs)
    for config in configs[1:]:
        for asked in requested_values([config]).values():
            winner = final[asked.symbol]
            if winner.file == asked.file or winner.value == asked.value:
                continue
            yield Finding(
                "fragment-lost",
                f"{asked.symbol}={asked.value} loses against {asked.symbol}={winner.value} in "
                f"{winner.file}:{winner.line}, which is merged later",
                symbol=asked.symbol,
                file=asked.file,
                line=asked.line,
                asked=asked.value,
                becomes=winner.value,
                severity=Severity.WARNING,
                fix=SuggestedFix(f"merge {asked.file} last, or let one of the two files set {asked.symbol}"),
            )
