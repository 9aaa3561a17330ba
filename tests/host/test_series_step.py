"""Readings into series: each once, judged, late ones too, whatever the order and however often they come."""

from __future__ import annotations

import asyncio
import shutil
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from ioc.contract import Observation
from ioc.core.clock import SetClock
from ioc.host.doubt import NO_ROOM
from ioc.store import Fenced, Store, StoreSettings
from ioc.store.series import Mark, Taken
from ioc.store.series_tables import series, series_point
from ioc.store.tables import observation_batch
from tests.conftest import CITY, MASTER_KEY
from tests.events import AT
from tests.host.series import KIND, OWNER, Noted, caught_up, city_with, reading, step_of

FAR = timedelta(days=3)


async def points(store: Store, key: str = "s1") -> list[tuple[float, float]]:
    """Seconds after AT and value of every usable point."""
    found = await store.points.points(KIND, key, AT - FAR, AT + FAR)
    return [((one.at - AT).total_seconds(), one.value) for one in found]


@pytest.fixture
def store_settings(database_url: str, tmp_path: Path) -> StoreSettings:
    return StoreSettings(database_url, CITY, tmp_path / "state", MASTER_KEY)


@pytest.fixture
async def store(store_settings: StoreSettings):
    opened = await Store.open(store_settings, SetClock(AT))
    yield opened
    await opened.close()


async def send(store: Store, *readings: Observation) -> int:
    return await store.observations.write_batch("test", readings)


async def test_readings_become_points(store: Store) -> None:
    await send(store, reading(50.0, 0), reading(51.0, 60), reading(40.0, 0, key="s2"))
    noted = Noted()
    await caught_up(store, step_of(store, noted=noted))
    assert await points(store) == [(0, 50.0), (60, 51.0)]
    assert await points(store, "s2") == [(0, 40.0)]
    assert noted.readings == [reading(50.0, 0), reading(51.0, 60), reading(40.0, 0, key="s2")]
    (one, two) = await store.points.list(owner=OWNER)
    assert (one.key, one.unit, one.last_value, one.quality, two.key) == ("s1", "dB", 51.0, "good", "s2")


async def test_how_far_behind_is_told_by_owner(store: Store) -> None:
    await send(store, reading(50.0), Observation("traffic.speed", "d1", 30.0, "km/h", AT))
    await caught_up(store, step_of(store))
    await send(store, reading(50.0, 1))
    assert await store.observations.behind() == {"noise": 1}
    await caught_up(store, step_of(store))
    assert await store.observations.behind() == {"noise": 0}


async def test_batches_of_several_owners_are_apart(store: Store) -> None:
    other = Observation("traffic.speed", "d1", 30.0, "km/h", AT)
    await send(store, reading(50.0), other, reading(51.0, 1))
    batches = await store.observations.after(0)
    assert [(batch.position, batch.owner, len(batch.observations)) for batch in batches] == [
        (1, "noise", 2),
        (2, "traffic", 1),
    ]
    assert [batch.observations for batch in await store.observations.of("traffic", 0)] == [[other]]


async def test_batches_of_an_older_build_are_divided_when_read(store: Store) -> None:
    await send(store, reading(1.0, 5))
    kept = [(kind, "s1", 50.0, "dB", AT, "good", False, None) for kind in ("traffic.speed", KIND)]
    mixed = {"owner": "", "body": msgspec.msgpack.encode(kept)}
    await store._observations.write(lambda tx: tx.execute(observation_batch.update().values(mixed)))
    await caught_up(store, step_of(store))
    assert await points(store) == [(0, 50.0)]
    assert len(await store.points.list()) == 1


async def test_a_repeat_by_id_is_no_second_point_and_nobody_hears_of_it(store: Store) -> None:
    noted = Noted()
    await send(store, reading(50.0, 0, id="a"), reading(51.0, 1, id="b"), reading(50.0, 0, id="a"))
    await send(store, reading(99.0, 9, id="a"))
    await caught_up(store, step_of(store, noted=noted))
    assert await points(store) == [(0, 50.0), (1, 51.0)]
    assert [one.id for one in noted.readings] == ["a", "b"]
    _, marks, _ = await store.series.judged(OWNER, 0, 10)
    assert marks == {1: [Mark(2, 0, repeat=True)], 2: [Mark(0, 0, repeat=True)]}


async def test_an_id_is_its_senders_own_and_of_one_series(store: Store) -> None:
    await send(store, reading(50.0, 0, id="a"), reading(60.0, 0, id="a", key="s2"))
    await store.observations.write_batch("other", [reading(70.0, 1, id="a"), reading(70.0, 1, id="a")])
    await caught_up(store, step_of(store))
    assert await points(store) == [(0, 50.0), (1, 70.0)]
    assert await points(store, "s2") == [(0, 60.0)]


