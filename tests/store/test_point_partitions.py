"""Points in partitions of PostgreSQL: made ahead, dropped as a whole, kept where a source is held, and back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from ioc.core.clock import SetClock
from ioc.core.quality import Grade
from ioc.store import Store, StoreSettings, migrate
from ioc.store.database import observation_database
from ioc.store.migrate import Line
from ioc.store.partitions import Part
from ioc.store.point_partitions import AHEAD, REST, TABLE, parts
from ioc.store.series import Taken
from ioc.store.series_bulk import DAY_MS, put_points
from ioc.store.transaction import Transaction
from tests.conftest import CITY, MASTER_KEY, PATIENT

pytestmark = pytest.mark.timeout(180)
NOW = datetime(2026, 11, 21, 7, 30, tzinfo=UTC)
TODAY = int(NOW.timestamp() * 1000) // DAY_MS
IN_REST = f"select count(*) from {REST}"  # noqa: S608 - a constant
NAMES = {("rain.level", "trạm-1"): "mm", ("rain.level", "trạm-2"): "mm"}


@pytest.fixture
def settings(postgres_url: str, tmp_path: Path) -> StoreSettings:
    return StoreSettings(postgres_url, CITY, tmp_path / "state", MASTER_KEY, **PATIENT)


async def put(store: Store, *days: int, after: int = 0) -> None:
    """One point of each series on each day (days from today)."""
    ids = await store.series.known("rain", NAMES, 10)
    held = await store.series.take("rain", "thử")
    taken = Taken(held.position + 1)
    for one in ids.values():
        for day in days:
            taken.points[one.id, (TODAY + day) * DAY_MS + after] = (float(day), int(Grade.GOOD))
        one.oldest_ms, one.newest_ms = (TODAY + min(days)) * DAY_MS, (TODAY + max(days)) * DAY_MS
        taken.changed[one.id] = one
    await store.series.keep(held, taken)


async def values(store: Store, key: str = "trạm-1") -> list[float]:
    found = await store.points.points("rain.level", key, NOW - timedelta(days=900), NOW + timedelta(days=900))
    return [point.value for point in found]


async def on(store: Store, look: str) -> list[object]:
    async with store.read() as connection:
        return list((await connection.execute(text(look))).scalars())


def looked(settings: StoreSettings) -> list[Part]:
    def ask(connection: Connection) -> list[Part]:
        return parts(connection)

    with observation_database(settings.url, CITY).writer().connect() as connection:
        return ask(connection)


async def test_days_to_come_have_their_place_before_they_come(settings: StoreSettings) -> None:
    clock = SetClock(NOW)
    store = await Store.open(settings, clock)
    await put(store, 0, 1)
    assert await on(store, IN_REST) == [4], "nothing is refused where there is no partition"
    await store.sweep()
    days = {part.first for part in looked(settings)}
    assert days >= set(range(TODAY, TODAY + AHEAD + 1))
    assert await on(store, IN_REST) == [0], "what came before its partition is moved into it"
    assert await values(store) == [0.0, 1.0]
    clock.move(timedelta(days=1))
    await store.sweep()
    assert TODAY + AHEAD + 1 in {part.first for part in looked(settings)}
    await put(store, 0, 400, -400, after=1)
    assert await on(store, IN_REST) == [4]
    await store.close()


async def test_a_day_past_its_time_is_dropped_unless_it_is_held(settings: StoreSettings) -> None:
    clock = SetClock(NOW)
    store = await Store.open(settings, clock)
    await store.sweep()
    await put(store, 0, 1, 2)
    clock.move(timedelta(days=31, hours=1))
    await store.sweep()
    assert await values(store) == [2.0], "of day 1 half is past its time, and goes row by row"
    assert TODAY not in {part.first for part in looked(settings)}
    await store.holds.add("source", "rain.level:trạm-1", by="toà án", reason="quyết định 7")
    clock.move(timedelta(days=3))
    await store.sweep()
    assert await values(store) == [2.0]
    assert await values(store, "trạm-2") == []
    assert TODAY + 2 in {part.first for part in looked(settings)}
    await store.close()


async def test_the_points_of_an_older_build_stay_where_they_lie(settings: StoreSettings) -> None:
    before = [
        Line(line.name, "observations_0002" if line.name == "observations" else line.at, line.head, line.known)
        for line in migrate.state(settings.url)
    ]
    migrate.return_to(settings.url, [], before)
    store = await Store.open(settings)
    ahead = int(datetime.now(UTC).timestamp() * 1000) // DAY_MS - TODAY + 30
    await put(store, -30_000, -3, 0, ahead)
    migrate.upgrade(settings.url)
    assert await values(store) == [-3.0, 0.0, float(ahead)]
    [part] = looked(settings)
    assert part.first == 0, "what is said to be of before 1970 is not a reason to refuse an upgrade"
    assert await on(store, IN_REST) == [4]
    await put(store, 0, after=5)
    migrate.return_to(settings.url, [], before)
    assert await values(store) == [-3.0, 0.0, 0.0, float(ahead)]
    migrate.upgrade(settings.url)
    await store.close()


async def test_a_query_looks_only_into_its_own_days(settings: StoreSettings) -> None:
    store = await Store.open(settings, SetClock(NOW))
    await store.sweep()
    begin = TODAY * DAY_MS
    query = f"explain select * from series_point where series = 1 and at_ms between {begin} and {begin + 9}"  # noqa: S608
    how = "\n".join(str(line) for line in await on(store, query))
    assert Part(TABLE, TODAY, TODAY + 1).name in how
    assert Part(TABLE, TODAY + 1, TODAY + 2).name not in how
    await store.close()


async def test_two_jobs_of_one_commit_and_a_repeat_keep_each_point_once(settings: StoreSettings) -> None:
    store = await Store.open(settings, SetClock(NOW))
    await put(store, 0)
    await put(store, 0)
    ids = await store.series.known("rain", NAMES, 10)
    first, second = (one.id for one in ids.values())
    at = TODAY * DAY_MS + 7

    def twice(tx: Transaction) -> None:
        put_points(tx.connection, {(first, at): (1.0, int(Grade.BAD)), (second, at): (2.0, int(Grade.GOOD))})
        put_points(tx.connection, {(first, at): (3.0, int(Grade.GOOD))})
        put_points(tx.connection, {})

    await store.write(twice)
    await store.write(twice)
    assert await values(store) == [0.0, 3.0]
    assert await values(store, "trạm-2") == [0.0, 2.0]
    await store.close()
