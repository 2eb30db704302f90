# SPDX-License-Identifier: GPL-2.0-only
"""Words for people in terminals: the same documents that ``--format json`` prints, told in 80 columns.

Colour comes only where the terminal wants it (``NO_COLOR``, pipes and files get none), and nothing is said by
colour alone.
"""
