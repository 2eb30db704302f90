# SPDX-License-Identifier: GPL-2.0-or-later
"""The release that files are judged for."""

from pathlib import Path

import pytest

import explorer
from explorer.configuration import Tree
from explorer.errors import InputError
from explorer.machine import all_shipped_maps
from tests.checking.judging import WHOLE, judged, limits_of, text_config


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "BR2_aarch64=y\n",
            "sets no symbol; its first line says: BR2_aarch64=y (no line begins with CONFIG_",
        ),
        ("/dts-v1/;\n/ {};\n", "sets no symbol; its first line says: /dts-v1/; (no line begins with CONFIG_"),
        ("# a comment\n", "sets no symbol (give a kernel .config, plain or gzip)"),
        (
            "#\n# U-Boot 2023.01 Configuration\n#\nCONFIG_ARM=y\n",
            "is a configuration of U-Boot, not of a kernel (give the kernel's .config)",
        ),
        (
            "# Buildroot 2024.02 Configuration\nCONFIG_A=y\n",
            "is a configuration of Buildroot, not of a kernel",
        ),
    ],
)
def test_the_configuration_of_another_program_is_refused_by_name(text: str, expected: str) -> None:
    with pytest.raises(InputError) as raised:
        explorer.check(text_config(text), kernel="6.12", machines=["flat"])
    assert str(raised.value).startswith(f"x.config: {expected}")


def test_a_tree_of_an_undescribed_release_is_judged_by_its_kconfig(tmp_path: Path) -> None:
    (tmp_path / "Makefile").write_text("VERSION = 7\nPATCHLEVEL = 99\nSUBLEVEL = 0\n")
    (tmp_path / "Kconfig").write_text(
        "config ARM64\n\tdef_bool y\nconfig SPARSEMEM\n\tdef_bool y\nconfig SPARSEMEM_VMEMMAP\n\tdef_bool y\n"
        "config NUMA\n\tbool 'numa'\n"
    )
    config = text_config("CONFIG_ARM64=y\nCONFIG_NUMA=maybe\n")
    checked = explorer.check(config, tree=tmp_path)
    assert (checked.verdict, checked.kernel_config, checked.boots) == ("unknown", None, ())
    assert [finding.id for finding in checked.findings] == ["wrong-type", "unknown"]
    booted = explorer.check(config, tree=tmp_path, kernel="6.12")
    assert (booted.verdict, len(booted.boots)) == ("safe", len(all_shipped_maps()))
    assert any("is of kernel 7.99; memory is initialised as in 6.12" in limit for limit in limits_of(booted))
    with pytest.raises(InputError, match=r"kernel 7\.99"):
        explorer.check(config, tree=tmp_path, with_changes=["f52bb98f5ade"])


def test_a_header_of_an_undescribed_release_is_refused() -> None:
    with pytest.raises(InputError, match=r"its header names kernel 7\.99.*described are 4\.10 to"):
        explorer.check(text_config("# Linux/arm64 7.99.0 Kernel Configuration\nCONFIG_ARM64=y\n"))


def test_a_header_of_another_release_than_the_tree_is_a_limit(tree: Tree) -> None:
    header = "# Linux/arm64 6.12.7 Kernel Configuration\n"
    expected = "the header names kernel 6.12.7; judged as 6.12, the release of the tree"
    assert expected in limits_of(judged(tree, header + WHOLE))


@pytest.mark.parametrize(
    ("named", "expected"),
    [("5.15.0", False), ("5.15.139", False), ("5.14.0-rc5", False), ("5.15.0-1037-generic", True)],
)
def test_the_release_of_a_distribution_is_a_limit(named: str, *, expected: bool) -> None:
    config = text_config(f"# Linux/arm64 {named} Kernel Configuration\nCONFIG_ARM64=y\n")
    limits = limits_of(explorer.check(config, machines=["flat"]))
    assert any(named in limit and "distribution" in limit for limit in limits) is expected
    limits = limits_of(explorer.check(config, machines=["flat"], kernel=named))
    assert not any(named in limit for limit in limits)
    limits = limits_of(explorer.check(config, machines=["flat"], kernel="6.1"))
    assert f"the header names kernel {named}; judged as 6.1, which was named" in limits


@pytest.mark.parametrize(
    ("named", "folder"),
    [
        ("6.4.0-rc4", "kconfig/6.4-6.5"),
        ("6.1.0-rc6", "kconfig/6.1-6.3"),
        ("5.14.0-rc3", "kconfig/5.14-rc1-rc7"),
        ("5.17.1-rc1", "kconfig/5.15.36-6.0"),
    ],
)
def test_a_candidate_is_judged_by_the_fragment_of_its_release(named: str, folder: str) -> None:
    header = f"# Linux/arm64 {named} Kernel Configuration\nCONFIG_ARM64=y\n"
    checked = explorer.check(text_config(header), machines=["flat"])
    assert checked.tree.label == folder
    assert explorer.load(named).tree.label == folder  # what simulate and the others judge by
