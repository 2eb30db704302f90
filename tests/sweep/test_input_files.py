# SPDX-License-Identifier: GPL-2.0-or-later
"""The files of a sweep: what a folder stands for, and what cannot be read."""

import os
from pathlib import Path

import pytest

from explorer.errors import InputError
from explorer.sweep.input_files import (
    config_files,
    configurations_of,
    content_of,
    machine_row,
    machine_sources,
    machines_of_sources,
)

MAP = '{"memory": [{"base": "0x40000000", "size": "0x8000000"}]}'
LIST = "   0: 0x0000000040000000..0x0000000047ffffff    0 NONE\n"


def test_a_folder_stands_for_its_files_without_hidden_ones(tmp_path: Path) -> None:
    for name in ("b.config", ".config", ".config.old", ".gitignore", "deep/a.config", ".git/config"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
    (tmp_path / "again").symlink_to(tmp_path)
    found = config_files([str(tmp_path), str(tmp_path / "b.config")])
    names = [str(Path(name).relative_to(tmp_path)) for name in found]
    assert names == [".config", ".config.old", "b.config", "deep/a.config"]


def test_a_copy_of_debugfs_is_one_machine(tmp_path: Path) -> None:
    (tmp_path / "board").mkdir()
    (tmp_path / "board" / "memory").write_text(LIST)
    (tmp_path / "board" / "reserved").write_text(LIST)
    (tmp_path / "map.json").write_text(MAP)
    sources = machine_sources([str(tmp_path), "flat"])
    assert [Path(name).name for name in sources] == ["board", "map.json", "flat"]
    machines, unreadable = machines_of_sources(sources)
    assert not unreadable
    assert {machine_row(machine).memory_bytes for machine in machines[:2]} == {128 << 20}


def test_what_cannot_be_read_is_listed_and_the_rest_used(tmp_path: Path) -> None:
    (tmp_path / "good.json").write_text(MAP)
    (tmp_path / "empty.json").touch()
    (tmp_path / "half.json").write_text('{"memory":\n')
    (tmp_path / "nonsense.dtb").write_bytes(b"\xd0\x0d\xfe\xed" * 4)
    (tmp_path / "gone.json").symlink_to(tmp_path / "nowhere")
    os.mkfifo(tmp_path / "pipe")
    machines, unreadable = machines_of_sources(machine_sources([str(tmp_path)]))
    assert [Path(machine.name).name for machine in machines] == ["good.json"]
    messages = {Path(row.file).name: row.message for row in unreadable}
    assert sorted(messages) == ["empty.json", "gone.json", "half.json", "nonsense.dtb", "pipe"]
    assert messages["half.json"].startswith("line 2: not JSON")
    assert messages["pipe"].startswith("is no regular file")
    assert not any(str(tmp_path) in message for name, message in messages.items() if name != "gone.json")


def test_a_file_that_changes_while_the_sweep_runs_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "a.config"
    file.write_text("CONFIG_NUMA=y\n")
    (configuration,), unreadable = configurations_of([str(file)], ["4.17"])
    assert not unreadable
    assert content_of(configuration) == b"CONFIG_NUMA=y\n"
    file.write_text("CONFIG_NUMA=n\n")
    with pytest.raises(InputError, match="changed while the sweep ran"):
        content_of(configuration)


@pytest.mark.parametrize(
    ("name", "message"), [("none", "no such file or folder"), ("", "no such"), ("\0", "no such")]
)
def test_a_source_that_does_not_exist_is_refused(name: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        config_files([name])


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no file"):
        machine_sources([str(tmp_path)])
