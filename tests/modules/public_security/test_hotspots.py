"""Hot spots of a city: said when new or surer, never for a handful of records, never again every hour."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from sqlalchemy import select

from ioc.core.clock import iso
from modules.public_security import hotspots
from modules.public_security.hotspots import Field, Points
from modules.public_security.numbers import HotspotLimits
from modules.public_security.statements import add_record
from modules.public_security.tables import record
from tests.modules.public_security.conftest import START, World
from tests.modules.public_security.test_records import snatch

HOT = (105.7764, 19.8067)
LIMITS = HotspotLimits(
    cell_m=500,
    window=timedelta(days=28),
    z=1.96,
    z_high=2.58,
    false_discovery=0.05,
    least=5,
    quiet=timedelta(hours=24),
)


class Everywhere:
    """A city without borders."""

    def inside(self, lon: float, lat: float) -> bool:
        return True

    def place(self, *_: Any) -> Any:
        raise NotImplementedError


def worked() -> tuple[Field, Points]:
    """The worked example as points: five cells by five, its first row the northernmost."""
    counts = [[1, 0, 1, 2, 1], [0, 1, 2, 1, 0], [1, 2, 9, 8, 1], [0, 1, 7, 6, 1], [1, 0, 1, 1, 0]]
    field = Field.of((105.75, 19.80, 105.7737, 19.8224), 500, Everywhere())
    assert field.inside.shape == (5, 5)
    points = [
        field.grid.centre(4 - row, column)
        for row in range(5)
        for column in range(5)
        for _ in range(counts[row][column])
    ]
    return field, Points([lon for lon, _ in points], [lat for _, lat in points], [False] * len(points))


def test_the_worked_example_is_one_hot_spot_with_four_cells() -> None:
    field, points = worked()
    judged = hotspots.judge(field, points, {}, LIMITS, START)
    (found,) = judged.news
    assert (found.count, found.cells, found.z, found.confidence, found.severity) == (9, 4, 3.16, 99, 3)
    assert sorted(row["count"] for row in judged.rows) == [6, 7, 8, 9]
    assert found.place is not None
    assert (found.place.lon, found.place.lat) == pytest.approx(field.grid.centre(2, 2))


def test_the_same_field_is_no_news_an_hour_later() -> None:
    field, points = worked()
    before = {row["id"]: row for row in hotspots.judge(field, points, {}, LIMITS, START).rows}
    for hours in range(1, 30):
        judged = hotspots.judge(field, points, before, LIMITS, START + timedelta(hours=hours))
        before = {row["id"]: row for row in judged.rows}
        assert judged.news == []


def test_what_was_cold_for_a_day_is_news_again() -> None:
    field, points = worked()
    nothing = Points([], [], [])
    before = {row["id"]: row for row in hotspots.judge(field, points, {}, LIMITS, START).rows}
    cold = hotspots.judge(field, nothing, before, LIMITS, START + timedelta(hours=2))
    assert cold.news == [] and [row["hot"] for row in cold.rows] == [False] * 4
    before = {row["id"]: row for row in cold.rows}
    assert hotspots.judge(field, points, before, LIMITS, START + timedelta(hours=20)).news == []
    assert len(hotspots.judge(field, points, before, LIMITS, START + timedelta(hours=25)).news) == 1


def test_a_surer_cell_is_news() -> None:
    field, points = worked()
    before = {row["id"]: {**row, "said": 95} for row in hotspots.judge(field, points, {}, LIMITS, START).rows}
    assert [one.severity for one in hotspots.judge(field, points, before, LIMITS, START).news] == [3]


def test_few_records_are_no_hot_spot_however_hot() -> None:
    field, _ = worked()
    lon, lat = field.grid.centre(2, 2)
    judged = hotspots.judge(field, Points([lon] * 4, [lat] * 4, [False] * 4), {}, LIMITS, START)
    assert judged.rows == [] and judged.news == []


def test_a_city_with_nothing_in_it() -> None:
    field, _ = worked()
    with np.errstate(all="raise"):
        assert hotspots.judge(field, Points([], [], []), {}, LIMITS, START).news == []


async def many(world: World, count: int, where: tuple[float, float] = HOT, days: float = 1, **more: Any) -> None:
    """Thefts as they stand in the table, spread over a hundred metres."""
    at = iso(world.clock.now() - timedelta(days=days))
    row = {
        "number": "ANTT",
        "method": "unknown",
        "source": "113",
        "severity": 2,
        "location": "located",
        "t_from": at,
        "t_to": at,
        "recorded_at": iso(world.clock.now()),
        "recorded_by": "test",
        "simulated": False,
        "type": "theft",
    } | more

    def write(tx: Any) -> None:
        held = tx.execute(select(record.c.id)).all()
        for n in range(count):
            turn = n * 2.4
            lon, lat = where[0] + math.cos(turn) * 5e-4, where[1] + math.sin(turn) * 5e-4
            values = {**row, "id": f"r{len(held) + n:06}", "lon": lon, "lat": lat}
            tx.apply(add_record(values))

    await world.store.write(write)


async def test_a_hot_spot_is_found_at_the_start_in_the_right_ward(world: World) -> None:
    await many(world, 30, simulated=True)
    await world.tick("find_hotspots")
    (found,) = await world.events("hotspot.found")
    assert found.data["ward"]["name"] == "Phường Hạc Thành" and found.severity == 3 and found.simulated
    assert found.data["title"]["vi"].startswith(f"Điểm nóng: {found.data['count']} vụ trong 28 ngày")
    shown = (await world.get("/hotspots", "wall")).json()
    assert shown["features"] and shown["at"] == iso(world.clock.now())
    for feature in shown["features"]:
        assert feature["properties"]["count"] >= shown["suppressed_below"] == 5
        ring = feature["geometry"]["coordinates"][0]
        assert len(ring) == 5 and ring[0] == ring[-1]


async def test_it_is_not_said_again_by_the_hour_nor_after_a_restart(world: World) -> None:
    await many(world, 30)
    for _ in range(5):
        await world.tick("find_hotspots")
        world.wait(3601)
        world.restart()
    assert len(await world.events("hotspot.found")) == 1


async def test_it_is_counted_anew_by_the_hour_or_after_many_records(world: World) -> None:
    await world.tick("find_hotspots")
    world.wait(30)
    await many(world, 19)
    await world.tick("find_hotspots")
    assert await world.events("hotspot.found") == []
    await many(world, 1)
    await world.tick("find_hotspots")
    assert len(await world.events("hotspot.found")) == 1
    await many(world, 15, (105.812, 19.772))
    world.wait(3600)
    await world.tick("find_hotspots")
    assert len(await world.events("hotspot.found")) == 2


async def test_old_records_and_other_matters_do_not_count(world: World) -> None:
    await many(world, 30, days=29)
    await many(world, 30, type="missing_person")
    await world.tick("find_hotspots")
    assert await world.events("hotspot.found") == []
    assert (await world.get("/hotspots")).json()["features"] == []


async def test_hot_cells_are_an_indicator(world: World) -> None:
    await many(world, 30)
    await world.tick("find_hotspots")
    await world.tick("count")
    shown = (await world.shown("kpi"))["public_security.hotspots"]
    assert shown["value"] == len((await world.get("/hotspots")).json()["features"]) >= 1


async def test_records_of_the_door_are_what_hot_spots_are_made_of(world: World) -> None:
    lon, lat = HOT
    for n in range(25):
        where = {"lat": lat + n % 5 * 1e-4, "lon": lon}
        assert (await world.post("/records", snatch(type="theft", location=where), "simulator")).status_code == 201
    await world.tick("find_hotspots")
    assert len(await world.events("hotspot.found")) == 1
