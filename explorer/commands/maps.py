# SPDX-License-Identifier: GPL-2.0-or-later
"""``maps``: the shipped memory maps."""

from explorer.commands.options import FormatOption, TextOrJson
from explorer.commands.printing import print_json, print_line
from explorer.machine import all_shipped_maps, memory_map_to_json

__all__ = ["maps_command"]


def maps_command(form: FormatOption = TextOrJson.TEXT) -> None:
    """List the shipped memory maps. The JSON format is an example for your own maps.

    Example: kconfig-explorer maps --format json
    """
    if form is TextOrJson.JSON:
        print_json([{"name": item.name, **memory_map_to_json(item)} for item in all_shipped_maps()])
        return
    width = max(len(item.name) for item in all_shipped_maps())
    for item in all_shipped_maps():
        print_line(f"{item.name:<{width}}  {item.description}")
