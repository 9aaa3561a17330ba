"""A consumer of the log: all or nothing with its cursor, what ended it is found, and never two owners."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
import sqlalchemy as sa
import structlog
from structlog.testing import capture_logs

from ioc.bus import Tail
from ioc.core.envelope import Recorded
from ioc.host.follower import Follower
from ioc.host.own_outages import IN_VAIN
from ioc.host.set_aside import KILLED, TRIES_ALONE
from ioc.store import Fenced, Store, StoreUnavailable, Transaction
from ioc.store.tables import cursor, event
from tests.host.following import (
    Marks,
    answers,
    append,
    asked,
    buried,
    died_or,
    said,
    until,
)


async def test_every_event_has_its_effect_once_and_in_order(sqlite_store: Store, follow):
    await append(sqlite_store, *[asked(str(n)) for n in range(20)])
    follow(Marks())

    async def all_there() -> bool:
        return len(await answers(sqlite_store)) >= 20

    await until(all_there, "20 answers")
    assert await answers(sqlite_store) == [str(n) for n in range(20)]


async def test_a_second_owner_shuts_the_first_one_out(sqlite_store: Store, follow, tail: Tail):
    await append(sqlite_store, asked("1"))
    first = Follower(sqlite_store, "test", "first", Marks(), structlog.get_logger())
    task = asyncio.create_task(first.run(tail.after))

    async def one_there() -> bool:
        return await answers(sqlite_store) == ["1"]

    await until(one_there, "the first answer")
    await sqlite_store.cursors.take("test", "second")
    await append(sqlite_store, asked("2"))
    async with asyncio.timeout(10):
        with pytest.raises(Fenced):
            await task  # it ends by itself: its commit was refused
    assert await answers(sqlite_store) == ["1"]
    follow(Marks(), "third")

    async def both_there() -> bool:
        return await answers(sqlite_store) == ["1", "2"]

    await until(both_there, "the second answer, once")


class Killed(Marks):
    """A step whose process ends at a poisonous event: its follower is gone before anything is noted."""

    async def prepare(self, events: Sequence[Recorded]):
        if any(one.envelope.data.get("n") == self.poison for one in events):
            self.tries += 1
            raise asyncio.CancelledError
        return await super().prepare(events)


async def test_an_event_that_ends_its_process_is_a_dead_letter_in_the_end(sqlite_store: Store, tail: Tail) -> None:
    await append(sqlite_store, asked("1", "a"), asked("thuốc độc", "b"), asked("3", "b"), asked("4", "c"))
    deaths = 0
    while True:  # the supervisor starts it again each time
        follower = Follower(sqlite_store, "test", f"life {deaths}", step := Killed("thuốc độc"), structlog.get_logger())
        life = asyncio.create_task(follower.run(tail.after))
        if deaths >= 2:  # once with its neighbours, once by itself
            await until(lambda: said(sqlite_store, ["1", "4"]), "the neighbours go on", 30)
        await until(lambda step=step: died_or(step, sqlite_store), "it ended, or is given up", 30)
        life.cancel()
        await asyncio.gather(life, return_exceptions=True)
        if not step.tries:
            break
        deaths += 1
        assert deaths < 10
    letters = await sqlite_store.dead.list("test")
    assert [(one.kind, one.recorded.envelope.data["n"]) for one in letters] == [
        ("buried", "thuốc độc"),
        ("parked", "3"),
    ]
    assert letters[0].reason == KILLED
    assert deaths == 2 + TRIES_ALONE
    assert await answers(sqlite_store) == ["1", "4"]


async def test_an_event_that_only_seemed_to_end_its_process_is_handled_in_its_order(
    sqlite_store: Store, follow
) -> None:
    await append(sqlite_store, asked("1", "a"), asked("2", "b"), asked("3", "b"), asked("4", "c"))
    held = await sqlite_store.cursors.take("test", "an owner that was ended from outside")
    await sqlite_store.write(lambda tx: tx.attempt(held, 2))
    follow(Marks())
    await until(lambda: said(sqlite_store, ["1", "4", "2", "3"]), "all are handled", 30)
    await until(lambda: buried(sqlite_store, 0), "nothing is left")


async def test_a_store_that_went_away_makes_no_suspect(sqlite_store: Store, tail: Tail) -> None:
    await append(sqlite_store, asked("1", "a"))
    await sqlite_store.cursors.take("test", "a life that ended")

    class Away(Marks):
        async def prepare(self, events: Sequence[Recorded]):
            self.tries += 1
            if self.tries < IN_VAIN:
                raise StoreUnavailable("away")
            return await super().prepare(events)

    follower = Follower(sqlite_store, "test", "one", Away(), structlog.get_logger())
    running = asyncio.create_task(follower.run(tail.after))
    with capture_logs() as logs:
        await until(lambda: said(sqlite_store, ["1"]), "it is handled", 30)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert not [one for one in logs if "set aside" in one["event"]]


async def test_a_store_that_went_away_leaves_no_doubt(sqlite_store: Store, tail: Tail) -> None:
    """One who lives has ended of nothing: it goes on with many events at once, as after a frozen owner of the lock."""
    await append(sqlite_store, *[asked(str(n)) for n in range(20)])

    class Away(Marks):
        async def prepare(self, events: Sequence[Recorded]):
            self.tries += 1
            if self.tries < IN_VAIN:
                raise StoreUnavailable("away")
            return await super().prepare(events)

    follower = Follower(sqlite_store, "test", "one", step := Away(), structlog.get_logger())
    running = asyncio.create_task(follower.run(tail.after))
    await until(lambda: said(sqlite_store, [str(n) for n in range(20)]), "all are handled", 30)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert step.tries == IN_VAIN, "all twenty together"


async def test_many_restarts_while_nothing_happens_bury_nothing(sqlite_store: Store, tail: Tail) -> None:
    for life in range(12):
        await sqlite_store.cursors.take("test", f"life {life}")
    await append(sqlite_store, asked("1"), asked("2"))
    follower = Follower(sqlite_store, "test", "last", Marks(), structlog.get_logger())
    running = asyncio.create_task(follower.run(tail.after))
    await until(lambda: said(sqlite_store, ["1", "2"]), "both are handled")
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert await sqlite_store.dead.list("test") == []


async def test_a_database_that_stepped_back_is_followed_from_where_it_is(sqlite_store: Store, follow):
    """As a replica does that is promoted without the newest commits: log, effects and cursor are those of before."""
    await append(sqlite_store, asked("1"))
    follow(Marks())

    async def answered(*expected: str) -> None:
        async def there() -> bool:
            return await answers(sqlite_store) == list(expected)

        await until(there, f"{expected} are answered", 20)

    await answered("1")
    await append(sqlite_store, asked("2"), asked("3"))
    await answered("1", "2", "3")

    def step_back(tx: Transaction) -> None:
        tx.execute(sa.delete(event).where(event.c.position > 2))
        tx.execute(sa.update(cursor).where(cursor.c.consumer == "test").values(position=2))

    await sqlite_store.write(step_back)
    await append(sqlite_store, asked("4"))
    await answered("1", "4")
