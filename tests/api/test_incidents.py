"""The desk over HTTP: limits of modules, words that may reach a wall, and pages of a long list."""

from __future__ import annotations

import pytest

from ioc.contract import Sealed
from ioc.core.envelope import Recorded
from ioc.incidents import Desk
from tests.api.conftest import World
from tests.at_once import at_once
from tests.events import an_event

CALL = {"kind": "call", "priority": 1, "title": {"vi": "114: Cháy", "en": "114: Fire"}, "category": "fire"}
SECRET = "Trần Thị Mộng Điệp"
FULL_NAME = "Nguyễn Văn Trực Ca Đêm"


async def opened(world: World, count: int = 1, module: str = "emergency") -> list[str]:
    """Incidents of a module, oldest first, each with a sealed name."""
    desk = Desk("ky-anh", 4)
    for n in range(count):
        ref = f"call-{n}"
        event = an_event(module=module, correlationid=ref, data={"desk": CALL, "personal": ref})
        position = await world.store.write(lambda tx, one=event: tx.append(one))
        await world.store.write(lambda tx, ref=ref: tx.seal(Sealed(ref=ref, fields={"name": SECRET})))
        await world.store.write(await desk.prepare([Recorded(position, event)]))
    async with world.client("operator") as client:
        return [one["id"] for one in (await client.get("/api/v1/incidents")).json()["incidents"]]


async def limited_to(world: World, module: str) -> None:
    """Signs an operator in whose rights end at one module."""
    person = await world.auth.people.create(
        username="op.cit", password="một mật khẩu thật dài", name=FULL_NAME, role="operator", modules=[module], by="t"
    )
    session = await world.auth.sign_in(person.username, "một mật khẩu thật dài", {})
    world.cookies["limited"] = f"ioc-session-ky-anh={session.value}"


async def test_an_operator_of_one_module_neither_sees_nor_touches_anothers_cases(world: World) -> None:
    (case,) = await opened(world)
    await limited_to(world, "citizen")
    async with world.client("limited") as client:
        assert (await client.get("/api/v1/incidents")).json()["incidents"] == []
        revealed = await client.get(f"/api/v1/incidents/{case}?reveal=true&reason=tò mò lắm")
        assert revealed.status_code == 404
        assert SECRET not in revealed.text
        act = await client.post(f"/api/v1/incidents/{case}/actions", json={"action": "take", "version": 1})
        assert act.status_code == 404
        for collection in ("incidents", "events"):
            items = (await client.get(f"/ogc/collections/{collection}/items")).json()["features"]
            assert [one for one in items if one["properties"]["module"] != "citizen"] == []
            assert (await client.get(f"/ogc/collections/incidents/items/{case}")).status_code == 404


async def test_an_outcome_is_one_of_a_few_words_so_that_no_name_reaches_a_wall(world: World) -> None:
    (case,) = await opened(world)
    async with world.client("operator") as client:
        await client.post(f"/api/v1/incidents/{case}/actions", json={"action": "take", "version": 1})
        body = {"action": "close", "version": 2, "outcome": f"đã gặp {SECRET}"}
        refused = await client.post(f"/api/v1/incidents/{case}/actions", json=body)
        assert refused.status_code == 422
        closed = await client.post(f"/api/v1/incidents/{case}/actions", json=body | {"outcome": "resolved"})
        assert closed.status_code == 200


async def test_the_wall_knows_the_owner_by_a_call_sign_only(world: World) -> None:
    (case,) = await opened(world)
    await limited_to(world, "emergency")
    async with world.client("limited") as client:
        taken = await client.post(f"/api/v1/incidents/{case}/actions", json={"action": "take", "version": 1})
        assert taken.json()["owner"] == "op.cit"
        assert (await client.get("/api/v1/me")).json()["sign"] == "op.cit"
    async with world.client("wall") as client:
        for path in ("/api/v1/incidents", "/api/v1/events"):
            assert FULL_NAME not in (await client.get(path)).text


