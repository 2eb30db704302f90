# SPDX-License-Identifier: GPL-2.0-or-later
import gzip
import pickle
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.configuration import load_tree, parse_config, read_config
from explorer.configuration.tree.evaluation import Evaluation
from explorer.errors import InputError

CONFIGS = Path(__file__).parents[2] / "data" / "configs"


def test_settings_come_with_their_lines() -> None:
    lines = [
        "# Linux/arm64 6.1.187 Kernel Configuration",
        "CONFIG_A=y",
        "# CONFIG_B is not set",
        "",
        'CONFIG_S="a \\"b\\""',
        "CONFIG_N=14",
        "what",
    ]
    text = "\n".join(lines).encode()
    config = parse_config(text, "x")
    assert [(item.symbol, item.value, item.line) for item in config.settings] == [
        ("A", "y", 2),
        ("B", "n", 3),
        ("S", 'a "b"', 5),
        ("N", "14", 6),
    ]
    assert [(bad.line, bad.text) for bad in config.unreadable] == [(7, "what")]
    assert (str(config.version), config.arch) == ("6.1.187", "arm64")


def test_the_last_setting_of_a_symbol_counts() -> None:
    assert parse_config(b"CONFIG_A=y\n# CONFIG_A is not set\n", "x").values == {"A": "n"}


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("*.gz")), ids=lambda path: path.name)
def test_debian_configs_are_read_whole(path: Path) -> None:
    config = read_config(str(path))
    assert config.arch == "arm64"
    assert config.version is not None
    assert path.name.startswith(f"{config.version.series[0]}.{config.version.series[1]}.")
    assert config.unreadable == ()
    assert config.values["ARM64"] == "y"
    lines = gzip.decompress(path.read_bytes()).decode().splitlines()
    assert len(config.settings) == sum(
        line.startswith("CONFIG_") or line.endswith("is not set") for line in lines
    )


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"CONFIG_A=y\n\0\0", "NUL bytes"),
        (b"CONFIG_A=\xff\n", "not UTF-8 text"),
        (gzip.compress(b"CONFIG_A=y\n", mtime=0)[:-4], "broken gzip"),
        (gzip.compress(b"\n" * ((64 << 20) + 1), mtime=0), "larger than 64 MiB"),
    ],
)
def test_what_is_no_config_is_refused(data: bytes, words: str, tmp_path: Path) -> None:
    path = tmp_path / "config"
    path.write_bytes(data)
    with pytest.raises(InputError, match=words):
        read_config(str(path))
    with pytest.raises(InputError, match="standard input.*" + words):
        read_config("-", BytesIO(data))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (
            b"\xd0\x0d\xfe\xed\0\0\0\x48",
            "holds NUL bytes: a device tree, not a .config (it is a machine: give it with -m",
        ),
        (
            b"MZ".ljust(56, b"\0") + b"ARM\x64",
            "holds NUL bytes: a kernel image, not a .config (scripts/extract-ikconfig",
        ),
        (b"\x7fELF\x02\0", "holds NUL bytes: a program or a vmlinux, not a .config"),
        (b"\xfd7zXZ\0\0", "holds NUL bytes: packed by xz, not a .config (unpack it first"),
        (b"\x28\xb5\x2f\xfd\0", "holds NUL bytes: packed by zstd, not a .config"),
        (b"what\0", "holds NUL bytes: not a .config"),
    ],
)
def test_what_people_give_by_mistake_is_named(data: bytes, words: str, tmp_path: Path) -> None:
    for name, content in (("plain", data), ("packed", gzip.compress(data))):
        path = tmp_path / name
        path.write_bytes(content)
        with pytest.raises(InputError) as raised:
            read_config(str(path))
        assert str(raised.value).startswith(f"{path}: {words}")


def test_missing_files_and_directories_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        read_config(str(tmp_path / "missing"))
    with pytest.raises(InputError, match="is a directory"):
        read_config(str(tmp_path))


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        config = read_config("-", BytesIO(data))
    except InputError as error:
        assert "\n" not in str(error)  # noqa: PT017 # either outcome is right
        return
    assert all(1 <= item.line <= data.count(b"\n") + data.count(b"\r") + 20 for item in config.settings)


@pytest.mark.parametrize(
    ("text", "value", "quoted"),
    [
        ('"y"', "y", True),
        ("y ", "y", False),
        ("14 ", "14 ", False),
        ('"a"b"', "a", True),
        ('"abc', '"abc', False),
        ('"abc\\', '"abc\\', False),
        ('"a\\"b\\\\"', 'a"b\\', True),
        ("", "", False),
    ],
)
def test_a_value_remembers_its_quotes(text: str, value: str, *, quoted: bool) -> None:
    (found,) = parse_config(f"CONFIG_A={text}\n".encode(), "x").settings
    assert (found.value, found.value.quoted) == (value, quoted)
    again = pickle.loads(pickle.dumps(found.value))  # noqa: S301 # our own
    assert (again, again.quoted) == (value, quoted)


@pytest.mark.parametrize(
    "between", ["\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029", "\r"]
)
def test_lines_end_at_newlines_alone(between: str) -> None:
    text = f'CONFIG_A="a{between}CONFIG_B=y"\r\nCONFIG_C=y\n'
    config = parse_config(text.encode(), "x")
    assert config.values == {"A": f"a{between}CONFIG_B=y", "C": "y"}
    assert config.settings[-1].line == 2


def test_what_releases_or_people_read_differently_is_kept_aside() -> None:
    config = parse_config(b"# CONFIG_A is not set # why\n#CONFIG_B is not set\n # CONFIG_C is not set\n", "x")
    assert config.values == {"A": "n"}
    assert [bad.line for bad in config.unreadable] == [1, 2, 3]


def test_types_want_the_quotes_that_conf_wants(tmp_path: Path) -> None:
    text = "".join(
        f"config {name}\n {kind} 'p'\n" for name, kind in (("B", "bool"), ("I", "int"), ("S", "string"))
    )
    (tmp_path / "Kconfig").write_text(text)
    tree = load_tree(tmp_path)
    given = parse_config(b'CONFIG_B="y"\nCONFIG_I="5"\nCONFIG_S=text\n', "x")
    evaluation = Evaluation(tree, given.values)
    assert not any(tree.accepts(name, value) for name, value in given.values.items())
    assert [evaluation.value(name) for name in "BS"] == ["n", ""]
    given = parse_config(b'CONFIG_B=y\nCONFIG_I=5\nCONFIG_S="text"\n', "x")
    evaluation = Evaluation(tree, given.values)
    assert all(tree.accepts(name, value) for name, value in given.values.items())
    assert [evaluation.value(name) for name in "BIS"] == ["y", "5", "text"]


def test_a_symbol_without_a_type_takes_nothing(tmp_path: Path) -> None:
    (tmp_path / "Kconfig").write_text("config A\n\tprompt 'p'\n")
    assert not load_tree(tmp_path).accepts("A", "y")


def test_not_set_says_n_of_a_bool_and_nothing_of_a_string(tmp_path: Path) -> None:
    (tmp_path / "Kconfig").write_text('config B\n\tbool "b"\nconfig S\n\tstring "s"\n\tdefault "x"\n')
    tree = load_tree(tmp_path)
    unset = parse_config(b"# CONFIG_B is not set\n# CONFIG_S is not set\n", "x").values
    assert [tree.accepts(name, value) for name, value in unset.items()] == [True, False]
    evaluation = Evaluation(tree, unset)
    assert [evaluation.value(name) for name in "BS"] == ["n", "x"]
    assert not tree.accepts("S", parse_config(b"CONFIG_S=n\n", "x").values["S"])
