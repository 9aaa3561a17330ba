"""What a consumer fails on waits beside the others, is tried again, and ends as a dead letter or is handled."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
import structlog

from ioc.bus import MemoryBus, Tail
from ioc.core.envelope import Recorded
from ioc.host import set_aside
from ioc.host.follower import Follower
from ioc.host.set_aside import TRIES, TRIES_ALONE
from ioc.store import Store, TookTooLong, Transaction
from tests.events import an_event
from tests.host.following import (
    Marks,
    answers,
    append,
    asked,
    begun,
    begun_to_answer,
    buried,
    died_or_over,
    nobody_asks,
    nobody_asks_for,
    said,
    until,
)


async def test_poison_is_buried_its_key_parked_and_its_neighbours_go_on(sqlite_store: Store, follow):
    step = Marks(poison="bad")
    await append(sqlite_store, asked("bad", "a"), asked("after", "a"), asked("other", "b"))
    follow(step)

    async def neighbour_done() -> bool:
        return await answers(sqlite_store) == ["other"]

    await until(neighbour_done, "the neighbour's answer")
    letters = await sqlite_store.dead.list("test")
    assert [(one.kind, one.recorded.envelope.data["n"]) for one in letters] == [("buried", "bad"), ("parked", "after")]
    assert "cannot be handled" in letters[0].reason
    await until(lambda: nobody_asks(sqlite_store), "it is tried no more", 30)
    assert step.tries == 1 + TRIES, "once with its batch, then by itself"
    assert [one.kind for one in await sqlite_store.dead.list("test")] == ["buried", "parked"]


@pytest.mark.parametrize("named", [True, False], ids=["the step says which", "found by halves"])
async def test_many_a_module_fails_on_hold_up_nobody(sqlite_store: Store, follow, monkeypatch, named: bool) -> None:
    """None is tried again before the others have gone on: the next try of each is an hour away."""
    monkeypatch.setattr(set_aside, "PAUSES_S", (3600.0,) * (TRIES - 1))
    sent = [asked("bad" if n % 3 else str(n), f"k{n}") for n in range(30)]
    await append(sqlite_store, *sent)
    step = Marks("bad", named=named)
    follow(step)
    await until(lambda: said(sqlite_store, [str(n) for n in range(0, 30, 3)]), "the others are handled", 60)
    await until(lambda: buried(sqlite_store, 20), "each is set aside", 60)
    if named:
        assert step.tries == 20, "each once"


async def test_what_fails_for_a_while_is_handled_in_its_order_without_being_asked_for(
    sqlite_store: Store, follow
) -> None:
    await append(sqlite_store, asked("bad", "a"), asked("after", "a"), asked("other", "b"))
    follow(step := Marks("bad", named=True))
    await until(lambda: said(sqlite_store, ["other"]), "the neighbour goes on")
    step.poison = ""
    await until(lambda: said(sqlite_store, ["other", "bad", "after"]), "both are handled", 30)
    assert await sqlite_store.dead.list("test") == []


class Speechless(Exception):
    def __str__(self) -> str:
        raise RuntimeError("it has no words")


@pytest.mark.parametrize(
    "fault",
    [lambda said: ValueError("nửa chữ \ud800"), lambda said: ValueError("không \x00 gì"), Speechless],
    ids=["half of a letter", "a zero", "no words"],
)
async def test_a_fault_that_cannot_be_written_down_is_set_aside_like_any_other(
    store: Store, monkeypatch, fault
) -> None:
    """On both databases, which do not refuse the same."""
    monkeypatch.setattr(set_aside, "PAUSES_S", (0.0,) * (TRIES - 1))
    await append(store, asked("bad", "a"), asked("once", "b"), asked("other", "c"))
    step = Marks("bad", fault, named=True)
    follower = Follower(store, "test", "one", step, structlog.get_logger())
    running = asyncio.create_task(follower.run(Tail(store, MemoryBus()).after))
    await until(lambda: nobody_asks_for(store, 1), "it is given up", 60)
    assert step.tries == TRIES
    assert sorted(await answers(store)) == ["once", "other"]
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_one_that_cannot_even_be_looked_at_again_holds_up_no_other(
    sqlite_store: Store, follow, monkeypatch
) -> None:
    """Whatever goes wrong about one key's tries, the others have theirs."""
    monkeypatch.setattr(set_aside, "PAUSES_S", (0.0,) * (TRIES - 1))
    look = sqlite_store.dead.of_key

    async def of_key(consumer: str, key: str, limit: int | None = None):
        if key == "a":
            raise ValueError("not this one")
        return await look(consumer, key, limit)

    monkeypatch.setattr(sqlite_store.dead, "of_key", of_key)
    await append(sqlite_store, asked("bad", "a"), asked("bad", "b"))
    follow(step := Marks("bad", named=True))
    await until(lambda: buried(sqlite_store, 2), "both are set aside", 30)
    step.poison = ""
    await until(lambda: said(sqlite_store, ["bad"]), "the other is handled", 30)


