# SPDX-License-Identifier: GPL-2.0-only
"""The command line: options in, words out.

Exit codes, everywhere: 0 nothing found, 1 something found (unsafe, unreachable, a prediction that failed),
2 could not judge (bad input, bad options, not modelled), 130 interrupted.
"""

import json
import os
import shlex
import signal
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any, NoReturn

import typer

from explorer.boot import Boot, Build, RamFill, Verdict, kernel, simulate
from explorer.check import check
from explorer.configuration import Tree, explain, load_fragment, load_tree, read_config, settle
from explorer.document import boot_json, checked_json, document, explained_json, replayed_json
from explorer.errors import InputError, printable
from explorer.files import text_lines, written_whole
from explorer.machine import Firmware, MemoryMap, memory_map_to_json, read_machine, samples
from explorer.matrix import FOUR, context_and_values, study
from explorer.replay import Outcome, replay, totals
from explorer.version import KernelVersion

__all__ = ["app", "main"]

_PROGRAM = "kconfig-explorer"
_DEFAULT_KERNEL = "4.17"
_REPORT_KERNELS = ["4.10", "4.17", "4.19", "5.10", "5.14", "6.1", "6.12"]

app = typer.Typer(
    name=_PROGRAM,
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["--help", "-h"]},
    help="Which configurations can this kernel's Kconfig produce, and which of them survive memory "
    "initialisation on this machine? Exit codes: 0 nothing found, 1 something found, 2 could not judge.",
)


class _TextOrJson(StrEnum):
    TEXT = "text"
    JSON = "json"


class _ReplayFormat(StrEnum):
    TEXT = "text"
    JSON = "json"
    JSONL = "jsonl"


class _GraphFormat(StrEnum):
    DOT = "dot"
    GRAPHML = "graphml"
    JSON = "json"
    MERMAID = "mermaid"


_Kernel = Annotated[
    str,
    typer.Option(
        "--kernel", metavar="VERSION", help="Kernel release, such as 4.17 or 5.11.14. Known: 4.10 to 6.12."
    ),
]
_Kernels = Annotated[
    list[str], typer.Option("--kernel", metavar="VERSION", help="Kernel release; may be given again.")
]
_Tree = Annotated[
    str | None,
    typer.Option(
        "--tree",
        metavar="DIR",
        help="A kernel checkout instead of a shipped fragment; its Makefile names the release. Nothing in it "
        "is run: compiler probes are answered as if the compiler had no feature.",
    ),
]
_Sets = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="SYMBOL=VALUE",
        help="Fix a symbol, such as ARM64_64K_PAGES=y, SPARSEMEM_VMEMMAP=n or DEBUG_VM=y; give it again "
        "for others. What is not set takes its default.",
    ),
]
_Maps = Annotated[
    list[str] | None,
    typer.Option(
        "--memory-map",
        "-m",
        metavar="NAME|FILE",
        help="A shipped map (see the command maps), a JSON map, a .dtb, or a boot log with memblock=debug; "
        "may be given again. Default: all shipped maps.",
    ),
]
_Symbols = Annotated[
    list[str] | None,
    typer.Option(
        "--symbol", metavar="SYMBOL", help=f"Study these symbols instead of {', '.join(FOUR)}; give it again."
    ),
]
_Fill = Annotated[
    RamFill,
    typer.Option("--ram-fill", help="What RAM held before the kernel; stale means anything (the default)."),
]
_Format = Annotated[_TextOrJson, typer.Option("--format", help="How to print the result.")]


@app.command("matrix")
def matrix_command(  # noqa: PLR0913, PLR0917 # the options of the command
    kernels: _Kernels = [_DEFAULT_KERNEL],  # noqa: B006 # typer copies defaults
    folder: _Tree = None,
    sets: _Sets = None,
    maps: _Maps = None,
    symbols: _Symbols = None,
    ram_fill: _Fill = RamFill.STALE,
    form: _Format = _TextOrJson.TEXT,
) -> None:
    """Show every combination of the four symbols against memory maps.

    For each combination: whether Kconfig can produce it, and whether the kernel survives on each map.
    Exit 1 when a combination that Kconfig can produce is unsafe on some map, 2 when one is unknown.

    Example: kconfig-explorer matrix --kernel 4.17 --set DEBUG_VM=y -m nomap-mid -m board.dtb
    """
    found = _document("matrix --format json", kernels, folder, sets, maps, symbols, ram_fill)
    _show(found, form, "show_matrix")
    unsafe = any(view["summary"]["unsafe"] for view in found["views"])
    unknown = any(view["summary"]["unknown"] for view in found["views"])
    raise typer.Exit(1 if unsafe else 2 if unknown else 0)


