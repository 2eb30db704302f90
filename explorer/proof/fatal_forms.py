# SPDX-License-Identifier: GPL-2.0-or-later
"""The forms on which a build dies, by what it dies of and by the conditions that they violate.

Of each class of faults only the forms are kept that violate the fewest conditions: where a map violates all
of them, so it does for a form that violates some.

The forms are closed under repair (``repairs``): a kept form is changed so that it meets one more condition,
in each way that is known, and booted again, until none of these dies that violates fewer.
"""

from collections.abc import Callable, Iterable, Mapping
from itertools import chain
from typing import NamedTuple, Self

from explorer.boot import Boot, Fault, Gap, KernelConfig, Stage, simulate
from explorer.errors import InputError
from explorer.machine import MemoryMap
from explorer.proof.conditions import Condition, violated
from explorer.proof.map_forms import forms_of
from explorer.proof.random_maps import maps_at_random
from explorer.proof.repairs import repaired, with_other_nodes, with_reserved
from explorer.proof.smallest import size_key

__all__ = ["FatalForms", "FaultClass", "boot_of", "fault_classes"]

_Conditions = frozenset[Condition]
_PROGRESS_STEP = 1000

RANDOM_MAPS = 8000
"""How many random maps are booted beside the forms of a build: a guard against marks that are missing."""


class FaultClass(NamedTuple):
    """What a kernel dies of, without the page.

    Attributes:
        walker: the kernel function.
        trigger: what makes it run.
        stage: boot or run.
        certain: the trigger suffices.
    """

    walker: str
    trigger: str
    stage: Stage
    certain: bool

    @classmethod
    def of(cls, fault: Fault) -> Self:
        """The class of a fault."""
        return cls(fault.walker, fault.trigger, fault.stage, fault.certain)


def fault_classes(boot: Boot) -> tuple[FaultClass, ...]:
    """What a boot dies of, each once, in the order of its faults."""
    return tuple(dict.fromkeys(map(FaultClass.of, boot.faults)))


def boot_of(config: KernelConfig, memory_map: MemoryMap) -> Boot | None:
    """The boot of a map; ``None`` where no kernel can start: no whole page is mapped memory."""
    try:
        return simulate(config, memory_map)
    except InputError:
        return None


class FatalForms:
    """The forms on which a build dies.

    Attributes:
        config: the build.
        booted: how many forms were booted.
        gaps: what boots of forms depend on and is not modelled.
    """

    def __init__(self, config: KernelConfig) -> None:
        self.config = config
        self.booted = 0
        self.gaps: set[Gap] = set()
        self._forms: dict[FaultClass, dict[_Conditions, MemoryMap]] = {}

    @classmethod
    def of(cls, config: KernelConfig, on_progress: Callable[[int], None] | None = None) -> Self:
        """Boot every form of a build, and random maps, which count as forms where they die.

        Args:
            config: the build.
            on_progress: called now and then with how many forms were booted.
        """
        found = cls(config)
        maps = chain(forms_of(config), maps_at_random(config, RANDOM_MAPS))
        for number, memory_map in enumerate(maps, start=1):
            found.add(memory_map)
            if on_progress and not number % _PROGRESS_STEP:
                on_progress(number)
        found.close()
        return found

    def close(self) -> None:
        """Repair the kept forms until no repaired form dies that violates fewer conditions.

        A form that is repaired is booted like any other.
        """
        done, tried = set[MemoryMap](), set[MemoryMap]()
        while waiting := {form: conditions for conditions, form in self._kept() if form not in done}:
            for form, conditions in waiting.items():
                ways = (repaired(form, self.config, condition) for condition in sorted(conditions))
                for other in chain(with_other_nodes(form), with_reserved(form), *ways):
                    if other not in tried:
                        tried.add(other)
                        self.add(other)
                done.add(form)

    def _kept(self) -> list[tuple[_Conditions, MemoryMap]]:
        return [item for forms in self._forms.values() for item in forms.items()]

    def add(self, form: MemoryMap) -> None:
        """Boot one form."""
        boot = boot_of(self.config, form)
        if boot is None:
            return
        self.booted += 1
        self.gaps.update(boot.unmodelled)
        if boot.faults:
            conditions = violated(boot.memory_map, self.config)
            for fault_class in fault_classes(boot):
                self._keep(self._forms.setdefault(fault_class, {}), conditions, boot.memory_map)

    def _keep(self, forms: dict[_Conditions, MemoryMap], conditions: _Conditions, form: MemoryMap) -> None:
        """Keep a form, and drop what it makes superfluous; keep the smaller one of equal conditions."""
        if any(known < conditions for known in forms):
            return
        known = forms.get(conditions)
        if known is None:
            for more in [other for other in forms if conditions < other]:
                del forms[more]
            forms[conditions] = form
        elif size_key(form, self.config) < size_key(known, self.config):
            forms[conditions] = form

    def minimal(self, is_asked: Callable[[FaultClass], bool]) -> Mapping[_Conditions, MemoryMap]:
        """The smallest sets of conditions that forms violate which die of some classes, each with a form."""
        merged: dict[_Conditions, MemoryMap] = {}
        for fault_class, forms in self._forms.items():
            if is_asked(fault_class):
                for conditions, form in forms.items():
                    self._keep(merged, conditions, form)
        return merged

    def canonical(self, boot: Boot) -> dict[FaultClass, MemoryMap | None]:
        """A form for each class of faults of a boot, which violates no condition that the map does not.

        ``None`` for a class that no such form has: docs/proof.md says that there is none.
        """
        conditions = violated(boot.memory_map, self.config)
        return {
            fault_class: self._smallest_within(conditions, self._forms.get(fault_class, {}))
            for fault_class in fault_classes(boot)
        }

    def _smallest_within(
        self, conditions: _Conditions, forms: Mapping[_Conditions, MemoryMap]
    ) -> MemoryMap | None:
        within: Iterable[MemoryMap] = (form for fewer, form in forms.items() if fewer <= conditions)
        return min(within, key=lambda form: size_key(form, self.config), default=None)
