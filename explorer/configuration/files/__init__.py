# SPDX-License-Identifier: GPL-2.0-only
"""Files: sources of a stranger's tree, ``.config`` files, the cache, and the list of releases."""
