# SPDX-License-Identifier: GPL-2.0-only
import gzip
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import explorer
from explorer.checking import FINDING_KINDS, Checked, Finding, Severity
from explorer.checking.baseline import fingerprint
from explorer.configuration import DotConfig, Tree, config_fragment, load_tree, parse_config
from explorer.errors import InputError
from tests.commandline import DATA

ROOT = Path(__file__).parents[2]
DEBIAN = sorted((DATA / "configs").glob("*.gz"))
KCONFIG = """
config MODULES
	modules
	def_bool y
config ARM64
	def_bool y
config DEBUG
	bool "debugging"
config TRACE
	bool "tracing"
	depends on DEBUG
config FORCED
	bool "forced"
config FORCES
	bool "forces"
	select FORCED
config NEEDS
	bool "needs"
	depends on DEBUG
config PUSHES
	bool "pushes"
	select NEEDS
config DERIVED
	def_bool y
	depends on TRACE
config LEVEL
	int "level"
	range 1 4
	default 2
config NAME
	string "name"
config DRIVER
	tristate "driver"
choice
	prompt "size"
config SMALL
	bool "small"
config LARGE
	bool "large"
endchoice
"""


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    folder = tmp_path_factory.mktemp("linux")
    (folder / "Makefile").write_text("VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 0\n")
    four = "config NUMA\n\tbool\nconfig NODES_SHIFT\n\tint\n\tdefault 2\n"
    (folder / "Kconfig").write_text(KCONFIG + four)
    return load_tree(folder)


def text_config(text: str, name: str = "x.config") -> DotConfig:
    return parse_config(text.encode(), name)


def judged(tree: Tree, *texts: str, requested: str = "") -> Checked:
    files = [text_config(text, f"{number}.config") for number, text in enumerate(texts)]
    wishes = [text_config(requested, "wish.config")] if requested else []
    return explorer.check(*files, tree=tree, machines=["flat"], requested=wishes)


def told(checked: Checked) -> list[tuple[str, str, int]]:
    return [(finding.id, finding.symbol, finding.line) for finding in checked.findings]


def only(checked: Checked) -> Finding:
    assert len(checked.findings) == 1, told(checked)
    return checked.findings[0]


WHOLE = "CONFIG_ARM64=y\nCONFIG_SMALL=y\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("CONFIG_DEBUG=y\n", []),
        ("CONFIG_DEBUG=y\nCONFIG_TRACE=y\nCONFIG_DERIVED=y\n", []),
        ("CONFIG_TRACE=y\n", [("unmet-dependency", "TRACE")]),
        ("CONFIG_FORCES=y\n# CONFIG_FORCED is not set\n", [("overridden", "FORCED")]),
        ("CONFIG_DERIVED=y\n", [("overridden", "DERIVED")]),
        ("CONFIG_PUSHES=y\n", [("unmet-select", "NEEDS")]),
        ("CONFIG_LEVEL=9\n", [("out-of-range", "LEVEL")]),
        ("CONFIG_LEVEL=4\n", []),
        ("CONFIG_LEVEL=four\n", [("wrong-type", "LEVEL")]),
        ("CONFIG_DEBUG=m\n", [("wrong-type", "DEBUG")]),
        ("CONFIG_DRIVER=m\n", []),
        ('CONFIG_NAME="a b"\n', []),
        ("CONFIG_DEBG=y\n", [("unknown-symbol", "DEBG")]),
        ("# CONFIG_GONE is not set\n", [("unknown-symbol", "GONE")]),
        ("CONFIG_DEBUG=y\n# CONFIG_DEBUG is not set\n", [("reassigned", "DEBUG")]),
        ("CONFIG_LARGE=y\n", [("choice-conflict", "SMALL")]),
        ("DEBUG = y\n", [("syntax", "")]),
    ],
)
def test_each_lie_is_found_and_nothing_else(tree: Tree, text: str, expected: list[tuple[str, str]]) -> None:
    found = judged(tree, WHOLE + text).findings
    assert [(finding.id, finding.symbol) for finding in found] == expected
    assert all(finding.line > 0 for finding in found if finding.id != "unmet-select")


def test_a_finding_names_the_line_and_the_values_that_decide(tree: Tree) -> None:
    finding = only(judged(tree, WHOLE + "CONFIG_TRACE=y\n"))
    assert (finding.file, finding.line, finding.asked, finding.becomes) == ("0.config", 3, "y", "n")
    assert [(cause.statement.text, cause.because) for cause in finding.causes] == [
        ("depends on DEBUG", "DEBUG=n")
    ]


