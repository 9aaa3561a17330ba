"""Points of series: by steps, from points and from hours, and what retention leaves."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest

from ioc.contract import Point
from ioc.core.clock import SetClock
from ioc.core.quality import Grade
from ioc.store import Store, StoreSettings
from ioc.store.series import Known, SeriesHeld, Taken
from tests.events import AT

OWNER, KIND = "noise", "noise.level"
HOUR = AT.replace(minute=0)
HOURLY = timedelta(hours=1)


@pytest.fixture
async def clock() -> SetClock:
    return SetClock(AT)


@pytest.fixture
async def store(store_settings: StoreSettings, clock: SetClock) -> AsyncIterator[Store]:
    opened = await Store.open(store_settings, clock)
    yield opened
    await opened.close()


class Series:
    """One series that is written to."""

    def __init__(self, store: Store, held: SeriesHeld, known: Known) -> None:
        self._store, self._held, self._known = store, held, known

    async def put(self, *points: tuple[datetime, float], grade: Grade = Grade.GOOD, hashes: bytes = b"") -> None:
        taken = Taken(self._held.position + 1, hashes=hashes)
        for at, value in points:
            at_ms = round(at.timestamp() * 1000)
            taken.points[(self._known.id, at_ms)] = (value, int(grade))
            self._known.oldest_ms = min(at_ms, self._known.oldest_ms or at_ms)
            self._known.newest_ms = max(at_ms, self._known.newest_ms or at_ms)
        taken.changed[self._known.id] = self._known
        self._held = await self._store.series.keep(self._held, taken)


@pytest.fixture
async def series(store: Store) -> Series:
    held = await store.series.take(OWNER, "test")
    known = await store.series.known(OWNER, {(KIND, "s1"): "dB"}, 10)
    return Series(store, held, known[(KIND, "s1")])


async def read(store: Store, since: datetime, until: datetime, every: timedelta | None = None) -> list[Point]:
    return await store.points.points(KIND, "s1", since, until, every)


def minutes(begin: datetime, count: int) -> list[tuple[datetime, float]]:
    return [(begin + timedelta(minutes=number), float(number)) for number in range(count)]


async def test_each_point_since_is_inside_and_until_is_not(store: Store, series: Series) -> None:
    await series.put(*minutes(HOUR, 4))
    found = await read(store, HOUR + timedelta(minutes=1), HOUR + timedelta(minutes=3))
    assert found == [Point(HOUR + timedelta(minutes=one), float(one), 1, one, one) for one in (1, 2)]
    assert await read(store, HOUR, HOUR) == []
    assert await store.points.points(KIND, "unknown", HOUR, HOUR + HOURLY) == []


async def test_steps_hold_mean_number_least_and_most(store: Store, series: Series) -> None:
    await series.put(*minutes(HOUR, 12))
    found = await read(store, HOUR, HOUR + HOURLY, timedelta(minutes=10))
    assert found == [Point(HOUR, 4.5, 10, 0.0, 9.0), Point(HOUR + timedelta(minutes=10), 10.5, 2, 10.0, 11.0)]


async def test_bad_and_substituted_readings_are_left_out(store: Store, series: Series) -> None:
    await series.put((HOUR, 1.0))
    await series.put((HOUR + timedelta(minutes=1), 2.0), grade=Grade.SUSPECT)
    await series.put((HOUR + timedelta(minutes=2), 9.0), grade=Grade.BAD)
    await series.put((HOUR + timedelta(minutes=3), 9.0), grade=Grade.SUBSTITUTED)
    assert [one.value for one in await read(store, HOUR, HOUR + HOURLY)] == [1.0, 2.0]


async def test_of_two_at_one_moment_the_better_then_the_higher_stays(store: Store, series: Series) -> None:
    for value, grade in ((1.0, Grade.GOOD), (3.0, Grade.GOOD), (2.0, Grade.GOOD), (9.0, Grade.BAD)):
        await series.put((HOUR, value), grade=grade)
    assert [one.value for one in await read(store, HOUR, HOUR + HOURLY)] == [3.0]


@pytest.mark.parametrize("rolled", [False, True])
async def test_hours_come_alike_from_points_and_from_their_numbers(
    store: Store, series: Series, clock: SetClock, rolled: bool
) -> None:
    await series.put(*minutes(HOUR, 150))
    if rolled:
        clock.move(HOURLY * 2)  # two hours are over, the third goes on
        await store.sweep()
    since, until = HOUR + timedelta(minutes=30), HOUR + timedelta(minutes=140)
    assert await read(store, since, until, HOURLY) == [
        Point(HOUR, 44.5, 30, 30.0, 59.0),
        Point(HOUR + HOURLY, 89.5, 60, 60.0, 119.0),
        Point(HOUR + 2 * HOURLY, 129.5, 20, 120.0, 139.0),
    ]


async def test_a_late_point_changes_the_numbers_of_its_hour(store: Store, series: Series, clock: SetClock) -> None:
    await series.put(*minutes(HOUR, 60))
    clock.move(HOURLY * 2)
    await store.sweep()
    await series.put((HOUR + timedelta(seconds=30), 1000.0))
    before = await read(store, HOUR, HOUR + HOURLY, HOURLY)
    await store.sweep()
    assert before == await read(store, HOUR, HOUR + HOURLY, HOURLY)
    assert (before[0].n, before[0].most) == (61, 1000.0)


async def test_points_go_after_thirty_days_and_their_hours_stay(store: Store, series: Series, clock: SetClock) -> None:
    await series.put(*minutes(HOUR, 60))
    clock.move(timedelta(hours=3))
    await store.sweep()
    clock.move(timedelta(days=31))
    await series.put((clock.now(), 5.0))
    assert (await store.sweep()).points == 60
    assert await read(store, HOUR, HOUR + HOURLY) == []
    assert await read(store, HOUR, HOUR + HOURLY, HOURLY) == [Point(HOUR, 29.5, 60, 0.0, 59.0)]
    await series.put((HOUR, 7.0))  # a month late: the hour's numbers are not made of what is left of it
    await store.sweep()
    assert await read(store, HOUR, HOUR + HOURLY, HOURLY) == [Point(HOUR, 29.5, 60, 0.0, 59.0)]
    clock.move(timedelta(days=371))
    await store.sweep()
    assert await read(store, HOUR, HOUR + HOURLY, HOURLY) == []


async def test_days_come_alike_from_points_hours_and_their_own_numbers(
    store: Store, series: Series, clock: SetClock
) -> None:
    midnight = HOUR.replace(hour=0)
    for day in range(3):
        await series.put(*((midnight + timedelta(days=day, hours=hour), float(hour)) for hour in range(24)))
    since, until, daily = midnight + timedelta(hours=20), midnight + timedelta(days=2, hours=2), timedelta(days=1)
    before = await read(store, since, until, daily)
    assert [(one.n, one.least, one.most) for one in before] == [(4, 20.0, 23.0), (24, 0.0, 23.0), (2, 0.0, 1.0)]
    clock.move(timedelta(days=4))
    await store.sweep()
    assert await read(store, since, until, daily) == before
    assert len(await read(store, midnight, midnight + timedelta(days=4), timedelta(days=2))) == 2


async def test_days_stay_for_years_of_a_series_that_lives(store: Store, series: Series, clock: SetClock) -> None:
    midnight = HOUR.replace(hour=0)
    await series.put(*((midnight + timedelta(hours=hour), float(hour)) for hour in range(24)))
    clock.move(timedelta(days=2))
    await store.sweep()
    whole = Point(midnight, 11.5, 24, 0.0, 23.0)
    for _ in range(9):
        clock.move(timedelta(days=390))
        await series.put((clock.now(), 5.0))
        await store.sweep()
        assert await read(store, midnight, midnight + timedelta(days=1), timedelta(days=1)) == [whole]
    await series.put(
        (midnight + timedelta(hours=1), 99.0)
    )  # years late: its hours are gone, its numbers are not changed
    await store.sweep()
    assert await read(store, midnight, midnight + timedelta(days=1), timedelta(days=1)) == [whole]
    assert await read(store, midnight, midnight + timedelta(days=1), HOURLY) != [whole]
    clock.move(timedelta(days=200))
    await store.sweep()
    assert await read(store, midnight, midnight + timedelta(days=1), timedelta(days=1)) == []


async def test_points_of_a_far_future_go_too(store: Store, series: Series) -> None:
    await series.put((AT + timedelta(days=3000), 5.0), (AT, 6.0), grade=Grade.BAD)
    assert (await store.sweep()).points == 1


async def test_a_series_nobody_heard_of_for_years_goes(store: Store, series: Series, clock: SetClock) -> None:
    await series.put((AT, 5.0))
    clock.move(timedelta(days=401))
    await store.sweep()
    assert await store.points.list() == []


async def test_what_was_seen_is_packed_and_forgotten(store: Store, series: Series, clock: SetClock) -> None:
    for number in range(30):
        await series.put((AT, 5.0), hashes=number.to_bytes(8, "little"))
        if number == 14:
            clock.move(HOURLY)
    await store.sweep()
    seen = await store.series.seen(OWNER, 0)
    assert len(seen) == 2
    assert b"".join(hashes for _, hashes in seen) == b"".join(n.to_bytes(8, "little") for n in range(30))
    clock.move(timedelta(hours=47, minutes=30))
    await store.sweep()
    assert len(await store.series.seen(OWNER, 0)) == 1


async def test_too_many_points_are_refused_not_cut(
    store: Store, series: Series, monkeypatch: pytest.MonkeyPatch
) -> None:
    await series.put(*minutes(HOUR, 60))
    with pytest.raises(ValueError, match="at most"):
        await read(store, HOUR, HOUR + timedelta(days=20), timedelta(seconds=1))