async def test_one_whose_commit_takes_too_long_is_set_aside_before_it_stops_the_city(store: Store, monkeypatch) -> None:
    monkeypatch.setattr(set_aside, "PAUSES_S", (0.0,) * (TRIES - 1))

    class Long(Marks):
        async def prepare(self, events: Sequence[Recorded]):
            effects = await super().prepare(events)

            def job(tx: Transaction) -> None:
                if any(one.envelope.data["n"] == "long" for one in events):
                    self.tries += 1
                    raise TookTooLong  # as the writer says of what it works on when the time is over
                effects(tx)

            return job

    await append(store, asked("1", "a"), asked("long", "b"), asked("after", "b"), asked("2", "c"))
    follower = Follower(store, "test", "one", step := Long(), structlog.get_logger())
    running = asyncio.create_task(follower.run(Tail(store, MemoryBus()).after))
    await until(lambda: said(store, ["1", "2"]), "the others are handled", 60)
    await until(lambda: nobody_asks_for(store, 2), "it is given up", 60)
    assert step.tries == 2 + TRIES_ALONE, "with its batch, by itself, and twice more beside the others"
    assert [one.kind for one in await store.dead.list("test")] == ["buried", "parked"]
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_many_that_wait_behind_one_hold_up_nobody_when_they_are_handled(sqlite_store: Store, follow) -> None:
    await append(sqlite_store, asked("bad", "a"))
    follow(step := Marks("bad", named=True))
    await until(lambda: nobody_asks_for(sqlite_store, 1), "it is given up", 60)
    behind = [asked(str(n), "a") for n in range(80)]
    await sqlite_store.write(lambda tx: [tx.append(one) for one in behind])
    await until(lambda: buried(sqlite_store, 81), "all wait", 60)
    step.poison = ""
    await sqlite_store.dead.ask("test", "a", by="trực ban")
    await until(lambda: begun_to_answer(sqlite_store), "some are handled", 60)
    await append(sqlite_store, asked("other", "b"))
    await until(lambda: nobody_asks_for(sqlite_store, 0), "all are handled", 60)
    there = await answers(sqlite_store)
    assert [one for one in there if one != "other"] == ["bad", *(str(n) for n in range(80))]
    assert there[-1] != "other", "it did not wait for all of them"


async def test_a_replay_that_gets_on_buries_nobody_however_often_its_process_ends(
    sqlite_store: Store, tail: Tail, monkeypatch
) -> None:
    class OneEachLife(Marks):
        async def prepare(self, events: Sequence[Recorded]):
            self.tries += 1
            if self.tries > 1:
                raise asyncio.CancelledError
            return await super().prepare(events)

    await append(sqlite_store, *(asked(str(n), "a") for n in range(TRIES + 3)))
    held = await sqlite_store.cursors.take("test", "before")
    letters = await sqlite_store.log.after(0, 100)

    def put(tx: Transaction) -> None:
        for row in letters:
            tx.park("test", row.recorded())
        tx.move(held, len(letters))
        tx.try_alone("test", "a", 0)

    await sqlite_store.write(put)
    for life in range(2 * TRIES):
        follower = Follower(sqlite_store, "test", f"life {life}", step := OneEachLife(), structlog.get_logger())
        running = asyncio.create_task(follower.run(tail.after))
        await until(lambda step=step: died_or_over(step, sqlite_store), "it ended, or all is done", 60)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert await answers(sqlite_store) == [str(n) for n in range(TRIES + 3)]
    assert await sqlite_store.dead.list("test") == []


async def test_what_waited_behind_a_dead_letter_has_tries_of_its_own(sqlite_store: Store, follow, monkeypatch) -> None:
    monkeypatch.setattr(set_aside, "PAUSES_S", (0.0,) * (TRIES - 1))
    await append(sqlite_store, asked("bad", "a"), asked("worse", "a"))
    follow(step := Marks("bad", named=True))
    await until(lambda: nobody_asks_for(sqlite_store, 2), "the first is given up", 30)
    step.poison, step.tries = "worse", 0
    await sqlite_store.dead.ask("test", "a", by="trực ban")
    await until(lambda: nobody_asks_for(sqlite_store, 1), "the second is given up", 30)
    assert step.tries == TRIES
    assert await answers(sqlite_store) == ["bad"]


