# SPDX-License-Identifier: GPL-2.0-or-later
"""Files: sources of a Kconfig tree, ``.config`` files, the user's cache, the releases of the fragments."""
