"""Runs `ioc` commands, each in a process of its own, loading the product only once: a fork for each command.

`run_several` has many run at once, each after the other; `run_one` keeps the loaded process for the tests to come. A
line of JSON asks for a command (its words and its whole environment), another answers (exit code, output, errors).
"""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from ioc.cli import main

ROOT = Path(__file__).resolve().parents[1]
LIMIT_S = 280.0
Answer = tuple[int, str]
_ANOTHERS = ("IOC_", "PG", "REDIS")  # settings of this process that no command may see


def run_several(jobs: Sequence[Mapping[str, Any]]) -> list[list[Answer]]:
    """The answers of every job's commands, output and errors together; nothing of this process's own settings
    reaches them."""
    plain = _without(_ANOTHERS)
    asked = [
        json.dumps({"words": words, "environment": plain | job["environment"]})
        for job in jobs
        for words in job["commands"]
    ]
    done = subprocess.run(
        _COMMAND, input="\n".join(asked), cwd=ROOT, capture_output=True, text=True, timeout=LIMIT_S, check=True
    )
    told = iter(json.loads(line) for line in done.stdout.splitlines())
    return [[(code, out + err) for code, out, err in (next(told) for _ in job["commands"])] for job in jobs]


def run_one(words: Sequence[str], given: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """One command with these settings of its own beside this process's environment."""
    kept = _kept()
    assert kept.stdin is not None and kept.stdout is not None
    try:
        asked = {"words": words, "environment": _without(_ANOTHERS[:1]) | given}
        kept.stdin.write(json.dumps(asked) + "\n")
        kept.stdin.flush()
        code, out, err = json.loads(kept.stdout.readline())
    except BaseException:  # a test's time is over: the answer that may still come is not the next command's
        _end(kept)
        _kept.cache_clear()
        raise
    return subprocess.CompletedProcess(["ioc", *words], code, out, err)


_COMMAND = (sys.executable, "-m", "tests.several")


@cache
def _kept() -> subprocess.Popen[str]:
    made = subprocess.Popen(_COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT, text=True)
    atexit.register(_end, made)
    return made


def _end(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.wait()


def _without(beginnings: tuple[str, ...]) -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(beginnings)}


def _run(words: Sequence[str], environment: Mapping[str, str]) -> tuple[int, str, str]:
    """One command: its exit code, all it said, and its errors."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        pid = os.fork()
        if pid == 0:
            _become(words, environment, out.fileno(), err.fileno())
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        out.seek(0)
        err.seek(0)
        return code, out.read().decode(), err.read().decode()


def _become(words: Sequence[str], environment: Mapping[str, str], out: int, err: int) -> None:
    os.environ.clear()
    os.environ.update(environment)
    os.umask(0o022)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(out, 1)
    os.dup2(err, 2)
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
    import ioc.cli.commands  # noqa: F401 - `main` loads the product only when it is called, which were in every fork

    for line in sys.stdin:
        asked = json.loads(line)
        print(json.dumps(_run(asked["words"], asked["environment"])), flush=True)  # noqa: T201
