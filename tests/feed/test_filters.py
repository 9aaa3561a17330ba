"""Filters by topic, place, module, severity, and by the classes of data a principal may see, on every message."""

from __future__ import annotations

import asyncio

import pytest

from ioc.contract import Principal
from ioc.core.dataclass import PUBLIC_ONLY, WALL, DataClass
from tests.feed.client import FeedClient
from tests.feed.conftest import Feed

IN_TOWN, AT_SEA = (105.776, 19.807), (106.5, 19.5)
TOWN = [105.6, 19.7, 105.9, 19.9]


async def test_topics(feed: Feed) -> None:
    async with feed.screen("event") as screen:
        feed.world.unit("113-01")
        position = feed.world.incident("a")
        await screen.until_upto(position)
        assert {m["t"] for m in screen.messages if not m["t"].startswith("sys.")} == {"event"}


async def test_place_shows_what_lies_inside_and_what_has_no_place(feed: Feed) -> None:
    feed.world.incident("sea", lonlat=list(AT_SEA))
    async with feed.screen("incident", "event", bbox=TOWN) as screen:
        feed.world.incident("town", lonlat=list(IN_TOWN))
        feed.world.incident("unknown", lonlat=None)
        position = feed.world.incident("boat", lonlat=list(AT_SEA))
        await screen.until_upto(position)
        assert set(screen.state["incident"]) == {"town", "unknown"}
        assert len(screen.state["event"]) == 2


async def test_what_moves_out_of_the_box_is_taken_off_the_screen(feed: Feed) -> None:
    feed.world.unit("113-01", *IN_TOWN)
    feed.world.incident("a", lonlat=list(IN_TOWN))
    async with feed.screen("incident", "unit", bbox=TOWN) as screen:
        await screen.until(lambda: screen.state["incident"] and screen.state["unit"])
        feed.world.unit("113-01", *AT_SEA)
        feed.world.unit("114-01", *AT_SEA)
        feed.world.incident("a", "located", lonlat=list(AT_SEA))
        feed.world.incident("b", "opened", lonlat=list(AT_SEA))
        await screen.until(lambda: not screen.state["incident"] and not screen.state["unit"])
        assert sorted(m["k"] for m in screen.messages if m.get("op") == "del") == ["113-01", "a"]
        feed.world.incident("a", "located", lonlat=list(IN_TOWN))
        await screen.until(lambda: "a" in screen.state["incident"])


async def test_what_moved_out_of_the_box_while_away_is_taken_off_at_resume(feed: Feed) -> None:
    position = feed.world.incident("a", lonlat=list(IN_TOWN))
    async with feed.screen("incident", bbox=TOWN) as screen:
        await screen.until_upto(position)
        await screen.close()
        position = feed.world.incident("a", "located", lonlat=list(AT_SEA))
        await screen.reconnect()
        await screen.until_upto(position)
        assert screen.recovered is True
        assert screen.state["incident"] == {}


async def test_modules_and_severity(feed: Feed) -> None:
    async with feed.screen("incident", "event", "kpi", modules=["citizen"], severity=3) as screen:
        feed.world.latest.put("kpi.citizen", "open", {"module": "citizen", "value": 1})
        feed.world.latest.put("kpi.traffic", "jams", {"module": "traffic", "value": 2})
        feed.world.event("citizen.report.received", severity=2)
        feed.world.event("citizen.report.received", severity=3)
        feed.world.event("traffic.jam.seen", severity=4)
        feed.world.incident("a", module="citizen")
        position = feed.world.incident("b", module="emergency")
        await screen.until_upto(position)
        await screen.until(lambda: screen.state["kpi"])
        assert len(screen.state["event"]) == 1
        assert set(screen.state["incident"]) == {"a"}
        assert set(screen.state["kpi"]) == {"citizen.open"}


async def test_the_people_in_an_incident_are_never_on_the_wire(feed: Feed) -> None:
    feed.world.incident("a")
    async with feed.screen("incident", "event") as screen:
        position = feed.world.incident("b")
        await screen.until_upto(position)
        assert "secret-ref" not in "".join(screen.frames)
        assert "personal" not in screen.state["incident"]["a"]


