# SPDX-License-Identifier: GPL-2.0-or-later
import gzip
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import networkx as nx
import pytest

from explorer.configuration.files.releases import release_ranges
from explorer.machine import all_shipped_maps
from tests.commandline import DATA, explore, one_clear_line

SEED = ["--set", "NUMA=n", "--set", "HOLES_IN_ZONE=n"]
FLAT = ["-m", "flat"]


def test_help_names_the_releases_that_are_known() -> None:
    assert f"Known: {', '.join(release_ranges())}." in " ".join(
        explore("simulate", "--help").stdout.decode().split()
    )


def test_help_teaches() -> None:
    top = explore("--help").stdout.decode()
    for command in ("matrix", "report", "simulate", "check", "explain", "diff", "replay", "graph", "maps"):
        assert command in top
        text = explore(command, "--help").stdout.decode()
        assert "Usage: kconfig-explorer" in text
    assert "Exit" in explore("check", "--help").stdout.decode()


def test_simulate_prints_the_fields_that_others_rely_on() -> None:
    done = explore(
        "simulate", "--kernel", "4.17", *SEED, "--set", "DEBUG_VM=y", "-m", "nomap-mid", "--format", "json"
    )
    found = json.loads(done.stdout)
    assert done.returncode == 1
    assert (found["kernel"], found["reachable"], found["verdict"]) == ("4.17", True, "unsafe")
    assert found["config"]["NUMA"] == "n"
    assert found["zones"] == [
        {
            "node": 0,
            "name": "DMA32",
            "start_pfn": 0x40000,
            "end_pfn": 0x48000,
            "spanned": 32768,
            "present": 32768,
        }
    ]
    fault = found["faults"][0]
    assert {
        key: fault[key] for key in ("walker", "trigger", "stage", "pfn", "pageblock_start_pfn", "certain")
    } == {
        "walker": "move_freepages",
        "trigger": "fallback",
        "stage": "run",
        "pfn": 0x440F0,
        "pageblock_start_pfn": 0x44000,
        "certain": True,
    }
    assert fault["struct_page"] == "not initialised (0xff)"
    assert {"effect", "why"} <= fault.keys()


def test_a_fault_that_is_not_certain_names_its_circumstances() -> None:
    done = explore("simulate", "--kernel", "4.17", *SEED, "-m", "nomap-mid", "--format", "json")
    for fault in json.loads(done.stdout)["faults"]:
        assert not fault["certain"]
        assert fault["circumstances"]
        assert all(circumstance in fault["why"] for circumstance in fault["circumstances"])


@pytest.mark.parametrize(
    ("fill", "content"),
    [
        ("zero", "not initialised (zero)"),
        ("ff", "not initialised (0xff)"),
        ("stale", "not initialised (stale)"),
    ],
)
def test_leftover_ram_is_what_the_user_says(fill: str, content: str) -> None:
    done = explore("simulate", *SEED, "-m", "nomap-mid", "--ram-fill", fill, "--format", "json")
    faults = json.loads(done.stdout)["faults"]
    assert {fault["struct_page"] for fault in faults} <= {content}
    assert bool(faults) == (fill != "zero")


def test_a_what_if_that_kconfig_cannot_produce_boots_all_the_same() -> None:
    done = explore(
        "simulate", "--set", "NUMA=n", "--set", "HOLES_IN_ZONE=y", "-m", "nomap-mid", "--format", "json"
    )
    found = json.loads(done.stdout)
    assert (found["reachable"], found["verdict"], done.returncode) == (False, "safe", 0)


@pytest.mark.parametrize(
    ("sets", "model"),
    [
        (["SPARSEMEM=n"], "FLATMEM"),
        (["FLATMEM=y", "SPARSEMEM=n"], "FLATMEM"),
        (["SPARSEMEM_VMEMMAP=n"], "SPARSEMEM"),
        ([], "SPARSEMEM_VMEMMAP"),
    ],
)
def test_every_memory_model_works_as_a_what_if(sets: list[str], model: str) -> None:
    words = [word for setting in sets for word in ("--set", setting)]
    for release in ("4.17", "4.19", "6.1"):
        done = explore("simulate", "--kernel", release, *words, "-m", "two-banks", "--format", "json")
        assert json.loads(done.stdout)["context"]["memory_model"] == model


