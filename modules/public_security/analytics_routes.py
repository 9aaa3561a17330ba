"""What cameras' own analytics report, in the words of ONVIF or ours: readings, kept in the log of readings."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from ioc.contract import Observation, Principal, allow, door
from ioc.contract.bodies import described, fingerprint, parse, read_bytes
from ioc.core.clock import iso
from ioc.core.errors import bad_field
from modules.public_security.intake import check_time
from modules.public_security.kinds import TOPICS, topic_of
from modules.public_security.numbers import Believed, believed, number
from modules.public_security.record_routes import MODULE
from modules.public_security.shapes import Analytics, AnalyticsIn

KIND = "public_security.analytics"

router = APIRouter(prefix="/api/v1/security", tags=["security"])


@router.post("/analytics", status_code=202, openapi_extra=described(Analytics))
@allow("device", module=MODULE)
async def post_analytics(request: Request) -> JSONResponse:
    """Takes one event of a camera's analytics or up to 500: all are kept or none. A repeat is kept once.

    The answer does not tell whether the city has such a camera, for a device may not know that. What an unknown one
    says is kept too and raises nothing: it is shown among the sources, to people, as not listed.
    """
    here = door(request, MODULE)
    by = here.principal(request)
    body = await read_bytes(request)
    said: Any = parse(body, Analytics)  # type: ignore[arg-type]
    events: list[AnalyticsIn] = said if isinstance(said, list) else [said]
    now = here.clock.now()
    times = believed(here, now, timedelta(hours=number(here, "analytics.max_age_h", now)))
    readings = [_reading(one, f"{i}." if len(events) > 1 else "", times, by) for i, one in enumerate(events)]
    await here.observe(readings, by=by, key=f"analytics:{fingerprint(body).hex()}")
    return JSONResponse({"accepted": len(readings)}, 202)


def _reading(event: AnalyticsIn, prefix: str, times: Believed, by: Principal) -> Observation:
    topic = topic_of(event.topic)
    if topic is None:
        known = ", ".join(TOPICS)
        raise bad_field(f"{prefix}topic", f"Chủ đề lạ; dùng: {known}", f"Unknown topic; use one of: {known}")
    check_time(event.t, times, f"{prefix}t")
    return Observation(
        kind=KIND,
        key=f"{event.camera}/{topic}",
        value=1.0 if event.state else 0.0,
        unit="",
        at=event.t,
        simulated=by.simulated,
        id=_id(event, topic, by),
    )


def _id(event: AnalyticsIn, topic: str, by: Principal) -> str:
    """The same for every repeat, however it is batched."""
    text = f"{by.id}\0{event.camera}\0{topic}\0{iso(event.t)}\0{event.state}"
    return f"analytics/{hashlib.sha256(text.encode()).hexdigest()[:40]}"
