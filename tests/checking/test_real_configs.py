# SPDX-License-Identifier: GPL-2.0-or-later
"""Real arm64 ``.config`` files of distributions, boards and phones have no Kconfig finding.

``conf`` wrote each file in its own tree, so a finding is a fault of the fragment, or the tree was patched.
The files of patched trees are listed with what the patch is. ``tests/data/real-configs`` holds only the
symbols that decide memory initialisation.
"""

from pathlib import Path

import pytest

import explorer
from explorer.checking import FindingKind, Severity
from explorer.configuration import read_config

FILES = sorted((Path(__file__).parents[1] / "data" / "real-configs").glob("*.config"))
OF_MACHINES = {FindingKind.UNSAFE, FindingKind.UNKNOWN}
HOTPLUG = "4ab215061554 (arm64: mm: Add memory hotplug support, 5.0) is backported"
HOTREMOVE = "bbd6ec605c0f (arm64/mm: Enable memory hot remove, 5.7) is backported"
PATCHED = {
    "4.14.67-e3b255": HOTPLUG,  # Kata Containers carries the patch
    "4.14.117-b366e8": HOTPLUG,  # a phone
    "4.14.239-426ad6": HOTPLUG,  # a phone
    "4.19.73-ec0828": HOTPLUG,  # Kata Containers carries the patch
    "4.19.110-0e2d5c": HOTPLUG,  # a phone
    "4.19.272-4ae4fa": HOTPLUG,  # a phone
    "5.4.32-620c2a": HOTREMOVE,  # Kata Containers carries the patch
}


def name_of(file: Path) -> str:
    return file.stem


@pytest.mark.parametrize("file", FILES, ids=name_of)
def test_kconfig_keeps_a_real_configuration(file: Path) -> None:
    checked = explorer.check(read_config(str(file)), machines=["flat"])
    rejected = [
        (finding.id, finding.symbol, finding.becomes)
        for finding in checked.findings
        if finding.severity is not Severity.NOTE and finding.id not in OF_MACHINES
    ]
    assert rejected == []
    assert (checked.reachable is None) == (file.stem in PATCHED), PATCHED.get(file.stem)
    assert checked.verdict != "unreachable"