def test_what_is_not_modelled_is_unknown_and_exits_with_2() -> None:
    words = ("--kernel", "4.15", "--set", "DEFERRED_STRUCT_PAGE_INIT=y", "-m", "flat", "--format", "json")
    done = explore("simulate", *words)
    found = json.loads(done.stdout)
    assert (done.returncode, found["verdict"]) == (2, "unknown")
    assert "DEFERRED_STRUCT_PAGE_INIT" in found["unmodelled"][0]


def test_the_machine_may_come_from_a_device_tree_a_log_or_stdin() -> None:
    for source, stdin in (
        (str(DATA / "qemu-virt.dtb"), b""),
        (str(DATA / "debian-6.1-memblock-debug.log"), b""),
        ("-", b'{"memory":[{"base":"0x40000000","size":"0x20000000"}]}'),
    ):
        done = explore("simulate", "--kernel", "6.1", "-m", source, "--format", "json", stdin=stdin)
        zones = json.loads(done.stdout)["zones"]
        assert [(zone["name"], zone["spanned"]) for zone in zones] == [("DMA", 131072)]


def test_other_symbols_can_be_studied() -> None:
    done = explore(
        "matrix", "--symbol", "NUMA", "--symbol", "SPARSEMEM_VMEMMAP", "-m", "flat", "--format", "json"
    )
    view = json.loads(done.stdout)["views"][0]
    assert [symbol["name"] for symbol in view["symbols"]] == ["NUMA", "SPARSEMEM_VMEMMAP"]
    assert view["summary"]["reachable"] == 4


def test_a_checkout_stands_in_for_a_fragment(tmp_path: Path) -> None:
    fragment = Path(__file__).parents[2] / "kconfig" / "4.16-4.18" / "Kconfig"
    patched = fragment.read_text().replace("config HOLES_IN_ZONE\n\tdef_bool y\n\tdepends on NUMA\n", "", 1)
    assert patched != fragment.read_text()
    (tmp_path / "Kconfig").write_text(patched + "\nconfig HOLES_IN_ZONE\n\tdef_bool y\n")
    (tmp_path / "Makefile").write_text("VERSION = 4\nPATCHLEVEL = 17\nSUBLEVEL = 0\n")
    words = ["--tree", str(tmp_path), "-m", "nomap-mid", "--format", "json"]
    done = explore("matrix", *words, "--set", "DEBUG_VM=y")
    view = json.loads(done.stdout)["views"][0]
    reachable = [c["values"] for c in view["combinations"] if c["reachable"]]
    assert (done.returncode, view["kernel"]) == (0, "4.17")
    assert [values["HOLES_IN_ZONE"] for values in reachable] == ["y", "y"]
    assert json.loads(explore("simulate", *words).stdout)["kernel"] == "4.17"
    assert explore("graph", "--tree", str(tmp_path), "--symbol", "HOLES_IN_ZONE").returncode == 0
    checked = explore("check", "-", *words, stdin=b"# CONFIG_NUMA is not set\n")
    assert json.loads(checked.stdout)["verdict"] == "safe"


def test_json_is_equal_from_run_to_run() -> None:
    words = ["matrix", "--kernel", "4.19", "--format", "json"]
    assert explore(*words).stdout == explore(*words).stdout


def test_explain_names_the_lines_that_forbid_a_wish() -> None:
    done = explore("explain", "--kernel", "4.17", "NUMA=n", "HOLES_IN_ZONE=y")
    assert done.returncode == 1
    assert b"kconfig/4.16-4.18/Kconfig:217: depends on NUMA" in done.stdout
    found = json.loads(explore("explain", "NUMA=n", "HOLES_IN_ZONE=y", "--format", "json").stdout)
    assert (found["reachable"], found["witness"]) == (False, None)
    assert [line["text"] for line in found["conflict"]] == [
        "config HOLES_IN_ZONE", "depends on NUMA",
    ]  # fmt: skip


def test_explain_gives_the_answers_that_grant_a_wish() -> None:
    done = explore("explain", "--kernel", "6.1", "DEBUG_VM=y", "ARM64_64K_PAGES=y")
    assert done.returncode == 0
    lines = done.stdout.decode().splitlines()
    assert lines[-3:] == ["CONFIG_ARM64_64K_PAGES=y", "CONFIG_DEBUG_KERNEL=y", "CONFIG_DEBUG_VM=y"]
    assert b"none: the defaults suffice" in explore("explain", "NUMA=n").stdout


