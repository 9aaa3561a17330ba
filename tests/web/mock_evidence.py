"""The stand-in's evidence of one incident: a snapshot, a clip as a stored ZIP, and one that was missed."""

from __future__ import annotations

import hashlib
import io
import zipfile
from datetime import timedelta
from typing import Any

import mock_data as data
import mock_streets as streets
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

Json = dict[str, Any]
PICTURES, STEP_MS = 11, 500


class Kept:
    """What is kept of the incident `i-0`, and how often a picture was fetched."""

    def __init__(self) -> None:
        self.state = "kept"
        self.fetched: list[str] = []
        self.at = data.now() - timedelta(minutes=3)

    def rows(self) -> list[Json]:
        clip = self.clip()
        url = "/api/v1/evidence/e-1"
        until = self.at + timedelta(milliseconds=STEP_MS * (PICTURES - 1))
        span = {"from": data.iso(self.at), "until": data.iso(until), "pictures": PICTURES, "missing_s": 1.5}
        one = _row("e-1", "cam-01", self.at, self.state)
        one["snapshot"] = {"url": f"{url}/snapshot.jpg", "at": data.iso(self.at), "sha256": "ab" * 32, "bytes": 9}
        if self.state == "kept":
            digest = hashlib.sha256(clip).hexdigest()
            one["clip"] = {"url": f"{url}/clip.zip", "sha256": digest, "bytes": len(clip), **span}
        missed = _row("e-2", "cam-02", self.at, "missed")
        missed["reason"] = data.text("camera không có hình lúc đó", "the camera gave no picture then")
        return [one, missed]

    def clip(self) -> bytes:
        out = io.BytesIO()
        start = round(self.at.timestamp() * 1000)
        with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
            archive.writestr("clip.json", "{}")
            for n in range(PICTURES):
                archive.writestr(f"{n + 1:04}-{start + n * STEP_MS}.jpg", streets.jpeg("cam-01", n))
        return out.getvalue()


def _row(id: str, camera: str, at: Any, state: str) -> Json:
    return {
        "id": id,
        "event": id,
        "type": "public_security.intrusion.detected",
        "module": "public_security",
        "camera": camera,
        "at": data.iso(at),
        "simulated": True,
        "dataclass": "internal",
        "state": state,
        "reason": None,
        "snapshot": None,
        "clip": None,
        "calibration": "0123456789abcdef",
        "clock": {"synchronised": False, "jump_s": 0.0},
        "held": False,
    }


def _of(request: Request) -> Kept:
    found: Kept = request.app.state.city.kept
    return found


async def listing(request: Request) -> Response:
    mine = request.query_params["incident"] == "i-0"
    return JSONResponse({"evidence": _of(request).rows() if mine else [], "next": None})


async def snapshot(request: Request) -> Response:
    _of(request).fetched.append("snapshot")
    return Response(streets.jpeg("cam-01", 0), media_type="image/jpeg")


async def clip(request: Request) -> Response:
    _of(request).fetched.append("clip")
    return Response(_of(request).clip(), media_type="application/zip")


ROUTES = [
    Route("/api/v1/evidence", listing),
    Route("/api/v1/evidence/{id}/snapshot.jpg", snapshot),
    Route("/api/v1/evidence/{id}/clip.zip", clip),
]
