# SPDX-License-Identifier: GPL-2.0-or-later
import json
from pathlib import Path

import jsonschema
import pytest

from explorer.audit.callers import Entry
from explorer.audit.comparison import WalkerChangeKind, changes_between
from explorer.audit.guard_verdicts import GuardVerdict
from explorer.audit.tree_audit import AuditedWalker, Compiled, TreeAudit, audit_tree
from explorer.configuration import load_tree
from explorer.configuration.files.sources import Sources
from explorer.errors import InputError
from explorer.resources import data_folder
from tests.audit.kernel import kernel_at
from tests.commandline import explore, one_clear_line


def audit_of(folder: Path) -> TreeAudit:
    return audit_tree(Sources(folder), ["mm"], load_tree(folder))


def by_name(audit: TreeAudit) -> dict[str, AuditedWalker]:
    return {walker.walker.name: walker for walker in audit.walkers}


def test_kconfig_says_what_is_compiled_and_which_guard_can_fail(tmp_path: Path) -> None:
    found = by_name(audit_of(kernel_at(tmp_path)))
    assert found["count_highmem"].compiled is Compiled.NEVER
    assert found["scan_within"].compiled is Compiled.YES
    failures = {
        (name, failure.symbol): failure.reachable
        for name in ("scan_within", "steps_pages")
        for failure in found[name].failures
    }
    assert failures == {
        ("scan_within", "HOLES_IN_ZONE"): Compiled.YES,
        ("steps_pages", "SPARSEMEM_VMEMMAP"): Compiled.NEVER,  # VMEMMAP is always y in this tree
        ("steps_pages", "HOLES_IN_ZONE"): Compiled.YES,
    }
    assert found["scan_within"].verdict is found["steps_pages"].verdict is GuardVerdict.WITH_HOLES
    assert found["node_sweep"].condition.alternatives == ({"NUMA": ("y", "m")},)


def test_without_kconfig_nothing_is_known_of_what_is_compiled(tmp_path: Path) -> None:
    audit = audit_tree(Sources(kernel_at(tmp_path)), ["mm/sweep.c"], None)
    assert {walker.compiled for walker in audit.walkers} == {Compiled.UNKNOWN}
    assert by_name(audit)["steps_pages"].verdict is GuardVerdict.SELF_READING
    assert audit.files == 1


def test_walks_are_entered_from_proc_and_at_boot(tmp_path: Path) -> None:
    paths = by_name(audit_of(kernel_at(tmp_path)))["sweep_asks"].paths
    assert [(path.entry, path.functions) for path in paths] == [
        (Entry.BOOT, ("boot_sweep", "sweep_asks")),
        (Entry.PROC, ("file_read", "sweep_asks")),
    ]


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        ("\t\tif (!pfn_valid(pfn))\n\t\t\tcontinue;\n", "", WalkerChangeKind.LOST_GUARD),
        (
            "\t\tif (!pfn_valid_within(low_pfn))",
            "\t\tif (!pfn_valid(low_pfn))",
            WalkerChangeKind.GAINED_GUARD,
        ),
        ("\t\tif (!pfn_valid(pfn))", "\t\tif (!early_pfn_valid(pfn))", WalkerChangeKind.OTHER_GUARD),
        ("void only_numbers(", "void other_numbers(", WalkerChangeKind.APPEARED),
        ("print(pfn_to_nid_of(end))", "check_page(pfn_to_page(pfn))", WalkerChangeKind.READS),
    ],
)
def test_two_trees_are_compared(tmp_path: Path, before: str, after: str, kind: WalkerChangeKind) -> None:
    old = audit_of(kernel_at(tmp_path / "old"))
    new = audit_of(kernel_at(tmp_path / "new", {before: after}))
    assert changes_between(old, old) == []
    assert kind in {change.kind for change in changes_between(old, new)}


def test_the_command_prints_its_findings_and_fits_its_schema(tmp_path: Path) -> None:
    kernel_at(tmp_path)
    text = explore("audit", str(tmp_path), "mm")
    assert text.returncode == 0
    words = text.stdout.decode()
    assert "sweep_asks_nothing()" in words
    assert "count_highmem" not in words
    assert "no guard where HOLES_IN_ZONE=n, which Kconfig can produce" in words
    document = json.loads(explore("audit", str(tmp_path), "mm", "--format", "json").stdout)
    schema = json.loads((data_folder("reports") / "audit.schema.json").read_text())
    jsonschema.validate(document, schema)
    assert document["summary"]["walkers"] == len(document["walkers"]) == 10
    everything = explore("audit", str(tmp_path), "mm", "--all").stdout.decode()
    assert all(walker["name"] in everything for walker in document["walkers"])


