"""Seats: one process at a time, taken as it was seen, left in order."""

from __future__ import annotations

import pytest

from ioc.store import Fenced, Seated, Sitter, Store
from tests.events import an_event

ONE, TWO = Sitter("desk:1", "m1", "máy một"), Sitter("desk:2", "m2", "máy hai")


async def test_a_seat_is_taken_as_it_was_seen(store: Store) -> None:
    assert await store.seats.look("desk") is None
    mine = await store.seats.take("desk", ONE, None)
    seen = await store.seats.look("desk")
    assert seen is not None and (seen.turn, seen.beats, seen.by) == (1, 0, ONE)
    await store.seats.beat(mine)
    with pytest.raises(Fenced):  # it has given a sign of life since
        await store.seats.take("desk", TWO, seen)
    with pytest.raises(Fenced):  # it is no longer as it was before anyone took it
        await store.seats.take("desk", TWO, None)
    assert (await store.seats.take("desk", TWO, await store.seats.look("desk"))).turn == 2


async def test_who_lost_a_seat_gives_no_sign_of_life_writes_nothing_and_takes_no_cursor(store: Store) -> None:
    old = await store.seats.take("desk", ONE, None)
    await store.cursors.take("desk", "desk:1", seated=old)
    new = await store.seats.take("desk", TWO, await store.seats.look("desk"))
    with pytest.raises(Fenced):
        await store.seats.beat(old)
    with pytest.raises(Fenced):
        await store.seats.check(old)
    with pytest.raises(Fenced):
        await store.write(lambda tx: (tx.append(an_event()), tx.check(old)))
    with pytest.raises(Fenced):
        await store.cursors.take("desk", "desk:1", seated=old)
    assert await store.log.head() == 0
    assert (await store.cursors.take("desk", "desk:2", seated=new)).fence == 2


async def test_a_seat_that_is_left_is_nobodys_and_only_its_owner_can_leave_it(store: Store) -> None:
    mine = await store.seats.take("desk", ONE, None)
    await store.seats.leave(Seated("desk", mine.turn + 1))
    seen = await store.seats.look("desk")
    assert seen is not None and seen.by == ONE
    await store.seats.leave(mine)
    seen = await store.seats.look("desk")
    assert seen is not None and seen.by is None
    assert (await store.seats.take("desk", TWO, seen)).turn == 2
