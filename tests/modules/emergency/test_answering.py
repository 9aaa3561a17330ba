"""What follows from a call: proposals, transfers, orders, duplicates and figures, by the agreement with a service."""

from __future__ import annotations

from typing import Any

import pytest

from ioc.core.clock import iso
from tests.modules.emergency.conftest import SCENE, START, World, refused

WHERE = {"lat": SCENE[1], "lon": SCENE[0]}


async def proposal(world: World) -> dict[str, Any]:
    event = (await world.events("emergency.unit.recommended"))[-1]
    found: dict[str, Any] = event.data["attach"]["facts"]["recommendation"]
    return found


async def states(world: World, call: dict[str, Any]) -> list[str]:
    return [one["state"] for one in (await world.get(f"/calls/{call['id']}"))["stamps"]]


async def test_the_nearest_able_units_are_proposed_with_their_reason(world: World) -> None:
    await world.positions()
    call = await world.a_fire()
    told = await proposal(world)
    assert [one["id"] for one in told["units"]] == ["A", "B", "C"]
    first = told["units"][0]
    assert (first["distance_m"], first["eta_min"], first["state"]) == (2052, 6.34, "available")
    assert first["reason"]["vi"].startswith("6,34 phút") and first["reason"]["en"].startswith("6.34 min")
    assert (told["mode"], told["basis"]) == ("recommend", "straight-line")
    assert told["label"] == {"vi": "ước lượng đường chim bay", "en": "straight-line estimate"}
    event = (await world.events("emergency.unit.recommended"))[-1]
    assert event.correlationid == call["id"]
    assert event.data["title"]["vi"] == f"{call['number']}: gần nhất Xe A, 6,3 phút (ước lượng đường chim bay)"


async def test_a_needed_ladder_is_kept_to(world: World) -> None:
    await world.positions()
    await world.a_fire(needs=["ladder"])
    assert [one["id"] for one in (await proposal(world))["units"]] == ["B", "C"]


async def test_old_fixes_come_last(world: World) -> None:
    await world.positions()
    world.wait(31)
    at = iso(world.clock.now())
    await world.post("/units/C/position", {"lat": 19.8067, "lon": 105.81, "at": at})
    await world.a_fire()
    assert [one["id"] for one in (await proposal(world))["units"]] == ["C", "A", "B"]


@pytest.mark.parametrize("mode", ["mirror"])
async def test_of_a_service_that_is_only_followed_the_nearest_units_are_known_and_none_is_ordered(
    world: World, mode: str
) -> None:
    await world.positions()
    call = await world.a_fire()
    told = await proposal(world)
    first = told["units"][0]
    assert (first["id"], first["distance_m"], first["eta_min"]) == ("A", 2052, 6.34)
    assert first["reason"]["vi"].startswith("6,34 phút")
    assert (told["mode"], told["label"]["vi"]) == ("mirror", "ước lượng đường chim bay")
    assert told["note"] == {
        "vi": "để biết, không phải điều động: cơ quan chủ quản điều động",
        "en": "for information, not an order: the responsible service dispatches",
    }
    (event,) = await world.events("emergency.unit.recommended")
    assert event.data["title"] == {
        "vi": f"{call['number']}: chỉ theo dõi, gần nhất Xe A",
        "en": f"{call['number']}: followed only, nearest Xe A",
    }
    await world.desk("assigned", call["id"], unit="A")
    (event,) = await world.events("emergency.call.mirrored")
    assert event.data["attach"]["facts"]["mirrored"] == {"service": "114", "unit": "A"}
    assert not await world.events("emergency.transfer.requested") + await world.events("emergency.unit.dispatched")
    assert (await world.shown("unit"))["A"]["state"] == "available"


