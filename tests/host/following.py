"""A stand-in for what a consumer does with events, and what a follower of it has led to."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import sqlalchemy as sa

from ioc.core.envelope import Envelope, Recorded
from ioc.host.set_aside import KILLED
from ioc.host.steps import FailedOn
from ioc.store import Store, Transaction
from ioc.store.tables import dead_replay
from tests.events import an_event


class Marks:
    """A step that writes an event for each it sees, and fails on those told to be poison, saying which if `named`."""

    def __init__(self, poison: str = "", fault: type[Exception] = ValueError, *, named: bool = False) -> None:
        self.poison = poison
        self.fault = fault
        self.named = named
        self.tries = 0

    def wants(self, envelope: Envelope) -> bool:
        return envelope.type == "test.asked"

    def forget(self) -> None:
        """Nothing is remembered."""

    async def prepare(self, events: Sequence[Recorded]):
        for one in events:
            if one.envelope.data.get("n") == self.poison:
                self.tries += 1
                fault = self.fault("cannot be handled")
                if self.named:
                    raise FailedOn(one.position) from fault
                raise fault

        def effects(tx: Transaction) -> None:
            for one in events:
                tx.append(an_event(type="test.answered", causationid=one.envelope.id, data=one.envelope.data))

        return effects


def asked(n: str, key: str = "k") -> Envelope:
    return an_event(type="test.asked", partitionkey=key, data={"n": n})


async def append(store: Store, *events: Envelope) -> None:
    for one in events:
        await store.write(lambda tx, one=one: tx.append(one))


async def answers(store: Store) -> list[str]:
    rows = await store.log.query(types=["test.answered"], limit=500)
    return [one.envelope.data["n"] for one in reversed(rows)]


async def until(condition, what: str, limit_s: float = 10.0) -> None:
    async with asyncio.timeout(limit_s):
        while not await condition():
            await asyncio.sleep(0.01)


async def said(store: Store, expected: list[str]) -> bool:
    return await answers(store) == expected


async def died_or(step: Marks, store: Store) -> bool:
    return step.tries > 0 or KILLED in [one.reason for one in await store.dead.list("test")]


async def buried(store: Store, count: int) -> bool:
    return len(await store.dead.list("test")) == count


async def tries(store: Store) -> int:
    async with store.read() as connection:
        return (await connection.execute(sa.select(sa.func.coalesce(sa.func.max(dead_replay.c.tries), 0)))).scalar_one()


async def begun(store: Store, times: int) -> bool:
    return await tries(store) == times


async def nobody_asks(store: Store) -> bool:
    return not await store.dead.asked("test")


async def begun_to_answer(store: Store) -> bool:
    return len(await answers(store)) > 0


async def died_or_over(step: Marks, store: Store) -> bool:
    return step.tries > 1 or await nobody_asks_for(store, 0)


async def nobody_asks_for(store: Store, letters: int) -> bool:
    return await buried(store, letters) and await nobody_asks(store)