def test_the_fix_is_verified_to_give_what_was_asked_for(tree: Tree) -> None:
    text = WHOLE + "CONFIG_TRACE=y\n"
    fix = only(judged(tree, text)).fix
    assert fix is not None
    assert fix.fragment == "CONFIG_DEBUG=y\n"
    assert told(judged(tree, text + fix.fragment)) == []


def test_what_no_configuration_has_is_said_to_be_impossible(tree: Tree) -> None:
    fix = only(judged(tree, "# CONFIG_ARM64 is not set\nCONFIG_SMALL=y\n")).fix
    assert fix is not None
    assert "no configuration of this tree has ARM64=n" in fix.words
    assert fix.fragment == "CONFIG_ARM64=y\n"


def test_an_unknown_name_comes_with_the_nearest_one(tree: Tree) -> None:
    assert "did you mean DEBUG?" in only(judged(tree, WHOLE + "CONFIG_DEBG=y\n")).message


def test_consequences_are_notes_that_name_their_root(tree: Tree) -> None:
    found = judged(tree, WHOLE + "CONFIG_DEBUG=maybe\nCONFIG_TRACE=y\nCONFIG_DERIVED=y\n").findings
    assert [(each.symbol, each.severity, each.follows_from) for each in found] == [
        ("DEBUG", Severity.ERROR, ()),
        ("TRACE", Severity.NOTE, ("DEBUG",)),
        ("DERIVED", Severity.NOTE, ("DEBUG",)),
    ]


def test_a_part_of_a_configuration_may_find_elsewhere_what_it_needs(tree: Tree) -> None:
    assert only(judged(tree, "CONFIG_TRACE=y\n")).severity is Severity.WARNING
    assert only(judged(tree, WHOLE + "CONFIG_TRACE=y\n")).severity is Severity.ERROR


def test_fragments_merge_in_order_and_the_one_that_loses_is_named(tree: Tree) -> None:
    checked = judged(tree, WHOLE + "CONFIG_DEBUG=y\n", "# CONFIG_DEBUG is not set\n", "CONFIG_DEBUG=y\n")
    finding = only(checked)
    assert (finding.id, finding.file, finding.line) == ("fragment-lost", "1.config", 1)
    assert "2.config:1" in finding.message
    assert told(judged(tree, WHOLE + "CONFIG_DEBUG=y\n", "# CONFIG_DEBUG is not set\n")) == []


def test_a_wish_that_was_dropped_is_named_with_the_reason(tree: Tree) -> None:
    finding = only(judged(tree, WHOLE, requested="CONFIG_TRACE=y\n# CONFIG_FORCED is not set\n"))
    assert (finding.id, finding.file, finding.line) == ("not-got", "wish.config", 1)
    assert "DEBUG=n" in finding.message
    granted = only(judged(tree, WHOLE, requested="CONFIG_DEBUG=y\n"))
    assert "the fragment was not merged" in granted.message
    assert granted.fix is not None
    assert granted.fix.fragment == "CONFIG_DEBUG=y\n"


def test_a_wrong_type_elsewhere_grants_no_wish(tree: Tree) -> None:
    found = judged(tree, WHOLE + "CONFIG_LEVEL=banana\n", requested="CONFIG_TRACE=y\n").findings
    finding = next(each for each in found if each.id == "not-got")
    assert "DEBUG=n" in finding.message


def test_the_reasons_of_many_wishes_are_told_of_the_first_alone(tmp_path: Path) -> None:
    names = [f"WISH_{number}" for number in range(103)]
    kconfig = "config ARM64\n\tdef_bool y\n" + "".join(f'config {name}\n\tbool "w"\n' for name in names)
    (tmp_path / "Makefile").write_text("VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 0\n")
    (tmp_path / "Kconfig").write_text(kconfig)
    wishes = "CONFIG_UNHEARD_OF=y\n" + "".join(f"CONFIG_{name}=y\n" for name in names)
    found = judged(load_tree(tmp_path), "CONFIG_ARM64=y\n", requested=wishes).findings
    assert [finding.symbol for finding in found] == ["UNHEARD_OF", *names]
    assert [finding.symbol for finding in found if finding.fix] == names[:100]
    assert all("why is told of the first 100 alone" in finding.message for finding in found[101:])


