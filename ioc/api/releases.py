"""Taking a camera's picture or clip out of the control room: blurred, looked at by a person, confirmed, released."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from ioc.api.buckets import Buckets, Rate
from ioc.api.cameras import may_know_cameras, no_picture
from ioc.api.evidence_shown import hidden_cameras
from ioc.api.once import Doing
from ioc.api.paging import page_after, page_cursor
from ioc.api.people import Closed
from ioc.api.release_book import Record, ReleaseBook
from ioc.api.release_clips import (
    LeavingIn,
    begin_clip,
    blurred_clip,
    clip_as_seen,
    counted,
    refuse_clips_own,
)
from ioc.api.release_shown import call_signs, shown, standing, url_of
from ioc.api.release_sources import masks_now, of_camera, of_evidence
from ioc.api.rights import classes_of, principal_of
from ioc.api.who import too_many
from ioc.contract.blurring import SeenIn, hash_of
from ioc.contract.deciding import Reply
from ioc.contract.rights import allow
from ioc.core.errors import Problem, bad_field, not_found
from ioc.core.text import Text, nfc
from ioc.store import Once
from ioc.store.releases import Kind

router = APIRouter(prefix="/api/v1/releases", tags=["releases"])

Id = Annotated[str, Path(max_length=36)]
Hash = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")]
_PICTURE = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
}
_JPEG: dict[int | str, dict[str, Any]] = {200: {"content": {"image/jpeg": {}}}, 404: {}}
_FILM, _STILL = "video/webm", "image/jpeg"
_BLURRED: dict[int | str, dict[str, Any]] = {
    200: {"content": {_STILL: {}, _FILM: {}}},
    **{status: {} for status in (404, 409, 410, 422, 429, 503)},
}
BEGUN_RATE = Rate(1 / 6, 10)  # of one person: each has a detector look at a picture, and is kept sealed
FILM_RATE = Rate(1 / 6, 10)  # of one person: each film costs seconds of a core


class WantedIn(BaseModel):
    """What is to leave: the newest picture of a `camera`, or the snapshot of an `evidence`; with `clip` its clip."""

    model_config = ConfigDict(extra="forbid")

    camera: str | None = Field(default=None, max_length=64)
    evidence: str | None = Field(default=None, max_length=64)
    clip: bool = False


class ConfirmIn(SeenIn, LeavingIn):
    """What a person has looked at and stands for, and what the picture or clip is given out for."""

    purpose: Annotated[str, StringConstraints(strip_whitespace=True)] = Field(min_length=5, max_length=200)


class WithdrawIn(Closed):
    """Why something is not to be handed out (any more); it is kept in the audit chain."""

    reason: Annotated[
        str,
        StringConstraints(strip_whitespace=True),
        Field(min_length=5, max_length=200, examples=["Còn nhận ra biển số xe"]),
    ]


@router.get("", summary="Pictures and clips that left, newest first")
@allow("operator")
async def releases(
    request: Request,
    camera: Annotated[str | None, Query(max_length=64)] = None,
    begun: Annotated[bool, Query(description="Also those that nobody has confirmed")] = False,
    before: Annotated[str | None, Query(max_length=120, description="`next` of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> dict[str, Any]:
    """Of the cameras and events the caller may know of, by when they were begun. `kind`: picture or clip. `state`:
    begun, released, withdrawn, refused; `url` is null when it is not to be had: nobody confirmed it, it was withdrawn,
    or it is past its time."""
    if not may_know_cameras(request):
        return {"releases": [], "next": None}
    rows = await request.app.state.store.releases.find(
        begun=begun,
        camera=camera,
        hidden=hidden_cameras(request),
        modules=principal_of(request).modules,
        classes=classes_of(request),
        before=page_cursor(before),
        limit=limit,
    )
    following = page_after(rows[-1].begun_at, rows[-1].begun.id) if len(rows) == limit else None
    signs = await call_signs(request)
    return {"releases": [shown(request, row, signs) for row in rows], "next": following}


@router.post(
    "",
    status_code=201,
    summary="A picture or clip that is to leave",
    responses={status: {} for status in (404, 409, 410, 422, 429, 503)},
)
@allow("operator")
async def begin(request: Request, wanted: WantedIn, once: Doing) -> dict[str, Any]:
    """Takes the picture, with camera and time burnt in, and keeps it sealed. The answer proposes what is to be blurred:
    `boxes` (left, top, width, height as shares of the picture) by a `detector` or by `motion`, or the `whole` picture
    where nothing is known of it. Of a clip nothing is taken: `clip` says when its pictures were taken (`at_ms`), how
    long its film lasts, and the `things` to be blurred, each with a box for every picture from its `first` on. Nothing
    is released by this, and of those nobody confirms the newest 20 of each person are kept. 409 for a clip that is
    being cut, or whose file is not as it was kept; 410 past its time. 503 while the camera gives no picture; 429 for
    more than ten at once or one in six seconds, or while others wait for clips."""
    if (wanted.camera is None) == (wanted.evidence is None):
        raise bad_field("camera", "Cần một camera hoặc một bằng chứng", "One camera or one evidence is needed")
    if wanted.clip and wanted.evidence is None:
        raise bad_field("clip", "Chỉ bằng chứng mới có đoạn hình", "Only evidence has a clip")
    return (await once.answer(partial(_begin, request, wanted, once))).body


async def _begin(request: Request, wanted: WantedIn, once: Once) -> Reply:
    _take(request, "begun_releases", BEGUN_RATE)
    now, book = request.app.state.auth.clock.now(), _book(request)
    try:
        if wanted.evidence is not None and wanted.clip:
            return await begin_clip(request, once, book, wanted.evidence, now)
        if wanted.evidence is not None:
            picture, about = await of_evidence(request, wanted.evidence, now)
        else:
            picture, about = of_camera(request, wanted.camera or "", now)
        model = request.app.state.settings.camera_model
        return await book.begin(once, picture, principal_of(request), about, model)
    except ValueError:
        raise no_picture() from None


@router.get("/{id}", summary="What is known of it", responses={404: {}})
@allow("operator")
async def one(request: Request, id: Id) -> dict[str, Any]:
    """As when it was begun, and how far it has come."""
    record = await _found(request, id)
    return _view(record) | standing(await _book(request).row(id), await call_signs(request))


@router.get("/{id}/original.jpg", summary="The untouched picture", response_class=Response, responses=_JPEG)
@allow("operator")
async def original(request: Request, id: Id) -> Response:
    """To be looked at beside the blurred one; each look is a line of the audit chain. Of a clip the pictures are those
    of its evidence."""
    await _found(request, id)
    return Response(await _book(request).original(id, principal_of(request)), 200, _PICTURE, _STILL)


@router.post("/{id}/blurred", summary="As it would be released", response_class=Response, responses=_BLURRED)
@allow("operator")
async def blurred(request: Request, id: Id, blur: LeavingIn) -> Response:
    """The picture with these boxes blurred; of a clip the film (WebM), each picture of it at its time. `ETag` is its
    SHA-256, which the confirmation needs; what a person was given last is remembered, since only that they confirm."""
    record, book, by = await _found(request, id), _book(request), principal_of(request)
    if record.clip is not None:
        _take(request, "blurred_clips", FILM_RATE)
        made, kind = await blurred_clip(request, record, record.clip, blur), _FILM
    else:
        refuse_clips_own(blur)
        made, kind = await book.preview(id, by, blur.boxes, blur.whole), _STILL
    await book.note_shown(record, by, hash_of(made), request.app.state.auth.clock.now())
    return Response(made, 200, _PICTURE | {"ETag": f'"{hash_of(made)}"'}, kind)


@router.post("/{id}/confirm", summary="A person stands for it", responses={404: {}, 409: {}, 410: {}, 422: {}})
@allow("operator")
async def confirm(request: Request, id: Id, seen: ConfirmIn, once: Doing) -> dict[str, Any]:
    """Releases the blurred picture or clip that was looked at, for a `purpose`: who, when and with how many boxes
    stands in the audit chain. 409 where it is not what the caller was given last (`blurred`), with these boxes, or
    where a clip was not given to them so long ago that they can have played it to its end; 422 where nothing is blurred
    and `clear` does not say that nobody and no vehicle can be recognised."""
    return (await once.answer(partial(_confirm, request, id, seen, once))).body


async def _confirm(request: Request, id: str, seen: ConfirmIn, once: Once) -> Reply:
    record, book, by = await _found(request, id), _book(request), principal_of(request)
    _refuse_masked_since(request, record)
    await book.refuse_unwatched(record, by, seen.sha256, request.app.state.auth.clock.now())
    detail: dict[str, Any] = {"purpose": nfc(seen.purpose), "proposed": len(record.boxes), "boxes": len(seen.boxes)}
    if record.clip is not None:
        made = await clip_as_seen(request, record, record.clip, seen, seen)
        detail |= counted(record.clip, seen)
    else:
        refuse_clips_own(seen)
        made = await book.as_seen(record, by, seen)
    return await book.release(once, record, by, made, seen, detail, url_of(id, seen.sha256, record.kind))


@router.post("/{id}/refuse", status_code=204, summary="Let it not leave", responses={404: {}, 409: {}, 410: {}})
@allow("operator")
async def refuse(request: Request, id: Id, given: WithdrawIn, once: Doing) -> Response:
    """Who looked at it says that it must not leave, and why: nobody can confirm it any more, and what was kept sealed
    of it is destroyed, unless a hold keeps it. The evidence it is of stays as it is. 409 for what was released: that is
    taken back instead."""

    async def work() -> Reply:
        record = await _found(request, id)
        return await _book(request).refuse(once, record, principal_of(request), nfc(given.reason))

    return Response(status_code=(await once.answer(work)).status)


@router.post("/{id}/withdraw", status_code=204, summary="Take what was released back", responses={404: {}, 410: {}})
@allow("operator")
async def withdraw(request: Request, id: Id, given: WithdrawIn, once: Doing) -> Response:
    """From now on nobody gets it here any more; who withdrew it and why stands in the audit chain. What was given out
    before is beyond reach. 404 for what was never released, 410 for what was withdrawn before."""

    async def work() -> Reply:
        record = await _found(request, id)
        return await _book(request).withdraw(once, record, principal_of(request), nfc(given.reason))

    return Response(status_code=(await once.answer(work)).status)


@router.get("/{id}/{sha256}.jpg", summary="A released picture", response_class=Response, responses=_JPEG | {410: {}})
@allow("operator")
async def released(request: Request, id: Id, sha256: Hash) -> Response:
    """To be saved and given out; each time is a line of the audit chain. 404 for what nobody has confirmed, 410 for
    what was withdrawn."""
    return await _taken(request, id, sha256, "picture")


@router.get(
    "/{id}/{sha256}.webm",
    summary="A released clip",
    response_class=Response,
    responses={200: {"content": {_FILM: {}}}, 404: {}, 410: {}},
)
@allow("operator")
async def released_clip(request: Request, id: Id, sha256: Hash) -> Response:
    """As a released picture."""
    return await _taken(request, id, sha256, "clip")


async def _taken(request: Request, id: str, sha256: str, kind: Kind) -> Response:
    record = await _found(request, id)
    if record.kind != kind:
        raise not_found()
    data = await _book(request).released(id, sha256, principal_of(request))
    media, end = (_STILL, "jpg") if kind == "picture" else (_FILM, "webm")
    name = f"{record.camera}-{record.taken_at[:19].replace(':', '')}-{sha256[:8]}.{end}"
    return Response(data, 200, _PICTURE | {"Content-Disposition": f'attachment; filename="{name}"'}, media)


def _refuse_masked_since(request: Request, record: Record) -> None:
    """Raises Problem 409 where the camera's masks are not those that this was begun under."""
    if record.clip is not None:
        masks = masks_now(request, record.camera)
    else:
        masks = request.app.state.feed.pictures.masks.get(record.camera, record.masks)
    if record.masks is not None and masks != record.masks:
        raise _masked_since()


def _masked_since() -> Problem:
    vi, en = "Vùng che của camera đã đổi, hãy lấy lại hình", "The camera's masks were changed: begin anew"
    return Problem("masked-since", Text(vi, en), 409)


def _take(request: Request, name: str, rate: Rate) -> None:
    """Raises Problem 429 where the caller does something too often; `name` is where that is counted."""
    state = request.app.state
    if not hasattr(state, name):
        setattr(state, name, Buckets(rate))
    buckets: Buckets = getattr(state, name)
    wait_s = buckets.take(principal_of(request).id)
    if wait_s:
        raise too_many(wait_s)


def _book(request: Request) -> ReleaseBook:
    return ReleaseBook(request.app.state.store)


async def _found(request: Request, id: str) -> Record:
    if not may_know_cameras(request):
        raise not_found()
    record = await _book(request).find(id, principal_of(request))
    if record.camera in hidden_cameras(request):
        raise not_found()
    return record


def _view(record: Record) -> dict[str, Any]:
    view: dict[str, Any] = msgspec.to_builtins(record)
    return view
