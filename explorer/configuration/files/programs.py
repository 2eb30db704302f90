# SPDX-License-Identifier: GPL-2.0-or-later
"""The program that a Kconfig tree belongs to, and what its make gives to Kconfig.

Linux, U-Boot, barebox, Xen, coreboot and busybox differ in the name of the top file, in the variables that
their Makefiles export, and in the version of Kconfig that they carry.

1. The top file is ``Kconfig``, ``Config.in``, ``src/Kconfig`` or ``xen/Kconfig``, the first that exists, or
   the one that the caller names.
2. Its ``mainmenu`` names the program. A tree with ``mm/Kconfig`` and ``init/Kconfig`` is Linux, whatever its
   ``mainmenu`` says. A tree whose ``mainmenu`` is missing or names no configuration is Linux unless the
   version in its Makefile is no release of Linux.
3. Only Linux has a kernel release. The Makefiles of other programs use the same variables, so U-Boot 2026.10
   would be taken for a kernel otherwise.
4. Names in the files of Xen are relative to its folder ``xen``, names in those of coreboot to its top.
5. ``ARCH`` and ``SRCARCH`` are those of the top Makefile. Where the architecture is a Kconfig symbol (U-Boot,
   coreboot, busybox), they are not set.
6. The files ``Config.in`` of busybox are made from ``Config.src`` and ``//config:`` lines of C files, as its
   ``scripts/gen_build_files.sh`` does, where they are missing. Nothing is written.
"""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from explorer.configuration.files.sources import Sources
from explorer.errors import Argument, InputError
from explorer.files import shown_name
from explorer.version import KernelVersion

__all__ = ["LINUX", "Program", "SourceLayout", "layout_of"]


@dataclass(frozen=True, slots=True)
class Program:
    """A program that is configured with Kconfig.

    Attributes:
        name: its name.
        mainmenu: a pattern for the text of its ``mainmenu``.
        kconfig_folder: its copy of Kconfig's C sources.
        numbers: the variables of its Makefile that make up its version: three numbers and a suffix.
        version_variable: the variable in which Kconfig reads the version.
        has_arch: ``ARCH`` selects the architecture; otherwise a Kconfig symbol does.
        optional_sources: its Kconfig ignores ``source`` without a matching file.
        exports: other variables that its Makefile exports to Kconfig, with their values.
    """

    name: str
    mainmenu: str = r"\b\B"
    kconfig_folder: str = "scripts/kconfig"
    numbers: tuple[str, str, str, str] = ("VERSION", "PATCHLEVEL", "SUBLEVEL", "EXTRAVERSION")
    version_variable: str = "KERNELVERSION"
    has_arch: bool = True
    optional_sources: bool = False
    exports: tuple[tuple[str, str], ...] = ()


LINUX = Program("Linux", r"Linux\b")
_XEN = Program(
    "Xen",
    r"Xen\b",
    kconfig_folder="tools/kconfig",
    numbers=("XEN_VERSION", "XEN_SUBVERSION", "", "XEN_EXTRAVERSION"),
    version_variable="XEN_FULLVERSION",
    # Config.mk and xen/Makefile test the linker and checkpolicy; every linker since 2007 has --build-id
    exports=(("XEN_HAS_BUILD_ID", "y"), ("XEN_HAS_CHECKPOLICY", "n")),
)
_BUSYBOX = Program("busybox", r"BusyBox\b", has_arch=False)
_PROGRAMS = (
    LINUX,
    Program("U-Boot", r"U-Boot\b", version_variable="UBOOTVERSION", has_arch=False),
    Program("barebox", r"barebox\b"),
    _XEN,
    # util/kconfig/patches/0008-kconfig-Add-wildcard-support-for-source.patch
    Program("coreboot", r"coreboot\b", "util/kconfig", has_arch=False, optional_sources=True),
    _BUSYBOX,
)
_OTHER = Program("another program")
_TOPS = ("Kconfig", "Config.in", "src/Kconfig", "xen/Kconfig")
_HINT = "give the top of a kernel tree"
_MAINMENU = re.compile(r"^[ \t]*mainmenu[ \t]+[\"']?([^\"'\n]*)", re.MULTILINE)
_VARIABLE = re.compile(r"^(?:export[ \t]+)?(\w+)[ \t]*\??=[ \t]*([\w.+~-]*)", re.MULTILINE)
_ALIAS = re.compile(r"^ifeq \(\$\(ARCH\), *(\w+)\)\n\s*SRCARCH\s*:=\s*(\w+)\s*$", re.MULTILINE)
_ALIASES = {"x86_64": "x86", "i386": "x86", "sparc32": "sparc", "sparc64": "sparc", "parisc64": "parisc"}
_XEN_ALIASES = {"arm": "arm32", "ppc": "ppc64", "riscv": "riscv64", "x86": "x86_64"}
_XEN_NAMES = ("arm32", "arm64", "ppc64", "riscv64", "x86_64")
_MAJORS = range(2, 100)  # of Linux; programs that count years have larger numbers