def test_a_wish_of_any_length_is_told_in_short(tree: Tree) -> None:
    found = judged(tree, WHOLE, requested=f'CONFIG_DEBUG=y\nCONFIG_NAME="{"y" * 100_000}"\n').findings
    assert all(each.fix is None or len(each.fix.fragment) < 5000 for each in found)
    assert {each.symbol for each in found} == {"DEBUG", "NAME"}


def test_a_wish_that_differs_in_spelling_alone_is_granted(tree: Tree) -> None:
    assert told(judged(tree, WHOLE + "CONFIG_DEBUG=y\n", requested="CONFIG_DEBUG=y\nCONFIG_TRACE=n\n")) == []


@pytest.mark.parametrize("path", DEBIAN, ids=lambda path: path.name)
def test_debian_kernels_as_they_are_have_no_finding(path: Path) -> None:
    checked = explorer.check(path)
    assert (checked.verdict, told(checked)) == ("safe", [])
    assert any("--tree" in limit for limit in checked.limits)


def test_three_of_four_lies_in_a_debian_config_are_found_by_the_fragment_alone() -> None:
    text = gzip.decompress((DATA / "configs" / "6.12.107+deb12-arm64-16k.config.gz").read_bytes()).decode()
    for before, after in (
        ("CONFIG_NUMA=y\n", "CONFIG_NUMA=banana\n"),
        ("CONFIG_NODES_SHIFT=4\n", "CONFIG_NODES_SHIFT=99\n"),
        ("CONFIG_SPARSEMEM_VMEMMAP=y\n", "# CONFIG_SPARSEMEM_VMEMMAP is not set\n"),
    ):
        assert before in text
        text = text.replace(before, after)
    checked = explorer.check(text_config(text + "CONFIG_FOO_BAR=y\n"), machines=["flat"])
    roots = [(each.id, each.symbol) for each in checked.findings if not each.follows_from]
    assert roots == [
        ("wrong-type", "NUMA"),
        ("out-of-range", "NODES_SHIFT"),
        ("overridden", "SPARSEMEM_VMEMMAP"),
    ]
    assert checked.verdict == "unreachable"


def test_what_the_compiler_decides_is_taken_from_the_file(tmp_path: Path) -> None:
    (tmp_path / "Makefile").write_text("VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 0\n")
    probe = "$(shell,cc -x && echo y || echo n)"
    (tmp_path / "Kconfig").write_text(
        f"config ARM64\n\tdef_bool y\nconfig CC_HAS_X\n\tdef_bool {probe}\n"
        'config USES_X\n\tbool "uses"\n\tdepends on CC_HAS_X\n'
        f"config HIDDEN\n\tbool\nconfig BY_PROBE\n\tdef_bool y\n\tselect HIDDEN if {probe}\n"
    )
    text = "CONFIG_ARM64=y\nCONFIG_CC_HAS_X=y\nCONFIG_USES_X=y\nCONFIG_HIDDEN=y\nCONFIG_BY_PROBE=y\n"
    linux = load_tree(tmp_path)
    before = linux.values({})
    checked = explorer.check(text_config(text), tree=linux, machines=["flat"])
    assert told(checked) == []
    assert any("compiler decides" in limit for limit in checked.limits)
    assert linux.values({}) == before


def test_a_million_strangers_are_counted_and_not_listed(tree: Tree) -> None:
    text = WHOLE + "".join(f"CONFIG_STRANGER_{number}=y\n" for number in range(3000))
    found = judged(tree, text).findings
    assert len(found) == 1001
    assert found[-1].message == "2000 more findings of kind unknown-symbol"


def test_no_warning_passes_because_a_thousand_notes_stand_before_it(tree: Tree) -> None:
    notes = "".join(f"# CONFIG_GONE_{number} is not set\n" for number in range(1000))
    found = judged(tree, f"{WHOLE}{notes}CONFIG_DEBG=y\n").findings
    assert [(each.id, each.severity) for each in found if each.severity is not Severity.NOTE] == [
        ("unknown-symbol", Severity.WARNING)
    ]
    assert "did you mean DEBUG?" in found[0].message
    lines = "".join(f"CONFIG_GONE_{number}=y\n" for number in range(1001))
    assert judged(tree, WHOLE + lines).findings[-1].severity is Severity.WARNING


