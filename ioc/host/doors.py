"""The doors modules' HTTP routes commit through."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from ioc.city.profile import City
from ioc.contract import (
    Deciding,
    Decision,
    Event,
    Gis,
    Latest,
    Log,
    Observation,
    Personal,
    Principal,
    Reply,
    Run,
    Sealed,
    Write,
)
from ioc.contract.blurring import Box
from ioc.core.clock import Clock
from ioc.core.errors import Problem
from ioc.host.context import threshold
from ioc.host.discovery import ModuleSpec
from ioc.host.envelopes import Origin, envelope_of
from ioc.host.still_pictures import propose
from ioc.store import Asked, Store, Transaction, kept_key
from streams.blurring import blurred


class HostDoor:
    """One module's door in the API process."""

    def __init__(
        self,
        *,
        spec: ModuleSpec,
        city: City,
        store: Store,
        gis: Gis,
        clock: Clock,
        log: Log,
        demo: bool,
        model: Path | None = None,
    ) -> None:
        self.module = spec.name
        self.demo = demo
        self.city = city
        self.clock = clock
        self.log = log
        self.gis = gis
        self.personal: Personal = store.personal
        self._spec = spec
        self._model = model  # of the operator's detector
        self._store = store

    def read(self) -> AbstractAsyncContextManager[Any]:
        """A read-only connection."""
        return self._store.read()

    def principal(self, request: Any) -> Principal:
        """Who is asking, as the rights layer found."""
        asking: Principal = request.state.principal
        return asking

    def threshold(self, name: str, at: datetime) -> float:
        """The city's value of a threshold on that day; raises NotConfigured where there is none."""
        return threshold(self.city, name, at)

    async def commit(
        self,
        *,
        by: Principal,
        reply: Reply,
        key: str | None = None,
        fingerprint: bytes = b"",
        events: Sequence[Event] = (),
        writes: Sequence[Write] = (),
        latest: Sequence[Latest] = (),
        sealed: Sequence[Sealed] = (),
    ) -> Reply:
        """See the contract's Door."""
        made = Decision(reply=reply, events=events, writes=writes, latest=latest, sealed=sealed)
        asked = self._asked(by, key, fingerprint)

        def job(tx: Transaction) -> Reply:
            self._put(tx, by, made)
            return reply

        return await self._store.write(job, None if asked is None else asked.answered(reply))

    async def decide(
        self,
        decide: Callable[[Run], Decision],
        *,
        by: Principal,
        key: str | None = None,
        fingerprint: bytes = b"",
    ) -> Reply:
        """See the contract's Door."""

        def job(tx: Transaction) -> Reply | Problem:
            try:
                made = decide(tx.look)
            except Problem as refused:  # given, not raised: nothing is written, so the jobs beside it go on together
                return refused
            self._put(tx, by, made)
            return made.reply

        return await self._store.once(self._asked(by, key, fingerprint)).commit(job)

    async def once(
        self,
        work: Callable[[Deciding], Awaitable[Reply]],
        *,
        by: Principal,
        key: str | None = None,
        fingerprint: bytes = b"",
    ) -> Reply:
        """See the contract's Door."""
        deciding = partial(self.decide, by=by, key=key, fingerprint=fingerprint)
        return await self._store.once(self._asked(by, key, fingerprint)).answer(lambda: work(deciding))

    def _asked(self, by: Principal, key: str | None, fingerprint: bytes) -> Asked | None:
        return None if key is None else Asked(self.module, kept_key(by.id, key), fingerprint)

    def _put(self, tx: Transaction, by: Principal, made: Decision) -> None:
        """Everything a door has decided, in its commit."""
        for secret in made.sealed:
            tx.seal(secret)
        for write in made.writes:
            tx.apply(write)
        for event in made.events:
            origin = Origin(city=self.city.id, spec=self._spec, now=tx.now, simulated=by.simulated)
            tx.append(envelope_of(event, origin, self.gis.place))
        for value in made.latest:
            tx.latest(value)

    async def blurred(self, jpeg: bytes, boxes: Sequence[Box], whole: bool = False) -> bytes:
        """See the contract's Door."""
        return await asyncio.to_thread(blurred, jpeg, boxes, whole=whole)

    async def proposed(self, jpeg: bytes) -> tuple[tuple[Box, ...], bool]:
        """See the contract's Door."""
        _, plan = await propose(jpeg, self._model)
        return plan.boxes, plan.whole

    async def observe(self, readings: Sequence[Observation], *, by: Principal, key: str | None = None) -> None:
        """See the contract's Door."""
        strange = {one.kind for one in readings if one.kind.partition(".")[0] != self.module}
        if strange:
            raise ValueError(f"{self.module} may not send {', '.join(sorted(strange))}")
        await self._store.observations.write_batch(by.id, readings, key=kept_key(by.id, key) if key else None)