@pytest.mark.parametrize("mode", ["dispatch"])
async def test_an_order_reaches_the_unit_where_the_agreement_allows_it(world: World, mode: str) -> None:
    await world.positions()
    call = await world.a_fire()
    world.wait(5)
    await world.desk("taken", call["id"])
    await world.desk("assigned", call["id"], unit="A")
    (event,) = await world.events("emergency.unit.dispatched")
    assert event.data["title"]["vi"] == f"Xe A được điều đến cuộc gọi {call['number']}"
    shown = (await world.shown("unit"))["A"]
    assert (shown["state"], shown["task"]) == ("dispatched", call["number"])
    assert await states(world, call) == ["received", "triaged", "dispatched"]
    again = await world.a_fire(location={"lat": 19.75, "lon": 105.75})
    assert "A" not in [one["id"] for one in (await proposal(world))["units"]], again
    world.wait(5)
    await world.desk("closed", call["id"])
    assert ((await world.shown("unit"))["A"]["state"], (await states(world, call))[-1]) == ("available", "closed")


async def test_where_it_may_only_recommend_the_service_is_asked(world: World) -> None:
    call = await world.a_fire()
    await world.desk("assigned", call["id"], unit="B")
    (event,) = await world.events("emergency.transfer.requested")
    assert (event.data["service"], event.data["agency"], event.data["unit"]) == ("114", "canh-sat-pccc", "B")
    assert event.data["attach"]["facts"]["transfer"]["state"] == "requested"
    assert event.causationid and event.correlationid == call["id"]
    assert not await world.events("emergency.unit.dispatched")
    await world.desk("assigned", call["id"], unit="C")
    assert len(await world.events("emergency.transfer.requested")) == 1


@pytest.mark.parametrize("mode", ["mirror", "recommend", "dispatch"])
async def test_a_112_call_of_another_service_is_passed_on_at_once(world: World, mode: str) -> None:
    call = await world.a_fire(number_dialled="112")
    assert (call["service"], call["passed_on"]) == ("114", True)
    (event,) = await world.events("emergency.transfer.requested")
    assert (event.data["because"], event.data["service"]) == ("belongs", "114")


async def test_a_112_call_that_stays_with_112_is_not_passed_on(world: World) -> None:
    await world.a_fire(number_dialled="112", narrative="lũ quét, xóm bị cô lập")
    assert not await world.events("emergency.transfer.requested")


async def test_an_unanswered_transfer_is_said_once_and_after_a_restart(world: World) -> None:
    call = await world.a_fire(number_dialled="112")
    world.wait(59)
    await world.tick("watch_transfers")
    assert not await world.events("emergency.transfer.unanswered")
    world.restart()
    world.wait(1)
    await world.tick("watch_transfers")
    world.restart()
    await world.tick("watch_transfers")
    (event,) = await world.events("emergency.transfer.unanswered")
    assert (event.severity, event.data["waited_s"], event.correlationid) == (3, 60, call["id"])
    assert event.data["title"]["vi"] == f"114 chưa trả lời cuộc gọi {call['number']} sau 60 giây"
    assert event.data["attach"]["facts"]["transfer"]["state"] == "unanswered"


async def test_an_unanswered_transfer_of_a_simulated_call_is_simulated(world: World) -> None:
    await world.call({"number_dialled": "112", "narrative": "cháy nhà"}, who="simulator")
    await world.settle()
    world.wait(61)
    await world.tick("watch_transfers")
    assert [event.simulated for event in await world.events("emergency.transfer.unanswered")] == [True]


@pytest.mark.parametrize(("waited", "said"), [(10, 0), (70, 1)])
async def test_an_answer_ends_the_waiting_late_or_not(world: World, waited: float, said: int) -> None:
    call = await world.a_fire(number_dialled="112")
    world.wait(waited)
    await world.tick("watch_transfers")
    answer = await world.post(f"/calls/{call['id']}/transfer-answer", {"answer": "accepted"})
    assert answer.status_code == 200, answer.text
    world.wait(100)
    await world.tick("watch_transfers")
    assert len(await world.events("emergency.transfer.unanswered")) == said
    (event,) = await world.events("emergency.transfer.answered")
    assert event.data["attach"]["facts"]["transfer"]["state"] == "accepted"
    assert event.data["title"]["vi"] == f"114 đã trả lời cuộc gọi {call['number']}: tiếp nhận"
    assert (await world.get(f"/calls/{call['id']}"))["transfers"][0]["state"] == "accepted"
    refused(await world.post(f"/calls/{call['id']}/transfer-answer", {"answer": "accepted"}), 409)


