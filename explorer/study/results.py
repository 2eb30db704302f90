# SPDX-License-Identifier: GPL-2.0-or-later
"""What one study has computed: Kconfig's values for answers, and boots. Equal questions are computed once.

A study makes one ``StudyResults`` and passes it to every function that computes values or boots.
"""

from collections.abc import Mapping, Sequence

from explorer.boot import Boot, KernelConfig, Verdict, simulate
from explorer.configuration import Evaluation, Tree
from explorer.machine import Firmware, MemoryMap

__all__ = ["StudyResults"]


class StudyResults:
    """Values and boots by what they were computed from.

    Args:
        machines: the memory maps of the study.
    """

    def __init__(self, machines: Sequence[MemoryMap | Firmware]) -> None:
        self.machines = tuple(machines)
        self._values: dict[tuple[object, ...], Mapping[str, str]] = {}
        self._boots: dict[KernelConfig, tuple[Boot, ...]] = {}
        self._verdicts: dict[KernelConfig, dict[int, Verdict]] = {}

    def values(self, tree: Tree, answers: Mapping[str, str]) -> Mapping[str, str]:
        """The value of every symbol under some answers; the order of answers counts, as it does in a file."""
        key = (tree, *answers.items())
        if key not in self._values:
            self._values[key] = Evaluation(tree, answers).values()
        return self._values[key]

    def add_values(self, tree: Tree, answers: Mapping[str, str], values: Mapping[str, str]) -> None:
        """Keep values that were computed elsewhere."""
        self._values.setdefault((tree, *answers.items()), values)

    def boots(self, config: KernelConfig) -> tuple[Boot, ...]:
        """The boots of a kernel, one for each machine, in order."""
        if config not in self._boots:
            boots = tuple(simulate(config, machine) for machine in self.machines)
            self._boots[config] = boots
            self._verdicts[config] = {index: boot.verdict for index, boot in enumerate(boots)}
        return self._boots[config]

    def forget_boots(self) -> None:
        """Free the boots, such as those of a kernel that is done; their verdicts are kept."""
        self._boots.clear()

    def is_safe(self, config: KernelConfig, index: int) -> bool:
        """Whether a kernel is safe on one machine; keeps the verdict and not the boot."""
        verdicts = self._verdicts.setdefault(config, {})
        if index not in verdicts:
            verdicts[index] = simulate(config, self.machines[index]).verdict
        return verdicts[index] is Verdict.SAFE