async def test_of_acts_at_once_one_is_done_and_the_others_see_a_newer_case(world: World) -> None:
    (case,) = await opened(world)
    async with world.client("operator") as client:
        path = f"/api/v1/incidents/{case}/actions"
        await client.post(path, json={"action": "take", "version": 1})  # who is signed in is known from now on
        agency = (await client.get("/api/v1/city")).json()["agencies"][0]["id"]
        ends = [{"action": "close", "outcome": "resolved"}, {"action": "assign", "agency": agency}]
        answers = await at_once(world.store, *(client.post(path, json=one | {"version": 2}) for one in ends * 3))
        assert sorted(one.status_code for one in answers) == [200, 409, 409, 409, 409, 409]
        assert {one.json()["type"] for one in answers if one.status_code == 409} == {
            "urn:ioc:problem:changed-meanwhile"
        }
        story = (await client.get(f"/api/v1/incidents/{case}")).json()["timeline"]
    assert len([one for one in story if one["type"] in ("incident.closed", "incident.assigned")]) == 1


async def test_a_case_joins_another_and_parts_again_by_command(world: World) -> None:
    lead, part = await opened(world, 2)
    async with world.client("operator") as client:
        path = f"/api/v1/incidents/{part}/actions"
        unnamed = await client.post(path, json={"action": "join", "version": 1})
        assert unnamed.status_code == 422
        joined = await client.post(path, json={"action": "join", "version": 1, "lead": lead})
        assert (joined.json()["lead"], joined.json()["joined"]) == (lead, "hand")
        circle = await client.post(
            f"/api/v1/incidents/{lead}/actions", json={"action": "join", "version": 1, "lead": part}
        )
        assert (circle.status_code, circle.json()["type"]) == (409, "urn:ioc:problem:circle")
        unknown = await client.post(path, json={"action": "join", "version": 2, "lead": "x" * 36})
        assert unknown.status_code == 404
        parted = await client.post(path, json={"action": "part", "version": 2})
        assert parted.json()["lead"] is None
        story = (await client.get(f"/api/v1/incidents/{part}")).json()["timeline"]
        assert [one["type"] for one in story][-2:] == ["incident.joined", "incident.parted"]
        await client.post(path, json={"action": "join", "version": 3, "lead": lead})
        await client.post(f"/api/v1/incidents/{lead}/actions", json={"action": "take", "version": 1})
        closing = {"action": "close", "version": 2, "outcome": "resolved", "parts": True}
        assert (await client.post(f"/api/v1/incidents/{lead}/actions", json=closing)).status_code == 200
        assert (await client.get("/api/v1/incidents")).json()["incidents"] == []
    async with world.client("wall") as wall:
        assert (await wall.post(path, json={"action": "part", "version": 6})).status_code == 403


async def test_nobody_joins_a_case_to_one_they_may_not_see(world: World) -> None:
    (hidden,) = await opened(world)
    desk, event = Desk("ky-anh", 4), an_event(module="citizen", correlationid="r-1", data={"desk": CALL})
    position = await world.store.write(lambda tx: tx.append(event))
    await world.store.write(await desk.prepare([Recorded(position, event)]))
    await limited_to(world, "citizen")
    async with world.client("limited") as client:
        (mine,) = (await client.get("/api/v1/incidents")).json()["incidents"]
        asked = {"action": "join", "version": 1, "lead": hidden}
        assert (await client.post(f"/api/v1/incidents/{mine['id']}/actions", json=asked)).status_code == 404


@pytest.mark.parametrize("size", [1, 3])
async def test_every_incident_is_on_some_page(world: World, size: int) -> None:
    ids = await opened(world, 7)
    seen, before = [], ""
    async with world.client("operator") as client:
        while True:
            page = (await client.get(f"/api/v1/incidents?status=all&limit={size}{before}")).json()
            seen += [one["id"] for one in page["incidents"]]
            if page["next"] is None:
                break
            before = f"&before={page['next']}"
    assert sorted(seen) == sorted(ids)


@pytest.mark.parametrize("lonlat", [[0, 0], [105.7785, 19.806], [106.33, 17.9]])
async def test_a_case_is_not_placed_far_outside_the_city(world: World, lonlat: list[float]) -> None:
    (case,) = await opened(world)
    path = f"/api/v1/incidents/{case}/actions"
    async with world.client("operator") as client:
        refused = await client.post(path, json={"action": "locate", "version": 1, "lonlat": lonlat})
        assert refused.status_code == 422
        (mistake,) = refused.json()["errors"]
        assert mistake["field"] == "lonlat" and "km outside the city" in mistake["en"]
        assert "km (cho phép 5 km)" in mistake["vi"]
        near = {"action": "locate", "version": 1, "lonlat": [106.3, 18.06]}  # on the road into the city
        placed = await client.post(path, json=near)
        assert (placed.status_code, placed.json()["lonlat"]) == (200, near["lonlat"])
