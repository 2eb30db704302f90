# SPDX-License-Identifier: GPL-2.0-or-later
"""A ``.config`` judged: does Kconfig keep it, and does its kernel survive on these machines?

``check`` takes these steps in order, each in its own module:

1. ``release``: the kernel release, its behaviour, and the tree that judges;
2. ``file_findings``: lines that set nothing, symbols set twice, fragments that lose;
3. ``rejected_values``: values that Kconfig does not keep, with causes, root causes and fixes;
4. ``patched_kernel``: signs that the fragment of the release is not the Kconfig of this kernel;
5. ``effective_config``: the configuration that is requested, and the one that is built;
6. ``requested``: values that fragments request and the result does not have;
7. ``memory``: is the combination of the four symbols reachable, does the kernel survive, is it modelled.

The memory initialisation of another architecture or program is not described. With such a tree the steps 2, 3
and 6 are taken, and the verdict says that nothing was simulated.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from explorer.boot import (
    NO_PARAMETERS,
    SYMBOLS_OF_PARAMETERS,
    Boot,
    BootParameters,
    Kernel,
    KernelConfig,
    RamFill,
    simulate,
)
from explorer.checking.bounds import listed
from explorer.checking.config_fixes import FixSearches
from explorer.checking.effective_config import EffectiveConfig, effective_config_of
from explorer.checking.file_findings import line_findings
from explorer.checking.findings import Finding, FindingKind
from explorer.checking.limits import Limit, LimitKind
from explorer.checking.memory import (
    combination_of,
    lost_values,
    survival,
    undecided,
    undescribed,
    unreachable,
)
from explorer.checking.other_kernels import other_kernel_of
from explorer.checking.patched_judgement import doubted, patched, without_doubted
from explorer.checking.patched_kernel import patch_signs
from explorer.checking.reasons import PatchedKernel
from explorer.checking.rejected_values import RejectedValues, rejected_values_of
from explorer.checking.release import (
    header_version,
    kernel_of,
    nearest_fragment,
    only_arm64,
    only_configs_of,
    refuse_kernel,
    release_limits,
    version_of,
)
from explorer.checking.requested import request_findings
from explorer.checking.settings import without_dropped_lines, without_overlaid_lines
from explorer.configuration import NO_DEADLINE, Combination, Deadline, DotConfig, Tree
from explorer.configuration.tree.evaluation import bounded_depth
from explorer.errors import Argument, FileError
from explorer.machine import Firmware, MemoryMap
from explorer.proof import Claims, stored_claims
from explorer.study.change_switching import switching_of
from explorer.study.matrix import FOUR, ClaimsOf
from explorer.version import KernelVersion

__all__ = ["Checked", "check", "refuse_patched"]

_MOST_NAMED = 4  # symbols in an error

_CHANGED = frozenset(
    {
        FindingKind.OVERRIDDEN,
        FindingKind.UNMET_DEPENDENCY,
        FindingKind.CHOICE_CONFLICT,
        FindingKind.OUT_OF_RANGE,
    }
)
_Machines = Sequence[MemoryMap | Firmware]


@dataclass(frozen=True, slots=True)
class Checked:
    """A judgement.

    Attributes:
        name: the file, or the files that were merged.
        version: the kernel release; ``None`` with the tree of another program.
        tree: the Kconfig tree that judged.
        combination: the requested values of the four symbols, and whether they are reachable; without values
            where nothing is simulated.
        becomes: the values of the four symbols that Kconfig computes.
        reachable: Kconfig keeps every value that memory initialisation depends on, or every value if nothing
            is simulated; ``None`` if the kernel is patched, so that its release's fragment cannot tell.
        kernel_config: the kernel that was booted, built from what Kconfig computes; ``None`` if the memory
            initialisation of the release is not described.
        boots: one for each machine.
        claims: what is proven of that kernel for every memory map; ``None`` if nothing is.
        claims_on: what is proven of the kernel of each boot: with the command line of its machine.
        findings: in the order of ``FindingKind``.
        limits: what was not judged, and what was taken from somebody's word.
    """

    name: str
    version: KernelVersion | None
    tree: Tree
    combination: Combination
    becomes: Combination
    reachable: bool | None
    kernel_config: KernelConfig | None
    boots: tuple[Boot, ...]
    claims: Claims | None
    claims_on: tuple[Claims | None, ...]
    findings: tuple[Finding, ...]
    limits: tuple[Limit, ...]

    @property
    def verdict(self) -> str:
        """``unreachable``, ``unsafe``, ``unknown``, ``not simulated`` or ``safe``: the first that applies."""
        kinds = {finding.id for finding in self.findings}
        if self.reachable is False:
            return FindingKind.UNREACHABLE
        otherwise = "safe" if self.tree.is_arm64_linux else "not simulated"
        return next((kind for kind in (FindingKind.UNSAFE, FindingKind.UNKNOWN) if kind in kinds), otherwise)


def check(  # noqa: PLR0913 # what a judgement depends on, each by its name
    configs: Sequence[DotConfig],
    machines: _Machines,
    *,
    version: KernelVersion | None = None,
    tree: Tree | None = None,
    requested: Sequence[DotConfig] = (),
    with_changes: Sequence[str] = (),
    without_changes: Sequence[str] = (),
    ram_fill: RamFill = RamFill.STALE,
    parameters: BootParameters = NO_PARAMETERS,
    claims_of: ClaimsOf = stored_claims,
    deadline: Deadline = NO_DEADLINE,
) -> Checked:
    """Judge one ``.config``, or several files that are merged.

    Files without ``CONFIG_ARM64=y`` are a part of a configuration: what they do not set has its default.

    Args:
        configs: the file, or a base and the fragments that are merged over it, in order.
        machines: the memory maps to boot on.
        version: the kernel release; without it that of the tree, or of a file's header.
        tree: a Kconfig tree; without it the shipped fragment of the release.
        requested: fragments whose values the result must have.
        with_changes: names or commits of known changes that the release lacks and this kernel has.
        without_changes: those that the release has and this kernel lacks.
        ram_fill: what RAM held before the kernel started.
        parameters: the command line and the KASLR seed that the boot loader passes.
        claims_of: gives the claims of a kernel; default: those that are shipped or in the cache.
        deadline: when to stop solving. A combination that is not decided then is unknown; fixes that are not
            found then are counted as a limit.

    Raises:
        OutOfTimeError: it is not known in time which values depend on compiler checks without an answer.
        InputError: the files are configurations for another tree, their release is not known, or the tree is
            nested too deeply.
    """
    if tree is not None and not tree.is_arm64_linux:
        refuse_kernel(tree, version, (*with_changes, *without_changes))
        return _check_kconfig(configs, tree, requested, deadline)
    name, whole_tree = " + ".join(config.source for config in configs), tree is not None
    only_arm64([*configs, *requested])
    release = version_of(configs, version or (tree.release if tree else None))
    kernel, judge = kernel_of(release, tree, with_changes, without_changes)
    searches = FixSearches(deadline)
    with bounded_depth(judge):
        files = [_without_redefined(config, kernel) for config in configs]
        valid, rejected = _rejected(judge, files, searches, whole_tree=whole_tree)
        signs = () if whole_tree else patch_signs(files[0], release)
        doubts = doubted(rejected) if signs else ()
        effective = effective_config_of(rejected, doubts)
        if not whole_tree:
            effective = _with_symbols_of_parameters(judge, effective)
        combination = combination_of(judge, effective.requested, deadline)
        becomes = combination_of(judge, effective.built, deadline)
        other = None
        if combination.unreachable and kernel and not whole_tree and not switching_of(kernel).definitions:
            lost = frozenset(lost_values(combination, becomes))
            other = other_kernel_of(kernel, judge, header_version(configs), combination.values, lost)
        impossible = (
            () if doubts else tuple(unreachable(judge, combination, becomes, rejected.requested, other))
        )
        kernel_config = KernelConfig.of(kernel, effective.built, ram_fill, parameters) if kernel else None
        boots = tuple(simulate(kernel_config, machine) for machine in machines) if kernel_config else ()
        kconfig = without_doubted(rejected.findings, doubts)
        findings = [
            *(finding for finding in kconfig if not (impossible and _is_covered(finding))),
            *request_findings(
                requested,
                name,
                rejected,
                effective.requested,
                whole_tree=whole_tree,
                searches=searches,
            ),
            *impossible,
            *undecided(combination, becomes),
            *(survival(judge, kernel_config, machines, boots, rejected, effective) if kernel_config else ()),
            *(() if kernel_config else (undescribed(release),)),
            *((patched(signs, doubts, rejected),) if doubts else ()),
        ]
    builds = {kernel_config, *(boot.kernel_config for boot in boots)}
    claims = {build: claims_of(build) if build else None for build in builds}
    kept = not impossible and not _reaches_memory(findings, release, effective)
    return Checked(
        name,
        release,
        judge,
        combination,
        becomes,
        None if kept and doubts else kept,
        kernel_config,
        boots,
        claims.get(kernel_config),
        tuple(claims[boot.kernel_config] for boot in boots),
        tuple(listed(chain(line_findings(valid), findings))),
        (
            *release_limits(configs, release, tree, named_by_user=version is not None),
            *_limits(rejected, searches),
            *(Limit(LimitKind.EMPTY_REQUEST, file.source) for file in requested if not file.settings),
        ),
    )


def refuse_patched(config: DotConfig, tree: Tree) -> None:
    """Refuse the file of a patched kernel that a shipped fragment would judge. A whole tree judges any file.

    Args:
        config: a ``.config``.
        tree: the tree that is to judge it.

    Raises:
        FileError: the fragment rejects values of the file, and the kernel is known to be patched.
    """
    if not tree.is_fragment:
        return
    for finding in check([config], (), version=tree.release).findings:
        if isinstance(finding.reason, PatchedKernel):
            names = ", ".join(finding.reason.symbols[:_MOST_NAMED])
            raise FileError(
                f"this kernel is patched: {tree.label} cannot tell whether its Kconfig keeps {names}",
                file=config.source,
                line=finding.line,
                hint=("give its ", Argument("tree"), "; check judges the file as far as that is possible"),
            )


def _with_symbols_of_parameters(fragment: Tree, effective: EffectiveConfig) -> EffectiveConfig:
    """The same, with what the files say of symbols that the fragment leaves out."""
    names = (name for name in SYMBOLS_OF_PARAMETERS if not fragment.defines(name))
    left_out = {name: effective.requested[name] for name in names if name in effective.requested}
    return replace(effective, built={**effective.built, **left_out})


def _rejected(
    tree: Tree, files: Sequence[DotConfig], searches: FixSearches, *, whole_tree: bool
) -> tuple[list[DotConfig], RejectedValues]:
    """The files without the lines that Kconfig drops, and what it rejects in them."""
    valid, dropped = without_dropped_lines(tree, files)
    rejected = rejected_values_of(
        tree,
        without_dropped_lines(tree, without_overlaid_lines(files))[0],
        dropped,
        base=valid[0] if len(valid) > 1 else None,
        whole_tree=whole_tree,
        searches=searches,
    )
    return valid, rejected


def _check_kconfig(
    configs: Sequence[DotConfig], tree: Tree, requested: Sequence[DotConfig], deadline: Deadline
) -> Checked:
    """Judge files by the Kconfig of another architecture or program; nothing is simulated."""
    name = " + ".join(config.source for config in configs)
    only_configs_of(tree, configs, requested)
    searches = FixSearches(deadline)
    with bounded_depth(tree):
        valid, rejected = _rejected(tree, configs, searches, whole_tree=True)
        effective = effective_config_of(rejected)
        findings = [
            *rejected.findings,
            *request_findings(
                requested,
                name,
                rejected,
                effective.requested,
                whole_tree=True,
                searches=searches,
            ),
        ]
    changed = {finding.symbol for finding in findings if finding.id in _CHANGED} - effective.tolerated
    none = Combination({}, reachable=True, witness={}, core=())
    limits = (
        Limit(LimitKind.NOT_SIMULATED, tree.subject),
        *(release_limits(configs, tree.version, tree, named_by_user=False) if tree.version else ()),
        *_limits(rejected, searches),
        *(Limit(LimitKind.EMPTY_REQUEST, file.source) for file in requested if not file.settings),
    )
    found = tuple(listed(chain(line_findings(valid), findings)))
    return Checked(name, tree.version, tree, none, none, not changed, None, (), None, (), found, limits)


def _without_redefined(config: DotConfig, kernel: Kernel | None) -> DotConfig:
    """A file without the symbols that a switched change redefines, because it does not know the change."""
    redefined = switching_of(kernel).definitions if kernel else {}
    if not redefined:
        return config
    settings = (setting for setting in config.settings if setting.symbol not in redefined)
    return replace(config, settings=tuple(settings))


def _is_covered(finding: Finding) -> bool:
    """Whether the finding about an unreachable combination says the same."""
    return finding.symbol in FOUR and finding.id is not FindingKind.WRONG_TYPE


def _reaches_memory(findings: Iterable[Finding], release: KernelVersion, effective: EffectiveConfig) -> bool:
    """Whether Kconfig changes a value that memory initialisation depends on."""
    changed = {finding.symbol for finding in findings if finding.id in _CHANGED} - effective.tolerated
    return any(map(nearest_fragment(release).defines, changed)) if changed else False


def _limits(rejected: RejectedValues, searches: FixSearches) -> Iterator[Limit]:
    """What was not judged of the files."""
    tree, requested = rejected.evaluation.tree, rejected.requested
    if rejected.unjudged:
        yield Limit(LimitKind.UNJUDGED_SYMBOLS, tree.label, rejected.unjudged, len(requested))
    if rejected.unsearched:
        yield Limit(LimitKind.UNSEARCHED_FIXES, count=rejected.unsearched)
    if searches.out_of_time:
        yield Limit(LimitKind.FIXES_OUT_OF_TIME, count=len(searches.out_of_time))
    if tree.toolchain:
        yield Limit(LimitKind.RECORDED_TOOLCHAIN, count=len(tree.toolchain))
    if tree.is_arm64_linux and "ARM64" not in requested:
        yield Limit(LimitKind.PART_OF_CONFIG)