def test_probes_that_were_not_run_are_counted_beside_every_result(tmp_path: Path) -> None:
    (tmp_path / "Makefile").write_text("VERSION = 6\nPATCHLEVEL = 1\nSUBLEVEL = 0\n")
    (tmp_path / "Kconfig").write_text('A := $(shell,echo y)\nconfig A\n\tdef_bool "$(A)" = "y"\n')
    done = explore("explain", "--tree", str(tmp_path), "A=y")
    assert done.returncode == 2
    assert b"compiler checks: 0 recorded, 0 run, 1 unanswered" in done.stdout
    assert (
        b'unknown without the compiler; it depends on\n  "$(A)" (Kconfig:3)\n    runs: echo y' in done.stdout
    )


@pytest.mark.parametrize("form", ["dot", "graphml", "json", "mermaid"])
def test_graph_is_written_in_every_format(form: str) -> None:
    done = explore("graph", "--kernel", "4.17", "--symbol", "HOLES_IN_ZONE", "--format", form)
    assert done.returncode == 0
    assert b"NUMA" in done.stdout
    if form == "json":
        graph = nx.node_link_graph(json.loads(done.stdout), edges="edges")
        assert set(graph.nodes) == {"HOLES_IN_ZONE", "NUMA"}


def test_maps_can_be_fed_back() -> None:
    first = json.loads(explore("maps", "--format", "json").stdout)[1]
    done = explore("simulate", *SEED, "-m", "-", "--format", "json", stdin=json.dumps(first).encode())
    assert json.loads(done.stdout)["memory_map"]["name"] == first["name"]


# --- check -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", sorted((DATA / "configs").glob("*.gz")), ids=lambda path: path.name)
def test_debian_kernels_are_safe_on_every_shipped_map_and_on_qemu(path: Path) -> None:
    done = explore("check", str(path), "--format", "json")
    found = json.loads(done.stdout)
    assert (done.returncode, found["verdict"], found["findings"]) == (0, "safe", [])
    assert found["reachable"]
    assert len(found["memory_maps"]) == len(all_shipped_maps())
    plain = gzip.decompress(path.read_bytes())
    again = explore("check", "-", "-m", str(DATA / "qemu-virt.dtb"), stdin=plain)
    assert again.returncode == 0
    assert again.stdout.endswith(b"\nno findings; memory: safe on 1 of 1 map; exit 0\n")


def test_check_finds_the_seed_combination_unsafe() -> None:
    done = explore(
        "check",
        "-",
        "--kernel",
        "4.17",
        "--format",
        "json",
        stdin=b"CONFIG_DEBUG_VM=y\n# CONFIG_NUMA is not set\n",
    )
    found = json.loads(done.stdout)
    assert (done.returncode, found["verdict"], found["reachable"]) == (1, "unsafe", True)
    unsafe = {finding["memory_map"] for finding in found["findings"]}
    assert {"nomap-mid", "nomap-start4", "dma32-edge"} <= unsafe
    assert not unsafe & {"flat", "gap-section", "nomap-block"}


def test_check_names_the_lines_that_forbid_a_combination() -> None:
    done = explore("check", "-", "--kernel", "4.17", stdin=b"CONFIG_NUMA=n\nCONFIG_HOLES_IN_ZONE=y\n")
    text = done.stdout.decode()
    assert done.returncode == 1
    assert "standard input:2: unreachable:" in text
    assert "kconfig/4.16-4.18/Kconfig:217: depends on NUMA" in text


def test_check_says_what_a_hand_edited_value_becomes() -> None:
    wanted = ("FLATMEM_MANUAL", "HOLES_IN_ZONE", "HAVE_ARCH_PFN_VALID", "ARCH_HAS_HOLES_MEMORYMODEL")
    config = "".join(f"CONFIG_{name}=y\n" for name in wanted).encode()
    done = explore("check", "-", "--kernel", "4.19", *FLAT, "--format", "json", stdin=config)
    findings = json.loads(done.stdout)["findings"]
    assert done.returncode == 1
    assert [(finding["id"], finding["symbol"], finding["line"]) for finding in findings][:1] == [
        ("overridden", "ARCH_HAS_HOLES_MEMORYMODEL", 4)
    ]