@app.command("report")
def report_command(  # noqa: PLR0913, PLR0917 # the options of the command
    output: Annotated[
        str, typer.Option("--output", "-o", metavar="FILE", help="Where to write the page; - for stdout.")
    ],
    kernels: _Kernels = _REPORT_KERNELS,
    folder: _Tree = None,
    sets: _Sets = None,
    maps: _Maps = None,
    symbols: _Symbols = None,
    ram_fill: _Fill = RamFill.STALE,
) -> None:
    """Write the matrix as one self-contained HTML page, readable offline and without scripts.

    Example: kconfig-explorer report --kernel 4.17 --kernel 4.19 -o report.html
    """
    from explorer.report import render  # noqa: PLC0415 # jinja2 is for this command alone

    page = render(_document("report -o report.html", kernels, folder, sets, maps, symbols, ram_fill))
    if output == "-":
        sys.stdout.write(page)
        return
    with written_whole(Path(output)) as file:
        file.write(page)
    typer.echo(f"wrote {output} ({len(page.encode()) >> 10} KiB)", err=True)


@app.command("simulate")
def simulate_command(  # noqa: PLR0913, PLR0917 # the options of the command
    memory_map: Annotated[
        str,
        typer.Option(
            "--memory-map", "-m", metavar="NAME|FILE", help="A shipped map, JSON, .dtb, boot log, or -."
        ),
    ],
    version: _Kernel = _DEFAULT_KERNEL,
    folder: _Tree = None,
    sets: _Sets = None,
    ram_fill: _Fill = RamFill.STALE,
    form: _Format = _TextOrJson.TEXT,
) -> None:
    """Boot one configuration on one memory map and tell the story.

    Any values may be set, even those that Kconfig would not allow: then the boot is a what-if.
    Exit 0 safe, 1 unsafe, 2 unknown.

    Example: kconfig-explorer simulate --kernel 4.17 --set NUMA=n --set HOLES_IN_ZONE=n -m nomap-mid
    """
    context, values = context_and_values(_settings(sets))
    tree = _tree(folder, version)
    described = kernel(tree.release)
    settled = settle(tree, context, values, absent=FOUR)
    boot = simulate(Build.of(described, settled.values, ram_fill), _machine(memory_map))
    config = {name: settled.values.get(name, "n") for name in (*FOUR, *context)}
    found = boot_json(boot, config, reachable=settled.reachable)
    _show(found, form, "show_boot")
    raise typer.Exit(_exit_code(boot))


def _exit_code(boot: Boot) -> int:
    return {Verdict.SAFE: 0, Verdict.UNSAFE: 1, Verdict.UNKNOWN: 2}[boot.verdict]


@app.command("check")
def check_command(  # noqa: PLR0913, PLR0917 # the options of the command
    config: Annotated[
        str, typer.Argument(metavar="CONFIG", help="A .config, plain or gzip; - for standard input.")
    ],
    version: Annotated[
        str | None,
        typer.Option("--kernel", metavar="VERSION", help="Kernel release; default: the file's header."),
    ] = None,
    folder: _Tree = None,
    maps: _Maps = None,
    ram_fill: _Fill = RamFill.STALE,
    form: _Format = _TextOrJson.TEXT,
) -> None:
    """Judge a real .config: would Kconfig keep it, and does its kernel survive on these machines?

    Exit 0 safe, 1 findings, 2 could not judge.

    Example: zcat /proc/config.gz | kconfig-explorer check - -m machine.dtb
    """
    release = None if version is None else KernelVersion.parse(version)
    tree = load_tree(Path(folder)) if folder else None
    given = read_config(config, sys.stdin.buffer)
    checked = check(given, _machines(maps), version=release, tree=tree, ram_fill=ram_fill)
    _show(checked_json(checked), form, "show_check")
    raise typer.Exit(2 if checked.verdict == "unknown" else 1 if checked.findings else 0)


