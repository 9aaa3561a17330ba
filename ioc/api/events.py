"""Reading the event log."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Query, Request, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from ioc.api.rights import principal_of
from ioc.contract.rights import Principal, allow
from ioc.core.envelope import Envelope
from ioc.core.errors import bad_field, not_found
from ioc.store.log import Row

router = APIRouter(prefix="/api/v1", tags=["events"])

Word = Annotated[str, Field(max_length=120)]
BBox = tuple[float, float, float, float]
_FIRST_DAY, _LAST_DAY = datetime(1970, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)

# What every event has, also where the log leaves it out as being as usual.
_ALWAYS = ("specversion", "datacontenttype", "severity", "dataclass", "simulated", "exercise")
_USUAL = {one.name: one.default for one in msgspec.structs.fields(Envelope) if one.name in _ALWAYS} | {"data": {}}


class Wanted(BaseModel):
    """Which events. Times carry a zone; `bbox` is west,south,east,north in degrees WGS 84."""

    model_config = ConfigDict(extra="forbid")
    module: Annotated[list[Word], Field(max_length=50)] = []
    type: Annotated[list[Word], Field(max_length=50)] = []
    bbox: Annotated[str | None, Field(max_length=200, examples=["105.70,19.75,105.85,19.87"])] = None
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None
    severity: Annotated[int, Field(ge=1, le=5, description="At least this severe")] = 1
    correlation: Word | None = None
    before: Annotated[int | None, Field(ge=1, le=2**62, description="Only positions before this one")] = None
    limit: Annotated[int, Field(ge=1, le=500)] = 100


@router.get("/events", summary="Events, newest first", response_model=dict[str, Any])
@allow("anyone")
async def events(request: Request, wanted: Annotated[Wanted, Query()]) -> Response:
    """Events of the classes the caller may see. `next` goes into `before` for the following page."""
    principal = principal_of(request)
    found = await request.app.state.store.log.query(
        modules=_modules(wanted.module, principal),
        types=wanted.type or None,
        bbox=read_bbox(wanted.bbox) if wanted.bbox is not None else None,
        since=_usable("since", wanted.since),
        until=_usable("until", wanted.until),
        severity_min=wanted.severity if wanted.severity > 1 else None,
        classes=sorted(principal.classes),
        limit=wanted.limit,
        before_position=wanted.before,
        correlation=wanted.correlation,
    )
    following = found[-1].position if len(found) == wanted.limit else None
    return _answer({"events": [told(row) for row in found], "next": following})


@router.get("/events/{event_id}", summary="One event")
@allow("anyone")
async def event(request: Request, event_id: str) -> dict[str, Any]:
    """One event by its id; 404 alike for what does not exist and what the caller may not see."""
    principal = principal_of(request)
    found: Row | None = await request.app.state.store.log.find(event_id[:64])
    if found is None:
        raise not_found()
    envelope = found.envelope
    if envelope.dataclass not in principal.classes or (principal.modules and envelope.module not in principal.modules):
        raise not_found()
    return told(found)


def told(row: Row) -> dict[str, Any]:
    """The event as it is kept, with its position beside it: no field is lost, known to this build or not."""
    kept: dict[str, Any] = msgspec.json.decode(row.body)
    return {"position": row.position} | _USUAL | kept


def _answer(body: dict[str, Any]) -> Response:
    """Encoded at once: five hundred events need no look at each of their values."""
    return Response(msgspec.json.encode(body), media_type="application/json")


def read_bbox(text: str) -> BBox:
    """West, south, east, north in degrees WGS 84.

    Raises:
        Problem: 422 when it is not four such numbers in that order.
    """
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError:
        raise _bad_bbox() from None
    inside = all(map(math.isfinite, (west, south, east, north))) and -180 <= west <= east <= 180
    if not inside or not -90 <= south <= north <= 90:
        raise _bad_bbox()
    return west, south, east, north


def _bad_bbox() -> Exception:
    return bad_field(
        "bbox",
        "Cần bốn số: tây,nam,đông,bắc (độ WGS 84, kinh độ trước)",
        "Needs four numbers: west,south,east,north (degrees WGS 84, longitude first)",
    )


def _usable(field: str, at: datetime | None) -> datetime | None:
    if at is not None and not _FIRST_DAY <= at <= _LAST_DAY:
        raise bad_field(field, "Thời gian ngoài phạm vi", "The time is out of range")
    return at


def _modules(asked: list[str], principal: Principal) -> list[str] | None:
    if not principal.modules:
        return asked or None
    return sorted(principal.modules & set(asked)) if asked else sorted(principal.modules)
