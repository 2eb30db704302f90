# SPDX-License-Identifier: GPL-2.0-or-later
"""Commands on trees of other architectures and programs: Kconfig is judged, nothing is booted."""

import json
from pathlib import Path

import pytest

from tests.commandline import explore
from tests.configuration.trees import tree_at

KCONFIG = """mainmenu "U-Boot $(UBOOTVERSION) Configuration"
config SPL
	bool "secondary loader"
config CMD
	bool "shell"
	select PARSER
config PARSER
	bool "parser"
config NET
	bool "network"
	depends on SPL
	imply PARSER
"""
LINUX = 'mainmenu "Linux/$(ARCH) 6.6 Kernel Configuration"\nsource "arch/$(SRCARCH)/Kconfig"\n'


@pytest.fixture
def uboot(tmp_path: Path) -> Path:
    return tree_at(tmp_path / "u-boot", KCONFIG, release="2026.10")


@pytest.fixture
def linux(tmp_path: Path) -> Path:
    files = {f"arch/{name}/Kconfig": f"config {name.upper()}\n\tdef_bool y\n" for name in ("arm64", "x86")}
    return tree_at(tmp_path / "linux", LINUX, files, release="6.6")


def checked(tree: Path, text: str, *words: str) -> tuple[int, dict[str, object]]:
    done = explore("check", "-", "--tree", str(tree), *words, "--format", "json", stdin=text.encode())
    return done.returncode, json.loads(done.stdout)


def test_check_judges_kconfig_only_and_never_says_safe(uboot: Path) -> None:
    header = "# U-Boot 2026.10 Configuration\n"
    code, kept = checked(uboot, f"{header}CONFIG_CMD=y\nCONFIG_SPL=y\nCONFIG_NET=y\n")
    assert (code, kept["verdict"], kept["reachable"], kept["findings"]) == (0, "not simulated", True, [])
    assert kept["limits"] == [
        "memory initialisation is not simulated: not an arm64 Linux tree, but U-Boot",
    ]
    assert (kept["config"], kept["memory_maps"], kept["kernel"]) == ({}, [], "")
    code, changed = checked(uboot, f"{header}CONFIG_CMD=y\n# CONFIG_PARSER is not set\n")
    assert (code, changed["verdict"]) == (1, "unreachable")


def test_check_refuses_a_file_of_another_program_or_architecture(uboot: Path, linux: Path) -> None:
    xen = b"# Xen/x86 4.19 Configuration\nCONFIG_CMD=y\n"
    assert b"of Xen, not of U-Boot" in explore("check", "-", "--tree", str(uboot), stdin=xen).stderr
    assert b"of Xen, not of a kernel" in explore("check", "-", "--tree", str(linux), stdin=xen).stderr
    words = ("check", "-", "--tree", str(linux), "--arch", "x86_64")
    assert explore(*words, stdin=b"# Linux/x86 6.6.0 Kernel Configuration\nCONFIG_X86=y\n").returncode == 0
    arm64 = explore(*words, stdin=b"# Linux/arm64 6.6.0 Kernel Configuration\nCONFIG_X86=y\n")
    assert (arm64.returncode, b"for arm64, not x86_64" in arm64.stderr) == (2, True)
    kernel = explore(*words, "--kernel", "6.6", stdin=b"CONFIG_X86=y\n")
    assert (kernel.returncode, b"--kernel: is about a kernel that boots" in kernel.stderr) == (2, True)


@pytest.mark.parametrize("words", [("simulate", "-m", "flat"), ("matrix",), ("report", "-o", "-")])
def test_commands_that_boot_refuse_other_trees(uboot: Path, linux: Path, words: tuple[str, ...]) -> None:
    done = explore(*words, "--tree", str(uboot))
    assert (done.returncode, b"is the source of U-Boot, and only arm64 Linux is booted" in done.stderr) == (
        2,
        True,
    )
    done = explore(*words, "--tree", str(linux), "--arch", "x86")
    assert (done.returncode, b"--arch: x86 kernels cannot be booted here" in done.stderr) == (2, True)


def test_explain_count_and_graph_take_any_tree(uboot: Path) -> None:
    assert explore("explain", "--tree", str(uboot), "NET=y", "SPL=n").returncode == 1
    assert explore("explain", "--tree", str(uboot), "NET=y", "PARSER=n").returncode == 0
    counted = explore("count", "--tree", str(uboot), "NET", "SPL", "--format", "json")
    assert json.loads(counted.stdout)["reachable"] == 3
    assert b"PARSER" in explore("graph", "--tree", str(uboot), "--symbol", "PARSER").stdout


def test_diff_compares_definitions_without_boots(uboot: Path, tmp_path: Path) -> None:
    other = tree_at(tmp_path / "newer", KCONFIG.replace("imply PARSER", "select PARSER"), release="2027.01")
    document = json.loads(explore("diff", str(uboot), str(other), "--format", "json").stdout)
    assert [change["symbol"] for change in document["definitions"]["changed"]] == ["NET"]
    assert (document["cases"], document["symbols"]) == ([], [])
    assert document["summary"]["verdict"].startswith("memory initialisation is not simulated")
    done = explore("diff", str(uboot), str(other), "--symbol", "NET", "--symbol", "PARSER")
    assert (done.returncode, b"4 reachable before, 3 after" in done.stdout) == (0, True)


def test_options_are_taken_and_refused(tmp_path: Path) -> None:
    files = {"product/Config.in": 'config B\n\tbool\n\tdefault y if "$(BOARD)" = "big"\n'}
    folder = str(tree_at(tmp_path / "tree", "config A\n\tbool\n", files))
    words = ("explain", "--tree", folder, "--top", "product/Config.in", "B=y")
    assert [explore(*words).returncode, explore(*words, "--env", "BOARD=big").returncode] == [1, 0]
    for option in ("LD_PRELOAD=x", "BOARD", "A-B=1"):
        done = explore(*words, "--env", option)
        assert (done.returncode, done.stderr.startswith(b"kconfig-explorer: --env: ")) == (2, True)
    assert explore(*words[:3], "--top", "../x", "B=y").returncode == 2
    assert b"--top: is about a kernel checkout" in explore("explain", "--top", "x", "B=y").stderr
