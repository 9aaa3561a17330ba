"""A module's handlers on readings: what they give is gathered for one commit, and one they fail on holds up nobody."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from ioc.contract import BadReading, NotConfigured, Observation
from ioc.core.envelope import Envelope, Recorded
from ioc.core.faults import words_of
from ioc.core.ids import new_id
from ioc.host.context import HostContext
from ioc.host.discovery import ModuleSpec
from ioc.host.marks import Marked
from ioc.host.module_step import Batch, ModuleStep
from ioc.host.reading_owners import CAMERAS
from ioc.host.set_aside import TRIES
from ioc.store import StoreUnavailable, Transaction
from ioc.store.observations import owner_of

PAUSE_S = 0.05

Arrived = tuple[int, datetime, Observation]  # position of its batch, when it came, the reading


@dataclass(frozen=True, slots=True)
class Failed:
    """A reading one handler could not handle."""

    handler: str
    reading: Observation
    received_at: datetime
    reason: str
    trace: str


@dataclass(slots=True)
class ReadingEffects:
    """What one commit writes for the readings handled, and those that could not be, by the position of their batch."""

    ctx: HostContext
    batch: Batch
    failed: dict[int, list[Failed]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        """Whether there is anything to write."""
        return bool(self.batch or self.batch.states or self.failed)

    def write(self, tx: Transaction, consumer: str) -> None:
        """Everything, in the commit of the cursor."""
        self.batch.write(tx)
        for position, failed in self.failed.items():
            recorded = Recorded(position, letter(failed, self.ctx))
            tx.bury_readings(consumer, recorded, failed[0].reason, failed[0].trace)


def reading_handlers(handlers: dict[str, list[Marked]], specs: Iterable[ModuleSpec]) -> dict[str, list[Marked]]:
    """The handlers of observation kinds, by kind: all but those of the events the modules declare and of owners
    that have no readings.

    Raises:
        TypeError: a handler keeps one state for readings and for events, which come in commits apart.
    """
    known = list(specs)
    events = {event for spec in known for event in spec.manifest.events}
    owners = {CAMERAS, *(spec.name for spec in known)}
    found = {kind: them for kind, them in handlers.items() if kind not in events and owner_of(kind) in owners}
    of_readings = {one.name for them in found.values() for one in them if one.mark.state is not None}
    of_events = {one.name for kind, them in handlers.items() if kind not in found for one in them}
    if both := of_readings & of_events:
        raise TypeError(f"{', '.join(sorted(both))}: a state is kept for readings or for events, not for both")
    return found


class Handling:
    """Runs handlers on readings, quickly as long as all is well, and one by one with care when one fails."""

    def __init__(self, step: ModuleStep, handlers: dict[str, list[Marked]], ctx: HostContext) -> None:
        self._step = step
        self._handlers = handlers
        self._ctx = ctx
        self.broken: dict[str, str] = {}  # handlers that failed on the last reading they were given, and why
        self.kinds = frozenset(handlers)
        self.refused = 0

    def forget(self) -> None:
        """Drops remembered states, which may hold changes that were never committed."""
        self._step.forget()

    async def prepare(self, arrived: Sequence[Arrived]) -> ReadingEffects:
        """All handlers of these readings, in order."""
        try:
            effects = await self._quickly(arrived)
        except StoreUnavailable:
            raise
        except Exception:  # some handler's fault: find the reading, with a way back for every state
            self._step.forget()
            effects = await self._with_care(arrived)
        effects.batch.states = self._step.touched()
        return effects

    def given_up(self, arrived: Arrived, reason: str) -> ReadingEffects:
        """What is written for a reading no try of which came to an end, instead of giving it to its handlers."""
        position, received_at, reading = arrived
        effects = ReadingEffects(self._ctx, Batch(self._ctx))
        names = (handler.name for handler in self._handlers[reading.kind])
        effects.failed[position] = [Failed(name, reading, received_at, reason, "") for name in names]
        for failed in effects.failed[position]:
            self._tell(failed)
        return effects

    async def _quickly(self, arrived: Sequence[Arrived]) -> ReadingEffects:
        effects = ReadingEffects(self._ctx, Batch(self._ctx))
        await self._remember(arrived)
        for _, _, reading in arrived:
            for handler in self._handlers[reading.kind]:
                effects.batch.add(await self._step.call(handler, reading), None, reading.simulated)
                self.broken.pop(handler.name, None)
        return effects

    async def _remember(self, arrived: Sequence[Arrived]) -> None:
        """Loads the states these readings need together: one by one they would cost a question each."""
        of_kind: dict[str, list[Observation]] = {}
        for _, _, reading in arrived:
            of_kind.setdefault(reading.kind, []).append(reading)
        for kind, readings in of_kind.items():
            for handler in self._handlers[kind]:
                await self._step.remember(handler, readings)

    async def _with_care(self, arrived: Sequence[Arrived]) -> ReadingEffects:
        effects = ReadingEffects(self._ctx, Batch(self._ctx))
        for position, received_at, reading in arrived:
            for handler in self._handlers[reading.kind]:
                failure = await self._try(handler, reading, effects.batch)
                if failure is None:
                    self.broken.pop(handler.name, None)
                    continue
                reason, trace = failure
                failed = Failed(handler.name, reading, received_at, reason, trace)
                effects.failed.setdefault(position, []).append(failed)
                self._tell(failed)
        return effects

    async def _try(self, handler: Marked, reading: Observation, batch: Batch) -> tuple[str, str] | None:
        """Why the handler cannot handle the reading, with its trace; None once it has.

        A handler that failed on the reading before is tried once only, so that a broken one does not stop the flow.
        """
        tries = 1 if handler.name in self.broken else TRIES
        for attempt in range(1, tries + 1):
            saved = None
            try:
                saved = await self._step.saved(handler, reading)
                batch.add(await self._step.call(handler, reading), None, reading.simulated)
                return None
            except StoreUnavailable:
                raise
            except BadReading:
                self._step.restore(saved)
                self.refused += 1
                return None
            except Exception as error:
                self._step.restore(saved)
                # A setting that is missing stays so, and each further wait for a slow one would hold up all others.
                if attempt == tries or isinstance(error, NotConfigured | TimeoutError):
                    return words_of(error), traceback.format_exc()
                await asyncio.sleep(PAUSE_S * attempt)
        raise AssertionError("tried at least once")

    def _tell(self, failed: Failed) -> None:
        if failed.handler not in self.broken:
            self._ctx.log.error(
                "a reading goes to the dead letters",
                handler=failed.handler,
                kind=failed.reading.kind,
                key=failed.reading.key,
                reason=failed.reason,
            )
        self.broken[failed.handler] = failed.reason


def letter(failed: Sequence[Failed], ctx: HostContext) -> Envelope:
    """The readings of one batch that could not be handled, in the form dead letters are kept in."""
    first = failed[0]
    at = first.reading.at if isinstance(first.reading.at, datetime) else first.received_at
    key = f"{first.reading.kind} {first.reading.key}"
    return Envelope(
        id=new_id(),
        source=f"/{ctx.city.id}/{ctx.spec.name}",
        type=first.reading.kind,
        subject=first.reading.key,
        time=at,
        recordedtime=first.received_at,
        city=ctx.city.id,
        module=ctx.spec.name,
        partitionkey=key,
        correlationid=first.reading.id or key,
        simulated=first.reading.simulated,
        data={"readings": [{"handler": one.handler, **msgspec.to_builtins(one.reading)} for one in failed]},
    )
