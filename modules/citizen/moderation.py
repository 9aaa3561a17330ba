"""What operators do with reports: see them, publish, take back, turn away. And the photos, and the kinds."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any
from uuid import UUID

import msgspec
from fastapi import APIRouter, Header, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select

from ioc.contract import Deciding, Door, Reply, allow, door
from ioc.contract.blurring import BlurIn, SeenIn, hash_of
from ioc.contract.bodies import fingerprint
from ioc.core.clock import iso
from ioc.core.errors import bad_field, not_found
from modules.citizen import reports
from modules.citizen.naming import report_number
from modules.citizen.publishing import note_look, publish, reject, unpublish
from modules.citizen.reports import Report
from modules.citizen.status import Status, meaning
from modules.citizen.tables import media, report

MODULE = "citizen"
_PICTURE_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Content-Disposition": 'inline; filename="photo.jpg"',
}

router = APIRouter(prefix="/api/v1", tags=["reports"])
Id = Annotated[str, Path(max_length=64)]
Key = Annotated[str | None, Header(alias="Idempotency-Key", min_length=1, max_length=128)]


class Publication(BaseModel):
    """What is to be shown: `text` as an operator confirmed or edited it (else none), the photo if asked for: blurred as
    `blur` says, which is what they have looked at."""

    model_config = ConfigDict(extra="forbid")

    text: str | None = Field(default=None, max_length=4000)
    photo: bool = False
    blur: SeenIn | None = None


class Rejection(BaseModel):
    """Why a report is turned away, in words the citizen will read."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field(min_length=3, max_length=500)


@router.get("/services")
@allow("anyone", module=MODULE)
async def list_services(request: Request) -> dict[str, Any]:
    """What can be reported in this city, in both languages."""
    here = door(request, MODULE)
    return {
        "services": [
            {
                "code": service.code,
                "name": msgspec.to_builtins(service.name),
                "group": msgspec.to_builtins(service.group),
                "description": msgspec.to_builtins(service.description),
                "agency": service.agency,
                "deadline": service.deadline,
            }
            for service in here.city.services
        ]
    }


