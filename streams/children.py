"""The keeper's side: starts the nursery and its decoders, and hears what they say."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from pathlib import Path

import msgspec

from streams.messages import (
    HEAD,
    KEPT,
    LENGTH,
    LOADED,
    MOST_BYTES,
    ORDER,
    PICTURE,
    PLAN,
    REPORT,
    TIME,
    Order,
    Plan,
    Report,
    encode,
    message,
    read_report,
)

BORN_S = 30.0  # the first decoder waits until the nursery has loaded OpenCV, on a busy machine
_HOME = Path(__file__).resolve().parents[1]
_MOST = 4096


class Picture(msgspec.Struct, frozen=True):
    """A picture for screens: when it was taken, in Unix milliseconds, and JPEG."""

    at_ms: int
    jpeg: bytes


class Kept(msgspec.Struct, frozen=True):
    """A picture to be kept, JPEG. `untouched` is the same without masks; None where there are none."""

    jpeg: bytes
    untouched: bytes | None


class Loaded(msgspec.Struct, frozen=True):
    """The detector is loaded, or has been found unfit. Said once by a decoder that is to have one, before all else."""


class DecoderGone(Exception):
    """The decoder's process ended, or talks nonsense."""


class Decoder:
    """One decoder's process."""

    def __init__(self, nursery: Nursery, pid: int, connection: socket.socket) -> None:
        self.pid = pid
        self._nursery = nursery
        self._connection = connection
        self._reader: asyncio.StreamReader
        self._writer: asyncio.StreamWriter

    async def begin(self, plan: Plan) -> None:
        """Tells it what to do.

        Raises:
            DecoderGone: it ended before it had heard it.
        """
        try:
            self._reader, self._writer = await asyncio.open_connection(sock=self._connection)
            self._writer.write(message(PLAN, encode(plan)))
            await self._writer.drain()
        except OSError as error:
            self._nursery.kill(self.pid)
            raise DecoderGone(type(error).__name__) from error

    def order(self, order: Order) -> None:
        """Changes what it does."""
        if not self._writer.is_closing():
            self._writer.write(message(ORDER, encode(order)))

    async def read(self) -> Report | Picture | Kept | Loaded:
        """The next thing it says.

        Raises:
            DecoderGone: nothing more will come.
        """
        try:
            kind, length = HEAD.unpack(await self._reader.readexactly(HEAD.size))
            if length > MOST_BYTES:
                raise DecoderGone("a message too long")
            body = await self._reader.readexactly(length)
            if kind == REPORT:
                return read_report(body)
            if kind == LOADED:
                return Loaded()
            if kind == PICTURE and length > TIME.size:
                return Picture(TIME.unpack_from(body)[0], body[TIME.size :])
            if kind == KEPT and length > LENGTH.size:
                return _kept(body)
        except (asyncio.IncompleteReadError, OSError, msgspec.MsgspecError) as error:
            raise DecoderGone(type(error).__name__) from error
        raise DecoderGone("a message of no kind")

    def resident_mb(self) -> float:
        """Memory it holds, by itself and shared, in MiB; 0 when it is gone."""
        try:
            pages = Path(f"/proc/{self.pid}/statm").read_text(encoding="ascii").split()[1]
        except (OSError, IndexError):
            return 0.0
        return int(pages) * os.sysconf("SC_PAGE_SIZE") / 2**20

    def kill(self) -> None:
        """Ends it at once; harmless when it has ended."""
        self._nursery.kill(self.pid)
        self._writer.close()


class Nursery:
    """Forks decoders. When its process dies all of them die; the next decoder asked for starts it again."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._awaited: dict[str, asyncio.Future[int]] = {}
        self._number = 0
        self.exits: dict[int, int] = {}

    @property
    def pid(self) -> int | None:
        """The process that forks, while there is one."""
        return self._process.pid if self._process else None

    async def decoder(self, name: str, plan: Plan) -> Decoder:
        """A new decoder at work on this plan. `name` stands in the process list.

        Raises:
            DecoderGone: it could not be started.
        """
        control = self._running()
        ours, theirs = socket.socketpair()
        self._number += 1
        word = f"{name}.{self._number}"
        self._awaited[word] = asyncio.get_running_loop().create_future()
        try:
            socket.send_fds(control, [f"fork {word}".encode()], [theirs.fileno()])
            pid = await asyncio.wait_for(self._awaited[word], BORN_S)
        except (OSError, TimeoutError, asyncio.CancelledError) as error:
            ours.close()
            if isinstance(error, asyncio.CancelledError):
                raise
            self.close()
            raise DecoderGone("the nursery does not answer") from error
        finally:
            theirs.close()
            self._awaited.pop(word, None)
        ours.setblocking(False)
        decoder = Decoder(self, pid, ours)
        await decoder.begin(plan)
        return decoder

    def kill(self, pid: int) -> None:
        """Ends a decoder; only one that has not been buried, so never a stranger with its number."""
        if self._control is not None:
            try:
                self._control.send(f"kill {pid}".encode())
            except OSError:
                self.close()

    def exit_of(self, pid: int) -> int | None:
        """How a decoder ended (negative: by which signal), once; None while that is not known."""
        return self.exits.pop(pid, None)

    def close(self) -> None:
        """Ends the nursery and every decoder."""
        if self._control is not None:
            asyncio.get_running_loop().remove_reader(self._control)
            self._control.close()
            self._control = None
        if self._process is not None:
            self._process.kill()
            self._process.wait(5)
            self._process = None
        for born in self._awaited.values():
            if not born.done():
                born.set_exception(OSError("the nursery ended"))

    def _running(self) -> socket.socket:
        if self._control is not None and self._process is not None and self._process.poll() is None:
            return self._control
        self.close()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = _start(theirs)
        ours.setblocking(False)
        self._control = ours
        asyncio.get_running_loop().add_reader(ours, self._hear)
        return ours

    def _hear(self) -> None:
        control = self._control
        try:
            said = control.recv(_MOST).decode().split() if control else []
        except BlockingIOError:
            return
        except OSError:
            said = []
        if len(said) != 3:
            self.close()
        elif said[0] == "born" and (born := self._awaited.get(said[1])) is not None and not born.done():
            born.set_result(int(said[2]))
        elif said[0] == "died":
            self.exits[int(said[1])] = int(said[2])
            while len(self.exits) > _MOST:
                self.exits.pop(next(iter(self.exits)))


def _kept(body: bytes) -> Kept:
    end = LENGTH.size + LENGTH.unpack_from(body)[0]
    if not LENGTH.size < end <= len(body):
        raise DecoderGone("a picture of another length")
    return Kept(body[LENGTH.size : end], body[end:] or None)


def _start(control: socket.socket) -> subprocess.Popen[bytes]:
    """The nursery's process. It is given none of our environment, in which the installation's secrets stand."""
    environment = {
        "PATH": os.defpath,
        "PYTHONPATH": str(_HOME),
        "OPENBLAS_NUM_THREADS": "1",  # it must stay single-threaded, because it forks
        "OPENCV_LOG_LEVEL": "SILENT",  # what libraries print may hold a camera's login
        "OPENCV_FFMPEG_LOGLEVEL": "-8",
    }
    return subprocess.Popen(  # noqa: S603 - our own module
        [sys.executable, "-m", "streams.nursery", str(control.fileno())],
        pass_fds=[control.fileno()],
        env=environment,
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
