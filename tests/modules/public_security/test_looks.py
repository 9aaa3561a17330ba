"""Which free patrol might look where: a proposal with its reasons that a person accepts or leaves, never an order."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ioc.contract import NearbyUnit
from ioc.core.clock import iso
from ioc.core.dataclass import DataClass
from ioc.core.envelope import Envelope
from ioc.core.ids import new_id
from ioc.core.text import Text
from modules.public_security.looks import Spot, gather, plan
from modules.public_security.numbers import LookLimits, PatrolLimits
from tests.at_once import at_once
from tests.modules.public_security.conftest import PEOPLE, SQUARE, START, World, refused, small_city
from tests.modules.public_security.test_hotspots import HOT, many
from tests.modules.public_security.test_near_repeat import keep, repeating, scattered

LON, LAT = SQUARE
HALF_HOUR = 1800
FREE_CITY = small_city()
LIMITS = LookLimits(most=5, reach_m=5000, apart_m=750, age=timedelta(minutes=30), rest=timedelta(hours=4))
PATROLS = PatrolLimits(fresh=timedelta(minutes=2), road_factor=1.3, speed_kmh=30)


async def case(world: World, status: str = "new", number: int = 7, **more: Any) -> str:
    """The desk tells of a case of this module."""
    incident = {
        "id": new_id(),
        "number": number,
        "status": status,
        "priority": 2,
        "title": {"vi": "Xâm nhập vùng cấm: Sân sau", "en": "Intrusion: Sân sau"},
        "module": "public_security",
        "correlation": f"story-{number}",
        "opened": iso(world.clock.now()),
        "lonlat": [LON, LAT],
        "dataclass": "internal",
        "simulated": False,
        "lead": None,
    } | more
    verb = {"new": "opened", "closed": "closed"}.get(status, status)
    event = Envelope(
        id=new_id(),
        source="/test/desk",
        type=f"incident.{verb}",
        time=world.clock.now(),
        recordedtime=world.clock.now(),
        city=world.city.id,
        module="desk",
        partitionkey=incident["id"],
        correlationid=incident["correlation"],
        dataclass=incident["dataclass"],
        data={"incident": incident},
    )
    await world.store.write(lambda tx: tx.append(event))
    await world.settle()
    return str(incident["id"])


async def looks(world: World, state: str = "open", who: str = "operator") -> list[dict[str, Any]]:
    answer = await world.get("/looks", who, state=state)
    assert answer.status_code == 200, answer.text
    return answer.json()["looks"]  # type: ignore[no-any-return]


async def answer(world: World, look: dict[str, Any], said: str) -> Any:
    return await world.post(f"/looks/{look['id']}/answer", {"answer": said}, "operator")


async def test_the_nearest_free_patrol_is_proposed_for_a_case_that_waits(world: World) -> None:
    await world.patrol("ca-01", LON + 0.01, LAT)
    await world.patrol("ca-02", LON + 0.002, LAT)
    await world.patrol("ca-03", LON, LAT, state="on_scene")
    await world.patrol("ca-04", LON, LAT, age_s=600)
    await world.patrol("ca-05", LON, LAT, state="unknown")
    await case(world)
    await world.tick("propose_looks")
    (look,) = await looks(world)
    assert look["unit"]["id"] == "ca-02" and 205 <= look["distance_m"] <= 213 and look["mode"] == "mirror"
    assert look["reasons"] == [
        {"vi": "vụ 7 đang chờ: Xâm nhập vùng cấm: Sân sau", "en": "case 7 is waiting: Intrusion: Sân sau"}
    ]
    assert look["note"]["vi"] == "đề xuất, không phải lệnh điều động" and look["ward"]["name"] and look["simulated"]
    (event,) = await world.events("look.proposed")
    assert (event.severity, event.dataclass, event.simulated, event.correlationid) == (1, "internal", True, "story-7")
    assert event.data["title"]["vi"].startswith(f"Đề xuất Tuần tra 02 Hàm Rồng (cách {look['distance_m']} m) qua xem ")
    await world.tick("propose_looks")
    assert await looks(world) == [look] and len(await world.events("look.proposed")) == 1


@pytest.mark.parametrize("status", ["closed", "assigned"])
async def test_it_vanishes_when_its_reason_is_gone(world: World, status: str) -> None:
    await world.patrol("ca-01", LON, LAT)
    id = await case(world)
    await world.tick("propose_looks")
    await case(world, status, id=id)
    await world.tick("propose_looks")
    assert await looks(world) == []
    (gone,) = await looks(world, "gone")
    assert gone["ended_why"] == {"vi": "lý do không còn", "en": "its reason is gone"}
    await case(world, "reopened" if status == "closed" else "taken", id=id)
    assert await looks(world) == []


async def test_another_patrol_is_proposed_when_the_first_is_free_no_longer(world: World) -> None:
    await world.patrol("ca-01", LON, LAT)
    await world.patrol("ca-02", LON + 0.01, LAT)
    await case(world)
    await world.tick("propose_looks")
    world.wait(10)
    await world.patrol("ca-01", LON, LAT, state="on_scene")
    await world.tick("propose_looks")
    assert [one["unit"]["id"] for one in await looks(world)] == ["ca-02"]
    assert "không còn rảnh" in (await looks(world, "gone"))[0]["ended_why"]["vi"]


async def test_a_person_accepts_or_leaves_and_the_place_rests(world: World) -> None:
    await world.patrol("ca-01", LON, LAT)
    await world.patrol("ca-02", LON, LAT)
    await case(world, number=1)
    await case(world, number=2, lonlat=[LON + 0.01, LAT])
    await world.tick("propose_looks")
    first, second = await looks(world)
    done = await answer(world, first, "accept")
    assert done.json()["state_name"] == {"vi": "đã chấp nhận", "en": "accepted"}
    assert (await answer(world, second, "leave")).json()["state"] == "left"
    (event,) = await world.events("look.accepted")
    assert event.data["unit"] == first["unit"]["id"] and event.data["title"]["en"].startswith("Accepted: ")
    assert len(await world.events("look.left")) == 1
    assert (await looks(world, "accepted"))[0]["answered_by"] == "an"
    await world.tick("propose_looks")
    assert await looks(world) == []
    for _ in range(8):  # both places rest for four hours
        world.wait(HALF_HOUR - 1)
        await world.patrol("ca-01", LON, LAT)
        await world.tick("propose_looks")
    assert await looks(world) == []
    world.wait(60)
    await world.patrol("ca-01", LON, LAT)
    await world.tick("propose_looks")
    assert len(await looks(world)) == 1


async def test_what_nobody_answers_ages_and_is_not_asked_again_at_once(world: World) -> None:
    await world.patrol("ca-01", LON, LAT)
    await case(world)
    await world.tick("propose_looks")
    (look,) = await looks(world)
    world.wait(HALF_HOUR)
    assert await looks(world) == [], "old before the timer has run"
    assert refused(await answer(world, look, "accept"), 409)["type"].endswith("proposal-over")
    await world.patrol("ca-01", LON, LAT)
    await world.tick("propose_looks")
    assert [one["ended_why"]["en"] for one in await looks(world, "aged")] == ["nobody answered it in time"]
    await world.tick("propose_looks")
    assert await looks(world) == [] and len(await world.events("look.proposed")) == 1


async def test_of_two_answers_at_once_one_counts_on_each_database(world_anywhere: World) -> None:
    world = world_anywhere
    await world.patrol("ca-01", LON, LAT)
    await case(world)
    await world.tick("propose_looks")
    (look,) = await looks(world)
    found = await asyncio.gather(answer(world, look, "accept"), answer(world, look, "leave"))
    assert sorted(one.status_code for one in found) == [200, 409]
    won = next(one.json()["state"] for one in found if one.status_code == 200)
    assert len(await looks(world, won)) == 1
    assert len(await world.events("look.accepted")) + len(await world.events("look.left")) == 1
    await case(world, number=9)
    await world.patrol("ca-02", LON, LAT)
    await world.tick("propose_looks")
    await world.tick("find_hotspots")
    assert len(await looks(world)) == 1


async def test_hot_spots_and_places_where_it_may_come_again_are_reasons(world: World) -> None:
    await keep(world, [*scattered(60), *repeating(), (900, 900, 1)])
    await many(world, 30)
    for n, unit in enumerate(("ca-01", "ca-02", "ca-03", "ca-04", "ca-05")):
        await world.patrol(unit, HOT[0] + n * 1e-3, HOT[1])
    await world.tick("find_hotspots")
    await world.tick("find_near_repeat")
    await world.tick("propose_looks")
    found = await looks(world)
    said = " · ".join(reason["vi"] for one in found for reason in one["reasons"])
    assert "điểm nóng: " in said and "sau vụ trộm cắp ngày 20/11: đến 27/11, trong 150 m nguy cơ gấp " in said
    assert len({one["unit"]["id"] for one in found}) == len(found) >= 2
    world.wait(2 * 3600 + 1)  # a hot spot nobody has counted anew says nothing of now
    await world.tick("propose_looks")
    assert all("điểm nóng" not in reason["vi"] for one in await looks(world) for reason in one["reasons"])


async def test_what_is_told_of_a_household_is_for_those_who_may_see_it(world: World) -> None:
    await world.patrol("ca-01", LON, LAT)
    await case(world, dataclass="personal")
    await world.tick("propose_looks")
    (event,) = await world.events("look.proposed")
    assert event.dataclass == "personal" and len(await looks(world)) == 1
    PEOPLE["narrow"] = msgspec.structs.replace(PEOPLE["operator"], classes=frozenset({DataClass.INTERNAL}))
    assert await looks(world, who="narrow") == []
    hidden = await world.post(f"/looks/{event.data['look']}/answer", {"answer": "accept"}, "narrow")
    refused(hidden, 404)
    await world.tick("count")
    assert (await world.shown("kpi"))["public_security.looks_open"]["value"] == 0


async def test_the_indicator_says_when_nobody_could_be_proposed(world: World) -> None:
    await case(world)
    await world.tick("propose_looks")
    await world.tick("count")
    shown = (await world.shown("kpi"))["public_security.looks_open"]
    assert shown["value"] is None and shown["reason"]["vi"] == "không có tuần tra rảnh với vị trí mới"
    await world.patrol("ca-01", LON, LAT)
    await world.tick("propose_looks")
    await world.tick("count")
    shown = (await world.shown("kpi"))["public_security.looks_open"]
    assert (shown["value"], shown["limit_hi"]) == (1, 4)


@pytest.mark.parametrize(
    "more", [{"module": "citizen"}, {"lonlat": None}, {"lead": "another"}, {"status": "assigned"}, {"status": "closed"}]
)
async def test_other_cases_are_no_reason(world: World, more: dict[str, Any]) -> None:
    await world.patrol("ca-01", LON, LAT)
    await case(world, **more)
    await world.tick("propose_looks")
    assert await looks(world) == []


async def test_an_answer_under_one_key_is_told_alike_and_given_once(world_anywhere: World) -> None:
    world = world_anywhere
    await world.patrol("ca-01", LON, LAT)
    await case(world)
    await world.tick("propose_looks")
    (look,) = await looks(world)

    async def say(said: str) -> Any:
        key = {"Idempotency-Key": "k"}
        return await world.post(f"/looks/{look['id']}/answer", {"answer": said}, "operator", **key)

    answers = await at_once(world.store, *(say("accept") for _ in range(8)))
    assert {(one.status_code, one.text) for one in answers} == {(200, answers[0].text)}
    assert refused(await say("leave"), 409)["type"] == "urn:ioc:problem:key-reused"
    refused(await answer(world, look, "accept"), 409)
    assert len(await looks(world, "accepted")) == 1


@pytest.mark.parametrize("body", [b"{}", b'{"answer": "go"}', b'{"answer": "accept", "more": 1}', b"["])
async def test_an_answer_that_is_none_is_refused(world: World, body: bytes) -> None:
    await world.patrol("ca-01", LON, LAT)
    await case(world)
    await world.tick("propose_looks")
    (look,) = await looks(world)
    said = await world.post(f"/looks/{look['id']}/answer", body, "operator")
    assert 400 <= said.status_code < 500 and len(await looks(world)) == 1
    refused(await world.post("/looks/nothing/answer", {"answer": "accept"}, "operator"), 404)
    refused(await world.post(f"/looks/{new_id()}/answer", {"answer": "accept"}, "operator"), 404)


def spot(n: int, kind: str = "incident", press: float = 1, east: float = 0, **more: Any) -> Spot:
    values = {"radius_m": 0, "data_class": DataClass.INTERNAL, "simulated": False} | more
    return Spot(key=f"{kind}/{n}", kind=kind, lon=LON + east, lat=LAT, press=press, reasons=(Text(f"v{n}", f"e{n}"),),
                **values)  # type: ignore[arg-type]  # fmt: skip


def unit(n: int, east: float, state: str = "available", age_s: float = 5) -> NearbyUnit:
    at = START - timedelta(seconds=age_s)
    return NearbyUnit(f"u{n}", f"Tuần tra {n}", "police", state, frozenset(), LON + east, LAT, at, 0.0)


places = st.lists(st.floats(-0.03, 0.03), max_size=9)


@given(places, places, st.integers(1, 6))
def test_one_patrol_a_place_one_place_a_patrol_and_never_too_many(
    spots: list[float], units: list[float], most: int
) -> None:
    wanted = [spot(n, east=east) for n, east in enumerate(spots)]
    heard = [unit(n, east) for n, east in enumerate(units)]
    limits = msgspec.structs.replace(LIMITS, most=most)
    made = plan(wanted, [], heard, FREE_CITY, limits, PATROLS, START).new
    assert len({one.patrol.id for one in made}) == len({one.spot.key for one in made}) == len(made)
    assert len(made) <= min(most, len(spots), len(units))
    assert all(one.patrol.distance_m <= limits.reach_m for one in made)
    near = [one for one in wanted for u in heard if abs(u.lon - one.lon) * 104_700 < 4900]
    assert bool(made) or not near


def test_a_place_beside_another_adds_its_reasons_and_its_class_but_a_case_stands_alone() -> None:
    hot, again = spot(1, "hotspot", -3, data_class=DataClass.INTERNAL), spot(2, "near_repeat", -2, east=0.005)
    shut = spot(3, east=0.004, data_class=DataClass.PERSONAL, simulated=True)
    found = gather([hot, again, shut, spot(4, press=0, east=0.0041)], 750)
    assert [one.key for one in found] == ["incident/4", "incident/3"]
    assert [text.en for text in found[0].reasons] == ["e4", "e2", "e1"]
    (alone, far) = gather([hot, spot(5, "hotspot", -2.5, east=0.02)], 750)
    assert (alone.key, far.key) == ("hotspot/1", "hotspot/5")
    (joined,) = gather([shut, hot], 750)
    assert joined.data_class == DataClass.PERSONAL and joined.simulated
