# SPDX-License-Identifier: GPL-2.0-or-later
from dataclasses import replace
from typing import Any

from explorer.boot import SYMBOLS_USED, Kernel, RamFill, parse_command_line
from explorer.proof.build_content import build_key
from explorer.version import KernelVersion
from tests.proof.samples import build_of

_BASE = build_of("4.17")


def test_every_symbol_that_a_boot_asks_for_is_part_of_the_key() -> None:
    keys = {build_key(replace(_BASE, on=_BASE.on ^ {symbol})) for symbol in SYMBOLS_USED}
    assert len(keys | {build_key(_BASE)}) == len(SYMBOLS_USED) + 1


def test_every_change_is_part_of_the_key() -> None:
    changes = _BASE.kernel.changes
    kernels = [replace(_BASE.kernel, changes=changes - {change}) for change in changes]
    kernels += [replace(_BASE.kernel, open=frozenset({change})) for change in changes]
    assert (
        len({build_key(replace(_BASE, kernel=kernel)) for kernel in [*kernels, _BASE.kernel]})
        == 2 * len(changes) + 1
    )


def test_every_number_is_part_of_the_key() -> None:
    numbers = [
        *("page_shift", "largest_order", "pageblock_order", "section_size_bits"),
        *("migrate_types", "nodes_shift", "va_bits"),
    ]
    changed: list[dict[str, Any]] = [{field: getattr(_BASE, field) + 1} for field in numbers]
    keys = {build_key(replace(_BASE, **fields)) for fields in [*changed, {}, {"ram_fill": RamFill.ZERO}]}
    assert len(keys) == len(numbers) + 2


def test_the_words_that_decide_are_part_of_the_key() -> None:
    built = {"PAGE_OWNER", "DEBUG_KMEMLEAK", "DEBUG_PAGEALLOC", "HIBERNATION"}
    build = build_of("5.4")
    build = replace(build, on=build.on - {"RODATA_FULL_DEFAULT_ENABLED"} | built)
    words = [
        *("page_owner=on", "kmemleak=off", "debug_pagealloc=on", "rodata=full", "nohibernate"),
        *("mem=1G", "crashkernel=64M", "early_page_ext"),
    ]
    keys = {build_key(replace(build, passed=parse_command_line(word))) for word in words}
    assert len(keys | {build_key(build)}) == len(words) + 1


def test_what_decides_nothing_is_no_part_of_the_key() -> None:
    passed = parse_command_line("console=ttyAMA0 root=/dev/vda1")
    assert build_key(replace(_BASE, on=_BASE.on | {"ETHERNET"}, passed=passed)) == build_key(_BASE)


def test_releases_with_the_same_changes_share_claims() -> None:
    older, newer = (Kernel.of(KernelVersion.parse(release)) for release in ("6.1.1", "6.1.2"))
    assert older.changes == newer.changes
    build = build_of("6.1.1")
    assert build_key(build) == build_key(replace(build, kernel=newer))