@dataclass(frozen=True)
class SourceLayout:
    """Where the Kconfig of a source tree is, and what it belongs to.

    Attributes:
        folder: the folder that names in Kconfig files are relative to.
        top: the top file, relative to it.
        label: the name of the tree in reports.
        program: the program.
        sources: the files of the folder.
    """

    folder: Path
    top: str
    label: str
    program: Program
    sources: Sources

    @cached_property
    def _variables(self) -> dict[str, str]:
        return dict(reversed(_VARIABLE.findall(_text(self.sources, "Makefile"))))

    @property
    def release(self) -> KernelVersion | None:
        """The kernel release; ``None`` for another program, and where the Makefile names none."""
        if self.program is not LINUX:
            return None
        return _release(self._variables)

    @property
    def version(self) -> str:
        """The version of the program, as its Makefile has it; empty without one."""
        major, minor, patch, suffix = (self._variables.get(name, "") for name in self.program.numbers)
        return ".".join(filter(None, (major, minor, patch))) + suffix if major else ""

    def environment(self, arch: str) -> dict[str, str]:
        """The variables of ``make`` that depend on the tree.

        Args:
            arch: one of ``architectures``.
        """
        release = self.release
        version = str(release) if release else "" if self.program is LINUX else self.version
        variables = {self.program.version_variable: version, **dict(self.program.exports)}
        if not self.program.has_arch:
            return variables | dict.fromkeys(("ARCH", "SRCARCH", "SUBARCH"), "")
        name, srcarch = self.architectures.get(arch, (arch, arch))
        variables |= {"ARCH": name, "SRCARCH": srcarch}
        # arch/um/Makefile: user mode Linux is configured for the processor that it runs on
        return variables | ({"SUBARCH": "x86", "HEADER_ARCH": "x86"} if srcarch == "um" else {})

    @cached_property
    def architectures(self) -> dict[str, tuple[str, str]]:
        """Each name of an architecture, with the ``ARCH`` and ``SRCARCH`` that it stands for.

        Empty where the program or the tree has no architectures.
        """
        folders = self.sources.folders("arch") if self.program.has_arch else ()
        if not folders:
            return {}
        if self.program is _XEN:
            names = {name: name.rstrip("0123456789").replace("x86_", "x86") for name in _XEN_NAMES}
            full = {name: (name, folder) for name, folder in names.items() if folder in folders}
            return full | {short: full[name] for short, name in _XEN_ALIASES.items() if name in full}
        aliases = {**_ALIASES, **dict(_ALIAS.findall(_text(self.sources, "Makefile")))}
        known = {name: (name, name) for name in folders}
        return known | {name: (name, folder) for name, folder in aliases.items() if folder in folders}

    def generated_files(self) -> dict[str, bytes | None]:
        """Files that the program's build makes before Kconfig runs, by name; only those that are missing."""
        if self.program is not _BUSYBOX:
            return {}
        return {
            name: _generated(self.sources, source)
            for source in (*self.sources.find("*/Config.src"), *self.sources.find("*/*/Config.src"))
            if not self.sources.find(name := source.removesuffix("src") + "in")
        }


