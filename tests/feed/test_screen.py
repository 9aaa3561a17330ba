"""What a screen is given: greeting, snapshot, changes, heartbeat."""

from __future__ import annotations

import asyncio
import unicodedata
from collections.abc import Awaitable, Callable
from datetime import timedelta

from ioc.core.clock import parse_time
from tests.feed.conftest import Feed
from tests.feed.world import START, World


async def test_greeting_subscription_snapshot_then_changes(feed: Feed) -> None:
    world = feed.world
    world.incident("a")
    world.event("citizen.report.received", severity=2)
    world.unit("113-01")
    world.latest.put("kpi.citizen", "open_reports", {"module": "citizen", "value": 3, "unit": "", "at": "x"})
    world.latest.put("module", "citizen", {"state": "live"})
    async with feed.screen() as screen:
        await screen.until(lambda: "113-01" in screen.state["unit"] and "citizen" in screen.state["module"])
        assert [m["t"] for m in screen.messages[:2]] == ["sys.hello", "sys.subscribed"]
        assert screen.hello["build"] == "b1" and screen.hello["city"] == "test" and screen.hello["demo"] is False
        parse_time(screen.hello["now"])
        assert screen.recovered is False
        assert screen.state["incident"]["a"]["status"] == "new"
        assert screen.state["kpi"]["citizen.open_reports"]["value"] == 3
        assert len(screen.state["event"]) == 2
        world.incident("a", "taken", status="taken")
        position = world.incident("b")
        await screen.until_upto(position)
        assert screen.state["incident"]["a"]["status"] == "taken"
        assert set(screen.state["incident"]) == {"a", "b"}
        change = next(m for m in screen.messages if m["t"] == "incident" and m["op"] == "put")
        assert set(change) == {"t", "k", "op", "position", "ts", "rt", "d"}
        assert change["position"] == 3


async def test_heartbeat_says_time_build_epoch_and_upto(feed: Feed) -> None:
    position = feed.world.event()
    async with feed.screen("event") as screen:
        await screen.until(lambda: screen.beat.get("upto") == position)
        assert set(screen.beat) == {"now", "build", "epoch", "upto"}
        assert screen.beat["epoch"] == feed.world.epoch


async def test_heartbeats_say_while_the_store_does_not_answer(
    feeds: Callable[..., Awaitable[Feed]], world: World
) -> None:
    feed = await feeds(away_s=0.2)
    async with feed.screen("unit") as screen:
        await screen.until(lambda: bool(screen.beat) and "store_away_s" not in screen.beat)
        world.latest.open.clear()
        await screen.until(lambda: "store_away_s" in screen.beat)
        world.latest.open.set()
        await screen.until(lambda: "store_away_s" not in screen.beat)


async def test_upto_passes_over_what_the_client_did_not_ask_for(feed: Feed) -> None:
    async with feed.screen("event", severity=5) as screen:
        position = feed.world.event(severity=1)
        await screen.until_upto(position)
        assert screen.state["event"] == {}


async def test_fifty_screens_get_the_same_bytes(feed: Feed) -> None:
    screens = [feed.screen("incident", "event") for _ in range(50)]
    await asyncio.gather(*(screen.connect() for screen in screens))
    await asyncio.gather(*(screen.until(lambda s=screen: s.upto is not None) for screen in screens))
    for number in range(20):
        feed.world.incident(f"case-{number}", title={"vi": f"Vụ số {number}", "en": f"Case {number}"})
    position = await feed.world.log.head()
    await asyncio.gather(*(screen.until_upto(position) for screen in screens))
    changes = [[f for f in screen.frames if '"op":"put"' in f] for screen in screens]
    assert len(changes[0]) == 40
    assert all(given == changes[0] for given in changes)
    await asyncio.gather(*(screen.close() for screen in screens))


async def test_vietnamese_text_passes_unharmed_in_both_forms(feed: Feed) -> None:
    composed = "Ngập ở đường Lê Lợi, phường Hạc Thành"
    spread = unicodedata.normalize("NFD", composed)
    async with feed.screen("incident") as screen:
        feed.world.incident("nfc", title={"vi": composed, "en": "x"})
        position = feed.world.incident("nfd", title={"vi": spread, "en": "x"})
        await screen.until_upto(position)
        assert screen.state["incident"]["nfc"]["title"]["vi"] == composed
        assert screen.state["incident"]["nfd"]["title"]["vi"] == spread


async def test_of_a_last_known_value_the_newest_source_time_wins(feed: Feed) -> None:
    feed.world.unit("113-01", lon=105.1, at=START + timedelta(seconds=60))
    async with feed.screen("unit") as screen:
        await screen.until(lambda: screen.state["unit"])
        feed.world.unit("113-01", lon=105.9, at=START)
        feed.world.unit("113-02")
        await screen.until(lambda: "113-02" in screen.state["unit"])
        assert screen.state["unit"]["113-01"]["lonlat"][0] == 105.1


async def test_a_changed_subscription_begins_anew(feed: Feed) -> None:
    feed.world.incident("a", severity=2)
    feed.world.incident("b", severity=5)
    async with feed.screen("incident") as screen:
        await screen.until(lambda: len(screen.state["incident"]) == 2)
        await screen.subscribe(severity=4)
        await screen.until(lambda: set(screen.state["incident"]) == {"b"})
        feed.world.incident("c", severity=2)
        position = feed.world.incident("d", severity=4)
        await screen.until_upto(position)
        assert set(screen.state["incident"]) == {"b", "d"}


async def test_one_odd_payload_does_not_stop_the_feed(feed: Feed) -> None:
    async with feed.screen("event", "incident", modules=["desk", "citizen", "emergency"], severity=1) as screen:
        await screen.until(lambda: screen.upto is not None)
        feed.world.event(data={"geometry": {"type": "Point", "coordinates": ["x"]}, "ward": 7, "title": 3})
        feed.world.event("incident.opened", module="desk", data={"incident": {"id": "x", "lonlat": "north"}})
        feed.world.event("incident.opened", module="desk", data={"incident": [1]})
        odd = {"id": "y", "module": [1], "severity": "high", "updated": 5, "lonlat": [None, {}]}
        feed.world.event("incident.opened", module="desk", data={"incident": odd})
        feed.world.log.rows.append(type(feed.world.log.rows[0])(feed.world.log.rows[-1].position + 1, b"{broken"))
        position = feed.world.incident("a")
        await screen.until_upto(position)
        assert "a" in screen.state["incident"]
        assert len(screen.state["event"]) == 5


async def test_the_pages_of_the_same_port_are_still_served(feed: Feed) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", feed.port)
    writer.write(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
    assert (await reader.read()).startswith(b"HTTP/1.1 200")
    writer.close()
