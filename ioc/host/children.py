"""Child processes: started from one preloaded server, watched by heartbeat, dead when the supervisor is."""

from __future__ import annotations

import contextlib
import ctypes
import importlib
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from typing import Any

import msgspec
import structlog

from ioc.contract import NotConfigured
from ioc.core.text import Text
from ioc.host.private import keep_files_private
from ioc.logs import describe_error

HEARTBEAT_S = 1.0
SILENT_S = 6.0  # with its start another owner has taken over within ten seconds
START_S = 60.0  # until its first heartbeat a process may take longer: it loads its city
_BEAT = b"."
_PR_SET_PDEATHSIG = 1
_PR_SET_NAME = 15

_context = multiprocessing.get_context("forkserver")


def preload(*modules: str) -> None:
    """Asks the fork server to import these once, so that every child shares their pages instead of its own copy."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # the fork server must stay single-threaded
    _context.set_forkserver_preload([*modules, "ioc.host.frozen"])


@contextlib.contextmanager
def _interrupts_held() -> Iterator[None]:
    """Ctrl-C waits meanwhile. A fork server begun in here never hears it, not even while it imports: it reaches the
    whole group, and the supervisor decides."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def die_with_parent() -> None:
    """SIGTERM for this process when the thread that started it ends (Linux)."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def show_as(name: str) -> None:
    """Names this process in `ps -eo pid,comm` and `pgrep -x` (Linux keeps 15 letters)."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_NAME, name.encode()[:15])


class Child:
    """One child process and the pipe it beats on.

    `target` names a function as `package.module:function`; only the child imports it, the supervisor stays small.
    `announces` says that it tells its own health as a last-known value.
    """

    def __init__(self, name: str, target: str, args: tuple[Any, ...], nice: int = 0, *, announces: bool = True) -> None:
        self.name = name
        self.announces = announces
        self._target = target
        self._args = args
        self._nice = nice
        self._process: ForkServerProcess | None = None
        self._pipe: Connection | None = None
        self._beat_at = 0.0
        self._has_beaten = False
        self._last_words: Text | None = None

    def start(self) -> None:
        """Starts the process; any earlier one is gone.

        Raises:
            OSError, EOFError: the fork server ended meanwhile.
        """
        receiver, sender = _context.Pipe(duplex=False)
        process = _context.Process(
            target=_enter, args=(self.name, self._target, self._args, sender, self._nice), name=f"ioc {self.name}"
        )
        with _interrupts_held():
            process.start()
        self._process = process
        sender.close()
        self._pipe = receiver
        self._beat_at = time.monotonic()
        self._has_beaten = False
        self._last_words = None

    @property
    def pid(self) -> int | None:
        """The process id while there is a process."""
        return self._process.pid if self._process else None

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self._process is not None and self._process.is_alive()

    @property
    def exit_code(self) -> int | None:
        """How the last process ended; negative is the signal."""
        return self._process.exitcode if self._process else None

    def silent(self) -> bool:
        """Whether no heartbeat came for too long although the process runs."""
        self._listen()
        return time.monotonic() - self._beat_at > (SILENT_S if self._has_beaten else START_S)

    def last_words(self) -> Text | None:
        """Why the process ended, where it could still say so."""
        self._listen()
        return self._last_words

    def _listen(self) -> None:
        pipe = self._pipe
        try:
            while pipe is not None and pipe.poll():
                self._hear(pipe.recv_bytes())
        except (EOFError, OSError):
            self._pipe = None  # the process ended; `alive` tells

    def _hear(self, said: bytes) -> None:
        self._beat_at = time.monotonic()
        self._has_beaten = True
        if said != _BEAT:
            self._last_words = msgspec.json.decode(said, type=Text)

    def resident_mb(self) -> float:
        """Memory the process holds by itself and shared, in MiB; 0 when it is gone."""
        try:
            with open(f"/proc/{self.pid}/statm", encoding="ascii") as statm:  # noqa: PTH123
                return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
        except (OSError, IndexError):
            return 0.0

    def terminate(self) -> None:
        """Asks the process to stop."""
        if self._process and self._process.is_alive():
            self._process.terminate()

    def kill(self) -> None:
        """Ends the process at once and reaps it."""
        if self._process:
            self._process.kill()
            self._process.join(5)

    def join(self, timeout_s: float) -> bool:
        """Waits for the end; whether it came."""
        if self._process:
            self._process.join(timeout_s)
            return not self._process.is_alive()
        return True


def _enter(name: str, target: str, args: tuple[Any, ...], pipe: Connection, nice: int) -> None:
    keep_files_private()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the supervisor decides
    show_as(f"ioc {name.removeprefix('module ')}")
    die_with_parent()
    threading.Thread(target=_end_with_supervisor, name="sentinel", daemon=True).start()
    if nice:
        os.nice(nice)
    module, _, function = target.partition(":")
    pulse = Pulse(pipe)
    try:
        getattr(importlib.import_module(module), function)(*args, pulse)
    except NotConfigured as error:  # names what is missing in the set-up, and holds no person's data
        structlog.get_logger().error("process is not configured", reason=str(error))
        pulse.tell(Text(f"thiếu cấu hình: {error.text.vi}", f"not configured: {error.text.en}"))
        sys.exit(1)
    except SystemExit:
        raise
    except BaseException as error:  # a traceback would hold the message, and that may hold a person's data
        structlog.get_logger().error("process failed", exc_info=error)
        pulse.tell(_fault(error))
        sys.exit(1)


def _fault(error: BaseException) -> Text:
    """The kind of an error and where it was raised; never its message."""
    said = describe_error(None, "", {"exc_info": error})
    where = said["where"][-1] if said["where"] else "?"
    return Text(f"lỗi {said['error']} tại {where}", f"{said['error']} at {where}")


def _end_with_supervisor() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(3)


class Pulse:
    """The child's end of the heartbeat."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe

    def beat(self) -> None:
        """Tells the supervisor that the event loop turns; a closed pipe means it is gone, which ends us anyway."""
        try:
            self._pipe.send_bytes(_BEAT)
        except OSError:
            os._exit(3)

    def tell(self, why: Text) -> None:
        """Last words: why the process is about to end. Whoever does not hear them sees the end itself."""
        with contextlib.suppress(OSError):
            self._pipe.send_bytes(msgspec.json.encode(why))