def test_check_reports_lines_that_are_no_settings() -> None:
    done = explore("check", "-", "--kernel", "6.1", "-m", "flat", stdin=b"CONFIG_NUMA=y\nNUMA = yes\n")
    assert done.returncode == 1
    assert b"standard input:2: syntax: not a setting: NUMA = yes" in done.stdout


# --- bad input ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["simulate", "--kernel", "4.9", *FLAT], "4.9"),
        (["simulate", "--kernel", "banana", *FLAT], "banana"),
        (["simulate", "--set", "NUMMA=y", *FLAT], "did you mean NUMA?"),
        (["simulate", "--set", "NUMA=m", *FLAT], "write NUMA=n or NUMA=y"),
        (["simulate", "--set", "NUMA", *FLAT], "a value is missing (write --set NUMA=y, or =n)"),
        (["simulate", "--set", "NUMA=y", "--set", "NUMA=n", *FLAT], "set to y and n"),
        (["simulate", "--set", "NODES_SHIFT=lots", *FLAT], "give a int number"),
        (["simulate", "--set", "FLATMEM=y", *FLAT], "set SPARSEMEM=n, too"),
        (["simulate", "-m", "nomap-mit"], "did you mean nomap-mid?"),
        (["simulate", "-m", "."], "is a directory"),
        (["matrix", "--set", "NUMA=y"], "NUMA is under study"),
        (["matrix", "--symbol", "NODES_SHIFT"], "neither bool nor tristate"),
        (["explain", "NUMMA=y"], "did you mean NUMA?"),
        (["explain", "NODES_SHIFT=three"], "not a value of a symbol of type int"),
        (["explain", "NUMA"], "NUMA: a value is missing (write NUMA=y, or =n)"),
        (["explain", "NUMMA"], "defines no symbol NUMMA (did you mean NUMA?)"),
        (["explain", "CONFIG_NUMA="], "NUMA: a value is missing (write NUMA=y, or =n)"),
        (["explain", "N-1=y="], "defines no symbol N-1"),
        (["explain", "=y"], "is not SYMBOL=VALUE"),
        (["count", "NUMMA"], "did you mean NUMA?"),
        (["count", "NUMA", "--set", "SMPP=y"], "did you mean SMP?"),
        (
            ["matrix", "--symbol", "NUMMA"],
            "--symbol: kconfig/4.16-4.18 defines no symbol NUMMA (did you mean NUMA?)",
        ),
        (["report", "--symbol", "NUMMA", "-o", "-"], "none of the 10 Kconfig trees defines a symbol NUMMA"),
        (["prove", "--symbol", "NUMMA"], "did you mean NUMA?"),
        (["diff", "4.17", "4.19", "--symbol", "NUMMA"], "did you mean NUMA?"),
        (["sweep", "--set", "NUMMA=y", "-o", "/dev/null"], "did you mean NUMA?"),
        (["graph", "--symbol", "NUMMA"], "did you mean NUMA?"),
        (["graph", "--symbol", "NO_SUCH"], "neither defines nor names a symbol NO_SUCH"),
        (["matrix", "--tree", "/no/such/folder"], "not a folder"),
        (["check", "/no/such/file"], "no such file"),
        (["check", "."], "is a directory"),
        (["replay", "/no/such/file"], "no such file"),
        (["replay", "."], "is a directory"),
        (["report", "-o", "/no/such/folder/report.html"], "name a file in a folder that exists"),
        (["report", "-o", "."], "is a directory"),
        (["report", "-o", "report.pdf"], "print it into a PDF file"),
    ],
)
def test_bad_words_get_one_clear_line(words: list[str], expected: str) -> None:
    assert expected in one_clear_line(explore(*words))


