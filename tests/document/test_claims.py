# SPDX-License-Identifier: GPL-2.0-or-later
from dataclasses import replace

from explorer.boot import Gap, GapKind, simulate
from explorer.document.claims import CounterexampleList, proof_on_map
from explorer.machine import shipped_map
from explorer.proof import Claim, Claims, Level
from tests.proof.samples import build_of, sample_claims


def test_claims_name_the_largest_class_and_the_smallest_map() -> None:
    listed = CounterexampleList()
    claims = listed.claims_json(sample_claims())
    assert (claims["outcome"], claims["words"]) == ("class", "safe on pageblock-aligned maps: proven")
    assert [(level["safe_on"], level["smallest"]) for level in claims["levels"]] == [
        ("pageblock-aligned maps", 0),
        ("pageblock-aligned maps", 0),
        ("any memory map", None),
    ]
    assert claims["levels"][0]["sentence"] == (
        "no fault on pageblock-aligned maps; exactly, on maps where nomap begins and ends on pageblocks"
    )
    (entry,) = listed.entries
    assert entry["fault"]["why"]
    assert entry["words"].startswith("0x40000000+0x40f0000, 0x440f0000+0x10000 nomap")


def test_kernels_that_die_alike_share_the_smallest_map() -> None:
    listed, sample = CounterexampleList(), sample_claims()
    listed.claims_json(sample)
    listed.claims_json(replace(sample, kernel_config=build_of("4.18", DEBUG_VM="y")))
    assert len(listed.entries) == 1


def test_what_is_not_known_is_not_called_proven() -> None:
    listed, build = CounterexampleList(), build_of("4.17")
    gap = Gap(GapKind.DEFERRED_INITIALISATION, "DEFERRED_STRUCT_PAGE_INIT")
    unknown = listed.claims_json(Claims(build, (), (gap,), 0))
    assert (unknown["outcome"], unknown["words"], len(unknown["unmodelled"])) == ("unknown", "unknown", 1)
    hopeless = listed.claims_json(Claims(build, tuple(Claim(level, (), ()) for level in Level), (), 7))
    assert (hopeless["outcome"], hopeless["words"]) == ("dies", "dies on some maps")
    assert listed.claims_json(None)["outcome"] == "unproven"


def test_a_map_meets_the_condition_or_the_missing_conditions_are_named() -> None:
    claims = sample_claims()
    flat, middle = (simulate(claims.kernel_config, shipped_map(name)) for name in ("flat", "nomap-mid"))
    assert proof_on_map(claims, flat) == {"covered": True, "missing": []}
    assert proof_on_map(claims, middle) == {
        "covered": False,
        "missing": ["nomap begins on pageblocks", "nomap ends on pageblocks"],
    }
    assert proof_on_map(None, flat) is None
