# SPDX-License-Identifier: GPL-2.0-or-later
import base64
import gzip
import json
import re
from collections.abc import Mapping
from html.parser import HTMLParser
from typing import Any

import pytest

from explorer.boot import KernelConfig, RamFill
from explorer.commands.matrix_document import studied_document
from explorer.commands.report import REPORT_KERNELS, simulate_command_line
from explorer.commands.trees import TreeOptions
from explorer.configuration import fragment_releases, load_fragment
from explorer.document.compared import compared_json
from explorer.document.matrix import document
from explorer.machine import MemoryMap, Region, all_shipped_maps
from explorer.process.guarded_text import guarded
from explorer.proof import Claim, Claims, Level
from explorer.report import render
from explorer.report.data_link import PREFIX
from explorer.report.fault_stories import FaultStory, fault_key, with_stories
from explorer.report.map_drawing import Drawing, RegionBar
from explorer.report.map_thumbnails import WIDTH, thumbnail
from explorer.report.matrix_rows import merged_rows
from explorer.report.untold_faults import untold_faults_of
from explorer.study.matrix import study_kernel
from explorer.version import KernelVersion
from tests.proof.samples import sample_claims

VOID = {"meta", "link", "br", "img", "input", "hr", "wbr"}
WORDS = {
    "safe": "safe",
    "boot": "dies at boot",
    "trigger": "dies on trigger",
    "circumstances": "may die",
    "unknown": "not modelled",
}
EVIL = "</script><script>alert(1)</script><img src=x onerror=alert(2)>&\"'"


