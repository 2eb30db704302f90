# SPDX-License-Identifier: GPL-2.0-or-later
"""The variables of a loop that count page frames, told by how the loop uses them.

Such as ``i`` in ``pfn_to_page(i)``, ``pfn + i``, ``page + i``, ``&page[i]``,
``page - (pfn & ((1 << i) - 1))``, ``for (i = start_pfn``, ``PHYS_PFN(i)``, or
``pfn = __pa(i) >> PAGE_SHIFT``.
"""

import re
from collections.abc import Collection, Iterator

from explorer.audit.kernel_words import GUARDS, PAGE_OF, PFN_OF_ADDRESS

__all__ = ["counters_of"]

_NAME = r"(?:\w+(?:->|\.))*\w+"
_ASKED = re.compile(rf"\b(?:{'|'.join(sorted(GUARDS | PAGE_OF))})\(([^()]*)([()]?)")
_BESIDE_PFN = re.compile(rf"\w*pfn\w*(?= ?\+ ?({_NAME}))")
_IN_HEAD = re.compile(rf"for \((?:\w+ )?({_NAME}) = [^;]*pfn")
_ADDRESS = re.compile(PFN_OF_ADDRESS.format(_NAME))
_PHYSICAL = re.compile(rf"(\w+) = __pa(?:_symbol)?\(({_NAME})\)")
_POWER = rf"\(1(?:UL)? << ({_NAME})\)"
_BESIDE_PAGE = re.compile(
    rf"\b({_NAME})(?= ?\+ ?(?:({_NAME})|{_POWER})|\[({_NAME})\]| - \(\w*pfn & \({_POWER})"
)
_LAST_MEMBER = re.compile(r"\w+\Z")


def counters_of(loop: str, pages: Collection[str]) -> frozenset[str]:
    """The variables and members that count page frames, or are addresses of which the loop computes the pfns.

    Args:
        loop: the text of a loop on one line.
        pages: the variables that point to struct pages.
    """
    return frozenset((*_asked(loop), *_beside_pfns(loop), *_addresses(loop), *_beside_pages(loop, pages)))


def _asked(loop: str) -> Iterator[str]:
    """The ends of the arguments of guards and of functions that give a struct page."""
    for text, behind in _ASKED.findall(loop):
        arguments = text.split(",")
        for argument in arguments if behind == ")" else arguments[:-1]:
            yield argument.rpartition("+")[2].strip()


def _beside_pfns(loop: str) -> Iterator[str]:
    yield from _BESIDE_PFN.findall(loop)
    yield from _IN_HEAD.findall(loop[: loop.find(";") + 1]) if loop.startswith("for (") else ()


def _addresses(loop: str) -> Iterator[str]:
    addresses = {name for names in _ADDRESS.findall(loop) for name in names if name}
    yield from addresses
    yield from (virtual for physical, virtual in _PHYSICAL.findall(loop) if physical in addresses)


def _beside_pages(loop: str, pages: Collection[str]) -> Iterator[str]:
    for page, *counters in _BESIDE_PAGE.findall(loop):
        member = _LAST_MEMBER.search(page)
        if page in pages or (member and member[0] in pages):
            yield from filter(None, counters)
