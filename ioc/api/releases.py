"""Taking a camera's picture out of the control room: blurred, looked at by a person, confirmed, then released."""

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
from ioc.api.release_shown import call_signs, picture_url, shown, standing
from ioc.api.release_sources import of_camera, of_evidence
from ioc.api.rights import classes_of, principal_of
from ioc.api.who import too_many
from ioc.contract.blurring import BlurIn, SeenIn, hash_of
from ioc.contract.deciding import Reply
from ioc.contract.rights import allow
from ioc.core.errors import Problem, bad_field, not_found
from ioc.core.text import Text, nfc
from ioc.store import Once

router = APIRouter(prefix="/api/v1/releases", tags=["releases"])

Id = Annotated[str, Path(max_length=36)]
Hash = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")]
_PICTURE = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
}
_JPEG: dict[int | str, dict[str, Any]] = {200: {"content": {"image/jpeg": {}}}, 404: {}}
BEGUN_RATE = Rate(1 / 6, 10)  # of one person: each has a detector look at a picture, and is kept sealed


class WantedIn(BaseModel):
    """Which picture is to leave: the newest of a `camera`, or the snapshot of an `evidence`."""

    model_config = ConfigDict(extra="forbid")

    camera: str | None = Field(default=None, max_length=64)
    evidence: str | None = Field(default=None, max_length=64)


class ConfirmIn(SeenIn):
    """What a person has looked at and stands for, and what the picture is given out for."""

    purpose: Annotated[str, StringConstraints(strip_whitespace=True)] = Field(min_length=5, max_length=200)


class WithdrawIn(Closed):
    """Why a picture is not to be handed out any more; it is kept in the audit chain."""

    reason: Annotated[
        str,
        StringConstraints(strip_whitespace=True),
        Field(min_length=5, max_length=200, examples=["Còn nhận ra biển số xe"]),
    ]


@router.get("", summary="Pictures that left, newest first")
@allow("operator")
async def releases(
    request: Request,
    camera: Annotated[str | None, Query(max_length=64)] = None,
    begun: Annotated[bool, Query(description="Also those that nobody has confirmed")] = False,
    before: Annotated[str | None, Query(max_length=120, description="`next` of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> dict[str, Any]:
    """Of the cameras and events the caller may know of, by when they were begun. `state`: begun, released, withdrawn;
    `url` is null when the picture is not to be had: nobody confirmed it, it was withdrawn, or it is past its time."""
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


@router.post("", status_code=201, summary="A picture that is to leave", responses={404: {}, 429: {}, 503: {}})
@allow("operator")
async def begin(request: Request, wanted: WantedIn, once: Doing) -> dict[str, Any]:
    """Takes the picture, with camera and time burnt in, and keeps it sealed. The answer proposes what is to be blurred:
    `boxes` (left, top, width, height as shares of the picture) by a `detector` or by `motion`, or the `whole` picture
    where nothing is known of it. Nothing is released by this, and of those nobody confirms the newest 20 of each person
    are kept. 503 while the camera gives no picture, 429 for more than ten at once or one in six seconds."""
    if (wanted.camera is None) == (wanted.evidence is None):
        raise bad_field("camera", "Cần một camera hoặc một bằng chứng", "One camera or one evidence is needed")
    return (await once.answer(partial(_begin, request, wanted, once))).body


async def _begin(request: Request, wanted: WantedIn, once: Once) -> Reply:
    wait_s = _begun_rate(request).take(principal_of(request).id)
    if wait_s:
        raise too_many(wait_s)
    now = request.app.state.auth.clock.now()
    try:
        if wanted.evidence is not None:
            picture, about = await of_evidence(request, wanted.evidence, now)
        else:
            picture, about = of_camera(request, wanted.camera or "", now)
        model = request.app.state.settings.camera_model
        return await _book(request).begin(once, picture, principal_of(request), about, model)
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
    """To be looked at beside the blurred one; each look is a line of the audit chain."""
    await _found(request, id)
    return Response(await _book(request).original(id, principal_of(request)), 200, _PICTURE, "image/jpeg")


@router.post("/{id}/blurred", summary="As it would be released", response_class=Response, responses=_JPEG)
@allow("operator")
async def blurred(request: Request, id: Id, blur: BlurIn) -> Response:
    """The picture with these boxes blurred. `ETag` is its SHA-256, which the confirmation needs."""
    await _found(request, id)
    made = await _book(request).preview(id, principal_of(request), blur.boxes, blur.whole)
    return Response(made, 200, _PICTURE | {"ETag": f'"{hash_of(made)}"'}, "image/jpeg")


@router.post("/{id}/confirm", summary="A person stands for it", responses={404: {}, 409: {}, 410: {}, 422: {}})
@allow("operator")
async def confirm(request: Request, id: Id, seen: ConfirmIn, once: Doing) -> dict[str, Any]:
    """Releases the blurred picture that was looked at, for a `purpose`: who, when and with how many boxes stands in the
    audit chain. 409 where it is not that picture; 422 where nothing is blurred and `clear` does not say that nobody and
    no vehicle can be recognised."""

    async def work() -> Reply:
        record = await _found(request, id)
        masks = request.app.state.feed.pictures.masks.get(record.camera, record.masks)
        if record.masks is not None and masks != record.masks:
            raise _masked_since()
        by, url = principal_of(request), picture_url(id, seen.sha256)
        return await _book(request).release(once, record, by, seen, nfc(seen.purpose), url)

    return (await once.answer(work)).body


@router.post("/{id}/withdraw", status_code=204, summary="Take a released picture back", responses={404: {}, 410: {}})
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
    record = await _found(request, id)
    data = await _book(request).released(id, sha256, principal_of(request))
    name = f"{record.camera}-{record.taken_at[:19].replace(':', '')}-{sha256[:8]}.jpg"
    return Response(data, 200, _PICTURE | {"Content-Disposition": f'attachment; filename="{name}"'}, "image/jpeg")


def _masked_since() -> Problem:
    vi, en = "Vùng che của camera đã đổi, hãy lấy hình mới", "The camera's masks were changed: take a new picture"
    return Problem("masked-since", Text(vi, en), 409)


def _begun_rate(request: Request) -> Buckets:
    state = request.app.state
    if not hasattr(state, "begun_releases"):
        state.begun_releases = Buckets(BEGUN_RATE)
    buckets: Buckets = state.begun_releases
    return buckets


def _book(request: Request) -> ReleaseBook:
    return ReleaseBook(request.app.state.store)


async def _found(request: Request, id: str) -> Record:
    if not may_know_cameras(request):
        raise not_found()
    return await _book(request).find(id, principal_of(request))


def _view(record: Record) -> dict[str, Any]:
    view: dict[str, Any] = msgspec.to_builtins(record)
    return view
