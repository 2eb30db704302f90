# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes the document of ``matrix`` and ``report`` from their options."""

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any

from explorer.boot import NO_PARAMETERS, BootParameters, RamFill
from explorer.commands.command_words import shell_words
from explorer.commands.options import (
    machines_of,
    settings_of,
    settings_with_seed,
    symbols_of,
    words_of,
)
from explorer.commands.printing import progress
from explorer.commands.status_line import status_shown
from explorer.commands.trees import TreeOptions, chosen_kernels, described_kernels
from explorer.configuration import NO_DEADLINE, Combination, Deadline, Tree, check_defined, read_config
from explorer.document.matrix import MatrixDocument
from explorer.errors import InputError, OutOfTimeError
from explorer.proof import proven_claims, stored_claims
from explorer.resources import PROGRAM
from explorer.study.matrix import FOUR, study_kernel
from explorer.study.results import StudyResults
from explorer.study.variants import Variant, open_variants

__all__ = ["studied_document"]


def studied_document(  # noqa: PLR0913, PLR0917 # the options that matrix and report share
    command: str,
    kernels: Sequence[str] | None,
    where: TreeOptions,
    sets: Sequence[str] | None,
    maps: Sequence[str] | None,
    symbols: Sequence[str] | None,
    ram_fill: RamFill,
    parameters: BootParameters = NO_PARAMETERS,
    *,
    with_fixes: Sequence[str] = (),
    without_fixes: Sequence[str] = (),
    this: bool = False,
    memory: Sequence[str] | None = None,
    varied: bool = False,
    config: str | None = None,
    what_ifs: bool = True,
    prove: bool = False,
    deadline: Deadline = NO_DEADLINE,
) -> dict[str, Any]:
    """The document of ``matrix`` and ``report``.

    Args:
        command: the command and its own options.
        kernels: ``--kernel``.
        where: the checkout and what is said of it.
        sets: ``--set``.
        maps: ``--memory-map``.
        symbols: ``--symbol``.
        ram_fill: ``--ram-fill``.
        parameters: ``--cmdline`` and ``--kaslr-seed``.
        with_fixes: ``--with-fix``.
        without_fixes: ``--without-fix``.
        this: ``--this-machine``.
        memory: ``--memory``.
        varied: add a view for each variant that the settings leave open, without what-ifs.
        config: ``--config``.
        what_ifs: boot the combinations that Kconfig cannot produce, too, and draw the dependency graph.
        prove: ``--prove``.
        deadline: that of ``--timeout``.
    """
    machines, settings, names = machines_of(maps, memory, this=this), settings_of(sets), symbols_of(symbols)
    studied = [name for name in settings if name in names]
    if config is None:
        settings = settings_with_seed(settings, parameters)
    if studied:
        raise InputError(
            f"{studied[0]} is under study: all of its values are shown",
            where="--set",
            hint="leave it out, or use simulate",
        )
    base = None if config is None else read_config(config, sys.stdin.buffer)
    chosen = chosen_kernels(kernels, where, base)
    trees = described_kernels(chosen.releases, where, with_fixes, without_fixes)
    check_defined([tree for _, tree in trees], names, absent=FOUR, parameter="names")
    if base is not None:
        from explorer.checking import refuse_patched  # noqa: PLC0415 # slow, and needed for a .config alone

        for _, tree in trees:
            refuse_patched(base, tree)
    results = StudyResults(machines)
    made = MatrixDocument(machines, results)
    for described, tree in trees:
        study = partial(
            study_kernel,
            *(tree, machines),
            described=described,
            names=names,
            ram_fill=ram_fill,
            parameters=parameters,
            base=base,
            results=results,
            claims_of=proven_claims if prove else stored_claims,
            deadline=deadline,
        )
        with _solving(f"kernel {tree.release}") as watched:
            matrices = [study(settings=settings, what_ifs=what_ifs, watched=watched)]
        with status_shown(f"kernel {tree.release}, solving variants"):
            variants, late = _variants(tree, settings, names, deadline) if varied else ((), None)
        of_variants = progress(f"kernel {tree.release}, variants") if variants else iter
        matrices += [study(variant=variant, what_ifs=False) for variant in of_variants(variants)]
        with status_shown(f"kernel {tree.release}, searching fixes"):
            made.add(matrices, late)
        results.forget_boots()
    chosen.show_note()
    origin = (("--tree", [where.folder]),) if where.folder else (("--kernel", chosen.releases),)
    changes = (("--with-fix", with_fixes), ("--without-fix", without_fixes))
    options = (
        *origin,
        ("--set", sets),
        ("--memory-map", maps),
        ("--memory", memory),
        ("--symbol", symbols),
        *changes,
    )
    words = [word for option, values in options for value in values or () for word in (option, value)]
    words += ["--config", config] if config is not None else []
    words += ["--this-machine"] if this else []
    words += ["--prove"] if prove else []
    words += where.words
    words += words_of(parameters)
    again = shell_words([*words, "--ram-fill", str(ram_fill)])
    return made.finished(f"{PROGRAM} {command} {again}")


@contextmanager
def _solving(name: str) -> Iterator[Callable[[Sequence[Combination]], Iterable[Combination]]]:
    """Shows that a kernel is solved, until the function that is given iterates over its rows."""
    with ExitStack() as stack:
        stack.enter_context(status_shown(f"{name}, solving"))

        def watched(rows: Sequence[Combination]) -> Iterable[Combination]:
            stack.close()
            return progress(name)(rows)

        yield watched


def _variants(
    tree: Tree, settings: Mapping[str, str], names: Sequence[str], deadline: Deadline
) -> tuple[tuple[Variant, ...], float | None]:
    """The variants of a kernel, and the seconds after which they were left undecided."""
    try:
        return open_variants(tree, settings, names, deadline=deadline), None
    except OutOfTimeError as error:
        return (), error.seconds
