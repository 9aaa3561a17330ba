"""Pictures of cameras about events: listed, shown and played, and the sealed originals for who has a reason."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from itertools import pairwise
from typing import Annotated, Any, Literal

from cryptography.exceptions import InvalidTag
from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import Field, StringConstraints
from starlette.responses import StreamingResponse

from ioc.api.cameras import may_know_cameras
from ioc.api.evidence_shown import frames, hidden_cameras, permitted, shown
from ioc.api.paging import page_after, page_cursor
from ioc.api.people import Closed
from ioc.api.rights import classes_of, principal_of
from ioc.contract.rights import allow
from ioc.core.clock import iso
from ioc.core.errors import Problem, not_found
from ioc.core.text import Text, nfc
from ioc.evidence.clip import Picture, parts_of, pictures_of
from ioc.evidence.folder import CLIP, SNAPSHOT, Altered, EvidenceFolder, Missing
from ioc.evidence.verify import open_original
from ioc.incidents import IncidentBook
from ioc.store.evidence import EvidenceRow, KeptFile, Original, ref_of

router = APIRouter(prefix="/api/v1/evidence", tags=["evidence"])

Id = Annotated[str, Path(max_length=64)]
What = Literal["snapshot", "clip"]
BOUNDARY = "ioc-picture"
LONGEST_S = 5.0  # between two pictures of a clip that is played; a longer gap is shortened
_JPEG, _ZIP, _PLAYED = "image/jpeg", "application/zip", "multipart/x-mixed-replace"
_GONE = Text("Bằng chứng đã xoá theo thời hạn lưu", "This evidence was deleted, past its time")
_ALTERED = Text("Tệp bằng chứng không còn đúng như khi lưu", "The file of this evidence is not the one that was kept")
_ALTERED_HOW = Text("Mã băm không khớp; báo quản trị viên.", "Its hash does not match; tell the administrator.")
_ELSEWHERE = Text("Tệp bằng chứng không có trên máy này", "The file of this evidence is not on this machine")
_KEY = Text("Khoá của thành phố không mở được bản gốc này", "The city's key does not open this original")


def _answers(*kinds: str) -> dict[int | str, dict[str, Any]]:
    """What a picture's door may answer."""
    given: dict[int | str, dict[str, Any]] = {200: {"content": {kind: {} for kind in kinds}}}
    return given | {status: {} for status in (404, 409, 410, 503)}


class Opening(Closed):
    """Why an original is to be seen; it is kept in the audit chain."""

    reason: Annotated[
        str,
        StringConstraints(strip_whitespace=True),
        Field(min_length=5, max_length=500, examples=["Công văn 12/CV-CA ngày 5-1-2026"]),
    ]


