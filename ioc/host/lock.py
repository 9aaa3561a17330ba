"""One supervisor an installation: a second one is told so instead of fighting the first."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ioc.core.errors import Problem
from ioc.core.text import Text


@contextmanager
def one_at_a_time(state_dir: Path, run_dir: Path, part: str = "all") -> Iterator[None]:
    """Holds the installation, or one part of it, for this process; the lock ends with the process, however it ends.

    `run_dir` (sockets) is made for it, and taken away at the end by the one that holds the whole installation.

    Raises:
        Problem: the installation runs already, or the folder belongs to another user.
    """
    state_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    run_dir.mkdir(mode=0o700, exist_ok=True)
    if run_dir.stat().st_uid != os.getuid():
        raise Problem("not-ours", Text(f"{run_dir} thuộc người dùng khác", f"{run_dir} belongs to another user"))
    with (state_dir / f"{part}.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Problem(
                "runs-already",
                Text("Thành phố này đang chạy trên máy này", "This city runs on this machine already"),
            ) from None
        try:
            yield
        finally:
            if part == "all":
                shutil.rmtree(run_dir, ignore_errors=True)