def test_names_and_values_of_any_length_make_short_findings(tree: Tree) -> None:
    found = judged(tree, f"{WHOLE}CONFIG_{'A' * 100_000}={'y' * 100_000}\n").findings
    assert all(len(each.message) < 600 and len(each.symbol) < 600 for each in found)
    assert found


def _texts(checked: Checked) -> list[str]:
    """Every text of every finding."""
    found: list[str] = []
    for each in checked.findings:
        found += [each.message, each.symbol, each.asked, each.becomes, *each.follows_from, *each.chain]
        found += [text for cause in each.causes for text in (cause.statement.text, cause.because)]
        found += [each.fix.words, each.fix.fragment] if each.fix else []
    return found


LONG = "y" * 100_000


@pytest.mark.parametrize(
    "text",
    [
        f"CONFIG_{LONG}=y\n",
        f"CONFIG_DEBUG=z{LONG}\n",
        f'CONFIG_NAME={LONG}\nCONFIG_LEVEL="{LONG}"\n',
        f"CONFIG_LEVEL={'9' * 100_000}\n",
        f'CONFIG_NAME="{LONG}"\nCONFIG_NAME="{LONG}y"\n',
        f"{LONG}\n# CONFIG_{LONG} is not set {LONG}\n",
        f"X = {LONG}\nCONFIG_{LONG} = {LONG}\n",
    ],
    ids=range(7),
)
def test_no_text_of_a_finding_is_longer_than_a_screen(tree: Tree, text: str) -> None:
    for checked in (judged(tree, WHOLE + text), judged(tree, WHOLE, requested=text)):
        assert checked.findings
        assert max(map(len, _texts(checked))) < 600
    long = f"{WHOLE}{text}"
    merged = judged(tree, WHOLE, long, WHOLE + 'CONFIG_NAME="z"\n', requested=text)
    assert max(map(len, _texts(merged))) < 600


def test_half_of_a_fragment_is_never_shown(tmp_path: Path) -> None:
    names = [f"LONG_NAME_OF_A_DEPENDENCY_{number}" for number in range(200)]
    kconfig = "config ARM64\n\tdef_bool y\n" + "".join(f'config {name}\n\tbool "w"\n' for name in names)
    (tmp_path / "Makefile").write_text("VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 0\n")
    (tmp_path / "Kconfig").write_text(f'{kconfig}config X\n\tbool "x"\n\tdepends on {" && ".join(names)}\n')
    finding = only(judged(load_tree(tmp_path), "CONFIG_ARM64=y\nCONFIG_X=y\n"))
    assert finding.fix is not None
    assert finding.fix.fragment == ""
    assert finding.fix.words.endswith("(its lines are too long to be shown)")
    assert max(map(len, _texts(judged(load_tree(tmp_path), "CONFIG_ARM64=y\nCONFIG_X=y\n")))) < 600


def test_the_fingerprint_ignores_lines_and_sees_all_else(tree: Tree) -> None:
    first = only(judged(tree, WHOLE + "CONFIG_TRACE=y\n"))
    moved = only(judged(tree, WHOLE + "# a comment\n\nCONFIG_TRACE=y\n"))
    other = only(judged(tree, WHOLE + "CONFIG_DERIVED=y\n"))
    assert first.line != moved.line
    assert fingerprint(first) == fingerprint(moved) != fingerprint(other)


SETTINGS = st.lists(
    st.tuples(
        st.sampled_from(
            ["DEBUG", "TRACE", "FORCED", "FORCES", "DERIVED", "DRIVER", "SMALL", "LARGE", "LEVEL"]
        ),
        st.sampled_from(["n", "m", "y", "3", "77"]),
    ),
    max_size=8,
)


@given(SETTINGS)
def test_a_finding_stands_exactly_where_kconfig_computes_another_value(
    tree: Tree, settings: list[tuple[str, str]]
) -> None:
    given_last = dict(settings)
    text = "CONFIG_ARM64=y\n" + "".join(f"CONFIG_{name}={value}\n" for name, value in given_last.items())
    checked = judged(tree, text)
    computed = tree.values(given_last)
    changed = {name for name, value in given_last.items() if computed[name] != value}
    found = {each.symbol for each in checked.findings if each.id not in {"unmet-select", "syntax"}}
    assert {name for name in found if name != "LEVEL"} == changed - {"LEVEL"}


