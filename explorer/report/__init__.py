# SPDX-License-Identifier: GPL-2.0-only
"""The page: one self-contained HTML file made from the document by the templates in ``reports/``.

Everything is readable without scripts; the script only narrows what is shown and steps through pictures. The
document is embedded once, so the page carries its own data. Every name in it comes from a stranger's tree and
is escaped.
"""

from explorer.report.page import render

__all__ = ["render"]
