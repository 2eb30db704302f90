# SPDX-License-Identifier: GPL-2.0-or-later
"""Text for terminals: prints the documents of ``explorer.document``.

Colours are used only on a terminal without ``NO_COLOR``, not in pipes and files. No fact is shown by colour
only.
"""