@given(SETTINGS)
def test_writing_what_kconfig_makes_of_it_leaves_nothing_to_find(
    tree: Tree, settings: list[tuple[str, str]]
) -> None:
    kept = tree.values(dict(settings))
    written = {name: value for name, value in kept.items() if value}
    assert told(judged(tree, config_fragment(tree, written))) == []


def test_the_list_for_people_names_every_kind() -> None:
    rows = [
        line for line in (ROOT / "docs" / "findings.md").read_text().splitlines() if line.startswith("| `")
    ]
    listed = [row.split("|")[1:5] for row in rows[: len(FINDING_KINDS)]]
    assert [[cell.strip().strip("`") for cell in row] for row in listed] == [
        [kind.id, str(kind.severity), kind.title, kind.meaning] for kind in FINDING_KINDS.values()
    ]


@pytest.mark.parametrize(
    ("line", "id_", "words"),
    [
        ('CONFIG_NUMA="y"', "wrong-type", 'NUMA="y" is no value of a bool symbol'),
        ("# CONFIG_NUMA is not set # why", "syntax", "# CONFIG_NUMA is not set # why"),
    ],
)
def test_what_conf_reads_otherwise_than_people_is_found(line: str, id_: str, words: str) -> None:
    text = f"# Linux/arm64 6.1.0 Kernel Configuration\nCONFIG_ARM64=y\n{line}\n"
    found = explorer.check(text_config(text), machines=["flat"])
    (finding,) = [each for each in found.findings if each.id == id_]
    assert words in finding.message
    assert finding.line == 3


@pytest.mark.parametrize(
    ("line", "words", "fragment"),
    [
        (" CONFIG_DEBUG=y", "it does not begin in the first column", "CONFIG_DEBUG=y\n"),
        ("\t# CONFIG_DEBUG is not set", "it does not begin in the first", "# CONFIG_DEBUG is not set\n"),
        ("# CONFIG_DEBUG is not set ", "there is more behind it", "# CONFIG_DEBUG is not set\n"),
        ("#CONFIG_DEBUG is not set", "a comment to Kconfig", "# CONFIG_DEBUG is not set\n"),
        ("#  CONFIG_DEBUG is  not set", "a comment to Kconfig", "# CONFIG_DEBUG is not set\n"),
        ("# config_debug is not set", "a comment to Kconfig", "# CONFIG_DEBUG is not set\n"),
        ("config_debug=y", "not a setting", "CONFIG_DEBUG=y\n"),
        ("debug: y", "not a setting", "CONFIG_DEBUG=y\n"),
        ("CONFIG_DEBUG", "not a setting", ""),
    ],
)
def test_a_line_that_looks_like_a_setting_is_told_from_one(
    tree: Tree, line: str, words: str, fragment: str
) -> None:
    finding = only(judged(tree, f"{WHOLE}{line}\n"))
    assert (finding.id, finding.line, finding.message.partition(words)[0]) == ("syntax", 3, "")
    assert finding.message.endswith(f": {line.strip()}")
    assert finding.fix is not None
    assert finding.fix.fragment == fragment


def test_comments_stay_comments(tree: Tree) -> None:
    text = "# CONFIG_DEBUG=y\n#CONFIG_DEBUG=y\n  # why\n# CONFIG_DEBUG is not needed\n"
    text += "# see CONFIG_DEBUG is not set\n"
    assert told(judged(tree, WHOLE + text)) == []


def test_a_byte_order_mark_takes_the_first_line_but_not_the_release(tree: Tree) -> None:
    finding = only(judged(tree, f"\ufeffCONFIG_DEBUG=y\n{WHOLE}"))
    assert (finding.id, finding.line) == ("syntax", 1)
    assert finding.message == (
        "a byte order mark stands before the line, so Kconfig skips it: CONFIG_DEBUG=y"
    )
    marked = parse_config(b"\xef\xbb\xbf# Linux/arm64 6.12.0 Kernel Configuration\n", "x")
    assert (str(marked.version), marked.unreadable) == ("6.12", ())
    assert parse_config(b"\xef\xbb\xbf# a comment\n", "x").unreadable == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "BR2_aarch64=y\n",
            "sets no symbol; its first line says: BR2_aarch64=y (no line begins with CONFIG_",
        ),
        ("/dts-v1/;\n/ {};\n", "sets no symbol; its first line says: /dts-v1/; (no line begins with CONFIG_"),
        ("# a comment\n", "sets no symbol (give a kernel .config, plain or gzip)"),
        (
            "#\n# U-Boot 2023.01 Configuration\n#\nCONFIG_ARM=y\n",
            "is a configuration of U-Boot, not of a kernel (give the kernel's .config)",
        ),
        (
            "# Buildroot 2024.02 Configuration\nCONFIG_A=y\n",
            "is a configuration of Buildroot, not of a kernel",
        ),
    ],
)
def test_the_configuration_of_something_else_is_refused_by_its_name(text: str, said: str) -> None:
    with pytest.raises(InputError) as raised:
        explorer.check(text_config(text), kernel="6.12", machines=["flat"])
    assert str(raised.value).startswith(f"x.config: {said}")


