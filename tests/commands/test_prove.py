# SPDX-License-Identifier: GPL-2.0-or-later
"""The command ``prove`` as a user runs it; claims that take seconds are made up."""

import json
import signal
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest

from explorer.application import app_of
from explorer.boot import Gap, GapKind, KernelConfig
from explorer.commands import prove as command
from explorer.document.proof import ProofOutcome, proof_document, proof_outcome
from explorer.errors import InputError
from explorer.machine import MemoryMap, read_machine, shipped_map
from explorer.process.interrupts import Interrupted
from explorer.proof import Claim, Claims, Level
from explorer.resources import data_folder
from tests.commandline import explore
from tests.proof.samples import sample_claims
from tests.study.family_proofs import kernel_rows, prover

SCHEMA = json.loads((data_folder("reports") / "proof.schema.json").read_text())
ONE_BUILD = (
    "--kernel",
    "4.17",
    "--set",
    "ARM64_4K_PAGES=y",
    "--set",
    "SPARSEMEM_VMEMMAP=y",
    "--set",
    "DEBUG_VM=y",
)


def made_up(config: KernelConfig) -> Claims:
    """NUMA=y is safe everywhere, NUMA=n has a counterexample."""
    if config.has("NUMA"):
        return Claims(config, tuple(Claim(level, (frozenset(),), ()) for level in Level), (), 3)
    return replace(sample_claims(), kernel_config=config)


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    """The exit code and the output of the command in this process."""
    code = app_of(("prove",))(["prove", *words, "--jobs", "1"], standalone_mode=False)
    return code, capsys.readouterr().out


@pytest.fixture
def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "proven_claims", made_up)