class Page(HTMLParser):
    """What a page is made of: elements, links, ids, text, and whether every element is closed."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.ids: list[str] = []  # of the open elements; empty for none
        self.text_of: dict[str, str] = {}  # by id
        self.in_cell = False
        self.cells: list[tuple[str, str]] = []  # of the matrix: class and text
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)
            self.ids.append(str(dict(attrs).get("id") or ""))
        if tag == "td":
            self.in_cell = dict(attrs).get("class") in WORDS
            self.cells += [(str(dict(attrs)["class"]), "")] if self.in_cell else []

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag
        self.ids.pop()
        self.in_cell = self.in_cell and tag != "td"

    def handle_data(self, data: str) -> None:
        if self.in_cell:
            kind, text = self.cells.pop()
            self.cells.append((kind, text + data))
        if not self.open or self.open[-1] not in {"script", "style"}:
            self.text += data
            for name in filter(None, self.ids):
                self.text_of[name] = self.text_of.get(name, "") + data

    @property
    def embedded(self) -> Any:
        """The document that the page carries."""
        (link,) = [attrs["href"] for tag, attrs in self.tags if tag == "a" and "download" in attrs]
        assert link is not None
        return json.loads(gzip.decompress(base64.b64decode(link.removeprefix(PREFIX))))

    def attributes(self, name: str) -> list[str]:
        return [value for _, attrs in self.tags if (value := attrs.get(name)) is not None]


def some_claims(build: KernelConfig) -> Claims | None:
    """Claims about a class of maps for 4.17 without NUMA, about all maps for 6.1, and none for the rest."""
    sample = sample_claims()
    if build == sample.kernel_config:
        return sample
    everywhere = tuple(Claim(level, (frozenset(),), ()) for level in Level)
    return Claims(build, everywhere, (), 7) if build.kernel.version.major == 6 else None


@pytest.fixture(scope="module")
def example() -> dict[str, Any]:
    views = [
        study_kernel(
            load_fragment(KernelVersion.parse(release)),
            all_shipped_maps(),
            settings={"DEBUG_VM": "y"},
            claims_of=some_claims,
        )
        for release in ("4.17", "6.1")
    ]
    return document(views, all_shipped_maps(), "kconfig-explorer report")


@pytest.fixture(scope="module")
def page(example: dict[str, Any]) -> Page:
    return Page(render(example))


def test_every_element_is_closed_and_every_link_has_a_target(page: Page) -> None:
    assert page.open == []
    ids = page.attributes("id")
    assert len(ids) == len(set(ids))
    links = {link for link in page.attributes("href") if not link.startswith(PREFIX)}
    assert {link[1:] for link in links} <= set(ids)


def test_nothing_is_fetched(page: Page) -> None:
    assert all(link.startswith(("#", PREFIX)) for link in page.attributes("href"))
    assert not page.attributes("src")
    assert {tag for tag, _ in page.tags} & {"link", "img", "iframe", "object"} == set()


def test_the_first_screen_is_the_answer_with_its_fix(page: Page) -> None:
    words = " ".join(page.text.split())
    answer = words.index("Linux 4.17: unsafe with NUMA=n (dies at boot) on 10 of 18 maps. Fix: NUMA=y, or")
    assert answer < words.index("Linux 6.1: safe on every memory map, proven.") < words.index("reproduce")
    assert words.index("reproduce with") < words.index("Kernels side by side")
    assert "2 of 16 combinations are reachable; 1 is unsafe on 10 of the 18 listed memory maps." in page.text


@pytest.mark.parametrize(
    ("release", "title"),
    [("4.17", "Linux 4.17 on board.dtb: unsafe with NUMA=n"), ("6.1", "Linux 6.1 on board.dtb: safe")],
)
def test_a_page_of_one_kernel_and_one_map_is_titled_with_its_answer(release: str, title: str) -> None:
    board = MemoryMap(
        "a/board.dtb", (Region(0x4000_0000, 0x40F_0000), Region(0x440F_0000, 0x1_0000, nomap=True))
    )
    views = [study_kernel(load_fragment(KernelVersion.parse(release)), [board], claims_of=lambda _: None)]
    text = render(document(views, [board], "report"))
    page = Page(text)
    assert f"<title>{title}</title>" in text
    assert f"<h1>{title}</h1>" in text
    ids = page.attributes("id")
    assert ("stories" in ids) == (release == "4.17")
    assert not {"every", "key", "history"} & set(ids)
    assert {link[1:] for link in page.attributes("href") if not link.startswith(PREFIX)} <= set(ids)


def test_each_memory_map_has_a_thumbnail_and_a_description(page: Page, example: dict[str, Any]) -> None:
    for at, memory_map in enumerate(example["memory_maps"]):
        assert f"t{at}" in page.attributes("id")
        assert page.attributes("href").count(f"#t{at}") >= 2
        assert memory_map["description"] in page.text


def test_a_thumbnail_shows_holes_and_nomap_however_small() -> None:
    low, block = 0x4000_0000, 2 << 20
    regions = [(low, 16 * block + 0x1_0000), (low + 16 * block + 0x2_0000, 0x1_0000)]
    bars = [RegionBar("memory", 0, 0, base, base + size, 0) for base, size in regions]
    bars.append(RegionBar("nomap", 0, 0, bars[-1].end, bars[-1].end + 0x1_0000, 0))
    made = thumbnail(Drawing("", low, bars[-1].end, bars, [], [], [], None), block)
    assert {bar.kind for bar in made.bars} == {"memory", "hole", "nomap"}
    assert all(0 <= bar.x <= bar.x + bar.width <= WIDTH and bar.width >= 2 for bar in made.bars)
    assert len(made.ticks) == 2


def test_the_column_of_every_map_says_what_is_proven(page: Page) -> None:
    """Each row links to its proof, and to the smallest map that kills, which is drawn."""
    assert "2 of 16 combinations are reachable; 2 are proven safe on every memory map." in page.text
    assert "Proven: 1 is safe on pageblock-aligned maps." in page.text
    assert "Proven safe on every memory map: all of Linux 6.1." in page.text
    cells = [
        attrs["class"] for tag, attrs in page.tags if tag == "td" and "every" in (attrs.get("class") or "")
    ]
    assert cells == ["every every-class", "every every-unproven", *2 * ["every every-proven"]]
    links = page.attributes("href")
    assert (links.count("#p0"), links.count("#p1")) == (
        2,
        4,
    )  # from the matrix, and from kernels side by side
    assert (
        "HOLES_IN_ZONE=n HAVE_ARCH_PFN_VALID=y ARCH_HAS_HOLES_MEMORYMODEL=y on every map: safe on page"
        in page.text
    )
    assert "0x440f0000+0x10000 nomap" in page.text
    assert "smallest map 1, 0x40000000 to " in " ".join(page.attributes("aria-label"))
    assert "no fault at boot on any memory map" in page.text


def test_a_kernel_of_which_every_row_is_proven_has_its_safe_sets(page: Page) -> None:
    words = " ".join(page.text.split())
    assert "For which configurations Linux 6.1 is safe on any memory map: every row is safe" in words
    assert "For which configurations Linux 4.17" not in page.text  # one of its rows is not proven


def test_a_page_without_proofs_says_so() -> None:
    views = [
        study_kernel(load_fragment(KernelVersion.parse("6.1")), all_shipped_maps(), claims_of=lambda _: None)
    ]
    page = Page(render(document(views, all_shipped_maps(), "report")))
    assert "2 are safe on the 18 listed memory maps." in page.text
    assert "Nothing is proven for the rows of this page" in page.text


def test_everything_is_readable_without_scripts(page: Page, example: dict[str, Any]) -> None:
    assert not page.attributes("hidden")
    for view in example["views"]:
        of_cells = {
            index
            for row in view["combinations"]
            for cell in row["cells"]
            for index in cell["faults"][: row["reachable"]]
        }
        assert all(hex(view["faults"][index]["pfn"]) in page.text for index in of_cells)
        assert all(f"{fault['walker']}()" in page.text for fault in view["faults"])
        for combination in view["combinations"]:
            if combination["witness_config"]:
                assert combination["witness_config"].strip() in page.text


def test_every_cell_of_the_matrix_says_its_verdict_in_a_word(page: Page, example: dict[str, Any]) -> None:
    assert {kind for kind, _ in page.cells} >= {"safe", "trigger", "circumstances"}
    assert len(page.cells) % len(example["memory_maps"]) == 0
    assert all(text == WORDS[kind] for kind, text in page.cells)


def test_the_document_is_embedded_once_and_unchanged(page: Page, example: dict[str, Any]) -> None:
    assert page.embedded == example
    assert len([link for link in page.attributes("href") if link.startswith("data:")]) == 1


def test_equal_documents_give_equal_bytes(example: dict[str, Any]) -> None:
    assert render(example) == render(json.loads(json.dumps(example)))


def test_a_fault_of_a_pfn_without_struct_pages_has_no_drawing(example: dict[str, Any]) -> None:
    def without_blocks(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: [] if name == "block" else without_blocks(part) for name, part in value.items()}
        return [without_blocks(part) for part in value] if isinstance(value, list) else value

    assert 'class="block"' in render(example)
    assert 'class="block"' not in render(without_blocks(example))


def poisoned(value: Any, keys: tuple[str, ...] = ()) -> Any:
    """Every free text of a document made hostile: what is neither a number nor one of the fixed words."""
    if isinstance(value, dict):
        free = keys[-1:] and keys[-1] in {"settings", "values", "changes", "witness"}
        return {
            (EVIL + name if free else name): poisoned(entry, (*keys, name)) for name, entry in value.items()
        }
    if isinstance(value, list):
        return [poisoned(entry, keys) for entry in value]
    return f"{value}{EVIL}" if isinstance(value, str) and keys[-1] in FREE else value


FREE = {
    *("command", "description", "source", "name", "text", "file", "path", "kconfig", "id", "symbol"),
    *(
        "why",
        "chain",
        "walker",
        "trigger",
        "read",
        "struct_page",
        "circumstances",
        "zone",
        "config",
        "effect",
    ),
    *("witness_config", "condition", "target", "commit", "where", "memory_map", "unmodelled", "combination"),
}


def test_names_from_strangers_are_escaped_everywhere() -> None:
    """Every text of the document that is not one of the program's own fixed words bears markup."""
    machine = MemoryMap("nomap", (Region(0x4000_0000, 0x40F_0000), Region(0x440F_0000, 0x1_0000, nomap=True)))
    trees = [load_fragment(KernelVersion.parse(release)) for release in ("4.17", "4.19")]
    views = [study_kernel(tree, [machine], settings={"DEBUG_VM": "y"}) for tree in trees]
    made = document(views, [machine], "command")
    made["compared"] = compared_json(document(views[:1], [machine], "older"), made, "old.json")
    hostile = poisoned(made)
    for view in hostile["views"]:
        (boot,) = view["boots"].values()
        view["boots"] = {hostile["memory_maps"][0]["name"]: boot}
        for combination in view["combinations"]:
            combination["values"] = dict.fromkeys((entry["name"] for entry in view["symbols"]), "y")
    page = Page(render(hostile))
    assert page.open == []
    assert [tag for tag, _ in page.tags].count("script") == 1
    assert "img" not in {tag for tag, _ in page.tags}
    assert "onerror" not in {name for _, attrs in page.tags for name in attrs}
    assert page.embedded == hostile
    assert page.text.count(EVIL) > 200


