"""The stand-in's part that sets cameras up: rows, versions, refusals, and counts that go up."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import mock_data as data
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

Json = dict[str, Any]
LINE = {"id": "bac", "start": [0.2, 0.6], "end": [0.6, 0.6], "allowed": None}
ZONE = {
    "id": "via-he",
    "name": "Vỉa hè",
    "purpose": "no_parking",
    "points": [[0.65, 0.5], [0.9, 0.5], [0.9, 0.8], [0.65, 0.8]],
    "closed": "06:00-22:00",
    "area_m2": None,
}
MASK = {"id": "nha-dan", "points": [[0.0, 0.0], [0.2, 0.0], [0.2, 0.25], [0.0, 0.25]]}


class SetUps:
    """The rows of the cameras, and the switches a test turns."""

    def __init__(self, cams: dict[str, Json]) -> None:
        self.rows = {id: _row(cam) for id, cam in cams.items()}
        self.versions = dict.fromkeys(cams, 1)
        self.sent: list[Json] = []
        self.wrong: list[Json] = []  # the next change is refused with these
        self.overlay = True
        self.trouble: Json | None = None
        self.asked = 0
        self.removed: dict[str, Json] = {}
        self.counted_ago_s = 0

    def answer(self, id: str, status: int = 200) -> Response:
        body = {
            "camera": self.rows[id],
            "own": ["lines"] if self.overlay else None,
            "login": "missing",
            "trouble": self.trouble,
        }
        return JSONResponse(body, status, {"ETag": f'"{self.versions[id]}"'})

    def somebody_else_changes(self, id: str, **fields: Any) -> None:
        self.rows[id] = {**self.rows[id], **fields}
        self.versions[id] += 1

    def more(self, many: int) -> None:
        """So many cameras more, set up as the first."""
        first = self.rows["cam-01"]
        for number in range(many):
            id = f"xa-{number:02}"
            self.rows[id], self.versions[id] = {**first, "id": id, "name": f"Ngã tư xa {number}"}, 1


def _row(cam: Json) -> Json:
    lon, lat = cam["lonlat"]
    return {
        "id": cam["id"],
        "name": cam["name"],
        "lon": lon,
        "lat": lat,
        "heading_deg": cam["heading"],
        "source": "rtsp://10.20.0.12:554/stream2",
        "segment": None,
        "lines": [LINE],
        "zones": [ZONE],
        "masks": [MASK],
        "detector": "auto",
        "analysis_fps": None,
        "analysis_width": None,
        "life": "live",
        "simulated": True,
        "data_class": "internal",
    }


def _of(request: Request) -> SetUps:
    found: SetUps = request.app.state.city.setups
    return found


async def listing(request: Request) -> Response:
    setups = _of(request)
    rows = [{"id": row["id"], "name": row["name"], "state": "ok"} for row in setups.rows.values()]
    gone = [{"id": row["id"], "name": row["name"]} for row in setups.removed.values()]
    return JSONResponse({"cameras": rows, "workers": [], "trouble": setups.trouble, "removed": gone})


async def one(request: Request) -> Response:
    return _of(request).answer(request.path_params["id"])


async def change(request: Request) -> Response:
    setups, id, fields = _of(request), request.path_params["id"], await request.json()
    setups.sent.append(fields)
    if request.headers.get("if-match") != f'"{setups.versions[id]}"':
        return _refused(412, "Người khác vừa sửa camera này", "Somebody else has just changed this camera")
    if setups.wrong:
        return _refused(422, "Dữ liệu không hợp lệ", "Invalid input", setups.wrong)
    setups.somebody_else_changes(id, **fields)
    return setups.answer(id)


async def remove(request: Request) -> Response:
    setups, id = _of(request), request.path_params["id"]
    if request.headers.get("if-match") != f'"{setups.versions[id]}"':
        return _refused(412, "Người khác vừa sửa camera này", "Somebody else has just changed this camera")
    setups.removed[id] = setups.rows.pop(id)
    return Response(status_code=204)


async def bring_back(request: Request) -> Response:
    setups, id = _of(request), request.path_params["id"]
    setups.rows[id] = setups.removed.pop(id)
    return setups.answer(id)


async def add(request: Request) -> Response:
    setups, row = _of(request), await request.json()
    setups.sent.append(row)
    if setups.wrong:
        return _refused(422, "Dữ liệu không hợp lệ", "Invalid input", setups.wrong)
    plain = _row({**row, "lonlat": [row["lon"], row["lat"]], "heading": row["heading_deg"]})
    setups.rows[row["id"]] = {**plain, "lines": [], "zones": [], "masks": [], "source": row["source"]}
    setups.versions[row["id"]] = 1
    return setups.answer(row["id"], 201)


async def series(request: Request) -> Response:
    setups = _of(request)
    setups.asked += 1
    at = data.iso(data.now() - timedelta(seconds=setups.counted_ago_s))
    keys = [("camera.crossings", f"{id}/bac/{way}") for id in setups.rows for way in ("in", "out")]
    keys += [("camera.objects", f"{id}/via-he") for id in setups.rows]
    rows = [
        {"kind": kind, "key": key, "last_at": at, "last_value": 7 if kind == "camera.objects" else setups.asked}
        for kind, key in keys
    ]
    return JSONResponse({"series": rows})


def _refused(status: int, vi: str, en: str, errors: list[Json] | None = None) -> Response:
    body = {"status": status, "title": vi, "title_en": en, "errors": errors or []}
    return JSONResponse(body, status, media_type="application/problem+json")


ROUTES = [
    Route("/api/v1/cameras", listing),
    Route("/api/v1/cameras", add, methods=["POST"]),
    Route("/api/v1/cameras/{id}", one),
    Route("/api/v1/cameras/{id}", change, methods=["PATCH"]),
    Route("/api/v1/cameras/{id}", remove, methods=["DELETE"]),
    Route("/api/v1/cameras/{id}/return", bring_back, methods=["POST"]),
    Route("/api/v1/series/list", series),
]
