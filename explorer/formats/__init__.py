# SPDX-License-Identifier: GPL-2.0-only
"""Findings in the forms that other programs read: SARIF, GitHub annotations, JUnit XML.

Each takes the judgements as ``explorer.document`` gives them and returns text; nothing is computed here.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["Judged"]


@dataclass(frozen=True, slots=True)
class Judged:
    """What a run of ``check`` found.

    Attributes:
        configs: the judgements, as documents.
        errors: ``file`` and ``message`` of what could not be judged.
        fails: whether a finding counts for the exit code.
    """

    configs: Sequence[Mapping[str, Any]]
    errors: Sequence[Mapping[str, str]]
    fails: Callable[[Mapping[str, Any]], bool]
