"""A small stand-in for the server: serves the built pages and speaks the wire, so that screens can be tried alone."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import mock_data as data
import mock_evidence
import mock_patrols
import mock_releases
import mock_setup
import mock_streets as streets
import uvicorn
from mock_city import MODULE, City, Json
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.websockets import WebSocket, WebSocketDisconnect

DIST = Path(__file__).parents[2] / "web" / "dist"
POLICY = (
    "default-src 'self'; style-src 'self'; script-src 'self'; worker-src 'self'; img-src 'self' data: blob:; "
    "media-src 'self' blob:; "
    "connect-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
)


async def feed(socket: WebSocket) -> None:
    city: City = socket.app.state.city
    if city.refuse_feed:
        await socket.close()
        return
    while city.mute:  # a network that swallows everything: the handshake never ends
        try:
            await asyncio.sleep(0.05)
        except asyncio.CancelledError:
            return  # the client gave up
    await socket.accept()
    with contextlib.suppress(WebSocketDisconnect, RuntimeError):
        await socket.send_text(json.dumps(city.hello()))
        asked = json.loads(await socket.receive_text())
        city.subscribes.append(asked)
        recovered = asked.get("epoch") == city.epoch and "since" in asked
        stamp = {"recovered": recovered, "epoch": city.epoch, "upto": city.position}
        await socket.send_text(json.dumps({"t": "sys.subscribed", "d": stamp}))
        missed = [frame for position, frame in city.log if recovered and position > asked["since"]]
        for frame in missed if recovered else city.snapshots():
            await socket.send_text(json.dumps(frame))
        city.sockets.add(socket)
        while True:
            said = json.loads(await socket.receive_text())
            if said["op"] == "watch":
                city.watched.append(said["camera"])
    city.sockets.discard(socket)


def page(name: str) -> Any:
    async def serve(request: Request) -> Response:
        return FileResponse(DIST / f"{name}.html", headers={"Cache-Control": "no-cache"})

    return serve


def problem(status: int, vi: str, en: str) -> JSONResponse:
    body = {"type": "about:blank", "status": status, "title": vi, "title_en": en}
    return JSONResponse(body, status, media_type="application/problem+json")


async def incident(request: Request) -> Response:
    city: City = request.app.state.city
    found = city.incidents.get(request.path_params["id"])
    if found is None:
        return problem(404, "Không tìm thấy", "Not found")
    personal = {
        "name": "Lê Thị Hoa",
        "phone": "0912 000 000",
        "narrative": "Có khói ở tầng ba, hai người còn trong nhà",
    }
    body = {**found, "personal": "p-1", "timeline": timeline(found)}
    if request.query_params.get("reveal") == "true":
        city.reasons.append(request.query_params["reason"])
        body["revealed"] = {"person": personal, "notes": {}}
    return JSONResponse(body)


def timeline(found: Json) -> list[Json]:
    said = data.text("Đề xuất 3 đơn vị gần nhất", "The 3 nearest units recommended")
    step = {"position": 1, "module": "desk", "at": found["opened"]}
    steps = [
        {**step, "id": "t1", "type": "incident.opened", "title": found["title"]},
        {**step, "id": "t2", "type": "emergency.unit.recommended", "title": said, "module": "emergency"},
    ]
    if found["owner"]:
        steps.append({**step, "id": "t3", "type": "incident.taken", "by": found["owner"], "at": found["updated"]})
    return steps


async def act(request: Request) -> Response:
    city: City = request.app.state.city
    asked = await request.json()
    city.actions.append(asked)
    await city.action_gate.wait()
    if city.conflict_once:
        city.conflict_once = False
        city.incidents[request.path_params["id"]]["version"] += 1  # and the feed has not told of it yet
        return problem(409, "Vụ việc vừa được người khác cập nhật", "Someone changed the incident")
    if city.fail_actions:
        return problem(city.fail_actions, "Người khác vừa nhận vụ này", "Someone else has just taken it")
    return JSONResponse(await city.change(request.path_params["id"], **effect(asked)))


def effect(asked: Json) -> Json:
    effects: dict[str, Json] = {
        "take": {"status": "taken", "owner": "demo operator"},
        "assign": {"status": "assigned", "assignee": asked.get("unit") or asked.get("agency")},
        "close": {"status": "closed", "outcome": asked.get("outcome")},
        "reopen": {"status": "taken", "outcome": None},
        "locate": {"lonlat": asked.get("lonlat"), "ward": data.ward_of(*(asked.get("lonlat") or data.CENTRE))},
    }
    return effects.get(asked["action"], {})


async def take_call(request: Request) -> Response:
    city: City = request.app.state.city
    asked = await request.json()
    city.calls.append(asked)
    at = asked.get("location")
    made = await city.open(len(city.incidents), lonlat=[at["lon"], at["lat"]] if at else None)
    return JSONResponse({"id": made["correlation"], "number": "1140042"}, 201)


async def publish(request: Request) -> Response:
    request.app.state.city.published.append(await request.json())
    return JSONResponse({"status": "published"})


async def report(request: Request) -> Response:
    said = {"description": "Dây điện đứt trước nhà ông Nam", "phone": "0912 000 001"}
    photo = "/api/v1/media/p-1" if request.app.state.city.releases.photo else None
    body = {"published_at": None, "photo_published": False, "media_url": photo, "revealed": said}
    return JSONResponse(body)


async def tile(request: Request) -> Response:
    city: City = request.app.state.city
    if not city.tiles:
        return problem(404, "Không có", "Not found")
    city.tiles_asked += 1
    place = (request.path_params[name] for name in "zxy")
    return Response(streets.tile(*place), media_type="application/vnd.mapbox-vector-tile")


async def reject(request: Request) -> Response:
    city: City = request.app.state.city
    city.rejected.append(await request.json())
    return JSONResponse({"status": "rejected"})


async def live_of(request: Request) -> Response:
    """Puts a source elsewhere in its life, and the feed tells of it."""
    city: City = request.app.state.city
    asked = await request.json()
    key = request.path_params["id"]
    city.lives.append({"id": key, **asked})
    city.sources[key] = {**city.sources[key], "life": asked["life"]}
    await city.put("source", key, city.sources[key])
    return JSONResponse({"id": key, "life": asked["life"]})


async def sign_in(request: Request) -> Response:
    asked = await request.json()
    if asked["password"] != "đúng":
        return problem(401, "Tên hoặc mật khẩu không đúng", "Wrong name or password")
    return JSONResponse({"name": asked["username"], "role": "operator"})


def answer(body: Any) -> Any:
    async def serve(request: Request) -> Response:
        return JSONResponse(body() if callable(body) else body)

    return serve


CITY = {
    "id": "thanh-hoa",
    "name": data.text("Thanh Hóa", "Thanh Hóa"),
    "bbox": data.BOX,
    "center": data.CENTRE,
    "agencies": [
        {"id": "pc07", "name": data.text("Cảnh sát chữa cháy", "Fire police")},
        {"id": "dien-luc", "name": data.text("Điện lực thành phố", "City power company")},
    ],
    "demo": True,
}
ME = {"id": "demo-operator", "name": "demo operator", "sign": "demo operator"}
FORM = {
    "categories": [{"code": "fire", "name": data.text("Cháy", "Fire"), "service": "114", "priority": 2}],
    "questions": [
        {
            "code": "burning",
            "text": data.text("Cái gì đang cháy?", "What burns?"),
            "answer": "text",
            "services": ["114"],
        },
        {
            "code": "trapped",
            "text": data.text("Mấy người mắc kẹt?", "Trapped?"),
            "answer": "number",
            "services": ["114"],
        },
        {
            "code": "spreading",
            "text": data.text("Có lan không?", "Spreading?"),
            "answer": "yes_no",
            "services": ["114"],
        },
    ],
}
MODULES = {
    "modules": [
        {"name": "citizen", "title": data.text("Phản ánh hiện trường", "Citizen reports"), **MODULE},
        {"name": "emergency", "title": data.text("Cấp cứu và khẩn cấp", "Emergency response"), **MODULE},
        {"name": "feed", "title": data.text("Kênh tin nhanh", "Live feed"), **MODULE, "platform": True},
    ]
}


class Policy:
    """Puts the strict content security policy on every answer."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async def marked(message: Any) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"content-security-policy", POLICY.encode())]
            await send(message)

        await self.app(scope, receive, marked)


