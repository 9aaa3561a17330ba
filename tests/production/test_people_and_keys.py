"""From an empty production city to people at work: the first administrator, an operator, a wall, a device."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from typing import Any

import pytest
import typer

from ioc.auth import Auth, AuthSettings
from ioc.city.profile import load_city
from ioc.cli.commands import app
from ioc.settings import key_bytes
from ioc.store import Store, StoreSettings
from tests.feed.client import FeedClient
from tests.production.installation import PROFILE, Installation
from tests.production.people import ADMIN, OPERATOR, Desk, Visitor, new_key
from tests.servers import wait_until

pytestmark = pytest.mark.timeout(600)

TOPICS = ["incident", "event", "unit", "kpi", "module"]
REVOKED_WITHIN_S = 5.0
LAG_S = 8.0  # this machine's other work; an open feed would last for hours


def reading(name: str) -> dict[str, Any]:
    at = datetime.now(UTC).isoformat()
    return {"id": name, "kind": "traffic.speed", "key": "tram-01", "value": 71.5, "unit": "km/h", "at": at}


def call() -> dict[str, Any]:
    return {"number_dialled": "114", "location": {"lat": 19.806, "lon": 105.7785}, "category": "fire"}


def test_the_first_administrator_signs_in(admin: Visitor):
    me = admin.get("/api/v1/me").json()
    assert (me["role"], me["demo"]) == ("admin", False)
    assert admin.cookie.startswith("__Host-")


def test_a_weak_password_is_refused_at_the_prompt(city: Installation):
    password = "của quan.tri.hai đây"
    done = city.run("people", "add", "quan.tri.hai", "--role", "admin", stdin=f"{password}\n{password}\n")
    assert done.returncode == 2
    assert "Mật khẩu" in done.stderr
    assert "password" in done.stderr
    assert password not in done.stdout + done.stderr


def test_a_password_has_no_place_on_the_command_line():
    group: Any = typer.main.get_command(app)
    given = {option for one in group.commands["people"].commands["add"].params for option in one.opts}
    assert given == {"username", "--name", "--role", "--city", "--state"}


def test_a_wrong_password_and_an_unknown_name_are_refused_alike(city: Installation, admin: Visitor):
    visitor = Visitor(city)
    answers = [
        visitor.post("/api/v1/session", json={"username": name, "password": "một mật khẩu không đúng"})
        for name in (ADMIN[0], "không.có.ai")
    ]
    assert [answer.status_code for answer in answers] == [401, 401]
    without_trace = [answer.json() | {"trace": ""} for answer in answers]
    assert without_trace[0] == without_trace[1]


def test_nobody_plays_a_role_in_production(city: Installation, desk: Desk):
    visitor = Visitor(city)
    for headers in ({"ioc-role": "admin"}, {"Cookie": "ioc-role=admin"}):
        assert visitor.get("/api/v1/me", headers=headers).json()["role"] == "anyone"
        assert visitor.get("/api/v1/incidents", headers=headers).status_code == 401


def test_only_the_administrator_lets_people_in(desk: Desk):
    body = {"username": "them.nguoi", "password": OPERATOR[1], "name": "Thêm", "role": "admin"}
    assert desk.operator.post("/api/v1/people", json=body).status_code == 403
    assert desk.operator.post("/api/v1/devices", json={"kind": "wall", "name": "x"}).status_code == 403


def test_a_change_that_names_nothing_is_refused(admin: Visitor):
    for body in ({}, {"role": None}):
        answer = admin.request("PATCH", "/api/v1/people/nobody", json=body)
        assert answer.status_code == 422 and answer.json()["errors"][0]["field"] == "role"
    assert admin.request("PATCH", "/api/v1/people/nobody", json={"disabled": True}).status_code == 404


def test_a_session_is_no_use_to_another_page(desk: Desk):
    answer = desk.operator.post("/api/v1/calls", json=call(), headers={"Origin": "https://evil.example"})
    assert answer.status_code == 403


def test_a_wall_reads_and_does_nothing(desk: Desk):
    taken = desk.operator.post("/api/v1/calls", json=call())
    assert taken.status_code == 201, taken.text
    assert desk.wall.get("/api/v1/incidents").status_code == 200
    assert desk.wall.get("/api/v1/units").status_code == 200
    wait_until(lambda: bool(incidents(desk.wall)), "the wall sees the incident")
    incident = incidents(desk.wall)[0]
    action = {"action": "take", "version": incident["version"]}
    assert desk.wall.post(f"/api/v1/incidents/{incident['id']}/actions", json=action).status_code == 403
    assert desk.wall.get(f"/api/v1/incidents/{incident['id']}").status_code == 403
    for path in ("/api/v1/calls", "/api/v1/reports", "/api/v1/people", "/api/v1/devices"):
        assert desk.wall.get(path).status_code == 403
    assert desk.wall.post("/api/v1/calls", json=call()).status_code == 403
    assert desk.wall.post("/api/v1/observations", json=reading("w1")).status_code == 403


def incidents(visitor: Visitor) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = visitor.get("/api/v1/incidents").json()["incidents"]
    return found


def test_a_device_posts_and_reads_nothing(desk: Desk):
    assert desk.device.post("/api/v1/observations", json=reading("d1")).status_code == 202
    assert desk.device.post("/api/v1/calls", json=call()).status_code == 201
    for path in ("/api/v1/incidents", "/api/v1/calls", "/api/v1/reports", "/api/v1/units", "/api/v1/people"):
        assert desk.device.get(path).status_code == 403


def test_a_key_made_on_the_command_line_works(city: Installation, admin: Visitor):
    made = city.run("people", "key", "wall", "Màn hình phòng trực")
    assert made.returncode == 0, made.stderr
    wall = Visitor(city, key=made.stdout.strip())
    assert wall.get("/api/v1/me").json()["role"] == "wall"


async def test_a_wall_sees_the_feed_and_a_device_does_not(city: Installation, desk: Desk):
    async with FeedClient(city.feed_url, topics=TOPICS, token=desk.wall_key) as screen:
        await screen.until(lambda: screen.upto is not None)
        assert screen.hello["demo"] is False
        assert screen.hello["simulated"] is False
    async with FeedClient(city.feed_url, topics=TOPICS, token=desk.device_key) as device:
        assert await device.until_closed() == 4403
    async with FeedClient(city.feed_url, topics=TOPICS, token="x.y.z") as stranger:
        assert await stranger.until_closed() == 4401


async def test_revoking_a_key_closes_its_feed_at_once(city: Installation, admin: Visitor):
    token = await asyncio.to_thread(new_key, admin, "wall")
    async with FeedClient(city.feed_url, topics=TOPICS, token=token) as screen:
        await screen.until(lambda: screen.upto is not None)
        newest = (await asyncio.to_thread(admin.get, "/api/v1/devices")).json()["keys"][0]
        begin = time.monotonic()
        gone = await asyncio.to_thread(admin.request, "DELETE", f"/api/v1/devices/{newest['id']}")
        assert gone.status_code == 204
        assert await screen.until_closed() == 4403
        assert time.monotonic() - begin < REVOKED_WITHIN_S + LAG_S
    assert (await asyncio.to_thread(Visitor(city, key=token).get, "/api/v1/incidents")).status_code == 401


async def test_disabling_a_person_ends_session_and_feed(city: Installation, admin: Visitor):
    body = {"username": "sap.nghi", "password": OPERATOR[1], "name": "Sắp nghỉ", "role": "operator"}
    person = (await asyncio.to_thread(admin.post, "/api/v1/people", json=body)).json()
    leaving = Visitor(city)
    await asyncio.to_thread(leaving.sign_in, body["username"], body["password"])
    async with FeedClient(city.feed_url, topics=TOPICS, headers=leaving.feed_headers) as screen:
        await screen.until(lambda: screen.upto is not None)
        begin = time.monotonic()
        ended = await asyncio.to_thread(
            admin.request, "PATCH", f"/api/v1/people/{person['id']}", json={"disabled": True}
        )
        assert ended.status_code == 204
        assert await screen.until_closed() in {4401, 4403}
        assert time.monotonic() - begin < REVOKED_WITHIN_S + LAG_S
    assert (await asyncio.to_thread(leaving.get, "/api/v1/incidents")).status_code == 401


async def test_the_key_of_a_demonstrations_simulator_is_worth_nothing_here(city: Installation, desk: Desk):
    token = await simulated_key(city)
    simulator = Visitor(city, key=token)
    before = await asyncio.to_thread(lambda: len(desk.operator.get("/api/v1/calls?limit=200").json()["calls"]))
    for path, body in (
        ("/api/v1/observations", reading("s1")),
        ("/api/v1/calls", call()),
        ("/api/v1/units/positions", {"positions": []}),
        ("/open311/v2/requests.json", {"service_code": "x"}),
    ):
        assert (await asyncio.to_thread(simulator.post, path, json=body)).status_code == 401
    async with FeedClient(city.feed_url, topics=TOPICS, token=token) as screen:
        assert await screen.until_closed() == 4401
    after = await asyncio.to_thread(lambda: len(desk.operator.get("/api/v1/calls?limit=200").json()["calls"]))
    assert after == before


async def simulated_key(city: Installation) -> str:
    """A key as `ioc demo` issues it, in this very database and with this very secret."""
    name = load_city(PROFILE).id
    master, secret = (key_bytes(city.variables[n], n) for n in ("IOC_PERSONAL_KEY", "IOC_SECRET_KEY"))
    store = await Store.open(StoreSettings(city.database.url("ioc"), name, city.state, master))
    try:
        devices = Auth(store, AuthSettings(city=name, secret=secret)).devices
        return (await devices.issue(kind="device", name="simulator", by="demo", simulated=True)).token
    finally:
        await store.close()
