# SPDX-License-Identifier: GPL-2.0-or-later
"""The page: one self-contained HTML file, made from the document by the templates in ``reports/``.

Everything is readable without scripts; the script filters, sorts, and steps through drawings. The page embeds
the document once. Names come from trees that are not trusted, and are escaped.
"""

from explorer.report.page import render

__all__ = ["render"]
