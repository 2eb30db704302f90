# SPDX-License-Identifier: GPL-2.0-or-later
"""What can be configured: Kconfig trees, their dependency graph and their reachable combinations."""

from explorer.configuration.encoding.deadline import NO_DEADLINE, Deadline
from explorer.configuration.files.dotconfig import (
    DotConfig,
    Setting,
    UnreadableLine,
    parse_config,
    parse_packed_config,
    read_config,
)
from explorer.configuration.files.git_head import commit_of_checkout
from explorer.configuration.files.releases import (
    FragmentSpan,
    fragment_releases,
    fragment_span,
    fragment_spans,
)
from explorer.configuration.patch.application import PatchedTree, patched_tree
from explorer.configuration.patch.unified_diff import FilePatch, parse_patch
from explorer.configuration.queries.completion import (
    Completion,
    Explanation,
    assumed,
    complete,
    config_fragment,
    explain,
)
from explorer.configuration.queries.conflicts import Conflict, Conflicts
from explorer.configuration.queries.definition_changes import (
    Definition,
    DefinitionChanges,
    DefinitionProperty,
    SymbolChange,
    deciding_symbols,
    definition_changes_between,
    differs_in_texts_only,
    touched_symbols,
)
from explorer.configuration.queries.mcs import (
    AnswerChange,
    CorrectionSet,
    low_impact_correction_set,
    minimum_correction_set,
    with_answers,
)
from explorer.configuration.queries.model_counting import ModelCount, count_combinations
from explorer.configuration.queries.mus import ConflictStatement
from explorer.configuration.queries.pins import Pins, pins_of
from explorer.configuration.queries.projection import (
    ForcedSymbol,
    Projection,
    StudiedSymbol,
    combinations,
    decided,
)
from explorer.configuration.queries.reachability import Combination
from explorer.configuration.queries.symbol_names import check_assignment, check_defined
from explorer.configuration.toolchain.probes import AnswerOrigin, Compiler, Probe
from explorer.configuration.tree.evaluation import Evaluation
from explorer.configuration.tree.loading import load_fragment, load_tree
from explorer.configuration.tree.probe_operands import ProbeOperand
from explorer.configuration.tree.redefinition import redefined_tree
from explorer.configuration.tree.tree import SourceFile, Statement, Tree

__all__ = [
    "NO_DEADLINE",
    "AnswerChange",
    "AnswerOrigin",
    "Combination",
    "Compiler",
    "Completion",
    "Conflict",
    "ConflictStatement",
    "Conflicts",
    "CorrectionSet",
    "Deadline",
    "Definition",
    "DefinitionChanges",
    "DefinitionProperty",
    "DotConfig",
    "Evaluation",
    "Explanation",
    "FilePatch",
    "ForcedSymbol",
    "FragmentSpan",
    "ModelCount",
    "PatchedTree",
    "Pins",
    "Probe",
    "ProbeOperand",
    "Projection",
    "Setting",
    "SourceFile",
    "Statement",
    "StudiedSymbol",
    "SymbolChange",
    "Tree",
    "UnreadableLine",
    "assumed",
    "check_assignment",
    "check_defined",
    "combinations",
    "commit_of_checkout",
    "complete",
    "config_fragment",
    "count_combinations",
    "decided",
    "deciding_symbols",
    "definition_changes_between",
    "differs_in_texts_only",
    "explain",
    "fragment_releases",
    "fragment_span",
    "fragment_spans",
    "load_fragment",
    "load_tree",
    "low_impact_correction_set",
    "minimum_correction_set",
    "parse_config",
    "parse_packed_config",
    "parse_patch",
    "patched_tree",
    "pins_of",
    "read_config",
    "redefined_tree",
    "touched_symbols",
    "with_answers",
]