@app.command("explain")
def explain_command(
    wishes: Annotated[
        list[str], typer.Argument(metavar="SYMBOL=VALUE...", help="What you want, all at once.")
    ],
    version: _Kernel = _DEFAULT_KERNEL,
    folder: _Tree = None,
    form: _Format = _TextOrJson.TEXT,
) -> None:
    """Say whether symbols can have these values, and how, or which lines of Kconfig forbid it.

    All the rest is free: the question is whether any configuration has them. Exit 0 reachable, 1 unreachable.

    Example: kconfig-explorer explain --kernel 4.17 NUMA=n HOLES_IN_ZONE=y
    """
    tree = _tree(folder, version)
    found = explain(tree, _settings(wishes))
    _show(explained_json(found, tree), form, "show_explanation")
    raise typer.Exit(0 if found.reachable else 1)


@app.command("replay")
def replay_command(
    recording: Annotated[
        str, typer.Argument(metavar="FILE.jsonl", help="Recorded boots, one JSON object a line; - for stdin.")
    ],
    form: Annotated[_ReplayFormat, typer.Option("--format", help="How to print the result.")] = (
        _ReplayFormat.TEXT
    ),
) -> None:
    """Compare recorded boots of real kernels with the simulator.

    Exit 0 when every outcome matches, 1 when a crash was missed or a false alarm given.
    """
    found = []
    with text_lines(recording) as lines:
        for number, replayed in enumerate(replay(lines, _source_name(recording)), start=1):
            found.append(replayed)
            if form is _ReplayFormat.JSONL:
                sys.stdout.write(json.dumps(replayed_json(replayed)) + "\n")
            elif form is _ReplayFormat.TEXT:
                _terminal().show_replayed(number, replayed_json(replayed))
    if not found:
        raise InputError("holds no recorded boot", where=recording, hint="give one JSON object a line")
    summary = totals(found)
    if form is _ReplayFormat.JSON:
        _print_json({"totals": summary, "boots": [replayed_json(replayed) for replayed in found]})
    elif form is _ReplayFormat.TEXT:
        _terminal().show_totals(summary)
    raise typer.Exit(any(replayed.outcome is not Outcome.MATCH for replayed in found))


@app.command("graph")
def graph_command(
    version: _Kernel = _DEFAULT_KERNEL,
    folder: _Tree = None,
    symbols: Annotated[
        list[str] | None,
        typer.Option("--symbol", metavar="SYMBOL", help="Only these and what decides them; give it again."),
    ] = None,
    form: Annotated[_GraphFormat, typer.Option("--format", help="How to write it.")] = _GraphFormat.DOT,
) -> None:
    """Write the dependency graph: who depends on, selects, implies or gives defaults to whom, and where.

    Example: kconfig-explorer graph --kernel 4.17 --symbol HOLES_IN_ZONE | dot -Tsvg > holes.svg
    """
    from explorer.configuration.graph import (  # noqa: PLC0415 # networkx is for this command alone
        ancestors,
        dependency_graph,
        write_graph,
    )

    whole = dependency_graph(_tree(folder, version))
    sys.stdout.write(write_graph(ancestors(whole, symbols) if symbols else whole, form))


@app.command("maps")
def maps_command(form: _Format = _TextOrJson.TEXT) -> None:
    """List the shipped memory maps; as JSON they serve as examples to write your own."""
    if form is _TextOrJson.JSON:
        _print_json([{"name": item.name, **memory_map_to_json(item)} for item in samples()])
        return
    width = max(len(item.name) for item in samples())
    for item in samples():
        typer.echo(f"{item.name:<{width}}  {item.description}")


