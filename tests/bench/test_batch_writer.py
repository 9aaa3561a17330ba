"""The writer that is measured writes: every reading of every round is in its series, and every event in the log."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.batch_writer import METERS, OWNER, Readings, in_thousands
from bench.samples import some_events
from bench.stores import CITY, open_store

NUMBER = 1_000


async def test_all_readings_and_events_are_written(database_url: str, tmp_path: Path):
    store = await open_store(database_url, tmp_path)
    try:
        readings = Readings(store, NUMBER)
        assert await readings.taken_in() > 0
        assert await store.series.position(OWNER) == await store.observations.head()
        now, hour = datetime.now(UTC), timedelta(hours=1)
        found = 0
        for number in range(METERS):
            points = await store.points.points(f"{OWNER}.level", f"đồng-hồ-{number}", now - hour, now + hour, hour)
            found += sum(one.n for one in points)
        assert found == NUMBER
        await in_thousands(store, some_events(NUMBER, CITY))
        assert await store.log.head() == NUMBER
    finally:
        await store.close()
