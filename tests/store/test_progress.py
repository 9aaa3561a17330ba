"""Cursors with a fence, what handlers remember, and dead letters."""

from __future__ import annotations

import pytest

from ioc.core.envelope import Recorded
from ioc.store import Fenced, Store
from tests.events import AT, an_event


async def test_a_cursor_moves_with_its_effects(store: Store) -> None:
    held = await store.cursors.take("desk", "p1")
    assert (held.position, held.fence) == (0, 1)
    held = await store.write(lambda tx: tx.move(held, 7))
    assert (await store.cursors.take("desk", "p1")).position == 7


async def test_a_new_consumer_may_start_late(store: Store) -> None:
    assert (await store.cursors.take("feed", "p1", start=40)).position == 40
    assert (await store.cursors.take("feed", "p1", start=90)).position == 40


async def test_the_old_owner_is_shut_out_with_all_its_effects(store: Store) -> None:
    old = await store.cursors.take("desk", "p1")
    new = await store.cursors.take("desk", "p2")
    assert new.fence == old.fence + 1

    def late(tx):
        tx.append(an_event())
        tx.move(old, 1)

    with pytest.raises(Fenced):
        await store.write(late)
    with pytest.raises(Fenced):
        await store.cursors.beat(old)
    assert await store.log.head() == 0
    await store.write(lambda tx: tx.move(new, 1))


async def test_the_same_step_is_not_done_twice(store: Store) -> None:
    held = await store.cursors.take("desk", "p1")
    await store.write(lambda tx: tx.move(held, 1))
    with pytest.raises(Fenced):
        await store.write(lambda tx: tx.move(held, 1))


async def test_only_an_owner_that_is_gone_leaves_doubt(store: Store) -> None:
    for _ in range(3):  # the store was away in between
        assert not (await store.cursors.take("desk", "p1")).doubtful
    for _ in range(2):
        assert (await store.cursors.take("desk", "p2")).doubtful, (
            "p1 never got on, and may have ended of what comes next"
        )
    held = await store.cursors.take("desk", "p3")
    await store.write(lambda tx: tx.move(held, 1))
    assert not (await store.cursors.take("desk", "p4")).doubtful


async def test_cursors_can_be_seen(store: Store) -> None:
    held = await store.cursors.take("desk", "p1")
    await store.cursors.beat(held)
    [seen] = await store.cursors.all()
    assert (seen.consumer, seen.owner, seen.position, seen.fence) == ("desk", "p1", 0, 1)


async def test_states_are_kept_per_key(store: Store) -> None:
    def job(tx):
        tx.save_state("noise", "judge", "trạm-1", b"1")
        tx.save_state("noise", "judge", "trạm-1", b"2")
        tx.save_state("noise", "judge", "gone", b"3")
        tx.save_state("noise", "judge", "gone", None)
        tx.save_state("noise", "other", "trạm-1", b"4")

    await store.write(job)
    assert await store.states.load("noise", "judge", ["trạm-1", "gone", "unknown"]) == {"trạm-1": b"2"}


async def test_states_of_very_many_keys(store: Store) -> None:
    keys = [f"k{number}" for number in range(1_200)]
    for word in (b"once", b"again"):
        await store.write(lambda tx, word=word: tx.save_states("m", {("h", key): word for key in keys}))
    await store.write(lambda tx: tx.save_states("m", {("h", key): key.encode() for key in keys}))
    assert await store.states.load("m", "h", keys) == {key: key.encode() for key in keys}


async def test_dead_letters_and_what_is_parked_beside_them(store: Store) -> None:
    poison, later = Recorded(4, an_event(partitionkey="k")), Recorded(9, an_event(partitionkey="k"))

    def job(tx):
        tx.bury("desk", poison, "ValueError: lỗi", "Traceback ...")
        tx.park("desk", later)

    await store.write(job)
    buried, parked = await store.dead.list("desk")
    assert (buried.kind, buried.recorded, buried.reason, buried.trace) == (
        "buried",
        poison,
        "ValueError: lỗi",
        "Traceback ...",
    )
    assert (parked.kind, parked.recorded) == ("parked", later)
    assert await store.dead.keys("desk") == {"k"}
    assert await store.dead.keys("feed") == frozenset()
    assert (await store.dead.show("desk", 4)) == buried
    assert await store.dead.show("desk", 5) is None


async def test_a_dead_letter_can_be_taken_out(store: Store) -> None:
    await store.write(lambda tx: tx.bury("desk", Recorded(4, an_event(time=AT)), "r", "t"))
    assert await store.write(lambda tx: tx.release("desk", 4))
    assert not await store.write(lambda tx: tx.release("desk", 4))
    assert await store.dead.list() == []


async def test_readings_set_aside_can_be_given_up(store: Store) -> None:
    await store.write(lambda tx: tx.bury_readings("m:readings", Recorded(4, an_event(data={"readings": []})), "r", "t"))
    assert await store.dead.drop("m:readings", 4, by="cli", reason="đã xem")
    assert await store.dead.asked("m:readings") == [], "nothing waits behind readings"
    assert not await store.dead.drop("m:readings", 4, by="cli", reason="đã xem")


async def test_what_a_fault_said_is_kept_short_and_names_nobody(store: Store) -> None:
    reason, trace = "ValueError: gọi 0912 345 678 " + "x" * 9_000, "đầu " + "x" * 90_000 + " cuối"
    await store.write(lambda tx: tx.bury("desk", Recorded(4, an_event()), reason, trace))
    (letter,) = await store.dead.list("desk")
    assert letter.reason.startswith("ValueError: gọi •••")
    assert len(letter.reason) < 1_100
    assert letter.trace.startswith("đầu")
    assert letter.trace.endswith("cuối")
    assert len(letter.trace) < 20_100
