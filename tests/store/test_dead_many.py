"""Many letters asked for or given up at once, on either kind of database."""

from __future__ import annotations

import asyncio

from ioc.core.envelope import Recorded
from ioc.store import Store, Transaction
from ioc.store.dead import bury, park
from ioc.store.dead_reading import chosen, first_letters, letters_by_kind, parked_events
from ioc.store.looking import looking
from tests.conftest import CITY
from tests.events import an_event

CONSUMER = "module:citizen"


async def a_night(store: Store, keys: int = 450) -> None:
    def night(tx: Transaction) -> None:
        for number in range(1, keys + 1):
            bury(tx, CONSUMER, Recorded(number, an_event(partitionkey=f"khoá {number}")), f"hỏng {number % 2}", "")
        park(tx, CONSUMER, Recorded(9_000, an_event(partitionkey="khoá 1")))

    await store.write(night)


async def test_keys_are_asked_for_once_by_whoever_asks(store: Store) -> None:
    await a_night(store)
    keys = [(CONSUMER, f"khoá {number}") for number in range(1, 451)]
    await store.write(lambda tx: tx.try_alone(CONSUMER, "khoá 5", 1))  # the consumer's own try is no person's
    both = await asyncio.gather(*(store.dead.ask_all(keys, by=f"người {one}") for one in (1, 2)))
    assert sum(both) == 450 and await store.dead.ask_all(keys, by="người 3") == 0
    assert {one.by for one in await store.dead.asked(CONSUMER)} <= {"người 1", "người 2"}
    lines = await store.audit.list(object=CONSUMER, limit=1_000)
    assert sorted(line.detail["key"] for line in lines) == sorted(key for _, key in keys)


async def test_letters_are_given_up_once_by_whoever_decides(store: Store) -> None:
    await a_night(store)
    letters = [(CONSUMER, number) for number in (*range(1, 451), 9_000, 77_777)]
    both = await asyncio.gather(*(store.dead.drop_all(letters, by=f"người {one}", reason="hỏng") for one in (1, 2)))
    assert sum(both) == 450, "what is parked, or not there, is left"
    assert [one.recorded.position for one in await store.dead.list()] == [9_000]
    assert await store.audit.verify() is None


async def test_what_is_looked_at_from_outside(store: Store) -> None:
    await a_night(store, keys=40)
    with looking(store.settings.url, CITY) as (events, _):
        letters, count = first_letters(events, 10)
        assert ([one.recorded.position for one in letters], count) == (list(range(1, 11)), 40)
        assert [one.wrong for one in letters] == [()] * 10
        assert parked_events(events) == {(CONSUMER, "khoá 1"): 1}
        assert len(list(chosen(events, consumer=CONSUMER, kind="buried", words="HỎNG 1"))) == 20
        assert list(chosen(events, consumer="module:x", kind=None, words=None)) == []
        assert {key: number for key, (number, _) in letters_by_kind(events).items()} == {
            (CONSUMER, "buried"): 40,
            (CONSUMER, "parked"): 1,
        }