@pytest.mark.parametrize("data_class", ["personal", "security", "unheard-of"])
async def test_a_wall_is_told_nothing_of_other_classes(feed: Feed, data_class: str) -> None:
    hidden = "CANARY"
    title = {"vi": hidden, "en": hidden}
    feed.world.event(dataclass=data_class, data={"title": title})
    feed.world.incident(hidden, data_class=data_class)
    feed.world.latest.put("unit", hidden, {"dataclass": data_class, "lonlat": [105.7, 19.8]})
    async with feed.screen(who="wall") as wall, feed.screen() as desk:
        feed.world.event(dataclass=data_class, data={"title": title})
        feed.world.incident(hidden, "taken", data_class=data_class)
        feed.world.incident(hidden + "2", data_class=data_class)
        position = feed.world.incident("plain")
        await wall.until_upto(position)
        await desk.until_upto(position)
        await wall.close()
        feed.world.incident(hidden, "noted", data_class=data_class)
        position = feed.world.event(dataclass=data_class, data={"title": title})
        await wall.reconnect()
        await wall.until_upto(position)
        await desk.until_upto(position)
        assert hidden not in "".join(wall.frames)
        assert set(wall.state["incident"]) == {"plain"}
        assert set(desk.state["incident"]) == {hidden, hidden + "2", "plain"}
        assert hidden in desk.state["unit"]
        assert "dataclass" not in desk.state["unit"][hidden]


async def test_what_becomes_secret_is_taken_off_the_wall(feed: Feed) -> None:
    position = feed.world.incident("a")
    async with feed.screen("incident", who="wall") as watching, feed.screen("incident", who="wall") as away:
        await watching.until_upto(position)
        await away.until_upto(position)
        await away.close()
        position = feed.world.incident("a", "noted", data_class="security")
        await away.reconnect()
        await away.until_upto(position)
        await watching.until(lambda: not watching.state["incident"])
        await away.until(lambda: not away.state["incident"])


async def test_a_person_of_one_module_sees_that_module(feed: Feed) -> None:
    feed.world.principals["citizen-desk"] = Principal(
        id="p-2", name="x", role="operator", classes=WALL, modules=frozenset({"citizen"})
    )
    async with feed.screen("incident", "event", who="citizen-desk") as screen:
        feed.world.event("citizen.report.received")
        feed.world.event("traffic.jam.seen")
        feed.world.incident("a", module="citizen")
        position = feed.world.incident("b", module="emergency")
        await screen.until_upto(position)
        assert set(screen.state["incident"]) == {"a"}
        assert len(screen.state["event"]) == 2


async def settled(screen: FeedClient, shown: set[str]) -> None:
    await screen.until(lambda: screen.upto is not None and set(screen.state["incident"]) == shown)


async def test_a_change_of_rights_counts_on_open_connections(feed: Feed) -> None:
    feed.world.incident("plain")
    feed.world.incident("secret", data_class="security")
    async with feed.screen("incident", who="wall") as screen:
        await settled(screen, {"plain"})
        before = feed.world.principals["wall"]
        assert before is not None
        more = Principal(id=before.id, name=before.name, role="operator", classes=frozenset(DataClass))
        feed.world.principals["wall"] = more
        await settled(screen, {"plain", "secret"})
        less = Principal(id=before.id, name=before.name, classes=PUBLIC_ONLY)
        feed.world.principals["wall"] = less
        await settled(screen, set())
        feed.world.principals["wall"] = None
        assert await screen.until_closed() == 4403
        assert screen.errors[0]["code"] == "rights-ended"


async def test_what_was_taken_from_an_open_connection_comes_back_with_the_rights(feed: Feed) -> None:
    feed.world.incident("plain")
    async with feed.screen("incident", who="wall") as screen:
        await settled(screen, {"plain"})
        before = feed.world.principals["wall"]
        assert before is not None
        feed.world.principals["wall"] = Principal(id=before.id, name=before.name, classes=PUBLIC_ONLY)
        await settled(screen, set())
        await screen.close()
        feed.world.principals["wall"] = before
        await screen.reconnect()
        await settled(screen, {"plain"})
        assert screen.recovered is False


async def test_no_message_follows_when_rights_end_under_load(feed: Feed) -> None:
    async def load() -> None:
        while True:
            feed.world.event()
            await asyncio.sleep(0.002)

    loading = asyncio.create_task(load())
    async with feed.screen("event") as screen:
        await screen.until(lambda: len(screen.state["event"]) > 10)
        feed.world.principals["operator"] = None
        assert await screen.until_closed() == 4403
    loading.cancel()
