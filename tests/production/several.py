"""Runs many `ioc` commands, each in a process of its own, loading the product only once: a fork for each command.

Reads a list of jobs (each a list of commands, run one after the other in the same environment) from stdin as JSON,
writes a list of lists of [exit code, output].
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence

from ioc.cli import main


def run(words: Sequence[str], environment: Mapping[str, str]) -> tuple[int, str]:
    """One command: its exit code and all it said."""
    with tempfile.TemporaryFile() as out:
        pid = os.fork()
        if pid == 0:
            _become(words, environment, out.fileno())
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        out.seek(0)
        return code, out.read().decode()


def _become(words: Sequence[str], environment: Mapping[str, str], out: int) -> None:
    os.environ.update(environment)
    os.dup2(out, 1)
    os.dup2(out, 2)
    sys.argv = ["ioc", *words]
    try:
        code = main()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    except BaseException as error:
        os.write(2, f"Traceback: {error!r}".encode())
        code = 70
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    jobs = json.load(sys.stdin)
    json.dump([[run(words, job["environment"]) for words in job["commands"]] for job in jobs], sys.stdout)
