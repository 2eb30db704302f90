# SPDX-License-Identifier: GPL-2.0-or-later
"""A checkout answers for itself: what its release leaves open is read from its sources."""

import json
from pathlib import Path

import pytest

from explorer.configuration.files.releases import fragment_spans
from explorer.resources import data_folder
from tests.boot.test_source_marks import SOURCES
from tests.commandline import explore
from tests.configuration.trees import tree_at

NEW_SECTIONS = {"arch/arm64/include/asm/sparsemem.h": "#define SECTION_SIZE_BITS 27\n"}
KCONFIG = (data_folder("kconfig") / fragment_spans()[-1].folder / "Kconfig").read_text()
CONFIG = b"CONFIG_ARM64=y\nCONFIG_NUMA=y\n"


@pytest.fixture
def newer(tmp_path: Path) -> str:
    """A tree that is newer than every described release, with some C sources."""
    return str(tree_at(tmp_path / "newer", KCONFIG, SOURCES, release="9.0"))


@pytest.fixture
def older(tmp_path: Path) -> str:
    return str(tree_at(tmp_path / "older", KCONFIG, release="4.4"))


def test_every_command_takes_a_tree_that_is_newer_than_the_described_releases(newer: str) -> None:
    for command in (
        ("matrix", "--tree", newer, "-m", "flat"),
        ("simulate", "--tree", newer, "-m", "flat"),
        ("diff", newer, newer, "-m", "flat"),
        ("check", "-", "--tree", newer, "-m", "flat"),
    ):
        done = explore(*command, stdin=CONFIG)
        said = (done.stdout + done.stderr).decode()
        assert "Traceback" not in said
        assert "defect" not in said
        assert done.returncode in {0, 2}, said
        assert "newer than the described releases" in said
    assert explore("explain", "NUMA=y", "--tree", newer).returncode == 0


def test_check_finds_what_the_sources_do_not_show(newer: str) -> None:
    done = explore("check", "-", "--tree", newer, "-m", "nomap-mid", "--format", "json", stdin=CONFIG)
    found = json.loads(done.stdout)
    assert found["verdict"] in {"safe", "unknown"}
    assert b"do not show whether it has" in done.stdout


def test_diff_and_explain_need_no_described_release(older: str, newer: str) -> None:
    done = explore("diff", older, newer)
    assert done.returncode == 0, done.stderr.decode()
    assert b"not simulated" in done.stdout
    assert explore("explain", "NUMA=y", "--tree", older).returncode == 0


def test_a_backport_that_the_sources_show_is_named(tmp_path: Path) -> None:
    kconfig = (data_folder("kconfig") / "4.10" / "Kconfig").read_text()
    tree = tree_at(tmp_path / "vendor", kconfig, NEW_SECTIONS, release="4.10")
    done = explore("simulate", "--tree", str(tree), "-m", "flat")
    assert b"small_sections" in done.stderr
    assert b"sections of 128 MiB" in done.stdout
