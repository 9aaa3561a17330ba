"""An outage of the store is waited for, however long; one that only a single event meets is that event's own."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing

import pytest
import structlog

from ioc.bus import MemoryBus, Tail
from ioc.core.envelope import Recorded
from ioc.host import own_outages, set_aside
from ioc.host.follower import Follower
from ioc.host.in_turn import InTurn
from ioc.host.own_outages import IN_VAIN, OwnOutages
from ioc.host.set_aside import TRIES, TRIES_ALONE
from ioc.store import Store, StoreUnavailable, TookTooLong, Transaction
from ioc.store.dead import KEY_BYTES, kept_key
from tests.host.following import Marks, answers, append, asked, nobody_asks_for, said, until

AWAY = StoreUnavailable("the database server gave up (SQLSTATE 53200)")


class Away(Marks):
    """Events told to be poison meet an outage, in their handler or in their commit."""

    def __init__(self, *, in_commit: bool) -> None:
        super().__init__()
        self.in_commit, self.away = in_commit, True

    async def prepare(self, events: Sequence[Recorded]):
        meets = self.away and any(one.envelope.data["n"] == "bad" for one in events)
        self.tries += meets
        if meets and not self.in_commit:
            raise AWAY
        effects = await super().prepare(events)

        def job(tx: Transaction) -> None:
            if meets:
                raise AWAY
            effects(tx)

        return job


@asynccontextmanager
async def following(store: Store, step: Marks) -> AsyncIterator[None]:
    follower = Follower(store, "test", "one", step, structlog.get_logger())
    running = asyncio.create_task(follower.run(Tail(store, MemoryBus()).after))
    try:
        yield
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(set_aside, "PAUSES_S", (0.0,) * (TRIES - 1))


@pytest.mark.parametrize("in_commit", [False, True], ids=["handler", "commit"])
async def test_an_outage_that_one_event_alone_meets_is_its_own(store: Store, at_once: None, in_commit: bool) -> None:
    await append(store, asked("1", "a"), asked("bad", "b"), asked("after", "b"), asked("2", "c"))
    step = Away(in_commit=in_commit)
    async with following(store, step):
        await until(lambda: said(store, ["1", "2"]), "the others are handled", 60)
        await until(lambda: nobody_asks_for(store, 2), "it is given up", 60)
        assert step.tries == 2 * IN_VAIN + TRIES_ALONE, "with the others, by itself, and beside them"
        letters = await store.dead.list("test")
        assert [one.kind for one in letters] == ["buried", "parked"]
        assert AWAY.reason in letters[0].reason, "it says what it met"
        step.away = False
        await store.dead.ask("test", "b", by="trực ban")
        await until(lambda: said(store, ["1", "2", "bad", "after"]), "it is handled once it is asked for", 60)


async def test_an_outage_that_everybody_meets_is_waited_for(
    sqlite_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The cursor cannot be taken either: the event is not counted against."""
    take, refused = sqlite_store.cursors.take, 0

    async def away_too(*told, **named):
        nonlocal refused
        if step.away and step.tries:
            refused += 1
            raise AWAY
        return await take(*told, **named)

    monkeypatch.setattr(sqlite_store.cursors, "take", away_too)
    await append(sqlite_store, asked("bad", "b"))
    step = Away(in_commit=True)

    async def refused_often() -> bool:
        return refused > 3 * IN_VAIN

    async with following(sqlite_store, step):
        await until(refused_often, "the store is away for all", 30)
        step.away = False
        await until(lambda: said(sqlite_store, ["bad"]), "it is handled", 30)
    assert step.tries == 1
    assert await sqlite_store.dead.list("test") == []


class OnFullDisk(Marks):
    """Events told to be poison fail once for themselves, where `first`, and then find no room for what they write,
    while what others write still fits."""

    def __init__(self, *, first: bool) -> None:
        super().__init__()
        self.first, self.full = first, True

    async def prepare(self, events: Sequence[Recorded]):
        meets = any(one.envelope.data["n"] == "bad" for one in events)
        if meets and self.first:
            self.first = False
            raise ValueError("of its own")
        effects = await super().prepare(events)

        def job(tx: Transaction) -> None:
            if meets and self.full:
                self.tries += 1
                raise no_room()
            effects(tx)

        return job


def no_room() -> sqlite3.Error:
    with closing(sqlite3.connect(":memory:")) as full:
        full.execute("pragma max_page_count = 1")
        with pytest.raises(sqlite3.Error) as refused:
            full.execute("create table room (wanted)")
    return refused.value