@router.get("/reports")
@allow("operator", module=MODULE)
async def list_reports(
    request: Request,
    status: Status | None = None,
    published: bool | None = None,
    before: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> dict[str, Any]:
    """Reports, newest first; `before` is the last number of the page before."""
    query = reports.reports_where().order_by(report.c.number.desc()).limit(limit)
    if status is not None:
        query = query.where(report.c.status == status)
    if published is not None:
        query = query.where(report.c.published_at.is_not(None) if published else report.c.published_at.is_(None))
    if before is not None:
        query = query.where(report.c.number < before)
    async with door(request, MODULE).read() as connection:
        found = await reports.fetch(connection, query)
    return {"reports": [_view(one) for one in found]}


@router.get("/reports/{report_id}")
@allow("operator", module=MODULE)
async def one_report(
    request: Request,
    report_id: Id,
    reveal: bool = False,
    reason: Annotated[str | None, Query(min_length=5, max_length=200)] = None,
) -> dict[str, Any]:
    """One report with its history; `reveal` adds the sealed fields, which needs a reason and is audited."""
    here = door(request, MODULE)
    found = await _found(here, report_id)
    async with here.read() as connection:
        steps = await reports.history(connection, found.id)
    answer = _view(found) | {
        "history": [
            {"at": iso(step.at), "status": step.status, "note": msgspec.to_builtins(step.note)} for step in steps
        ]
    }
    if reveal:
        if not reason:
            raise bad_field("reason", "Cần nêu lý do xem dữ liệu cá nhân", "A reason is needed to see personal data")
        answer["revealed"] = await here.personal.reveal(found.personal, by=here.principal(request), reason=reason)
    return answer


@router.post("/reports/{report_id}/publish")
@allow("operator", module=MODULE)
async def publish_report(
    request: Request, report_id: Id, publication: Publication, idempotency_key: Key = None
) -> dict[str, Any]:
    """Makes a checked report public. The same `Idempotency-Key` with the same body is answered the same way."""
    here, blur = door(request, MODULE), _seen(publication)
    by = here.principal(request)

    async def work(deciding: Deciding) -> Reply:
        return await publish(here, by, await _found(here, report_id), publication.text, blur, deciding)

    return await _once(request, "publish", report_id, idempotency_key, work)


@router.post(
    "/reports/{report_id}/photo/blurred",
    response_class=Response,
    responses={200: {"content": {"image/jpeg": {}}}, 404: {}},
)
@allow("operator", module=MODULE)
async def blurred_photo(request: Request, report_id: Id, blur: BlurIn) -> Response:
    """The report's photo as it would be published with these boxes: to be looked at beside the original. `ETag` is its
    SHA-256, which `publish` needs as `blur.sha256` of whom it was shown to. Looking is audited."""
    here = door(request, MODULE)
    by, found = here.principal(request), await _found(here, report_id)
    if found.photo is None:
        raise not_found()
    original = await here.personal.blob(found.personal, "photo", by=by, reason="moderation")
    made = await here.blurred(original, blur.boxes, blur.whole)
    await note_look(here, by, found, hash_of(made))
    headers = _PICTURE_HEADERS | {"Cache-Control": "no-store", "ETag": f'"{hash_of(made)}"'}
    return Response(made, 200, headers, "image/jpeg")


@router.post("/reports/{report_id}/photo/boxes")
@allow("operator", module=MODULE)
async def proposed_boxes(request: Request, report_id: Id) -> dict[str, Any]:
    """What is proposed to be blurred in the report's photo: `boxes` (left, top, width, height as shares of the picture)
    by the operator's detector, or the `whole` photo where nothing is known of it. Looking is audited."""
    here = door(request, MODULE)
    found = await _found(here, report_id)
    if found.photo is None:
        raise not_found()
    original = await here.personal.blob(found.personal, "photo", by=here.principal(request), reason="moderation")
    boxes, whole = await here.proposed(original)
    return {"boxes": boxes, "whole": whole}


def _seen(publication: Publication) -> SeenIn | None:
    if publication.photo and publication.blur is None:
        raise bad_field(
            "blur",
            "Hãy xem ảnh đã làm mờ người và xe rồi xác nhận",
            "Look at the photo with persons and vehicles blurred, then confirm it",
        )
    return publication.blur if publication.photo else None


@router.post("/reports/{report_id}/unpublish")
@allow("operator", module=MODULE)
async def unpublish_report(request: Request, report_id: Id, idempotency_key: Key = None) -> dict[str, Any]:
    """Takes a report out of the public again. The same `Idempotency-Key` is answered the same way."""
    here = door(request, MODULE)

    async def work(deciding: Deciding) -> Reply:
        return await unpublish(here, await _found(here, report_id), deciding)

    return await _once(request, "unpublish", report_id, idempotency_key, work)


@router.post("/reports/{report_id}/reject")
@allow("operator", module=MODULE)
async def reject_report(
    request: Request, report_id: Id, rejection: Rejection, idempotency_key: Key = None
) -> dict[str, Any]:
    """Turns a report away with a reason the citizen can read. The same `Idempotency-Key` with the same body is
    answered the same way."""
    here = door(request, MODULE)

    async def work(deciding: Deciding) -> Reply:
        return await reject(here, await _found(here, report_id), rejection.reason, deciding)

    return await _once(request, "reject", report_id, idempotency_key, work)


async def _once(
    request: Request, step: str, report_id: str, key: str | None, work: Callable[[Deciding], Awaitable[Reply]]
) -> dict[str, Any]:
    """What one step of a report answers, done once under the client's key."""
    here = door(request, MODULE)
    kept = f"{step}:{report_id}:{key}" if key else None
    said = fingerprint(await request.body())
    return (await here.once(work, by=here.principal(request), key=kept, fingerprint=said)).body


@router.get("/media/{media_id:uuid}", response_class=Response)
@allow("anyone", module=MODULE)
async def picture(request: Request, media_id: UUID) -> Response:
    """A photo: for anybody once published, for operators (audited) before; otherwise as if there were none."""
    here, photo = door(request, MODULE), str(media_id)
    shown = select(media.c.jpeg).join(report).where(media.c.id == photo, report.c.status != "rejected")
    async with here.read() as connection:
        public = (await connection.execute(shown)).scalar()
    if public is not None:
        return Response(public, 200, _PICTURE_HEADERS | {"Cache-Control": "max-age=60"}, "image/jpeg")
    asking = here.principal(request)
    if not asking.may("operator", MODULE):
        raise not_found()
    async with here.read() as connection:
        found = await reports.fetch(connection, reports.reports_where(report.c.photo == photo))
    if not found:
        raise not_found()
    jpeg = await here.personal.blob(found[0].personal, "photo", by=asking, reason="moderation")
    return Response(jpeg, 200, _PICTURE_HEADERS | {"Cache-Control": "no-store"}, "image/jpeg")


async def _found(here: Door, report_id: str) -> Report:
    async with here.read() as connection:
        found = await reports.by_id(connection, report_id)
    if found is None:
        raise not_found()
    return found


def _view(one: Report) -> dict[str, Any]:
    """A report for operators: no text, no contact, no exact place; those are revealed one by one."""
    view: dict[str, Any] = msgspec.to_builtins(one)
    for hidden in ("lon", "lat", "photo_hash", "duplicates"):
        view.pop(hidden)
    told = meaning(one.status)
    return view | {
        "report_number": report_number(one.number),
        "status_name": msgspec.to_builtins(told.label),
        "possible_duplicate_of": msgspec.json.decode(one.duplicates) if one.duplicates else [],
        "media_url": f"/api/v1/media/{one.photo}" if one.photo else None,
    }
