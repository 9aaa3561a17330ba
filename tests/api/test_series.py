"""Time series over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ioc.core.clock import iso
from ioc.store.series import Taken
from tests.api.conftest import World

URL = "/api/v1/series"
NOW = datetime.now(UTC).replace(microsecond=0)
ONE = {"kind": "noise.level", "key": "trạm-01"}


@pytest.fixture
async def measured(world: World) -> World:
    """Two hours of minutes, 0, 1, 2 ... up to now."""
    store = world.store
    held = await store.series.take("noise", "test")
    known = (await store.series.known("noise", {("noise.level", "trạm-01"): "dB"}, 10))[("noise.level", "trạm-01")]
    taken = Taken(1)
    for minute in range(120):
        at_ms = round((NOW - timedelta(minutes=120 - minute)).timestamp() * 1000)
        taken.points[(known.id, at_ms)] = (float(minute), 0)
    await store.series.keep(held, taken)
    return world


async def ask(world: World, path: str = "", role: str = "operator", **query: Any) -> Any:
    async with world.client(role) as client:
        return await client.get(URL + path, params=query)


@pytest.mark.parametrize("role", ["operator", "wall"])
async def test_points_of_a_step(measured: World, role: str) -> None:
    since = NOW - timedelta(minutes=120)
    answer = await ask(measured, role=role, **ONE, since=iso(since), until=iso(NOW), every="1d")
    assert answer.status_code == 200
    body = answer.json()
    assert sum(one["n"] for one in body["points"]) == 120
    assert (min(one["least"] for one in body["points"]), max(one["most"] for one in body["points"])) == (0.0, 119.0)


async def test_by_itself_it_shows_the_last_day_in_few_points(measured: World) -> None:
    body = (await ask(measured, **ONE)).json()
    assert (body["every_s"], len(body["points"])) == (60.0, 120)
    assert body["points"][-1]["value"] == 119.0
    week = (await ask(measured, **ONE, since=iso(NOW - timedelta(days=30)))).json()
    assert week["every_s"] == 3600.0


async def test_a_series_nobody_knows_has_no_points(measured: World) -> None:
    assert (await ask(measured, kind="noise.level", key="?")).json()["points"] == []


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"since": "2026-11-21T00:00:00"}, "since"),
        ({"since": iso(NOW), "until": iso(NOW)}, "since"),
        ({"since": "1990-01-01T00:00:00Z"}, "since"),
        ({"until": "0001-01-01T00:00:00Z"}, "until"),
        ({"since": iso(NOW - timedelta(days=401)), "until": iso(NOW)}, "since"),
        ({"every": "1s"}, "every"),
        ({"every": "0s"}, "every"),
        ({"every": "bald"}, "every"),
        ({"colour": "red"}, "colour"),
        ({"kind": ""}, "kind"),
    ],
)
async def test_bad_questions_are_refused(measured: World, query: dict[str, str], field: str) -> None:
    answer = await ask(measured, **(ONE | query))
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == field


async def test_who_may_look(measured: World) -> None:
    for role, status in (("anyone", 401), ("device", 403), ("admin", 200)):
        assert (await ask(measured, role=role, **ONE)).status_code == status
        assert (await ask(measured, "/list", role=role)).status_code == status


async def test_the_list_tells_the_newest_reading(measured: World) -> None:
    (one,) = (await ask(measured, "/list", owner="noise")).json()["series"]
    assert (one["kind"], one["key"], one["unit"], one["quality"]) == ("noise.level", "trạm-01", "dB", "good")
    assert (await ask(measured, "/list", kind="other.kind")).json() == {"series": []}