async def test_one_that_is_asked_for_is_tried_at_once_and_told_of(sqlite_store: Store, follow, monkeypatch) -> None:
    monkeypatch.setattr(set_aside, "PAUSES_S", (3600.0,) * (TRIES - 1))
    await append(sqlite_store, asked("bad", "a"))
    follow(step := Marks("bad", named=True))
    await until(lambda: buried(sqlite_store, 1), "it is set aside")
    since = (await sqlite_store.dead.list("test"))[0].at
    await sqlite_store.dead.ask("test", "a", by="trực ban")
    await until(lambda: nobody_asks(sqlite_store), "whoever asked is answered")
    assert step.tries == 2
    assert (await sqlite_store.dead.list("test"))[0].at == since, "it is as old as before"


async def test_what_takes_too_long_is_set_aside_at_once_and_tried_twice_more_by_itself(
    sqlite_store: Store, follow
) -> None:
    await append(sqlite_store, asked("1"), asked("slow", "bad"), asked("after", "bad"), asked("2"))
    step = Marks("slow", TimeoutError, named=True)
    follow(step)
    await until(lambda: said(sqlite_store, ["1", "2"]), "the others go on")
    await until(lambda: nobody_asks_for(sqlite_store, 2), "it is a dead letter", 30)
    assert step.tries == 1 + TRIES_ALONE, "with its batch, and by itself while the others go on"
    assert "TimeoutError" in (await sqlite_store.dead.list("test"))[0].reason
    assert await answers(sqlite_store) == ["1", "2"]
    assert [one.kind for one in await sqlite_store.dead.list("test")] == ["buried", "parked"]


class KilledByReplay(Marks):
    """Its process ends at whatever is put back."""

    async def prepare(self, events: Sequence[Recorded]):
        raise asyncio.CancelledError


async def test_a_replay_that_ends_its_process_is_given_up(sqlite_store: Store, tail: Tail, follow) -> None:
    await append(sqlite_store, asked("thuốc độc", "b"))
    first = Follower(sqlite_store, "test", "first", Marks("thuốc độc"), structlog.get_logger())
    burying = asyncio.create_task(first.run(tail.after))
    await until(lambda: nobody_asks_for(sqlite_store, 1), "it is a dead letter", 20)
    assert first.going
    burying.cancel()  # before anybody asks: it would answer
    await asyncio.gather(burying, return_exceptions=True)
    await sqlite_store.dead.ask("test", "b", by="trực ban")
    for life in range(TRIES_ALONE):
        follow(KilledByReplay(), f"life {life}")
        await until(lambda life=life: begun(sqlite_store, life + 1), "the replay was begun", 30)
    follow(KilledByReplay(), "the last life")
    await until(lambda: nobody_asks(sqlite_store), "the replay is given up", 30)
    assert not await sqlite_store.dead.asked("test")
    assert await buried(sqlite_store, 1)


class Slow(Marks):
    """A step whose next handling waits to be let go on, and which remembers how many events it has handled."""

    def __init__(self, store: Store, poison: str = "") -> None:
        super().__init__(poison)
        self._store = store
        self._count: int | None = None
        self.inside, self.go_on = asyncio.Event(), asyncio.Event()
        self.go_on.set()

    def forget(self) -> None:
        self._count = None

    async def prepare(self, events: Sequence[Recorded]):
        self.inside.set()
        await self.go_on.wait()
        await super().prepare(events)
        if self._count is None:
            self._count = len(await answers(self._store))
        self._count += len(events)
        count = self._count

        def effects(tx: Transaction) -> None:
            for one in events:
                said = f"{one.envelope.data['n']} is number {count}"
                tx.append(an_event(type="test.answered", causationid=one.envelope.id, data={"n": said}))

        return effects


async def dropped_while_it_is_handled_again(store: Store, follow, *, mended: bool) -> None:
    """An event of key `a` becomes a dead letter, one parked behind it; it is dropped while it is handled."""
    await append(store, asked("bad", "a"), asked("after", "a"))
    step = Slow(store, poison="bad")
    follow(step)
    await until(lambda: nobody_asks_for(store, 2), "one is dead, one is parked", 30)
    if mended:
        step.poison = ""
    step.inside.clear()
    step.go_on.clear()
    await store.dead.ask("test", "a", by="trực ban")
    async with asyncio.timeout(30):
        await step.inside.wait()
    assert await store.dead.drop("test", 1, by="trực ban", reason="bỏ")
    step.go_on.set()
    await until(lambda: nobody_asks(store), "the replay is over", 30)


@pytest.mark.parametrize("mended", [False, True], ids=["it fails again", "it would be handled now"])
async def test_what_is_given_up_while_it_is_handled_again_is_gone(sqlite_store: Store, follow, mended: bool) -> None:
    await dropped_while_it_is_handled_again(sqlite_store, follow, mended=mended)
    assert await sqlite_store.dead.list("test") == [], "given up for good"
    assert await answers(sqlite_store) == ["after is number 1"], "nothing of it is remembered"
    await append(sqlite_store, asked("next", "a"))
    await until(lambda: said(sqlite_store, ["after is number 1", "next is number 2"]), "the key goes on", 30)
