"""A module's part of a commit: run the handlers, gather what they gave, write it with the cursor."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from ioc.contract import Decide, Event, Latest, Module, State, Write
from ioc.core.envelope import Envelope, Recorded
from ioc.host.context import HostContext
from ioc.host.delivered import Delivered
from ioc.host.envelopes import Origin, envelope_of
from ioc.host.marks import Marked, Marks
from ioc.host.outputs import Outputs, collect, decided_by
from ioc.host.steps import Effects, FailedOn
from ioc.store import StoreUnavailable, Transaction

StateKey = tuple[str, str]  # handler name, partition key
Saved = tuple[StateKey, type[State], bytes]
STATES_KEPT = 10_000


class ModuleStep:
    """Runs one module's handlers on events or readings; states are kept in memory once loaded."""

    def __init__(self, module: Module, marks: Marks, ctx: HostContext) -> None:
        self._module = module
        self._marks = marks
        self._ctx = ctx
        self._states: dict[StateKey, State] = {}
        self._touched: set[StateKey] = set()
        self.handled = 0

    def wants(self, envelope: Envelope) -> bool:
        """Whether any handler listens to this type."""
        return envelope.type in self._marks.handlers

    def forget(self) -> None:
        """Drops remembered states, which may hold changes that were never committed."""
        self._states.clear()
        self._touched.clear()

    async def prepare(self, events: Sequence[Recorded]) -> Effects:
        """Handlers of all events in order; returns their writes as one effect.

        Raises:
            FailedOn: a handler failed, and on which event.
        """
        batch, items = Batch(self._ctx), [Delivered(one) for one in events]
        await self._remember_all(items)
        for recorded, item in zip(events, items, strict=True):
            try:
                await self._handle(item, batch)
            except StoreUnavailable:
                raise
            except Exception as error:
                raise FailedOn(recorded.position) from error
        batch.states = self.touched()
        self.handled += len(events)
        return batch.write

    async def _handle(self, item: Delivered, batch: Batch) -> None:
        for handler in self._marks.handlers.get(item.type, ()):
            batch.add(await self.call(handler, item), item.envelope)

    def touched(self) -> dict[StateKey, State]:
        """The states handlers were given since the last call; a full memory is emptied, the store has them all."""
        states = {key: self._states[key] for key in self._touched}
        self._touched.clear()
        if len(self._states) > STATES_KEPT:
            self._states.clear()
        return states

    async def call(self, handler: Marked, item: Any) -> Outputs:
        """One handler on one item, with its state for the item's key where it keeps one."""
        if handler.mark.state is None:
            return await collect(handler.call(item, self._ctx))
        state = await self._state(handler, handler.key_of(item))
        return await collect(handler.call(item, state, self._ctx))

    async def saved(self, handler: Marked, item: Any) -> Saved | None:
        """The handler's state for an item as it is now, to be put back if the handler fails on it."""
        if handler.mark.state is None:
            return None
        key = handler.key_of(item)
        return (handler.name, key), handler.mark.state, msgspec.json.encode(await self._state(handler, key))

    def restore(self, saved: Saved | None) -> None:
        """Puts a state back as it was."""
        if saved is not None:
            key, kind, body = saved
            self._states[key] = msgspec.json.decode(body, type=kind)

    async def remember(self, handler: Marked, items: Iterable[Any]) -> None:
        """Loads the handler's states for these items together, where they are not remembered yet."""
        if handler.mark.state is not None:
            keys = {handler.key_of(item) for item in items}
            await self._load(handler, [key for key in keys if (handler.name, key) not in self._states])

    async def _remember_all(self, items: Sequence[Delivered]) -> None:
        """One look into the store for each handler, not one for each key."""
        wanted: dict[str, tuple[Marked, list[Delivered]]] = {}
        for item in items:
            for handler in self._marks.handlers.get(item.type, ()):
                wanted.setdefault(handler.name, (handler, []))[1].append(item)
        for handler, its in wanted.values():
            await self.remember(handler, its)

    async def _state(self, handler: Marked, key: str) -> State:
        if (handler.name, key) not in self._states:
            await self._load(handler, [key])
        self._touched.add((handler.name, key))
        return self._states[(handler.name, key)]

    async def _load(self, handler: Marked, keys: Sequence[str]) -> None:
        if not keys:
            return
        bodies, kind = await self._ctx.store.states.load(self._ctx.spec.name, handler.name, keys), handler.mark.state
        for key in keys:
            body = bodies.get(key)
            self._states[(handler.name, key)] = msgspec.json.decode(body, type=kind) if body else kind()


@dataclass(slots=True)
class Part:
    """What of a commit goes in together, and what is decided once it is in."""

    events: list[tuple[Event, Envelope | None, bool]] = field(default_factory=list)
    writes: list[Write] = field(default_factory=list)
    latest: list[Latest] = field(default_factory=list)
    decisions: list[tuple[Decide, Envelope | None, bool]] = field(default_factory=list)

    def add(self, outputs: Outputs, cause: Envelope | None, simulated: bool) -> None:
        """Puts in what one handler, or one decision, gave."""
        self.events += [(event, cause, simulated) for event in outputs.events]
        self.writes += outputs.writes
        self.latest += outputs.latest
        self.decisions += [(one, cause, simulated) for one in outputs.decisions]


class Batch:
    """What one commit of a module will write, in parts: a decision sees all that came before it."""

    def __init__(self, ctx: HostContext) -> None:
        self._ctx = ctx
        self._parts = [Part()]
        self.states: dict[StateKey, State] = {}

    def add(self, outputs: Outputs, cause: Envelope | None, simulated: bool = False) -> None:
        """Add what one handler gave; events inherit from `cause`."""
        self._parts[-1].add(outputs, cause, simulated)
        if outputs.decisions:
            self._parts.append(Part())

    def __bool__(self) -> bool:
        """Whether there is anything to write but states."""
        return any(one.events or one.writes or one.latest or one.decisions for one in self._parts)

    def write(self, tx: Transaction) -> None:
        """Everything, inside the commit. Envelopes are made here so that a retried job makes them anew."""
        for part in self._parts:
            self._put(tx, part)
        tx.save_states(self._ctx.spec.name, {key: msgspec.json.encode(state) for key, state in self.states.items()})

    def _put(self, tx: Transaction, part: Part) -> None:
        for event, cause, simulated in part.events:
            tx.append(self._envelope(event, cause, simulated, tx))
        for write in part.writes:
            tx.apply(write)
        for latest in part.latest:
            tx.latest(latest)
        for one, cause, simulated in part.decisions:
            decided = Part()
            decided.add(decided_by(one, tx.look), cause, simulated)
            self._put(tx, decided)

    def _envelope(self, event: Event, cause: Envelope | None, simulated: bool, tx: Transaction) -> Envelope:
        ctx = self._ctx
        origin = Origin(city=ctx.city.id, spec=ctx.spec, now=tx.now, cause=cause, simulated=simulated)
        return envelope_of(event, origin, ctx.gis.place)
