# SPDX-License-Identifier: GPL-2.0-or-later
"""The rows of a task: the verdicts of ``check`` and ``matrix``, claims, and what cannot be judged."""

from pathlib import Path

import pytest

from explorer.boot import Gap, GapKind, KernelConfig
from explorer.checking import check
from explorer.configuration import load_fragment, parse_config
from explorer.machine import MemoryMap, Region, all_shipped_maps
from explorer.proof import Claim, Claims, Condition, Counterexample, Level
from explorer.study.matrix import Row as MatrixRow
from explorer.study.matrix import study_kernel
from explorer.sweep.builds import variants_of
from explorer.sweep.job import Conditions, Configuration, Job, Machine, Task
from explorer.sweep.rows import BuildRow, ClaimRow, CounterexampleRow, FaultRow, ResultRow, Row, UnreadableRow
from explorer.sweep.task_run import run_task
from explorer.version import KernelVersion
from tests.commandline import DATA

MACHINES = tuple(Machine(shipped.name, shipped) for shipped in all_shipped_maps())
TINY = Machine("tiny", MemoryMap("tiny", (Region(0x4000_0000, 0x2000),)))


def run(
    configuration: Configuration,
    content: bytes = b"",
    machines: tuple[Machine, ...] = MACHINES,
    proven: int = -1,
) -> list[Row]:
    last = 0 if proven >= 0 else len(machines)
    return list(run_task(Task(0, configuration, (0, last), proven), content, machines, Conditions()).rows)


def verdicts(rows: list[Row]) -> list[str]:
    return [row.verdict for row in rows if isinstance(row, ResultRow)]


FILES = sorted((DATA / "real-configs").glob("*.config*"))[::9]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_the_verdict_of_a_file_is_that_of_check(file: Path) -> None:
    content = file.read_bytes()
    rows = run(Configuration("", file.name), content)
    config = parse_config(content, file.name)
    expected = [check([config], [machine.memory]).verdict for machine in MACHINES]
    assert verdicts(rows) == expected


def test_what_kconfig_cannot_produce_is_unreachable_and_has_no_claims() -> None:
    content = b"CONFIG_ARM64=y\n# CONFIG_NUMA is not set\nCONFIG_HOLES_IN_ZONE=y\n"
    rows = run(Configuration("4.17", "x.config"), content)
    assert set(verdicts(rows)) == {"unreachable"}
    (build,) = [row for row in rows if isinstance(row, BuildRow)]
    assert build.kconfig == "unreachable"
    assert "unreachable" in build.findings
    assert run(Configuration("4.17", "x.config"), content, proven=0) == []


def test_the_results_of_variants_are_those_of_the_matrix() -> None:
    compared = 0
    for configuration in variants_of("4.17", {"ARM64_4K_PAGES": "y"}):
        rows = run(configuration)
        matrix = study_kernel(
            load_fragment(KernelVersion.parse("4.17")),
            [machine.memory for machine in MACHINES],
            settings=dict(configuration.settings),
            what_ifs=False,
        )
        expected = [str(boot.verdict) for row in matrix.rows for boot in row.boots]
        assert verdicts(rows) == expected
        compared += len(expected)
        unsafe = {(row.build, row.machine) for row in rows if isinstance(row, ResultRow) and row.walker}
        assert {(row.build, row.machine) for row in rows if isinstance(row, FaultRow)} == unsafe
    assert compared > 100


def test_a_release_without_a_fragment_is_refused_as_check_does() -> None:
    (row,) = run(Configuration("99.1", "x.config"), b"CONFIG_ARM64=y\n")
    assert isinstance(row, UnreadableRow)
    assert (row.file, row.kernel) == ("x.config", "99.1")


