"""Events, modules, the city, health, numbers and pages."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from pydantic import ValidationError

from ioc.bus import BusUnavailable
from ioc.contract.readings import Latest
from ioc.core.envelope import Envelope
from ioc.core.ids import new_id
from ioc.settings import Settings
from ioc.store import StoreUnavailable, Transaction
from tests.api.conftest import World

NOON = datetime(2026, 11, 21, 5, 0, tzinfo=UTC)


def an_event(**values: Any) -> Envelope:
    made: dict[str, Any] = {
        "id": new_id(),
        "source": "/modules/noise",
        "type": "noise.limit.exceeded",
        "time": NOON,
        "city": "ky-anh",
        "module": "noise",
        "partitionkey": "tram-01",
        "correlationid": "c-1",
        "recordedtime": NOON,
        "data": {"title": {"vi": "Ồn", "en": "Noise"}, "geometry": {"type": "Point", "coordinates": [106.3, 18.08]}},
    }
    return Envelope(**(made | values))


async def append(world: World, *events: Envelope) -> None:
    for event in events:
        await world.store.write(lambda tx, event=event: tx.append(event))


async def found(world: World, role: str, query: str = "") -> list[str]:
    async with world.client(role) as client:
        answer = await client.get(f"/api/v1/events{query}")
    assert answer.status_code == 200, answer.text
    return [one["subject"] for one in answer.json()["events"]]


async def test_an_event_of_a_newer_build_is_shown_with_all_it_has_and_what_is_as_usual(world: World) -> None:
    class Newer(Envelope):
        weather: str = "khô"

    newer = Newer(**msgspec.structs.asdict(an_event(dataclass="public")), weather="Mưa bão")
    await append(world, newer)
    async with world.client("anyone") as client:
        listed = (await client.get("/api/v1/events")).json()["events"]
        alone = (await client.get(f"/api/v1/events/{newer.id}")).json()
    assert listed == [alone]
    usual = {"specversion": "1.0", "datacontenttype": "application/json", "severity": 1, "simulated": False}
    assert alone.items() >= (usual | {"weather": "Mưa bão", "position": 1, "exercise": False}).items()
    assert alone["data"]["title"] == {"vi": "Ồn", "en": "Noise"}


async def test_each_role_sees_its_classes_of_data(world: World) -> None:
    classes = ("public", "internal", "personal", "security")
    events = [an_event(dataclass=one, subject=one) for one in classes]
    await append(world, *events)
    seen = {role: set(await found(world, role)) for role in ("anyone", "device", "wall", "operator", "admin")}
    assert seen == {
        "anyone": {"public"},
        "device": {"public"},
        "wall": {"public", "internal"},
        "operator": {"public", "internal", "personal"},
        "admin": set(classes),
    }
    async with world.client("wall") as client:
        hidden = await client.get(f"/api/v1/events/{events[2].id}")
        missing = await client.get(f"/api/v1/events/{new_id()}")
        shown = await client.get(f"/api/v1/events/{events[1].id}")
    assert shown.json()["position"] == 2
    assert hidden.status_code == missing.status_code == 404
    assert {**hidden.json(), "trace": ""} == {**missing.json(), "trace": ""}


async def test_filters(world: World) -> None:
    far = {"geometry": {"type": "Point", "coordinates": [105.0, 19.0]}}
    await append(
        world,
        an_event(subject="old", time=NOON - timedelta(days=2)),
        an_event(subject="far", data=far),
        an_event(subject="other", module="traffic", type="traffic.congestion.detected", severity=4),
        an_event(subject="story", correlationid="c-2"),
    )
    assert await found(world, "wall", "?module=traffic") == ["other"]
    assert await found(world, "wall", "?type=traffic.congestion.detected") == ["other"]
    assert await found(world, "wall", "?severity=4") == ["other"]
    assert await found(world, "wall", "?correlation=c-2") == ["story"]
    assert await found(world, "wall", "?since=2026-11-21T00:00:00Z&bbox=106,18,107,19") == ["story", "other"]
    assert await found(world, "wall", "?until=2026-11-20T07:00:00%2B07:00") == ["old"]


async def test_pages_follow_each_other_without_hole_or_repeat(world: World) -> None:
    await append(world, *(an_event(subject=str(n)) for n in range(7)))
    seen, before = [], ""
    async with world.client("wall") as client:
        while True:
            page = (await client.get(f"/api/v1/events?limit=3{before}")).json()
            seen += [one["subject"] for one in page["events"]]
            if page["next"] is None:
                break
            before = f"&before={page['next']}"
    assert seen == ["6", "5", "4", "3", "2", "1", "0"]


@pytest.mark.parametrize(
    "query",
    ["bbox=1,2,3", "bbox=19,106,18,107", "bbox=nan,1,2,3", "bbox=200,0,201,1", "since=2026-11-21T00:00:00",
     "since=0001-01-01T00:00:00Z", "since=0001-01-01T00:00:00%2B14:00",
     "until=9999-12-31T23:59:59-14:00", "severity=9", "limit=0", "limit=501", "before=0", "colour=red"],
)  # fmt: skip
async def test_bad_filter_is_named(world: World, query: str) -> None:
    async with world.client() as client:
        answer = await client.get(f"/api/v1/events?{query}")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == query.partition("=")[0]


async def test_person_of_one_module_sees_no_other(world: World) -> None:
    await append(world, an_event(subject="noise"), an_event(subject="traffic", module="traffic"))
    (person,) = [p for p in await world.auth.people.list() if p.role == "operator"]
    await world.auth.people.set_rights(person.id, role="operator", modules=["traffic"], by="test")
    assert await found(world, "operator") == ["traffic"]
    assert await found(world, "operator", "?module=noise") == []


async def say(world: World, state: str = "live", ago: timedelta = timedelta(0)) -> None:
    at = datetime.now(UTC) - ago
    for name in world.app.state.titles:
        value = Latest("module", name, {"state": state, "since": "x", "events": 3, "lag": 0}, at)
        await world.store.write(lambda tx, value=value: tx.latest(value))


async def test_modules_are_shown_with_state_and_titles(world: World) -> None:
    async with world.client() as client:
        before = (await client.get("/api/v1/modules")).json()["modules"]
        await say(world)
        after = (await client.get("/api/v1/modules")).json()["modules"]
    assert {row["state"] for row in before} == {"starting"}
    assert {row["state"] for row in after} == {"live"}
    assert [row["name"] for row in after] == sorted(world.app.state.titles)
    assert all(row["title"]["vi"] and row["title"]["en"] and row["age_s"] < 10 for row in after)


async def test_what_a_module_said_before_it_was_taken_out_is_left_aside(world: World) -> None:
    at = datetime.now(UTC) - timedelta(hours=1)
    gone, ours = (
        Latest("module", "street_lamps", {"state": "live"}, at),
        Latest("module", "desk", {"platform": True}, at),
    )
    await world.store.write(lambda tx: [tx.latest(gone), tx.latest(ours)])
    async with world.client() as client:
        names = [row["name"] for row in (await client.get("/api/v1/modules")).json()["modules"]]
    assert names == sorted([*world.app.state.titles, "desk"])


async def test_every_event_says_how_severe_and_how_real_it_is(world: World) -> None:
    await append(world, an_event(severity=1))
    async with world.client("operator") as client:
        (event,) = (await client.get("/api/v1/events")).json()["events"]
        same = (await client.get(f"/api/v1/events/{event['id']}")).json()
    assert (event["severity"], event["simulated"], event["exercise"]) == (1, False, False)
    assert event["dataclass"]
    assert event["specversion"] == "1.0"
    assert same == event


async def test_ready_only_when_store_bus_and_modules_are(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    async with world.client() as client:
        starting = await client.get("/readyz")
        await say(world)
        ready = await client.get("/readyz")

        async def no_redis() -> int:
            raise BusUnavailable

        async def no_database() -> int:
            raise StoreUnavailable("gone")

        world.app.state.bus.last = no_redis
        no_bus = await client.get("/readyz")
        monkeypatch.setattr(world.store.log, "head", no_database)
        no_store = await client.get("/readyz")
        assert (await client.get("/healthz")).json() == {"status": "alive"}
    assert (starting.status_code, ready.status_code, no_bus.status_code, no_store.status_code) == (503, 200, 503, 503)
    assert ready.json()["ready"] is True
    assert "module citizen: Starting" in [reason["en"] for reason in starting.json()["reasons"]]
    assert no_bus.json()["reasons"] == [{"vi": "bus: chưa sẵn sàng", "en": "bus: not ready"}]
    assert no_store.json()["checks"]["store"] is False


async def test_not_ready_while_store_or_bus_answer_and_take_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await say(world)
    now = datetime.now(UTC)
    for ago in (20, 3):
        await append(world, an_event(recordedtime=now - timedelta(seconds=ago)))
    in_bus = 1

    async def last() -> int:
        return in_bus

    monkeypatch.setattr(world.app.state.bus, "last", last)
    async with world.client() as client:
        soon = (await client.get("/readyz")).json()
        in_bus = 0
        late = (await client.get("/readyz")).json()
        in_bus = 2

        def refused(tx: Transaction) -> None:
            raise StoreUnavailable("the disk is full")

        with pytest.raises(StoreUnavailable):
            await world.store.write(refused)
        full = (await client.get("/readyz")).json()
    assert soon["ready"] is True, "the second event is on its way"
    assert [name for name, well in late["checks"].items() if not well] == ["bus"]
    assert full["reasons"] == [
        {
            "vi": "store: Không ghi được dữ liệu: đĩa đã đầy",
            "en": "store: Nothing can be written: the disk is full",
        }
    ]


async def test_not_ready_while_a_module_says_it_is_well_and_handles_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await say(world)
    monkeypatch.setattr(world.app.state.bus, "last", world.store.log.head)
    await world.store.cursors.take("module:citizen", "ours")
    for ago in (30, 90):  # seconds since each was recorded; the first of them is handled
        await append(world, an_event(recordedtime=datetime.now(UTC) - timedelta(seconds=ago)))
    async with world.client() as client:
        at_work = (await client.get("/readyz")).json()
        live = Latest("module", "citizen", {"state": "live", "since": "x", "position": 1}, datetime.now(UTC))
        await world.store.write(lambda tx: tx.latest(live))
        late = await client.get("/readyz")
    assert at_work["ready"] is True
    assert (late.status_code, late.json()["checks"]["module:citizen"]) == (503, False)
    [reason] = late.json()["reasons"]
    assert reason["en"].startswith("module:citizen: its oldest event has waited 9")
    assert reason["vi"].startswith("module:citizen: sự kiện cũ nhất đã chờ 9")


async def test_numbers_are_for_this_machine_administrators_and_the_token(world: World) -> None:
    await append(world, an_event())
    async with world.client() as near, world.client("anyone", "192.0.2.9") as far:
        text = (await near.get("/metrics")).text
        assert (await far.get("/metrics")).status_code == 401
        assert (await far.get("/metrics", auth=("prometheus", "đếm"))).status_code == 200
        assert (await far.get("/metrics", auth=("prometheus", "sai"))).status_code == 401
        assert (await far.get("/metrics", headers={"Authorization": "Basic ?"})).status_code == 401
        assert (await near.get("/metrics", headers={"X-Forwarded-For": "192.0.2.9"})).status_code == 401
    async with world.client("operator", "192.0.2.9") as far:
        assert (await far.get("/metrics")).status_code == 403
    async with world.client("admin", "192.0.2.9") as far:
        assert (await far.get("/metrics")).status_code == 200
    for line in ("ioc_log_head 1.0", "ioc_relay_lag 1.0", "ioc_dead_letters 0.0", "ioc_feed_clients 0.0"):
        assert line in text
    assert "ioc_accept_seconds_count" in text


async def test_city_tells_screens_what_they_need(world: World) -> None:
    async with world.client() as client:
        city = (await client.get("/api/v1/city")).json()
    async with world.client("operator") as client:
        inside = (await client.get("/api/v1/city")).json()
    assert unicodedata.is_normalized("NFC", city["name"]["vi"])
    assert city["id"] == "ky-anh"
    west, south, east, north = city["bbox"]
    assert west < city["center"][0] < east
    assert south < city["center"][1] < north
    assert city["services"]
    assert city["agencies"]
    assert "units" not in city
    assert inside["units"]


@pytest.mark.parametrize("path", ["/", "/wall", "/console", "/login"])
async def test_page_is_asked_for_anew_and_helpful_before_it_is_built(world: World, path: str, tmp_path: Path) -> None:
    world.app.state.web = tmp_path / "none"
    async with world.client() as client:
        missing = await client.get(path)
        world.app.state.web = tmp_path
        (tmp_path / f"{path.strip('/') or 'index'}.html").write_text("<p>Tường</p>")
        built, head = await client.get(path), await client.head(path)
    assert missing.status_code == 503
    assert "make web" in missing.text
    assert (built.status_code, built.text, head.status_code) == (200, "<p>Tường</p>", 200)
    assert built.headers["cache-control"] == "no-cache"


async def test_assets_never_change_and_nothing_else_is_served(world: World, tmp_path: Path) -> None:
    web = tmp_path / "web"
    (web / "assets").mkdir(parents=True)
    (web / "assets" / "a-1b2c.js").write_text("1")
    (web / "secret.txt").write_text("bí mật")
    (web / "assets" / "link").symlink_to(web / "secret.txt")
    world.app.state.web = web
    async with world.client() as client:
        good = await client.get("/assets/a-1b2c.js")
        assert good.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert good.headers["content-type"].startswith("text/javascript")
        for path in ("..%2fsecret.txt", "%2e%2e/secret.txt", "link", "", "none.js", "%2fetc%2fpasswd", "a" * 300):
            answer = await client.get(f"/assets/{path}")
            assert answer.status_code == 404, path


async def test_security_txt(world: World) -> None:
    async with world.client() as client:
        text = (await client.get("/.well-known/security.txt")).text
    for line in ("Contact: http", "Expires: 20", "Preferred-Languages: vi, en", "Canonical: http"):
        assert line in text


async def test_a_city_names_its_own_contact_for_weaknesses(world: World) -> None:
    settings = {**world.app.state.settings.model_dump(), "security_contact": "mailto:an-toan@thanhhoa.example.vn"}
    world.app.state.settings = Settings.model_validate(settings)
    async with world.client() as client:
        lines = (await client.get("/.well-known/security.txt")).text.splitlines()
    assert [line for line in lines if line.startswith("Contact:")] == ["Contact: mailto:an-toan@thanhhoa.example.vn"]
    for wrong in ("an-toan@thanhhoa.example.vn", "http://x.example.vn", "mailto:a\nContact: mailto:b", "https://a b"):
        with pytest.raises(ValidationError, match="begins with mailto:"):
            Settings.model_validate({**settings, "security_contact": wrong})
