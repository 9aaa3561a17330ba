"""The numbers for Prometheus tell how events flow, and the dashboard asks for no number there is not."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from ioc.api.measures import Measures
from ioc.contract import Latest
from ioc.core.clock import SetClock
from ioc.core.envelope import Recorded, encode
from ioc.host.flow import positions
from ioc.store.dead import bury
from ioc.store.log import Row
from tests.api.conftest import World
from tests.events import an_event

DASHBOARD = Path(__file__).resolve().parents[2] / "deploy" / "grafana-dashboard.json"
NAME = re.compile(r"\bioc_[a-z_]+")


async def told(world: World) -> dict[tuple[str, ...], float]:
    """Every sample by its name and the values of its labels."""
    async with world.client() as client:
        text = (await client.get("/metrics")).text
    families = text_string_to_metric_families(text)
    return {(one.name, *one.labels.values()): one.value for family in families for one in family.samples}


async def test_a_consumer_that_is_behind_is_told_with_the_age_of_its_oldest_event(world: World) -> None:
    for _ in range(3):
        await world.store.write(lambda tx: tx.append(an_event(recordedtime=datetime.now(UTC) - timedelta(hours=1))))
    await world.store.cursors.take("module:slow", "test", start=1)
    await world.store.cursors.take("module:quick", "test", start=3)
    await world.store.cursors.take("module:slow:readings:noise", "test", start=0)
    found = await told(world)
    assert found["ioc_cursor_lag", "module:slow"] == 2 and found["ioc_cursor_lag", "module:quick"] == 0
    assert found["ioc_cursor_age_seconds", "module:quick"] == 0
    assert 3600 <= found["ioc_cursor_age_seconds", "module:slow"] < 7200
    assert not [name for name in found if "readings" in str(name)]


async def test_a_consumer_that_nothing_concerns_is_not_behind_although_its_cursor_rests(world: World) -> None:
    for _ in range(5):
        await world.store.write(lambda tx: tx.append(an_event()))
    await world.store.cursors.take("module:citizen", "test", start=1)
    said = Latest("module", "citizen", {"state": "live", "position": 5}, datetime.now(UTC))
    await world.store.write(lambda tx: tx.latest(said))
    found = await told(world)
    assert found["ioc_cursor_lag", "module:citizen"] == found["ioc_cursor_age_seconds", "module:citizen"] == 0


async def test_what_is_set_aside_is_counted_by_consumer_with_the_age_of_the_oldest(world: World) -> None:
    assert (await told(world))["ioc_dead_letter_age_seconds",] == 0
    event = an_event()
    position = await world.store.write(lambda tx: tx.append(event))
    await world.store.write(lambda tx: bury(tx, "module:citizen", Recorded(position, event), "hỏng", ""))
    found = await told(world)
    assert (found["ioc_dead_letters",], found["ioc_dead_letters_of", "module:citizen"]) == (1, 1)
    assert found["ioc_dead_letter_age_seconds",] >= 0


async def test_modules_sources_and_queues_are_told_by_state(world: World) -> None:
    now = datetime.now(UTC)
    live: dict[str, Any] = {"state": "live", "since": "x"}
    source = {"id": "traffic:d1", "module": "traffic", "key": "d1", "state": "doubtful", "last_at": None}
    source |= {"period_s": None, "since": None, "reason": None}
    for topic, key, body in (("module", "traffic", live), ("source", "traffic:d1", source)):
        value = Latest(topic, key, body, now)
        await world.store.write(lambda tx, value=value: tx.latest(value))
    found = await told(world)
    assert found["ioc_module_state", "traffic", "live"] == found["ioc_module_live", "traffic"] == 1
    assert found["ioc_module_state", "traffic", "failed"] == 0
    assert found["ioc_module_age_seconds", "traffic"] < 60
    assert found["ioc_sources", "traffic", "doubtful"] == 1 and found["ioc_sources", "traffic", "live"] == 0
    assert found["ioc_writes_waiting", "events"] >= 0 and found["ioc_feed_queued_bytes",] == 0


def test_the_way_to_the_bus_and_the_screens_is_measured() -> None:
    clock = SetClock(datetime(2026, 11, 21, tzinfo=UTC))
    measures = Measures(clock)
    assert measures.relay_s is None and measures.feed_s is None
    row = Row(1, encode(an_event(recordedtime=clock.now())))
    clock.move(timedelta(seconds=0.4))
    measures.relayed([row])
    clock.move(timedelta(seconds=0.2))
    measures.handed_out([row, Row(2, b"rubbish")])
    assert (round(measures.relay_s or 0, 3), round(measures.feed_s or 0, 3)) == (0.4, 0.6)
    measures.handed_out([Row(2, b"rubbish")])
    assert measures.feed_s == 0.0
    clock.move(timedelta(minutes=2))
    assert measures.relay_s is None and measures.feed_s is None, "it says nothing of now"


async def test_the_dashboard_asks_for_numbers_that_are_there(world: World) -> None:
    panels = json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]
    asked = {name for panel in panels for one in panel["targets"] for name in NAME.findall(one["expr"])}
    async with world.client() as client:
        await client.get("/api/v1/me")
        text = (await client.get("/metrics")).text
    declared = {line.split()[2]: line.split()[3] for line in text.splitlines() if line.startswith("# TYPE ")}
    there = set(declared)
    there |= {f"{name}{end}" for name, kind in declared.items() if kind == "histogram" for end in ("_bucket", "_count")}
    assert len(asked) >= 18
    assert not asked - there
    own = {name for name in declared if name.startswith("ioc_") and not name.endswith("_created")}
    assert not own - {name.removesuffix("_bucket").removesuffix("_count") for name in asked}, "every number has a panel"
    assert all(" / " in panel["title"] for panel in panels), "titles in both languages"


async def test_who_sees_which_events_want_pictures_is_as_far_as_the_cameras_say(world: World) -> None:
    """Its cursor moves seldom, since few events concern it: that is no lag."""
    await world.store.cursors.take("evidence", "test")
    for _ in range(3):
        await world.store.write(lambda tx: tx.append(an_event()))
    await world.store.write(lambda tx: tx.latest(Latest("module", "cameras", {"position": 3}, tx.now)))
    assert (await positions_of(world))["evidence"] == 3


async def positions_of(world: World) -> dict[str, int]:
    async with world.store.read() as connection:
        return await positions(connection)
