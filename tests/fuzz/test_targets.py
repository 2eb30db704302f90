# SPDX-License-Identifier: GPL-2.0-or-later
"""Every fuzz target sees: its seeds are accepted, and a small corpus reaches what it is about."""

import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from explorer.errors import InputError
from tests.commandline import environment_without_coverage
from tests.fuzz.counts import Counts
from tests.fuzz.readers import NOT_FUZZED, modules_that_read
from tests.fuzz.replay import replayed
from tests.fuzz.target import Target
from tests.fuzz.targets import TARGETS

NO_DTC = pytest.mark.skipif(shutil.which("dtc") is None, reason="dtc is not installed")
NAMES = [pytest.param(name, marks=NO_DTC if name == "source" else ()) for name in TARGETS]


@pytest.mark.parametrize("name", NAMES)
def test_every_seed_is_accepted_and_every_bad_one_refused(name: str) -> None:
    target = TARGETS[name]
    assert target.seeds
    assert [target.accepts(seed) for seed in target.seeds] == [True] * len(target.seeds)
    assert [target.accepts(seed) for seed in target.refused] == [False] * len(target.refused)


@pytest.mark.parametrize("name", NAMES)
def test_a_small_corpus_gets_past_the_reader_and_reaches_the_code(name: str) -> None:
    target = TARGETS[name]
    found = replayed(target)
    assert not found.findings
    assert found.accepted + found.refused == len(target.seeds) + len(target.refused) + target.replayed
    assert found.share >= target.accepted
    assert found.branches >= target.branches


def test_what_a_reader_refuses_is_not_accepted_and_what_a_judge_refuses_is_a_finding() -> None:
    def refuse(_: bytes) -> None:
        raise InputError("is refused", hint="give another")

    def judge(_: bytes) -> None:
        refuse(b"")

    refusing = Target(refuse, lambda _: None, (b"",), (), accepted=0, branches=0)
    assert not refusing.accepts(b"")
    judging = Target(bytes, judge, (b"",), (), accepted=0, branches=0)
    with pytest.raises(InputError):
        judging.accepts(b"")


def test_a_range_whose_ends_are_in_the_wrong_order_is_judged() -> None:
    """Since v6.8 each end is the value that another answer becomes."""
    target = TARGETS["kconfig"]
    for low, high in (("17", "5"), ("0x1f", "5")):
        kind = "hex" if "x" in low else "int"
        for number in range(8):  # other releases and questions
            kconfig = f'config A{number}\n\t{kind} "a"\n\tdefault 0\n\trange {low} {high}\n'
            assert target.accepts(kconfig.encode())


def test_every_module_that_reads_has_a_target_or_a_reason() -> None:
    fuzzed = {module for target in TARGETS.values() for module in target.modules}
    readers = modules_that_read()
    missing = {
        name
        for name in readers
        if name not in fuzzed and not any(name.startswith(f"{part}.") for part in fuzzed)
    }
    assert missing == NOT_FUZZED.keys()


@pytest.mark.skipif(find_spec("atheris") is None, reason="atheris has no build for this Python or machine")
def test_a_run_of_libfuzzer_counts_what_was_accepted(tmp_path: Path) -> None:
    """One target for all: the harness is the same, and each target has its replay."""
    runs = 300
    counts = tmp_path / "counts"
    limits = [
        f"-runs={runs}",
        "-seed=1",
        "-timeout=60",
        "-rss_limit_mb=2048",
        f"-artifact_prefix={tmp_path}/",
    ]
    command = [sys.executable, "-m", "tests.fuzz.atheris_run", "config", *limits]
    environment = {**environment_without_coverage(), "FUZZ_COUNTS": str(counts)}
    done = subprocess.run(command, capture_output=True, check=False, env=environment)
    told = done.stderr.decode(errors="replace")
    assert done.returncode == 0, told[-4000:]
    assert f"Done {runs} runs" in told
    counted = Counts(counts)
    assert counted.accepted >= runs // 4
    assert counted.accepted + counted.refused >= runs
