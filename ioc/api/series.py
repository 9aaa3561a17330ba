"""Time series of readings, for charts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Query, Request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from starlette.responses import Response

from ioc.api.rights import classes_of, principal_of
from ioc.city.camera_class import camera_classes, class_of
from ioc.contract.module import period
from ioc.contract.rights import Principal, allow
from ioc.core.clock import iso
from ioc.core.errors import bad_field, not_found
from ioc.store.observations import owner_of

router = APIRouter(prefix="/api/v1", tags=["series"])

MOST = 2_000  # points of one answer
DAY, WEEK = timedelta(days=1), timedelta(days=7)  # beyond a week whole hours are quick to read
LONGEST = timedelta(days=400)
_FIRST_DAY, _LAST_DAY = datetime(2000, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)
_STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400)

Word = Annotated[str, Field(min_length=1, max_length=120)]


class Wanted(BaseModel):
    """Which points. Without `until` up to now, without `since` the day before it, without `every` the shortest step
    that gives at most 2,000 points."""

    model_config = ConfigDict(extra="forbid")
    kind: Word
    key: Word
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None
    every: Annotated[str | None, Field(max_length=10, examples=["5min"])] = None


class Listing(BaseModel):
    """Which series."""

    model_config = ConfigDict(extra="forbid")
    owner: Annotated[str | None, Field(max_length=120)] = None
    kind: Annotated[str | None, Field(max_length=120)] = None
    limit: Annotated[int, Field(ge=1, le=5_000)] = 1_000


@router.get("/series", summary="Points of one series, one a step of time")
@allow("operator", "wall")
async def points(request: Request, wanted: Annotated[Wanted, Query()]) -> Response:
    """Mean, number, least and most of the good and suspect readings of each step, oldest first.

    Steps are whole in UTC and named by their begin; empty ones are left out. Single readings are kept 30 days, whole
    hours 400 days. A series that does not exist, or is of a camera the caller may not see, has no points.
    """
    _check_owner(principal_of(request), owner_of(wanted.kind))
    since, until = _span(wanted, request.app.state.auth.clock.now())
    every = _step(wanted.every, until - since)
    shown = _seen_by(request)(wanted.key)
    reader = request.app.state.store.points
    found = await reader.points(wanted.kind, wanted.key, since, until, every) if shown else []
    plain = [{"at": iso(p.at), "value": p.value, "n": p.n, "least": p.least, "most": p.most} for p in found]
    body = {
        "kind": wanted.kind,
        "key": wanted.key,
        "since": iso(since),
        "until": iso(until),
        "every_s": every.total_seconds(),
        "points": plain,
    }
    return Response(msgspec.json.encode(body), media_type="application/json")


@router.get("/series/list", summary="Series by kind and key, with their newest reading and how it was judged")
@allow("operator", "wall")
async def listing(request: Request, wanted: Annotated[Listing, Query()]) -> dict[str, Any]:
    """`same` is how often the newest value came in a row; `reason` why the newest reading was judged worse than it was
    sent: range, clock, unit, rate, flatline, gap."""
    principal = principal_of(request)
    if wanted.owner is not None:
        _check_owner(principal, wanted.owner)
    found = await request.app.state.store.points.list(wanted.owner, wanted.kind, wanted.limit)
    seen = _seen_by(request)
    mine = [one for one in found if _may_see(principal, owner_of(one.kind)) and seen(one.key)]
    return {"series": [msgspec.to_builtins(one) for one in mine]}


def _span(wanted: Wanted, now: datetime) -> tuple[datetime, datetime]:
    until = _in_range("until", wanted.until or now)
    since = _in_range("since", wanted.since or until - DAY)
    if not timedelta(0) < until - since <= LONGEST:
        raise bad_field(
            "since", "Khoảng thời gian phải từ trên 0 đến 400 ngày", "Ask for more than 0, at most 400 days"
        )
    return since, until


def _in_range(field: str, at: datetime) -> datetime:
    if not _FIRST_DAY <= at <= _LAST_DAY:
        raise bad_field(field, "Thời gian ngoài phạm vi", "The time is out of range")
    return at


def _step(every: str | None, span: timedelta) -> timedelta:
    if every is None:
        least = max(span.total_seconds() / MOST, 3600.0 if span > WEEK else 0.0)
        return timedelta(seconds=next((step for step in _STEPS_S if step >= least), _STEPS_S[-1]))
    try:
        step = period(every)
    except (ValueError, OverflowError):
        raise bad_field("every", "Cần độ dài như 30s, 5min, 2h", "Needs a length such as 30s, 5min, 2h") from None
    if step < timedelta(milliseconds=1) or span / step > MOST:
        raise bad_field("every", f"Nhiều nhất {MOST} điểm: chọn bước dài hơn", f"At most {MOST} points: a longer step")
    return step


def _check_owner(principal: Principal, owner: str) -> None:
    if not _may_see(principal, owner):
        raise not_found()


def _seen_by(request: Request) -> Callable[[str], bool]:
    """Whether the caller may see a series with this key: what a camera saw is seen by those who may see the camera."""
    classes, cameras = classes_of(request), camera_classes(request.app.state.city)
    return lambda key: class_of(key, cameras) in classes


def _may_see(principal: Principal, owner: str) -> bool:
    return not principal.modules or owner in principal.modules