async def test_nobody_has_to_answer_for_a_call_that_is_over(world: World) -> None:
    call = await world.a_fire(number_dialled="112")
    await world.desk("closed", call["id"])
    world.wait(100)
    await world.tick("watch_transfers")
    assert not await world.events("emergency.transfer.unanswered")


async def test_an_answer_must_be_one(world: World) -> None:
    call = await world.a_fire()
    refused(await world.post(f"/calls/{call['id']}/transfer-answer", {"answer": "maybe"}), 422)
    refused(await world.post(f"/calls/{call['id']}/transfer-answer", {"answer": "accepted"}), 409)
    refused(await world.post("/calls/nothing/transfer-answer", {"answer": "accepted"}), 404)


async def test_a_possible_duplicate_is_suggested_and_both_calls_live_on(world: World) -> None:
    first = await world.a_fire()
    world.wait(60)
    second = await world.a_fire(location={"lat": SCENE[1] + 0.002, "lon": SCENE[0]})
    (event,) = await world.events("emergency.call.duplicate_suggested")
    like = event.data["attach"]["facts"]["possible_duplicate_of"]
    assert like == {"call": first["id"], "number": first["number"], "distance_m": 222, "seconds": 60}
    assert event.correlationid == second["id"]
    assert [one["status"] for one in (await world.get("/calls?status=open"))["calls"]] == ["received", "received"]


@pytest.mark.parametrize(
    "more",
    [{"location": {"lat": 19.81, "lon": 105.78}}, {"location": None}, {"narrative": "cháy rác"}],
)
async def test_other_calls_are_not_called_duplicates(world: World, more: dict[str, Any]) -> None:
    await world.a_fire()
    await world.a_fire(**more)
    assert not await world.events("emergency.call.duplicate_suggested")


async def test_a_call_that_gets_a_place_later_gets_units_and_duplicates_then(world: World) -> None:
    await world.positions()
    first = await world.a_fire()
    second = await world.a_fire(location=None)
    assert (await proposal(world))["note"]["vi"] == "chưa rõ vị trí"
    ward = {"code": "14797", "name": "Phường Hạc Thành", "valid_from": "2025-07-01"}
    await world.desk("located", second["id"], incident={"lonlat": list(SCENE), "ward": ward, "place": "Chợ"})
    assert (await proposal(world))["units"][0]["id"] == "A"
    shown = await world.get(f"/calls/{second['id']}")
    assert (shown["location"], shown["lonlat"], shown["place"]) == ("located", list(SCENE), "Chợ")
    assert shown["possible_duplicate_of"] == first["id"]


async def test_the_call_follows_its_incident(world: World) -> None:
    call = await world.a_fire()
    await world.desk("opened", call["id"])
    await world.desk("taken", call["id"])
    world.wait(90)
    await world.desk("closed", call["id"])
    shown = await world.get(f"/calls/{call['id']}")
    assert shown["incident"]["number"] == "7"
    assert await states(world, call) == ["received", "triaged", "closed"]
    await world.desk("reopened", call["id"])
    assert (await world.get(f"/calls/{call['id']}"))["status"] == "triaged"


async def test_incidents_of_other_kinds_are_no_concern(world: World) -> None:
    call = await world.a_fire()
    await world.desk("assigned", call["id"], incident={"kind": "report"}, unit="A")
    await world.desk("assigned", "a-report", unit="A")
    assert (await world.get(f"/calls/{call['id']}"))["assigned"] is None


