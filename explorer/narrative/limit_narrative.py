# SPDX-License-Identifier: GPL-2.0-only
"""The limits of a judgement, a sentence each."""

from explorer.checking.limits import (
    AssumedRelease,
    EmptyRequest,
    Limit,
    OtherHeader,
    OtherTree,
    PartOfConfig,
    RecordedToolchain,
    UnjudgedSymbols,
    UnsearchedFixes,
)

__all__ = ["limit_sentence"]


def limit_sentence(limit: Limit) -> str:  # noqa: PLR0911 # a case for each limit
    """What was not judged or was taken from somebody's word, as a sentence without a full stop."""
    match limit:
        case OtherTree(label, release, booted):
            return f"{label} is of kernel {release}; memory was initialised as {booted} does it"
        case OtherHeader(header, judged, named_by_user):
            by = (
                f"{judged} was named to judge it by"
                if named_by_user
                else f"it is judged as {judged}, as the tree is"
            )
            return f"the header names kernel {header}, and {by}"
        case AssumedRelease(header):
            return (
                f"the header names {header}, judged as the release of that number: a distribution's sources "
                "may hold later changes; name a release like them with --kernel, or single changes with "
                "--with-fix"
            )
        case UnjudgedSymbols(count, requested, label):
            return (
                f"{count} of {requested} symbols are not in {label}, which holds memory "
                "initialisation alone, and were not judged; --tree DIR judges all"
            )
        case UnsearchedFixes(count):
            return (
                f"{count} findings have the line that Kconfig makes of it as their fix: for the first "
                "few others were looked for (explain -c FILE SYMBOL=VALUE looks for one)"
            )
        case RecordedToolchain(count):
            return f"{count} symbols that the compiler decides were taken as the file records them"
        case PartOfConfig():
            return "the file is a part of a configuration: what it leaves open takes its default"
        case EmptyRequest(file):
            return f"{file} asks for nothing"
