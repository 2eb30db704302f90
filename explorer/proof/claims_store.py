# SPDX-License-Identifier: GPL-2.0-or-later
"""Claims that are kept, because a proof takes seconds: those shipped, and those in the user's cache.

1. Claims are kept by the content of a build (``build_content``).
2. They are kept by the rules, too: the sources of the simulator and of the proof. Claims of other rules are
   never returned.
3. ``reports/claims.json`` holds the claims of the default kernels. ``make claims`` writes it, and a test
   fails while it is stale.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from explorer.boot import KernelConfig
from explorer.configuration.files.cache import Cache
from explorer.errors import InputError
from explorer.json_input import parse_json
from explorer.proof.build_content import build_key
from explorer.proof.claims import Claims, prove
from explorer.proof.claims_json import claims_from_json, claims_to_json
from explorer.proof.rules_fingerprint import code_hash, text_hash
from explorer.resources import data_folder

__all__ = [
    "keep_claims",
    "proven_claims",
    "shipped_text",
    "stored_claims",
]

_DAMAGED = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
_NO_CLAIMS: Mapping[str, Any] = {"builds": {}, "claims": []}


def stored_claims(config: KernelConfig) -> Claims | None:
    """The claims of a build that are shipped or were kept before; ``None`` where there are none."""
    key = build_key(config)
    shipped = _shipped(data_folder("reports"))
    if key in shipped["builds"]:
        return _read(shipped["claims"][shipped["builds"][key]], config)
    return Cache("claims").first(_cache_key(config), lambda entry: _from_cache(entry, config))


def proven_claims(config: KernelConfig, on_progress: Callable[[int], None] | None = None) -> Claims:
    """The stored claims of a build; where there are none, it is proven and its claims are kept.

    Args:
        config: the build.
        on_progress: as of ``prove()``.
    """
    claims = stored_claims(config)
    if claims is None:
        claims = prove(config, on_progress)
        keep_claims(claims)
    return claims


def keep_claims(claims: Claims) -> None:
    """Keeps claims in the user's cache."""
    text = json.dumps(claims_to_json(claims), separators=(",", ":"))
    Cache("claims").keep(_cache_key(claims.kernel_config), text.encode())


def shipped_text(proven: Iterable[Claims]) -> str:
    """The text of ``reports/claims.json``, a line for each entry; equal claims share one."""
    builds, entries = {}, dict[str, int]()
    for claims in proven:
        entry = json.dumps(claims_to_json(claims), separators=(",", ":"))
        builds[build_key(claims.kernel_config)] = entries.setdefault(entry, len(entries))
    keys = ",\n".join(f'"{key}":{index}' for key, index in sorted(builds.items()))
    lines = ",\n".join(entries)
    head = f'"text":"{text_hash()}",\n"code":"{code_hash()}"'
    return f'{{{head},\n"builds":{{\n{keys}\n}},\n"claims":[\n{lines}\n]}}\n'


@cache
def _shipped(folder: Path) -> Mapping[str, Any]:
    """The shipped claims; none if they were made by other rules."""
    shipped: Mapping[str, Any] = json.loads((folder / "claims.json").read_text(encoding="utf-8"))
    return shipped if shipped["text"] == text_hash() else _NO_CLAIMS


def _cache_key(config: KernelConfig) -> str:
    """The key of a build in the user's cache, which holds claims of any rules."""
    return hashlib.sha256(f"{text_hash()} {build_key(config)}".encode()).hexdigest()[:32]


def _from_cache(entry: bytes, config: KernelConfig) -> Claims | None:
    try:
        return _read(parse_json(entry, "the cache", hint=""), config)
    except InputError:
        return None


def _read(document: Any, config: KernelConfig) -> Claims | None:
    """The claims of an entry; ``None`` if it is damaged."""
    try:
        return claims_from_json(document, config)
    except _DAMAGED:
        return None
