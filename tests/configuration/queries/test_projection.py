# SPDX-License-Identifier: GPL-2.0-or-later
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from explorer.configuration import (
    Tree,
    combinations,
    config_fragment,
    fragment_spans,
    load_fragment,
    load_tree,
)
from explorer.configuration.encoding.sat_model import SatModel
from explorer.errors import InputError
from explorer.study.matrix import FOUR
from explorer.version import KernelVersion
from tests.configuration.enumeration import combinations_by_enumeration, plain_value

MEMORY = [
    "NUMA",
    "FLATMEM",
    "SPARSEMEM",
    "SPARSEMEM_VMEMMAP",
    "MEMORY_HOTPLUG",
    *(f"ARM64_{size}_PAGES" for size in ("4K", "16K", "64K")),
    *(f"ARM64_VA_BITS_{bits}" for bits in (36, 39, 42, 47, 48, 52)),
    *(f"ARM64_PA_BITS_{bits}" for bits in (48, 52)),
    "ZONE_DMA",
    "ZONE_DMA32",
    "DEFERRED_STRUCT_PAGE_INIT",
]

MakeTree = Callable[[str], Tree]


@pytest.fixture
def make_tree(tmp_path: Path) -> MakeTree:
    def make(text: str) -> Tree:
        (tmp_path / "Kconfig").write_text(text)
        return load_tree(tmp_path)

    return make


@pytest.mark.parametrize("folder", [span.folder for span in fragment_spans()])
def test_reachable_combinations_of_every_fragment_are_those_of_plain_enumeration(folder: str) -> None:
    span = next(span for span in fragment_spans() if span.folder == folder)
    space = combinations(load_fragment(span.first), FOUR)
    reachable = {tuple(found.values.values()) for found in space.combinations if found.reachable}
    assert len(space.combinations) == 16
    assert reachable == combinations_by_enumeration(load_fragment(span.first), FOUR)


@pytest.mark.parametrize(
    ("release", "expected"),
    [
        # read from the trees of these releases: what a user can build there
        ("4.10", {"nnyy", "ynyy"}),
        ("4.17", {"nnyy", "yyyy"}),
        ("4.19", {"nyyn", "nyyy", "yyyy"}),
        ("5.12", {"nyyn", "yyyn"}),
        ("5.14-rc5", {"nnnn", "ynnn"}),
        ("5.14", {"nnyn", "ynyn"}),
        ("6.1.192", {"nnnn", "ynnn"}),
        ("6.12", {"nnnn", "ynnn"}),
    ],
)
def test_the_four_symbols_take_the_values_that_the_real_trees_give(release: str, expected: set[str]) -> None:
    space = combinations(load_fragment(KernelVersion.parse(release)), FOUR)
    assert {"".join(found.values.values()) for found in space.combinations if found.reachable} == expected


def count_models(tree: Tree, names: Sequence[str]) -> int:
    """How many combinations of some symbols have a model, by splitting on one symbol after the other."""
    model = SatModel(tree, dict.fromkeys(names, "n"))

    def models(wish: dict[str, str], rest: list[str]) -> int:
        if model.solve(wish) is None:
            return 0
        return sum(models({**wish, rest[0]: value}, rest[1:]) for value in "ny") if rest else 1

    return models({}, [name for name in names if tree.defines(name)])


@pytest.mark.parametrize(("release", "count"), [("4.17", 72), ("5.11", 748), ("6.1", 352), ("6.12", 416)])
def test_nineteen_memory_symbols_have_as_many_combinations_as_measured_on_the_real_trees(
    release: str, count: int
) -> None:
    assert count_models(load_fragment(KernelVersion.parse(release)), MEMORY) == count


@pytest.mark.parametrize("release", ["4.10", "4.17", "4.19", "5.11", "6.1", "6.12"])
def test_a_witness_written_as_a_config_gives_its_combination_through_kconfiglib(
    release: str, tmp_path: Path
) -> None:
    tree = load_fragment(KernelVersion.parse(release))
    # The cached fragment is shared with other tests, so answers are loaded into one of its own.
    reader = load_fragment.__wrapped__(KernelVersion.parse(release))
    for found in combinations(tree, FOUR).combinations:
        if found.witness is None:
            continue
        path = tmp_path / "witness.config"
        path.write_text(config_fragment(tree, found.witness))
        reader.kconfig.load_config(str(path))
        assert {name: plain_value(reader, name) for name in FOUR} == found.values


@pytest.mark.parametrize("release", ["4.10", "4.17", "4.19", "5.11", "5.14", "6.12"])
def test_every_unreachable_combination_names_lines_that_exist_and_say_so(release: str) -> None:
    tree = load_fragment(KernelVersion.parse(release))
    for found in combinations(tree, FOUR).combinations:
        if found.reachable:
            assert not found.core_lines
            continue
        absent = [name for name, value in found.values.items() if value != "n" and not tree.defines(name)]
        assert found.core_lines or absent
        for line in found.core_lines:
            folder = Path("kconfig") / line.file.split("/")[1]
            text = (Path(__file__).parents[3] / folder / "Kconfig").read_text().splitlines()
            assert text[line.line - 1].strip() == line.text


def test_seed_combination_is_ruled_out_by_the_numa_dependency_of_4_17() -> None:
    space = combinations(load_fragment(KernelVersion.parse("4.17")), FOUR)
    wanted = dict(zip(FOUR, "nyyy", strict=True))
    found = next(found for found in space.combinations if found.values == wanted)
    assert [line.text for line in found.core_lines] == ["config HOLES_IN_ZONE", "depends on NUMA"]