def layout_of(folder: Path, top: str | None = None) -> SourceLayout:
    """Find the top Kconfig file of a source tree, and the program that it belongs to.

    Args:
        folder: the top of the tree.
        top: the top Kconfig file, relative to the folder; without it the usual names are tried.

    Raises:
        InputError: there is no such folder or file, or it lies outside the tree.
    """
    if not folder.is_dir():
        raise InputError("not a folder", where=str(folder), hint=_HINT)
    sources = Sources(folder)
    name = _top(folder, sources, top)
    text = _text(sources, name)
    label, program = shown_name(Path(os.path.realpath(folder)).name), _program(sources, text)
    if program is _XEN and name == "xen/Kconfig":
        _text(sources, "xen/Makefile")  # refuses a link that leaves the tree
        return SourceLayout(folder / "xen", "Kconfig", f"{label}/xen", program, Sources(folder / "xen"))
    return SourceLayout(folder, name, label, program, sources)


def _top(folder: Path, sources: Sources, top: str | None) -> str:
    """The name of the top file."""
    if top is None:
        names = [name for name in _TOPS if sources.has_file(name)]
        if names:
            return names[0]
        other = f"{_HINT}, or name its top Kconfig file with ", Argument("top", "FILE")
        raise InputError("holds no file Kconfig", where=str(folder), hint=other)
    name = sources.name(top)
    if not sources.has_file(name):
        hint = "name a file of the tree, relative to its top"
        raise InputError(f"{folder.name} has no file {top}", parameter="top", hint=hint)
    return name


def _program(sources: Sources, text: str) -> Program:
    """The program of a tree, by the text of its top file (rule 2)."""
    if all(sources.find(name) for name in ("mm/Kconfig", "init/Kconfig")):
        return LINUX
    match = _MAINMENU.search(text)
    title = match[1].strip() if match else ""
    for program in _PROGRAMS:
        if re.match(program.mainmenu, title, re.IGNORECASE):
            return program
    if title and sources.find("scripts/gen_build_files.sh"):
        return _BUSYBOX
    if re.search("configuration", title, re.IGNORECASE):
        name = re.match(r"[\w.-]+", title)
        return Program(name[0][:40]) if name else _OTHER
    variables = dict(reversed(_VARIABLE.findall(_text(sources, "Makefile"))))
    return LINUX if _release(variables) or "VERSION" not in variables else _OTHER


def _release(variables: Mapping[str, str]) -> KernelVersion | None:
    """VERSION, PATCHLEVEL, SUBLEVEL and the candidate in EXTRAVERSION of a kernel's top Makefile."""
    numbers = [variables.get(name, "") for name in LINUX.numbers[:3]]
    if not (numbers[0].isdecimal() and numbers[1].isdecimal()) or int(numbers[0][:9]) not in _MAJORS:
        return None
    candidate = re.match(r"-rc\d+", variables.get(LINUX.numbers[3], ""))
    return KernelVersion.parse(f"{'.'.join(numbers).rstrip('.')}{candidate[0] if candidate else ''}")


def _text(sources: Sources, name: str) -> str:
    """The text of a file; empty if it cannot be opened."""
    try:
        return sources.text(name)
    except OSError:
        return ""


def _generated(sources: Sources, source: str) -> bytes:
    """``Config.in``: ``Config.src`` with the ``//config:`` lines of the C files beside it at INSERT."""
    folder = source.rpartition("/")[0]
    template, _, rest = sources.text(source).partition("INSERT\n")
    lines = "".join(line for name in sources.find(f"{folder}/*.c") for line in _config_lines(sources, name))
    return f"# DO NOT EDIT. This file is generated from Config.src\n{template}{lines}{rest}".encode()


def _config_lines(sources: Sources, name: str) -> Iterator[str]:
    for line in sources.text(name).split("\n"):
        if line.startswith("//config:"):
            yield line.removeprefix("//config:") + "\n"
