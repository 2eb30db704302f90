# SPDX-License-Identifier: GPL-2.0-or-later
"""Every fuzz target, briefly: seeds bent by Hypothesis, then by libFuzzer. Long runs: README.md."""

import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.commandline import environment_without_coverage
from tests.fuzz.targets import TARGETS

TOKENS = (
    *(b"\0", b"\n", b"0x", b"ffffffffffffffff", b"-1", b" : reserved", b"MEMBLOCK configuration:\n", b"{"),
    *(
        b"[",
        b'"',
        b"NOMAP",
        b"/dts-v1/;",
        b"efi: ",
        b"CONFIG_",
        b"\x1f\x8b",
        b"\xd0\x0d\xfe\xed",
        b"\xff\xfe",
    ),
)


@st.composite
def bent(draw: st.DrawFn, seeds: tuple[bytes, ...]) -> bytes:
    """A seed with some places overwritten, cut out, doubled or filled with a token."""
    data = bytearray(draw(st.sampled_from(seeds)))
    for _ in range(draw(st.integers(1, 5))):
        at = draw(st.integers(0, len(data)))
        width = draw(st.integers(0, 40))
        change = draw(st.sampled_from("ocdti"))
        if change == "o":
            data[at : at + width] = draw(st.binary(min_size=width, max_size=width))
        elif change == "c":
            del data[at : at + width]
        elif change == "d":
            data[at:at] = data[at : at + width] * draw(st.integers(1, 50))
        elif change == "t":
            data[at:at] = draw(st.sampled_from(TOKENS))
        else:
            data[at:at] = draw(st.binary(max_size=width))
    return bytes(data)


RUNS = 1000
NO_DTC = pytest.mark.skipif(shutil.which("dtc") is None, reason="dtc is not installed")


@pytest.mark.parametrize("name", TARGETS)
def test_seeds_are_read(name: str) -> None:
    for seed in TARGETS[name].seeds:
        TARGETS[name].run(seed)


@pytest.mark.parametrize("name", sorted(set(TARGETS) - {"source"}))
def test_bent_seeds_are_read_or_refused_in_one_clear_line(name: str) -> None:
    target = TARGETS[name]

    @settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(bent(target.seeds))
    def run(data: bytes) -> None:
        target.run(data)

    run()


@NO_DTC
@settings(max_examples=40, deadline=None)
@given(bent(TARGETS["source"].seeds))
def test_bent_device_tree_sources_are_compiled_or_refused(data: bytes) -> None:
    TARGETS["source"].run(data)


@pytest.mark.parametrize("name", TARGETS)
def test_any_bytes_are_read_or_refused(name: str) -> None:
    target = TARGETS[name]

    @settings(max_examples=50, deadline=None)
    @given(st.binary(max_size=500))
    def run(data: bytes) -> None:
        target.run(data)

    run()


@pytest.mark.skipif(find_spec("atheris") is None, reason="atheris has no build for this Python or machine")
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=NO_DTC if name == "source" else ()) for name in TARGETS]
)
def test_libfuzzer_finds_nothing_at_once(name: str, tmp_path: Path) -> None:
    """The same inputs each time: what is new is for long runs to find, not for somebody else's change."""
    limits = [
        f"-runs={RUNS}",
        "-seed=1",
        "-timeout=60",
        "-rss_limit_mb=2048",
        f"-artifact_prefix={tmp_path}/",
    ]
    command = [sys.executable, "-m", "tests.fuzz.atheris_run", name, *limits]
    done = subprocess.run(command, capture_output=True, check=False, env=environment_without_coverage())
    told = done.stderr.decode(errors="replace")
    assert done.returncode == 0, told[-4000:]
    assert f"Done {RUNS} runs" in told
