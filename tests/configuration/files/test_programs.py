# SPDX-License-Identifier: GPL-2.0-or-later
"""Trees of other architectures and programs: the top file, the program, ARCH, and what make exports."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from explorer.configuration import Tree, load_tree
from explorer.configuration.tree.evaluation import Evaluation
from explorer.errors import InputError, NotAllowedError

UBOOT = 'mainmenu "U-Boot $(UBOOTVERSION) Configuration"\nconfig V\n\tstring\n\tdefault "$(UBOOTVERSION)"\n'
XEN = """mainmenu "Xen/$(SRCARCH) $(XEN_FULLVERSION) Configuration"
source "arch/$(SRCARCH)/Kconfig"
config V
	string
	default "$(ARCH) $(XEN_FULLVERSION)"
config PATCHES
	bool "live patches"
	depends on "$(XEN_HAS_BUILD_ID)" = "y"
"""
BAREBOX = """mainmenu "Barebox/$(ARCH) $(KERNELVERSION) Configuration"
source "arch/$(SRCARCH)/Kconfig"
"""
COREBOOT = """## SPDX-License-Identifier: GPL-2.0-or-later
mainmenu "coreboot configuration"
source "site-local/Kconfig"
choice
	prompt "board"
source "src/board/*/Kconfig"
endchoice
"""
BUSYBOX = 'mainmenu "Configuration"\nconfig A\n\tbool\n\tdefault y\nsource shell/Config.in\n'
LINUX = 'mainmenu "Linux/$(ARCH) $(KERNELVERSION) Kernel Configuration"\nsource "arch/$(SRCARCH)/Kconfig"\n'
MAPPING = (
    "ifeq ($(ARCH),i386)\n        SRCARCH := x86\nendif\nifeq ($(ARCH),newer64)\nSRCARCH := arm\nendif\n"
)


def tree_of(folder: Path, files: Mapping[str, str], **options: object) -> Tree:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return load_tree(folder, **options)  # type: ignore[arg-type] # whatever the test gives


def arch_files(*names: str) -> dict[str, str]:
    return {
        f"arch/{name}/Kconfig": f'config IS_{name.upper()}\n\tdef_bool "$(ARCH)" != ""\n' for name in names
    }


def test_a_tree_of_uboot_is_no_kernel_of_the_year_2026(tmp_path: Path) -> None:
    makefile = "VERSION = 2026\nPATCHLEVEL = 10\nSUBLEVEL =\nEXTRAVERSION = -rc2\n"
    tree = tree_of(tmp_path, {"Kconfig": UBOOT, "Makefile": makefile})
    assert (tree.program.name, tree.version, tree.arch, tree.subject) == ("U-Boot", None, "", "U-Boot")
    assert not tree.is_arm64_linux
    assert Evaluation(tree).value("V") == "2026.10-rc2"
    with pytest.raises(InputError, match="is U-Boot, not Linux"):
        _ = tree.release
    with pytest.raises(InputError, match="U-Boot has no ARCH"):
        load_tree(tmp_path, arch="riscv")


def test_the_year_in_a_makefile_is_no_release_of_linux(tmp_path: Path) -> None:
    files = {"Kconfig": "config A\n\tbool\n", "Makefile": "VERSION = 2019\nPATCHLEVEL = 1\n"}
    assert tree_of(tmp_path, files).program.name == "another program"


def test_an_unknown_program_has_no_release(tmp_path: Path) -> None:
    files = {"Kconfig": 'mainmenu "Fridge OS Configuration"\n', "Makefile": "VERSION = 6\nPATCHLEVEL = 1\n"}
    tree = tree_of(tmp_path, files)
    assert (tree.program.name, tree.version) == ("Fridge", None)


@pytest.mark.parametrize(("arch", "name"), [("x86", "x86_64"), ("x86_64", "x86_64"), ("arm64", "arm64")])
def test_xen_is_read_from_its_folder_and_gets_what_its_makefile_exports(
    tmp_path: Path, arch: str, name: str
) -> None:
    makefile = "export XEN_VERSION       = 4\nexport XEN_SUBVERSION    = 19\n"
    makefile += "export XEN_EXTRAVERSION ?= .1$(XEN_VENDORVERSION)\n"
    files = {"Kconfig": XEN, "Makefile": makefile, **arch_files("arm", "x86")}
    tree = tree_of(tmp_path, {f"xen/{file}": text for file, text in files.items()}, arch=arch)
    assert (tree.program.name, tree.label) == ("Xen", f"{tmp_path.name}/xen")
    assert Evaluation(tree).value("V") == f"{name} 4.19.1"
    assert Evaluation(tree).is_visible("PATCHES")
    assert tree.defines("IS_X86") == (name == "x86_64")
    same = load_tree(tmp_path, arch=arch, top="xen/Kconfig")
    assert same.symbols == tree.symbols == load_tree(tmp_path / "xen", arch=arch).symbols
    without = load_tree(tmp_path, arch=arch, environment={"XEN_HAS_BUILD_ID": "n"})
    assert not Evaluation(without).is_visible("PATCHES")


def test_barebox_maps_arm64_to_its_folder_arm(tmp_path: Path) -> None:
    makefile = (
        "VERSION = 2026\nPATCHLEVEL = 06\nSUBLEVEL = 0\nifeq ($(ARCH),arm64)\n       SRCARCH := arm\nendif\n"
    )
    files = {"Kconfig": BAREBOX, "Makefile": makefile, **arch_files("arm", "sandbox")}
    tree = tree_of(tmp_path, files)
    assert (tree.program.name, tree.arch, tree.version) == ("barebox", "arm64", None)
    assert tree.symbols == ("IS_ARM",)
    assert load_tree(tmp_path, arch="sandbox").symbols == ("IS_SANDBOX",)


def test_coreboot_ignores_a_source_without_a_file(tmp_path: Path) -> None:
    board = 'config {0}\n\tbool "{0}"\n'
    boards = {f"src/board/{name}/Kconfig": board.format(name.upper()) for name in ("one", "two")}
    tree = tree_of(tmp_path, {"src/Kconfig": COREBOOT, **boards})
    assert (tree.program.name, tree.symbols) == ("coreboot", ("ONE", "TWO"))
    assert Evaluation(tree).value("ONE") == "y"
    (tmp_path / "src" / "Kconfig").write_text(COREBOOT.replace("coreboot", "Linux"))
    with pytest.raises(InputError, match="'site-local/Kconfig' not found"):
        load_tree(tmp_path)


def test_files_of_busybox_that_its_build_makes_are_read_from_their_sources(tmp_path: Path) -> None:
    source = 'menu Shells\n\nINSERT\n\nconfig LAST\n\tbool "last"\n\nendmenu\n'
    code = '//config:config ASH\n//config:\tbool "ash (78 kb)"\n//config:\tdefault y\n//config:\t---help---\n'
    code += "//config:\tA shell.\n//applet:IF_ASH(...)\nint main() {}\n"
    files = {
        "Config.in": BUSYBOX,
        "Makefile": "VERSION = 1\nPATCHLEVEL = 37\n",
        "scripts/gen_build_files.sh": "",
        "shell/Config.src": source,
        "shell/ash.c": code,
        "shell/b.c": '//config:config HUSH\n//config:\tbool "hush"\n//config:\tdepends on ASH\n',
    }
    tree = tree_of(tmp_path, files)
    assert (tree.program.name, tree.version) == ("busybox", None)
    assert tree.symbols == ("A", "ASH", "HUSH", "LAST")
    assert Evaluation(tree).value("ASH") == "y"
    assert not (tmp_path / "shell" / "Config.in").exists()
    (tmp_path / "shell" / "Config.in").write_text("config MADE\n\tbool\n")
    assert load_tree(tmp_path).symbols == ("A", "MADE")


def test_names_of_architectures_are_those_of_the_makefile(tmp_path: Path) -> None:
    makefile = f"VERSION = 6\nPATCHLEVEL = 6\n{MAPPING}"
    tree = tree_of(tmp_path, {"Kconfig": LINUX, "Makefile": makefile, **arch_files("arm", "arm64", "x86")})
    assert tree.is_arm64_linux
    for arch, symbol in {"i386": "IS_X86", "x86_64": "IS_X86", "newer64": "IS_ARM", "arm": "IS_ARM"}.items():
        other = load_tree(tmp_path, arch=arch)
        assert (other.symbols, other.is_arm64_linux) == ((symbol,), False)
        assert str(other.version) == "6.6.0"[:3]
    with pytest.raises(NotAllowedError, match="it is one of arm, arm64, i386, newer64, x86, x86_64"):
        load_tree(tmp_path, arch="riscv")


def test_user_mode_linux_reads_the_folder_of_its_processor(tmp_path: Path) -> None:
    um = 'source "arch/$(HEADER_ARCH)/um/Kconfig"\n'
    files = {"arch/um/Kconfig": um, "arch/x86/um/Kconfig": "config UML_X86\n\tdef_bool y\n"}
    assert tree_of(tmp_path, {"Kconfig": LINUX, **files}, arch="um").symbols == ("UML_X86",)


def test_a_tree_with_mm_is_linux_whatever_its_title_says(tmp_path: Path) -> None:
    files = {"Kconfig": 'mainmenu "Acme BSP Configuration"\n', "mm/Kconfig": "", "init/Kconfig": ""}
    tree = tree_of(tmp_path, {**files, "Makefile": "VERSION = 5\nPATCHLEVEL = 10\nSUBLEVEL = 7\n"})
    assert (tree.is_arm64_linux, str(tree.version)) == (True, "5.10.7")


def test_the_environment_is_read_and_decides_the_tree(tmp_path: Path) -> None:
    kconfig = 'config A\n\tstring\n\tdefault "$(FRIDGE)"\n'
    assert Evaluation(tree_of(tmp_path, {"Kconfig": kconfig})).value("A") == ""
    for value in ("cold", "", "$(HOME) $(shell,id)"):
        tree = load_tree(tmp_path, environment={"FRIDGE": value})
        assert Evaluation(tree).value("A") == value  # not expanded again


@pytest.mark.parametrize(
    "name",
    [
        "",
        "A B",
        "a-b",
        "1A",
        "A\n",
        "srctree",
        "KCONFIG_FUNCTIONS",
        "CONFIG_",
        "PATH",
        "LD_PRELOAD",
        "BASH_ENV",
        "PYTHONPATH",
        "PERL5LIB",
        "IFS",
        "ENV",
    ],
)
def test_hostile_variables_are_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "Kconfig").write_text("config A\n\tbool\n")
    with pytest.raises(InputError):
        load_tree(tmp_path, environment={name: "x"})


@pytest.mark.parametrize("value", ["a\0b", "x" * 70_000])
def test_hostile_values_are_refused(tmp_path: Path, value: str) -> None:
    (tmp_path / "Kconfig").write_text("config A\n\tbool\n")
    with pytest.raises(InputError):
        load_tree(tmp_path, environment={"A": value})


@pytest.mark.parametrize("top", ["../Kconfig", "/etc/passwd", "missing", ".", "", "link"])
def test_a_top_file_outside_the_tree_is_refused(tmp_path: Path, top: str) -> None:
    (tmp_path / "Kconfig").write_text("config OUTSIDE\n\tbool\n")
    folder = tmp_path / "tree"
    folder.mkdir()
    (folder / "Kconfig").write_text("config A\n\tbool\n")
    (folder / "link").symlink_to(tmp_path / "Kconfig")
    with pytest.raises(InputError):
        load_tree(folder, top=top)


def test_a_folder_of_xen_outside_the_tree_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "Kconfig").write_text(XEN)
    folder = tmp_path / "tree"
    folder.mkdir()
    (folder / "xen").symlink_to(other)
    with pytest.raises(InputError, match="leaves the tree"):
        load_tree(folder)


def test_another_top_file_is_read(tmp_path: Path) -> None:
    files = {"Kconfig": "config A\n\tbool\n", "product/Config.in": 'config B\n\tbool\nsource "Kconfig"\n'}
    assert tree_of(tmp_path, files, top="product/Config.in").symbols == ("B", "A")
