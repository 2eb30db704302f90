# SPDX-License-Identifier: GPL-2.0-only
"""``--cmdline`` and ``--kaslr-seed``: every command that boots takes them, and says what it took."""

import json
from pathlib import Path

import pytest

from explorer.commands.options import parameters_of
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


def test_a_seed_is_read_by_a_kernel_with_randomize_base() -> None:
    """SEMANTICS 13.1: 5.4 with 39 bits, 4K pages and 128 MiB lives at 0x0101 and dies at 0x0102."""

    def verdict(*options: str) -> int:
        words = ("--kernel", "5.4.59", "--set", "FLATMEM_MANUAL=y", "--set", "DEBUG_VM=y", "-m", "flat")
        return explore("simulate", *words, *options).returncode

    assert verdict("--kaslr-seed", "0x0101000000000000") == 0
    assert verdict("--kaslr-seed", "0x0102000000000000") == 1
    assert verdict("--kaslr-seed", "0x0102000000000000", "--set", "RANDOMIZE_BASE=n") == 0
    assert verdict("--kaslr-seed", "0x0102000000000000", "--cmdline", "nokaslr") == 0
    assert verdict("--kaslr-seed", "0") == 0


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
    done = explore("check", str(config), "-m", "flat", "--cmdline", given, "--format", "json")
    assert json.loads(done.stdout)["context"]["command_line"] == read
