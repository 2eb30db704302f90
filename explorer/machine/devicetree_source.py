# SPDX-License-Identifier: GPL-2.0-only
"""Device tree sources: compiled by ``dtc`` and read as any other device tree.

Rules:

1. The kernel's and everybody else's compiler is asked; there is no second parser.
2. A source that names other files (``/include/``, ``/incbin/``, ``#include``) is refused: nothing that a
   stranger's file names is read, and ``#include`` is for the C preprocessor, not for ``dtc``. What the
   preprocessor wrote, with its marks of lines, is a source.
3. ``dtc`` gets 20 seconds and 1 GiB, whatever it reads.
"""

import re
import resource
import shutil
import subprocess

from explorer.errors import InputError

__all__ = ["compiled", "is_devicetree_source"]

_SECONDS = 20
_MOST_MEMORY = 1 << 30
_MARK = r'#(?:line)?[ \t]{1,8}\d{1,9}[ \t]{1,8}"[\w.+<>=@/-]{0,4096}[\w>]"(?:[ \t]{1,8}\d{1,9})?[ \t]{0,8}$'
"""Where a line came from, as the C preprocessor writes it and dtc takes it: its path is no directive."""
_BLANK_OR_COMMENT = re.compile(rf"\s+|//[^\n]*|{_MARK}", re.MULTILINE)
_MARKS = re.compile(rf"^{_MARK}", re.MULTILINE)
_OTHER_FILES = re.compile(r"/include/|/incbin/|^[ \t]*#[ \t]*include\b", re.MULTILINE)
_DTB = "give the compiled tree: what make dtbs writes, or sudo cat /sys/firmware/fdt of the machine"
_INSTALL = "install it (Debian: apt-get install device-tree-compiler), or " + _DTB


def is_devicetree_source(text: str) -> bool:
    """Whether a text looks like the source of a device tree: comments or cpp's marks, then its version."""
    at = 0
    while True:
        if text.startswith("/*", at):
            end = text.find("*/", at + 2)
            if end < 0:
                return False
            at = end + 2
        elif found := _BLANK_OR_COMMENT.match(text, at):
            at = found.end()
        else:
            return text.startswith("/dts-v1/", at)


def compiled(text: str, source: str) -> bytes:
    """The flattened device tree of a source.

    Raises:
        InputError: ``dtc`` is not there, refuses the source or takes too long, or it names other files.
    """
    if found := _OTHER_FILES.search(_MARKS.sub("", text)):
        line = found.string.count("\n", 0, found.start()) + 1
        raise InputError(
            f"the source takes in another file ({found[0].strip()})", where=f"{source}:{line}", hint=_DTB
        )
    program = shutil.which("dtc")
    if program is None:
        raise InputError(
            "a device tree source needs dtc, which is not installed", where=source, hint=_INSTALL
        )
    command = [program, "-q", "-I", "dts", "-O", "dtb", "-o", "-", "-"]
    try:
        done = subprocess.run(  # noqa: S603 # the compiler found on PATH, with words of ours alone
            command,
            input=text.encode(),
            capture_output=True,
            check=False,
            timeout=_SECONDS,
            preexec_fn=_bounded,  # no thread of ours runs while a machine is read
        )
    except subprocess.TimeoutExpired:
        raise InputError(f"dtc takes longer than {_SECONDS} s", where=source, hint=_DTB) from None
    if done.returncode or not done.stdout:
        words = done.stderr.decode("utf-8", "replace").strip().splitlines() or [f"exit {done.returncode}"]
        reason = words[0].removeprefix("Error: ").replace("<stdin>", source)
        raise InputError(f"dtc refuses it: {reason[:200]}", where=source, hint=_DTB)
    return done.stdout


def _bounded() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))