async def test_states_are_stamped_in_one_direction(world: World) -> None:
    call = await world.a_fire()
    path = f"/calls/{call['id']}/states"
    world.wait(30)
    for state in ("en_route", "on_scene", "under_control", "closed", "reviewed"):
        answer = await world.post(path, {"state": state, "unit": "A"})
        assert answer.status_code == 200, answer.text
    assert await states(world, call) == ["received", "en_route", "on_scene", "under_control", "closed", "reviewed"]
    refused(await world.post(path, {"state": "on_scene"}), 409)
    facts = [
        event.data["attach"]["facts"]["service_state"] for event in await world.events("emergency.call.state_changed")
    ]
    assert facts == ["en_route", "on_scene", "under_control", "closed", "reviewed"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"state": "reviewed"}, 409),
        ({"state": "received"}, 409),
        ({"state": "flying"}, 422),
        ({"state": "en_route", "at": "2026-11-21T07:29:00Z"}, 422),
        ({"state": "en_route", "at": "2026-11-22T07:29:00Z"}, 422),
        ({"state": "en_route", "at": "2026-11-21T07:29:00"}, 422),
        ({"state": "en_route", "unit": "ghost"}, 404),
    ],
)
async def test_moves_that_cannot_be_are_refused(world: World, body: dict[str, Any], status: int) -> None:
    call = await world.a_fire()
    refused(await world.post(f"/calls/{call['id']}/states", body), status)
    assert await states(world, call) == ["received"]


async def test_figures_for_the_wall(world: World) -> None:
    await world.positions()
    calls = [await world.a_fire(location=None) for _ in range(3)]
    for call, seconds in zip(calls, (10, 20, 60), strict=True):
        world.wait(seconds)
        await world.desk("assigned", call["id"])
    await world.desk("closed", calls[0]["id"])
    await world.call({"number_dialled": "115", "narrative": "ngừng thở"})
    await world.tick("count")
    shown = await world.shown("kpi")
    values = {key: body["value"] for key, body in shown.items()}
    assert values == {
        "emergency.open_p1": 1,
        "emergency.open_p2": 2,
        "emergency.open_p3": 0,
        "emergency.open_p4": 0,
        "emergency.call_to_assign_s": 30.0,
        "emergency.units_available": 3,
    }
    one = shown["emergency.open_p1"]
    assert one["name"] == {"vi": "Cuộc gọi P1 đang mở", "en": "Open P1 calls"}
    assert (one["module"], one["unit"], one["simulated"]) == ("emergency", "calls", False)


async def test_yesterdays_waits_do_not_count_today(world: World) -> None:
    call = await world.a_fire(location=None)
    await world.desk("assigned", call["id"])
    world.wait(24 * 3600)
    await world.tick("count")
    assert (await world.shown("kpi"))["emergency.call_to_assign_s"]["value"] is None


async def test_the_whole_way_on_either_database(world_anywhere: World) -> None:
    world = world_anywhere
    await world.positions()
    call = await world.a_fire(number_dialled="112", caller={"name": "Đỗ Thị Hậu"})
    await world.a_fire()
    world.wait(61)
    await world.tick("watch_transfers")
    await world.post(f"/calls/{call['id']}/transfer-answer", {"answer": "accepted"})
    await world.post("/units/A/state", {"state": "on_scene", "call": call["id"]})
    await world.desk("closed", call["id"])
    await world.desk("reopened", call["id"])
    await world.tick("count")
    shown = await world.get(f"/calls/{call['id']}?reveal=1&reason=x")
    assert shown["personal"] == {"caller_name": "Đỗ Thị Hậu", "narrative": "Cháy nhà"}
    assert [one["state"] for one in shown["stamps"]] == ["received", "on_scene"]
    assert (shown["status"], shown["received"]) == ("on_scene", iso(START))
    assert len(await world.events("emergency.transfer.unanswered")) == 1
    assert len(await world.events("emergency.call.duplicate_suggested")) == 1
    assert (await world.shown("kpi"))["emergency.open_p2"]["value"] == 2
