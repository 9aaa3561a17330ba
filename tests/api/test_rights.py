"""Every route has a rule, and every rule holds: the matrix is made from the application itself."""

from __future__ import annotations

import re

import pytest
from fastapi import APIRouter, FastAPI
from fastapi.routing import iter_route_contexts
from starlette.applications import Starlette
from starlette.routing import Route

from ioc.api.openapi import describe
from ioc.api.rights import RouteWithoutRule, add_router, check_routes, guard_routes, rule_for
from ioc.contract.rights import INCLUDES, Principal, Role, allow
from tests.api.conftest import World

ROLES: tuple[Role, ...] = ("anyone", "wall", "device", "operator", "supervisor", "admin")
_ENDS_SESSION = ("DELETE", "/api/v1/session")


def routes(world: World) -> list[tuple[str, str, tuple[Role, ...]]]:
    return [
        (method, found.path or "", rule_for(found).roles)
        for found in iter_route_contexts(world.app.routes)
        for method in sorted(found.methods or ())
    ]


async def test_every_route_admits_its_roles_and_nobody_else(world: World) -> None:
    wrong, calls = [], 0
    for role in ROLES:
        async with world.client(role) as client:
            for method, path, roles in routes(world):
                if (method, path) == _ENDS_SESSION:
                    continue
                answer = await client.request(method, re.sub(r"\{[^}]*\}", "0", path))
                calls += 1
                admitted = any(r in INCLUDES[role] for r in roles)
                refusal = 401 if role == "anyone" else 403
                if admitted == (answer.status_code == refusal) and path != "/metrics":
                    wrong.append(f"{role} {method} {path}: {answer.status_code}")
                if answer.status_code >= 500 and path not in {"/readyz", "/", "/wall", "/console", "/login"}:
                    wrong.append(f"{role} {method} {path}: {answer.status_code}")
    assert not wrong
    assert calls > 200


async def test_who_is_limited_to_a_module_loses_nothing_that_anyone_may(world: World) -> None:
    limited = Principal(id="p-1", name="Hạnh", role="operator", modules=frozenset({"traffic"}))
    public = [found for found in iter_route_contexts(world.app.routes) if "anyone" in rule_for(found).roles]
    assert [found for found in public if rule_for(found).module == "citizen"]
    assert not [found.path for found in public if not rule_for(found).admits(limited)]
    assert not limited.may("operator", "citizen")


async def test_every_route_is_described_with_its_roles(world: World) -> None:
    document = describe(world.app)
    described = {(m.upper(), p) for p, operations in document["paths"].items() for m in operations}
    hidden = {"/", "/wall", "/console", "/login", "/openapi.json", "/.well-known/security.txt", "/assets/{path}"}
    for found in iter_route_contexts(world.app.routes):
        for method in found.methods or ():
            if found.path_format not in hidden and found.include_in_schema:
                assert (method, found.path_format) in described
    for path, operations in document["paths"].items():
        for operation in operations.values():
            assert operation["x-roles"]
            assert operation["summary"]
            named = {one["name"] for one in operation["parameters"] if one["in"] == "path"}
            assert named == set(re.findall(r"{(\w+)}", path))


async def test_openapi_is_served_and_there_is_no_page_to_try_it_out(world: World) -> None:
    async with world.client() as client:
        assert (await client.get("/openapi.json")).json()["openapi"].startswith("3.1")
        for path in ("/docs", "/redoc", "/docs/oauth2-redirect"):
            assert (await client.get(path)).status_code == 404


def bare_router() -> APIRouter:
    router = APIRouter(prefix="/api/v1/bare")

    @router.get("/ruled")
    @allow("anyone")
    async def ruled() -> None: ...

    @router.get("/one")
    async def one() -> None: ...

    @router.post("/two")
    async def two() -> None: ...

    return router


def test_application_does_not_start_with_a_route_without_a_rule() -> None:
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    add_router(app, bare_router())
    with pytest.raises(RouteWithoutRule) as caught:
        check_routes(app)
    assert caught.value.routes == ("GET /api/v1/bare/one", "POST /api/v1/bare/two")


def test_nested_routers_are_looked_into() -> None:
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    outer = APIRouter(prefix="/outer")
    outer.include_router(bare_router())
    add_router(app, outer)
    with pytest.raises(RouteWithoutRule) as caught:
        guard_routes(app)
    assert caught.value.routes == ("GET /outer/api/v1/bare/one", "POST /outer/api/v1/bare/two")


def test_what_cannot_be_looked_into_does_not_start() -> None:
    @allow("anyone")
    async def plain() -> None: ...

    for what in ("mount", "nested plain route", "websocket"):
        app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
        router = APIRouter()
        if what == "mount":
            app.mount("/inner", Starlette())
        elif what == "websocket":
            router.add_api_websocket_route("/socket", plain)
        else:
            inner = APIRouter(routes=[Route("/plain", plain)])
            router.include_router(inner, prefix="/p")
        add_router(app, router)
        with pytest.raises(RouteWithoutRule):
            guard_routes(app)


async def test_rule_is_asked_before_the_body_is_looked_at(world: World) -> None:
    async with world.client() as client:
        answer = await client.post("/api/v1/people", content=b"{not json")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("value", [3, "ba"])  # the quick way, and the thorough one
async def test_what_cameras_see_is_said_only_by_a_key_for_cameras(world: World, value: object) -> None:
    seen = {"id": "1", "kind": "camera.objects", "key": "cam-01/san", "unit": "objects", "at": "2026-11-21T00:00:00Z"}
    other = seen | {"kind": "traffic.speed", "key": "d1", "unit": "km/h", "value": value}
    keys = {
        "all": await world.auth.devices.issue(kind="device", name="trạm", by="test"),
        "camera": await world.auth.devices.issue(kind="device", name="đầu ghi", by="test", modules=["camera"]),
    }
    answers = {}
    async with world.client() as client:
        for who, key in keys.items():
            headers = {"Authorization": f"Bearer {key.token}"}
            body = [seen | {"value": 2}, other | {"id": "2"}]
            answers[who] = (await client.post("/api/v1/observations", json=body, headers=headers)).json()
    refused = {who: [one["field"] for one in said.get("refused", said.get("errors"))] for who, said in answers.items()}
    assert refused["all"][0] == "0.kind"
    assert refused["camera"] in (["1.kind"], ["1.value"])


async def test_module_rights_are_narrower_than_the_role(world: World) -> None:
    key = await world.auth.devices.issue(kind="device", name="trạm", by="test", modules=["noise"])
    reading = {"id": "1", "kind": "traffic.speed", "key": "a", "value": 1, "unit": "km/h", "at": "2026-11-21T00:00:00Z"}
    async with world.client() as client:
        headers = {"Authorization": f"Bearer {key.token}"}
        answer = await client.post("/api/v1/observations", json=reading, headers=headers)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "0.kind"
