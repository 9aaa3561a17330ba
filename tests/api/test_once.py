"""Every door of desk and administrator under an `Idempotency-Key`: done once, answered alike, also after a restart."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

import httpx
import pytest
from sqlalchemy import select

from ioc.contract import Principal, Sealed
from ioc.settings import Settings
from ioc.store import tables
from tests.api.conftest import PASSWORD, World, begin_anew
from tests.api.test_incidents import opened
from tests.api.test_releases import BOX, begun, looked_at, show
from tests.api.test_sources import REASON, say
from tests.at_once import at_once

PERSON = "citizen:cầm"


class Deed(NamedTuple):
    """What is asked, what else may be asked there, and the line of the audit chain that says it was done."""

    role: str
    path: str
    body: dict[str, Any]
    other: dict[str, Any]
    line: str


async def taking(world: World) -> Deed:
    (case,) = await opened(world)
    body = {"action": "take", "version": 1}
    other = {"action": "note", "version": 2, "text": "Đã gọi lại"}
    return Deed("operator", f"/api/v1/incidents/{case}/actions", body, other, "incident.take")


async def noting(world: World) -> Deed:
    (case,) = await opened(world)
    body = {"action": "note", "version": 1, "text": "Đã gọi lại"}
    return Deed("operator", f"/api/v1/incidents/{case}/actions", body, body | {"text": "Khác"}, "incident.note")


async def holding(world: World) -> Deed:
    await world.store.write(lambda tx: tx.seal(Sealed(PERSON, {"name": "Trần Thị Mộng Cầm"}, {})))
    body = {"scope": "person", "object": PERSON, "reason": "Công văn 12/CV-CA"}
    return Deed("admin", "/api/v1/holds", body, body | {"reason": "Công văn 13/CV-CA"}, "hold.set")


async def letting_go(world: World) -> Deed:
    await holding(world)
    hold = await world.store.holds.add("person", PERSON, by="test", reason=REASON)
    return Deed("admin", f"/api/v1/holds/{hold}/release", {"reason": "Hết việc"}, {"reason": "Khác"}, "hold.released")


async def letting_in(world: World) -> Deed:
    body = {"username": "nguyen.an", "name": "Nguyễn An", "password": "một câu đủ dài để đoán", "role": "operator"}
    return Deed("admin", "/api/v1/people", body, body | {"password": "một câu khác cũng dài"}, "account.created")


async def issuing(world: World) -> Deed:
    body = {"kind": "device", "name": "Trạm cầu Hoàng Long", "modules": ["traffic"], "days": 30}
    return Deed("admin", "/api/v1/devices", body, body | {"days": 31}, "key.issued")


async def commissioning(world: World) -> Deed:
    body = {"id": "traffic:d-1", "module": "traffic", "state": "live", "life": "live", "last_at": None, "reason": None}
    await say(world, "source", "traffic:d-1", body)
    wanted = {"life": "maintenance", "reason": REASON}
    return Deed("supervisor", "/api/v1/sources/traffic:d-1/life", wanted, wanted | {"life": "live"}, "source.life")


async def beginning(world: World) -> Deed:
    show(world)
    show(world, "cam-02")
    return Deed("operator", "/api/v1/releases", {"camera": "cam-01"}, {"camera": "cam-02"}, "picture.proposed")


async def confirming(world: World) -> Deed:
    show(world)
    async with world.client("operator") as client:
        id = (await begun(client))["id"]
        _, seen = await looked_at(client, id, boxes=[BOX])
    other = seen | {"purpose": "Gửi toà án"}
    return Deed("operator", f"/api/v1/releases/{id}/confirm", seen, other, "picture.released")


async def withdrawing(world: World) -> Deed:
    _, path, seen, _, _ = await confirming(world)
    async with world.client("operator") as client:
        assert (await client.post(path, json=seen)).status_code == 200
    path = path.removesuffix("confirm") + "withdraw"
    return Deed("operator", path, {"reason": "Còn thấy biển số"}, {"reason": "Lý do khác"}, "picture.withdrawn")


DEEDS = (
    taking,
    noting,
    holding,
    letting_go,
    letting_in,
    issuing,
    commissioning,
    beginning,
    confirming,
    withdrawing,
)


async def ask(world: World, deed: Deed, body: dict[str, Any], *, who: str = "", key: str = "k") -> httpx.Response:
    async with world.client(who or deed.role) as client:
        return await client.post(deed.path, json=body, headers={"Idempotency-Key": key})


async def done(world: World, deed: Deed) -> int:
    return [one.action for one in await world.store.audit.list(limit=500)].count(deed.line)


async def another(world: World, deed: Deed) -> str:
    """Signs somebody else in who may do the same."""
    person = await world.auth.people.create(
        username="nguoi.khac", password=PASSWORD, name="Khác", role=deed.role, by="test"
    )
    opened_ = await world.auth.sessions.open(Principal(id=person.id, name=person.name, role=person.role))
    world.cookies["another"] = f"ioc-session-ky-anh={opened_.value}"
    return "another"


def what_counts(answer: httpx.Response) -> tuple[int, bytes]:
    return answer.status_code, answer.content


@pytest.mark.parametrize("prepare", DEEDS, ids=lambda one: one.__name__)
async def test_a_repeat_is_answered_as_the_first_time_and_done_once(
    world_anywhere: World, settings: Settings, prepare: Callable[[World], Awaitable[Deed]]
) -> None:
    world = world_anywhere
    deed = await prepare(world)
    who = await another(world, deed)
    async with world.client(deed.role) as client:
        await client.get("/api/v1/me")  # who is signed in is known from now on
    before = await done(world, deed)

    answers = await at_once(world.store, *(ask(world, deed, deed.body) for _ in range(8)))
    first = answers[0]
    assert first.status_code in (200, 201, 204), first.text
    assert {what_counts(one) for one in answers} == {what_counts(first)}
    assert await done(world, deed) == before + 1

    reused = await ask(world, deed, deed.other)
    assert (reused.status_code, reused.json()["type"]) == (409, "urn:ioc:problem:key-reused")
    assert what_counts(await ask(world, deed, deed.body)) == what_counts(first)
    assert await done(world, deed) == before + 1

    await begin_anew(world, settings)
    assert what_counts(await ask(world, deed, deed.body)) == what_counts(first)
    assert await done(world, deed) == before + 1
    show(world)
    theirs = await ask(world, deed, deed.body, who=who)
    asked_anew = theirs.is_success and await done(world, deed) == before + 2
    assert asked_anew or theirs.status_code in (404, 409, 410), theirs.text
    assert "key-reused" not in theirs.text


async def test_an_act_is_answered_as_the_first_time_whatever_the_case_is_by_now(world: World) -> None:
    deed = await taking(world)
    first = await ask(world, deed, deed.body)
    closing = {"action": "close", "version": 2, "outcome": "resolved"}
    assert (await ask(world, deed, closing, key="other")).status_code == 200
    again = await ask(world, deed, deed.body)
    assert what_counts(again) == what_counts(first)
    assert again.json()["status"] == "taken"
    stale = await ask(world, deed, deed.body, key="new")
    assert (stale.status_code, stale.json()["type"]) == (409, "urn:ioc:problem:changed-meanwhile")


async def test_nothing_is_kept_of_a_refusal(world: World) -> None:
    deed = await taking(world)
    assert (await ask(world, deed, deed.body | {"version": 2})).status_code == 409
    assert (await ask(world, deed, deed.body)).status_code == 200


@pytest.mark.parametrize("key", ["", "x" * 129])
async def test_a_key_of_another_length_is_refused(world: World, key: str) -> None:
    deed = await taking(world)
    assert (await ask(world, deed, deed.body, key=key)).status_code == 422
    assert await done(world, deed) == 0


async def test_the_same_key_at_another_address_is_another_key(world: World) -> None:
    one, other = await holding(world), await letting_in(world)
    assert [(await ask(world, deed, deed.body)).status_code for deed in (one, other)] == [201, 201]


async def test_what_is_kept_of_an_answer_holds_no_secret(world: World) -> None:
    """Neither the key of a device, which is signed anew, nor a hash from which a password could be tried out."""
    device, person = await issuing(world), await letting_in(world)
    token = (await ask(world, device, device.body)).json()["token"]
    await ask(world, person, person.body)
    async with world.store.read() as connection:
        rows = (await connection.execute(select(tables.accepted))).mappings().all()
    assert len(rows) == 2
    kept = b"".join(bytes(row["body"]) + bytes(row["fingerprint"]) for row in rows)
    assert token.encode() not in kept and token.rpartition(".")[2].encode() not in kept
    sent = json.dumps(person.body, ensure_ascii=False, separators=(",", ":")).encode()
    assert hashlib.sha256(sent).digest() not in kept
    assert person.body["password"].encode() not in kept


async def test_the_key_of_a_device_works_as_it_is_told_again_and_not_when_revoked(world: World) -> None:
    deed = await issuing(world)
    told = [(await ask(world, deed, deed.body)).json() for _ in range(2)]
    assert told[0] == told[1]
    assert await world.auth.devices.find(told[1]["token"]) is not None
    async with world.client("admin") as client:
        assert (await client.delete(f"/api/v1/devices/{told[0]['id']}")).status_code == 204
    assert (await ask(world, deed, deed.body)).json() == told[0]
    assert await world.auth.devices.find(told[0]["token"]) is None
