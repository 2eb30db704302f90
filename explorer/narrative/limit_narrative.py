# SPDX-License-Identifier: GPL-2.0-or-later
"""The limits of a judgement, a sentence each."""

from explorer.checking.limits import Limit, LimitKind
from explorer.narrative.plurals import counted
from explorer.narrative.source_narrative import source_notes
from explorer.study.tree_kernel import SourcesTell

__all__ = ["limit_sentence"]


def limit_sentence(limit: Limit) -> str:  # noqa: C901, PLR0911 # a case for each limit
    """What was not judged or was taken from somebody's word, as a sentence without a full stop."""
    name, count, judged = limit.name, limit.count, limit.judged
    match limit.kind:
        case LimitKind.OTHER_TREE:
            return f"{name} is of kernel {limit.release}; memory is initialised as in {judged}"
        case LimitKind.OTHER_HEADER_THAN_NAMED:
            return f"the header names kernel {name}; judged as {judged}, which was named"
        case LimitKind.OTHER_HEADER_THAN_TREE:
            return f"the header names kernel {name}; judged as {judged}, the release of the tree"
        case LimitKind.RELEASE_OF_DISTRIBUTION:
            return (
                f"the header names {name}, judged as the release of that number; the source of a "
                "distribution may hold later changes: name the release or the changes that match it"
            )
        case LimitKind.UNJUDGED_SYMBOLS:
            return (
                f"{count} of {limit.total} symbols were not judged: {name} defines the symbols of memory "
                "initialisation only, a kernel's tree defines all"
            )
        case LimitKind.UNSEARCHED_FIXES:
            return (
                f"no smallest fix was searched for {counted(count, 'finding')}; their fix is to write the "
                "value that Kconfig computes"
            )
        case LimitKind.FIXES_OUT_OF_TIME:
            return f"no smallest fix was found in time for {counted(count, 'finding')}"
        case LimitKind.RECORDED_TOOLCHAIN:
            symbols = counted(count, "symbol")
            return f"the results of compiler checks are those that the file records, for {symbols}"
        case LimitKind.PART_OF_CONFIG:
            return "the file is a part of a configuration: symbols that it does not set have their defaults"
        case LimitKind.EMPTY_REQUEST:
            return f"{name} requests nothing"
        case LimitKind.SOURCES:
            return f"{name}: {'; '.join(source_notes(limit.sources or SourcesTell()))}"
        case LimitKind.NOT_SIMULATED:
            return f"memory initialisation is not simulated: not an arm64 Linux tree, but {name}"
