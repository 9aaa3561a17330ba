"""Batches of readings in daily partitions of PostgreSQL: one log over all days, no repeat, whole days go at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from ioc.contract import Observation
from ioc.core.clock import SetClock
from ioc.store import Store, StoreSettings, migrate
from ioc.store.batch_partitions import AHEAD, day_of
from ioc.store.database import observation_database
from ioc.store.doctor import Severity
from ioc.store.upgrading import upgrade_or_return
from tests.conftest import CITY, MASTER_KEY, PATIENT
from tests.store.parted import go_back_to, partitions_of
from tests.store.test_backup import writing
from tests.store.test_doctor import bad, looked_over
from tests.store.test_plans import plan, said

pytestmark = pytest.mark.timeout(300)
NOW = datetime(2027, 3, 21, 7, 30, tzinfo=UTC)
TODAY = day_of(NOW)
DAY = timedelta(days=1)
RAIN = Observation("rain.level", "trạm-1", 3.5, "mm", NOW)
NOISE = Observation("noise.level", "phố cổ", 61.0, "dB", NOW)


@pytest.fixture
def settings(postgres_url: str, tmp_path: Path) -> StoreSettings:
    return StoreSettings(postgres_url, CITY, tmp_path / "state", MASTER_KEY, **PATIENT)


@pytest.fixture
def clock() -> SetClock:
    return SetClock(NOW)


@pytest.fixture
async def store(settings: StoreSettings, clock: SetClock) -> AsyncIterator[Store]:
    opened = await Store.open(settings, clock)
    yield opened
    await opened.close()


def days(store: Store) -> set[int]:
    return {part.first for part in partitions_of(store.settings.url, "observation_batch")}


async def positions(store: Store) -> list[int]:
    return [batch.position for batch in await store.observations.after(0, 10_000)]


async def test_positions_go_on_over_days_and_clocks_that_jump(store: Store, clock: SetClock) -> None:
    for jump in (DAY, DAY, -3 * DAY, 40 * DAY, -38 * DAY, timedelta(hours=1)):
        clock.move(jump)
        await asyncio.gather(*(store.observations.write_batch("mqtt", [RAIN, NOISE]) for _ in range(5)))
    assert await positions(store) == list(range(1, 61))
    assert [one.position for one in await store.observations.of("rain", 7, 3)] == [9, 11, 13]
    assert await store.observations.head() == 60
    assert {TODAY + 1, TODAY + 2, TODAY - 1, TODAY + 39} <= days(store), "no batch is refused for want of a place"


async def test_days_to_come_have_their_place_before_they_come(store: Store) -> None:
    assert TODAY not in days(store)
    await store.sweep()
    assert days(store) >= set(range(TODAY, TODAY + AHEAD + 1))


@pytest.mark.parametrize("later", [timedelta(), DAY, 6 * DAY])
async def test_a_repeat_is_kept_once_on_whatever_day_it_comes(store: Store, clock: SetClock, later: timedelta) -> None:
    both = await store.observations.write_batch("http", [RAIN, NOISE], key="lô-1")
    assert both == 2
    without = await store.observations.write_batch("http", [RAIN])
    clock.move(later)
    await store.sweep()
    again = [store.observations.write_batch("http", [RAIN, NOISE], key="lô-1") for _ in range(3)]
    assert await asyncio.gather(*again) == [both] * 3
    assert await store.observations.write_batch("http", [NOISE], key="lô-1") == both
    assert await store.observations.write_batch("mqtt", [RAIN], key="lô-1") == without + 1
    assert await store.observations.write_batch("http", [RAIN], key="lô-2") == without + 2
    assert await store.observations.write_batch("http", [RAIN]) == without + 3, "what names no key is never a repeat"
    assert len(await positions(store)) == without + 3


async def test_whole_days_go_and_no_row_is_deleted(store: Store, clock: SetClock) -> None:
    for _ in range(10):
        await store.observations.write_batch("mqtt", [RAIN], key=f"{clock.now()}")
        clock.move(DAY)
    assert (await store.prove_swept()).observations == 3, "of ten days those go that ended seven days ago"
    assert (await store.sweep()).observations == 0, "not one row by row; of days that nobody counted it is not known"
    assert await positions(store) == list(range(4, 11))
    assert not days(store) & {TODAY, TODAY + 1, TODAY + 2}
    assert (await store.prove_swept()).gone
    assert await store.observations.write_batch("mqtt", [RAIN], key=f"{NOW}") == 11, "a key is free again with its day"


async def test_the_newest_batch_stays_however_old(store: Store, clock: SetClock) -> None:
    for _ in range(4):
        await store.observations.write_batch("mqtt", [RAIN])
    clock.move(90 * DAY)
    assert (await store.sweep()).observations == 3
    assert await positions(store) == [4]
    assert await store.observations.write_batch("mqtt", [RAIN]) == 5
    await store.sweep()
    assert await positions(store) == [5]
    assert TODAY not in days(store)


async def test_who_reads_for_long_is_not_disturbed_and_stops_nobody(store: Store, clock: SetClock) -> None:
    await store.observations.write_batch("mqtt", [RAIN])
    clock.move(9 * DAY)
    await store.observations.write_batch("mqtt", [RAIN])
    engine = observation_database(store.settings.url, CITY).writer()
    with engine.connect() as reader:
        assert reader.execute(text("select count(*) from observation_batch")).scalar_one() == 2
        swept, position = await asyncio.gather(store.sweep(), store.observations.write_batch("mqtt", [RAIN]))
        assert swept is not None and position == 3
        assert TODAY in days(store), "the day waits for the reader to end"
        assert reader.execute(text("select count(*) from observation_batch")).scalar_one() >= 2
    engine.dispose()
    await store.sweep()
    assert TODAY not in days(store)
    assert await positions(store) == [2, 3]


async def test_the_doctor_knows_a_day_that_went_from_one_that_was_lost(store: Store, clock: SetClock) -> None:
    for _ in range(10):
        for _ in range(3):
            await store.observations.write_batch("mqtt", [RAIN])
        clock.move(DAY)
    await store.sweep()
    later = clock.now() - datetime.now(UTC)
    assert "observations.positions" not in bad(await looked_over(store.settings, later=later))
    with observation_database(store.settings.url, CITY).writer().begin() as connection:
        connection.execute(text("delete from observation_batch where position = 20"))
    assert bad(await looked_over(store.settings, later=later))["observations.positions"] is Severity.BROKEN


async def test_every_way_to_read_goes_by_an_index(store: Store, clock: SetClock) -> None:
    url = store.settings.url
    await store.sweep()
    fill = text(
        "insert into observation_batch (position, door, key, at, count, body, owner) select n, 'mqtt', 'k' || n,"
        " cast(:now as timestamptz) + n * interval '10 seconds', 1, '\\x90'::bytea, 'o' || n % 5"
        " from generate_series(1, 20000) n"
    )
    with observation_database(url, CITY).writer().begin() as connection:
        connection.execute(fill, {"now": NOW})
        connection.execute(text("analyze observation_batch"))
    for index, asking in (
        ("_pkey", store.observations.head),
        ("_pkey", lambda: store.observations.after(9_000, 100)),
        ("_owner_position_idx", lambda: store.observations.of("o1", 9_000, 100)),
    ):
        with said() as statements:
            await asking()
        [(statement, parameters)] = [one for one in statements if "FROM observation_batch" in one[0]]
        how = plan(url, statement, parameters)
        assert index in how, how
        scanned = [line for line in how.splitlines() if "Seq Scan" in line]
        assert not [line for line in scanned if f"observation_batch_{TODAY}_" in line], how
    clock.move(DAY)
    known = Observation("o2.level", "trạm-1", 1.0, "mm", NOW)
    assert await store.observations.write_batch("mqtt", [known], key="k77") == 77, "found among thousands"


async def test_up_and_down_with_all_that_is_there(settings: StoreSettings) -> None:
    url = settings.url
    go_back_to(url, "observations", "observations_0004")
    assert partitions_of(url, "observation_batch") == []
    clock = SetClock(datetime.now(UTC) - 3 * DAY)
    store = await Store.open(settings, clock)
    for jump in (DAY, 2 * DAY, 900 * DAY, -900 * DAY):
        await store.observations.write_batch("http", [RAIN], key=f"{jump}")
        clock.move(jump)
    with observation_database(url, CITY).writer().begin() as connection:
        connection.execute(text("create view đếm as select max(position) as n from observation_batch"))
    for parted in (True, False, True):
        migrate.upgrade(url) if parted else go_back_to(url, "observations", "observations_0004")
        found = partitions_of(url, "observation_batch")
        assert bool(found) is parted
        assert not parted or (len(found) >= 2 + AHEAD and found[0].after == day_of(datetime.now(UTC)) + 1)
        assert await store.observations.write_batch("http", [RAIN], key=f"{DAY}") == 1
        head = await store.observations.write_batch("http", [RAIN])
        assert await positions(store) == list(range(1, head + 1))
        async with store.read() as connection:
            assert (await connection.execute(text("select n from đếm"))).scalar_one() == head
    await store.close()


async def test_upgraded_while_readings_come(settings: StoreSettings) -> None:
    go_back_to(settings.url, "observations", "observations_0004")
    async with writing(settings) as acknowledged:
        for until in (30, 60):
            async with asyncio.timeout(120):
                while len(acknowledged) < until:
                    await asyncio.sleep(0.01)
            await asyncio.to_thread(upgrade_or_return, settings.url, [])
    assert partitions_of(settings.url, "observation_batch")
    store = await Store.open(settings)
    found = await positions(store)
    assert found == list(range(1, len(found) + 1))
    assert len(found) >= len(acknowledged)
    await store.close()
