"""The stand-in's pictures on their way out: really blurred, released only as they were seen."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import mock_clips as clips
import mock_data as data
import mock_streets as streets
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ioc.contract.blurring import hash_of
from streams.blurring import blurred

Json = dict[str, Any]
CAMERA = "cam-01"


class Releases:
    """What was asked and confirmed; the switches a test turns."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.confirmed: list[Json] = []
        self.blurs: list[Json] = []
        self.given = ""  # the hash of what was shown last
        self.by = "detector"
        self.boxes: list[list[float]] = []  # what a detector finds in the report's photo
        self.photo = False  # whether the report has one
        self.left: list[Json] = [_left(number) for number in range(3)]  # newest first
        self.clip: Json | None = None  # the plan of the clip that is to leave, where it is one
        self.refused: list[Json] = []
        self.more = False  # whether there is a page behind that
        self.withdrawn: list[Json] = []


def _left(number: int, name: str = "Ngã tư Bưu điện") -> Json:
    at = data.iso(data.now() - timedelta(hours=number + 1))
    sha256 = f"{number:x}" * 64
    by = {"by": f"p-{number}", "sign": "truc.ban", "at": at}
    return {
        "id": f"r-{number}",
        "kind": "picture",
        "camera": CAMERA,
        "name": name,
        "simulated": False,
        "taken_at": at,
        "state": "released",
        "begun": by,
        "released": by | {"purpose": f"Công văn {number}/CV-CA", "sha256": sha256},
        "withdrawn": None,
        "url": f"/api/v1/releases/r-{number}/{sha256}.jpg",
    }


def picture() -> bytes:
    return streets.jpeg(CAMERA, 3)


def _of(request: Request) -> Releases:
    found: Releases = request.app.state.city.releases
    return found


async def begin(request: Request) -> Response:
    releases = _of(request)
    wanted = await request.json()
    releases.begun.append(wanted.get("camera") or wanted["evidence"])
    boxes = [[0.1, 0.4, 0.2, 0.3]] if releases.by == "detector" else []
    made = {
        "id": "r-1",
        "camera": CAMERA,
        "name": "Ngã tư Bưu điện",
        "taken_at": data.iso(data.now()),
        "by": releases.by,
        "boxes": boxes,
        "whole": releases.by == "nothing",
    }
    if wanted.get("clip"):
        made |= clips.draft(request.app.state.city.kept.clip())
        releases.clip = made["clip"]
    return JSONResponse(made, 201)


async def original(request: Request) -> Response:
    return Response(picture(), media_type="image/jpeg")


async def blur(request: Request) -> Response:
    wanted = await request.json()
    releases = _of(request)
    releases.blurs.append(wanted)
    if releases.clip is not None:
        film = await clips.film(request.app.state.city.kept.clip(), releases.clip, wanted)
        return Response(film, media_type="video/webm", headers={"ETag": f'"{hash_of(film)}"'})
    made = blurred(picture(), [tuple(box) for box in wanted["boxes"]], whole=wanted["whole"])
    releases.given = hash_of(made)
    return Response(made, media_type="image/jpeg", headers={"ETag": f'"{hash_of(made)}"'})


async def boxes(request: Request) -> Response:
    known = _of(request).boxes
    return JSONResponse({"boxes": known, "whole": not known})


async def confirm(request: Request) -> Response:
    seen, releases = await request.json(), _of(request)
    if releases.clip is not None:
        made = await clips.film(request.app.state.city.kept.clip(), releases.clip, seen)
    else:
        made = blurred(picture(), [tuple(box) for box in seen["boxes"]], whole=seen["whole"])
    if hash_of(made) != seen["sha256"] or (releases.clip is None and seen["sha256"] != releases.given):
        return JSONResponse({"title": "Ảnh khác với ảnh đã xem", "title_en": "Not as seen"}, 409)
    releases.confirmed.append(seen)
    end = "jpg" if releases.clip is None else "webm"
    return JSONResponse({"id": "r-1", "sha256": seen["sha256"], "url": f"/api/v1/releases/r-1/{seen['sha256']}.{end}"})


async def refuse(request: Request) -> Response:
    _of(request).refused.append(await request.json())
    return Response(status_code=204)


async def left(request: Request) -> Response:
    releases = _of(request)
    if "before" in request.query_params:
        return JSONResponse({"releases": [_left(9, "Cầu Hàm Rồng")], "next": None})
    return JSONResponse({"releases": releases.left, "next": "hôm qua" if releases.more else None})


async def withdraw(request: Request) -> Response:
    releases, id, asked = _of(request), request.path_params["id"], await request.json()
    if id == "r-2":
        title = {"title": "Ảnh này đã bị thu hồi", "title_en": "This picture was withdrawn"}
        return JSONResponse(title, 410, media_type="application/problem+json")
    releases.withdrawn.append(asked | {"id": id})
    for one in releases.left:
        if one["id"] == id:
            by = {"by": "p-9", "sign": "truong.ca", "at": data.iso(data.now()), "reason": asked["reason"]}
            one |= {"state": "withdrawn", "url": None, "withdrawn": by}
    return Response(status_code=204)


ROUTES = [
    Route("/api/v1/releases", left),
    Route("/api/v1/releases/{id}/withdraw", withdraw, methods=["POST"]),
    Route("/api/v1/releases", begin, methods=["POST"]),
    Route("/api/v1/releases/{id}/original.jpg", original),
    Route("/api/v1/media/{id}", original),
    Route("/api/v1/releases/{id}/blurred", blur, methods=["POST"]),
    Route("/api/v1/reports/{id}/photo/blurred", blur, methods=["POST"]),
    Route("/api/v1/reports/{id}/photo/boxes", boxes, methods=["POST"]),
    Route("/api/v1/releases/{id}/refuse", refuse, methods=["POST"]),
    Route("/api/v1/releases/{id}/confirm", confirm, methods=["POST"]),
]