def test_the_default_report_is_small_and_written_as_it_is() -> None:
    """The whole of it, with every context that the page's switches offer: under a million bytes.

    The streams replace none of its characters.
    """
    names = list(REPORT_KERNELS)
    example = studied_document(
        "report", names, TreeOptions(None), None, None, None, RamFill.STALE, varied=True
    )
    assert len({view["context"]["page_size"] for view in example["views"]}) == 3
    page = render(example, simulate_command_line)
    assert len(page.encode()) < 1_000_000
    assert "&#8239;" in page
    assert guarded(page) == page


def test_a_story_shows_the_command_line_that_simulates_it(example: dict[str, Any]) -> None:
    def command(kernel: str, settings: Mapping[str, str], memory_map: str) -> str:
        return f"{kernel} {settings['DEBUG_VM']} {memory_map}"

    assert "On the command line: 4.17 y nomap-mid" in Page(render(example, command)).text
    assert "On the command line" not in Page(render(example)).text


def test_neighbouring_kernels_that_say_the_same_share_their_columns() -> None:
    names = ["4.19", "6.1", "6.6", "7.2"]
    made = studied_document(
        "report", names, TreeOptions(None), ["DEBUG_VM=n"], ["flat"], None, RamFill.STALE, varied=True
    )
    page = Page(render(made))
    assert "6.1 to 7.2" in page.text
    assert all(f"Linux {name}" in page.text for name in names)
    assert {view["kernel"] for view in page.embedded["views"]} == set(names)


