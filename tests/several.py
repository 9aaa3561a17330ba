"""Runs `ioc` commands, each in a process of its own, loading the product only once: a fork for each command.

`run_several` has many run at once, each after the other; `run_one` keeps the loaded process for the tests to come. A
line of JSON asks for a command (its words, its whole environment, what it reads), another answers (exit code, output,
errors).
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
from tests.servers import die_with_parent

ROOT = Path(__file__).resolve().parents[1]
LIMIT_S = 280.0
Answer = tuple[int, str]
_COMMAND = (sys.executable, "-m", "tests.several")


def run_several(jobs: Sequence[Mapping[str, Any]]) -> list[list[Answer]]:
    """The answers of every job's commands, output and errors together; nothing of this process's own settings
    reaches them."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("IOC_", "PG", "REDIS"))}
    asked = [_asked(words, plain | job["environment"]) for job in jobs for words in job["commands"]]
    done = subprocess.run(
        _COMMAND, input="\n".join(asked), cwd=ROOT, capture_output=True, text=True, timeout=LIMIT_S, check=True
    )
    told = iter(json.loads(line) for line in done.stdout.splitlines())
    return [[(code, out + err) for code, out, err in (next(told) for _ in job["commands"])] for job in jobs]


def run_one(words: Sequence[str], environment: Mapping[str, str], stdin: str = "") -> subprocess.CompletedProcess[str]:
    """One command with this and no other environment, without a terminal: a prompt reads `stdin`."""
    kept = _kept()
    assert kept.stdin is not None and kept.stdout is not None
    try:
        kept.stdin.write(_asked(words, environment, stdin) + "\n")
        kept.stdin.flush()
        code, out, err = json.loads(kept.stdout.readline())
    except BaseException:  # a test's time is over: the answer that may still come is not the next command's
        _end(kept)
        _kept.cache_clear()
        raise
    return subprocess.CompletedProcess(["ioc", *words], code, out, err)


def _asked(words: Sequence[str], environment: Mapping[str, str], stdin: str = "") -> str:
    return json.dumps({"words": words, "environment": dict(environment), "stdin": stdin})


@cache
def _kept() -> subprocess.Popen[str]:
    made = subprocess.Popen(_COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT, text=True)
    atexit.register(_end, made)
    return made


def _end(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.wait()


def _run(words: Sequence[str], environment: Mapping[str, str], stdin: str) -> tuple[int, str, str]:
    """One command: its exit code, all it said, and its errors."""
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        given.write(stdin.encode())
        given.seek(0)
        pid = os.fork()
        if pid == 0:
            _become(words, environment, (given.fileno(), out.fileno(), err.fileno()))
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        out.seek(0)
        err.seek(0)
        return code, out.read().decode(), err.read().decode()


def _become(words: Sequence[str], environment: Mapping[str, str], files: tuple[int, int, int]) -> None:
    die_with_parent()
    os.setsid()
    os.umask(0o022)
    os.environ.clear()
    os.environ.update(environment)
    for place, file in enumerate(files):
        os.dup2(file, place)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - the loaded process's holds its own lines
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
        print(json.dumps(_run(asked["words"], asked["environment"], asked["stdin"])), flush=True)  # noqa: T201
