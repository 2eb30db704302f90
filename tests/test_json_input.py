# SPDX-License-Identifier: GPL-2.0-or-later
"""JSON that others wrote: a value, or an error that says what is wrong."""

import codecs
import json

import pytest

from explorer.errors import FileError
from explorer.json_input import Form, check_form, parse_json

HINT = "give another"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"\xff", "is not text"),
        (codecs.BOM_UTF16_LE + b"\0\xd8", "is not text"),
        (b'"\xed\xa0\x80"', "is not text"),
        (b"[" * 100_000, "nested too deeply"),
        (b"[" * 101 + b"]" * 101, "nested too deeply"),
        (b'{"]": ' * 300, "nested too deeply"),  # deep enough for some Pythons to notice
        (b'["]", "\\"["' + b"[" * 100, "x.json:1: not JSON: Expecting"),
        (b'{"a": [1,\n2,\n]}', "x.json:2: not JSON: a comma before a closing bracket"),
        (b'{"a": 1,\n\n}', "x.json:1: not JSON: a comma before a closing bracket"),
        (b"{,}", "x.json:1: not JSON: Expecting property name"),
        (b"[" + b"[]," * 2_000_000 + b"1]", "more than 2000000 lists and objects"),
        (b'{"a": 1, "a": 1}', "the key 'a' occurs twice"),
        (b"9" * 5000, "a number of 5000 digits is beyond 64 bits"),
        (b"1e400", "1e400 is too large for a number"),
        (b"NaN", "NaN is not a number of JSON"),
        (b"[1,\n2,\nInfinity]", "Infinity is not a number of JSON"),
    ],
)
def test_what_is_not_json_or_beyond_a_bound_is_refused(data: bytes, words: str) -> None:
    with pytest.raises(FileError, match=words) as raised:
        parse_json(data, "x.json", hint=HINT)
    assert raised.value.file == "x.json"


def test_a_text_in_utf_16_and_one_with_a_mark_are_read() -> None:
    assert parse_json('{"a": "é"}'.encode("utf-16"), "x", hint=HINT) == {"a": "é"}
    assert parse_json(codecs.BOM_UTF8 + b"[1.5]", "x", hint=HINT) == [1.5]
    assert parse_json("[" * 100 + "]" * 100, "x", hint=HINT)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        (r'"\ud800"', "\ufffd"),
        (r'"\udc00\ud800"', "\ufffd\ufffd"),
        (r'"\ud83d\udca9"', "\N{PILE OF POO}"),
        (r'"\\ud800"', r"\ud800"),
        (r'"\\\ud800\\"', "\\\ufffd\\"),
        ('"\ud800"', "\ufffd"),
    ],
)
def test_a_lone_surrogate_becomes_the_replacement_character(text: str, read: str) -> None:
    assert parse_json(text, "x", hint=HINT) == read
    json.dumps(read, ensure_ascii=False).encode()


def test_a_form_names_the_first_place_that_differs() -> None:
    def fault(what: str, *, part: str) -> FileError:
        return FileError(what, file="x", part=part)

    form: Form = {"a": [{"b": str}], "c": int}
    check_form({"a": [{"b": "", "more": 1}], "c": 5}, form, fault)
    for value, message in (
        ([], "x: this is not an object"),
        ({"a": 1}, "x: a: this is not a list"),
        ({"a": [{"b": ""}, {"b": 1}]}, "x: a[1].b: this is not a text"),
        ({"a": [{}]}, "x: a[0].b: this is missing"),
        ({"a": [], "c": True}, "x: c: this is not a whole number"),
    ):
        with pytest.raises(FileError) as raised:
            check_form(value, form, fault)
        assert str(raised.value) == message
