# SPDX-License-Identifier: GPL-2.0-or-later
"""Compiles device tree sources with ``dtc``.

Rules:

1. The only parser is ``dtc``.
2. Line marks of the C preprocessor are removed first, and their line breaks stay: an error names the line of
   the file that was given.
3. A source that names other files (``/include/``, ``/incbin/``, ``#include``) is refused: no file that an
   input names is read. If only comments have these words, the comments are removed. What is checked is the
   text that ``dtc`` gets.
4. ``dtc`` gets at most 20 seconds and 1 GiB.
"""

import re
import resource
import shutil
import subprocess
from collections.abc import Callable

from explorer.errors import FileError
from explorer.process.children import tied_to_this_process

__all__ = ["compile_source", "is_devicetree_source"]

_SECONDS = 20
_MOST_MEMORY = 1 << 30
_MARK = (
    r'#(?:line)?[ \t]{1,8}\d{1,9}[ \t]{1,8}"(?:[^"\\\n]|\\.){0,4096}"(?:[ \t]{1,8}\d{1,9}){0,4}[ \t\r]{0,8}$'
)
"""A line mark as GCC and Clang write it: the path in quotes holds any character, those of C escaped."""
_BLANK_OR_COMMENT = re.compile(rf"\s+|//[^\n]*|{_MARK}", re.MULTILINE)
_MARKS = re.compile(rf"^[ \t]{{0,8}}{_MARK}", re.MULTILINE)
_STRING_OR_COMMENT = re.compile(
    r"""/\*.*?\*/|//[^\n]*|(?P<kept>"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)|'(?:[^'\\\n]|\\.){1,8}'|/\*.*\Z)""",
    re.DOTALL,
)
"""The strings, characters and comments of dtc-lexer.l; to the end of the text where an end is missing."""
_OTHER_FILES = re.compile(r"/include/|/incbin/|^[ \t]*#[ \t]*include\b", re.MULTILINE)
_DTB = "give the compiled tree: a .dtb of make dtbs, or sudo cat /sys/firmware/fdt of the machine"
_INSTALL = "install it (Debian: apt-get install device-tree-compiler), or " + _DTB


def is_devicetree_source(text: str) -> bool:
    """Whether a text begins with ``/dts-v1/``, after comments and line marks."""
    at = 0
    while True:
        if text.startswith("/*", at):
            end = text.find("*/", at + 2)
            if end < 0:
                return False
            at = end + 2
        elif skipped := _BLANK_OR_COMMENT.match(text, at):
            at = skipped.end()
        else:
            return text.startswith("/dts-v1/", at)


def compile_source(text: str, source: str) -> bytes:
    """The flattened device tree of a source.

    Raises:
        InputError: ``dtc`` is not installed, refuses the source or takes too long; or the source names other
            files.
    """
    text = _MARKS.sub("", text)
    if _OTHER_FILES.search(text):
        text = _STRING_OR_COMMENT.sub(_without_comment, text)
    if include := _OTHER_FILES.search(text):
        line = include.string.count("\n", 0, include.start()) + 1
        raise FileError(
            f"the source includes another file ({include[0].strip()})", file=source, line=line, hint=_DTB
        )
    program = shutil.which("dtc")
    if program is None:
        raise FileError("a device tree source needs dtc, which is not installed", file=source, hint=_INSTALL)
    command = [program, "-q", "-I", "dts", "-O", "dtb", "-o", "-", "-"]
    try:
        done = subprocess.run(  # noqa: S603 # dtc from PATH; no argument comes from the input
            command,
            input=text.encode(),
            capture_output=True,
            check=False,
            timeout=_SECONDS,
            preexec_fn=_limits(),  # safe: this program runs no threads while it reads a machine
        )
    except subprocess.TimeoutExpired:
        raise FileError(f"dtc takes longer than {_SECONDS} s", file=source, hint=_DTB) from None
    if done.returncode or not done.stdout:
        words = done.stderr.decode("utf-8", "replace").strip().splitlines() or [f"exit {done.returncode}"]
        reason = words[0].removeprefix("Error: ").replace("<stdin>", source)
        raise FileError(f"dtc refuses it: {reason[:200]}", file=source, hint=_DTB)
    return done.stdout


def _without_comment(match: re.Match[str]) -> str:
    """A string as it is; for a comment a blank and its line breaks (rule 2)."""
    return match[0] if match["kept"] else " " + "\n" * match[0].count("\n")


def _limits() -> Callable[[], None]:
    """What ``dtc`` does before it runs: it takes the memory of rule 4, and ends with this program."""
    tie = tied_to_this_process()

    def limit() -> None:
        tie()
        resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))

    return limit
