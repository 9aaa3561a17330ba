"""Makes the evidence that is wanted of one worker's cameras, event by event, through restarts and takeovers."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import Any, Literal

import msgspec

from ioc.contract import Log
from ioc.core.text import Text
from ioc.host.evidence_cutting import Cutter, Found
from ioc.store import Store, StoreUnavailable
from ioc.store.evidence import Body, Claim

LOOK_S = 1.0
MARGIN_S = 1.5  # until the last picture of the window lies in the ring
AGAIN_S = 5.0  # after the disk has refused a file
TRIES = 24  # so often: two minutes, then the pictures are no longer in the ring
BY = "cameras"
_DISK = Text(
    "Không ghi được tệp bằng chứng: đĩa lỗi hoặc đầy", "The files could not be written: the disk fails or is full"
)


class _Making(msgspec.Struct):
    """One event at work. `due_at`: when its window is over, by the monotonic clock in seconds."""

    claim: Claim
    body: Body
    due_at: float
    again_at: float = 0.0
    failures: int = 0


MasksOf = Callable[[str], Awaitable[Sequence[Any] | None]]


class EvidenceMaker:
    """The evidence of the cameras that are this worker's. `masks_of` tells the outlines of a camera's masks as they
    stand at this moment, None where there is no such camera any more. `fault` says what keeps it from being
    written."""

    def __init__(
        self,
        store: Store,
        cutter: Cutter,
        after_s: float,
        owner: str,
        cameras: Callable[[], Collection[str]],
        masks_of: MasksOf,
        log: Log,
    ) -> None:
        self._store, self._cutter = store, cutter
        self._after_s, self._owner, self._log = after_s, owner, log
        self._cameras, self._masks_of = cameras, masks_of
        self._making: dict[str, _Making] = {}
        self.fault: Text | None = None

    async def run(self) -> None:
        """Turn after turn, until cancelled."""
        while True:
            try:
                await self.turn()
            except StoreUnavailable as error:
                self._log.warning("evidence waits for the store", reason=str(error))
            await asyncio.sleep(LOOK_S)

    async def turn(self) -> None:
        """Takes up what is newly wanted, and goes on with what was taken up."""
        wanted = await self._store.evidence.wanted(self._cameras())
        self._making = {event: one for event, one in self._making.items() if event in wanted}
        for event in wanted:
            if event not in self._making:
                await self._take_up(event)
        for one in list(self._making.values()):
            if time.monotonic() >= one.again_at:
                await self._go_on(one)

    async def _take_up(self, event: str) -> None:
        claim = await self._store.evidence.claim(event, self._owner)
        if claim is not None:
            due_at = time.monotonic() + self._after_s + MARGIN_S  # at the latest: it was told before we heard of it
            self._making[event] = _Making(claim, Body(), due_at)

    async def _go_on(self, one: _Making) -> None:
        if one.body.snapshot is not None and time.monotonic() < one.due_at:
            return
        wanted = one.claim.row.wanted
        masks = await self._masks_of(wanted.camera)
        found = await asyncio.to_thread(self._cutter.find, wanted, self._store.now(), masks)
        if found.window is not None:
            one.due_at = min(one.due_at, found.window.end / 1000 + MARGIN_S)
        try:
            if one.body.snapshot is None:
                await self._keep_snapshot(one, found)
            if time.monotonic() >= one.due_at and one.claim.row.event in self._making:
                await self._keep_clip(one, found)
        except OSError as error:
            await self._put_off(one, error)
        else:
            self.fault = None

    async def _keep_snapshot(self, one: _Making, found: Found) -> None:
        one.body = await asyncio.to_thread(self._cutter.snapshot, one.claim, found)
        if one.body.snapshot is None:
            return
        if not await self._store.evidence.note(one.claim.row.event, one.claim.row.fence, one.body):
            self._lose(one)

    async def _keep_clip(self, one: _Making, found: Found) -> None:
        one.body = await asyncio.to_thread(self._cutter.clip, one.claim, one.body, found)
        await self._settle(one)

    async def _settle(self, one: _Making) -> None:
        event, fence = one.claim.row.event, one.claim.row.fence
        state: Literal["kept", "missed"] = "kept" if one.body.snapshot is not None else "missed"
        if not await self._store.evidence.settle(event, fence, state, one.body, by=BY):
            self._lose(one)
            return
        del self._making[event]
        reason = one.body.reason.en if one.body.reason is not None else None
        self._log.info("evidence of an event", evidence=event, state=state, reason=reason)

    def _lose(self, one: _Making) -> None:
        """Another process has taken it. Our files belong to nothing once it is done, and are swept then: until then it
        may take over the snapshot."""
        self._making.pop(one.claim.row.event, None)

    async def _put_off(self, one: _Making, error: OSError) -> None:
        self.fault, one.failures = _DISK, one.failures + 1
        one.again_at = time.monotonic() + AGAIN_S
        self._log.warning("evidence could not be written", evidence=one.claim.row.event, error=str(error))
        if one.failures >= TRIES:
            one.body = msgspec.structs.replace(one.body, clip=None, original_clip=None, reason=_DISK)
            await self._settle(one)
