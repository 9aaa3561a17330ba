"""Legal holds over HTTP: only the administrator sets and ends them, and erasing is refused meanwhile."""

from __future__ import annotations

import pytest

from ioc.contract import Sealed
from tests.api.conftest import World

URL = "/api/v1/holds"
REASON = "Công văn 12/CV-CA"


@pytest.fixture
async def person(world: World) -> str:
    await world.store.write(lambda tx: tx.seal(Sealed("citizen:cầm", {"name": "Trần Thị Mộng Cầm"}, {})))
    return "citizen:cầm"


async def test_a_hold_is_set_seen_and_ended(world: World, person: str) -> None:
    async with world.client("admin") as client:
        made = await client.post(URL, json={"scope": "person", "object": person, "reason": REASON})
        assert made.status_code == 201
        (found,) = (await client.get(URL)).json()["holds"]
        assert (found["id"], found["object"], found["reason"]) == (made.json()["id"], person, REASON)
        assert (found["people"], found["released"]) == (1, None)
        ended = await client.post(f"{URL}/{found['id']}/release", json={"reason": "Hết vụ việc"})
        assert ended.status_code == 204
        assert (await client.get(URL)).json() == {"holds": []}
        (past,) = (await client.get(URL, params={"released": True})).json()["holds"]
        assert past["released"]["reason"] == "Hết vụ việc"
        again = await client.post(f"{URL}/{found['id']}/release", json={"reason": "Hết vụ việc"})
        assert again.status_code == 404
    lines = [(one.action, one.detail["reason"]) for one in await world.store.audit.list(object=found["id"])]
    assert lines == [("hold.released", "Hết vụ việc"), ("hold.set", REASON)]


@pytest.mark.parametrize("role", ["supervisor", "operator", "wall", "device"])
async def test_nobody_else_may(world: World, person: str, role: str) -> None:
    async with world.client(role) as client:
        answers = [
            await client.get(URL),
            await client.post(URL, json={"scope": "person", "object": person, "reason": REASON}),
            await client.post(f"{URL}/x/release", json={"reason": REASON}),
        ]
    assert {one.status_code for one in answers} == {403}
    assert await world.store.holds.list(released=True) == []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"scope": "person", "object": "lạ", "reason": REASON}, 404),
        ({"scope": "incident", "object": "lạ", "reason": REASON}, 404),
        ({"scope": "city", "object": "x", "reason": REASON}, 422),
        ({"scope": "source", "object": "rain.level", "reason": ""}, 422),
        ({"scope": "source", "object": "", "reason": REASON}, 422),
        ({"scope": "source", "object": "rain.level"}, 422),
    ],
)
async def test_what_cannot_be_held_is_explained(world: World, body: dict[str, str], status: int) -> None:
    async with world.client("admin") as client:
        answer = await client.post(URL, json=body)
    assert answer.status_code == status
    assert answer.json()["title"]
