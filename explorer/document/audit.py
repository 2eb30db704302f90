# SPDX-License-Identifier: GPL-2.0-or-later
"""The audit of a kernel tree as JSON; the schema is ``reports/audit.schema.json``."""

from collections import Counter
from collections.abc import Iterable, Sequence

from explorer.audit.build_conditions import all_of
from explorer.audit.comparison import WalkerChange
from explorer.audit.found_walkers import Asked, Place, WalkerGuard, WalkerRead
from explorer.audit.guard_verdicts import GuardVerdict, LoopJudgement
from explorer.audit.simulator_check import RecordCheck, without_record
from explorer.audit.tree_audit import AuditedWalker, TreeAudit
from explorer.document.elements import Json, generator
from explorer.files import shown_name
from explorer.study.kernel_audit import AuditedTree

__all__ = ["AUDIT_SCHEMA", "audit_json"]

AUDIT_SCHEMA = "kconfig-explorer/audit/1"
_MOST_READS = 100  # of a loop


def audit_json(audited: AuditedTree, before: AuditedTree | None = None) -> Json:
    """The audit of a tree.

    Args:
        audited: the audit.
        before: the audit of another tree; the document then holds the changes from it.
    """
    audit = audited.audit
    return {
        "schema": AUDIT_SCHEMA,
        "generator": generator(),
        "tree": shown_name(audited.name),
        "paths": list(audited.paths),
        "release": audited.release,
        "kconfig": audited.without_kconfig,
        "summary": _summary(audit),
        "walkers": [_walker(walker) for walker in audit.walkers],
        "not_read": [{**_place(place), "reason": reason} for place, reason in audit.not_read],
        "not_understood": list(map(_place, audit.not_understood)),
        "left_out": list(map(_place, audit.left_out)),
        "simulator": None if audited.checks is None else _simulator(audited.checks, audit),
        "compared": None if before is None else _compared(before, audited.changes_since(before)),
    }


def _summary(audit: TreeAudit) -> Json:
    verdicts = Counter(walker.verdict for walker in audit.walkers)
    return {
        "files": audit.files,
        "walkers": len(audit.walkers),
        "verdicts": {str(verdict): verdicts[verdict] for verdict in GuardVerdict},
    }


def _simulator(checks: Sequence[RecordCheck], audit: TreeAudit) -> Json:
    return {
        "records": [
            {
                "function": check.function,
                "agreement": str(check.agreement),
                "guards": list(check.recorded),
                "found": [
                    {"name": walker.walker.name, **_place(walker.walker.place), "guards": list(guards)}
                    for walker, guards in check.found
                ],
            }
            for check in checks
        ],
        "without_record": [
            {"name": walker.walker.name, **_place(walker.walker.place)}
            for walker in without_record(audit.walkers)
        ],
    }


def _compared(before: AuditedTree, changes: Iterable[WalkerChange]) -> Json:
    return {
        "tree": shown_name(before.name),
        "summary": _summary(before.audit),
        "changes": [
            {
                "kind": str(change.kind),
                "before": None if change.before is None else _walker(change.before),
                "after": None if change.after is None else _walker(change.after),
            }
            for change in changes
        ],
    }


def _place(place: Place) -> Json:
    return {"file": shown_name(place.file), "line": place.line}


def _walker(audited: AuditedWalker) -> Json:
    walker = audited.walker
    return {
        "name": walker.name,
        **_place(walker.place),
        "verdict": str(audited.verdict),
        "loop": audited.loops.index(audited.judgement),
        "loops": [_loop(loop) for loop in audited.loops],
        "condition": audited.condition.text,
        "compiled": str(audited.compiled),
        "guard_fails": [
            failure._asdict() | {"reachable": str(failure.reachable)} for failure in audited.failures
        ],
        "assertions": [{**_place(place), "text": text} for place, text in walker.assertions],
        "entries": [{"entry": str(path.entry), "functions": list(path.functions)} for path in audited.paths],
        "understood": walker.understood,
        "calls": [
            {**_place(call.place), "caller": call.caller, "guards": list(map(_guard, call.guards))}
            for call in walker.calls
        ],
    }


def _loop(judged: LoopJudgement) -> Json:
    loop = judged.loop
    return {
        **_place(loop.place),
        "variables": list(loop.variables),
        "step": loop.step.size,
        "statement": loop.step.text,
        "by_pfn": loop.by_pfn,
        "verdict": str(judged.verdict),
        "guard": None if judged.guard is None else _guard(judged.guard),
        "guard_left": None if judged.left is None else _guard(judged.left),
        "first_read": None if judged.read is None else _read(judged.read),
        "reads": list(map(_read, dict.fromkeys(loop.reads)))[:_MOST_READS],
    }


def _read(read: WalkerRead) -> Json:
    return {
        **_place(read.place),
        "part": str(read.read),
        "by": read.word,
        "through": list(read.through),
        "asserted": read.asserted,
        "guards": list(map(_guard, read.guards)),
    }


def _guard(guard: WalkerGuard) -> Json:
    return {
        **_place(guard.place),
        "name": guard.name,
        "argument": guard.argument,
        "through": guard.through,
        "condition": all_of(guard.condition),
        "reads_page": guard.reads_page,
        "each_step": guard.asked is Asked.EACH_STEP,
        "asked_of": str(guard.asked),
    }