@pytest.mark.parametrize("value", ["yes", 'y"', '"y"', "banana", "m", ""])
@pytest.mark.parametrize("name", ["NUMA", "HOLES_IN_ZONE", "SPARSEMEM"])
def test_any_text_for_the_four_symbols_is_judged(name: str, value: str) -> None:
    text = f"# Linux/arm64 6.1.0 Kernel Configuration\nCONFIG_ARM64=y\nCONFIG_{name}={value}\n"
    checked = explorer.check(text_config(text), machines=["flat"])
    assert set(checked.combination.values.values()) <= {"y", "n"}


OLD = "# Linux/arm64 4.17.0 Kernel Configuration\nCONFIG_ARM64=y\n"


def old(text: str) -> Checked:
    """A judgement by the fragment of 4.17, on the map on which NUMA decides."""
    return explorer.check(text_config(OLD + text), machines=["nomap-mid"])


def test_a_line_that_is_dropped_leaves_the_earlier_line_in_force() -> None:
    checked = old("CONFIG_NUMA=y\nCONFIG_NUMA=banana\n")
    finding = only(checked)
    assert (finding.id, finding.line, finding.becomes) == ("wrong-type", 4, "y")
    assert "line 3 of x.config counts: it is y" in finding.message
    assert (checked.verdict, checked.combination.values["NUMA"]) == ("safe", "y")
    again = old("CONFIG_NUMA=y\nCONFIG_NUMA=banana\n# CONFIG_NUMA is not set\n")
    assert [(each.id, each.line) for each in again.findings if each.id != "unsafe"] == [
        ("reassigned", 3),
        ("wrong-type", 4),
    ]
    assert (again.verdict, again.combination.values["NUMA"]) == ("unsafe", "n")


def test_what_is_no_value_makes_nothing_unreachable() -> None:
    checked = old("CONFIG_NUMA=banana\nCONFIG_HOLES_IN_ZONE=y\n")
    kconfig = [each for each in checked.findings if each.id != "unsafe"]
    assert [(each.id, each.symbol, each.follows_from) for each in kconfig] == [
        ("wrong-type", "NUMA", ()),
        ("overridden", "HOLES_IN_ZONE", ("NUMA",)),
    ]
    assert (checked.reachable, checked.verdict) == (True, "unsafe")
    assert checked.combination.values == checked.becomes.values
    assert checked.becomes.values["HOLES_IN_ZONE"] == "n"


def test_of_an_unreachable_file_the_kernel_boots_that_kconfig_makes() -> None:
    checked = old("# CONFIG_NUMA is not set\nCONFIG_HOLES_IN_ZONE=y\n")
    assert (checked.verdict, checked.combination.values["HOLES_IN_ZONE"]) == ("unreachable", "y")
    assert checked.becomes.values["HOLES_IN_ZONE"] == "n"
    assert [each.memory_map for each in checked.findings if each.id == "unsafe"] == ["nomap-mid"]


def test_what_cannot_be_had_stands_at_its_own_line_with_what_kconfig_makes_of_it() -> None:
    checked = old("# CONFIG_NUMA is not set\nCONFIG_HOLES_IN_ZONE=y\n")
    (finding,) = [each for each in checked.findings if each.id == "unreachable"]
    assert finding.line == 4
    assert finding.fix is not None
    assert finding.fix.words == "write what Kconfig makes of it: HOLES_IN_ZONE=n"
    mended = old(f"# CONFIG_NUMA is not set\n{finding.fix.fragment}")
    assert [each.id for each in mended.findings] == ["unsafe"]


