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
            return f"{label} is of kernel {release}; memory is initialised as in {booted}"
        case OtherHeader(header, judged, named_by_user):
            by = "which was named" if named_by_user else "the release of the tree"
            return f"the header names kernel {header}; judged as {judged}, {by}"
        case AssumedRelease(header):
            return (
                f"the header names {header}, judged as the release of that number; the source of a "
                "distribution may hold later changes: name the release or the changes that match it"
            )
        case UnjudgedSymbols(count, requested, label):
            return (
                f"{count} of {requested} symbols were not judged: {label} defines the symbols of memory "
                "initialisation only, a kernel's tree defines all"
            )
        case UnsearchedFixes(count):
            return (
                f"no smallest fix was searched for {_counted(count, 'finding')}; their fix is to write the "
                "value that Kconfig computes"
            )
        case RecordedToolchain(count):
            symbols = _counted(count, "symbol")
            return f"the results of compiler checks are those that the file records, for {symbols}"
        case PartOfConfig():
            return "the file is a part of a configuration: symbols that it does not set have their defaults"
        case EmptyRequest(file):
            return f"{file} requests nothing"


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
