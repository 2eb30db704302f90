# SPDX-License-Identifier: GPL-2.0-or-later
"""Whatever is given to any parameter of any command: a result or a message, exit 0, 1 or 2, and no exception.

``python -m tests.any_input.law SECONDS`` tries more inputs than this.
"""

from collections import Counter

import pytest

from tests.any_input.law import broken, tried
from tests.any_input.readers import INPUTS, UNREAD, readers
from tests.in_process import commands

WORDS, FILES = 1, 5  # examples of each parameter: 290 inputs in 10 seconds
ACCEPTED = 70  # of them at least


def test_every_parameter_that_takes_text_is_in_the_table() -> None:
    parameters = [one for command in commands().commands.values() for one in command.params]
    taking = {one.name for one in parameters if not getattr(one, "is_flag", False)}
    assert taking - UNREAD.keys() == INPUTS.keys()


def test_any_input_gives_a_result_or_a_message(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
    accepted, ran = Counter[str](), Counter[str]()
    for reader in readers():
        for seed in range(FILES if reader.share else WORDS):
            with broken():
                _, answer = tried(reader, seed)
            ran[reader.parameter] += 1
            accepted[reader.parameter] += answer.code != 2 or bool(answer.out)
    assert accepted.total() >= ACCEPTED, accepted
    missing = [name for name, (_, share) in INPUTS.items() if accepted[name] < share * ran[name]]
    assert missing == []
