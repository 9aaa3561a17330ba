"""Makes every fsync and fdatasync of the processes started from here slower, by a library loaded before them."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SOURCE = Path(__file__).with_name("slow_sync.c")
DELAY = "SLOW_SYNC_US"
PRELOAD = "LD_PRELOAD"


class NoCompiler(Exception):
    """There is no C compiler here, so that nothing can be slowed down."""


def build(into: Path) -> Path:
    """The library, made in a folder.

    Raises:
        NoCompiler: there is none.
        subprocess.CalledProcessError: it does not compile.
    """
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        raise NoCompiler("no C compiler (cc) is installed")
    library = into / "slow_sync.so"
    command = [compiler, "-shared", "-fPIC", "-O2", "-Wall", "-Werror", "-o", str(library), str(SOURCE), "-ldl"]
    subprocess.run(command, check=True)
    library.chmod(0o755)
    return library


@contextmanager
def slowed(library: Path, by_us: int) -> Iterator[None]:
    """What is started inside waits so many microseconds before each flush."""
    before = {name: os.environ.get(name) for name in (PRELOAD, DELAY)}
    os.environ |= {PRELOAD: str(library), DELAY: str(by_us)}
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
