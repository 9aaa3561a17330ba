"""Two who act on one call at once, and a module that comes late: what counts is the call as it is in the commit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import httpx
import pytest

from ioc.core.clock import iso
from ioc.core.envelope import Recorded, decode
from ioc.host.module_step import Batch
from ioc.host.outputs import collect
from tests.at_once import at_once
from tests.modules.emergency.conftest import World, refused


def codes(answers: Sequence[httpx.Response]) -> dict[int, int]:
    return dict(Counter(one.status_code for one in answers))


async def stamps(world: World, call: dict[str, Any]) -> list[str]:
    return [one["state"] for one in (await world.get(f"/calls/{call['id']}"))["stamps"]]


async def test_of_the_same_step_at_once_one_is_taken_and_told(world_anywhere: World) -> None:
    world = world_anywhere
    call = await world.a_fire()
    path = f"/calls/{call['id']}/states"
    answers = await at_once(world.store, *(world.post(path, {"state": "en_route"}) for _ in range(8)))
    assert codes(answers) == {200: 1, 409: 7}
    assert {refused(one, 409)["type"] for one in answers if one.status_code == 409} == {
        "urn:ioc:problem:move-not-allowed"
    }
    assert len(await world.events("emergency.call.state_changed")) == 1
    assert await stamps(world, call) == ["received", "en_route"]


@pytest.mark.parametrize("order", [("closed", "en_route"), ("en_route", "closed")])
async def test_a_call_closed_at_once_with_another_step_ends_closed(
    world_anywhere: World, order: tuple[str, str]
) -> None:
    world = world_anywhere
    call = await world.a_fire()
    path = f"/calls/{call['id']}/states"
    answers = await at_once(world.store, *(world.post(path, {"state": state}) for state in order))
    assert dict(zip(order, (one.status_code for one in answers), strict=True))["closed"] == 200
    assert (await world.get(f"/calls/{call['id']}"))["status"] == "closed"
    told = [one.data["state"] for one in await world.events("emergency.call.state_changed")]
    assert told[-1] == "closed" and len(told) == codes(answers)[200]


async def test_the_same_step_with_one_key_is_answered_alike_whatever_comes_later(world_anywhere: World) -> None:
    world = world_anywhere
    call = await world.a_fire()

    async def say(state: str) -> httpx.Response:
        async with world.client("device") as client:
            path = f"/api/v1/calls/{call['id']}/states"
            return await client.post(path, json={"state": state}, headers={"Idempotency-Key": "k"})

    answers = await at_once(world.store, *(say("en_route") for _ in range(4)))
    assert codes(answers) == {200: 4} and len({one.text for one in answers}) == 1
    await world.post(f"/calls/{call['id']}/states", {"state": "closed"})
    assert (await say("en_route")).text == answers[0].text
    assert refused(await say("on_scene"), 409)["type"] == "urn:ioc:problem:key-reused"
    assert [one.data["state"] for one in await world.events("emergency.call.state_changed")] == ["en_route", "closed"]


async def test_of_answers_at_once_the_first_stands_everywhere(world_anywhere: World) -> None:
    world = world_anywhere
    call = await world.a_fire(number_dialled="112")
    path = f"/calls/{call['id']}/transfer-answer"
    said = ["accepted", "refused", "accepted", "refused"]
    answers = await at_once(world.store, *(world.post(path, {"answer": one}) for one in said))
    assert codes(answers) == {200: 1, 409: 3}
    first = next(one.json()["answer"] for one in answers if one.status_code == 200)
    (event,) = await world.events("emergency.transfer.answered")
    assert event.data["answer"] == event.data["attach"]["facts"]["transfer"]["state"] == first
    assert [one["state"] for one in (await world.get(f"/calls/{call['id']}"))["transfers"]] == [first]


async def test_a_call_takes_a_step_of_its_unit_once(world_anywhere: World) -> None:
    world = world_anywhere
    call = await world.a_fire()
    body = {"state": "en_route", "call": call["id"]}
    answers = await at_once(world.store, *(world.post("/units/A/state", body) for _ in range(4)))
    assert codes(answers) == {200: 4}
    assert sum(one.json()["kept"] for one in answers) == 1  # all at one moment
    assert len(await world.events("emergency.call.state_changed")) == 1


@pytest.mark.parametrize("path", ["/units/A/state", "/units/A/position", "/units/positions"])
async def test_what_a_unit_says_under_one_key_is_answered_alike(world_anywhere: World, path: str) -> None:
    world = world_anywhere
    at = iso(world.clock.now())
    place = {"lat": 19.81, "lon": 105.77, "at": at}
    body: dict[str, Any] = {
        "/units/A/state": {"state": "out_of_service", "at": at},
        "/units/A/position": place,
        "/units/positions": {"positions": [place | {"unit": "A"}]},
    }[path]

    async def say(words: dict[str, Any]) -> httpx.Response:
        async with world.client("device") as client:
            return await client.post(f"/api/v1{path}", json=words, headers={"Idempotency-Key": "k"})

    answers = await at_once(world.store, *(say(body) for _ in range(8)))
    assert codes(answers) == {200: 8} and len({one.text for one in answers}) == 1
    assert answers[0].json()["kept"] == 1
    world.wait(30 * 24 * 3600)  # by then nobody believes the time it says
    assert (await say(body)).text == answers[0].text
    changed = {"state": "available"} if "state" in body else {**body, "lat": 19.9} if "lat" in body else None
    changed = changed or {"positions": [place | {"unit": "B"}]}
    assert refused(await say(changed), 409)["type"] == "urn:ioc:problem:key-reused"


async def test_a_position_at_once_with_a_state_shows_both(world_anywhere: World) -> None:
    world = world_anywhere
    await world.positions()
    world.wait(5)
    place = {"lat": 19.81, "lon": 105.77, "at": iso(world.clock.now())}
    world.wait(-2)
    state = world.post("/units/A/state", {"state": "out_of_service"})
    await at_once(world.store, state, world.post("/units/A/position", place))
    shown = (await world.shown("unit"))["A"]
    assert (shown["state"], shown["lonlat"]) == ("out_of_service", [105.77, 19.81])


async def late(world: World, call: dict[str, Any], *steps: tuple[str, dict[str, Any]]) -> None:
    """The desk takes these steps while the module is away; then it comes back and reads them together."""
    for verb, said in steps:
        world.wait(5)
        await world.desk(verb, call["id"], settle=False, **said)
    await world.settle()


async def test_a_late_module_closes_and_reopens_a_call_in_order(world_anywhere: World) -> None:
    world = world_anywhere
    call = await world.a_fire()
    await late(world, call, ("taken", {}), ("closed", {}), ("reopened", {}))
    assert (await world.get(f"/calls/{call['id']}"))["status"] == "triaged"
    assert await stamps(world, call) == ["received", "triaged"]


async def test_what_a_service_says_of_a_reopened_case_outlives_a_module_that_is_late(world_anywhere: World) -> None:
    world = world_anywhere
    call = await world.a_fire()
    for verb in ("closed", "reopened"):
        world.wait(5)
        await world.desk(verb, call["id"], settle=False)
    world.wait(5)
    assert (await world.post(f"/calls/{call['id']}/states", {"state": "closed"})).status_code == 200
    await world.settle()
    assert (await world.get(f"/calls/{call['id']}"))["status"] == "closed"
    assert await stamps(world, call) == ["received", "closed"]


@pytest.mark.parametrize("mode", ["dispatch"])
async def test_a_late_module_leaves_no_unit_sent_to_a_closed_call(world_anywhere: World, mode: str) -> None:
    world = world_anywhere
    await world.positions()
    call = await world.a_fire()
    await late(world, call, ("assigned", {"unit": "A"}), ("closed", {}))
    shown = (await world.shown("unit"))["A"]
    assert (shown["state"], shown["task"]) == ("available", None)
    assert await stamps(world, call) == ["received", "dispatched", "closed"]


@pytest.mark.parametrize("mode", ["dispatch", "mirror", "transfer"])
async def test_a_late_module_orders_nobody_to_a_call_that_a_service_closed_meanwhile(
    world_anywhere: World, mode: str
) -> None:
    world = world_anywhere
    await world.positions()
    call = await world.a_fire()
    await world.desk("assigned", call["id"], settle=False, unit="A")
    world.wait(5)
    assert (await world.post(f"/calls/{call['id']}/states", {"state": "closed"})).status_code == 200
    await world.settle()
    shown = (await world.shown("unit"))["A"]
    assert (shown["state"], shown.get("task")) == ("available", None)
    for type in ("emergency.unit.dispatched", "emergency.call.mirrored", "emergency.transfer.requested"):
        assert not await world.events(type), type


async def test_a_late_module_asks_a_service_once(world_anywhere: World) -> None:
    world = world_anywhere
    call = await world.a_fire()
    await late(world, call, ("assigned", {"unit": "A"}), ("assigned", {"unit": "B"}))
    (event,) = await world.events("emergency.transfer.requested")
    assert event.data["unit"] == "A"
    assert len((await world.get(f"/calls/{call['id']}"))["transfers"]) == 1


async def test_a_late_module_passes_on_no_call_that_is_over(world_anywhere: World) -> None:
    world = world_anywhere
    call = (await world.call({"number_dialled": "112", "narrative": "Cháy nhà"})).json()
    await world.post(f"/calls/{call['id']}/states", {"state": "closed"})
    await world.settle()
    assert not await world.events("emergency.transfer.requested")


async def test_what_a_handler_prepared_is_judged_on_the_call_as_it_is_in_the_commit(world_anywhere: World) -> None:
    world = world_anywhere
    call = await world.a_fire()
    await world.desk("taken", call["id"], settle=False)
    last = (await world.store.log.after(0, 1000))[-1]
    effects = await world.step.prepare([Recorded(last.position, decode(last.body))])
    await world.post(f"/calls/{call['id']}/states", {"state": "en_route"})
    await world.store.write(effects)
    assert (await world.get(f"/calls/{call['id']}"))["status"] == "en_route"


async def test_a_transfer_answered_while_the_clock_is_looked_at_is_not_said_to_be_unanswered(
    world_anywhere: World,
) -> None:
    world = world_anywhere
    call = await world.a_fire(number_dialled="112")
    world.wait(61)
    batch = Batch(world.context)
    timer = next(one for one in world.marks.timers if one.name == "watch_transfers")
    batch.add(await collect(timer.call(world.context)), None)
    assert (await world.post(f"/calls/{call['id']}/transfer-answer", {"answer": "accepted"})).status_code == 200
    await world.store.write(batch.write)
    assert not await world.events("emergency.transfer.unanswered")


async def test_a_refused_step_keeps_no_key_and_holds_up_nobody_beside_it(world_anywhere: World) -> None:
    world = world_anywhere
    call, other = await world.a_fire(), await world.a_fire()

    async def review(key: str = "k") -> httpx.Response:
        async with world.client("device") as client:
            path = f"/api/v1/calls/{call['id']}/states"
            return await client.post(path, json={"state": "reviewed"}, headers={"Idempotency-Key": key})

    beside = world.post(f"/calls/{other['id']}/states", {"state": "en_route"})
    answers = await at_once(world.store, review(), beside, review())
    assert [one.status_code for one in answers] == [409, 200, 409]
    assert (await world.post(f"/calls/{call['id']}/states", {"state": "closed"})).status_code == 200
    assert (await review()).status_code == 200
    assert (await review()).status_code == 200
    assert refused(await review("another"), 409)["type"] == "urn:ioc:problem:move-not-allowed"
