"""Taking a call: every call that can be understood is answered and kept."""

from __future__ import annotations

import unicodedata
from datetime import timedelta

import msgspec
import pytest

from ioc.core.clock import iso
from tests.modules.emergency.conftest import SCENE, START, World, refused

PERSONAL = ("Nguyễn Thị Hồng Nhung", "0912345678", "12 Lê Lai", "hai tầng", "bếp gas")
FULL = {
    "number_dialled": "114",
    "service": "114",
    "caller": {"name": PERSONAL[0], "phone": PERSONAL[1]},
    "ani": "02373123456",
    "address": PERSONAL[2],
    "narrative": f"Cháy nhà {PERSONAL[3]}, có người mắc kẹt",
    "answers": [{"question": "burning", "answer": PERSONAL[4]}, {"question": "trapped", "answer": 2}],
    "location": {"lon": SCENE[0], "lat": SCENE[1], "uncertainty_m": 30},
    "received_at": "2026-11-21T14:29:30+07:00",
}


async def test_a_call_is_answered_with_number_priority_and_reason(world: World) -> None:
    answer = await world.call(FULL)
    assert answer.status_code == 201
    told = answer.json()
    assert told["priority"] == 1
    assert told["rule"] == "P1-fire-trapped"
    assert "mắc kẹt" in told["reason"]["vi"] and "says" in told["reason"]["en"]
    assert told["number"].startswith("114-261121-")
    assert told["ward"]["name"]
    (event,) = await world.events("emergency.call.received")
    assert event.severity == 4
    assert event.correlationid == told["id"] == event.data["call"]
    assert event.data["desk"]["priority"] == 1
    assert event.data["title"] == {"vi": "114: Cháy có người mắc kẹt", "en": "114: Fire, people trapped"}


async def test_service_and_number_dialled_stay_apart(world: World) -> None:
    told = (await world.call({"number_dialled": "112", "service": "115"})).json()
    assert (told["number_dialled"], told["service"], told["passed_on"]) == ("112", "115", True)


async def test_no_personal_word_is_in_events_lists_or_facts(world: World) -> None:
    told = (await world.call(FULL)).json()
    await world.settle()
    log = "".join([row.body.decode() for row in await world.store.log.after(0, 100)])
    seen = log + str(await world.get("/calls")) + str(await world.get(f"/calls/{told['id']}"))
    assert not [word for word in PERSONAL if word in seen]


async def test_personal_words_are_shown_for_a_reason_only(world: World) -> None:
    id = (await world.call(FULL)).json()["id"]
    shown = await world.get(f"/calls/{id}?reveal=1&reason=gọi lại")
    assert shown["personal"]["caller_name"] == PERSONAL[0]
    assert shown["personal"]["answer.burning"] == PERSONAL[4]
    async with world.client() as client:
        refused(await client.get(f"/api/v1/calls/{id}?reveal=1"), 422)


async def test_text_is_kept_composed_whatever_the_phone_sent(world: World) -> None:
    spread = unicodedata.normalize("NFD", "Cháy chợ, khói đen")
    told = (await world.call({"number_dialled": "114", "narrative": spread})).json()
    assert told["rule"] == "P2-fire"
    shown = await world.get(f"/calls/{told['id']}?reveal=1&reason=x")
    assert shown["personal"]["narrative"] == "Cháy chợ, khói đen"


@pytest.mark.parametrize(
    ("where", "location"),
    [(None, "unknown"), ({"lat": 21.0285, "lon": 105.8542}, "outside"), ({"lat": 0, "lon": 0}, "outside")],
)
async def test_a_call_without_a_place_in_the_city_is_kept_for_a_person(
    world: World, where: object, location: str
) -> None:
    told = (await world.call({"number_dialled": "115", "location": where})).json()
    assert told["location"] == location
    assert told["location_note"]["vi"] == "chưa rõ vị trí"
    (event,) = await world.events("emergency.call.received")
    assert event.lonlat is None
    assert "chưa rõ vị trí" in event.data["desk"]["title"]["vi"]
    listed = await world.get(f"/calls?location={location}")
    assert [one["id"] for one in listed["calls"]] == [told["id"]]


async def test_swapped_coordinates_are_refused_and_said_so(world: World) -> None:
    body = refused(await world.call({"number_dialled": "114", "location": {"lat": SCENE[0], "lon": SCENE[1]}}), 422)
    assert "đảo" in body["detail"] and "swapped" in body["detail_en"]
    assert body["errors"][0]["field"] == "location"


async def test_the_same_key_is_answered_the_same_and_kept_once(world: World) -> None:
    first = await world.call(FULL, **{"Idempotency-Key": "k1"})
    again = await world.call(FULL, **{"Idempotency-Key": "k1"})
    assert first.json() == again.json()
    assert len(await world.events("emergency.call.received")) == 1
    refused(await world.call({"number_dialled": "114"}, **{"Idempotency-Key": "k1"}), 409)