async def test_without_id_the_same_kind_key_and_time_is_a_repeat(store: Store) -> None:
    await send(store, reading(50.0), reading(60.0), reading(50.0, key="s2"))
    await caught_up(store, step_of(store))
    assert await points(store) == [(0, 50.0)]
    assert await points(store, "s2") == [(0, 50.0)]


async def test_a_repeat_is_known_after_a_restart_and_forgotten_after_two_days(store: Store) -> None:
    clock = SetClock(AT)
    await send(store, reading(50.0, 0, id="a"))
    await caught_up(store, step_of(store, clock=clock))
    await send(store, reading(50.0, 0, id="a"))
    noted = Noted()
    await caught_up(store, step_of(store, clock=clock, noted=noted))
    assert noted.readings == []
    clock.move(timedelta(hours=49))
    await send(store, reading(50.0, 0, id="a"))
    await caught_up(store, step_of(store, clock=clock, noted=noted))
    assert len(noted.readings) == 1


async def test_late_readings_go_into_the_series_and_are_marked(store: Store) -> None:
    noted = Noted()
    await send(store, reading(50.0, 0), reading(52.0, 120), reading(51.0, 60), reading(53.0, 180))
    await caught_up(store, step_of(store, noted=noted))
    assert await points(store) == [(0, 50.0), (60, 51.0), (120, 52.0), (180, 53.0)]
    assert [one.late for one in noted.readings] == [False, False, True, False]


async def test_a_day_of_one_value_is_suspect(store: Store) -> None:
    clock = SetClock(AT)
    await send(store, *(reading(50.0, -86_400 + 60 * number) for number in range(1440)))
    noted = Noted()
    await caught_up(store, step_of(store, clock=clock, noted=noted))
    assert [one.quality for one in noted.readings] == ["good"] * 11 + ["suspect"] * 1429
    (view,) = await store.points.list()
    assert (view.quality, view.reason, view.same) == ("suspect", "flatline", 1440)


async def test_a_reading_from_the_future_is_kept_as_bad(store: Store) -> None:
    noted = Noted()
    await send(store, reading(50.0, 301), reading(51.0, 0))
    await caught_up(store, step_of(store, noted=noted))
    assert [(one.quality, one.late) for one in noted.readings] == [("bad", False), ("good", False)]
    assert await points(store) == [(0, 51.0)]


async def test_a_time_of_no_calendar_in_an_older_log_stops_nobody(store: Store) -> None:
    noted = Noted()
    far = [Observation(KIND, "s1", 1.0, "dB", at, id=at) for at in ("9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z")]
    await send(store, *far, reading(51.0, 0))
    await caught_up(store, step_of(store, noted=noted))
    assert [one.quality for one in noted.readings] == ["bad", "bad", "good"]
    assert await points(store) == [(0, 51.0)]


async def test_limits_are_the_citys_and_the_most_telling_row_decides(store: Store) -> None:
    city = city_with(
        quality__min__noise=0, quality__max__noise__level=100, quality__step__noise__level=5, quality__gap_periods=3
    )
    noted = Noted()
    await send(store, reading(-1, 0), reading(101, 10), reading(50, 20), reading(60, 30), reading(60, 600))
    await caught_up(store, step_of(store, city, noted=noted, period_of={"s1": 60.0}.get))
    assert [one.quality for one in noted.readings] == ["bad", "bad", "good", "suspect", "suspect"]


async def test_whoever_was_overtaken_writes_no_more(store: Store) -> None:
    old = await store.series.take(OWNER, "old")
    await store.series.take(OWNER, "new")
    with pytest.raises(Fenced):
        await store.series.keep(old, Taken(1, points={(1, 1): (1.0, 0)}))
    assert await store.series.position(OWNER) == 0


async def test_a_batch_that_cannot_be_read_does_not_stop_the_others(store: Store) -> None:
    await send(store, reading(50.0))
    await send(store, reading(51.0, 60))
    damage = observation_batch.update().where(observation_batch.c.position == 1).values(body=b"\xc1")
    await store._observations.write(lambda tx: tx.execute(damage))
    await caught_up(store, step_of(store))
    assert await points(store) == [(60, 51.0)]


