"""A library put before the system's own in every process of the product, whose flushes to the disk fail on order."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

SOURCE = Path(__file__).with_name("inside") / "failing_sync.c"
LIBRARY = Path(tempfile.gettempdir()) / f"ioc-failing-sync-{os.getuid()}-{SOURCE.stat().st_mtime_ns}.so"


@cache
def possible() -> str:
    """Why flushes cannot be made to fail here; empty where they can."""
    compiler = shutil.which("cc")
    if compiler is None:
        return "no C compiler"
    made = LIBRARY.with_suffix(f".{os.getpid()}")
    done = subprocess.run(
        [compiler, "-shared", "-fPIC", "-O1", "-o", str(made), str(SOURCE), "-ldl"], capture_output=True, check=False
    )
    if done.returncode:
        return "its C compiler makes no library"
    made.replace(LIBRARY)
    return ""
