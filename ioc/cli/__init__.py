"""The `ioc` command: everything an engineer types.

Nothing else is imported here, so that Ctrl-C ends the command quietly also while the rest of it is being loaded.
"""

from __future__ import annotations

import signal
import sys

STOPPED_BY = 128  # a shell's exit code of a command that was stopped: this and the signal


def main() -> int:
    """Runs the command; a refusal is said in both languages and ends with 2."""
    try:
        from ioc.cli.commands import run

        return run()
    except KeyboardInterrupt:
        return STOPPED_BY + signal.SIGINT


if __name__ == "__main__":
    sys.exit(main())
