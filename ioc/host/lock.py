"""One supervisor an installation: a second one is told so instead of fighting the first."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from ioc.core.errors import Problem
from ioc.core.text import Text

WHOLE = "all"


@contextmanager
def one_at_a_time(state_dir: Path, run_dir: Path, part: str = WHOLE) -> Iterator[None]:
    """Holds the installation, or one part of it, for this process; the lock ends with the process, however it ends.
    Who holds the whole holds it alone: no part runs beside.

    `run_dir` (sockets) is made for it, and taken away at the end by the one that holds the whole installation.

    Raises:
        Problem: the installation or that part runs already, or the folder belongs to another user.
    """
    state_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    with ExitStack() as held:
        held.enter_context(_locked(state_dir / f"{WHOLE}.lock", fcntl.LOCK_EX if part == WHOLE else fcntl.LOCK_SH))
        if part != WHOLE:
            held.enter_context(_locked(state_dir / f"{part}.lock", fcntl.LOCK_EX))
        run_dir.mkdir(mode=0o700, exist_ok=True)
        if run_dir.stat().st_uid != os.getuid():
            raise Problem("not-ours", Text(f"{run_dir} thuộc người dùng khác", f"{run_dir} belongs to another user"))
        try:
            yield
        finally:
            if part == WHOLE:
                shutil.rmtree(run_dir, ignore_errors=True)


@contextmanager
def _locked(path: Path, how: int) -> Iterator[None]:
    with path.open("w") as file:
        try:
            fcntl.flock(file, how | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Problem(
                "runs-already",
                Text("Thành phố này đang chạy trên máy này", "This city runs on this machine already"),
            ) from None
        yield
