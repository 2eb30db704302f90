# SPDX-License-Identifier: GPL-2.0-or-later
"""The forms on which one build dies: random maps do not escape them, and the reference confirms them."""

from collections.abc import Iterator
from random import Random

import pytest

from explorer.boot.walkers import WALKERS
from explorer.machine import MemoryMap
from explorer.proof.claims import Counterexample, Level
from explorer.proof.conditions import violated
from explorer.proof.fatal_forms import FatalForms, boot_of
from tests.proof.attack import Attack, Target
from tests.proof.reference_faults import Answer, answer_of_reference
from tests.proof.samples import build_of

MAPS = 3000
LARGEST = 3 << 27
"""Bytes of the largest map that is booted page by page: three sections."""


@pytest.fixture(scope="module")
def fatal() -> FatalForms:
    """5.14 dies in many ways, and its sections are small enough for the reference."""
    return FatalForms.of(build_of("5.14.2", NUMA="n"))


def test_no_random_map_contradicts_a_claim(fatal: FatalForms) -> None:
    """Of some thousands of faults one may have no form; no claim may be wrong for that."""
    attack = Attack(Target.of_forms(fatal), Random(1)).run(MAPS)  # noqa: S311 # repeatable, no secret
    assert [what for what, _ in attack.escaped if isinstance(what, Level)] == []
    assert len(attack.escaped) < attack.classes / 500
    assert attack.classes > MAPS / 10
    assert all(count > MAPS / 3 for count in attack.covered.values())


def test_the_reference_confirms_a_form_of_each_walker(fatal: FatalForms) -> None:
    answers = [answer_of_reference(fatal.config, example) for example in one_of_each_walker(fatal)]
    assert Answer.OTHERWISE not in answers
    assert answers.count(Answer.DIES) > 3


def one_of_each_walker(fatal: FatalForms) -> Iterator[Counterexample]:
    """The smallest form that each walker dies on, apart from large ones."""
    for function in sorted({walker.function for walker in WALKERS}):
        forms = fatal.minimal(lambda one, by=function: one.walker == by)  # type: ignore[misc]
        form = min(forms.values(), key=bytes_of, default=None)
        boot = boot_of(fatal.config, form) if form and bytes_of(form) <= LARGEST else None
        if boot:
            fault = next(fault for fault in boot.faults if fault.walker == function)
            yield Counterexample(boot.memory_map, fault, violated(boot.memory_map, fatal.config))


def bytes_of(form: MemoryMap) -> int:
    return sum(region.size for region in form.memory)
