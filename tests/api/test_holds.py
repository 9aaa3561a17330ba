"""Legal holds over HTTP: only the administrator sets and ends them, and erasing is refused meanwhile."""

from __future__ import annotations

import unicodedata

import pytest

from ioc.contract import Principal, Sealed
from ioc.core.dataclass import EVERYTHING
from ioc.core.errors import Problem
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


async def test_a_blank_and_other_letters_hold_the_same_person(world: World, person: str) -> None:
    name = unicodedata.normalize("NFD", f" {person}\n")
    async with world.client("admin") as client:
        made = await client.post(URL, json={"scope": "person", "object": name, "reason": REASON})
        assert made.status_code == 201
        (found,) = (await client.get(URL)).json()["holds"]
    assert (found["object"], found["people"]) == (person, 1)
    admin = Principal(id="qt", name="Quản trị", role="admin", classes=EVERYTHING)
    with pytest.raises(Problem, match="held"):
        await world.store.personal.erase(person, by=admin, reason="theo yêu cầu")


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
        ({"scope": "source", "object": "rain.level:lạ", "reason": REASON}, 404),
        ({"scope": "evidence", "object": "lạ", "reason": REASON}, 404),
        ({"scope": "person", "object": " ", "reason": REASON}, 422),
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
