# SPDX-License-Identifier: GPL-2.0-only
"""Questions to a tree: reachability, completion, unsat cores, correction sets, model counts, provenance."""
