# SPDX-License-Identifier: GPL-2.0-or-later
import json
from pathlib import Path
from typing import Any

import pytest

from explorer.api import matrix
from explorer.errors import InputError
from tests.commandline import DATA, explore, one_clear_line

DEADLY = ("--set", "NUMA=n", "--set", "DEBUG_VM=y", "-m", "nomap-mid")
HEADER = "#\n# Automatically generated file; DO NOT EDIT.\n# Linux/arm64 4.17.0 Kernel Configuration\n#\n"


@pytest.fixture
def config(tmp_path: Path) -> str:
    """A ``.config`` of 4.17 that dies on nomap memory."""
    path = tmp_path / "board.config"
    path.write_text(
        HEADER + "CONFIG_ARM64=y\n# CONFIG_NUMA is not set\nCONFIG_DEBUG_KERNEL=y\nCONFIG_DEBUG_VM=y\n"
    )
    return str(path)


def document(*words: str) -> dict[str, Any]:
    done = explore("simulate", *words, "--format", "json")
    assert done.returncode in {0, 1, 2}, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_the_verdict_the_reason_and_the_fix_stand_first_and_one_story_follows() -> None:
    done = explore("simulate", "--kernel", "4.17", "--set", "NUMA=n", "-m", "nomap-mid")
    lines = done.stdout.decode().splitlines()
    assert done.returncode == 1
    assert lines[0] == "unsafe: may die (kernel 4.17 on nomap-mid)"
    assert lines[1].startswith("reason: pfn 0x440f0 (0x440f0000) is nomap memory; ")
    assert lines[2] == "fix:    NUMA=y, or commit f52bb98f5ade (in 4.18.7)"
    assert sum("  1. memblock:" in line for line in lines) == 1
    assert lines[-1] == "--all prints 8 more stories and the stages of the boot"


def test_all_prints_every_story_and_every_stage() -> None:
    text = explore(
        "simulate", "--kernel", "4.17", "--set", "NUMA=n", "-m", "nomap-mid", "--all"
    ).stdout.decode()
    assert text.count("  1. memblock:") == 9
    assert "\nmemblock  " in text
    assert "--all" not in text


def test_both_fixes_of_a_boot_make_it_safe() -> None:
    found = document("--kernel", "4.17", *DEADLY)
    changes, later = found["cure"]["changes"], found["later"]
    sets = {"NUMA": "n", "DEBUG_VM": "y"} | changes
    cured = [word for name, value in sets.items() for word in ("--set", f"{name}={value}")]
    assert document("--kernel", "4.17", *cured, "-m", "nomap-mid")["verdict"] == "safe"
    assert document("--kernel", later["release"], *DEADLY)["verdict"] == "safe"
    assert document("--kernel", later["before"], *DEADLY)["verdict"] == "unsafe"


def test_a_configuration_that_kconfig_cannot_produce_gets_no_verdict_of_its_own() -> None:
    words = ("--kernel", "4.17", "--set", "NUMA=y", "--set", "HOLES_IN_ZONE=n", "-m", "nomap-mid")
    lines = explore("simulate", *words).stdout.decode().splitlines()
    assert lines[0] == "unreachable; what-if: unsafe: may die (kernel 4.17 on nomap-mid)"
    assert not [line for line in lines if line.startswith("fix:")]


def test_a_config_is_booted_as_kconfig_completes_it(config: str) -> None:
    lines = explore("simulate", "-c", config, "-m", "nomap-mid").stdout.decode().splitlines()
    assert lines[0] == "unsafe: dies on trigger (kernel 4.17 on nomap-mid)"
    assert lines[2] == "fix:    NUMA=y, or apply commit f52bb98f5ade"
    safe = explore("simulate", "-c", config, "--set", "NUMA=y", "-m", "nomap-mid")
    assert (safe.returncode, safe.stdout.decode().splitlines()[0]) == (0, "safe (kernel 4.17 on nomap-mid)")
    read = Path(config).read_bytes()
    assert explore("simulate", "-c", "-", "-m", "nomap-mid", stdin=read).returncode == 1


def test_the_release_of_a_config_is_that_of_its_header_unless_it_is_named(config: str) -> None:
    assert document("-c", config, "-m", "nomap-mid")["kernel"] == "4.17"
    newer = document("-c", config, "-m", "nomap-mid", "--kernel", "4.19")
    assert (newer["kernel"], newer["verdict"]) == ("4.19", "safe")
    Path(config).write_text("CONFIG_ARM64=y\n")
    assert "names no kernel version" in one_clear_line(explore("simulate", "-c", config, "-m", "flat"))


def test_a_setting_that_kconfig_does_not_keep_beside_a_config_is_refused(config: str) -> None:
    message = one_clear_line(explore("simulate", "-c", config, "--set", "HOLES_IN_ZONE=y", "-m", "flat"))
    assert "does not keep HOLES_IN_ZONE=y" in message
    assert "explain -c FILE HOLES_IN_ZONE=y" in message


PATCHED = str(DATA / "real-configs" / "4.14.67-e3b255.config")


def test_the_kernel_of_a_patched_config_is_never_called_safe_without_its_tree() -> None:
    lines = explore("simulate", "-c", PATCHED, "-m", "nomap-mid").stdout.decode().splitlines()
    assert lines[0] == "unknown (kernel 4.14.67 on nomap-mid)"
    assert lines[1].startswith("unknown: this kernel is patched: ")
    checked = json.loads(explore("check", PATCHED, "-m", "nomap-mid", "--format", "json").stdout)
    assert checked["verdict"] == "unknown"


@pytest.mark.parametrize("command", ["matrix", "prove", "report -o -"])
def test_a_fragment_judges_no_matrix_of_a_patched_config(command: str) -> None:
    message = one_clear_line(explore(*command.split(), "-c", PATCHED))
    assert "this kernel is patched: kconfig/4.13-4.14.68 cannot tell whether its Kconfig keeps " in message
    assert "give its --tree" in message


def test_python_refuses_the_matrix_of_a_patched_config() -> None:
    with pytest.raises(InputError, match="this kernel is patched"):
        matrix("4.14.67", ["flat"], config=PATCHED)


def test_what_is_not_decided_in_time_is_unknown() -> None:
    done = explore("simulate", "--kernel", "4.17", "--set", "NUMA=n", "-m", "nomap-mid", "--timeout", "1e-9")
    assert done.returncode == 2
    assert b"not decided in 1e-09 s" in done.stderr
    assert not done.stdout
