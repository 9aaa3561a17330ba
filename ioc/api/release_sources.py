"""Where what is to leave comes from: a camera of this moment, or the snapshot or clip of an evidence."""

from __future__ import annotations

import asyncio
from datetime import datetime

from fastapi import Request

from ioc.api import evidence
from ioc.api.cameras import may_see, no_picture, taken
from ioc.api.evidence_shown import permitted
from ioc.api.release_book import About, Record
from ioc.city.masked import masked_as
from ioc.city.profile import Camera
from ioc.core.clock import VIETNAM, iso
from ioc.core.errors import Problem, not_found
from ioc.core.text import Text
from ioc.evidence.clip import NoClip, Picture, pictures_of
from ioc.store.evidence import EvidenceRow
from streams.stamp import Stamp, stamped

_NOT_READY = Text("Đoạn hình đang được cắt, hãy thử lại sau", "The clip is being cut: try again in a moment")
_UNREADABLE = Text("Không đọc được hình của đoạn này", "The pictures of this clip cannot be read")


def of_camera(request: Request, id: str, now: datetime) -> tuple[bytes, About]:
    """The newest picture of a camera.

    Raises:
        Problem: 404, there is no such camera; 503, it gives no picture.
    """
    state = request.app.state
    camera = next((one for one in state.city.cameras if one.id == id and may_see(request, one)), None)
    if camera is None:
        raise not_found()
    shown = state.feed.pictures.newest.get(camera.id)
    if shown is None:
        raise no_picture()
    about = About(
        camera=camera.id,
        name=camera.name,
        taken_at=iso(taken(shown.at_ms)),
        made_at=iso(now),
        dataclass=camera.data_class,
        simulated=camera.simulated,
        masks=state.feed.pictures.masks.get(camera.id),
    )
    return shown.jpeg, about


async def of_evidence(request: Request, id: str, now: datetime) -> tuple[bytes, About]:
    """The snapshot of an evidence, held against its hash and noted as seen, with camera and time burnt in as the others
    have them.

    Raises:
        Problem: as the door of the snapshot.
        ValueError: it is no picture.
    """
    row = await permitted(request, id)
    if row.body.snapshot is None:
        raise not_found()
    body = bytes((await evidence.snapshot(request, id)).body)
    at_ms = row.body.snapshot.at_ms
    about = about_evidence(request, row, at_ms, now)
    stamp = Stamp(words_of(about), offset_s(at_ms))
    black = outlines_of(request, about.camera)  # drawn since, perhaps
    return await asyncio.to_thread(stamped, body, stamp, at_ms, black), about


async def clip_of_evidence(request: Request, id: str) -> tuple[EvidenceRow, list[Picture], str]:
    """The clip of an evidence as it lies in the open, held against its hash and noted as seen; and that hash.

    Raises:
        Problem: 409, it is being cut, or is no clip; else as the door of the clip.
    """
    row = await permitted(request, id)
    if row.body.clip is None and row.state == "wanted":
        raise Problem("clip-not-ready", _NOT_READY, 409, retry_after_s=15)
    body = bytes((await evidence.clip(request, id)).body)
    try:
        pictures = await asyncio.to_thread(pictures_of, body)
    except NoClip:
        pictures = []
    if not pictures or row.body.clip is None:
        raise unreadable()
    return row, pictures, row.body.clip.file.sha256


def about_evidence(request: Request, row: EvidenceRow, at_ms: int, now: datetime) -> About:
    """What is known of its pictures, the first of which was taken at a time."""
    camera = camera_of(request, row.wanted.camera)
    return About(
        camera=row.wanted.camera,
        name=camera.name if camera is not None else row.wanted.camera,
        taken_at=iso(taken(at_ms)),
        made_at=iso(now),
        dataclass=row.wanted.dataclass,
        simulated=row.wanted.simulated,
        masks=masks_now(request, row.wanted.camera),
        module=row.wanted.module,
    )


def camera_of(request: Request, id: str) -> Camera | None:
    """A camera of the city, also one that was removed."""
    city = request.app.state.city
    return next((one for one in (*city.cameras, *city.removed_cameras) if one.id == id), None)


def outlines_of(request: Request, camera: str) -> list[tuple[tuple[float, float], ...]]:
    """Of a camera's masks as they stand now, points as shares of the picture."""
    known = camera_of(request, camera)
    masks = known.masks if known is not None else ()
    return [tuple((float(x), float(y)) for x, y in mask.points) for mask in masks]


def masks_now(request: Request, camera: str) -> str:
    """Under which masks evidence of this camera leaves now; see `ioc.city.masked`."""
    return masked_as(outlines_of(request, camera))


def words_of(about: About | Record) -> str:
    """What is burnt into pictures that leave: whose they are, and that they are of no real camera where that is so."""
    return f"MÔ PHỎNG / SIMULATED · {about.name}" if about.simulated else about.name


def offset_s(at_ms: int) -> int:
    """By how much the clocks of the country were ahead of UTC."""
    offset = taken(at_ms).astimezone(VIETNAM).utcoffset()
    return round(offset.total_seconds()) if offset is not None else 0


def unreadable() -> Problem:
    """The clip's file is the one that was kept, but no film can be made of it."""
    return Problem("clip-unreadable", _UNREADABLE, 409)