@pytest.mark.parametrize("first", [False, True], ids=["as it comes", "tried again beside the others"])
async def test_a_full_disk_is_no_events_own_fault(
    sqlite_store: Store, at_once: None, monkeypatch: pytest.MonkeyPatch, first: bool
) -> None:
    monkeypatch.setattr(own_outages, "BLOCKED_S", 0.01)
    await append(sqlite_store, asked("bad", "b"), asked("after", "b"))
    step = OnFullDisk(first=first)

    async def met_often() -> bool:
        return step.tries > 3 * max(IN_VAIN, TRIES_ALONE)

    async with following(sqlite_store, step):
        await until(met_often, "it has found no room again and again", 60)
        assert sqlite_store.refused == "the disk is full"
        step.full = False
        await until(lambda: said(sqlite_store, ["bad", "after"]), "both are handled, and nobody had to ask", 60)
    assert await sqlite_store.dead.list("test") == []


async def test_a_person_who_asks_for_what_meets_an_outage_is_answered_after_two_tries(
    sqlite_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(set_aside, "PAUSES_S", (0.0, 0.0, 0.0, 0.5))
    await append(sqlite_store, asked("bad", "b"))
    step = Away(in_commit=True)
    async with following(sqlite_store, step):
        await until(lambda: nobody_asks_for(sqlite_store, 1), "it is given up", 60)
        step.tries = 0
        await sqlite_store.dead.ask("test", "b", by="trực ban")
        await until(lambda: nobody_asks_for(sqlite_store, 1), "whoever asked is answered", 60)
    assert step.tries == TRIES_ALONE


class Remembering(Marks):
    """Counts in memory, like a state; an outage comes after it has counted."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def forget(self) -> None:
        self.count = 0

    async def prepare(self, events: Sequence[Recorded]):
        self.count += len(events)
        if any(one.envelope.data["n"] == "meets" for one in events):
            raise AWAY
        return await super().prepare(events)


async def test_what_a_handler_had_changed_before_an_outage_goes_into_no_other_commit(sqlite_store: Store) -> None:
    """A replay may have the next turn."""
    step = Remembering()
    turn = InTurn(step)
    waiting = asyncio.Event()

    async def meets() -> None:
        async with turn.taken():
            await waiting.wait()
            await step.prepare([Recorded(1, asked("meets"))])

    async def next_one() -> int:
        async with turn.taken():
            await step.prepare([Recorded(2, asked("next"))])
            return step.count

    first = asyncio.create_task(meets())
    await asyncio.sleep(0)
    second = asyncio.create_task(next_one())
    waiting.set()
    assert await second == 1
    with pytest.raises(StoreUnavailable):
        await first


def met(outages: OwnOutages, place: int, *, well: bool = True) -> bool:
    if well:
        outages.answered()
    return outages.are_its_own(AWAY, place)


def test_only_outages_in_a_row_at_one_place_between_answers_count() -> None:
    outages = OwnOutages()
    assert not any(met(outages, place) for place in (1, 1, 2, 2, 3, 3))
    assert not any(met(outages, 4, well=well) for well in (True, True, False, True, True))
    assert [met(outages, 5) for _ in range(IN_VAIN + 1)] == [False, False, True, True]
    assert outages.met == AWAY.reason


def test_a_commit_that_took_too_long_counts_at_once() -> None:
    assert OwnOutages().are_its_own(TookTooLong(), 1)
    assert not OwnOutages().are_its_own(ConnectionError(), 1)


async def test_a_key_that_no_index_takes_is_set_aside_under_its_hash(store: Store, at_once: None) -> None:
    """Of a log from before keys were limited; both databases."""
    key = "Đường Trần Phú " * 2_000
    await append(store, asked("bad", key), asked("after", key), asked("other", key + "khác"))
    step = Marks("bad", named=True)
    async with following(store, step):
        await until(lambda: said(store, ["other"]), "the other key goes on", 60)
        await until(lambda: nobody_asks_for(store, 2), "it is given up, the later one parked", 60)
        step.poison = ""
        await store.dead.ask("test", key, by="trực ban")
        await until(lambda: nobody_asks_for(store, 0), "all are handled", 60)
    assert await answers(store) == ["other", "bad", "after"]


def test_a_kept_key_is_short_its_own_and_stays() -> None:
    short, long = "Hạc Thành", "Hạc Thành " * 500
    assert kept_key(short) == short
    assert len(kept_key(long).encode()) <= KEY_BYTES
    assert kept_key(kept_key(long)) == kept_key(long) != kept_key(long + "1")
