# SPDX-License-Identifier: GPL-2.0-or-later
"""Fingerprints of findings."""

from typing import Any

import explorer
from explorer.configuration import parse_config
from explorer.document.check import checked_json

HEADER = "# Linux/arm64 6.12.0 Kernel Configuration\nCONFIG_ARM64=y\n"


def _finding(text: str) -> Any:
    config = parse_config(f"{HEADER}{text}".encode(), "x.config")
    (finding,) = checked_json(explorer.check(config, machines=["flat"]))["findings"]
    return finding


def test_the_fingerprint_ignores_lines_and_depends_on_all_else() -> None:
    first = _finding("CONFIG_NUMA=maybe\n")
    moved = _finding("# a comment\n\nCONFIG_NUMA=maybe\n")
    other = _finding("CONFIG_NUMA=perhaps\n")
    assert first["line"] != moved["line"]
    assert first["fingerprint"] == moved["fingerprint"] != other["fingerprint"]


def test_fingerprints_do_not_change_between_versions_of_this_program() -> None:
    assert _finding("CONFIG_NUMA=maybe\n")["fingerprint"] == "2b9be634674407f5223aa25c27a03da5"
    assert _finding("rubbish\n")["fingerprint"] == "759247414fc8ef40e1916827aca575c3"
