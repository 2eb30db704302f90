# SPDX-License-Identifier: GPL-2.0-or-later
"""A study that runs out of time: each row is as without a deadline, or unknown; no face calls it safe.

The clock advances when it is read, so a deadline can end a study after any of its searches.
"""

import json
from collections import Counter
from typing import Any

import jsonschema
import pytest

from explorer.configuration import Deadline, load_fragment
from explorer.document.matrix import document
from explorer.errors import OutOfTimeError
from explorer.formats.mail_matrix import matrix_mail
from explorer.machine import shipped_map
from explorer.report import render
from explorer.resources import data_folder
from explorer.study.kernel_comparison import compare_kernels
from explorer.study.matrix import study_kernel
from explorer.study.proven_builds import rows_of_kernel
from explorer.study.tree_kernel import kernel_of_tree
from explorer.terminal.matrix import show
from explorer.version import KernelVersion
from tests.configuration.step_clock import StepClock

SCHEMA = json.loads((data_folder("reports") / "document.schema.json").read_text())


def made(length: float | None) -> dict[str, Any]:
    """The document of Linux 6.12, with a deadline after so many readings of the clock."""
    tree, maps = load_fragment(KernelVersion.parse("6.12")), [shipped_map("flat")]
    deadline = Deadline.after(length, StepClock())
    return document([study_kernel(tree, maps, deadline=deadline)], maps, "command")


def test_rows_in_any_time_are_right_or_unknown() -> None:
    rows = made(None)["views"][0]["combinations"]
    seen: Counter[str] = Counter()
    for length in (1, 15, 18, 22, 26, 60, 90):
        study = made(length)
        jsonschema.validate(study, SCHEMA)
        view = study["views"][0]
        for row, reference in zip(view["combinations"], rows, strict=True):
            if row["out_of_time"] is None:
                assert row["reachable"] == reference["reachable"]
                assert [cell["verdict"] for cell in row["cells"]] == [
                    cell["verdict"] for cell in reference["cells"]
                ]
                seen["reachable" if row["reachable"] else "unreachable"] += 1
            else:
                assert (row["out_of_time"], row["reachable"], row["conflict"]) == (length, False, [])
                assert {cell["verdict"] for cell in row["cells"]} == {"unknown"}
                seen["unknown"] += 1
        left = view["summary"]["out_of_time"]
        assert left == sum(row["out_of_time"] is not None for row in view["combinations"])
        answer = study["answers"][0] if study["answers"] else None
        assert not (answer and left) or (answer["verdict"], answer["is_proven"]) == ("unknown", False)
        seen["kernel unknown" if left else "kernel decided"] += 1
    assert len(seen) == 5
    assert min(seen.values()) >= 2


def test_a_kernel_out_of_time_is_called_unknown_by_every_face(capsys: pytest.CaptureFixture[str]) -> None:
    study = made(1)
    assert all(row["out_of_time"] for row in study["views"][0]["combinations"])
    show(study)
    text, mail, page = capsys.readouterr().out, matrix_mail(study), render(study)
    for words in (text, mail, page):
        assert "is not decided in 1 s" in " ".join(words.split())
    assert "afe on" not in (text + mail).replace("0 safe on", "")
    assert "Every cell is safe" not in page
    assert "or unknown combinations" in page


@pytest.mark.parametrize("length", [1, 10, 25])
def test_a_comparison_out_of_time_has_no_result(length: float) -> None:
    before, after = (load_fragment(KernelVersion.parse(release)) for release in ("4.17", "6.12"))
    deadline = Deadline.after(length, StepClock())
    with pytest.raises(OutOfTimeError) as raised:
        compare_kernels(before, after, [shipped_map("flat")], deadline=deadline)
    assert raised.value.seconds == length


@pytest.mark.parametrize("length", [1, 10, 25])
def test_proofs_of_builds_that_are_not_decided_in_time_have_no_rows(length: float) -> None:
    tree = load_fragment(KernelVersion.parse("6.12"))
    deadline = Deadline.after(length, StepClock())
    with pytest.raises(OutOfTimeError):
        list(rows_of_kernel(tree, kernel_of_tree(tree), settings={}, deadline=deadline))
