# SPDX-License-Identifier: GPL-2.0-or-later
"""The functions of the package ``explorer``: what the commands do, with typed results.

>>> import explorer
>>> kernel = explorer.load("4.17")
>>> boot = explorer.simulate(kernel, "nomap-mid", settings={"NUMA": "n", "HOLES_IN_ZONE": "n"})
>>> boot.verdict, boot.faults[0].walker
(<Verdict.UNSAFE: 'unsafe'>, '__free_one_page')

A kernel is a release, the folder of a kernel tree, or what ``load()`` returned. A memory map is the name of a
shipped map, a file, or a ``MemoryMap`` or ``Firmware``. Values of symbols are strings: ``"y"``, ``"14"``.
Wrong arguments raise ``InputError``, which names the parameter. Results are frozen.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from os import PathLike, fspath
from pathlib import Path
from typing import Any, TypeVar

from explorer.boot import (
    Boot,
    BootParameters,
    Fault,
    Kernel,
    KernelConfig,
    RamFill,
    Verdict,
    parse_command_line,
)
from explorer.boot import simulate as boot_simulated
from explorer.checking import Checked, refuse_patched
from explorer.checking import check as checked
from explorer.configuration import (
    Completion,
    Deadline,
    DotConfig,
    Explanation,
    Tree,
    check_defined,
    complete,
    load_fragment,
    load_tree,
    read_config,
)
from explorer.configuration import explain as explained
from explorer.errors import InputError, NotAllowedError
from explorer.machine import Firmware, MemoryMap, all_shipped_maps, read_machine
from explorer.proof import proven_claims, stored_claims
from explorer.study.change_switching import with_changes_switched
from explorer.study.kernel_audit import AuditedTree, audited_tree
from explorer.study.matrix import FOUR, Matrix, Row, study_kernel, variant_and_values
from explorer.study.tree_kernel import known_kernel_of_tree
from explorer.version import KernelVersion

__all__ = [
    "LoadedKernel",
    "SimulatedBoot",
    "StudiedMatrix",
    "audit_tree",
    "check",
    "check_bootable",
    "explain",
    "load",
    "machines_of",
    "matrix",
    "simulate",
]

DEFAULT_ARCH = "arm64"
File = str | PathLike[str]
Machine = File | MemoryMap | Firmware
Given = TypeVar("Given")


@dataclass(frozen=True, slots=True)
class LoadedKernel:
    """A kernel: its Kconfig, and what it does at memory initialisation.

    Attributes:
        tree: the Kconfig tree, with the changes that were switched.
        kernel: the release with its changes; ``None`` where the memory initialisation of the release is not
            described, or the tree does not name its release.
        arch: the architecture as in ``ARCH``.
    """

    tree: Tree
    kernel: Kernel | None
    arch: str = DEFAULT_ARCH

    def described(self) -> Kernel:
        """The release with its changes.

        Raises:
            InputError: it is not described, or the architecture is not arm64.
        """
        check_bootable(self.arch)
        if not self.tree.is_arm64_linux:
            what = f"is the source of {self.tree.subject}, and only arm64 Linux is booted"
            raise InputError(what, where=self.tree.label, hint="explain() and check() take any tree")
        return self.kernel or with_changes_switched(self.tree)[0]


KernelSource = str | PathLike[str] | KernelVersion | LoadedKernel


@dataclass(frozen=True, slots=True)
class SimulatedBoot:
    """One boot of one configuration.

    Attributes:
        boot: stages, zones, states of struct pages, and faults.
        completion: the values of all symbols, and whether Kconfig can produce the settings.
        tree: the Kconfig tree.
        shown: the symbols that a report of the boot names: the four, and those that were set.
    """

    boot: Boot
    completion: Completion
    tree: Tree
    shown: tuple[str, ...]

    @property
    def verdict(self) -> Verdict:
        """Whether the kernel survives."""
        return self.boot.verdict

    @property
    def faults(self) -> tuple[Fault, ...]:
        """The faults, certain and early ones first."""
        return self.boot.faults

    @property
    def reachable(self) -> bool:
        """Whether Kconfig can produce the settings; otherwise the boot is a what-if."""
        return self.completion.reachable

    def document(self) -> dict[str, Any]:
        """The document that ``simulate --format json`` prints."""
        from explorer.document.boot import boot_json  # noqa: PLC0415 # half of the start-up time of the API

        config = {name: self.completion.values.get(name, "n") for name in self.shown}
        return boot_json(
            self.boot,
            config,
            reachable=self.reachable,
            compiler=self.tree.compiler,
            undecided=self.completion.undecided,
        )

    def _repr_html_(self) -> str:
        from explorer.report.notebook import boot_html  # noqa: PLC0415 # only notebooks need jinja2

        return boot_html(self.document())


@dataclass(frozen=True, slots=True)
class StudiedMatrix:
    """The combinations of the symbols under study, booted on memory maps.

    Attributes:
        matrix: the projection with all combinations, and the rows.
        machines: the memory maps, in the order of the boots of a row.
    """

    matrix: Matrix
    machines: tuple[MemoryMap | Firmware, ...]

    @property
    def rows(self) -> tuple[Row, ...]:
        """One row for each combination: its values, whether it is reachable, and a boot for each map."""
        return self.matrix.rows

    def document(self, *, details: bool = False) -> dict[str, Any]:
        """The document that ``matrix --format json`` prints.

        Args:
            details: search for the cure of each unsafe cell, and add the dependency graph; this takes longer.
        """
        from explorer.document.matrix import document  # noqa: PLC0415 # as above

        return document([self.matrix], self.machines, "explorer.matrix()", details=details)

    def _repr_html_(self) -> str:
        from explorer.report.notebook import matrix_html  # noqa: PLC0415 # as above

        return matrix_html(self.document())


def load(  # noqa: PLR0913 # a kernel, and refinements that have defaults
    kernel: File | KernelVersion,
    *,
    arch: str = DEFAULT_ARCH,
    top: str | None = None,
    environment: Mapping[str, str] | None = None,
    allow_shell: bool = False,
    with_changes: Sequence[str] = (),
    without_changes: Sequence[str] = (),
    watched: Callable[[str], None] = lambda _: None,
    ran: Callable[[str], None] = lambda _: None,
) -> LoadedKernel:
    """Load a kernel once, to pass it to the other functions.

    >>> load("6.12").tree.defines("NUMA")
    True
    >>> load("4.17", with_changes=["holes_in_zone_always"]).kernel.has("holes_in_zone_always")
    True

    Args:
        kernel: a release, whose Kconfig is the shipped fragment, or the top folder of a kernel tree.
        arch: the architecture of a kernel tree; others than arm64 cannot be booted. Trees of U-Boot,
            barebox, Xen, coreboot and busybox can be explained and checked.
        top: the top Kconfig file of a tree, relative to it; without it the usual names are tried.
        environment: variables for ``$(NAME)`` in the Kconfig files of a tree.
        allow_shell: run the compiler checks of a kernel tree; otherwise recorded answers are used.
        with_changes: names or commits of known changes that the release lacks and this kernel has.
        without_changes: those that the release has and this kernel lacks.
        watched: is called with each file that is parsed and each command before it runs.
        ran: is called with each command that was run.

    Raises:
        InputError: there is no such release or tree, it cannot be parsed, or a change cannot be switched.
    """
    source = _source(kernel)
    if isinstance(source, KernelVersion):
        tree = load_fragment(source)
    else:
        tree = load_tree(
            source,
            arch=arch,
            top=top,
            environment=environment or {},
            allow_shell=allow_shell,
            watched=watched,
            ran=ran,
        )
    changes = (_listed("with_changes", with_changes), _listed("without_changes", without_changes))
    described_release = tree.is_arm64_linux and known_kernel_of_tree(tree)
    if not any(changes) and not described_release:
        return LoadedKernel(tree, None, arch)
    described, tree = with_changes_switched(tree, *changes)
    return LoadedKernel(tree, described, arch)


def simulate(  # noqa: PLR0913 # a kernel, a machine, and refinements that have defaults
    kernel: KernelSource,
    machine: Machine,
    *,
    settings: Mapping[str, str] | None = None,
    ram_fill: RamFill | str = RamFill.STALE,
    command_line: str | None = None,
    kaslr_seed: int | None = None,
    timeout: float | None = None,
) -> SimulatedBoot:
    """Boot one configuration on one memory map.

    >>> simulate("4.19", "nomap-mid").verdict
    <Verdict.SAFE: 'safe'>

    Args:
        kernel: the kernel.
        machine: the memory map.
        settings: values of symbols; the others take their defaults. Values that Kconfig cannot produce make
            a what-if.
        ram_fill: what RAM held before the kernel started: ``zero``, ``ff``, or ``stale`` for anything.
        command_line: the kernel command line that the boot loader passes; without it that of the machine.
        kaslr_seed: ``kaslr-seed`` of ``/chosen``, 0 for none; without it that of the machine.
        timeout: seconds after which solving stops.

    Raises:
        OutOfTimeError: it is not decided in time whether Kconfig can produce the values.
        InputError: the kernel is not described, a symbol is unknown, a value is not of its type, or the
            memory map cannot be read.
    """
    deadline = Deadline.after(timeout)
    loaded = _loaded(kernel)
    described = loaded.described()
    variant, studied = variant_and_values(settings or {})
    completion = complete(loaded.tree, variant, studied, absent=FOUR, deadline=deadline)
    config = KernelConfig.of(
        described, completion.values, _fill(ram_fill), _parameters(command_line, kaslr_seed)
    )
    boot = boot_simulated(config, *machines_of([machine]))
    return SimulatedBoot(boot, completion, loaded.tree, (*FOUR, *variant))


def matrix(  # noqa: PLR0913 # a kernel, and refinements that have defaults
    kernel: KernelSource,
    machines: Sequence[Machine] | None = None,
    *,
    names: Sequence[str] = FOUR,
    settings: Mapping[str, str] | None = None,
    config: File | DotConfig | None = None,
    ram_fill: RamFill | str = RamFill.STALE,
    command_line: str | None = None,
    kaslr_seed: int | None = None,
    prove: bool = False,
    timeout: float | None = None,
) -> StudiedMatrix:
    """Boot every combination of the symbols under study on every memory map.

    >>> study = matrix("4.17", ["flat", "nomap-mid"])
    >>> [str(row.verdict) for row in study.rows if row.combination.reachable]
    ['unsafe', 'safe']

    Args:
        kernel: the kernel.
        machines: the memory maps; all shipped maps without it.
        names: the symbols under study.
        settings: values of other symbols, which hold in every row.
        config: a ``.config`` that answers all other prompts; without it they are free.
        ram_fill: as of ``simulate()``.
        command_line: as of ``simulate()``.
        kaslr_seed: as of ``simulate()``.
        prove: prove for every memory map what is not proven yet; takes seconds for each row, once.
        timeout: seconds after which solving stops; rows that are not decided then are out of time.

    Raises:
        InputError: as of ``simulate()``; a name is not a symbol of the kernel; there are too many
            combinations; or a shipped fragment is to judge the ``.config`` of a patched kernel.
    """
    deadline = Deadline.after(timeout)
    loaded = _loaded(kernel)
    described = loaded.described()
    memory_maps = machines_of(machines)
    check_defined((loaded.tree,), _listed("names", names), absent=FOUR, parameter="names")
    base = None if config is None else _config(config)
    if base is not None:
        refuse_patched(base, loaded.tree)
    studied = study_kernel(
        loaded.tree,
        memory_maps,
        described=described,
        names=_listed("names", names),
        settings=settings,
        ram_fill=_fill(ram_fill),
        parameters=_parameters(command_line, kaslr_seed),
        base=base,
        claims_of=proven_claims if prove else stored_claims,
        deadline=deadline,
    )
    return StudiedMatrix(studied, memory_maps)


def explain(
    kernel: KernelSource,
    settings: Mapping[str, str],
    *,
    config: File | DotConfig | None = None,
    timeout: float | None = None,
) -> Explanation:
    """Whether symbols can have these values at once: a witness, or the statements that conflict.

    >>> explanation = explain("4.17", {"NUMA": "n", "HOLES_IN_ZONE": "y"})
    >>> explanation.combination.reachable, len(explanation.combination.core)
    (False, 1)

    Args:
        kernel: the kernel.
        settings: the values.
        config: a ``.config`` or fragment; the result then holds the fewest of its answers to change.
        timeout: seconds after which the search stops; the result then says what is not decided.

    Raises:
        InputError: a symbol is unknown, or a value is not of its type.
    """
    deadline = Deadline.after(timeout)
    base = None if config is None else _config(config).values
    return explained(_loaded(kernel).tree, settings, base, deadline=deadline)


def check(  # noqa: PLR0913 # the options of the command, by their names
    *configs: File | DotConfig,
    machines: Sequence[Machine] | None = None,
    kernel: str | KernelVersion | None = None,
    tree: File | Tree | None = None,
    requested: Sequence[File | DotConfig] = (),
    with_changes: Sequence[str] = (),
    without_changes: Sequence[str] = (),
    ram_fill: RamFill | str = RamFill.STALE,
    command_line: str | None = None,
    kaslr_seed: int | None = None,
    prove: bool = False,
    timeout: float | None = None,
) -> Checked:
    """Judge a ``.config``: would Kconfig keep it, and does its kernel survive on these machines?

    Args:
        configs: the file, plain or gzip; several are merged in order, as ``merge_config.sh`` does.
        machines: the memory maps; all shipped maps without it.
        kernel: the release; by default that of the tree, or of the header of the file.
        tree: a kernel tree, as a folder or loaded; without it the shipped fragment is used.
        requested: fragments whose values the result must have.
        with_changes: names or commits of known changes that the release lacks and this kernel has.
        without_changes: those that the release has and this kernel lacks.
        ram_fill: what RAM held before the kernel started: ``zero``, ``ff``, or ``stale`` for anything.
        command_line: as of ``simulate()``; ``CONFIG_CMDLINE`` of the file is added as kernels do.
        kaslr_seed: as of ``simulate()``.
        prove: as of ``matrix()``.
        timeout: seconds after which solving stops; what is not decided then is unknown.

    Returns:
        Verdict, findings and boots; ``explorer.document.check.checked_json`` makes a document of them.

    Raises:
        explorer.errors.InputError: a file cannot be read, is not for arm64, or its kernel is not known; no
            file or no memory map is given; or a name stands where a list of names belongs.
    """
    deadline = Deadline.after(timeout)
    if not configs:
        raise InputError("no file is given", where="check()", hint='write check(".config")')
    return checked(
        [_config(config) for config in configs],
        machines_of(machines),
        version=_version(kernel),
        tree=tree if isinstance(tree, Tree) or tree is None else load_tree(Path(tree)),
        requested=[_config(fragment) for fragment in _listed("requested", requested)],
        with_changes=_listed("with_changes", with_changes),
        without_changes=_listed("without_changes", without_changes),
        ram_fill=_fill(ram_fill),
        parameters=_parameters(command_line, kaslr_seed),
        claims_of=proven_claims if prove else stored_claims,
        deadline=deadline,
    )


def audit_tree(tree: File, paths: Sequence[str] = (), *, arch: str = DEFAULT_ARCH) -> AuditedTree:
    """Find the functions of a kernel's C that step over page frames, and the guard before the first read.

    The C is parsed, not compiled; no file of the tree is run. ``AuditedTree.changes_since()`` compares two
    trees.

    Args:
        tree: the top folder of a kernel tree. If its Kconfig cannot be parsed, the C is audited without, and
            ``without_kconfig`` of the result says why.
        paths: files and folders of the tree; by default ``mm``, ``arch/ARCH/mm``, ``fs/proc``,
            ``kernel/power``, ``drivers/base`` and ``include/linux``.
        arch: the architecture as in ``ARCH``, for the folders and the Kconfig.

    Returns:
        The walkers with verdict, loops, guards and entries, and the files that could not be read;
        ``explorer.document.audit.audit_json`` makes a document of it.

    Raises:
        InputError: the folder is not the top of a kernel tree, a path holds no C file or leads out of it, or
            the packages ``tree-sitter`` and ``tree-sitter-c`` are not installed.
        LimitError: the files are too large; it is an ``InputError``, too.
    """
    folder = fspath(tree)
    return audited_tree(
        folder,
        lambda: load_tree(Path(folder), arch=arch),
        paths=_listed("paths", paths),
        arch=arch,
    )


def machines_of(machines: Sequence[Machine] | None) -> tuple[MemoryMap | Firmware, ...]:
    """The memory maps of a list of names, files and maps; all shipped maps without a list.

    Raises:
        InputError: the list is empty or a single name, a map cannot be read, or two have the same name.
    """
    if machines is None:
        return all_shipped_maps()
    if not machines:
        raise InputError("is empty", parameter="machines", hint="leave it out for all shipped maps")
    memory_maps = tuple(map(_machine, _listed("machines", machines)))
    names = [memory_map.name for memory_map in memory_maps]
    repeated = next((name for name in names if names.count(name) > 1), None)
    if repeated:
        what = f"two maps have the name {repeated!r}"
        raise InputError(what, parameter="machines", hint="rename one of them")
    return memory_maps


def check_bootable(arch: str) -> None:
    """Refuse an architecture whose memory initialisation is not described.

    Raises:
        InputError: it is not arm64.
    """
    if arch != DEFAULT_ARCH:
        raise NotAllowedError(
            f"{arch} kernels cannot be booted here, only {DEFAULT_ARCH}",
            value=arch,
            allowed=(DEFAULT_ARCH,),
            parameter="arch",
            hint="explain and graph take any architecture",
        )


def _source(kernel: File | KernelVersion) -> KernelVersion | Path:
    """A release, or a folder; a folder with a Kconfig is never a release."""
    if isinstance(kernel, KernelVersion):
        return kernel
    _refuse_number(kernel)
    name = fspath(kernel)
    folder = Path(name)
    if (
        isinstance(kernel, str)
        and name[:1].isdigit()
        and "/" not in name
        and not (folder / "Kconfig").is_file()
    ):
        return KernelVersion.parse(name)
    if not folder.is_dir():
        hint = "write 4.17, or name a kernel checkout"
        raise InputError("is neither a kernel release nor a folder", where=name, hint=hint)
    return folder


def _loaded(kernel: KernelSource) -> LoadedKernel:
    return kernel if isinstance(kernel, LoadedKernel) else load(kernel)


def _listed(name: str, values: Sequence[Given]) -> Sequence[Given]:
    """A sequence of names; a single name is a sequence of letters, to Python and to type checkers."""
    if isinstance(values, str | PathLike):
        raise InputError("is one name", parameter=name, hint=f"write {name}=[{fspath(values)!r}]")
    return values


def _refuse_number(kernel: object) -> None:
    """Refuse a release as a number, because 6.10 and 6.1 are the same number."""
    if isinstance(kernel, int | float):
        raise InputError("is a number", parameter="kernel", hint='write it as text, kernel="6.12"')


def _version(kernel: str | KernelVersion | None) -> KernelVersion | None:
    _refuse_number(kernel)
    return KernelVersion.parse(kernel) if isinstance(kernel, str) else kernel


def _parameters(command_line: str | None, kaslr_seed: int | None) -> BootParameters:
    if command_line is None:
        return BootParameters(kaslr_seed=kaslr_seed)
    return parse_command_line(command_line, kaslr_seed)


def _fill(ram_fill: RamFill | str) -> RamFill:
    if ram_fill not in set(RamFill):
        raise NotAllowedError(
            f"{ram_fill!r} is not known", value=ram_fill, allowed=tuple(RamFill), parameter="ram_fill"
        )
    return RamFill(ram_fill)


def _config(config: File | DotConfig) -> DotConfig:
    return config if isinstance(config, DotConfig) else read_config(fspath(config))


def _machine(machine: Machine) -> MemoryMap | Firmware:
    return machine if isinstance(machine, MemoryMap | Firmware) else read_machine(fspath(machine))
