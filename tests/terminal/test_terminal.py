# SPDX-License-Identifier: GPL-2.0-or-later
import json

from tests.commandline import explore

SEED = ["--set", "NUMA=n", "--set", "HOLES_IN_ZONE=n"]


def test_simulate_tells_a_story_on_the_terminal() -> None:
    text = explore("simulate", *SEED, "--set", "DEBUG_VM=y", "-m", "nomap-mid", "--all").stdout.decode()
    steps = ["memblock:", "memmap:", "initialisation:", "trigger:", "zone:", "guard:", "read:", "console:"]
    assert [text.index(f"  {number}. {step}") for number, step in enumerate(steps, start=1)] == sorted(
        text.index(f"  {number}. {step}") for number, step in enumerate(steps, start=1)
    )
    stages = [
        "memblock  ",
        "sections  ",
        "memmap  ",
        "zones  ",
        "struct pages ",
        "pageblocks  ",
        "pfn_valid  ",
    ]
    assert [stage for stage in stages if f"\n{stage}" not in text] == []


def test_matrix_shows_verdict_and_fix_first_then_reachable_rows_and_counts_last() -> None:
    done = explore("matrix", "--kernel", "4.17", "--set", "DEBUG_VM=y")
    text = done.stdout.decode()
    assert done.returncode == 1
    first, *rest = text.splitlines()
    assert first.startswith(
        "4.17: unsafe with NUMA=n on 10 of 18 maps (dies at boot). Fix: NUMA=y, or commit "
    )
    assert sum("  .  " in line for line in rest) == 2
    counts = next(at for at, line in enumerate(rest) if line.startswith("2 of 16 combinations are reachable"))
    assert counts >= len(rest) - 4
    assert "HAVE_ARCH_PFN_VALID is always y: kconfig/4.16-4.18/Kconfig:" in text
    assert rest[-1] == "unreachable and not shown: 14 combinations; --what-ifs shows them"
    assert "\x1b" not in text


def test_names_from_strangers_cannot_write_to_the_terminal() -> None:
    text = json.dumps({"name": "evil\x1b[31m\nname", "memory": [{"base": "0x40000000", "size": "0x8000000"}]})
    done = explore("simulate", "-m", "-", stdin=text.encode())
    assert b"\x1b" not in done.stdout
    assert b"\nname" not in done.stdout


def test_count_says_what_matrix_lists() -> None:
    four = ("NUMA", "HOLES_IN_ZONE", "HAVE_ARCH_PFN_VALID", "ARCH_HAS_HOLES_MEMORYMODEL")
    text = explore("count", "--kernel", "4.17", "--set", "DEBUG_VM=y", *four).stdout.decode()
    assert "2 of 16 combinations of 4 symbols are reachable" in text
    assert "  HAVE_ARCH_PFN_VALID is always y\n" in text
    one = explore("count", "--kernel", "4.17", "NUMA").stdout.decode()
    assert "2 of 2 combinations of 1 symbol are reachable" in one
