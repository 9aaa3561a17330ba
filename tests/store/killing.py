"""Kills the process it is in at a chosen step."""

from __future__ import annotations

import os
import signal
import sys
import threading
from pathlib import Path
from types import FrameType
from typing import Any

from ioc.store import migrate

OURS = str(Path(migrate.__file__).parent)


class Killer:
    """Kills this process when a call has come back for the n-th time: a function of the store by its name (`load`, or
    `migrate._run` with its file's), or one of the system (`unlink`)."""

    def __init__(self, name: str, times: int) -> None:
        self._name = name
        self._left = times

    def watch(self) -> None:
        """From now on, in every thread."""
        threading.setprofile(self)
        sys.setprofile(self)

    def __call__(self, frame: FrameType, event: str, what: Any) -> None:
        if self._ours(frame) if event == "return" else event == "c_return" and self._systems(what):
            self._left -= 1
            if self._left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    def _ours(self, frame: FrameType) -> bool:
        file, name = frame.f_code.co_filename, frame.f_code.co_name
        return file.startswith(OURS) and self._name in (name, f"{Path(file).stem}.{name}")

    def _systems(self, what: Any) -> bool:
        return what.__name__ == self._name and what.__module__ == "posix"
