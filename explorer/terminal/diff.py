# SPDX-License-Identifier: GPL-2.0-or-later
"""Prints the document of ``diff``: the verdict with its fix, what users get, what differs, and counts."""

from collections import Counter
from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.text import Text

from explorer.narrative.plurals import counted
from explorer.study.kernel_comparison import Gate
from explorer.terminal.console import STYLE, Json, console_of, show_compiler
from explorer.terminal.diff_cases import answers_words, assigned, show_cases

__all__ = ["show"]

_MOST_NAMED = 6
_VERDICT_STYLE = {
    Gate.NOT_SIMULATED: "",
    Gate.PASSED: STYLE["safe"],
    Gate.FAILED: STYLE["unsafe"],
    Gate.UNKNOWN: STYLE["unknown"],
}


def show(document: Json) -> None:
    """Prints the differences between two kernels."""
    console = console_of()
    is_simulated = document["summary"]["verdict"] != Gate.NOT_SIMULATED
    _verdict(console, document)
    _heading(console, document)
    if is_simulated:
        show_cases(console, document)
    _effects(console, document)
    if document["symbols"]:
        _combinations(console, document["combinations"])
    _forced(console, document["forced"])
    _definitions(console, document["definitions"])
    if is_simulated:
        _counts(console, document["summary"])


def _verdict(console: Console, document: Json) -> None:
    """Prints whether something safe became unsafe, and what makes that safe."""
    verdict = Gate(document["summary"]["verdict"])
    console.print(Text(verdict, style=_VERDICT_STYLE[verdict]))
    unsafe = [case["fix"] for case in document["cases"] if "became unsafe" in case["kinds"]]
    fixes = Counter(fix["words"] for fix in unsafe if fix)
    for words, count in fixes.items():
        some = f", for {count} of {counted(len(unsafe), 'set')} of answers" if len(fixes) > 1 else ""
        console.print(Text(f"fix: {words}{some}", style="bold"))
    if document["newer_first"]:
        before, after = document["before"]["kernel"], document["after"]["kernel"]
        console.print(
            f"note: {before} is newer than {after}: BEFORE and AFTER may be the wrong way round",
            style=STYLE["unknown"],
        )
    console.print()


def _heading(console: Console, document: Json) -> None:
    for side in ("before", "after"):
        kernel, patch = document[side], document["patch"]
        where = f"{kernel['kconfig']}{_head(kernel)}"
        text = f"kernel {kernel['kernel']} ({where})" if kernel["kernel"] else where
        if side == "after" and patch:
            text = f"the same with {patch['source']}: {_hunks(patch)}"
        console.print(Text.assemble((f"{side:<7}", "bold"), text))
        if side == "before" or not patch:
            show_compiler(console, kernel["compiler"])
    if document["settings"]:
        console.print(f"{'set':<7}{assigned(document['settings'])}")


def _head(kernel: Json) -> str:
    """The commit of a checkout."""
    return f", HEAD {kernel['commit'][:12]}" if kernel["commit"] else ""


def _hunks(patch: Json) -> str:
    parts = [f"{counted(file['hunks'], 'hunk')} in {file['path']}" for file in patch["files"]]
    if patch["passed_over"]:
        names = ", ".join(patch["passed_over"][:3]) + (", ..." if len(patch["passed_over"]) > 3 else "")
        files = counted(len(patch["passed_over"]), "other file")
        parts.append(f"{files} ignored, since only Kconfig is compared ({names})")
    return "; ".join(parts)


def _definitions(console: Console, definitions: Json) -> None:
    counts = ", ".join(f"{len(definitions[kind])} {kind}" for kind in ("added", "removed", "changed"))
    unlisted = definitions["elsewhere"]
    console.print(Text(f"\ndefinitions: {counts}", style="bold"))
    if any(unlisted.values()):
        more = ", ".join(f"{count} {kind}" for kind, count in unlisted.items() if count)
        console.print(
            f"  not listed, since neither the symbols under study nor a boot depend on them: {more}"
        )
    for kind, sign in (("added", "+"), ("removed", "-")):
        for symbol in definitions[kind]:
            console.print(f"{sign} {symbol['symbol']} {kind}", style="bold")
            for item in symbol["properties"]:
                _property(console, item["property"], sign, item)
    for symbol in definitions["changed"]:
        console.print(f"  {symbol['symbol']} changed", style="bold")
        for item in symbol["properties"]:
            for sign, side in (("-", "before"), ("+", "after")):
                if item[side]:
                    _property(console, item["property"], sign, item[side])


