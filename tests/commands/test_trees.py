# SPDX-License-Identifier: GPL-2.0-or-later
"""Which kernel is judged, and what is told of it."""

import json
from pathlib import Path

import pytest

from explorer.commands.trees import TreeOptions, chosen_kernels
from explorer.configuration import parse_config
from tests.commandline import explore, one_clear_line

RELEASE = TreeOptions(None)
HEADER = "# Linux/arm64 6.1.55 Kernel Configuration\nCONFIG_NUMA=y\n"


@pytest.mark.parametrize(
    ("named", "where", "text", "releases", "note"),
    [
        (["6.6", "6.12", "6.6"], RELEASE, HEADER, ("6.6", "6.12"), ""),
        ([None], RELEASE, HEADER, ("6.1.55",), "the kernel is 6.1.55, as the header of a.config says"),
        ([None], RELEASE, "CONFIG_NUMA=y\n", ("4.17",), "no kernel was named, so this is 4.17"),
        (None, RELEASE, None, ("4.17",), "no kernel was named, so this is 4.17"),
        (["6.6", "6.12"], TreeOptions("linux"), HEADER, ("6.6",), ""),
        (None, TreeOptions("linux"), None, ("4.17",), ""),
    ],
)
def test_the_kernel_is_that_of_the_options_then_of_the_header_then_the_default(
    named: list[str | None] | None, where: TreeOptions, text: str | None, releases: tuple[str, ...], note: str
) -> None:
    config = None if text is None else parse_config(text.encode(), "a.config")
    chosen = chosen_kernels(named, where, config)
    assert chosen.releases == releases
    assert chosen.note.startswith(note)
    assert bool(chosen.note) == bool(note)


@pytest.mark.parametrize(
    "words",
    [("explain", "NUMA=y"), ("count", "NUMA"), ("graph", "--symbol", "NUMA"), ("simulate", "-m", "flat")],
)
def test_a_kernel_that_nobody_named_is_told_on_standard_error(words: tuple[str, ...]) -> None:
    default, named = explore(*words), explore(*words, "--kernel", "4.17")
    assert b"no kernel was named, so this is 4.17" in default.stderr
    assert default.stdout == named.stdout
    assert named.stderr == b""


def test_explain_takes_the_kernel_from_the_header_of_the_file(tmp_path: Path) -> None:
    (tmp_path / ".config").write_text(HEADER)
    done = explore("explain", "-c", ".config", "NUMA=n", "--format", "json", cwd=tmp_path)
    assert json.loads(done.stdout)["kernel"] == "6.1.55"
    assert b"the kernel is 6.1.55, as the header of .config says" in done.stderr


@pytest.mark.parametrize(
    "words",
    [("explain", "--tree", "LINK", "NUMA=y"), ("check", "--tree", "LINK", "LINK"), ("diff", "LINK", "6.1")],
)
def test_a_link_to_itself_is_no_tree(words: tuple[str, ...], tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(link)
    done = explore(*(str(link) if word == "LINK" else word for word in words))
    assert str(link) in one_clear_line(done)
