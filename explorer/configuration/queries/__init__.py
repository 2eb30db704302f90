# SPDX-License-Identifier: GPL-2.0-or-later
"""Questions to a tree: reachability, completion, unsat cores, correction sets, model counts, provenance."""