async def test_made_up_keys_do_not_fill_the_store(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ioc.host.series_room.MOST_SERIES", 10)
    noted = Noted()
    await send(store, *(reading(50.0, 0, key=f"k{number}") for number in range(8)))
    await caught_up(store, step_of(store, clock=SetClock(AT), noted=noted))
    await send(store, *(reading(50.0, 1, key=f"k{number}") for number in range(20)))
    await caught_up(store, step_of(store, clock=SetClock(AT), noted=noted))
    assert await store.series.count(OWNER) == 10
    assert [one.quality for one in noted.readings] == ["good"] * 18 + ["bad"] * 10


async def test_made_up_keys_keep_no_listed_source_out(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ioc.host.series_room.MOST_SERIES", 10)
    monkeypatch.setattr("ioc.host.series_room.MOST_OF_SOURCE", 2)
    noted = Noted()
    step = step_of(store, clock=SetClock(AT), noted=noted, listed=lambda source: source == "trạm-1")
    await send(store, *(reading(50.0, 0, key=f"k{number}") for number in range(20)))
    await caught_up(store, step)
    assert step.unkept == 10
    await send(store, *(reading(51.0, 1, key=key) for key in ("trạm-1", "trạm-1/a", "trạm-1/b", "trạm-10")))
    await caught_up(store, step)
    qualities = {one.key: one.quality for one in noted.readings[20:]}
    assert qualities == {"trạm-1": "good", "trạm-1/a": "good", "trạm-1/b": "bad", "trạm-10": "bad"}
    assert noted.reasons[-1] == NO_ROOM
    assert step.unkept == 2


async def test_silent_made_up_series_make_room(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ioc.host.series_room.MOST_SERIES", 10)
    await send(store, *(reading(50.0, number, key=f"k{number}") for number in range(8)))
    await caught_up(store, step_of(store, clock=SetClock(AT)))
    await store.holds.add("source", f"{KIND}:k1", reason="vụ án 12", by="test")
    step = step_of(store, clock=SetClock(AT + timedelta(days=2)), listed=lambda source: source == "k0")
    await send(store, *(reading(52.0, 2 * 86_400, key=f"new{number}") for number in range(5)))
    await caught_up(store, step)
    async with store._observations.read() as read:
        keys = set((await read.execute(select(series.c.key))).scalars())
        owned = set((await read.execute(select(series_point.c.series))).scalars())
        ids = set((await read.execute(select(series.c.id))).scalars())
    assert keys == {"k0", "k1"} | {f"new{number}" for number in range(5)}
    assert owned == ids, "nothing is left of those given up"
    assert not step.unkept


@st.composite
def deliveries(draw: st.DrawFn) -> tuple[list[Observation], list[list[Observation]]]:
    """Different readings, and the batches of a door that delivers each at least once, in any order."""
    count = draw(st.integers(1, 25))
    sent = [
        reading(
            draw(st.sampled_from([1.0, 2.0, 3.0, 900.0])),
            draw(st.integers(-600, 0)),
            key=draw(st.sampled_from(["s1", "s2"])),
            id=f"r{number}",
            quality=draw(st.sampled_from(["good", "good", "bad"])),
        )
        for number in range(count)
    ]
    coming = draw(st.permutations(sent + draw(st.lists(st.sampled_from(sent), max_size=15))))
    cuts = sorted(draw(st.lists(st.integers(0, len(coming)), max_size=4)))
    batches = [coming[a:b] for a, b in zip([0, *cuts], [*cuts, len(coming)], strict=True)]
    return sent, [batch for batch in batches if batch]


@settings(max_examples=15, deadline=None)
@given(given=deliveries(), restarts=st.lists(st.booleans(), min_size=6, max_size=6))
def test_any_order_and_any_repeats_give_the_same_series(
    tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path, given, restarts
) -> None:
    sent, batches = given
    folder = tmp_path_factory.mktemp("order")
    shutil.copytree(sqlite_template, folder / "one")
    shutil.copytree(sqlite_template, folder / "two")
    in_order = sorted(sent, key=lambda one: (one.at, one.id))
    first = asyncio.run(_series_of(folder / "one", [in_order], [True]))
    assert asyncio.run(_series_of(folder / "two", batches, restarts)) == first


async def _series_of(folder: Path, batches: list[list[Observation]], restarts: list[bool]) -> object:
    city = city_with(quality__max__noise__level=100, quality__clock_skew_s=300, quality__step__noise__level=1)
    store = await Store.open(
        StoreSettings(f"sqlite:///{folder}/ioc.db", CITY, folder / "state", MASTER_KEY), SetClock(AT)
    )
    heard: list[str | None] = []
    try:
        for number, batch in enumerate(batches):
            await send(store, *batch)
            if restarts[number % len(restarts)] or number == len(batches) - 1:
                noted = Noted()
                await caught_up(store, step_of(store, city, noted=noted, clock=SetClock(AT)))
                heard += [one.id for one in noted.readings]
        return await points(store), await points(store, "s2"), sorted(map(str, heard))
    finally:
        await store.close()
