# SPDX-License-Identifier: GPL-2.0-or-later
"""The console script. Read downwards from here: ``explorer.commands`` has one module for each command.

The handlers of interrupts are set before the other modules are imported, which takes from a tenth of a second
to a second. Until then SIGINT raises ``KeyboardInterrupt``; while Python itself starts nobody can catch it.
"""

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

try:
    from explorer.process.interrupts import Interrupted, end_on_interrupt
except KeyboardInterrupt:
    os._exit(130)

__all__ = ["main"]


def main() -> "NoReturn":
    """Runs the command line; every end of the process has an exit code of ``commands.exit_codes``."""
    end_on_interrupt()
    try:
        from explorer.application import exit_code_of  # noqa: PLC0415 # see above

        code = exit_code_of(sys.argv[1:])
    except Interrupted as error:
        code = error.exit_code
    except BaseException as error:  # noqa: BLE001 # out of memory, or an incomplete installation
        code = 2
        message = f"kconfig-explorer: cannot start: {type(error).__name__}: {error}\n"
        try:  # noqa: SIM105 # contextlib is imported later
            os.write(2, message.encode(errors="replace"))
        except OSError:  # nobody can be told
            pass
    sys.exit(code)
