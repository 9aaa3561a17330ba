"""What is found out about a report the moment it arrives: place, danger, repeats, priority, number."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from ioc.core.clock import parse_time
from modules.citizen.tables import report
from tests.modules.citizen.conftest import HAC_THANH, POTHOLE, Town, post


@pytest.mark.parametrize(
    ("place", "location"),
    [({}, "unclear"), ({"address_string": "gần chợ"}, "unclear"), ({"lat": "21.03", "long": "105.85"}, "outside")],
)
async def test_without_a_place_or_outside_the_city_a_report_is_kept_for_a_person(
    town: Town, place: dict[str, str], location: str
) -> None:
    async with town.client() as client:
        sent = await client.post("/open311/v2/requests.json", data={"service_code": "waste", **place})
    assert sent.status_code == 201
    (event,) = await town.events()
    assert event.data["location"] == location
    assert "chưa rõ vị trí" in event.data["desk"]["title"]["vi"]
    assert event.data["attach"]["facts"]["location"] == location
    assert "geometry" not in event.data and not event.data.get("ward")


async def test_a_point_outside_the_city_is_on_no_map_and_kept_for_the_operator(town: Town) -> None:
    async with town.client() as client:
        danger = {"description": "Cháy nhà, có người mắc kẹt", "lat": "21.03", "long": "105.85"}
        report_id = await post(client, **danger)
        shown = (await client.get(f"/open311/v2/requests/{report_id}.json")).json()[0]
    (event,) = await town.events()
    (row,) = await town.rows(report)
    assert "geometry" not in event.data
    assert (shown["lat"], shown["long"]) == (None, None)
    assert (row["location"], row["lon"], row["lat"]) == ("outside", 105.85, 21.03)
    async with town.client(operator=True) as operator:
        asked = {"reveal": "true", "reason": "tìm vị trí"}
        revealed = (await operator.get(f"/api/v1/reports/{report_id}", params=asked)).json()["revealed"]
    assert (revealed["long"], revealed["lat"]) == ("105.85", "21.03")


async def test_the_desk_knows_the_number_the_citizen_knows(town: Town) -> None:
    async with town.client() as client:
        sent = [await client.post("/open311/v2/requests.json", data=POTHOLE) for _ in range(2)]
        one = sent[1].json()[0]["service_request_id"]
        shown = (await client.get(f"/open311/v2/requests/{one}.json")).json()[0]
    facts = [event.data["attach"]["facts"] for event in await town.events()]
    assert [(fact["report_number"], fact["report"]) for fact in facts] == [
        (f"PA-{count}", answer.json()[0]["service_request_id"]) for count, answer in enumerate(sent, 1)
    ]
    assert "Phản ánh PA-2 đã được tiếp nhận" in sent[1].json()[0]["service_notice"]
    assert shown["status_notes"].startswith("PA-2 · Đã tiếp nhận")


@pytest.mark.parametrize("at", ["2026-04-25T23:40:00+07:00", "2026-04-30T03:00:00+07:00"])
async def test_danger_to_life_is_on_the_desk_at_once_whatever_the_hour(town: Town, at: str) -> None:
    town.clock.move(parse_time(at) - town.clock.now())
    async with town.client() as client:
        sent = await client.post(
            "/open311/v2/requests.json", data=POTHOLE | {"description": "Dây điện bị đứt, có người bị giật"}
        )
    (event,) = await town.events()
    desk = event.data["desk"]
    assert desk["title"]["vi"] == "Có nguy hiểm · Giao thông, đường sá · Phường Hạc Thành"
    assert desk["title"]["en"].startswith("Danger · ")
    assert (desk["priority"], event.severity, event.data["danger"]) == (1, 4, "electricity")
    assert parse_time(desk["due"]) == parse_time(at) + timedelta(hours=2)
    assert parse_time(event.data["due"]) == parse_time(at) + timedelta(hours=24)
    assert event.data["geometry"]["coordinates"] == list(HAC_THANH)
    assert "112, 113, 114" in sent.json()[0]["service_notice"]


async def test_a_likely_repeat_is_suggested_to_the_citizen_and_to_the_desk(town: Town) -> None:
    first = "ổ gà lớn trước số 12 đường Lê Lai phường Hạc Thành gây nguy hiểm"
    async with town.client() as client:
        original = await post(client, description=first)
        town.clock.move(timedelta(days=1))
        sent = await client.post(
            "/open311/v2/requests.json", data=POTHOLE | {"description": first.replace("gây", "rất")}
        )
    assert "PA-1" in sent.json()[0]["service_notice"]
    suggested = (await town.events())[-1].data["attach"]["facts"]["possible_duplicate_of"]
    assert [(one["id"], one["number"], one["likeness"]) for one in suggested] == [(original, "PA-1", 0.625)]


async def test_beside_a_school_or_hospital_a_report_is_more_urgent(town: Town) -> None:
    hospital = next(asset for asset in town.city.assets if asset.kind == "hospital")
    async with town.client() as client:
        await post(client, lat=str(hospital.lat), long=str(hospital.lon), service_code="waste")
        await post(client, service_code="waste", lat="19.80701", long="105.77601")
    priorities = [event.data["desk"]["priority"] for event in await town.events()]
    assert priorities[0] == 3
    assert priorities[1] in (3, 4)


async def test_numbers_are_counted_without_gap_under_parallel_reports(town: Town) -> None:
    async with town.client() as client:
        await asyncio.gather(*(post(client, description=f"Việc {number}") for number in range(30)))
    assert sorted(row["number"] for row in await town.rows(report)) == list(range(1, 31))