def test_forced_facts_come_with_the_lines_that_force_them() -> None:
    space = combinations(load_fragment(KernelVersion.parse("4.17")), FOUR)
    assert [(fact.symbol, fact.value) for fact in space.forced] == [
        ("HAVE_ARCH_PFN_VALID", "y"),
        ("ARCH_HAS_HOLES_MEMORYMODEL", "y"),
    ]
    assert "def_bool ARCH_HAS_HOLES_MEMORYMODEL || !SPARSEMEM" in [
        line.text for line in space.forced[0].lines
    ]


def test_given_values_narrow_what_is_reachable() -> None:
    tree = load_fragment(KernelVersion.parse("4.19"))
    flat = combinations(tree, FOUR, {"SPARSEMEM": "n"})
    assert ["".join(found.values.values()) for found in flat.combinations if found.reachable] == ["nyyn"]


def test_tristates_have_three_values(make_tree: MakeTree) -> None:
    tree = make_tree(
        "config MODULES\n\tbool\n\tdefault y\n\toption modules\nconfig A\n\ttristate 'a'\n"
        "config B\n\ttristate 'b'\n\tdepends on A\n"
    )
    reachable = {tuple(f.values.values()) for f in combinations(tree, ["A", "B"]).combinations if f.reachable}
    assert reachable == {("n", "n"), ("m", "n"), ("m", "m"), ("y", "n"), ("y", "m"), ("y", "y")}


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["NODES_SHIFT"], "neither bool nor tristate"),
        (["NUMA", "NUMA"], "named twice"),
        ([f"S{number}" for number in range(15)], "at most 16384"),
    ],
)
def test_questions_that_cannot_be_answered_are_refused(names: list[str], words: str) -> None:
    with pytest.raises(InputError, match=words):
        combinations(load_fragment(KernelVersion.parse("4.17")), names)


# --- random trees against plain enumeration -----------------------------------------------------------------

_NAMES = ["A", "B", "C", "D", "E"]


def conditions(names: Sequence[str]) -> st.SearchStrategy[str]:
    """Expressions over some names; over earlier symbols only, a tree has no dependency loop."""
    atoms = ["y", *names, *(f"!{name}" for name in names), *(f"{name}=m" for name in names)]
    parts = st.lists(st.sampled_from(atoms), min_size=1, max_size=3)
    return st.builds(lambda word, found: f" {word} ".join(found), st.sampled_from(["&&", "||"]), parts)


@st.composite
def definitions(draw: st.DrawFn, name: str) -> str:
    """A symbol with any mixture of properties."""
    earlier = [other for other in _NAMES if other < name]
    later = [other for other in _NAMES if other > name]
    condition = conditions(earlier)
    prompts = st.one_of(
        st.just(""), st.just(f' "{name}"'), condition.map(lambda text: f' "{name}" if {text}')
    )
    lines = [f"config {name}", f"\t{draw(st.sampled_from(['bool', 'tristate']))}{draw(prompts)}"]
    if draw(st.booleans()):
        lines.append(f"\tdepends on {draw(condition)}")
    values = draw(st.lists(st.sampled_from(["y", "m", "n", *earlier]), max_size=2))
    lines += [f"\tdefault {value} if {draw(condition)}" for value in values]
    if later:
        words = draw(st.lists(st.sampled_from(["select", "imply"]), max_size=2))
        lines += [f"\t{word} {draw(st.sampled_from(later))} if {draw(condition)}" for word in words]
    return "\n".join(lines)


@st.composite
def kconfig_texts(draw: st.DrawFn) -> str:
    modules = draw(st.sampled_from(["def_bool y", "def_bool n", 'bool "modules"']))
    parts = [f"config MODULES\n\t{modules}\n\toption modules"]
    parts += [draw(definitions(name)) for name in _NAMES]
    if draw(st.booleans()):
        kind = draw(st.sampled_from(["bool", "tristate"]))
        optional = draw(st.sampled_from(["", "\n\toptional"]))
        first = draw(st.booleans())  # either the choice depends on the others or it decides one of them
        depends = "" if first else f"\n\tdepends on {draw(conditions(_NAMES))}"
        members = "\n".join(f'config {name}\n\t{kind} "{name}"' for name in ("P", "Q"))
        parts.append(f'choice\n\t{kind} "choice"{optional}{depends}\n{members}\nendchoice')
        parts.append("config R\n\ttristate\n\tdefault P\n" + ("\tselect A if Q" if first else ""))
    return "\n\n".join(parts) + "\n"


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(text=kconfig_texts(), version=st.sampled_from([4, 6]))
def test_random_trees_reach_what_plain_enumeration_reaches(
    text: str, version: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("tree")
    (folder / "Kconfig").write_text(text)
    (folder / "Makefile").write_text(f"VERSION = {version}\nPATCHLEVEL = 1\nSUBLEVEL = 0\n")
    tree = load_tree(folder)
    names = [name for name in ("A", "B", "C", "D", "E", "P", "Q", "R") if tree.defines(name)]
    space = combinations(tree, names)
    reachable = {tuple(found.values.values()) for found in space.combinations if found.reachable}
    assert reachable == combinations_by_enumeration(load_tree(folder), names)
