"""A small disk of its own for one folder, which can be filled up."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

SIZE_MIB = 192
PIECES = (2**22, 2**16, 2**12)


def possible() -> str:
    """Why no disk can be mounted here; empty where it can."""
    if os.geteuid() != 0:
        return "only root may mount a disk"
    home = Path("/tmp") / f"ioc-disk-{os.getpid()}"
    try:
        with small_disk(home):
            return ""
    except subprocess.CalledProcessError:
        return "this machine mounts no disks"
    finally:
        home.rmdir()


@contextmanager
def small_disk(folder: Path) -> Iterator[None]:
    """Mounts it on a folder, which is made."""
    folder.mkdir(parents=True)
    options = ["-t", "tmpfs", "-o", f"size={SIZE_MIB}m,mode=755", "tmpfs", str(folder)]
    subprocess.run(["mount", *options], check=True, capture_output=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=False, capture_output=True)


def fill(folder: Path) -> Path:
    """Takes all the room there is; the file that takes it."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as out:
        for size in PIECES:
            with suppress(OSError):
                while True:
                    out.write(b"\1" * size)
    return filler
