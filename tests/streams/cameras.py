"""Cameras of the tests: real servers in processes of their own, which can be frozen and killed."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from ioc.host.ports import free_port
from tests.servers import end, launch, wait_until

HERE = Path(__file__).resolve().parent


@dataclass
class Camera:
    """One server; `shows` changes what an HTTP camera draws."""

    command: list[str]
    port: int
    folder: Path
    url: str
    process: subprocess.Popen[bytes] | None = field(default=None)

    def start(self) -> None:
        self.process = launch([sys.executable, *self.command], self.folder)
        wait_until(self.answers, "the camera answers")

    def answers(self) -> bool:
        if self.process is None or self.process.poll() is not None:
            raise RuntimeError("the camera's server ended")
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def shows(self, what: str) -> None:
        after = self.folder / "shows.new"
        after.write_text(what, encoding="utf-8")
        after.replace(self.folder / "shows")

    def freeze(self) -> None:
        assert self.process is not None
        os.kill(self.process.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        if self.process is not None:
            self.thaw()
            end(self.process, signal.SIGKILL)
            self.process = None


@contextmanager
def mjpeg_camera(folder: Path, shows: str = "drive") -> Iterator[Camera]:
    """A camera over HTTP."""
    port = free_port()
    command = [str(HERE / "mjpeg_camera.py"), str(port), str(folder / "shows")]
    camera = Camera(command, port, folder, f"http://127.0.0.1:{port}/")
    camera.shows(shows)
    yield from _served(camera)


@contextmanager
def rtsp_camera(folder: Path, b_frames: int = 0) -> Iterator[Camera]:
    """A camera over RTSP."""
    port = free_port()
    command = [str(HERE / "rtsp_camera.py"), str(port), str(folder), str(b_frames)]
    camera = Camera(command, port, folder, f"rtsp://127.0.0.1:{port}/cam.mp4?play_count=1000")
    yield from _served(camera)


def _served(camera: Camera) -> Iterator[Camera]:
    try:
        camera.start()
        yield camera
    finally:
        camera.kill()
