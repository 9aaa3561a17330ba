"""The stand-in's proposals to patrols and places where the same may come again, and what people answered."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import mock_data as data
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

Json = dict[str, Any]


class Patrols:
    """Open proposals and the answers that came; the switches a test turns."""

    def __init__(self) -> None:
        self.open = [_look(1, "Chợ Vườn Hoa", "incident"), _look(2, "Phố Hàng Đồng", "near_repeat")]
        self.answers: list[tuple[str, str]] = []
        self.over = False  # somebody else was quicker
        self.areas = True


def _look(number: int, where: str, kind: str) -> Json:
    reasons = [data.text("vụ 118 đang chờ: Xâm nhập vùng cấm", "case 118 is waiting: intrusion")]
    if kind == "near_repeat":
        vi = "sau vụ trộm cắp ngày 28/11: đến 05/12, trong 150 m nguy cơ gấp 3,1 lần"
        reasons = [data.text(vi, "after theft on 28/11: until 05/12 the risk within 150 m is 3.1× the usual")]
    return {
        "id": f"look-{number}",
        "state": "open",
        "note": data.text("đề xuất, không phải lệnh điều động", "a proposal, not an order"),
        "kind": kind,
        "reasons": reasons,
        "unit": {"id": f"ca-0{number}", "name": f"Tổ tuần tra {number}"},
        "distance_m": 1240,
        "eta_min": 3.2,
        "fix_at": data.iso(data.now()),
        "lonlat": [105.776, 19.807],
        "where": where,
        "made_at": data.iso(data.now() - timedelta(minutes=4)),
        "simulated": True,
    }


def _of(request: Request) -> Patrols:
    found: Patrols = request.app.state.city.patrols
    return found


async def looks(request: Request) -> Response:
    return JSONResponse({"at": data.iso(data.now()), "looks": _of(request).open})


async def answer(request: Request) -> Response:
    patrols, id, said = _of(request), request.path_params["id"], (await request.json())["answer"]
    patrols.open = [one for one in patrols.open if one["id"] != id]
    if patrols.over:
        body = {"title": "Đề xuất không còn chờ trả lời", "title_en": "The proposal no longer waits for an answer"}
        return JSONResponse(body, 409, media_type="application/problem+json")
    patrols.answers.append((id, said))
    return JSONResponse({"id": id, "state": {"accept": "accepted", "leave": "left"}[said]})


async def areas(request: Request) -> Response:
    now = data.now()
    area = {
        "id": "near_repeat/7",
        "type": "theft",
        "what": data.text("Trộm cắp", "Theft"),
        "lonlat": [105.776, 19.807],
        "radius_m": 150,
        "since": data.iso(now - timedelta(days=2)),
        "until": data.iso(now + timedelta(days=5)),
        "ratio": 3.1,
        "reasons": [data.text("nguy cơ gấp 3,1 lần", "3.1× the usual risk")],
        "simulated": True,
    }
    found = [area] if _of(request).areas else []
    return JSONResponse({"at": data.iso(now - timedelta(hours=3)), "areas": found})


ROUTES = [
    Route("/api/v1/security/looks", looks),
    Route("/api/v1/security/looks/{id}/answer", answer, methods=["POST"]),
    Route("/api/v1/security/near-repeat/areas", areas),
]
