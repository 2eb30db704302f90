# SPDX-License-Identifier: GPL-2.0-or-later
"""What the commands say of every memory map, with claims in the user's cache."""

import json
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest

from explorer.boot import RamFill
from explorer.proof import keep_claims
from tests.commandline import explore
from tests.proof.samples import sample_claims

ROOT = Path(__file__).parents[2]
CONFIG = b"# Linux/arm64 4.17.0 Kernel Configuration\nCONFIG_DEBUG_VM=y\n"
SMALLEST = "smallest map that kills: 0x40000000+0x40f0000, 0x440f0000+0x10000 nomap, 0x44100000+0x3f00000"


@pytest.fixture(autouse=True)
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Claims about 4.17 with DEBUG_VM in RAM of ones, of which none are shipped, and nothing else."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    claims = sample_claims()
    keep_claims(replace(claims, kernel_config=replace(claims.kernel_config, ram_fill=RamFill.FF)))


def test_matrix_has_a_column_for_every_map() -> None:
    text = explore("matrix", "--ram-fill", "ff", "--set", "DEBUG_VM=y", "-m", "flat").stdout.decode()
    assert "2 safe on the listed map" in text
    rows = {line[:7]: line.split()[-1] for line in text.splitlines() if line[8:14] == "   .  "}
    assert rows == {"n n y y": "p", "y y y y": "-"}
    assert "\n  every map  safe on pageblock-aligned maps: proven; " in text
    assert SMALLEST in text
    assert "p safe on a class of maps, proven   - not proven\n" in text
    assert text.endswith("not proven for every memory map (-): --prove proves these rows\n")


def test_check_says_whether_a_board_meets_the_condition() -> None:
    words = ("check", "-", "--ram-fill", "ff", "-m", "flat", "-m", "nomap-mid")
    text = explore(*words, stdin=CONFIG).stdout.decode()
    assert "every memory map: safe on pageblock-aligned maps: proven\n" in text
    assert "  flat meets the condition\n" in text
    assert "  nomap-mid does not meet it: nomap begins on pageblocks, nomap ends on pageblocks\n" in text
    assert SMALLEST not in text  # the kernel is unsafe: the given maps come first
    assert SMALLEST in explore(*words, "--verbose", stdin=CONFIG).stdout.decode()
    document = json.loads(explore(*words, "--format", "json", stdin=CONFIG).stdout)
    jsonschema.validate(document, json.loads((ROOT / "reports" / "check.schema.json").read_text()))
    assert [entry["proof"]["covered"] for entry in document["memory_maps"]] == [True, False]


def test_check_says_what_a_board_must_fulfil() -> None:
    text = explore("check", "-", "--ram-fill", "ff", "--verbose", stdin=CONFIG).stdout.decode()
    assert "proven: no fault on pageblock-aligned maps; exactly, on maps where nomap begins and " in text
    assert "of 18 memory maps meet the condition; a board must, too\n" in text


def test_check_names_the_option_that_proves() -> None:
    words = ("check", "-", "--ram-fill", "ff", "-m", "flat")
    text = explore(*words, stdin=CONFIG + b"CONFIG_NUMA=y\n").stdout.decode()
    assert "every memory map: not proven\n--prove proves it for every memory map\n" in text
