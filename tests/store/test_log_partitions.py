"""The log in partitions of PostgreSQL: one log to everyone who writes and reads, made room for, up and down."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from msgspec.structs import replace
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from ioc.core.envelope import Envelope
from ioc.store import Store, StoreSettings, event_partitions, migrate
from ioc.store.database import event_database
from tests.conftest import CITY, MASTER_KEY, PATIENT
from tests.events import an_event
from tests.store.parted import SIZE, go_back_to, in_small_partitions, partitions_of
from tests.store.test_backup import (
    profile,
    test_a_backup_made_while_the_city_writes,
    test_replacing_keeps_what_was_there,
    test_what_is_put_back_is_what_was_there,
)
from tests.store.test_doctor import bad, fill, looked_over, test_a_well_store, test_what_was_broken_is_found
from tests.store.test_log import (
    test_find_by_id,
    test_positions_are_contiguous_in_commit_order,
    test_query,
    test_the_same_id_twice_is_refused_and_takes_no_position,
)
from tests.store.test_upgrading import test_an_upgrade_that_fails_changes_nothing, test_upgraded_while_the_city_writes
from tests.store.test_writer import test_failing_jobs_harm_nobody_in_their_group

__all__ = [  # what holds for a log of one table holds for this one
    "profile",
    "test_a_backup_made_while_the_city_writes",
    "test_a_well_store",
    "test_an_upgrade_that_fails_changes_nothing",
    "test_failing_jobs_harm_nobody_in_their_group",
    "test_find_by_id",
    "test_positions_are_contiguous_in_commit_order",
    "test_query",
    "test_replacing_keeps_what_was_there",
    "test_the_same_id_twice_is_refused_and_takes_no_position",
    "test_upgraded_while_the_city_writes",
    "test_what_is_put_back_is_what_was_there",
    "test_what_was_broken_is_found",
]
pytestmark = pytest.mark.timeout(300)
INDEXES = {
    "event_pkey",
    "event_id_key",
    "ix_event_correlationid",
    "ix_event_module_position",
    "ix_event_time",
    "ix_event_type_position",
}


@pytest.fixture
def store_settings(postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StoreSettings:
    in_small_partitions(postgres_url, monkeypatch)
    return StoreSettings(postgres_url, CITY, tmp_path / "state", MASTER_KEY, **PATIENT)


def ends(url: str) -> list[tuple[int, int]]:
    return [(part.first, part.after) for part in partitions_of(url, "event")]


def appended(*events: Envelope) -> Callable[..., list[int]]:
    return lambda tx: [tx.append(event) for event in events]


def indexes(url: str) -> set[str]:
    with event_database(url, CITY).writer().connect() as connection:
        look = text("select indexname from pg_indexes where tablename = 'event'")
        return set(connection.execute(look).scalars())


async def put(store: Store, count: int) -> list[Envelope]:
    events = [an_event() for _ in range(count)]
    await store.write(appended(*events))
    return events


async def kept(store: Store) -> dict[int, str]:
    return {row.position: row.recorded().envelope.id for row in await store.log.after(0, 100_000)}


async def test_several_writers_cross_the_borders_without_a_hole(store_settings: StoreSettings) -> None:
    stores = [await Store.open(store_settings) for _ in range(3)]
    told: dict[int, str] = {}
    seen: list[int] = []

    async def write(store: Store, count: int, fails: bool) -> None:
        events = [an_event() for _ in range(count)]

        def job(tx):
            positions = appended(*events)(tx)
            if fails:
                raise ValueError("as planned")
            return positions

        try:
            told.update(zip(await store.write(job), (event.id for event in events), strict=True))
        except ValueError:
            assert fails

    async def look() -> None:
        while len(seen) < expected:
            seen.extend(row.position for row in await stores[0].log.after(len(seen), 50))
            assert seen == list(range(1, len(seen) + 1)), "a reader never sees a hole"

    jobs = [(number % 3, 1 + number % 7, number % 5 == 0) for number in range(120)]
    expected = sum(count for _, count, fails in jobs if not fails)
    async with asyncio.timeout(120):
        await asyncio.gather(look(), *(write(stores[which], count, fails) for which, count, fails in jobs))
        await stores[1].sweep()
    assert await kept(stores[0]) == told
    assert sorted(told) == list(range(1, expected + 1))
    found = ends(store_settings.url)
    assert len(found) > expected // SIZE
    assert all(after == first for (_, after), (first, _) in pairwise(found))
    for store in stores:
        await store.close()


async def test_an_id_is_refused_wherever_the_first_one_lies(store: Store) -> None:
    events = await put(store, 2 * SIZE + 5)
    for known in (events[0], events[SIZE - 2], events[SIZE + 3], events[-1]):
        with pytest.raises(IntegrityError) as refused:
            await store.write(appended(an_event(), known))
        assert "duplicate" in str(refused.value) or "already exists" in str(refused.value)
    assert await store.log.head() == len(events), "none of them took a position"
    jobs = [appended(an_event()), appended(events[7]), appended(an_event())]
    done = await asyncio.gather(*(store.write(job) for job in jobs), return_exceptions=True)
    assert [done[0], done[2]] == [[len(events) + 1], [len(events) + 2]], "its neighbours go in"
    assert isinstance(done[1], IntegrityError)


async def test_an_id_twice_in_one_commit_over_the_border(store: Store) -> None:
    await put(store, SIZE - 2)
    twice = an_event()
    with pytest.raises(IntegrityError):
        await store.write(appended(twice, an_event(), twice))

    async def both() -> list[object]:
        jobs = [appended(twice, an_event()), appended(twice)]
        return list(await asyncio.gather(*(store.write(job) for job in jobs), return_exceptions=True))

    first, second = await both()
    assert first == [SIZE - 1, SIZE]
    assert isinstance(second, IntegrityError)
    assert await store.log.head() == SIZE


async def test_ids_out_of_their_order_are_no_repeats(store: Store) -> None:
    """Made before the border and committed after it, not of version 7, in capital letters: all are what they are."""
    late = [an_event() for _ in range(4)]
    await put(store, SIZE + 2)
    odd = ["ffffffff-ffff-4fff-bfff-ffffffffffff", "00000000-0000-4000-8000-000000000000", late[0].id.upper()]
    strange = [replace(an_event(), id=one) for one in odd]
    assert await store.write(appended(*late, *strange)) == list(range(SIZE + 3, SIZE + 10))
    await put(store, 2 * SIZE)
    for known in (late[1], *strange):
        with pytest.raises(IntegrityError):
            await store.write(appended(known, an_event()))
        found = await store.log.find(known.id)
        assert found is not None and found.envelope == known


async def test_what_was_seen_by_a_commit_that_was_undone_is_forgotten(store: Store) -> None:
    await put(store, SIZE - 2)
    early = [an_event() for _ in range(5)]

    def undone(tx) -> None:
        appended(*early)(tx)
        tx.flush()
        event_partitions.make_ahead(tx.connection)
        tx.finish()
        raise ValueError("as planned")

    with pytest.raises(ValueError, match="planned"):
        await store.write(undone)
    later = await put(store, 5)
    await put(store, 3)
    with pytest.raises(IntegrityError):
        await store.write(appended(later[0]))


async def test_room_is_made_ahead_and_where_it_is_missing_all_the_same(
    store_settings: StoreSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert ends(store_settings.url) == [(0, SIZE), (SIZE, 2 * SIZE)]
    store = await Store.open(store_settings)
    await put(store, SIZE)
    assert ends(store_settings.url)[-1] == (SIZE, 2 * SIZE)
    await store.sweep()
    assert ends(store_settings.url)[-1] == (2 * SIZE, 3 * SIZE), "the sweep sees to it"
    await put(store, 4 * SIZE)
    assert ends(store_settings.url)[-1] == (5 * SIZE, 6 * SIZE), "and so does who needs it"

    def fails(tx) -> None:
        appended(*(an_event() for _ in range(2 * SIZE)))(tx)
        raise ValueError("as planned")

    before = ends(store_settings.url)
    with pytest.raises(ValueError, match="planned"):
        await store.write(fails)
    assert ends(store_settings.url) == before, "what was made for nothing is not there"
    assert len(await put(store, 2 * SIZE)) == 2 * SIZE
    assert sorted(await kept(store)) == list(range(1, 7 * SIZE + 1))
    await store.close()
    await (await Store.open(store_settings)).close()
    assert ends(store_settings.url)[-1][1] >= 8 * SIZE, "so does who opens it"
    monkeypatch.setattr(event_partitions, "SIZE", 1_000)
    again = await Store.open(store_settings)
    assert ends(store_settings.url)[-1][1] >= 1_000, "of whatever size this build makes them"
    await again.close()


async def test_a_reader_does_not_hinder_a_new_partition(store: Store) -> None:
    """A backup reads for hours; nobody may wait for it."""
    await put(store, 3)
    async with store.read() as reading:
        assert (await reading.execute(text("select count(*) from event"))).scalar_one() == 3
        await put(store, 4 * SIZE)
        assert (await reading.execute(text("select count(*) from event"))).scalar_one() == 3
    assert await store.log.head() == 3 + 4 * SIZE


@pytest.mark.parametrize("count", [0, 5, 3 * SIZE + 5])
async def test_up_and_down_with_all_that_is_there(store_settings: StoreSettings, count: int) -> None:
    url = store_settings.url
    with event_database(url, CITY).writer().begin() as connection:
        connection.execute(text("create view đếm as select count(*) as n from event"))
        connection.execute(text("grant select on event_geom to public"))
    store = await Store.open(store_settings)
    events = [event.id for event in await put(store, count)]
    for parted in (False, True):
        migrate.upgrade(url) if parted else go_back_to(url, "platform", "platform_0005")
        assert bool(partitions_of(url, "event")) is parted
        assert indexes(url) == INDEXES - ({"event_id_key"} if parted else set())
        assert list((await kept(store)).values()) == events
        if events:
            with pytest.raises(IntegrityError):
                await store.write(appended(replace(an_event(), id=events[0])))
        events += [event.id for event in await put(store, SIZE)]
        async with store.read() as connection:
            for view, column in (("đếm", "n"), ("event_geom", "count(*)")):
                rows = (await connection.execute(text(f"select {column} from {view}"))).scalar_one()  # noqa: S608
                assert rows == len(events), f"{view} shows the whole log"
            granted = text("select has_table_privilege('public', 'event_geom', 'select')")
            assert (await connection.execute(granted)).scalar_one()
    assert [first for first, _ in ends(url)][:2] == [0, ((count + SIZE) // SIZE + 1) * SIZE]
    assert sorted(await kept(store)) == list(range(1, len(events) + 1))
    await store.close()


async def test_the_doctor_finds_an_id_that_is_there_twice(store_settings: StoreSettings) -> None:
    await fill(store_settings)
    with event_database(store_settings.url, CITY).writer().begin() as connection:
        connection.execute(text("update event set id = (select id from event where position = 4) where position = 25"))
    found = await looked_over(store_settings)
    assert "log.ids" in bad(found)
    assert any("4, 25" in one.text.en for one in found if one.check == "log.ids")