@pytest.mark.parametrize("name", ["HOLES_IN_ZONE", "HAVE_ARCH_PFN_VALID", "ARCH_HAS_HOLES_MEMORYMODEL"])
def test_a_symbol_that_a_release_lacks_is_not_built_into_its_kernel(name: str) -> None:
    text = "# Linux/arm64 6.12.0 Kernel Configuration\nCONFIG_ARM64=y\nCONFIG_NUMA=y\n"
    checked = explorer.check(text_config(f"{text}CONFIG_{name}=y\n"), machines=["flat"])
    finding = only(checked)
    assert (checked.verdict, finding.id, finding.line) == ("unreachable", "unreachable", 4)
    assert (checked.combination.values[name], checked.becomes.values[name]) == ("y", "n")
    assert finding.fix is not None
    assert (finding.fix.words, finding.fix.fragment) == (f"delete the line of {name}", "")


def test_a_number_that_the_tree_does_not_know_is_no_reason_to_judge_nothing(tree: Tree) -> None:
    finding = only(judged(tree, WHOLE + "CONFIG_ARCH_FORCE_MAX_ORDER=99999\n"))
    assert (finding.id, finding.symbol) == ("unknown-symbol", "ARCH_FORCE_MAX_ORDER")


@pytest.mark.parametrize("kind", ["conjunction", "selects"])
def test_at_any_depth_of_a_tree_there_is_a_judgement_or_a_clear_error(kind: str, tmp_path: Path) -> None:
    """Between what can be parsed and what can be asked lie a few steps, and Python counts them by frames."""
    (tmp_path / "Makefile").write_text("VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 0\n")
    head = 'config ARM64\n\tdef_bool y\nconfig NUMA\n\tbool "numa"\n'

    def outcome(depth: int) -> str:
        if kind == "conjunction":
            tail = f'config X0\n\tbool "x"\n\tdepends on {" && ".join(["NUMA"] * depth)}\n'
        else:
            tail = "".join(
                f'config X{number}\n\tbool "x"\n\tselect X{number + 1}\n' for number in range(depth)
            )
            tail += f'config X{depth}\n\tbool "x"\n'
        (tmp_path / "Kconfig").write_text(head + tail)
        try:
            judged(load_tree(tmp_path), "CONFIG_ARM64=y\nCONFIG_X0=y\n", requested="CONFIG_X1=y\n")
        except InputError as error:
            return "values" if "values follow" in error.what else "nested"
        return "judged"

    low, high = 10, 3000
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if outcome(middle) == "judged" else (low, middle)
    assert low > 100
    assert {outcome(low + step) for step in range(1, 12)} <= {"values", "nested"}


def test_a_number_may_be_a_member_of_a_choice_in_a_bad_tree(tmp_path: Path) -> None:
    (tmp_path / "Makefile").write_text("VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 0\n")
    odd = 'config ARM64\n\tdef_bool y\nchoice\n\tprompt "c"\nconfig X\n\tint "x"\nendchoice\n'
    (tmp_path / "Kconfig").write_text(odd)
    linux = load_tree(tmp_path)
    assert told(judged(linux, "CONFIG_ARM64=y\nCONFIG_X=3\n", requested="CONFIG_X=1\n")) != []


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("# CONFIG_NAME is not set", []),
        ("CONFIG_NAME=n", [("wrong-type", "NAME", 3)]),
        ('CONFIG_NAME="n"', []),
        ("# CONFIG_LEVEL is not set", [("wrong-type", "LEVEL", 3)]),
        ("CONFIG_LEVEL=n", [("wrong-type", "LEVEL", 3)]),
    ],
)
def test_not_set_says_nothing_of_strings_and_numbers(
    tree: Tree, line: str, expected: list[tuple[str, str, int]]
) -> None:
    assert told(judged(tree, WHOLE + line + "\n")) == expected


def test_a_wish_that_is_no_value_is_named_as_that(tree: Tree) -> None:
    finding = only(judged(tree, WHOLE, requested="CONFIG_DEBUG=banana\n"))
    assert (finding.id, finding.file, finding.line) == ("wrong-type", "wish.config", 1)
    assert "no value of a bool symbol" in finding.message


