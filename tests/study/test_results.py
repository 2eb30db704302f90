# SPDX-License-Identifier: GPL-2.0-or-later
"""A study computes each value, boot and completion once."""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from explorer.boot import KernelConfig, RamFill, simulate
from explorer.commands.matrix_document import studied_document
from explorer.commands.trees import TreeOptions
from explorer.configuration import Evaluation, Tree, combinations, complete, load_fragment
from explorer.machine import all_shipped_maps
from explorer.study import answer_comparison, matrix, results, variants
from explorer.study.kernel_comparison import compare_kernels
from explorer.study.results import StudyResults
from explorer.version import KernelVersion

Calls = Counter[tuple[object, ...]]


def counted(function: Callable[..., Any], calls: Calls) -> Callable[..., Any]:
    """The function, with each call counted by its arguments."""

    def wrapper(*arguments: Any, **options: Any) -> Any:
        calls[tuple(map(question, (*arguments, *options.items())))] += 1
        return function(*arguments, **options)

    return wrapper


def question(argument: Any) -> object:
    """An argument as something that can be compared: a mapping by its items, in order."""
    if isinstance(argument, Mapping):
        return tuple(argument.items())
    return argument if isinstance(argument, KernelConfig | Tree) else repr(argument)


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> dict[str, Calls]:
    """The calls of the functions that cost most, made by the modules of ``study``."""
    counts: dict[str, Calls] = {}
    for module in (answer_comparison, matrix, results, variants):
        for function in (complete, combinations, simulate, Evaluation):
            name = function.__name__
            if getattr(module, name, None) is function:
                monkeypatch.setattr(module, name, counted(function, counts.setdefault(name, Calls())))
    return counts


def repeated(calls: dict[str, Calls]) -> dict[str, int]:
    """How many calls asked what had been asked before."""
    return {name: count for name, made in calls.items() if (count := made.total() - len(made))}


def test_a_report_computes_nothing_twice(calls: dict[str, Calls]) -> None:
    maps = ["nomap-mid", "rm-start", "flat"]
    kernels = ["4.17", "4.19"]
    where = TreeOptions(None)
    studied_document("report", kernels, where, None, maps, None, RamFill.STALE, varied=True)
    assert set(calls) == {"complete", "combinations", "simulate", "Evaluation"}
    assert all(calls.values())
    assert repeated(calls) == {}


def test_a_diff_computes_nothing_twice(calls: dict[str, Calls]) -> None:
    trees = [load_fragment(KernelVersion.parse(release)) for release in ("4.17", "4.19")]
    compare_kernels(trees[0], trees[1], all_shipped_maps()[:3])
    assert calls["combinations"].total() == 12
    assert repeated(calls) == {}


def test_a_verdict_does_not_depend_on_what_was_asked_first() -> None:
    tree = load_fragment(KernelVersion.parse("4.17"))
    machines = all_shipped_maps()[:3]
    kernel_config = matrix.study_kernel(tree, machines, settings={"DEBUG_VM": "y"}).kernel_config
    whole, single = StudyResults(machines), StudyResults(machines)
    verdicts = [boot.verdict for boot in whole.boots(kernel_config)]
    for index, verdict in enumerate(verdicts):
        assert single.is_safe(kernel_config, index) == whole.is_safe(kernel_config, index)
        assert whole.is_safe(kernel_config, index) == (str(verdict) == "safe")
    assert single.boots(kernel_config) == whole.boots(kernel_config)
