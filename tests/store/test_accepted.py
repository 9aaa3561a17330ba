"""A repeat is answered as the first time, for 48 hours at least."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from ioc.contract import Reply
from ioc.core.clock import SetClock
from ioc.core.errors import Problem
from ioc.host.sweep_doubt import LEAP
from ioc.store import Accepting, Store
from tests.events import AT, an_event

FIRST, SECOND = Reply(201, {"id": "r1", "tên": "phản ánh"}), Reply(201, {"id": "r2"})


def send(store: Store, reply: Reply, *, key: str = "k", fingerprint: bytes = b"f", door: str = "citizen"):
    def job(tx):
        tx.append(an_event())
        return reply

    return store.write(job, Accepting(door, key, fingerprint, reply))


async def test_a_repeat_gets_the_first_answer_and_does_nothing(store: Store) -> None:
    assert await send(store, FIRST) == FIRST
    assert await send(store, SECOND) == FIRST
    assert await store.log.head() == 1


async def test_repeats_in_one_group(store: Store) -> None:
    replies = [Reply(201, {"n": n}) for n in range(20)]
    answers = await asyncio.gather(*(send(store, reply) for reply in replies))
    assert answers == [replies[0]] * 20
    assert await store.log.head() == 1


async def test_news_and_repeats_in_one_group_each_get_their_own(store: Store) -> None:
    await send(store, FIRST)
    wanted = [
        send(store, SECOND),
        send(store, SECOND, fingerprint=b"other"),
        send(store, SECOND, key="new"),
        send(store, FIRST, key="new"),
        send(store, FIRST, key="new", fingerprint=b"other"),
    ]
    repeat, misused, new, again, misused_too = await asyncio.gather(*wanted, return_exceptions=True)
    assert (repeat, new, again) == (FIRST, SECOND, SECOND)
    for refused in (misused, misused_too):
        assert isinstance(refused, Problem) and refused.code == "key-reused"
    assert await store.log.head() == 2


async def test_a_key_whose_job_fails_is_as_new_as_before(store: Store) -> None:
    twice = an_event()
    await store.write(lambda tx: tx.append(twice))

    def failing(tx):
        tx.append(twice)

    broken = store.write(failing, Accepting("citizen", "k", b"f", FIRST))
    failed, done = await asyncio.gather(broken, send(store, SECOND), return_exceptions=True)
    assert isinstance(failed, Exception) and done == SECOND
    assert await store.log.head() == 2


async def test_keys_belong_to_their_door(store: Store) -> None:
    await send(store, FIRST)
    assert await send(store, SECOND, door="emergency") == SECOND


async def test_a_key_used_for_something_else_is_refused(store: Store) -> None:
    await send(store, FIRST)
    with pytest.raises(Problem) as refused:
        await send(store, SECOND, fingerprint=b"other")
    assert (refused.value.status, refused.value.code) == (409, "key-reused")
    assert await store.log.head() == 1


async def test_only_a_sweep_makes_a_key_new_after_four_days(store_settings) -> None:
    clock = SetClock(AT)
    store = await Store.open(store_settings, clock)
    await send(store, FIRST)
    clock.move(timedelta(days=4) - timedelta(minutes=1))
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


async def test_a_clock_that_is_ahead_by_less_than_is_doubted_makes_no_young_key_new(store_settings) -> None:
    clock = SetClock(AT)
    store = await Store.open(store_settings, clock)
    await send(store, FIRST)
    clock.move(LEAP + timedelta(hours=1))
    await store.sweep()
    clock.move(-LEAP)
    assert await send(store, SECOND) == FIRST
    await store.close()


async def test_the_sweep_takes_what_is_past_its_time(store_settings) -> None:
    clock = SetClock(AT)
    store = await Store.open(store_settings, clock)
    for number in range(5):
        await send(store, FIRST, key=str(number))
    clock.move(timedelta(days=4, hours=1))
    await send(store, FIRST, key="young")
    assert (await store.sweep()).accepted == 5
    assert (await store.sweep()).accepted == 0
    assert await send(store, SECOND, key="young") == FIRST
    await store.close()
