# SPDX-License-Identifier: GPL-2.0-only
"""What a refusal says, whatever it quotes."""

import pytest

from explorer.errors import InputError


@pytest.mark.parametrize("part", ["what", "where", "hint"])
def test_a_message_fits_a_screen_whatever_it_quotes(part: str) -> None:
    words = {"what": "is wrong", "where": "a.config", "hint": "mend it", part: "x" * 100_000}
    error = InputError(words["what"], where=words["where"], hint=words["hint"])
    assert len(str(error)) < 1100
    assert all(words[other][:8] in str(error) for other in words)


def test_a_message_of_usual_length_is_told_whole() -> None:
    assert str(InputError("is wrong", where="a.config:3", hint="mend it")) == "a.config:3: is wrong (mend it)"
