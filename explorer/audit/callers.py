# SPDX-License-Identifier: GPL-2.0-or-later
"""Who calls a function, up to an entry: from where a walk begins.

Calls are read as names before a parenthesis. A function that is only named in a table (``.proc_read = ...``)
is entered there. Calls through other pointers are not followed.
"""

import re
from collections import deque
from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import NamedTuple

from explorer.audit.c_functions import CFunction
from explorer.audit.source_text import CText

__all__ = ["CallPath", "Callers", "Entry"]

_CALL = re.compile(rb"\b([A-Za-z_]\w*)\s*\(")
_MEMBER = re.compile(rb"\.(\w+)\s*=\s*&?([A-Za-z_]\w*)\s*[,}]")
_REGISTERED = re.compile(
    rb"\b(?:\w{0,40}initcall\w{0,40}|module_init|early_param|__setup|kthread_run|kthread_create\w{0,40})"
    rb"\s*\(([^;]{0,500})\)"
)
_NAME = re.compile(rb"[A-Za-z_]\w*")
_MOST_SEEN = 2000
_LONGEST_WAY = 30  # functions


class Entry(StrEnum):
    """Where a walk begins."""

    BOOT = "boot"
    ALLOCATION = "allocation"
    CONTIGUOUS = "contiguous allocation"
    PROC = "/proc"
    SYSCTL = "sysctl"
    SYSFS = "sysfs or debugfs"
    HOTPLUG = "memory hotplug"
    HIBERNATION = "hibernation"
    THREAD = "kernel thread"
    SYSTEM_CALL = "system call"


_NAMED = {
    **dict.fromkeys(
        ("__alloc_pages", "__alloc_pages_nodemask", "get_page_from_freelist", "rmqueue"), Entry.ALLOCATION
    ),
    **dict.fromkeys(("__alloc_frozen_pages_noprof", "__alloc_pages_noprof"), Entry.ALLOCATION),
    **dict.fromkeys(
        ("__free_pages", "free_unref_page", "free_one_page", "__free_pages_ok"), Entry.ALLOCATION
    ),
    **dict.fromkeys(("alloc_contig_range", "alloc_contig_pages", "cma_alloc"), Entry.CONTIGUOUS),
    **dict.fromkeys(("alloc_contig_range_noprof", "alloc_contig_pages_noprof"), Entry.CONTIGUOUS),
    **dict.fromkeys(("online_pages", "offline_pages", "__offline_pages", "arch_add_memory"), Entry.HOTPLUG),
    **dict.fromkeys(("add_memory_resource", "try_remove_memory", "arch_remove_memory"), Entry.HOTPLUG),
    **dict.fromkeys(("swsusp_save", "hibernate_preallocate_memory", "create_image"), Entry.HIBERNATION),
    **dict.fromkeys(("kswapd", "kcompactd", "khugepaged", "kmemleak_scan_thread"), Entry.THREAD),
    **dict.fromkeys(("start_kernel", "mm_init", "mm_core_init", "setup_arch", "paging_init"), Entry.BOOT),
}
_MEMBERS = {
    "proc_handler": Entry.SYSCTL,
    **dict.fromkeys(("proc_read", "proc_write", "proc_open", "proc_ioctl"), Entry.PROC),
    **dict.fromkeys(("read", "write", "open", "show", "store", "start", "next"), Entry.SYSFS),
}


class CallPath(NamedTuple):
    """A way from an entry to a function.

    Attributes:
        entry: where it begins.
        functions: the functions on the way, the entry first and the callee last.
    """

    entry: Entry
    functions: tuple[str, ...]


class Callers:
    """The calls in files.

    Args:
        texts: the files.
        functions: the functions that they define.
    """

    def __init__(self, texts: Iterable[CText], functions: Iterable[CFunction]) -> None:
        self._callers: dict[str, list[CFunction]] = {}
        self._entries: dict[str, list[Entry]] = {}
        outside = {text.name: bytearray(text.code) for text in texts}
        for function in functions:
            self._add(function)
            outside[function.text.name][function.body : function.end] = b" " * (function.end - function.body)
        for name, code in outside.items():
            self._add_tables(name, bytes(code))

    def _add(self, function: CFunction) -> None:
        code = function.text.code[function.body : function.end]
        for name in set(_CALL.findall(code)):
            self._callers.setdefault(name.decode(), []).append(function)
        own = self._entries.setdefault(function.name, [])
        if function.name in _NAMED:
            own.append(_NAMED[function.name])
        if re.search(rb"\b__(mem)?init\b", function.head):
            own.append(Entry.BOOT)
        if function.name.startswith(("SYSCALL_DEFINE", "COMPAT_SYSCALL_DEFINE")):
            own.append(Entry.SYSTEM_CALL)
        if function.name.endswith(("_show", "_store")):
            own.append(Entry.SYSFS)

    def _add_tables(self, file: str, code: bytes) -> None:
        for member, name in _MEMBER.findall(code):
            entry = _MEMBERS.get(member.decode())
            if entry is Entry.SYSFS and file.startswith("fs/proc/"):
                entry = Entry.PROC
            if entry:
                self._entries.setdefault(name.decode(), []).append(entry)
        for arguments in _REGISTERED.findall(code):
            for name in _NAME.findall(arguments):
                self._entries.setdefault(name.decode(), []).append(Entry.BOOT)

    def direct(self, name: str, file: str, *, is_static: bool) -> list[CFunction]:
        """The functions that call a function.

        Args:
            name: its name.
            file: its file.
            is_static: only its file sees it.
        """
        found = self._callers.get(name, [])
        return [caller for caller in found if not is_static or caller.text.name == file]

    def paths(self, name: str, file: str, *, is_static: bool) -> list[CallPath]:
        """The shortest way from each kind of entry to a function, in the order of ``Entry``."""
        found: dict[Entry, tuple[str, ...]] = {}
        for way in self._ways(name, file, is_static=is_static):
            for entry in self._entries.get(way[0], []):
                found.setdefault(entry, way)
        return [CallPath(entry, found[entry]) for entry in Entry if entry in found]

    def _ways(self, name: str, file: str, *, is_static: bool) -> Iterator[tuple[str, ...]]:
        """Ways that lead to a function, the shortest first; each function begins one of them."""
        first: tuple[str, ...] = (name,)
        ahead = deque([(first, file, is_static)])
        seen = {(name, file if is_static else "")}
        while ahead and len(seen) < _MOST_SEEN:
            way, place, own = ahead.popleft()
            yield way
            if len(way) == _LONGEST_WAY:
                continue
            for caller in self.direct(way[0], place, is_static=own):
                key = (caller.name, caller.text.name if caller.is_static else "")
                if key not in seen:
                    seen.add(key)
                    ahead.append(((caller.name, *way), caller.text.name, caller.is_static))