@router.get("", summary="Evidence of events, newest first")
@allow("operator")
async def evidence(
    request: Request,
    event: Annotated[str | None, Query(max_length=64)] = None,
    incident: Annotated[str | None, Query(max_length=64, description="All evidence of the story of a case")] = None,
    camera: Annotated[str | None, Query(max_length=64)] = None,
    before: Annotated[str | None, Query(max_length=120, description="`next` of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> dict[str, Any]:
    """Of the cameras and events the caller may know of. `state`: wanted (it is being made, the snapshot may be there),
    kept, missed (`reason` says why), deleted. `missing_s`: seconds of the clip without pictures. `calibration`: a hash
    of the camera's place, lines, zones and masks at that moment. Hashes are SHA-256."""
    asking, store = principal_of(request), request.app.state.store
    if not may_know_cameras(request):
        return {"evidence": [], "next": None}
    correlation = await _story(request, incident) if incident is not None else None
    rows = await store.evidence.find(
        event=event,
        correlation=correlation,
        camera=camera,
        hidden=hidden_cameras(request),
        modules=asking.modules,
        classes=classes_of(request),
        before=page_cursor(before),
        limit=limit,
    )
    following = page_after(rows[-1].wanted.at, rows[-1].event) if len(rows) == limit else None
    return {"evidence": [shown(request, row) for row in rows], "next": following}


@router.get("/{id}", summary="The evidence of one event", responses={404: {}})
@allow("operator")
async def one(request: Request, id: Id) -> dict[str, Any]:
    """As in the list; `frames` says when each picture of the clip was taken, in Unix milliseconds."""
    row = await permitted(request, id)
    return shown(request, row) | {"frames": frames(row)}


@router.get("/{id}/custody", summary="Who made, saw, opened and deleted it", responses={404: {}})
@allow("supervisor")
async def custody(request: Request, id: Id) -> dict[str, Any]:
    """Its lines of the audit chain, newest first, 500 at most."""
    row = await permitted(request, id)
    lines = await request.app.state.store.audit.list(object=ref_of(row.event), limit=500)
    return {
        "lines": [{"at": iso(it.at), "who": it.who, "action": it.action, "detail": it.detail} for it in lines],
    }


@router.get(
    "/{id}/snapshot.jpg",
    summary="The picture of the moment",
    response_class=Response,
    responses=_answers(_JPEG),
)
@allow("operator")
async def snapshot(request: Request, id: Id) -> Response:
    """JPEG with masks burnt in. Its hash is looked at before; who fetched it stands in the audit chain."""
    row = await permitted(request, id)
    body, file = await _opened(request, row, SNAPSHOT)
    return _answer(body, _JPEG, file)


@router.get(
    "/{id}/clip.zip",
    summary="The pictures around the moment, in one file",
    response_class=Response,
    responses=_answers(_ZIP),
)
@allow("operator")
async def clip(request: Request, id: Id) -> Response:
    """A ZIP file with `clip.json` and the JPEGs as they were taken, stored and not deflated. Audited too."""
    row = await permitted(request, id)
    body, file = await _opened(request, row, CLIP)
    return _answer(body, _ZIP, file, f"{row.event}.zip")


@router.get(
    "/{id}/clip.mjpeg",
    summary="The clip, played once",
    response_class=StreamingResponse,
    responses=_answers(_PLAYED),
)
@allow("operator")
async def play(request: Request, id: Id, speed: Annotated[float, Query(ge=0.25, le=8)] = 1.0) -> Response:
    """For an `<img>`: one picture after the other at the pace they were taken, `speed` times as fast. Audited too."""
    row = await permitted(request, id)
    body, _ = await _opened(request, row, CLIP)
    pictures = await asyncio.to_thread(pictures_of, body)
    kind = f"{_PLAYED}; boundary={BOUNDARY}"
    return StreamingResponse(_played(pictures, speed), media_type=kind, headers={"Cache-Control": "no-store"})


@router.post(
    "/{id}/original/{what}",
    summary="Open a sealed original",
    response_class=Response,
    responses=_answers(_JPEG, _ZIP),
)
@allow("supervisor")
async def original(request: Request, id: Id, what: What, given: Opening) -> Response:
    """The snapshot or clip as it was taken, without masks, byte for byte. Each opening is a line of the audit chain,
    with the reason; so is a try that fails."""
    row = await permitted(request, id)
    name, kept = (SNAPSHOT, row.body.original_snapshot) if what == "snapshot" else (CLIP, row.body.original_clip)
    if kept is None:
        raise not_found()
    if row.original_gone is not None:
        raise Problem("evidence-deleted", _GONE, 410)
    body = await _unsealed(request, row, name, kept, nfc(given.reason))
    return _answer(body, _JPEG if what == "snapshot" else _ZIP, kept.file, f"{row.event}-original-{name}")


async def _story(request: Request, incident: str) -> str:
    state, asking = request.app.state, principal_of(request)
    found = await IncidentBook(state.store, state.city.id).get(incident)
    if found.dataclass not in asking.classes or not asking.may("operator", found.module):
        raise not_found()
    return found.correlation


async def _opened(request: Request, row: EvidenceRow, name: str) -> tuple[bytes, KeptFile]:
    """A file in the open, noted before it is given away."""
    part = row.body.snapshot if name == SNAPSHOT else row.body.clip
    if part is None or row.body.folder is None:
        raise not_found()
    if row.open_gone is not None:
        raise Problem("evidence-deleted", _GONE, 410)
    kept = part.file
    folder, store, by = _folder(request), request.app.state.store, principal_of(request).id
    try:
        body = await asyncio.to_thread(folder.get, row.body.folder, name, kept)
    except (Missing, Altered) as wrong:
        raise await _refused(request, row, name, wrong) from None
    await store.write(lambda tx: tx.audit(by, "evidence.viewed", ref_of(row.event), {"file": name}))
    return body, kept


async def _unsealed(request: Request, row: EvidenceRow, name: str, kept: Original, reason: str) -> bytes:
    state, by = request.app.state, principal_of(request).id
    wrapped = await state.store.evidence.wrapped_key(row.event)
    try:
        key = state.store.vault.unwrap(ref_of(row.event), wrapped) if wrapped is not None else None
        body = await asyncio.to_thread(open_original, state.store, _folder(request), row, name, kept, key)
    except (Missing, Altered, InvalidTag) as wrong:
        raise await _refused(request, row, name, wrong, reason) from None
    detail = {"file": name, "reason": reason, "sha256": kept.file.sha256}
    await state.store.write(lambda tx: tx.audit(by, "evidence.original.opened", ref_of(row.event), detail))
    return body


async def _refused(
    request: Request, row: EvidenceRow, name: str, wrong: Exception, reason: str | None = None
) -> Problem:
    """What to say of a file that is not as it was kept; the try is noted."""
    detail = {"file": name, "why": type(wrong).__name__.lower()} | ({"reason": reason} if reason else {})
    by = principal_of(request).id
    await request.app.state.store.write(lambda tx: tx.audit(by, "evidence.refused", ref_of(row.event), detail))
    if isinstance(wrong, Missing):
        return Problem("evidence-elsewhere", _ELSEWHERE, 503, retry_after_s=60)
    return Problem("evidence-altered", _KEY if isinstance(wrong, InvalidTag) else _ALTERED, 409, _ALTERED_HOW)


async def _played(pictures: list[Picture], speed: float) -> AsyncIterator[bytes]:
    times = [one.at_ms for one in pictures]
    waits = [max(0.0, min(LONGEST_S, (later - sooner) / 1000 / speed)) for sooner, later in pairwise(times)]
    for (_, part), wait_s in zip(parts_of(pictures, BOUNDARY), [0.0, *waits], strict=True):
        await asyncio.sleep(wait_s)
        yield part
    yield f"--{BOUNDARY}--\r\n".encode()


def _folder(request: Request) -> EvidenceFolder:
    return EvidenceFolder(request.app.state.settings.evidence_home)


def _answer(body: bytes, kind: str, file: KeptFile, name: str | None = None) -> Response:
    headers = {"Cache-Control": "no-store", "ETag": f'"{file.sha256}"'}
    if name is not None:
        headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return Response(body, media_type=kind, headers=headers)
