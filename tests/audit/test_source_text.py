# SPDX-License-Identifier: GPL-2.0-or-later
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.audit.c_functions import functions_of
from explorer.audit.source_text import c_text
from explorer.errors import InputError

PIECES = (
    *("/*", "*/", "//", '"', "'", "\\", "\n", "{", "}", "(", ")", ";", " "),
    *("#if A", "#else", "#endif", "#ifdef CONFIG_X", "int f", "pfn", "#define X \\\n"),
)


def test_comments_literals_and_directives_are_blanked() -> None:
    text = "int a; /* pfn++ */ char *b = \"pfn\"; // x\n#define F(x) \\\n\tx\nchar c = '\\'';\n"
    plain = c_text("a.c", text.encode()).code.decode()
    assert "pfn" not in plain
    assert "define" not in plain
    assert len(plain) == len(text)
    assert plain.count("\n") == text.count("\n")


@given(st.lists(st.sampled_from(PIECES), max_size=40))
def test_every_byte_keeps_its_place(pieces: list[str]) -> None:
    data = "".join(pieces).encode()
    try:
        text = c_text("a.c", data)
    except InputError as error:
        assert error.what == "a comment does not end"  # noqa: PT017 # the one reason
        return
    assert len(text.code) == len(data)
    newlines = [offset for offset, byte in enumerate(data) if byte == ord("\n")]
    assert all(text.code[offset] == ord("\n") for offset in newlines)
    for function in functions_of(text):
        assert 0 <= function.start <= function.body < function.end <= len(data)


def test_conditions_nest_and_branches_exclude_each_other() -> None:
    text = "#if A\nint a;\n#ifdef CONFIG_B\nint b;\n#elif C\nint c;\n#else\nint d;\n#endif\n#endif\nint e;\n"
    found = c_text("a.c", text.encode())
    conditions = {name: found.condition(text.index(f"int {name}")) for name in "abcde"}
    assert conditions == {
        "a": ("A",),
        "b": ("A", "defined(CONFIG_B)"),
        "c": ("A", "!(defined(CONFIG_B))", "C"),
        "d": ("A", "!(defined(CONFIG_B))", "!(C)"),
        "e": (),
    }


def test_branches_that_cannot_stand_together_are_left_out_and_told() -> None:
    text = "void f(void)\n{\n#ifdef A\n\tif (x) {\n#else\n\tif (y) {\n#endif\n\t}\n}\nvoid g(void)\n{\n}\n"
    found = c_text("a.c", text.encode())
    assert "y" not in found.code.decode().replace("void", "")
    assert [found.line(span.start) for span in found.left_out] == [5]
    assert [function.name for function in functions_of(found)] == ["f", "g"]


def test_functions_are_told_from_tables_and_declarations() -> None:
    text = (
        "struct s { int a; };\nint table[] = { F(1), 2 };\nint f(int a);\n"
        "static const struct ops o = {\n\t.read = g,\n};\n"
        "static __always_inline int g(int (*call)(void), int b)\n{\n\tif (b) { return 1; }\n\treturn 0;\n}\n"
        "SYSCALL_DEFINE1(h, int, a)\n{\n}\nvoid __init k(void) __must_hold(&x)\n{\n}\n"
    )
    found = {function.name: function for function in functions_of(c_text("a.c", text.encode()))}
    assert list(found) == ["g", "SYSCALL_DEFINE1", "k"]
    assert found["g"].is_static
    assert not found["k"].is_static
    assert found["g"].line == 7


def test_a_macro_goes_on_behind_a_comment_of_several_lines() -> None:
    text = (
        "#define F(x) { \\\n\t/* one \\\n\t * two */ \\\n\tg(x)\n#define G /* a\n */ {\n\nint h(void)\n{\n}\n"
    )
    found = c_text("a.c", text.encode())
    assert [(function.name, function.line) for function in functions_of(found)] == [("h", 8)]
    assert found.is_balanced
    assert not c_text("a.c", b"void f(void)\n{\n").is_balanced


def test_a_comment_without_an_end_is_refused() -> None:
    with pytest.raises(InputError, match="a comment does not end"):
        c_text("a.c", b"int a; /* b */" * 2000 + b"/* open")
