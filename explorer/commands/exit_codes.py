# SPDX-License-Identifier: GPL-2.0-or-later
"""The exit codes of the program. ``--help``, the manual page and docs/commands.md show this table."""

from explorer.process.streams import READER_ENDED

__all__ = ["EXIT_CODES"]

EXIT_CODES = {
    0: "nothing found",
    1: "something found: unsafe, unreachable, a finding, or a prediction that does not match",
    2: "could not judge: bad input, wrong options, output that cannot be written, no time left, something "
    "that is not modelled, or a compiler check without an answer",
    129: "interrupted by SIGHUP: the terminal was closed",
    130: "interrupted by SIGINT: Ctrl-C",
    READER_ENDED: "the reader of the output ended, such as head",
    143: "interrupted by SIGTERM",
}
"""The meaning of the exit codes of every command."""
