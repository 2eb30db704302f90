# SPDX-License-Identifier: GPL-2.0-only
"""Every fuzz target, briefly: seeds bent by Hypothesis. Long runs are for ``atheris_run``."""

import shutil

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

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


@pytest.mark.skipif(shutil.which("dtc") is None, reason="dtc is not installed")
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
