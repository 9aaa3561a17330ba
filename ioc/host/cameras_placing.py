"""Keeps one worker's share of the cameras: leases in Redis say whose each is, fences in the store make it true.

While Redis is away nobody can take anything from anybody, so what a worker has it keeps, as long as the store says that
no other has taken it. When neither of the two has said so for as long as a lease lasts, it lets go.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Protocol

from ioc.bus import Board, BusUnavailable, Leases
from ioc.contract import Log
from ioc.host.cameras_shares import moves_of
from ioc.store import Store, StoreUnavailable

BEAT_S = 1.0
LEASE_S = 6.0  # with one look and the start of a decoder a dead worker's cameras are seen again within fifteen seconds
LEAVE_S = 3.0


class Work(Protocol):
    """What is done with a camera while it is this worker's."""

    def begin(self, camera: str, fence: int) -> None:
        """It is ours from now on, under this fence."""
        ...

    def drop(self, camera: str) -> None:
        """It is another's already: nothing of it may be told any more."""
        ...

    async def end(self, cameras: Collection[str]) -> None:
        """They are to be another's: tells what was seen, then lets go. Raises StoreUnavailable."""
        ...


class Placing:
    """The share of one worker. `cameras` are all of the city, which may become others; `fences` is what it has,
    `alone_since` since when Redis does not answer."""

    def __init__(self, store: Store, leases: Leases, me: str, cameras: Sequence[str], work: Work, log: Log) -> None:
        self._store = store
        self._leases = leases
        self._me = me
        self.cameras = cameras
        self._work = work
        self._log = log
        self._sure_until: dict[str, float] = {}
        self._known = False  # to the others, which takes one look
        self.fences: dict[str, int] = {}
        self.alone_since: datetime | None = None

    async def run(self) -> None:
        """Turn after turn, until cancelled."""
        while True:
            try:
                await self.turn()
            except StoreUnavailable as error:
                self._log.warning("cameras are not shared out while the store is away", reason=str(error))
            await asyncio.sleep(BEAT_S)

    async def turn(self) -> None:
        """Lets go what may be another's, renews the rest, and takes or gives what makes the shares equal."""
        self._drop_unsure()
        try:
            board = await self._leases.look(self._me, self.cameras, LEASE_S)
            await self._renew()
            if self.alone_since is not None:
                self._log.info("Redis is back, cameras are shared out again", since=str(self.alone_since))
                self.alone_since = None
            await self._balance(board)
        except BusUnavailable as error:
            if self.alone_since is None:
                self.alone_since = self._store.now()
                self._log.warning("Redis is away: keeps its cameras and takes no others", reason=str(error))
            await self._ask_the_store()

    async def leave(self) -> None:
        """Gives everything back in order, so that the others need not wait for the leases to end."""
        with suppress(BusUnavailable, StoreUnavailable, TimeoutError):
            async with asyncio.timeout(LEAVE_S):
                await self._leases.leave(self._me)
                await self._give(tuple(self.fences))

    async def lost(self, cameras: Collection[str]) -> None:
        """The store refused what we said of these: another has taken them."""
        for camera in cameras:
            self._drop(camera, "refused by the store")
        with suppress(BusUnavailable):
            await self._leases.give(self._me, cameras)

    def _drop_unsure(self) -> None:
        now = time.monotonic()
        for camera in [one for one, until in self._sure_until.items() if until <= now]:
            self._drop(camera, "not renewed in time")

    async def _renew(self) -> None:
        asked = time.monotonic()
        ours = await self._leases.keep(self._me, tuple(self.fences), LEASE_S)
        for camera in [one for one in self.fences if one not in ours]:
            self._drop(camera, "taken by another")
        self._sure_until |= {one: asked + LEASE_S for one in ours if one in self.fences}

    async def _ask_the_store(self) -> None:
        if not self.fences:
            return
        asked = time.monotonic()
        ours = await self._store.fences.ours(self.fences)
        for camera in [one for one in self.fences if one not in ours]:
            self._drop(camera, "taken by another")
        self._sure_until |= {one: asked + LEASE_S for one in ours if one in self.fences}

    async def _balance(self, board: Board) -> None:
        if not self._known:
            self._known = True
            return
        moves = moves_of(self._me, board.workers, board.held, self.cameras)
        if moves.give:
            await self._give(moves.give)
        elif moves.take:
            await self._take(moves.take)

    async def _take(self, cameras: Collection[str]) -> None:
        asked = time.monotonic()
        ours = await self._leases.keep(self._me, cameras, LEASE_S)
        try:
            fences = await self._store.fences.take(ours, self._me)
        except StoreUnavailable:
            await self._leases.give(self._me, ours)
            raise
        for camera, fence in fences.items():
            self.fences[camera], self._sure_until[camera] = fence, asked + LEASE_S
            self._work.begin(camera, fence)
        if fences:
            self._log.info("takes cameras", cameras=sorted(fences), now=len(self.fences))

    async def give_up(self, cameras: Collection[str]) -> None:
        """Gives these of ours back: the city has them no longer. Raises BusUnavailable and StoreUnavailable."""
        if cameras:
            await self._give(cameras)

    async def _give(self, cameras: Collection[str]) -> None:
        ours = [camera for camera in cameras if camera in self.fences]
        await self._work.end(ours)
        for camera in ours:
            self.fences.pop(camera, None)
            self._sure_until.pop(camera, None)
        await self._leases.give(self._me, cameras)
        self._log.info("gives cameras up", cameras=sorted(cameras), now=len(self.fences))

    def _drop(self, camera: str, why: str) -> None:
        if self.fences.pop(camera, None) is not None:
            self._sure_until.pop(camera, None)
            self._log.warning("camera is another's", camera=camera, reason=why)
            self._work.drop(camera)