async def test_answers_may_be_an_object(world: World) -> None:
    told = (await world.call({"number_dialled": "115", "answers": {"conscious": False, "people": 3}})).json()
    assert told["rule"] == "P1-answer-conscious"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b"", 400),
        (b"\xff\xfe", 400),
        (b'{"number_dialled":"114","narrative":"\\ud800"}', 400),
        (b'{"number_dialled":"114","location":{"lat":NaN,"lon":105.7}}', 400),
        (b'{"number_dialled":"114","location":{"lat":1e999,"lon":105.7}}', 422),
        (b'{"number_dialled":"114","location":{"lat":95,"lon":300}}', 422),
        (b'{"number_dialled":"114","location":{"lat":19.8}}', 422),
        (b'{"number_dialled":"119"}', 422),
        (b'{"number_dialled":"114","plate":"36A-123.45"}', 422),
        (b'{"number_dialled":"114","category":"party"}', 422),
        (b'{"number_dialled":"114","received_at":"2026-11-21T07:00:00"}', 422),
        (b'{"number_dialled":"114","received_at":"2027-01-01T00:00:00Z"}', 422),
        (b'{"number_dialled":"114","received_at":"hom qua"}', 422),
        (b'{"number_dialled":"114","received_at":"2025-06-30T10:00:00+07:00"}', 422),
        (b'{"number_dialled":"114","received_at":"2026-11-18T07:29:59Z"}', 422),
        (b'{"number_dialled":"114","received_at":"0001-01-01T00:00:00Z"}', 422),
        (b'{"number_dialled":"114","received_at":"0001-01-01T00:00:00+14:00"}', 422),
        (b'{"number_dialled":"114","received_at":"9999-12-31T23:59:59-14:00"}', 422),
        (b'{"number_dialled":"114","received_at":"9999-12-31T23:59:59Z"}', 422),
        (b'{"number_dialled":"114","narrative":"' + b"x" * 5000 + b'"}', 422),
        (b"[]", 422),
        (b'"114"', 422),
        (b"[" * 100_000, 422),
        (b'{"number_dialled":"114","narrative":"' + b"x" * 10 * 1024 * 1024 + b'"}', 413),
    ],
)
async def test_bad_input_is_refused_in_both_languages(world: World, body: bytes, status: int) -> None:
    refused(await world.call(body), status)
    assert await world.events("emergency.call.received") == []


async def test_unknown_calls_are_not_found(world: World) -> None:
    async with world.client() as client:
        for id in ("nothing", "0" * 36, "01931f4e-0000-7000-8000-000000000000"):
            refused(await client.get(f"/api/v1/calls/{id}"), 404)


async def test_a_simulated_caller_makes_simulated_events(world: World) -> None:
    await world.call(FULL, who="simulator")
    await world.settle()
    for type in ("emergency.call.received", "emergency.unit.recommended"):
        assert [event.simulated for event in await world.events(type)] == [True]


async def test_the_form_lists_kinds_and_questions(world: World) -> None:
    form = await world.get("/calls/form")
    assert {"code": "fire", "name": {"vi": "Cháy", "en": "Fire"}, "service": "114", "priority": 2} in form["categories"]
    assert any(question["code"] == "trapped" for question in form["questions"])


async def test_calls_are_listed_newest_first_and_filtered(world: World) -> None:
    old = (await world.call({"number_dialled": "114", "received_at": iso(START)})).json()
    world.wait(5)
    new = (await world.call({"number_dialled": "115"})).json()
    assert [one["id"] for one in (await world.get("/calls"))["calls"]] == [new["id"], old["id"]]
    assert [one["id"] for one in (await world.get("/calls?service=114&status=open"))["calls"]] == [old["id"]]


async def test_the_published_description_shows_what_a_call_holds(world: World) -> None:
    body = world.app.openapi()["paths"]["/api/v1/calls"]["post"]["requestBody"]
    fields = body["content"]["application/json"]["schema"]["properties"]
    assert {"number_dialled", "service", "caller", "location", "narrative", "answers"} <= fields.keys()
    assert fields["location"]["anyOf"][0]["properties"].keys() >= {"lat", "lon", "uncertainty_m"}


async def test_a_call_too_old_is_refused_in_words_a_person_can_act_on(world: World) -> None:
    old = refused(await world.call({"number_dialled": "114", "received_at": iso(START - timedelta(hours=73))}), 422)
    (mistake,) = old["errors"]
    assert mistake["field"] == "received_at"
    assert "quá cũ: chỉ nhận từ 14:30 18/11/2026" in mistake["vi"]
    assert "too old" in mistake["en"]


async def test_a_call_as_old_as_may_be_is_judged_like_any_other(world: World) -> None:
    told = await world.a_fire(number_dialled="112", service="114", received_at=iso(START - timedelta(hours=72)))
    (proposed,) = await world.events("emergency.unit.recommended")
    (asked,) = await world.events("emergency.transfer.requested")
    assert proposed.data["call"] == asked.data["call"] == told["id"]


async def test_rules_judge_by_the_time_we_took_the_call(world: World) -> None:
    """A threshold that came into force today judges a call said to be from before it."""
    today = START.date()
    rows = tuple(
        msgspec.structs.replace(row, valid_from=today) if row.name.startswith("emergency.") else row
        for row in world.city.thresholds
    )
    world.live_in(msgspec.structs.replace(world.city, thresholds=rows))
    for hours in (71, 71, 0):
        await world.a_fire(number_dialled="112", service="114", received_at=iso(START - timedelta(hours=hours)))
    assert len(await world.events("emergency.unit.recommended")) == 3
    assert len(await world.events("emergency.call.duplicate_suggested")) == 1
