# SPDX-License-Identifier: GPL-2.0-or-later
"""Prints the safe sets, the fewest changes and the guards of a kernel: parts of the document of ``prove``."""

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.text import Text

from explorer.terminal.console import Json

__all__ = ["show_fewest_changes", "show_guards", "show_safe_sets"]


def show_safe_sets(console: Console, safe_sets: Sequence[Json], *, every: bool = False) -> None:
    """Prints a line for each class of memory maps.

    Args:
        console: where to print.
        safe_sets: the safe sets of one kernel, those of each level together.
        every: all levels, each under its name, not the first one alone.
    """
    levels = list(dict.fromkeys(safe_set["level"] for safe_set in safe_sets))
    for level in levels if every else levels[:1]:
        if every:
            console.print(Text(f"  {level}", style="bold"))
        for safe_set in safe_sets:
            if safe_set["level"] == level:
                console.print(f"  {'  ' if every else ''}{safe_set['sentence']}")


def show_fewest_changes(console: Console, found: Iterable[Json]) -> None:
    """Prints a line for each class of memory maps, and what each change does."""
    for result in found:
        console.print(f"  {result['sentence']}")
        for change in result["changes"] or ():
            console.print(f"    {change['name']}: {change['effect']}")
            if change["beside"]:
                console.print(f"      {change['beside']}")


def show_guards(console: Console, tables: Iterable[Json]) -> None:
    """Prints the guards on a memory map, the cheapest safe one first, for each page size and memory model."""
    for table in tables:
        head = f"{table['memory_map']}, {table['page_size'] >> 10}K pages, {table['memory_model']}"
        console.print()
        console.print(Text(f"  {head}", style="bold"))
        console.print(f"  {_section_words(table)}")
        _show_table(console, table)
        if table["refused"]:
            console.print(f"  not in this kernel: {', '.join(table['refused'])}")


def _section_words(table: Json) -> str:
    """What a whole section of initialised struct pages costs, and what is not initialised today."""
    section, contract = table["section"], table["contract"]
    missing = (
        f"{contract['to_initialise']:,} of {contract['struct_pages']:,} struct pages are not initialised"
    )
    if section is None:
        return f"FLATMEM has no sections; {missing}"
    blocks = f" = {section['vmemmap_blocks']} blocks of 2 MiB" if section["vmemmap_blocks"] else ""
    return (
        f"a whole section: {section['struct_pages']:,} struct pages, {section['memmap_bytes']:,} bytes"
        f" = {section['memmap_pages']:,} pages{blocks}; {section['sections']} here, {missing}"
    )


def _show_table(console: Console, table: Json) -> None:
    """Prints guards with their verdicts and costs; below each what it needs, and where it is proven safe."""
    console.print(
        f"    {'guard':<22} {'safe rows':>9} {'tests/page':>10} {'steps/test':>10} {'bytes at boot':>13}"
    )
    for guard in table["guards"]:
        cheapest = guard["guard"] == table["cheapest"]
        rows = f"{guard['safe_rows']} of {guard['rows']}"
        line = (
            f"  {'*' if cheapest else ' '} {guard['guard']:<22} {rows:>9} {guard['tests_per_page']:>10}"
            f" {guard['steps_per_test']:>10} {guard['bytes_written']:>13,}"
        )
        console.print(Text(line, style="green" if cheapest else "" if guard["safe"] else "dim"))
        console.print(f"      {guard['needs']}{_proof_words(guard)}")


def _proof_words(guard: Json) -> str:
    """On which maps a guard is proven safe; empty where no proof was tried."""
    if guard["proven"] is None:
        return ""
    if guard["proven"]:
        return f"; proven safe on {guard['safe_on'] or 'maps like this one'}"
    return "; safe on this map, but not proven for a class of maps that holds it"
