# SPDX-License-Identifier: GPL-2.0-or-later
"""The JSON documents behind every face, one module for each kind.

Numbers are pfns or counts; addresses are hexadecimal strings of bytes. Equal input gives equal bytes.
"""
