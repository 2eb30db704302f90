# SPDX-License-Identifier: GPL-2.0-or-later
"""A file that is replaced by a link while it is opened is not read."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest

from explorer.configuration.files import confined_open
from explorer.configuration.files.confined_open import OutsideError, open_file
from explorer.configuration.files.sources import Sources
from explorer.errors import InputError

SECRET = b"secret"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A tree with one file, beside a folder of the same shape with a secret."""
    for name, text in (("tree", b"public"), ("outside", SECRET)):
        (tmp_path / name / "sub").mkdir(parents=True)
        (tmp_path / name / "sub" / "Kconfig").write_bytes(text)
    return tmp_path / "tree"


@contextmanager
def swapping(tree: Path) -> Iterator[None]:
    """Another process, as a thread, puts a link to the outside in the place of a folder, again and again."""
    stop, real, link = threading.Event(), tree / "real", tree / "link"
    link.symlink_to(tree.parent / "outside" / "sub")

    def swap() -> None:
        while not stop.is_set():
            (tree / "sub").rename(real)
            link.rename(tree / "sub")
            (tree / "sub").rename(link)
            real.rename(tree / "sub")

    thread = threading.Thread(target=swap)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def test_a_link_that_comes_and_goes_leads_nowhere(tree: Path) -> None:
    read = {"public": 0, "refused": 0, "gone": 0}
    with swapping(tree):
        for _ in count():
            try:
                assert Sources(tree).read("sub/Kconfig") == b"public"
                read["public"] += 1
            except InputError:
                read["refused"] += 1
            except FileNotFoundError:
                read["gone"] += 1
            if min(read["public"], read["refused"]) >= 20:
                break


@pytest.mark.parametrize("without", ["O_PATH", "/proc"])
def test_other_systems_refuse_links_too(without: str, tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if without == "O_PATH":
        monkeypatch.setattr(confined_open, "_O_PATH", 0)
    else:
        monkeypatch.setattr(confined_open, "_HANDLES", "/nowhere")
    (tree / "link").symlink_to(tree.parent / "outside" / "sub")
    root = str(tree)
    handle = open_file(f"{root}/sub/Kconfig", lambda path: path.startswith(root))
    assert os.read(handle, 10) == b"public"
    os.close(handle)
    with pytest.raises(OutsideError):
        open_file(f"{root}/link/Kconfig", lambda path: path.startswith(root))
