# SPDX-License-Identifier: GPL-2.0-or-later
"""``--cmdline`` and ``--kaslr-seed``: every command that boots takes them, and says what it took."""

import json
from pathlib import Path

import pytest

from explorer.api import check, matrix, simulate
from explorer.commands.options import parameters_of, settings_with_seed
from explorer.errors import InputError
from tests.commandline import explore, one_clear_line

MIB = 1 << 20
CONFIG = "# Linux/arm64 6.1.0 Kernel Configuration\nCONFIG_ARM64=y\nCONFIG_CMDLINE={}\n{}\n"


def memory(*options: str) -> tuple[int, dict[str, object]]:
    """The bytes of memory of a simulated boot, and its context."""
    done = explore("simulate", "--kernel", "6.1", "-m", "flat", "--format", "json", *options)
    boot = json.loads(done.stdout)
    return sum(int(region["size"], 16) for region in boot["memory_map"]["memory"]), boot["context"]


def test_mem_cuts_the_memory_of_a_boot() -> None:
    assert memory()[0] == 128 * MIB
    size, context = memory("--cmdline", "quiet mem=64M", "--kaslr-seed", "0xff")
    assert size == 64 * MIB
    assert (context["command_line"], context["kaslr_seed"]) == ("quiet mem=64M", "0xff")


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("--cmdline", "x" * 2048, "2048 bytes"),
        ("--cmdline", "a\x1bb", "control character"),
        ("--kaslr-seed", "yes", "not a number"),
        ("--kaslr-seed", "0x1" + 16 * "0", "not a number"),
        ("--kaslr-seed", str(1 << 64), "does not have 64 bits"),
    ],
)
def test_impossible_parameters_are_refused(option: str, value: str, words: str) -> None:
    line, seed = (value, None) if option == "--cmdline" else (None, value)
    with pytest.raises(InputError, match=words) as refusal:
        parameters_of(line, seed)
    assert refusal.value.hint


@pytest.mark.parametrize("command", ["simulate", "matrix", "diff 4.17 4.19", "check -", "report -o -"])
def test_every_command_that_boots_takes_them(command: str) -> None:
    message = one_clear_line(
        explore(*command.split(), "-m", "flat", "--kaslr-seed", "0", "--cmdline", "\x1b")
    )
    assert "--cmdline: holds a control character" in message


@pytest.mark.parametrize(
    ("seed", "command_line", "randomize_base", "verdict"),
    [
        (0x0101 << 48, "", "y", "safe"),
        (0x0102 << 48, "", "y", "unsafe"),
        (0x0102 << 48, "", "n", "safe"),
        (0x0102 << 48, "quiet nokaslr", "y", "safe"),
        (0, "", "y", "safe"),
    ],
)
def test_a_seed_moves_the_linear_map_of_a_kernel_with_randomize_base(
    seed: int, command_line: str, randomize_base: str, verdict: str
) -> None:
    """Recorded: 5.4.59 with 39 bits, 4K pages and 128 MiB lives at 0x0101 and dies at 0x0102."""
    settings = {"FLATMEM_MANUAL": "y", "DEBUG_VM": "y", "RANDOMIZE_BASE": randomize_base}
    booted = simulate("5.4.59", "flat", settings=settings, command_line=command_line, kaslr_seed=seed)
    assert booted.verdict == verdict


def test_a_given_seed_makes_a_kernel_with_randomize_base() -> None:
    settings = settings_with_seed({"NUMA": "n"}, parameters_of(None, "0xff"))
    assert settings == {"RANDOMIZE_BASE": "y", "NUMA": "n"}
    assert settings_with_seed({"RANDOMIZE_BASE": "n"}, parameters_of(None, "1")) == {"RANDOMIZE_BASE": "n"}
    assert settings_with_seed({}, parameters_of("nokaslr", "0")) == {}


def test_matrix_boots_with_the_command_line_and_says_so() -> None:
    done = explore("matrix", "--kernel", "6.1", "-m", "flat", "--cmdline", "mem=64M", "--format", "json")
    document = json.loads(done.stdout)
    assert document["views"][0]["context"]["command_line"] == "mem=64M"
    assert "--cmdline mem=64M" in document["command"]


@pytest.mark.parametrize(
    ("given", "built_in", "symbols", "read"),
    [
        ("", "mem=64M", "", "mem=64M"),
        ("quiet", "mem=64M", "", "quiet"),
        ("quiet", "mem=64M", "CONFIG_CMDLINE_FORCE=y", "mem=64M"),
        ("quiet", "mem=64M", "CONFIG_CMDLINE_EXTEND=y", "quiet mem=64M"),
        ("quiet", "", "CONFIG_CMDLINE_FORCE=y", ""),
    ],
)
def test_check_reads_the_built_in_command_line(
    given: str, built_in: str, symbols: str, read: str, tmp_path: Path
) -> None:
    config = tmp_path / "config"
    config.write_text(CONFIG.format(json.dumps(built_in), symbols))
    checked = check(config, machines=["flat"], command_line=given)
    assert checked.kernel_config is not None
    assert checked.kernel_config.parameters.command_line == read


def test_matrix_reads_the_built_in_command_line_of_its_config(tmp_path: Path) -> None:
    config = tmp_path / "config"
    config.write_text(CONFIG.format('"mem=64M"', ""))
    studied = matrix("6.1", ["flat"], config=config)
    assert studied.matrix.kernel_config.parameters.memory_limit == 64 * MIB
    assert {row.boots[0].memory_map.memory[-1].end for row in studied.rows} == {0x4400_0000}
