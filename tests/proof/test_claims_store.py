# SPDX-License-Identifier: GPL-2.0-or-later
"""Claims are found again for the same build, and never for another one or by other rules."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from explorer.boot import KernelConfig
from explorer.configuration.files.cache import Cache
from explorer.proof import Claims, claims_store
from explorer.proof.claims_store import keep_claims, proven_claims, shipped_text, stored_claims
from tests.proof.samples import build_of, sample_claims


@pytest.fixture(autouse=True)
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, and a folder for the shipped claims, with none."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "caches"))
    monkeypatch.setattr(claims_store, "data_folder", lambda _name: tmp_path)
    monkeypatch.setattr(claims_store, "code_hash", lambda: "not compared here")
    ship(tmp_path, shipped_text([]))
    return tmp_path


def ship(folder: Path, text: str) -> None:
    (folder / "claims.json").write_text(text)


def test_kept_claims_are_found_for_the_same_build() -> None:
    claims = sample_claims()
    assert stored_claims(claims.kernel_config) is None
    keep_claims(claims)
    assert stored_claims(claims.kernel_config) == claims


def test_shipped_claims_are_found_for_the_same_build(shipped: Path) -> None:
    claims = sample_claims()
    ship(shipped, shipped_text([claims]))
    assert stored_claims(claims.kernel_config) == claims


def test_equal_claims_are_shipped_once() -> None:
    claims = sample_claims()
    other = replace(claims, kernel_config=build_of("4.17", DEBUG_VM="y", CMA="y"))
    document = json.loads(shipped_text([claims, other]))
    assert (len(document["builds"]), len(document["claims"])) == (2, 1)


def test_claims_by_other_rules_are_never_returned(shipped: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    claims = sample_claims()
    ship(shipped, shipped_text([claims]))
    keep_claims(claims)
    monkeypatch.setattr(claims_store, "text_hash", lambda: "of other rules")
    assert stored_claims(claims.kernel_config) is None


def test_damaged_claims_count_as_missing(shipped: Path) -> None:
    claims = sample_claims()
    ship(shipped, shipped_text([claims]).replace("never a fault", "perhaps"))
    assert stored_claims(claims.kernel_config) is None


@pytest.mark.parametrize(
    "entry", [b"[1e400]", b'{"forms": 1e400}', b"[" * 100_000, b'"\xff"', b"", b"9" * 5000]
)
def test_a_damaged_entry_of_the_cache_counts_as_missing(entry: bytes) -> None:
    claims = sample_claims()
    key = claims_store._cache_key(claims.kernel_config)  # noqa: SLF001 # the entry of another writer
    Cache("claims").keep(key, entry)
    assert stored_claims(claims.kernel_config) is None


def test_a_build_is_proven_once(monkeypatch: pytest.MonkeyPatch) -> None:
    claims = sample_claims()
    proven: list[KernelConfig] = []

    def prove(config: KernelConfig, _on_progress: object) -> Claims:
        proven.append(config)
        return claims

    monkeypatch.setattr(claims_store, "prove", prove)
    assert proven_claims(claims.kernel_config) == proven_claims(claims.kernel_config) == claims
    assert len(proven) == 1