def test_a_lost_guard_is_exit_1_and_an_error_in_sarif(tmp_path: Path) -> None:
    kernel_at(tmp_path / "old")
    kernel_at(tmp_path / "new", {"\t\tif (!pfn_valid(pfn))\n\t\t\tcontinue;\n": ""})
    words = ["audit", str(tmp_path / "new"), "mm", "--compare", str(tmp_path / "old")]
    text = explore(*words)
    assert text.returncode == 1
    assert "sweep_asks() lost its guard" in text.stdout.decode()
    log = json.loads(explore(*words, "--format", "sarif").stdout)
    results = log["runs"][0]["results"]
    assert [(result["ruleId"], result["level"]) for result in results] == [("lost-guard", "error")]
    same = explore("audit", str(tmp_path / "old"), "mm", "--compare", str(tmp_path / "old"))
    assert (same.returncode, "the same guards" in same.stdout.decode()) == (0, True)


def test_a_walker_that_cannot_be_read_again_is_exit_2(tmp_path: Path) -> None:
    kernel_at(tmp_path / "old")
    deep = f"x = {'(' * 300}1{')' * 300};\n"
    kernel_at(tmp_path / "new", {"\t\tif (!pfn_valid(pfn))\n\t\t\tcontinue;\n": deep})
    text = explore("audit", str(tmp_path / "new"), "mm", "--compare", str(tmp_path / "old"))
    assert text.returncode == 2
    assert "sweep_asks() could not be read again" in text.stdout.decode()
    assert "a lost guard would not be seen" in text.stderr.decode()


def test_a_guard_that_is_not_always_compiled_is_a_lost_guard(tmp_path: Path) -> None:
    guard = "\t\tif (!pfn_valid(pfn))\n\t\t\tcontinue;\n"
    kernel_at(tmp_path / "old")
    kernel_at(tmp_path / "new", {guard: f"#ifdef CONFIG_COMPACTION\n{guard}#endif\n"})
    text = explore("audit", str(tmp_path / "new"), "mm", "--compare", str(tmp_path / "old"))
    assert text.returncode == 1
    assert "guarded before, guarded in some configurations only now" in text.stdout.decode()
    alone = " ".join(explore("audit", str(tmp_path / "new"), "mm").stdout.decode().split())
    assert "no guard where COMPACTION=n, which Kconfig can produce" in alone


def test_an_architecture_that_the_tree_does_not_have_is_refused(tmp_path: Path) -> None:
    kernel_at(tmp_path)
    (tmp_path / "arch/x86/mm").mkdir(parents=True)
    (tmp_path / "arch/x86/mm/init.c").write_text("int x;\n")
    assert "has no C in arch/foo/mm" in one_clear_line(explore("audit", str(tmp_path), "--arch", "foo"))
    found = explore("audit", str(tmp_path), "--arch", "x86_64", "--format", "json")
    assert "arch/x86/mm" in json.loads(found.stdout)["paths"]


def test_sarif_names_unguarded_walkers_at_their_loops(tmp_path: Path) -> None:
    kernel_at(tmp_path)
    log = json.loads(explore("audit", str(tmp_path), "mm", "--format", "sarif").stdout)
    results = {result["partialFingerprints"]["walker/v1"]: result for result in log["runs"][0]["results"]}
    assert set(results) == {
        "mm/sweep.c:scan_blocks:guard-of-block",
        "mm/sweep.c:scan_within:guard-of-holes",
        "mm/sweep.c:steps_pages:guard-of-holes",
        "mm/sweep.c:sweep_asks_nothing:unguarded-walker",
    }


def test_a_tree_without_kconfig_is_audited_with_a_note(tmp_path: Path) -> None:
    kernel_at(tmp_path)
    (tmp_path / "Kconfig").unlink()
    text = explore("audit", str(tmp_path), "mm")
    assert text.returncode == 0
    assert "what is compiled is not known" in text.stdout.decode()


def test_what_is_no_tree_is_refused(tmp_path: Path) -> None:
    assert "name the top of a tree" in one_clear_line(explore("audit", str(tmp_path)))
    kernel_at(tmp_path)
    assert "no C file is there" in one_clear_line(explore("audit", str(tmp_path), "net"))
    with pytest.raises(InputError, match="outside the tree"):
        audit_tree(Sources(tmp_path), ["../x.c"], None)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    kernel_at(tmp_path)
    (tmp_path / "mm/link.c").symlink_to("/etc/hostname")
    audit = audit_tree(Sources(tmp_path), ["mm"], None)
    assert [(place.file, "leaves the tree" in reason) for place, reason in audit.not_read] == [
        ("mm/link.c", True)
    ]
