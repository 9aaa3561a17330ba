"""The city's cameras and the newest picture of each."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Path, Request, Response

from ioc.api.problems import known
from ioc.api.rights import classes_of, principal_of
from ioc.city.profile import Camera
from ioc.contract.rights import allow
from ioc.core.clock import iso
from ioc.core.errors import Problem, not_found
from ioc.core.text import Text
from ioc.host.cameras_workers import workers_now
from streams.stamp import OLD_AFTER_S, aged

router = APIRouter(prefix="/api/v1/cameras", tags=["cameras"])

TOPIC = "cam"
OWNER = "camera"
OLD = timedelta(seconds=30)  # an older picture no longer shows how things are

_NO_PICTURE = Text("Camera hiện không có hình", "The camera gives no picture at the moment")


@router.get("", summary="The cameras and how each is")
@allow("operator", "wall")
async def cameras(request: Request) -> dict[str, Any]:
    """Those whose class the caller may see. `state` is starting, ok, lost, frozen, black, covered, defocused, moved, or
    unknown while nothing has been said of it; `note` says what is amiss although it sees; `lonlat` degrees WGS 84;
    `picture_at` the time of the newest picture; `worker` the process that takes its pictures. `workers` are those that
    live: how many of these cameras each has, and since when it is without Redis, in which time no camera changes
    hands. `trouble` says what is wrong with the profile's cameras since a person changed a file, or is null: those
    before go on. `removed` are those taken out, which may be taken back."""
    state = request.app.state
    said = {row.key: msgspec.json.decode(row.body) for row in await state.store.latest.all([TOPIC])}
    shown = [camera for camera in state.city.cameras if may_see(request, camera)]
    rows = [_row(camera, said.get(camera.id, {}), state.feed) for camera in shown]
    workers = _workers(await workers_now(state.store, state.auth.clock.now()), rows)
    gone = [{"id": one.id, "name": one.name} for one in state.city.removed_cameras if may_see(request, one)]
    return {"cameras": rows, "workers": workers, "trouble": trouble_of(state), "removed": gone}


@router.get(
    "/{id}/frame.jpg",
    summary="The newest picture of a camera",
    response_class=Response,
    responses={200: {"content": {"image/jpeg": {}}}, 404: {}, 503: {}},
)
@allow("operator", "wall")
async def frame(request: Request, id: Annotated[str, Path(max_length=64)]) -> Response:
    """JPEG, at most 640 pixels wide, with the camera's name and the time burnt in, and its age once that is 5 seconds.
    `Age` says how old it is in seconds, `Last-Modified` when it was taken. 503 while the camera gives none that is
    younger than 30 seconds."""
    if not sees_camera(request, id):
        raise not_found()
    picture = await picture_now(request.app.state, id)
    headers = {
        "Cache-Control": "no-store",
        "Age": str(round(picture.age_s)),
        "Last-Modified": taken(picture.at_ms).strftime("%a, %d %b %Y %H:%M:%S GMT"),
    }
    return Response(picture.jpeg, media_type="image/jpeg", headers=headers)


class PictureNow(msgspec.Struct, frozen=True):
    """A camera's newest picture as it is handed out: when it was taken in Unix milliseconds, and how long ago."""

    at_ms: int
    age_s: float
    jpeg: bytes


async def picture_now(state: Any, id: str) -> PictureNow:
    """The newest picture of a camera, with its age burnt in where it is old.

    Raises:
        Problem: 503, there is none that shows how things are.
    """
    shown = state.feed.pictures.newest.get(id)
    age = None if shown is None else max(timedelta(0), state.auth.clock.now() - taken(shown.at_ms))
    if shown is None or age is None or age > OLD:
        raise no_picture()
    age_s = age.total_seconds()
    if age_s < OLD_AFTER_S:
        return PictureNow(shown.at_ms, age_s, shown.jpeg)
    try:
        return PictureNow(shown.at_ms, age_s, await asyncio.to_thread(aged, shown.jpeg, age_s))
    except ValueError:
        raise no_picture() from None


def no_picture() -> Problem:
    """The camera shows nothing at the moment."""
    problem = known(503, _NO_PICTURE)
    problem.retry_after_s = 5
    return problem


def sees_camera(request: Request, id: str) -> bool:
    """Whether there is such a camera that the caller may see."""
    return any(camera.id == id and may_see(request, camera) for camera in request.app.state.city.cameras)


def trouble_of(state: Any) -> dict[str, str] | None:
    """What is wrong with the profile's cameras, in both languages."""
    words: dict[str, str] | None = msgspec.to_builtins(state.followed.trouble)
    return words


def may_see(request: Request, camera: Camera) -> bool:
    """Whether the caller may know of the camera."""
    return camera.data_class in classes_of(request) and may_know_cameras(request)


def may_know_cameras(request: Request) -> bool:
    """Whether cameras are among what the caller is limited to, if to anything."""
    modules = principal_of(request).modules
    return not modules or OWNER in modules


def _row(camera: Camera, said: dict[str, Any], feed: Any) -> dict[str, Any]:
    shown = feed.pictures.newest.get(camera.id)
    return {
        "id": camera.id,
        "name": camera.name,
        "lonlat": [camera.lon, camera.lat],
        "heading": camera.heading_deg,
        "segment": camera.segment,
        "simulated": camera.simulated,
        "lines": [line.id for line in camera.lines],
        "zones": [{"id": zone.id, "name": zone.name, "purpose": zone.purpose} for zone in camera.zones],
        "state": said.get("state", "unknown"),
        "since": said.get("since"),
        "reason": said.get("reason"),
        "note": said.get("note"),
        "fps": said.get("fps"),
        "worker": said.get("worker"),
        "picture_at": iso(taken(shown.at_ms)) if shown else None,
    }


def _workers(words: list[dict[str, Any]], rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """With as many cameras each as the caller may know of."""
    counts = Counter(row["worker"] for row in rows)
    return [
        {"worker": said["worker"], "cameras": counts[said["worker"]], "alone_since": said["alone_since"]}
        for said in words
    ]


def taken(at_ms: int) -> datetime:
    """When a picture was taken."""
    return datetime.fromtimestamp(at_ms / 1000, UTC)
