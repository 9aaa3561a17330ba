"""A repeat is answered as the first time, for 48 hours at least."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from ioc.contract import Reply
from ioc.core.clock import SetClock
from ioc.core.errors import Problem
from ioc.store import Store
from tests.events import AT, an_event

FIRST, SECOND = Reply(201, {"id": "r1", "tên": "phản ánh"}), Reply(201, {"id": "r2"})


def send(store: Store, reply: Reply, *, key: str = "k", fingerprint: bytes = b"f", door: str = "citizen"):
    def job(tx):
        earlier = tx.accept(door, key, fingerprint, reply)
        if earlier is not None:
            return earlier
        tx.append(an_event())
        return reply

    return store.write(job)


async def test_a_repeat_gets_the_first_answer_and_does_nothing(store: Store) -> None:
    assert await send(store, FIRST) == FIRST
    assert await send(store, SECOND) == FIRST
    assert await store.log.head() == 1


async def test_repeats_in_one_group(store: Store) -> None:
    replies = [Reply(201, {"n": n}) for n in range(20)]
    answers = await asyncio.gather(*(send(store, reply) for reply in replies))
    assert answers == [replies[0]] * 20
    assert await store.log.head() == 1


async def test_keys_belong_to_their_door(store: Store) -> None:
    await send(store, FIRST)
    assert await send(store, SECOND, door="emergency") == SECOND


async def test_a_key_used_for_something_else_is_refused(store: Store) -> None:
    await send(store, FIRST)
    with pytest.raises(Problem) as refused:
        await send(store, SECOND, fingerprint=b"other")
    assert (refused.value.status, refused.value.code) == (409, "key-reused")
    assert await store.log.head() == 1


async def test_a_sweep_after_48_hours_makes_a_key_new(store_settings) -> None:
    clock = SetClock(AT)
    store = await Store.open(store_settings, clock)
    await send(store, FIRST)
    clock.move(timedelta(hours=47, minutes=59))
    await store.sweep()
    assert await send(store, SECOND) == FIRST
    clock.move(timedelta(minutes=2))
    await store.sweep()
    assert await send(store, SECOND, fingerprint=b"other") == SECOND
    assert await send(store, FIRST, fingerprint=b"other") == SECOND
    await store.close()


async def test_a_clock_that_is_ahead_for_a_moment_has_nothing_done_twice(store_settings) -> None:
    clock = SetClock(AT)
    store = await Store.open(store_settings, clock)
    await send(store, FIRST)
    for days in (3, -3):
        clock.move(timedelta(days=days))
        assert await send(store, SECOND) == FIRST
    assert await store.log.head() == 1
    await store.close()


async def test_the_sweep_takes_what_is_past_its_time(store_settings) -> None:
    clock = SetClock(AT)
    store = await Store.open(store_settings, clock)
    for number in range(5):
        await send(store, FIRST, key=str(number))
    clock.move(timedelta(hours=49))
    await send(store, FIRST, key="young")
    assert (await store.sweep()).accepted == 5
    assert (await store.sweep()).accepted == 0
    assert await send(store, SECOND, key="young") == FIRST
    await store.close()
