# SPDX-License-Identifier: GPL-2.0-or-later
"""The command line, split and read as the kernel does."""

import pytest

from explorer.boot import Kernel, KernelConfig, parse_command_line
from explorer.boot.boot_parameters import memparse
from explorer.errors import InputError
from explorer.machine.memory_map import COMMAND_LINE_SIZE
from explorer.version import KernelVersion

KERNEL = Kernel.of(KernelVersion.parse("6.1"))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ()),
        ("  quiet\tmem=64M\n", (("quiet", None), ("mem", "64M"))),
        ("page-owner=on", (("page_owner", "on"),)),
        ('a="b c" d', (("a", "b c"), ("d", None))),
        ('"a=b c" d', (("a", "b c"), ("d", None))),
        ('"a b" c', (("a b", None), ("c", None))),
        ("root=UUID=1-2", (("root", "UUID=1-2"),)),
        ("=on mem=", (("=on", None), ("mem", ""))),
        ("quiet -- mem=64M", (("quiet", None),)),
        ("--=1 mem=64M", (("__", "1"), ("mem", "64M"))),
        ('mem="64M', (("mem", "64M"),)),
    ],
)
def test_words_are_split_as_next_arg_does(text: str, words: tuple[tuple[str, str | None], ...]) -> None:
    assert parse_command_line(text).words == words


@pytest.mark.parametrize(
    ("text", "number", "rest"),
    [
        ("64M", 64 << 20, ""),
        ("64m@0x1000", 64 << 20, "@0x1000"),
        ("0x10K", 16 << 10, ""),
        ("010", 8, ""),
        ("0", 0, ""),
        ("08", 0, "8"),
        ("1E", 1 << 60, ""),
        ("16E", 0, ""),
        ("66496K", 66496 << 10, ""),
        ("M", 0, ""),
        ("", 0, ""),
        ("-1", 0, "-1"),
    ],
)
def test_numbers_are_read_as_memparse_does(text: str, number: int, rest: str) -> None:
    assert memparse(text) == (number, rest)


def test_the_last_mem_counts() -> None:
    assert parse_command_line("mem=1G mem=64M mem").memory_limit == 64 << 20
    assert parse_command_line("quiet").memory_limit is None


@pytest.mark.parametrize(
    ("text", "allowed"),
    [
        ("", True),
        ("nohibernate", False),
        ("hibernate=no", False),
        ("hibernate=noresume", True),
        ("hibernate=nocompress", True),
        ("noresume", True),
    ],
)
def test_hibernation_is_refused_by_a_word(text: str, allowed: bool) -> None:  # noqa: FBT001 # a row of the table
    config = KernelConfig.of(KERNEL, {"HIBERNATION": "y"}, parameters=parse_command_line(text))
    assert config.can_hibernate is allowed


@pytest.mark.parametrize(
    ("text", "enabled"),
    [("page_owner=on", True), ("page_owner=on page_owner=off", False), ("page_owner", False), ("", False)],
)
def test_page_owner_is_enabled_by_a_word(text: str, enabled: bool) -> None:  # noqa: FBT001 # a row of the table
    config = KernelConfig.of(KERNEL, {"PAGE_OWNER": "y"}, parameters=parse_command_line(text))
    assert config.page_owner_enabled is enabled
    assert not KernelConfig.of(KERNEL, {}, parameters=parse_command_line(text)).page_owner_enabled


@pytest.mark.parametrize(
    ("text", "default", "full"),
    [("", "y", True), ("", "n", False), ("rodata=full", "n", True), ("rodata=off", "y", False)],
)
def test_rodata_decides_the_linear_map(text: str, default: str, full: bool) -> None:  # noqa: FBT001 # as above
    values = {"RODATA_FULL_DEFAULT_ENABLED": default}
    assert KernelConfig.of(KERNEL, values, parameters=parse_command_line(text)).rodata_full is full


@pytest.mark.parametrize(
    ("text", "full"),
    [
        ("rodata=full", {"5.0", "5.14", "6.0", "6.1", "6.1.65", "6.12", "6.18"}),
        ("rodata=on", {"6.0", "6.1", "6.18"}),
        ("rodata=off", set()),
        ("rodata=noalias", {"6.0", "6.1", "6.1.65", "6.12"}),  # strtobool() reads the n
        ("rodata=off rodata=full", {"5.0", "5.14", "6.0", "6.1", "6.1.65", "6.12"}),
        ("", {"5.0", "5.14", "6.0", "6.1", "6.1.65", "6.12", "6.18"}),
    ],
)
def test_what_rodata_means_depends_on_the_release(text: str, full: set[str]) -> None:
    """parse_rodata() of arm64's mmu.c until 5.19, then arch_parse_debug_rodata() of its setup.h."""
    found = set()
    for release in ("4.19", "5.0", "5.14", "6.0", "6.1", "6.1.65", "6.12", "6.18"):
        kernel = Kernel.of(KernelVersion.parse(release))
        values = {"RODATA_FULL_DEFAULT_ENABLED": "y"}
        if KernelConfig.of(kernel, values, parameters=parse_command_line(text)).rodata_full:
            found.add(release)
    assert found == full


def test_page_owner_takes_only_on_until_5_12() -> None:
    def enabled(release: str, text: str) -> bool:
        kernel = Kernel.of(KernelVersion.parse(release))
        return KernelConfig.of(
            kernel, {"PAGE_OWNER": "y"}, parameters=parse_command_line(text)
        ).page_owner_enabled

    assert [enabled("5.12", text) for text in ("page_owner=1", "page_owner=on page_owner=off")] == [
        False,
        True,
    ]
    assert [enabled("5.14", text) for text in ("page_owner=1", "page_owner=on page_owner=off")] == [
        True,
        False,
    ]


def test_the_seed_moves_the_linear_map_unless_kaslr_is_off() -> None:
    seed = 0x00FF_0123_4567_89AB
    values = {"RANDOMIZE_BASE": "y"}
    config = KernelConfig.of(KERNEL, values, parameters=parse_command_line("quiet", seed))
    assert config.memstart_offset_seed == 0xFF
    config = KernelConfig.of(KERNEL, values, parameters=parse_command_line("quiet nokaslr", seed))
    assert config.memstart_offset_seed == 0
    config = KernelConfig.of(KERNEL, {}, parameters=parse_command_line("", seed))
    assert config.memstart_offset_seed == 0


@pytest.mark.parametrize(
    ("text", "seed"),
    [("x" * COMMAND_LINE_SIZE, None), ("mem=1\0", None), ("\x1b[31m", None), ("", -1), ("", 1 << 64)],
)
def test_impossible_parameters_are_refused(text: str, seed: int | None) -> None:
    with pytest.raises(InputError):
        parse_command_line(text, seed)
    assert parse_command_line("x" * (COMMAND_LINE_SIZE - 1)).words
