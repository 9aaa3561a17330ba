"""Runs many `ioc` commands, each in a process of its own, loading the product only once: a fork for each command.

Reads a list of jobs (each a list of commands, run one after the other in the same environment) from stdin as JSON,
writes a list of lists of [exit code, output].
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ioc.cli import main

ROOT = Path(__file__).resolve().parents[1]
LIMIT_S = 280.0
Answer = tuple[int, str]


def run_several(jobs: Sequence[Mapping[str, Any]]) -> list[list[Answer]]:
    """The answers of every job's commands; nothing of this process's own settings reaches them."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("IOC_", "PG", "REDIS"))}
    done = subprocess.run(
        [sys.executable, "-m", "tests.several"],
        input=json.dumps(list(jobs)),
        env=plain,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=True,
    )
    return [[(code, said) for code, said in answers] for answers in json.loads(done.stdout)]


def run(words: Sequence[str], environment: Mapping[str, str]) -> Answer:
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
