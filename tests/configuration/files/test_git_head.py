# SPDX-License-Identifier: GPL-2.0-or-later
"""The commit of a checkout, as ``git rev-parse HEAD`` gives it, in each layout that git makes."""

import os
import subprocess
from pathlib import Path

import pytest

from explorer.configuration.files.git_head import commit_of_checkout

QUIET = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null"}


def git(folder: Path, *words: str) -> str:
    person = ["-c", "user.name=a", "-c", "user.email=a@b.c"]
    done = subprocess.run(
        ["git", *person, *words],
        cwd=folder,
        capture_output=True,
        check=True,
        env={**os.environ, **QUIET},
    )
    return done.stdout.decode().strip()


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    folder = tmp_path / "linux"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    git(folder, "commit", "-q", "--allow-empty", "-m", "one")
    return folder


def agrees(folder: Path) -> bool:
    commit = git(folder, "rev-parse", "HEAD")
    return len(commit) == 40 and commit_of_checkout(folder) == commit


def test_the_commit_is_that_of_git_in_every_layout(checkout: Path) -> None:
    assert agrees(checkout)
    git(checkout, "switch", "-q", "-c", "topic/holes")
    assert agrees(checkout)
    git(checkout, "pack-refs", "--all")
    assert agrees(checkout)
    git(checkout, "commit", "-q", "--allow-empty", "-m", "two")
    assert agrees(checkout)
    git(checkout, "worktree", "add", "-q", "../other", "main")
    assert agrees(checkout.parent / "other")
    git(checkout, "pack-refs", "--all")
    assert agrees(checkout.parent / "other")
    git(checkout, "checkout", "-q", "--detach")
    assert agrees(checkout)


def test_what_is_no_checkout_or_has_no_commit_has_none(checkout: Path, tmp_path: Path) -> None:
    assert commit_of_checkout(tmp_path) == ""
    (checkout / "mm").mkdir()
    assert commit_of_checkout(checkout / "mm") == ""
    git(checkout, "switch", "-q", "--orphan", "empty")
    assert commit_of_checkout(checkout) == ""


@pytest.mark.parametrize("head", ["ref: refs/../../../secret", "\0", "ref: refs/heads/\udcff", "0" * 39, ""])
def test_a_strange_head_has_none(checkout: Path, head: str) -> None:
    (checkout / ".git/HEAD").write_bytes(head.encode("utf-8", "surrogateescape"))
    assert commit_of_checkout(checkout) == ""
    (checkout / ".git/HEAD").unlink()
    (checkout / ".git/HEAD").mkdir()
    assert commit_of_checkout(checkout) == ""


def test_a_git_folder_elsewhere_is_read_only_if_it_names_the_tree(checkout: Path, tmp_path: Path) -> None:
    """Otherwise a stranger's tree could have any file printed that holds 40 hexadecimal digits."""
    stranger = tmp_path / "stranger"
    stranger.mkdir()
    (stranger / ".git").write_text(f"gitdir: {checkout / '.git'}\n")
    assert commit_of_checkout(stranger) == ""
    git(checkout, "worktree", "add", "-q", "--detach", "../other")
    (stranger / ".git").write_text((tmp_path / "other" / ".git").read_text())
    assert commit_of_checkout(stranger) == ""
    assert agrees(tmp_path / "other")


@pytest.mark.parametrize("name", [".git", ".git/HEAD", ".git/refs/heads/main", ".git/commondir"])
def test_links_of_a_checkout_that_leave_it_are_not_read(name: str, checkout: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("0123456789" * 4)
    link = checkout / name
    if name == ".git":
        link.rename(tmp_path / "elsewhere")
        link.symlink_to(tmp_path / "elsewhere")
    elif name == ".git/commondir":
        link.write_text("../../elsewhere")
        (checkout / ".git/refs").rename(tmp_path / "elsewhere")
    else:
        link.unlink()
        link.symlink_to(tmp_path / "secret")
    assert commit_of_checkout(checkout) == ""


def test_the_commit_of_a_submodule_is_that_of_git(checkout: Path, tmp_path: Path) -> None:
    outer = tmp_path / "outer"
    outer.mkdir()
    git(outer, "init", "-q")
    git(outer, "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(checkout), "linux")
    assert agrees(outer / "linux")
