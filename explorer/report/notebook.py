# SPDX-License-Identifier: GPL-2.0-or-later
"""HTML of a matrix and of a boot for a notebook: fragments without scripts. Names are escaped."""

from explorer.report.page import environment
from explorer.report.words import Json, kernel_summary

__all__ = ["boot_html", "matrix_html"]


def matrix_html(document: Json) -> str:
    """The tables of a matrix document."""
    maps = len(document["memory_maps"])
    summaries = [kernel_summary(view, maps) for view in document["views"]]
    template = environment().get_template("notebook_matrix.html.j2")
    return template.render(document=document, summaries=summaries)


def boot_html(boot: Json) -> str:
    """The stages and faults of a simulated boot."""
    return environment().get_template("notebook_boot.html.j2").render(boot=boot)
