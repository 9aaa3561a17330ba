"""The lasting name of an installation on one machine: that of its state folder."""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from pathlib import Path

from ioc.core.ids import new_id

FILE = "machine"


def machine_of(state_dir: Path) -> str:
    """The name this state folder was given when it was first asked for; all its processes have the same one.

    Raises:
        OSError: the folder cannot be written to, or read from.
    """
    file = state_dir / FILE
    if not file.exists():
        state_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        mine = state_dir / f"{FILE}.{os.getpid()}"
        mine.write_text(new_id(), encoding="utf-8")
        try:
            with suppress(FileExistsError):  # another process of this machine was quicker: its name is ours too
                os.link(mine, file)  # whole or not at all
        finally:
            mine.unlink()
    return file.read_text(encoding="utf-8").strip()


def host_name() -> str:
    """How people call this machine."""
    return socket.gethostname()