@pytest.mark.usefixtures("fast")
def test_each_row_has_its_claims_and_the_document_keeps_its_schema(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code, output = run(capsys, *ONE_BUILD, "--format", "json")
    document = json.loads(output)
    jsonschema.validate(document, SCHEMA)
    assert code == 1
    outcomes = {
        row["values"]["NUMA"]: document["builds"][row["build"]]["outcome"] for row in document["rows"]
    }
    assert outcomes == {"n": "counterexample", "y": "proven"}


@pytest.mark.usefixtures("fast")
def test_the_text_says_the_condition_first_and_then_what_kills(capsys: pytest.CaptureFixture[str]) -> None:
    _, output = run(capsys, *ONE_BUILD)
    condition, smallest = (
        output.index("never a fault: on pageblock-aligned maps"),
        output.index("smallest map: 0x40000000+"),
    )
    assert condition < smallest
    assert "dies on the trigger fallback, in move_freepages()" in output
    assert "never a fault: on any memory map, proven" in output
    assert output.rstrip().endswith(
        "2 rows, 2 different builds: 1 proven safe, 1 with counterexamples, 0 unknown"
    )


@pytest.mark.usefixtures("fast")
def test_a_machine_that_meets_the_condition_is_proven_safe(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    flat = tmp_path / "flat.json"
    flat.write_text('{"memory": [{"base": "0x40000000", "size": "0x40000000"}]}')
    code, output = run(capsys, *ONE_BUILD, "-m", str(flat))
    assert code == 0
    assert output.count("flat.json: meets the condition") == 2
    code, output = run(capsys, *ONE_BUILD, "-m", "nomap-mid")
    assert code == 1
    assert "nomap-mid: unsafe; it does not meet the condition: nomap begins" in output


@pytest.mark.usefixtures("fast")
def test_counterexamples_are_written_as_files(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    run(capsys, *ONE_BUILD, "--write-dts", str(tmp_path / "out"))
    written = sorted(path.suffix for path in (tmp_path / "out").iterdir())
    assert written == [".json"]  # 4.17 makes no nomap of a device tree
    memory_map = read_machine(str(next((tmp_path / "out").glob("*.json"))))
    assert isinstance(memory_map, MemoryMap)
    assert memory_map.memory == sample_claims().claims[0].counterexamples[0].memory_map.memory


def test_what_is_not_modelled_is_unknown() -> None:
    build = sample_claims().kernel_config
    gap = Gap(GapKind.MISSING_PFN_VALID, "HAVE_ARCH_PFN_VALID")
    document = proof_document([], {}, ())
    assert proof_outcome(document) is ProofOutcome.PROVEN
    unknown = {"outcome": "unknown"}
    assert proof_outcome({"builds": [unknown]}) is ProofOutcome.UNKNOWN
    assert proof_outcome({"builds": [unknown, {"outcome": "counterexample"}]}) is ProofOutcome.COUNTEREXAMPLE
    assert proof_outcome({"builds": [None, {"outcome": "proven"}]}) is ProofOutcome.UNKNOWN
    assert Claims(build, (), (gap,), 0).of(Level.NEVER) is None


def test_bad_input_is_refused() -> None:
    done = explore("prove", "--kernel", "2.6.32")
    assert done.returncode == 2
    assert b"2.6.32" in done.stderr
    assert b"Traceback" not in done.stderr


def test_an_interrupt_keeps_what_was_proven(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(config: KernelConfig) -> Claims:
        if config.has("NUMA"):
            raise Interrupted(signal.SIGTERM)
        return made_up(config)

    monkeypatch.setattr(command, "proven_claims", interrupted)
    code, output = run(capsys, *ONE_BUILD)
    assert code == 143
    assert "never a fault: on pageblock-aligned maps" in output
    assert output.count("not tried: interrupted") == 1
    _, output = run(capsys, *ONE_BUILD, "--format", "json")
    document = json.loads(output)
    jsonschema.validate(document, SCHEMA)
    assert [build is None for build in document["builds"]] == [False, True]


@pytest.mark.usefixtures("fast")
def test_the_rows_of_a_kernel_say_together_where_it_is_safe(capsys: pytest.CaptureFixture[str]) -> None:
    code, output = run(capsys, *ONE_BUILD)
    assert code == 1
    assert (
        "safe sets of Linux 4.17\n  on any memory map: safe if and only if NUMA=y (1 of 2 rows)\n" in output
    )
    every = run(capsys, *ONE_BUILD, "--all")[1]
    assert all(f"  {level}\n    on any memory map: " in every for level in Level)


@pytest.mark.usefixtures("fast")
def test_changes_and_guards_are_searched_on_request(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    prove = prover([shipped_map("nomap-mid"), shipped_map("rm-start")])
    monkeypatch.setattr(command, "proven_claims", prove)
    asked = (*ONE_BUILD, "--fewest-changes", "1", "--guards", "-m", "nomap-mid")
    document = json.loads(run(capsys, *asked, "--format", "json")[1])
    jsonschema.validate(document, SCHEMA)
    (kernel,) = document["kernels"]
    assert [change["name"] for change in kernel["fewest_changes"][0]["changes"]] == ["holes_in_zone_always"]
    assert kernel["guards"][0]["cheapest"] == "whole sections"
    _, output = run(capsys, *asked)
    assert "fewest changes for Linux 4.17\n  on any memory map: 1 change, holes_in_zone_always" in output
    assert "nomap-mid, 4K pages, SPARSEMEM_VMEMMAP\n  a whole section: 262,144 struct pages" in output


def test_guards_need_a_machine(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(InputError, match="no machine to compare guards on"):
        run(capsys, *ONE_BUILD, "--guards")


def test_an_interrupted_search_keeps_the_claims(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    proven: list[KernelConfig] = []

    def interrupted(config: KernelConfig) -> Claims:
        if len(proven) == 2:
            raise Interrupted(signal.SIGINT)
        proven.append(config)
        return made_up(config)

    monkeypatch.setattr(command, "proven_claims", interrupted)
    code, output = run(capsys, *ONE_BUILD, "--guards", "-m", "flat")
    assert code == 130
    assert "flat: meets the condition" in output
    assert "safe sets of Linux 4.17" in output


@pytest.mark.usefixtures("fast")
def test_builds_are_proven_in_order_with_one_process_and_with_two() -> None:
    _, rows = kernel_rows("4.17", ("ARM64_4K_PAGES", "y"), ("SPARSEMEM_VMEMMAP", "y"))
    configs = [row.kernel_config for row in (*rows, *rows[::-1])]
    for jobs in (1, 2):
        assert [claims.kernel_config for claims in command.in_order(configs, jobs)] == configs
