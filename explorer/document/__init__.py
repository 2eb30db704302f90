# SPDX-License-Identifier: GPL-2.0-only
"""The JSON documents behind every face, as plain data, one module for each kind.

Numbers are pfns or counts; addresses are hexadecimal strings of bytes; order is stable, so equal input gives
equal bytes.
"""
