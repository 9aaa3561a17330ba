"""The door of the notes: what comes in one request goes into the log in one commit, or not at all."""

from __future__ import annotations

from typing import Annotated

import msgspec
from fastapi import APIRouter, Header, Request
from fastapi.responses import JSONResponse
from modules.notes.events import Taken

from ioc.contract import Reply, allow, door
from ioc.contract.bodies import described, fingerprint, parse, read_bytes
from ioc.core.place import Place

MODULE = "notes"

router = APIRouter(prefix="/api/v1/notes", tags=["notes"])
Key = Annotated[str, Header(alias="Idempotency-Key", min_length=1, max_length=128)]


class NoteIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One note at a point, in degrees WGS 84."""

    where: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    number: int
    sent: float
    lon: float
    lat: float


class NotesIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Notes of one sender."""

    notes: Annotated[list[NoteIn], msgspec.Meta(min_length=1, max_length=100)]


@router.post("", status_code=201, openapi_extra=described(NotesIn))
@allow("device", module=MODULE)
async def post_notes(request: Request, idempotency_key: Key) -> JSONResponse:
    """Takes notes, kept once for each `Idempotency-Key`."""
    here = door(request, MODULE)
    body = await read_bytes(request)
    notes = parse(body, NotesIn).notes
    reply = await here.commit(
        by=here.principal(request),
        reply=Reply(201, {"taken": len(notes), "first": notes[0].number}),
        key=idempotency_key,
        fingerprint=fingerprint(body),
        events=[_taken(note) for note in notes],
    )
    return JSONResponse(reply.body, reply.status)


def _taken(note: NoteIn) -> Taken:
    return Taken(where=note.where, number=note.number, sent=note.sent, place=Place(note.lon, note.lat))
