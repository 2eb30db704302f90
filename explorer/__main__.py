# SPDX-License-Identifier: GPL-2.0-or-later
"""``python -m explorer`` is ``kconfig-explorer``."""

from explorer.cli import main

main()
