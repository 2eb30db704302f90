# SPDX-License-Identifier: GPL-2.0-or-later
"""What differs between two kernels: the history, the seed's patch, and what must hold of any two trees."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from explorer.boot import Verdict
from explorer.configuration import (
    Combination,
    DefinitionProperty,
    FragmentSpan,
    Tree,
    combinations,
    fragment_spans,
    load_fragment,
    load_tree,
    parse_patch,
    patched_tree,
)
from explorer.machine import Region, all_shipped_maps, shipped_map
from explorer.resources import data_folder
from explorer.study.answer_comparison import AnswerComparison, AnswerOutcome
from explorer.study.kernel_comparison import Gate, KernelComparison, compare_kernels
from explorer.study.matrix import FOUR, study_kernel
from explorer.version import KernelVersion
from tests.commandline import DATA
from tests.configuration.queries.test_projection import kconfig_texts

PATCH = DATA / "patches" / "holes-in-zone-without-numa.patch"
MAPS = [
    machine
    for machine in all_shipped_maps()
    if machine.name in {"flat", "nomap-mid", "two-banks", "rm-start"}
]


def fragment(release: str) -> Tree:
    return load_fragment(KernelVersion.parse(release))


def between(before: str, after: str) -> KernelComparison:
    return compare_kernels(fragment(before), fragment(after), all_shipped_maps())


def seed(release: str = "4.17", **sets: str) -> KernelComparison:
    tree = fragment(release)
    patched = patched_tree(tree, parse_patch(PATCH.read_bytes(), PATCH.name))
    return compare_kernels(tree, patched.tree, all_shipped_maps(), settings=sets)


def words(combination: Combination | AnswerOutcome) -> str:
    return "".join(combination.values.values())


def case_of(comparison: KernelComparison, **answers: str) -> AnswerComparison:
    return next(
        case for case in comparison.comparisons if case.same_answers and dict(case.before.answers) == answers
    )


# --- the seed's patch ---------------------------------------------------------------------------------------


def test_the_seed_patch_does_what_its_author_claimed() -> None:
    comparison = seed()
    assert [words(combination) for combination in comparison.became_reachable] == ["nyyy"]
    assert [words(combination) for combination in comparison.became_unreachable] == ["nnyy"]
    assert [line.text for line in comparison.became_unreachable[0].core_lines] == [
        "config HOLES_IN_ZONE",
        "def_bool y",
    ]
    change = comparison.definitions.changed[0].properties[0]
    assert (comparison.definitions.changed[0].symbol, change.kind, change.after) == (
        "HOLES_IN_ZONE",
        "depends",
        None,
    )
    assert change.before is not None
    assert (change.before.text, change.before.where.line) == ("NUMA", 217)
    assert [(fact.symbol, fact.before, fact.after and fact.after.value) for fact in comparison.forced] == [
        ("HOLES_IN_ZONE", None, "y")
    ]


def test_users_without_numa_become_safe_and_nobody_becomes_unsafe() -> None:
    comparison = seed()
    case = case_of(comparison)
    assert (words(case.before), words(case.after)) == ("nnyy", "nyyy")
    assert "nomap-mid" in case.maps_where(Verdict.UNSAFE, Verdict.SAFE)
    assert not [boot for boot in case.after.boots if boot.verdict is not Verdict.SAFE]
    assert case in comparison.became_safe
    assert comparison.gate is Gate.PASSED


def test_classic_sparsemem_stays_unsafe_and_is_said_to() -> None:
    comparison = seed()
    case = case_of(comparison, SPARSEMEM_VMEMMAP="n")
    assert case in comparison.still_unsafe
    assert case.maps_where(Verdict.UNSAFE, Verdict.UNSAFE) == ("two-banks",)


def test_the_patched_kernel_is_the_same_kernel() -> None:
    comparison = seed("4.18")
    for case in comparison.comparisons:
        assert case.before.kernel_config.kernel == case.after.kernel_config.kernel
    assert str(comparison.after.release) == "4.18"


# --- the history --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after", "gate"),
    [
        ("4.14", "4.16", Gate.FAILED),  # f7f99100d8d9, 4.15: vmemmap is not zeroed any more
        ("4.20", "5.0", Gate.PASSED),
        ("5.11", "5.12", Gate.PASSED),
        ("5.14-rc5", "5.14", Gate.FAILED),  # 3eb9cdffb397: pfn_valid() of arm64's own again
        ("5.15", "5.15.100", Gate.PASSED),  # a9c38c5d267c, 3de360c3fdb3: and gone for good
        ("6.1", "6.12", Gate.PASSED),
    ],
)
def test_the_gate_tells_the_history(before: str, after: str, gate: Gate) -> None:
    assert between(before, after).gate is gate


def test_the_fix_of_4_19_is_found_between_the_releases() -> None:
    comparison = between("4.17", "4.19")
    assert case_of(comparison).maps_where(Verdict.UNSAFE, Verdict.SAFE) == case_of(seed()).maps_where(
        Verdict.UNSAFE, Verdict.SAFE
    )
    assert "nyyy" in {words(combination) for combination in comparison.became_reachable}


def test_with_classic_sparsemem_a_second_section_leaves_the_first_one_uncleared_in_4_19() -> None:
    nomap_mid = shipped_map("nomap-mid")
    bank = Region(0x8000_0000, 128 << 20)
    two_sections = replace(nomap_mid, memory=(*nomap_mid.memory, bank))
    for machine, dies in ((nomap_mid, False), (two_sections, True)):
        comparison = compare_kernels(fragment("4.17"), fragment("4.19"), [machine])
        assert (case_of(comparison, SPARSEMEM_VMEMMAP="n") in comparison.became_unsafe) is dies


def test_an_answer_that_can_no_longer_be_given_is_named_with_what_becomes_of_it() -> None:
    case = case_of(between("5.12", "5.14-rc5"), SPARSEMEM_VMEMMAP="n")
    assert case.before.keeps_answers
    assert dict(case.after.overridden) == {"SPARSEMEM_VMEMMAP": "y"}


def test_what_could_not_be_configured_before_is_new_and_no_regression() -> None:
    back = between("5.14-rc5", "5.12")
    new = [case for case in back.comparisons if not case.before.keeps_answers]
    assert {str(case.after.kernel_config.memory_model) for case in new} == {"FLATMEM", "SPARSEMEM"}
    assert not set(map(id, new)) & set(map(id, back.became_unsafe))


def test_a_new_prompt_for_an_unsafe_value_is_a_new_unsafe_configuration(tmp_path: Path) -> None:
    text = (data_folder("kconfig") / "4.19" / "Kconfig").read_text()
    prompt = text.replace(
        "config HOLES_IN_ZONE\n\tdef_bool y", 'config HOLES_IN_ZONE\n\tbool "x"\n\tdefault y'
    )
    assert prompt != text
    trees = [checkout(tmp_path / name, part) for name, part in (("a", text), ("b", prompt))]
    comparison = compare_kernels(trees[0], trees[1], MAPS)
    new = [case for case in comparison.new_unsafe if case.after.answers.get("HOLES_IN_ZONE") == "n"]
    assert new
    assert comparison.gate is Gate.PASSED
    assert compare_kernels(trees[1], trees[0], MAPS).became_safe


def test_a_verdict_that_is_not_known_is_no_pass(tmp_path: Path) -> None:
    text = (data_folder("kconfig") / "4.16-4.18" / "Kconfig").read_text()
    deferred = text.replace('bool "Deferred initialisation of struct pages"\n', "def_bool y\n")
    assert deferred != text
    trees = [
        checkout(tmp_path / name, part, "VERSION = 4\nPATCHLEVEL = 15\n")
        for name, part in (("a", text), ("b", deferred))
    ]
    flat = [machine for machine in all_shipped_maps() if machine.name == "flat"]
    assert compare_kernels(trees[0], trees[1], flat).gate is Gate.UNKNOWN
    assert compare_kernels(trees[1], trees[1], flat).gate is Gate.PASSED


# --- laws ---------------------------------------------------------------------------------------------------


def checkout(folder: Path, text: str, makefile: str = "VERSION = 4\nPATCHLEVEL = 19\n") -> Tree:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "Kconfig").write_text(text)
    (folder / "Makefile").write_text(makefile + "SUBLEVEL = 0\n")
    return load_tree(folder)


def check_same(comparison: KernelComparison) -> None:
    assert not changes(comparison)
    assert not any(comparison.definitions.elsewhere)
    assert not comparison.became_reachable
    assert not comparison.became_unreachable
    assert not comparison.forced
    assert comparison.gate is Gate.PASSED
    for case in comparison.comparisons:
        assert case.same_answers
        assert (case.before.values, case.before.boots) == (case.after.values, case.after.boots)


def check_mirrored(forward: KernelComparison, backward: KernelComparison) -> None:
    sides = changes(forward), changes(backward)
    assert sides[0] == {(symbol, kind, after, before) for symbol, kind, before, after in sides[1]}
    assert list(map(words, forward.became_reachable)) == list(map(words, backward.became_unreachable))
    assert list(map(words, forward.became_unreachable)) == list(map(words, backward.became_reachable))
    assert {(f.symbol, f.before, f.after) for f in forward.forced} == {
        (f.symbol, f.after, f.before) for f in backward.forced
    }
    assert sorted(map(facts, forward.comparisons)) == sorted(
        facts(case, mirrored=True) for case in backward.comparisons
    )


def changes(comparison: KernelComparison) -> set[tuple[str, str, str, str]]:
    """Symbol and property with both texts; the whole symbol where one side lacks it."""
    definitions = comparison.definitions
    sides = [{(item.symbol, "", "", "defined") for item in definitions.added}]
    sides.append({(item.symbol, "", "defined", "") for item in definitions.removed})
    sides += [
        {
            (item.symbol, change.kind, text_of(change.before), text_of(change.after))
            for change in item.properties
        }
        for item in definitions.changed
    ]
    return set().union(*sides)


def text_of(property_: DefinitionProperty | None) -> str:
    return property_.text if property_ else ""


def facts(case: AnswerComparison, *, mirrored: bool = False) -> str:
    sides = (case.after, case.before) if mirrored else (case.before, case.after)
    machines = [
        (
            sorted(side.answers.items()),
            sorted(side.values.items()),
            [str(boot.verdict) for boot in side.boots],
        )
        for side in sides
    ]
    return repr((case.same_answers, machines))


@pytest.mark.parametrize("span", fragment_spans(), ids=lambda span: span.folder)
def test_a_fragment_does_not_differ_from_itself(span: FragmentSpan) -> None:
    check_same(compare_kernels(load_fragment(span.first), load_fragment(span.first), MAPS, everything=True))


@pytest.mark.parametrize(
    ("before", "after"),
    [("4.10", "4.11"), ("4.17", "4.19"), ("4.19", "4.20"), ("5.12", "5.14"), ("5.15", "6.12")],
)
def test_the_mirror_of_a_difference_is_the_difference_of_the_mirror(before: str, after: str) -> None:
    trees = fragment(before), fragment(after)
    check_mirrored(
        compare_kernels(*trees, MAPS, everything=True),
        compare_kernels(trees[1], trees[0], MAPS, everything=True),
    )


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(texts=st.tuples(kconfig_texts(), kconfig_texts()))
def test_the_laws_hold_of_random_trees(
    texts: tuple[str, str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("trees")
    trees = [checkout(folder / name, text) for name, text in zip("ab", texts, strict=True)]
    names = ["A", "B", "C"]
    flat = MAPS[:1]
    check_same(compare_kernels(trees[0], trees[0], flat, names=names, everything=True))
    comparison = compare_kernels(trees[0], trees[1], flat, names=names, everything=True)
    check_mirrored(comparison, compare_kernels(trees[1], trees[0], flat, names=names, everything=True))
    sides = [combinations(tree, names).combinations for tree in trees]
    reachable = [{words(combination) for combination in side if combination.reachable} for side in sides]
    assert {words(combination) for combination in comparison.became_reachable} == reachable[1] - reachable[0]
    assert {words(combination) for combination in comparison.became_unreachable} == reachable[0] - reachable[
        1
    ]


@pytest.mark.parametrize("release", ["4.17", "4.19", "5.14"])
def test_what_a_case_says_is_what_the_matrix_says(release: str) -> None:
    tree = fragment(release)
    comparison = compare_kernels(tree, tree, MAPS)
    rows = study_kernel(tree, MAPS).rows
    for row in rows:
        if row.combination.reachable:
            case = next(
                case
                for case in comparison.comparisons
                if case.before.answers == row.combination.witness and not case.variant
            )
            assert [boot.verdict for boot in case.after.boots] == [boot.verdict for boot in row.boots]
            assert dict(case.after.values) == {name: row.combination.values[name] for name in FOUR}
