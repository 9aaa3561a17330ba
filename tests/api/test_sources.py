"""Sources over HTTP: who sees them, what a silent watcher means, and who may put them where."""

from __future__ import annotations

from typing import Any

import pytest

from ioc.contract import Latest
from ioc.core.clock import iso
from tests.api.conftest import World

URL = "/api/v1/sources/traffic:d-1/life"
REASON = "thay đầu dò trên cầu"


async def say(world: World, topic: str, key: str, body: dict[str, Any]) -> None:
    now = world.auth.clock.now()
    await world.store.write(lambda tx: tx.latest(Latest(topic, key, body, now)))


@pytest.fixture
async def detector(world: World) -> str:
    at = iso(world.auth.clock.now())
    body = {"id": "traffic:d-1", "module": "traffic", "state": "live", "life": "live", "last_at": at, "reason": None}
    await say(world, "source", "traffic:d-1", body)
    return body["id"] or ""


async def test_a_source_has_life_state_and_age(world: World, detector: str) -> None:
    await say(world, "module", "traffic", {"state": "live"})
    async with world.client("wall") as client:
        (found,) = (await client.get("/api/v1/sources")).json()["sources"]
    assert (found["id"], found["life"], found["state"]) == (detector, "live", "live")
    assert 0 <= found["age_s"] < 60


async def test_while_its_watcher_is_down_a_source_is_unknown(world: World, detector: str) -> None:
    async with world.client("operator") as client:
        (found,) = (await client.get("/api/v1/sources")).json()["sources"]
    assert found["state"] == "unknown"
    assert found["reason"]["vi"] and found["reason"]["en"]


async def test_a_supervisor_puts_a_source_into_maintenance_and_the_trail_says_why(world: World, detector: str) -> None:
    async with world.client("supervisor") as client:
        answer = await client.post(URL, json={"life": "maintenance", "reason": REASON})
    assert answer.json() == {"id": detector, "life": "maintenance"}
    assert await world.store.lives.all() == {("traffic", "d-1"): "maintenance"}
    last = (await world.store.audit.list())[0]
    assert (last.action, last.object, last.detail["reason"]) == ("source.life", detector, REASON)


@pytest.mark.parametrize("body", [{"life": "dead", "reason": REASON}, {"life": "live"}, {"life": "live", "reason": ""}])
async def test_a_wrong_decision_is_explained(world: World, detector: str, body: dict[str, str]) -> None:
    async with world.client("supervisor") as client:
        answer = await client.post(URL, json=body)
    assert answer.status_code == 422
    assert answer.json()["errors"]


async def test_nobody_decides_on_a_source_that_is_not_there(world: World, detector: str) -> None:
    async with world.client("supervisor") as client:
        answer = await client.post("/api/v1/sources/traffic:không-có/life", json={"life": "live", "reason": REASON})
    assert answer.status_code == 404
    assert await world.store.lives.all() == {}