def main() -> NoReturn:
    """The console script: no traceback ever reaches a user."""
    signal.signal(signal.SIGINT, lambda *_: sys.exit(130))
    try:
        app(prog_name=_PROGRAM)
    except InputError as error:
        _fail(str(error))
    except BrokenPipeError:
        # The reader has left (head, less): nothing is wrong, and nothing more can be said.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)
    except OSError as error:
        _fail(f"{error.filename or 'output'}: {error.strerror or error}")
    except MemoryError:
        _fail("out of memory: give a smaller input")
    except Exception as error:  # noqa: BLE001 # the last line of defence; a defect of ours, and said to be
        _fail(f"defect: {type(error).__name__}: {error} (please report it with the command line)")
    sys.exit(0)


def _fail(message: str) -> NoReturn:
    line = " ".join(message.split())
    sys.stderr.write(f"{_PROGRAM}: {printable(line)}\n")
    sys.exit(2)


def _document(  # noqa: PLR0913, PLR0917 # the options that matrix and report share
    command: str,
    kernels: Sequence[str],
    folder: str | None,
    sets: Sequence[str] | None,
    maps: Sequence[str] | None,
    symbols: Sequence[str] | None,
    ram_fill: RamFill,
) -> dict[str, Any]:
    """The document behind matrix and report."""
    machines, settings, names = _machines(maps), _settings(sets), tuple(symbols or FOUR)
    studied = [name for name in settings if name in names]
    if studied:
        raise InputError(
            f"{studied[0]} is under study: all of its values are shown",
            where="--set",
            hint="leave it out, or use simulate",
        )
    releases = kernels[:1] if folder else dict.fromkeys(kernels)  # a checkout names its own
    trees = [_tree(folder, release) for release in releases]
    views = [
        study(
            tree,
            machines,
            names=names,
            settings=settings,
            ram_fill=ram_fill,
            watched=_progress(f"kernel {tree.release}"),
        )
        for tree in trees
    ]
    where = (("--tree", [folder]),) if folder else (("--kernel", kernels),)
    options = (*where, ("--set", sets), ("--memory-map", maps), ("--symbol", symbols))
    words = [word for option, values in options for value in values or () for word in (option, value)]
    again = shlex.join([*words, "--ram-fill", str(ram_fill)])
    return document(views, machines, f"{_PROGRAM} {command} {again}")


def _tree(folder: str | None, release: str) -> Tree:
    """The checkout that is named, or else the fragment of a release."""
    return load_tree(Path(folder)) if folder else load_fragment(KernelVersion.parse(release))


def _progress(what: str) -> Callable[[Sequence[Any]], Iterable[Any]]:
    """A bar on a terminal, which is gone when the work is done; nothing elsewhere."""
    if not sys.stderr.isatty():
        return iter
    return partial(_terminal().track, what)


def _settings(sets: Sequence[str] | None) -> dict[str, str]:
    """SYMBOL=VALUE words as a mapping."""
    found: dict[str, str] = {}
    for text in sets or ():
        name, equals, value = text.removeprefix("CONFIG_").partition("=")
        if not (name and equals and value):
            raise InputError(f"{text!r} is not SYMBOL=VALUE", where="--set", hint="write --set DEBUG_VM=y")
        if found.get(name, value) != value:
            raise InputError(f"{name} is set to {found[name]} and {value}", where="--set", hint="set it once")
        found[name] = value
    return found


def _machines(sources: Sequence[str] | None) -> tuple[MemoryMap | Firmware, ...]:
    if not sources:
        return samples()
    found = tuple(_machine(source) for source in dict.fromkeys(sources))
    names = [machine.name for machine in found]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        raise InputError(f"two maps bear the name {twice!r}", where="--memory-map", hint="rename one of them")
    return found


def _machine(source: str) -> MemoryMap | Firmware:
    return read_machine(source, sys.stdin.buffer)


def _source_name(source: str) -> str:
    return "standard input" if source == "-" else source


def _terminal() -> ModuleType:
    """The words for people; rich, which they need, costs as much as many a command's work."""
    from explorer import terminal  # noqa: PLC0415 # as above

    return terminal


def _show(found: Mapping[str, Any], form: _TextOrJson, words: str) -> None:
    """A result as JSON, or in the words of the terminal."""
    if form is _TextOrJson.JSON:
        _print_json(found)
    else:
        getattr(_terminal(), words)(found)


def _print_json(found: Mapping[str, Any] | Sequence[Any]) -> None:
    sys.stdout.write(json.dumps(found, indent=1) + "\n")
