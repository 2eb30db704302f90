# SPDX-License-Identifier: GPL-2.0-or-later
"""A sweep as data: which configurations boot on which machines, cut into numbered tasks.

1. A ``.config`` gives one build, a variant one for each reachable combination.
2. A task boots the builds of one configuration on some machines, or proves one build for every memory map.
3. The order of tasks is that of hashes, so that the tasks done so far are a fair sample of all.
4. ``identity()`` hashes the parts of a job; equal jobs have equal tasks.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import count
from typing import Any, NamedTuple

from explorer.boot import NO_PARAMETERS, BootParameters, RamFill
from explorer.machine import Firmware, MemoryMap
from explorer.study.matrix import FOUR
from explorer.sweep.running_program import program_identity

__all__ = ["Conditions", "Configuration", "Job", "Machine", "Task"]

_MACHINES_OF_TASK = 256
_MOST_BUILDS = 1 << len(FOUR)
"""The most builds that one variant has: the combinations of the four symbols."""


@dataclass(frozen=True, slots=True)
class Configuration:
    """A source of builds: a ``.config`` file, or all reachable combinations of a variant.

    Attributes:
        kernel: the release; empty for the one that the file's header names.
        file: the file's name; empty for a variant.
        sha256: the hash of the file's bytes.
        settings: the values that name the variant, in order.
    """

    kernel: str
    file: str = ""
    sha256: str = ""
    settings: tuple[tuple[str, str], ...] = ()

    @property
    def key(self) -> str:
        """The hash of all of it."""
        return _hash([self.kernel, self.file, self.sha256, self.settings])


@dataclass(frozen=True, slots=True)
class Machine:
    """A memory map of the job.

    Attributes:
        name: the file, or the name of a shipped map; no other machine of the job has it.
        memory: what was read.
    """

    name: str
    memory: MemoryMap | Firmware

    @property
    def sha256(self) -> str:
        """The hash of what was read, which does not depend on the form of the file."""
        return _hash(asdict(self.memory))


@dataclass(frozen=True, slots=True)
class Conditions:
    """What holds for every boot of a job.

    Attributes:
        ram_fill: what RAM held before boot.
        parameters: the command line and the KASLR seed that the boot loader passes.
    """

    ram_fill: RamFill = RamFill.STALE
    parameters: BootParameters = NO_PARAMETERS


class Task(NamedTuple):
    """A unit of work.

    Attributes:
        number: from 0, in the order in which tasks are run.
        configuration: its builds are booted or proven.
        machines: the first machine and the one after the last; an empty range for a proof.
        proven: which build is proven; -1 for boots.
    """

    number: int
    configuration: Configuration
    machines: tuple[int, int]
    proven: int = -1


@dataclass(frozen=True, slots=True)
class Job:
    """A sweep.

    Attributes:
        configurations: each once.
        machines: at least one; each name once.
        conditions: of every boot.
        proves: each build is proven for every memory map, too.
    """

    configurations: Sequence[Configuration]
    machines: Sequence[Machine]
    conditions: Conditions = Conditions()
    proves: bool = False

    def tasks(self) -> Iterator[Task]:
        """The tasks in order, numbered."""
        number = count()
        for configuration in sorted(self.configurations, key=lambda each: each.key):
            for first in range(0, len(self.machines), _MACHINES_OF_TASK):
                last = min(first + _MACHINES_OF_TASK, len(self.machines))
                yield Task(next(number), configuration, (first, last))
            if self.proves:
                builds = 1 if configuration.file else _MOST_BUILDS
                for build in range(builds):
                    yield Task(next(number), configuration, (0, 0), build)

    def identity(self) -> dict[str, str]:
        """The hash of each part of the job; a job is the same if all parts are."""
        return {
            "version of this program": program_identity(),
            "configurations": _hash(sorted(each.key for each in self.configurations)),
            "memory maps": _hash([[machine.name, machine.sha256] for machine in self.machines]),
            "options": _hash([asdict(self.conditions), self.proves]),
        }


def _hash(value: Mapping[str, Any] | Sequence[Any]) -> str:
    text = json.dumps(value, sort_keys=True, default=sorted)  # sets have no order of their own
    return hashlib.sha256(text.encode()).hexdigest()
