"""Signing in through HTTP, accounts and keys."""

from __future__ import annotations

import httpx

from tests.api.conftest import PASSWORD, World

ADMIN = {"username": "adminadmin", "password": PASSWORD}
NEW = {"username": "Lê.Hoa", "name": "Lê Hoa", "password": "một mật khẩu dài 9", "role": "operator"}


def cookie_of(answer: httpx.Response) -> str:
    return answer.headers["set-cookie"].partition(";")[0]


async def test_sign_in_sets_a_guarded_cookie_and_sign_out_takes_it_away(world: World) -> None:
    async with world.client() as client:
        planted = {"Cookie": "ioc-session-ky-anh=planted", "Origin": "http://127.0.0.1:8000"}
        answer = await client.post("/api/v1/session", json=ADMIN, headers=planted)
        assert answer.status_code == 200
        assert answer.json()["role"] == "admin"
        for word in ("HttpOnly", "SameSite=Strict", "Path=/"):
            assert word in answer.headers["set-cookie"]
        assert "planted" not in cookie_of(answer)


async def test_session_lives_from_sign_in_to_sign_out(world: World) -> None:
    headers = {"Origin": "http://127.0.0.1:8000"}
    async with world.client() as client:
        headers["Cookie"] = cookie_of(await client.post("/api/v1/session", json=ADMIN))
        client.cookies.clear()
        assert (await client.get("/api/v1/me", headers=headers)).json()["role"] == "admin"
        gone = await client.delete("/api/v1/session", headers=headers)
        assert gone.status_code == 204
        assert "Max-Age=0" in gone.headers["set-cookie"]
        assert (await client.get("/api/v1/me", headers=headers)).json()["role"] == "anyone"
        assert (await client.get("/api/v1/people", headers=headers)).status_code == 401


async def test_wrong_and_unknown_are_told_alike(world: World) -> None:
    async with world.client() as client:
        wrong = await client.post("/api/v1/session", json=ADMIN | {"password": "sai"})
        unknown = await client.post("/api/v1/session", json={"username": "không có", "password": "sai"})
    assert wrong.status_code == unknown.status_code == 401
    assert {**wrong.json(), "trace": ""} == {**unknown.json(), "trace": ""}


async def test_five_wrong_passwords_lock_through_http(world: World) -> None:
    async with world.client() as client:
        for _ in range(5):
            assert (await client.post("/api/v1/session", json=ADMIN | {"password": "sai"})).status_code == 401
        assert (await client.post("/api/v1/session", json=ADMIN)).status_code == 401


async def test_administrator_makes_changes_and_shuts_an_account(world: World) -> None:
    async with world.client("admin") as admin, world.client() as anyone:
        made = await admin.post("/api/v1/people", json=NEW)
        assert made.status_code == 201
        assert "password" not in made.json()
        assert (await admin.post("/api/v1/people", json=NEW)).status_code == 409
        assert made.json()["username"] in [p["username"] for p in (await admin.get("/api/v1/people")).json()["people"]]

        signed = await anyone.post("/api/v1/session", json={"username": "lê.hoa", "password": NEW["password"]})
        headers = {"Cookie": cookie_of(signed)}
        anyone.cookies.clear()
        path = f"/api/v1/people/{made.json()['id']}"
        changed = await admin.patch(path, json={"role": "supervisor", "modules": ["citizen"]})
        assert changed.status_code == 204
        me = (await anyone.get("/api/v1/me", headers=headers)).json()
        assert (me["role"], me["modules"]) == ("supervisor", ["citizen"])

        assert (await admin.patch(path, json={"disabled": True})).status_code == 204
        assert (await anyone.get("/api/v1/me", headers=headers)).json()["role"] == "anyone"
        assert (await admin.patch("/api/v1/people/none", json={"disabled": True})).status_code == 404


async def test_one_field_changed_leaves_the_other_as_it_was(world: World) -> None:
    async with world.client("admin") as admin:
        made = (await admin.post("/api/v1/people", json=NEW | {"modules": ["citizen"]})).json()
        assert (await admin.patch(f"/api/v1/people/{made['id']}", json={"role": "supervisor"})).status_code == 204
        people = {p["id"]: p for p in (await admin.get("/api/v1/people")).json()["people"]}
    assert people[made["id"]]["modules"] == ["citizen"], "a change of role must not open all modules"
    assert people[made["id"]]["role"] == "supervisor"


async def test_administrator_cannot_lock_themselves_out(world: World) -> None:
    async with world.client("admin") as admin:
        me = (await admin.get("/api/v1/me")).json()["id"]
        for change in ({"disabled": True}, {"role": "operator"}):
            assert (await admin.patch(f"/api/v1/people/{me}", json=change)).status_code == 409


async def test_key_is_shown_once_works_and_is_revoked(world: World) -> None:
    async with world.client("admin") as admin, world.client() as anyone:
        made = (await admin.post("/api/v1/devices", json={"kind": "wall", "name": "Màn hình"})).json()
        headers = {"Authorization": f"Bearer {made['token']}"}
        assert (await anyone.get("/api/v1/me", headers=headers)).json()["role"] == "wall"
        listed = await admin.get("/api/v1/devices")
        assert made["token"] not in listed.text
        assert made["id"] in listed.text
        assert (await admin.delete(f"/api/v1/devices/{made['id']}")).status_code == 204
        assert (await anyone.get("/api/v1/me", headers=headers)).status_code == 401
        assert (await admin.delete("/api/v1/devices/none")).status_code == 404
    lines = await world.store.audit.list(object=made["id"])
    assert [line.action for line in lines] == ["key.revoked", "key.issued"]
