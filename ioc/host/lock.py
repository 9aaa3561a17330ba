"""One supervisor an installation: a second one is told so instead of fighting the first."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ioc.core.errors import Problem
from ioc.core.text import Text


@contextmanager
def one_at_a_time(run_dir: Path, part: str = "all") -> Iterator[None]:
    """Holds the installation, or one part of it, for this process; the lock ends with the process, however it ends.

    Raises:
        Problem: the installation runs already, or the folder belongs to another user.
    """
    run_dir.mkdir(mode=0o700, exist_ok=True)
    if run_dir.stat().st_uid != os.getuid():
        raise Problem("not-ours", Text(f"{run_dir} thuộc người dùng khác", f"{run_dir} belongs to another user"))
    with (run_dir / f"{part}.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Problem(
                "runs-already",
                Text("Thành phố này đang chạy trên máy này", "This city runs on this machine already"),
            ) from None
        yield