def _property(console: Console, kind: str, sign: str, item: Json) -> None:
    console.print(f"  {sign} {kind:<8} {item['text']}  ({item['file']}:{item['line']})")


def _effects(console: Console, document: Json) -> None:
    """Prints what a patch does to the symbols that it touches."""
    if document["texts_only"]:
        which = (
            "only texts of prompts and helps differ" if document["definitions"]["changed"] else "none differs"
        )
        names = ", ".join(document["touched"][:_MOST_NAMED])
        console.print(f"\nof the definitions that the patch touches ({names}), {which}:")
        console.print("every configuration is the same before and after")
    if document["effects"]:
        console.print(Text("\neffects of the patch", style="bold"))
    for effect in document["effects"]:
        if effect["answers"] is not None or effect["before"] != effect["after"]:
            _effect(console, effect)
    same = [
        effect["symbol"]
        for effect in document["effects"]
        if effect["answers"] is None and effect["before"] == effect["after"]
    ]
    if same:
        names = ", ".join(same[:_MOST_NAMED]) + (
            f" and {len(same) - _MOST_NAMED} more" if same[_MOST_NAMED:] else ""
        )
        console.print(f"  no answers were found that give another value to {names}")
    seen = {effect["symbol"] for effect in document["effects"]}
    unseen = [name for name in document["touched"] if name not in seen and not document["texts_only"]]
    if unseen:
        console.print(f"  not examined: {counted(len(unseen), 'more symbol')} that the patch touches")


def _effect(console: Console, effect: Json) -> None:
    """Prints the values of a symbol before and after, and answers that show a difference."""
    before, after = (_values(effect[side]) for side in ("before", "after"))
    console.print(f"  {effect['symbol']}: {before} before, {after} after")
    if effect["answers"] is None:
        console.print("    no answers were found that give it another value")
    else:
        shown = " -> ".join(effect["shown"][side] or "none" for side in ("before", "after"))
        console.print(f"    {shown} with {answers_words(effect['answers'])}")


def _values(values: Json | None) -> str:
    """The default of a symbol, and the values that it can have."""
    if values is None:
        return "not defined"
    reachable = ", ".join(values["reachable"])
    default = values["default"] or "none"
    return f"default {default}" + (f", can be {reachable}" if reachable else "")


def _combinations(console: Console, combinations: Json) -> None:
    before, after = combinations["reachable_before"], combinations["reachable_after"]
    console.print(Text(f"\ncombinations: {before} reachable before, {after} after", style="bold"))
    for item in combinations["became_reachable"]:
        console.print(f"+ {assigned(item['values'])}")
        console.print(f"    reachable now, with {answers_words(item['witness'])}")
    for item in combinations["became_unreachable"]:
        gone = f"; not defined any more: {', '.join(item['gone'])}" if item["gone"] else ""
        console.print(f"- {assigned(item['values'])}")
        console.print(f"    unreachable now{gone}")
        _lines(console, item["conflict"])


def _lines(console: Console, lines: Iterable[Json]) -> None:
    for line in lines:
        console.print(f"    {line['file']}:{line['line']}: {line['text']}")


def _forced(console: Console, facts: Sequence[Json]) -> None:
    if facts:
        console.print(Text("\nconstant symbols", style="bold"))
    for fact in facts:
        before, after = (_fact(fact[side]) for side in ("before", "after"))
        console.print(f"  {fact['symbol']}: {before} before, {after} after")
        _lines(console, (fact["after"] or fact["before"])["because"])


def _fact(fact: Json | None) -> str:
    if fact is None:
        return "not constant"
    return "not defined" if fact["gone"] else f"always {fact['value']}"


def _counts(console: Console, summary: Json) -> None:
    """Prints how many sets of answers became unsafe, and so on, each on at least one memory map."""
    console.print(
        f"\nof {counted(summary['cases'], 'set')} of answers, on at least one map: "
        f"{summary['became_unsafe']} became unsafe, {summary['new_unsafe']} new and unsafe, "
        f"{summary['became_safe']} became safe, {summary['still_unsafe']} still unsafe"
    )