@pytest.mark.parametrize(
    ("words", "stdin", "expected"),
    [
        (["check", "-", "--kernel", "6.1"], b"\x7fELF\0\0", "NUL bytes"),
        (["check", "-"], b"CONFIG_NUMA=y\n", "name it with --kernel"),
        (["check", "-"], b"# Linux/x86 6.1.0 Kernel Configuration\nCONFIG_NUMA=y\n", "not arm64"),
        (["check", "-"], b"", "sets no symbol"),
        (["check", "-", "--kernel", "6.1"], gzip.compress(b"CONFIG_NUMA=y\n", mtime=0)[:-6], "broken gzip"),
        (["simulate", "-m", "-"], b"\0\1\2", "neither JSON nor a device tree"),
        (["simulate", "-m", "-"], b'{"memory":[{"base":0,"size":-1}]}', "negative"),
        (["simulate", "-m", "-"], b'{"memory":[{"base":"0xffffffffffffff00","size":"0x1000"}]}', "64 bits"),
        (["simulate", "-m", "-"], b'{"memory":[]}', "holds no memory"),
        (["simulate", "-m", "-"], b'{"memory":[{"base":0,"size":4096,"flags":["nomap"]}]}', "kernel may use"),
        (["simulate", "-m", "-"], b'{"memory":[{"base":16,"size":64}]}', "no whole page"),
        (["simulate", "-m", "-"], b'{"memory":[{"base":"0xf0000000000000","size":4096}]}', "52 bits"),
        (["replay", "-"], b"not json\n", "standard input:1"),
        (["replay", "-"], b'{"kernel": "4.17"}\n', "not a recorded boot"),
        (["replay", "-"], b"", "holds no recorded boot"),
        (["replay", "-"], b"\xff\xfe\n", "kconfig-explorer: standard input"),
    ],
)
def test_bad_input_gets_one_clear_line(words: list[str], stdin: bytes, expected: str) -> None:
    assert expected in one_clear_line(explore(*words, stdin=stdin))


@pytest.mark.parametrize(
    "words", [["nonsense"], ["simulate"], ["matrix", "--format", "yaml"], ["matrix", "--nope"]]
)
def test_wrong_usage_exits_with_2_and_points_to_help(words: list[str]) -> None:
    done = explore(*words)
    assert done.returncode == 2
    assert b"Traceback" not in done.stderr
    assert b"--help" in done.stderr


def test_overlapping_and_unaligned_banks_are_merged_as_the_kernel_does() -> None:
    text = b'{"memory":[{"base":"0x40000800","size":"0x4000000"},{"base":"0x42000000","size":"0x6000000"}]}'
    done = explore("simulate", "--kernel", "6.1", "-m", "-", "--format", "json", stdin=text)
    assert done.returncode == 0
    assert [(z["start_pfn"], z["end_pfn"]) for z in json.loads(done.stdout)["zones"]] == [(0x40001, 0x48000)]


def test_a_map_of_very_many_regions_finishes() -> None:
    memory = [{"base": index << 21, "size": 1 << 20} for index in range(512, 20_512)]
    text = json.dumps({"memory": memory}).encode()
    done = explore("simulate", "--kernel", "6.1", "-m", "-", "--format", "json", stdin=text)
    assert done.returncode == 0
    assert json.loads(done.stdout)["zones"]


# --- output ------------------------------------------------------------------------------------------------