def test_a_machine_that_starts_no_kernel_is_unknown_with_the_reason() -> None:
    (big,) = variants_of("4.17", {"ARM64_64K_PAGES": "y", "SPARSEMEM_VMEMMAP": "y", "DEBUG_VM": "n"})
    (first, *_) = [row for row in run(big, machines=(TINY,)) if isinstance(row, ResultRow)]
    assert (first.verdict, first.boot) == ("unknown", None)
    assert "no whole page of 65536 bytes is memory" in (first.message or "")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no settings\n",
        b"\0",
        b"\x1f\x8bbroken",
        b"# Linux/x86 4.17.0 Kernel Configuration\nCONFIG_X86=y\n",
    ],
)
def test_a_file_that_cannot_be_judged_is_one_row(content: bytes) -> None:
    (row,) = run(Configuration("4.17", "x.config"), content)
    assert isinstance(row, UnreadableRow)
    assert row.file == "x.config"
    assert not row.message.startswith("x.config")
    assert run(Configuration("4.17", "x.config"), content, proven=0) == []


def test_a_defect_is_told_and_does_not_end_the_sweep(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise KeyError("lost")

    monkeypatch.setattr("explorer.sweep.task_run.simulate", broken)
    (row,) = run(variants_of("4.17", {})[0])
    assert isinstance(row, UnreadableRow)
    assert "defect: KeyError: 'lost'" in row.message


def test_claims_are_rows_of_their_build(monkeypatch: pytest.MonkeyPatch) -> None:
    (build, *_) = [row for row in run(variants_of("4.17", {})[0]) if isinstance(row, BuildRow)]
    faulty = next(boot for row in _matrix() for boot in row.boots if boot.faults)

    def prove(config: KernelConfig) -> Claims:
        example = Counterexample(faulty.memory_map, faulty.faults[0], frozenset({Condition.NO_NOMAP}))
        terms = (frozenset({Condition.NO_NOMAP, Condition.NO_HOLES}), frozenset({Condition.PAGES_UNSHARED}))
        return Claims(
            config,
            (
                Claim(Level.NEVER, terms, (example,)),
                Claim(Level.NO_CERTAIN, (), ()),
                Claim(Level.NOT_AT_BOOT, (frozenset(),), ()),
            ),
            (),
            7,
        )

    monkeypatch.setattr("explorer.sweep.claim_rows.proven_claims", prove)
    claims = run(variants_of("4.17", {})[0], proven=0)
    assert [row.claim for row in claims if isinstance(row, ClaimRow)] == [
        "conditionally",
        "nowhere",
        "everywhere",
    ]
    first = claims[0]
    assert isinstance(first, ClaimRow)
    assert first.terms == (("no holes", "no nomap"), ("pages unshared",))
    assert {row.build for row in claims if isinstance(row, ClaimRow | CounterexampleRow)} == {build.build}


def _matrix() -> tuple[MatrixRow, ...]:
    matrix = study_kernel(
        load_fragment(KernelVersion.parse("4.17")), list(all_shipped_maps()), settings={"DEBUG_VM": "y"}
    )
    return matrix.rows


def test_a_build_that_is_not_modelled_has_unknown_claims(monkeypatch: pytest.MonkeyPatch) -> None:
    gap = Gap(GapKind.MISSING_PFN_VALID, "HAVE_ARCH_PFN_VALID")
    monkeypatch.setattr(
        "explorer.sweep.claim_rows.proven_claims", lambda config: Claims(config, (), (gap,), 0)
    )
    claims = run(variants_of("4.17", {})[0], proven=0)
    assert [(row.claim, row.gaps) for row in claims if isinstance(row, ClaimRow)] == [
        ("unknown", ("missing pfn_valid HAVE_ARCH_PFN_VALID",))
    ] * 3


def test_tasks_are_numbered_by_content() -> None:
    one, two = Configuration("4.17", "a", "1"), Configuration("4.19", "b", "2")
    machines = tuple(Machine(str(number), MACHINES[0].memory) for number in range(300))
    tasks = list(Job((one, two), machines, proves=True).tasks())
    assert tasks == list(Job((two, one), machines, proves=True).tasks())
    assert [task.number for task in tasks] == list(range(6))
    assert {task.machines for task in tasks} == {(0, 256), (256, 300), (0, 0)}
    identity = Job((one, two), machines).identity()
    assert Job((two, one), machines).identity() == identity
    assert Job((one,), machines).identity()["configurations"] != identity["configurations"]
    assert Job((one, two), machines[1:]).identity()["memory maps"] != identity["memory maps"]
    assert Job((one, two), machines, proves=True).identity()["options"] != identity["options"]
