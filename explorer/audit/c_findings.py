# SPDX-License-Identifier: GPL-2.0-or-later
"""What C files hold, whatever the Kconfig of their tree: walkers, and from where each is entered.

Findings depend on the bytes of the files and on the code of this room only. They are kept in the user's cache
under a hash of both, as JSON. An entry that is not of the form of the findings counts as missing.
"""

import hashlib
import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from explorer.audit.c_functions import functions_of, parser_version
from explorer.audit.callers import Callers, CallPath
from explorer.audit.found_walkers import FoundWalker, Place
from explorer.audit.source_text import CText, c_text
from explorer.audit.typed_json import plain, typed
from explorer.audit.walker_search import walkers_of
from explorer.configuration.files.cache import Cache
from explorer.configuration.tree.serialization import no_garbage_collection
from explorer.errors import InputError
from explorer.resources import package_sources

__all__ = ["CFindings", "EnteredWalker", "findings_in"]

_LEAST_KEPT = 64 << 10  # bytes of C; less is searched faster than the cache


class EnteredWalker(NamedTuple):
    """A walker with the ways to it.

    Attributes:
        walker: the walker.
        paths: from where it is entered.
    """

    walker: FoundWalker
    paths: tuple[CallPath, ...]


class CFindings(NamedTuple):
    """What C files hold.

    Attributes:
        walkers: the walkers, by file and line.
        not_read: files and functions that could not be followed, with the reason.
        left_out: branches of ``#if`` that were left out, for they cannot stand beside the first branch.
    """

    walkers: tuple[EnteredWalker, ...]
    not_read: tuple[tuple[Place, str], ...]
    left_out: tuple[Place, ...]


def findings_in(
    files: Mapping[str, bytes], watched: Callable[[Sequence[str]], Iterable[str]] = iter
) -> CFindings:
    """The findings in C files, from the cache if they were searched before.

    Args:
        files: their bytes, by name. Where two files define a function for all files, the first counts.
        watched: iterates over the names of the files that are searched, and may show how far it is.

    Raises:
        InputError: tree-sitter is not installed.
    """
    is_kept = sum(map(len, files.values())) >= _LEAST_KEPT
    cache, key = Cache("audits"), _key(files) if is_kept else ""
    kept = cache.first(key, _from_cache) if is_kept else None
    if kept is not None:
        return kept
    findings = _searched(files, watched)
    if is_kept:
        cache.keep(key, json.dumps(plain(findings), separators=(",", ":")).encode())
    return findings


def _key(files: Mapping[str, bytes]) -> str:
    """A hash of everything that findings depend on."""
    facts = {
        "code": [hashlib.sha256(path.read_bytes()).hexdigest() for path in package_sources("audit")],
        "python": sys.version,
        "parser": parser_version(),
        "files": [[name, hashlib.sha256(data).hexdigest()] for name, data in files.items()],
    }
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:32]


def _from_cache(entry: bytes) -> CFindings | None:
    try:
        return typed(CFindings, json.loads(entry))
    except (ValueError, TypeError, RecursionError):
        return None


def _searched(files: Mapping[str, bytes], watched: Callable[[Sequence[str]], Iterable[str]]) -> CFindings:
    texts: list[CText] = []
    not_read: list[tuple[Place, str]] = []
    for name in watched(list(files)):
        try:
            text = c_text(name, files[name])
        except InputError as error:
            not_read.append((Place(name, 1), error.what))
            continue
        texts.append(text)
        if not text.is_balanced:
            not_read.append((Place(name, 1), "its braces are not balanced: it is read in part"))
    functions = [function for text in texts for function in functions_of(text)]
    with no_garbage_collection():  # a quarter of the time
        found = walkers_of(functions)
    callers = Callers(texts, functions)
    return CFindings(
        tuple(
            EnteredWalker(
                walker, tuple(callers.paths(walker.name, walker.place.file, is_static=walker.is_static))
            )
            for walker in found.walkers
        ),
        (*not_read, *found.not_read),
        tuple(Place(text.name, text.line(span.start)) for text in texts for span in text.left_out),
    )
