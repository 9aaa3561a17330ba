"""`python -m streams.nursery FD`: forks decoders from one process that has OpenCV loaded, so that they share its pages.

The socket FD carries `fork NAME` with a channel's descriptor (answer `born NAME PID`), `kill PID`, and, unasked,
`died PID STATUS`. When its other end closes, all decoders are killed; the kernel does the same when this process dies.
"""

from __future__ import annotations

import ctypes
import gc
import os
import select
import signal
import socket
import sys
from typing import NoReturn

import cv2

from streams.decoder import run

NICE = 10
MOST = 4096
_PR_SET_PDEATHSIG, _PR_SET_NAME, _PR_SET_NO_NEW_PRIVS = 1, 15, 38
_libc = ctypes.CDLL(None, use_errno=True)


def main() -> None:
    """Serves until the keeper is gone."""
    parent = os.getppid()
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the keeper decides
    if os.getppid() != parent:
        return
    _show_as("ioc decoders")
    os.nice(NICE)
    cv2.setNumThreads(1)
    gc.collect()
    gc.freeze()
    with socket.socket(fileno=int(sys.argv[1])) as control:
        Nursery(control).serve()


class Nursery:
    """The forked decoders, by pid."""

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._pids: set[int] = set()

    def serve(self) -> None:
        """Forks, kills and buries until the keeper is gone."""
        bell, ringer = os.pipe()
        watched: list[socket.socket | int] = [self._control, bell]
        for end in (bell, ringer):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(ringer, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        while True:
            ready, _, _ = select.select(watched, [], [])
            if bell in ready:
                os.read(bell, MOST)
                self._bury()
            if self._control in ready and not self._obey():
                break
        for pid in self._pids:
            os.kill(pid, signal.SIGKILL)

    def _obey(self) -> bool:
        said, channels, _, _ = socket.recv_fds(self._control, MOST, 1)
        word, _, rest = said.decode().partition(" ")
        if word == "fork" and channels:
            self._fork(rest, channels[0])
        elif word == "kill" and rest.isdigit() and int(rest) in self._pids:
            os.kill(int(rest), signal.SIGKILL)
        return bool(said)

    def _fork(self, name: str, channel: int) -> None:
        pid = os.fork()
        if not pid:
            _be_decoder(name, channel, self._control)
        os.close(channel)
        self._pids.add(pid)
        self._control.send(f"born {name} {pid}".encode())

    def _bury(self) -> None:
        while self._pids:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                return
            self._pids.discard(pid)
            self._control.send(f"died {pid} {os.waitstatus_to_exitcode(status)}".encode())


def _be_decoder(name: str, channel: int, control: socket.socket) -> NoReturn:
    """The rest of a forked child's life; it never comes back into the nursery's loop."""
    status = 1
    try:
        nursery = os.getppid()
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != nursery:
            os._exit(1)
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        control.close()
        _libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        _show_as(f"ioc {name}")
        with socket.socket(fileno=channel) as connection:
            run(connection)
        status = 0
    except (EOFError, OSError, ValueError):
        status = 2  # the keeper is gone, or said what nobody understands
    finally:
        os._exit(status)


def _show_as(name: str) -> None:
    _libc.prctl(_PR_SET_NAME, name.encode()[:15])


if __name__ == "__main__":
    main()
