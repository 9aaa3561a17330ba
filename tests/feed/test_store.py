"""The feed over the real store, relay and bus, once on each kind of database."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ioc.bus import MemoryBus, Relay, Tail
from ioc.contract import Latest
from ioc.core.envelope import Recorded
from ioc.feed.sources import store_sources
from ioc.incidents import Command, Desk, IncidentBook
from ioc.store import Store, StoreSettings, migrate
from tests.events import an_event
from tests.feed.conftest import Feed, serve
from tests.feed.world import OPERATOR, World

ROOT = Path(__file__).resolve().parents[2]
CALL = {"kind": "call", "priority": 1, "title": {"vi": "114: Cháy chợ", "en": "114: Market fire"}, "category": "fire"}


@pytest.fixture
async def city(database_url: str, tmp_path: Path) -> AsyncIterator[Store]:
    migrate.upgrade(database_url, [ROOT / "ioc" / "incidents"])
    store = await Store.open(StoreSettings(database_url, "kyanh", tmp_path / "state", bytes(range(32))))
    yield store
    await store.close()


@pytest.fixture
async def feed(city: Store, world: World) -> AsyncIterator[Feed]:
    bus = MemoryBus(maxlen=100)
    relaying = asyncio.create_task(Relay(city, bus).run())
    async with serve(world, store_sources(city, Tail(city, bus).after)) as served:
        yield served
    relaying.cancel()
    await asyncio.wait([relaying])


async def call(store: Store, number: int) -> None:
    event = an_event(type="emergency.call.received", correlationid=f"call-{number}", data={"desk": CALL})
    position = await store.write(lambda tx: tx.append(event))
    await store.write(await Desk("kyanh", 4).prepare([Recorded(position, event)]))


async def shown_anew(feed: Feed) -> dict[str, Any]:
    async with feed.screen() as fresh:
        await fresh.until(lambda: fresh.upto is not None)
        await fresh.until_upto(await feed.hub.sources.log.head())
        return {topic: dict(things) for topic, things in fresh.state.items()}


async def test_a_case_from_call_to_close_as_screens_see_it(feed: Feed, city: Store) -> None:
    await call(city, 1)
    book = IncidentBook(city, "kyanh")
    async with feed.screen() as screen, feed.screen(who="wall") as wall:
        await screen.until(lambda: len(screen.state["incident"]) == 1)
        await call(city, 2)
        await screen.until(lambda: len(screen.state["incident"]) == 2)
        key, view = next(iter(screen.state["incident"].items()))
        assert "personal" not in view
        await book.act(key, Command(verb="take", version=view["version"], by="p-1"), OPERATOR)
        await screen.until(lambda: screen.state["incident"][key]["status"] == "taken")
        await screen.close()
        version = screen.state["incident"][key]["version"]
        closing = Command(verb="close", version=version, by="p-1", outcome="done")
        await book.act(key, closing, OPERATOR)
        await screen.reconnect()
        head = await city.log.head()
        await screen.until_upto(head)
        await wall.until_upto(head)
        assert screen.recovered is True
        assert screen.state["incident"][key]["status"] == "closed"
        assert screen.state == wall.state == await shown_anew(feed)


async def test_a_group_is_the_same_from_changes_and_from_a_snapshot(feed: Feed, city: Store) -> None:
    await call(city, 1)
    await call(city, 2)
    book = IncidentBook(city, "kyanh")
    first, second = sorted(await book.queue(open_only=True), key=lambda one: one.number)
    async with feed.screen() as screen:
        await screen.until(lambda: len(screen.state["incident"]) == 2)
        await book.act(second.id, Command(verb="join", version=1, by="p-1", lead=first.id), OPERATOR)
        await screen.until(lambda: screen.state["incident"][second.id]["lead"] == first.id)
        assert screen.state["incident"][second.id]["joined"] == "hand"
        assert second.id not in json.dumps(screen.state["incident"][first.id])  # a lead does not know its parts
        await screen.close()
        await book.act(first.id, Command(verb="take", version=1, by="p-1"), OPERATOR)
        closing = Command(verb="close", version=2, by="p-1", outcome="resolved", parts=True)
        await book.act(first.id, closing, OPERATOR)
        await screen.reconnect()
        await screen.until_upto(await city.log.head())
        assert [one["status"] for one in screen.state["incident"].values()] == ["closed", "closed"]
        assert screen.state == await shown_anew(feed)


async def test_last_known_values_newest_first_and_by_topic(feed: Feed, city: Store) -> None:
    now = datetime.now(UTC)
    unit = {"id": "114-01", "name": "Xe chữa cháy 01", "lonlat": [106.29, 18.07]}
    await city.write(lambda tx: tx.latest(Latest("unit", "114-01", {**unit, "state": "free"}, now)))
    async with feed.screen("unit", "kpi", "module") as screen:
        await screen.until(lambda: screen.state["unit"])
        old = Latest("unit", "114-01", {**unit, "state": "old"}, now - timedelta(minutes=1))
        new = Latest("unit", "114-01", {**unit, "state": "busy"}, now + timedelta(seconds=1))
        value = Latest("kpi.citizen", "open_reports", {"module": "citizen", "value": 3}, now)
        for one in (old, new, value, Latest("module", "citizen", {"state": "live"}, now)):
            await city.write(lambda tx, one=one: tx.latest(one))
        await screen.until(lambda: screen.state["module"] and screen.state["kpi"])
        await screen.until(lambda: screen.state["unit"]["114-01"]["state"] == "busy")
        assert screen.state["kpi"]["citizen.open_reports"]["value"] == 3
        assert all(m["d"]["state"] != "old" for m in screen.messages if m["t"] == "unit" and m["op"] == "put")


async def test_personal_and_security_events_of_the_store_stay_off_walls(feed: Feed, city: Store) -> None:
    for data_class in ("public", "internal", "personal", "security"):
        event = an_event(dataclass=data_class, data={"title": {"vi": f"CANARY-{data_class}", "en": "x"}})
        await city.write(lambda tx, event=event: tx.append(event))
    async with feed.screen("event", who="wall") as wall, feed.screen("event") as desk:
        for data_class in ("public", "security"):
            event = an_event(dataclass=data_class, data={"title": {"vi": f"CANARY-{data_class}", "en": "x"}})
            await city.write(lambda tx, event=event: tx.append(event))
        head = await city.log.head()
        await wall.until_upto(head)
        await desk.until_upto(head)
        assert len(desk.state["event"]) == 6 and len(wall.state["event"]) == 3
        assert "CANARY-public" in json.dumps(wall.state)
        assert "CANARY-personal" not in "".join(wall.frames) and "CANARY-security" not in "".join(wall.frames)