def test_a_report_that_fails_leaves_the_old_one_and_nothing_else(tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    page.write_text("old")
    one_clear_line(explore("report", "-o", str(page), "-m", "no-such-map"))
    assert page.read_text() == "old"
    assert list(tmp_path.iterdir()) == [page]


def test_a_report_can_go_to_a_pipe_or_a_device(tmp_path: Path) -> None:
    words = ["report", "--kernel", "6.12", "-m", "flat", "-o"]
    whole = explore(*words, "-").stdout
    assert whole.startswith(b"<!doctype html>")
    assert explore(*words, "/dev/stdout").stdout == whole
    page = tmp_path / "report.html"
    assert explore(*words, str(page)).returncode == 0
    assert page.read_bytes() == whole


def test_interrupting_leaves_no_file_and_no_traceback(tmp_path: Path) -> None:
    banks = [{"base": index << 22, "size": 1 << 21} for index in range(512, 40_512)]
    big = tmp_path / "big.json"
    big.write_text(json.dumps({"memory": banks}))
    out = tmp_path / "out"
    out.mkdir()
    command = [sys.executable, "-m", "explorer", "report", "-o", str(out / "report.html"), "-m", str(big)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        time.sleep(2)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate()
    assert process.returncode == 130
    assert b"Traceback" not in errors
    assert list(out.iterdir()) == []


def test_a_count_that_takes_long_can_be_interrupted(tmp_path: Path) -> None:
    """Each symbol depends on three distant ones, so there is nothing to split."""
    text = ""
    for index in range(400):
        first, second, third = (index * 7 % 401, index * 31 % 397, index * 113 % 389)
        text += f'config S{index}\n\tbool "s"\n'
        earlier = [f"S{other}" for other in (first, second, third) if other < index]
        text += f"\tdepends on !{' || '.join(earlier)}\n" if len(earlier) > 1 else ""
    (tmp_path / "Kconfig").write_text(text)
    names = [f"S{index}" for index in range(400)]
    command = [sys.executable, "-m", "explorer", "count", "--tree", str(tmp_path), *names]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        time.sleep(3)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate()
    assert (process.returncode, errors) == (130, b"")


def test_an_interrupt_ends_a_search_of_the_solver() -> None:
    program = (
        "import os, signal, explorer.cli, explorer.application\n"
        "from explorer.configuration.encoding.bounded_solving import is_satisfiable\n"
        "from explorer.configuration.encoding.deadline import NO_DEADLINE\n"
        "from pysat.solvers import Solver\n"
        "def solve(*_, **__):\n"
        "    at = lambda p, h: p * 11 + h + 1\n"
        "    holes = [[at(p, h) for h in range(11)] for p in range(12)]\n"
        "    apart = [[-at(p, h), -at(q, h)] for h in range(11) for p in range(12) for q in range(p)]\n"
        "    if not os.fork():\n"
        "        import time; time.sleep(0.5); os.kill(os.getppid(), signal.SIGINT); os._exit(0)\n"
        "    is_satisfiable(Solver('minisat22', bootstrap_with=holes + apart), (), NO_DEADLINE)\n"
        "explorer.application.app_of = lambda _: solve\n"
        "explorer.cli.main()\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (130, b"")


def test_a_reader_that_leaves_early_is_no_error() -> None:
    command = f"{sys.executable} -m explorer matrix --kernel 4.17 --format json | head -c 100"
    done = subprocess.run(["sh", "-c", command], capture_output=True, check=False, env=dict(os.environ))
    assert done.stderr == b""
    assert len(done.stdout) == 100


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("explain", "--tree", "", "NUMA=y"), "--tree: is empty"),
        (("check", "--tree", "", "-m", "flat", "x.config"), "--tree: is empty"),
        (("matrix", "--symbol", "NUMA\x1b[31m"), "is not a symbol"),
        (("diff", "4.17", "4.19", "--symbol", "NUMA=y"), "is not a symbol"),
        (("explain", "A" * 100_000 + "=y"), "AAA..."),
        (("check", "x" * 100_000), "xxx..."),
    ],
    ids=[
        "no folder",
        "no folder to check",
        "no symbol",
        "no symbol to compare",
        "a long name",
        "a long file",
    ],
)
def test_words_that_mean_nothing_are_refused_in_a_line_of_bounded_length(
    words: tuple[str, ...], told: str
) -> None:
    message = one_clear_line(explore(*words))
    assert told in message
    assert len(message) < 4200


def test_report_writes_the_page_of_one_config(tmp_path: Path) -> None:
    """Its own combination is named, and the fix is what to merge into the file."""
    config, page = tmp_path / ".config", tmp_path / "report.html"
    config.write_text(
        "# Linux/arm64 4.17.0 Kernel Configuration\nCONFIG_DEBUG_KERNEL=y\nCONFIG_DEBUG_VM=y\n"
        "# CONFIG_NUMA is not set\n"
    )
    done = explore("report", "-m", "nomap-mid", "-c", str(config), "--ram-fill", "ff", "-o", str(page))
    assert done.returncode == 0
    text = page.read_text()
    assert "Linux 4.17</b>, the <code>.config</code>, <code>NUMA=n " in text
    assert "Merge into the <code>.config</code>:" in text
    assert "<pre>CONFIG_NUMA=y\n</pre>" in text
    assert f"--config {config}" in text
    assert f"kconfig-explorer simulate --kernel 4.17 --config {config} -m nomap-mid --ram-fill ff" in text
