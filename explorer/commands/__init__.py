# SPDX-License-Identifier: GPL-2.0-or-later
"""The commands, one module each: options in, a document out, its words on the terminal."""
