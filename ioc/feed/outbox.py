"""What waits to be written to one client: bounded, in order, last-known values coalesced while it is slow."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable

_BEAT = "beat"


class Outbox:
    """Writes straight through while the client keeps up, and keeps a bounded queue while it does not.

    A numbered frame is never dropped: `put` answers False when there is no room, and the client has to go. A
    last-known value takes the place of the older one of its slot; if there is still no room all of them are shed,
    which `dropped` counts and `shed` tells.
    """

    def __init__(self, write: Callable[[bytes], None], *, max_bytes: int, max_messages: int) -> None:
        self._write = write
        self._max_bytes, self._max_messages = max_bytes, max_messages
        self._waiting: dict[Hashable, bytes] = {}
        self._free: set[Hashable] = set()
        self._slots: set[Hashable] = set()
        self._number = 0
        self._open = asyncio.Event()
        self._open.set()
        self.size = 0
        self.dropped = 0
        self.shed = False

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def slow(self) -> bool:
        """Whether the client is behind."""
        return not self._open.is_set()

    def put(self, frame: bytes) -> bool:
        """Sends a frame that must not be lost; False when there is no room for it."""
        if not self.slow:
            self._write(frame)
            return True
        if not self._room(len(frame)):
            self._shed()
        if not self._room(len(frame)):
            return False
        self._append(frame)
        return True

    def push(self, frame: bytes) -> None:
        """Sends a frame that does not count against the bounds: a snapshot or an answer, of which the caller sends
        only one set to a client that has drained."""
        if not self.slow:
            self._write(frame)
            return
        self._free.add(self._append(frame))
        self.size -= len(frame)

    def replace(self, slot: Hashable, frame: bytes) -> None:
        """Sends a last-known value, in place of an older one of that slot that still waits."""
        if not self.slow:
            self._write(frame)
            return
        if slot in self._slots:
            self._take(slot)
            self.dropped += 1
        if not self._room(len(frame)):
            self._shed()
            self.shed = True
            self.dropped += 1
            return
        self._slots.add(slot)
        self._add(slot, frame)

    def pass_by(self, frame: bytes) -> None:
        """Sends a frame at once to a client that keeps up; a slow one must not be given it, now or later."""
        if not self.slow:
            self._write(frame)

    def beat(self, frame: bytes) -> None:
        """Sends a heartbeat behind everything that waits; only the newest one waits."""
        if not self.slow:
            self._write(frame)
            return
        if _BEAT in self._waiting:
            self._take(_BEAT)
        if self._room(len(frame)):
            self._add(_BEAT, frame)

    def pause(self) -> None:
        """The transport has enough."""
        self._open.clear()

    def resume(self) -> bool:
        """The transport takes more: writes until it has enough again. True when nothing waits any longer."""
        self._open.set()
        while self._waiting and not self.slow:
            slot = next(iter(self._waiting))
            self._write(self._take(slot))
        return not self.slow and not self._waiting

    def flush(self) -> None:
        """Hands everything to the transport at once; for a farewell."""
        waiting = list(self._waiting.values())
        self.clear()
        if waiting:
            self._write(b"".join(waiting))

    def clear(self) -> None:
        """Forgets all that waits."""
        self._waiting.clear()
        self._slots.clear()
        self._free.clear()
        self.size = 0

    async def drained(self) -> None:
        """Returns once the client has caught up."""
        while self.slow:
            await self._open.wait()

    def lag(self) -> int:
        """How many last-known values were replaced or shed since this was last asked."""
        dropped, self.dropped = self.dropped, 0
        return dropped

    def _room(self, size: int) -> bool:
        return self.size + size <= self._max_bytes and len(self._waiting) < self._max_messages

    def _append(self, frame: bytes) -> int:
        self._number += 1
        self._add(self._number, frame)
        return self._number

    def _add(self, slot: Hashable, frame: bytes) -> None:
        self._waiting[slot] = frame
        self.size += len(frame)

    def _take(self, slot: Hashable) -> bytes:
        frame = self._waiting.pop(slot)
        self._slots.discard(slot)
        if slot in self._free:
            self._free.discard(slot)
        else:
            self.size -= len(frame)
        return frame

    def _shed(self) -> None:
        if not self._slots:
            return
        self.dropped += len(self._slots)
        self.shed = True
        # A copy: taking one alters the set.
        for slot in tuple(self._slots):
            self._take(slot)
