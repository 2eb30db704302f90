# SPDX-License-Identifier: GPL-2.0-only
"""What can be configured: Kconfig trees, their dependency graph and their reachable combinations."""

from explorer.configuration.counting import Count, count
from explorer.configuration.definitions import Definition, Delta, Property, SymbolDelta, deciding, delta
from explorer.configuration.dotconfig import DotConfig, Setting, Unreadable, parse_config, read_config
from explorer.configuration.fix import Change, Fix, changed, gentle_fix, smallest_fix
from explorer.configuration.loading import load_fragment, load_tree
from explorer.configuration.oracle import Combination
from explorer.configuration.patch import FilePatch, parse_patch
from explorer.configuration.patched import Patched, patched_tree
from explorer.configuration.probes import Compiler, How, Probe
from explorer.configuration.reasons import Reason
from explorer.configuration.settle import Explanation, Settled, config_fragment, explain, settle
from explorer.configuration.space import Forced, Space, Studied, combinations
from explorer.configuration.spans import FragmentSpan, fragment_span, fragment_spans
from explorer.configuration.tree import SourceFile, Statement, Tree

__all__ = [
    "Change",
    "Combination",
    "Compiler",
    "Count",
    "Definition",
    "Delta",
    "DotConfig",
    "Explanation",
    "FilePatch",
    "Fix",
    "Forced",
    "FragmentSpan",
    "How",
    "Patched",
    "Probe",
    "Property",
    "Reason",
    "Setting",
    "Settled",
    "SourceFile",
    "Space",
    "Statement",
    "Studied",
    "SymbolDelta",
    "Tree",
    "Unreadable",
    "changed",
    "combinations",
    "config_fragment",
    "count",
    "deciding",
    "delta",
    "explain",
    "fragment_span",
    "fragment_spans",
    "gentle_fix",
    "load_fragment",
    "load_tree",
    "parse_config",
    "parse_patch",
    "patched_tree",
    "read_config",
    "settle",
    "smallest_fix",
]