def test_the_default_report_shows_the_long_term_kernels() -> None:
    series = {".".join(name.split(".")[:2]) for name in REPORT_KERNELS}
    assert series >= {"4.17", "5.10", "5.15", "6.1", "6.6", "6.12", "6.18"}
    assert REPORT_KERNELS[-1] == str(fragment_releases()[-1])


@pytest.fixture(scope="module")
def stories_of_417() -> tuple[dict[str, Any], list[FaultStory]]:
    views = [study_kernel(load_fragment(KernelVersion.parse("4.17")), all_shipped_maps())]
    made = document(views, all_shipped_maps(), "report")
    return made, with_stories(merged_rows(made))[1]


def test_cells_with_one_cause_share_a_story(stories_of_417: tuple[dict[str, Any], list[FaultStory]]) -> None:
    """Every unsafe cell is in one story, with the cells that have its worst fault and its cure."""
    made, stories = stories_of_417
    (view,) = made["views"]
    causes: dict[str, set[str]] = {}
    for row in view["combinations"]:
        for cell in row["cells"] if row["reachable"] else ():
            if cell["faults"]:
                cause = [*fault_key(view["faults"][cell["faults"][0]]), cell["cure"]["changes"]]
                causes.setdefault(json.dumps(cause), set()).add(cell["memory_map"])
    told = [
        (
            json.dumps([*fault_key(story.told.faults[0]), story.told.cell["cure"]["changes"]]),
            {place.name for place in story.places},
        )
        for story in stories
    ]
    assert dict(told) == causes
    assert len(told) == len(causes) < sum(map(len, causes.values()))


def test_the_summary_of_a_story_names_its_extent_and_its_fix(page: Page) -> None:
    words = " ".join(page.text.split())
    assert "The same fault on" in words
    assert "Fix: NUMA=y, or commit f52bb98f5ade (in 4.18.7)." in words


def test_a_cell_links_to_its_memory_map_in_its_story(page: Page, example: dict[str, Any]) -> None:
    names = [memory_map["name"] for memory_map in example["memory_maps"]]
    links = {link[1:] for link in page.attributes("href") if re.fullmatch(r"#c\d+m\d+", link)}
    assert len(links) == 10
    for link in links:
        name = names[int(link.partition("m")[2])]
        assert page.text_of[link].strip().startswith((f"{name}: ", f"On {name}: "))


def test_a_fault_shows_the_steps_that_another_fault_does_not_show(
    stories_of_417: tuple[dict[str, Any], list[FaultStory]],
) -> None:
    made, stories = stories_of_417
    (untold,) = untold_faults_of(made["views"], stories)
    whole = {f"c{at}": story.told.faults[0]["chain"] for at, story in enumerate(stories)}
    whole |= {f"k0f{at}": entry.fault["chain"] for at, entry in enumerate(untold, start=1) if not entry.like}
    shortened = [entry for entry in untold if entry.like]
    assert len(shortened) > 4
    for entry in shortened:
        steps = dict(enumerate(whole[entry.like], start=1)) | dict(entry.steps)
        assert [steps[number] for number in range(1, len(entry.fault["chain"]) + 1)] == entry.fault["chain"]
