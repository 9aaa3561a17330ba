"""Where a picture that is to leave comes from: a camera of this moment, or the snapshot of an evidence."""

from __future__ import annotations

import asyncio
from datetime import datetime

from fastapi import Request

from ioc.api import evidence
from ioc.api.cameras import may_see, no_picture, taken
from ioc.api.evidence_shown import permitted
from ioc.api.release_book import About
from ioc.core.clock import VIETNAM, iso
from ioc.core.errors import not_found
from streams.stamp import Stamp, stamped


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
    camera, at_ms, city = row.wanted.camera, row.body.snapshot.at_ms, request.app.state.city
    name = next((one.name for one in (*city.cameras, *city.removed_cameras) if one.id == camera), camera)
    at = taken(at_ms)
    offset = at.astimezone(VIETNAM).utcoffset()
    stamp = Stamp(name, round(offset.total_seconds()) if offset is not None else 0)
    about = About(
        camera=camera,
        name=name,
        taken_at=iso(at),
        made_at=iso(now),
        dataclass=row.wanted.dataclass,
        simulated=row.wanted.simulated,
        module=row.wanted.module,
    )
    return await asyncio.to_thread(stamped, body, stamp, at_ms), about
