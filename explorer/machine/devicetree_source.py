# SPDX-License-Identifier: GPL-2.0-only
"""Compiles device tree sources with ``dtc``.

Rules:

1. The only parser is ``dtc``.
2. A source that names other files (``/include/``, ``/incbin/``, ``#include``) is refused: no file that an
   input names is read. The output of the C preprocessor, with its line marks, is accepted.
3. ``dtc`` gets at most 20 seconds and 1 GiB.
"""

import re
import resource
import shutil
import subprocess

from explorer.errors import FileError

__all__ = ["compile_source", "is_devicetree_source"]

_SECONDS = 20
_MOST_MEMORY = 1 << 30
_MARK = r'#(?:line)?[ \t]{1,8}\d{1,9}[ \t]{1,8}"[\w.+<>=@/-]{0,4096}[\w>]"(?:[ \t]{1,8}\d{1,9})?[ \t]{0,8}$'
"""A line mark as the C preprocessor writes it and dtc accepts it."""
_BLANK_OR_COMMENT = re.compile(rf"\s+|//[^\n]*|{_MARK}", re.MULTILINE)
_MARKS = re.compile(rf"^{_MARK}", re.MULTILINE)
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
    if include := _OTHER_FILES.search(_MARKS.sub("", text)):
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
            preexec_fn=_limit_memory,  # safe: this program runs no threads while it reads a machine
        )
    except subprocess.TimeoutExpired:
        raise FileError(f"dtc takes longer than {_SECONDS} s", file=source, hint=_DTB) from None
    if done.returncode or not done.stdout:
        words = done.stderr.decode("utf-8", "replace").strip().splitlines() or [f"exit {done.returncode}"]
        reason = words[0].removeprefix("Error: ").replace("<stdin>", source)
        raise FileError(f"dtc refuses it: {reason[:200]}", file=source, hint=_DTB)
    return done.stdout


def _limit_memory() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))
