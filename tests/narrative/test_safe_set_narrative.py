# SPDX-License-Identifier: GPL-2.0-or-later
import pytest

from explorer.boot import Verdict
from explorer.narrative.safe_set_narrative import formula_words, safe_set_sentence
from explorer.proof import Condition, Level, MapClass
from explorer.study.formulas import Formula, Literal
from explorer.study.safe_sets import MEMORY_MODEL, PAGE_SIZE, SafeSet

NUMA = Literal("NUMA", ("y",))
SMALL = Literal(PAGE_SIZE, ("4K", "16K"))
CLASSIC = Literal(MEMORY_MODEL, ("SPARSEMEM",))
ALWAYS, NEVER = Formula(((),)), Formula(())


@pytest.mark.parametrize(
    ("terms", "words"),
    [
        (((NUMA,),), "NUMA=y"),
        (((SMALL,),), "4K or 16K pages"),
        (((NUMA, SMALL),), "NUMA=y and (4K or 16K pages)"),
        (((NUMA,), (SMALL, CLASSIC)), "NUMA=y or ((4K or 16K pages) and classic SPARSEMEM)"),
        (((Literal("FOO", ("m", "y")),), (NUMA,)), "FOO=m or FOO=y or NUMA=y"),
    ],
)
def test_a_formula_reads_as_an_engineer_writes_it(terms: tuple[tuple[Literal, ...], ...], words: str) -> None:
    assert formula_words(Formula(terms)) == words


def safe_set(safe: Formula, unknown: Formula, rows: tuple[int, int, int], *conditions: Condition) -> SafeSet:
    counts = dict(zip((Verdict.SAFE, Verdict.UNSAFE, Verdict.UNKNOWN), rows, strict=True))
    return SafeSet(Level.NEVER, frozenset(conditions), safe, unknown, counts)


@pytest.mark.parametrize(
    ("found", "sentence"),
    [
        (safe_set(NEVER, NEVER, (0, 3, 0)), "on any memory map: no row is safe"),
        (safe_set(ALWAYS, NEVER, (3, 0, 0)), "on any memory map: every row is safe"),
        (
            safe_set(Formula(((NUMA,),)), NEVER, (2, 1, 0), *MapClass.PAGES.conditions),
            "on page-aligned maps: safe if and only if NUMA=y (2 of 3 rows)",
        ),
        (
            safe_set(Formula(((NUMA,),)), Formula(((CLASSIC,),)), (1, 1, 1), Condition.ONE_NODE),
            (
                "on maps where one node: safe if and only if NUMA=y (1 of 3 rows); "
                "unknown if and only if classic SPARSEMEM"
            ),
        ),
        (safe_set(NEVER, ALWAYS, (0, 0, 2)), "on any memory map: unknown for all rows"),
    ],
)
def test_a_safe_set_says_where_the_kernel_is_safe_and_where_it_is_unknown(
    found: SafeSet, sentence: str
) -> None:
    assert safe_set_sentence(found) == sentence