def test_what_a_switched_change_redefines_is_not_held_against_the_file() -> None:
    text = "# Linux/arm64 4.19.0 Kernel Configuration\nCONFIG_ARM64=y\n# CONFIG_NUMA is not set\n"
    config = text_config(text + "CONFIG_HOLES_IN_ZONE=y\n")
    assert told(explorer.check(config, machines=["nomap-mid"])) == []
    reverted = explorer.check(config, machines=["nomap-mid"], without_changes=["f52bb98f5ade"])
    assert (reverted.verdict, [each.id for each in reverted.findings]) == ("unsafe", ["unsafe"])


def test_an_unsafe_kernel_comes_with_its_story_and_with_both_ways_out() -> None:
    config = text_config(OLD + "# CONFIG_NUMA is not set\n")
    checked = explorer.check(config, machines=["nomap-mid", "flat", "nomap-end"])
    assert [each.memory_map for each in checked.findings] == ["nomap-mid", "nomap-end"]
    for finding in checked.findings:
        assert (finding.id, finding.symbol, finding.line) == ("unsafe", "NUMA", 3)
        assert finding.message.startswith("may die: __free_one_page() reads the struct page of pfn 0x44")
        assert [step.partition(":")[0] for step in finding.chain][:2] == ["memblock", "memmap"]
        assert finding.fix is not None
        assert "set NUMA=y, or apply holes_in_zone_always (f52bb98f5ade)" in finding.fix.words
        mended = text_config(OLD + finding.fix.fragment)
        assert told(explorer.check(mended, machines=["nomap-mid", "flat", "nomap-end"])) == []


def test_where_no_answer_saves_it_the_known_changes_are_the_fix() -> None:
    text = "# Linux/arm64 5.14.0 Kernel Configuration\nCONFIG_ARM64=y\n"
    (finding,) = explorer.check(text_config(text), machines=["rm-start"]).findings
    assert finding.fix is not None
    assert finding.fix.fragment == ""
    assert finding.fix.words.startswith("apply generic_pfn_valid")


def test_a_tree_of_a_release_nobody_has_described_is_judged_by_its_kconfig(tmp_path: Path) -> None:
    (tmp_path / "Makefile").write_text("VERSION = 7\nPATCHLEVEL = 2\nSUBLEVEL = 0\n")
    (tmp_path / "Kconfig").write_text("config ARM64\n\tdef_bool y\nconfig NUMA\n\tbool 'numa'\n")
    config = text_config("CONFIG_ARM64=y\nCONFIG_NUMA=maybe\n")
    checked = explorer.check(config, tree=tmp_path)
    assert (checked.verdict, checked.kernel_config, checked.boots) == ("unknown", None, ())
    assert [each.id for each in checked.findings] == ["wrong-type", "unknown"]
    booted = explorer.check(config, tree=tmp_path, kernel="6.12")
    assert (booted.verdict, len(booted.boots)) == ("safe", 17)
    assert any("is of kernel 7.2; memory was initialised as 6.12" in limit for limit in booted.limits)
    with pytest.raises(InputError, match=r"kernel 7\.2"):
        explorer.check(config, tree=tmp_path, with_changes=["f52bb98f5ade"])


def test_a_header_of_such_a_release_is_refused_with_the_ways_out() -> None:
    with pytest.raises(InputError, match=r"its header names kernel 7\.2.*described are 4\.10 to"):
        explorer.check(text_config("# Linux/arm64 7.2.0 Kernel Configuration\nCONFIG_ARM64=y\n"))


def test_whoever_names_a_release_beside_the_header_is_named(tree: Tree) -> None:
    header = "# Linux/arm64 6.12.7 Kernel Configuration\n"
    said = "the header names kernel 6.12.7, and it is judged as 6.12, as the tree is"
    assert said in judged(tree, header + WHOLE).limits


@pytest.mark.parametrize(
    ("named", "said"),
    [("5.15.0", False), ("5.15.139", False), ("5.14.0-rc5", False), ("5.15.0-1037-generic", True)],
)
def test_what_a_distribution_appends_to_a_number_is_said(named: str, *, said: bool) -> None:
    config = text_config(f"# Linux/arm64 {named} Kernel Configuration\nCONFIG_ARM64=y\n")
    limits = explorer.check(config, machines=["flat"]).limits
    assert any(named in limit and "--kernel" in limit for limit in limits) is said
    limits = explorer.check(config, machines=["flat"], kernel=named).limits
    assert not any(named in limit for limit in limits)
    limits = explorer.check(config, machines=["flat"], kernel="6.1").limits
    assert f"the header names kernel {named}, and 6.1 was named to judge it by" in limits