def application(city: City) -> Starlette:
    routes = [
        *(Route(path, page(name)) for path, name in PAGES.items()),
        Route("/ogc/collections/wards/items", answer(data.wards)),
        Route("/ogc/collections/assets/items", answer(data.assets)),
        Route("/api/v1/city", answer(CITY)),
        Route("/api/v1/modules", answer(MODULES)),
        Route("/api/v1/me", answer(lambda: {**ME, "role": city.role})),
        Route("/api/v1/session", sign_in, methods=["POST"]),
        Route("/api/v1/incidents/{id}", incident),
        Route("/api/v1/incidents/{id}/actions", act, methods=["POST"]),
        Route("/api/v1/calls/form", answer(FORM)),
        Route("/api/v1/calls", take_call, methods=["POST"]),
        Route("/api/v1/reports/{id}", report),
        Route("/api/v1/reports/{id}/publish", publish, methods=["POST"]),
        Route("/api/v1/reports/{id}/reject", reject, methods=["POST"]),
        Route("/tiles/segments/{z:int}/{x:int}/{y:int}.mvt", tile),
        Route("/api/v1/traffic/segments", answer(streets.segments)),
        Route("/api/v1/security/hotspots", answer(streets.hotspots)),
        Route("/api/v1/sources", answer(lambda: {"sources": list(city.sources.values())})),
        Route("/api/v1/sources/{id}/life", live_of, methods=["POST"]),
        *mock_setup.ROUTES,
        *mock_patrols.ROUTES,
        *mock_releases.ROUTES,
        *mock_evidence.ROUTES,
        WebSocketRoute("/feed", feed),
        Mount("/assets", StaticFiles(directory=DIST / "assets")),
    ]
    made = Starlette(routes=routes, middleware=[Middleware(Policy)])
    made.state.city = city
    return made


PAGES = {"/": "index", "/wall": "wall", "/console": "console", "/login": "login", "/console/cameras": "cameras"}


@contextlib.asynccontextmanager
async def running(port: int = 0) -> AsyncIterator[tuple[str, City]]:
    """The stand-in on loopback; gives its address and the city behind it."""
    city = City()
    settings = uvicorn.Config(
        application(city), "127.0.0.1", port, log_level="error", ws="websockets-sansio", lifespan="off"
    )
    server = uvicorn.Server(settings)
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    pulse = asyncio.create_task(beat(city))
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}", city
    finally:
        pulse.cancel()
        server.should_exit = True
        server.force_exit = True
        await serving


async def beat(city: City) -> None:
    while True:
        await city.live()
        await asyncio.sleep(1)


async def _alone() -> None:
    async with running(int(sys.argv[1])):
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_alone())
