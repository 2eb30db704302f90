# SPDX-License-Identifier: GPL-2.0-or-later
"""Prints the claims of ``prove``: rows with the same claims together, conditions first, then what kills."""

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.text import Text

from explorer.terminal.console import Json, console_of
from explorer.terminal.safe_sets import show_fewest_changes, show_guards, show_safe_sets

__all__ = ["show"]

_STYLE = {"proven": "green", "counterexample": "bold red", "unknown": "yellow"}
_MOST_ROWS = 6
_MOST_TERMS = 3


def show(document: Json, *, every: bool = False) -> None:
    """Prints the rows of a document by kernel and claims.

    Args:
        document: the document of ``prove``.
        every: every row and every counterexample, not the first ones alone.
    """
    console = console_of()
    groups = _grouped(document)
    for number, (build, rows) in enumerate(groups):
        console.print(Text(f"{chr(10) if number else ''}Linux {_kernels(rows)}", style="bold"))
        _show_rows(console, rows, every=every)
        if build is None:
            console.print("  not tried: interrupted")
            continue
        _show_claims(console, build, every=every or len(groups) == 1)
        for machine in build["machines"]:
            _show_machine(console, machine)
    for kernel in document["kernels"]:
        _show_kernel(console, kernel, every=every)
    _summary(console, document)


def _show_kernel(console: Console, kernel: Json, *, every: bool) -> None:
    """Prints what the rows of a kernel say together; a single row has said it already."""
    if kernel["rows"] > 1:
        console.print(Text(f"\nsafe sets of Linux {kernel['kernel']}", style="bold"))
        show_safe_sets(console, kernel["safe_sets"], every=every)
    if kernel["fewest_changes"]:
        console.print(Text(f"\nfewest changes for Linux {kernel['kernel']}", style="bold"))
        show_fewest_changes(console, kernel["fewest_changes"])
    if kernel["guards"]:
        console.print(Text(f"\nguards of Linux {kernel['kernel']}; *: the cheapest proven one", style="bold"))
        show_guards(console, kernel["guards"])


def _grouped(document: Json) -> list[tuple[Json | None, list[Json]]]:
    """The builds with different claims, each with its rows."""
    groups: dict[str, tuple[Json | None, list[Json]]] = {}
    for row in document["rows"]:
        build = document["builds"][row["build"]]
        same = (
            "" if build is None else repr([[claim["terms"] for claim in build["claims"]], build["machines"]])
        )
        key = f"{row['kernel']} {same or row['build']}"
        groups.setdefault(key, (build, []))[1].append(row)
    return list(groups.values())


def _kernels(rows: Sequence[Json]) -> str:
    return ", ".join(dict.fromkeys(row["kernel"] for row in rows))


def _show_rows(console: Console, rows: Sequence[Json], *, every: bool) -> None:
    shown = rows if every else rows[:_MOST_ROWS]
    for row in shown:
        values = " ".join(f"{name}={value}" for name, value in row["values"].items())
        variant = f"{row['page_size'] >> 10}K {row['memory_model']} DEBUG_VM={row['DEBUG_VM']}"
        console.print(f"  {variant}  {values}")
    if len(rows) > len(shown):
        console.print(f"  and {len(rows) - len(shown)} other rows")


def _show_claims(console: Console, build: Json, *, every: bool) -> None:
    style = _STYLE[build["outcome"]]
    if not build["claims"]:
        console.print(Text(f"  unknown: {'; '.join(build['unmodelled'])}", style=style))
    told: list[Json] = []
    for claim in build["claims"]:
        _show_claim(console, claim, every=every)
        told += claim["counterexamples"] if every else claim["counterexamples"][:1]
    for example in _distinct(told):
        _show_counterexample(console, example, every=every)


def _show_claim(console: Console, claim: Json, *, every: bool) -> None:
    """Prints a claim: its level, the class of maps, and the exact condition, a line for each term."""
    terms = claim["terms_in_words"]
    if not claim["counterexamples"]:
        console.print(Text(f"  {claim['level']}: on any memory map, proven", style="green"))
        return
    if not terms:
        console.print(f"  {claim['level']}: no known condition on a memory map ensures it")
        return
    where = f"on {claim['safe_on']}, proven; exactly, where" if claim["safe_on"] else "proven where"
    console.print(f"  {claim['level']}: {where}")
    shown = terms if every else terms[:_MOST_TERMS]
    for number, words in enumerate(shown):
        console.print(f"    {'or ' if number else '   '}{words}")
    if len(terms) > len(shown):
        console.print(f"    or one of {len(terms) - len(shown)} other conditions")


def _distinct(examples: Iterable[Json]) -> list[Json]:
    return list({(example["words"], example["fault"]["walker"]): example for example in examples}.values())


def _show_counterexample(console: Console, example: Json, *, every: bool) -> None:
    fault = example["fault"]
    trigger = "while booting" if fault["stage"] == "boot" else f"on the trigger {fault['trigger']}"
    certain = "dies" if fault["certain"] else "may die"
    console.print(Text(f"  smallest map: {example['words']}", style="red"))
    console.print(f"    {certain} {trigger}, in {fault['walker']}()")
    if every:
        console.print(f"    {fault['why']}")
    console.print(f"    because it lacks: {example['lacks']}")
    console.print(f"    {example['firmware']['words']}")


def _show_machine(console: Console, machine: Json) -> None:
    name = machine["name"]
    if machine["covered"]:
        console.print(Text(f"  {name}: meets the condition", style="green"))
        return
    missing = f": {', '.join(machine['missing'])}" if machine["missing"] else ""
    console.print(
        Text(f"  {name}: {machine['verdict']}; it does not meet the condition{missing}", style="bold red")
    )


def _summary(console: Console, document: Json) -> None:
    builds = [build for build in document["builds"] if build]
    everywhere = sum(build["outcome"] == "proven" for build in builds)
    unknown = sum(build["outcome"] == "unknown" for build in builds)
    rest = len(document["builds"]) - len(builds)
    words = [
        f"{len(document['rows'])} rows, {len(document['builds'])} different builds: {everywhere} proven safe",
        f"{len(builds) - everywhere - unknown} with counterexamples",
        f"{unknown} unknown",
        *([f"{rest} not tried"] if rest else []),
    ]
    console.print(f"\n{', '.join(words)}")
