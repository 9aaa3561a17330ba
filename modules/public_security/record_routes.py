"""Incident records over HTTP: taken from 113 and the commune police, listed masked, revealed one by one."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Query, Request
from fastapi.responses import JSONResponse

from ioc.contract import Door, Reply, allow, door
from ioc.contract.bodies import described, fingerprint, parse, read_bytes
from ioc.core.clock import iso, parse_time
from ioc.core.errors import bad_field, not_found
from ioc.core.ids import is_id
from ioc.core.place import plausible
from modules.public_security.intake import Record, event_of, row_of, sealed_of, take
from modules.public_security.kinds import KINDS
from modules.public_security.shapes import RecordIn
from modules.public_security.statements import add_record
from modules.public_security.views import Box, Row, Wanted, both, record_row, record_view, wanted_records

MODULE = "public_security"
MOST = 200

router = APIRouter(prefix="/api/v1/security", tags=["security"])
Key = Annotated[str | None, Header(alias="Idempotency-Key", min_length=1, max_length=128)]
RecordId = Annotated[str, Path(max_length=36)]
When = Annotated[str | None, Query(max_length=40)]


@router.post("/records", status_code=201, openapi_extra=described(RecordIn))
@allow("operator", "device", module=MODULE)
async def post_record(request: Request, idempotency_key: Key = None) -> JSONResponse:
    """Takes an incident record. The same `Idempotency-Key` with the same body is answered the same way, kept once."""
    here = door(request, MODULE)
    by = here.principal(request)
    body = await read_bytes(request)
    record = take(parse(body, RecordIn), here, simulated=by.simulated)
    sealed = sealed_of(record)
    reply = await here.commit(
        by=by,
        reply=Reply(201, _answer(record)),
        key=f"record:{idempotency_key}" if idempotency_key else None,
        fingerprint=fingerprint(body),
        events=[event_of(record)],
        writes=[add_record(row_of(record, by.id))],
        sealed=[sealed] if sealed else [],
    )
    return JSONResponse(reply.body, reply.status)


def _answer(record: Record) -> dict[str, Any]:
    ward = record.place.ward if record.place else None
    return {
        "id": record.id,
        "number": record.number,
        "type": record.said.type,
        "what": both(record.kind.name),
        "severity": record.severity,
        "desk": record.serious,
        "location": record.location,
        "ward": {"code": ward.code, "name": ward.name} if ward else None,
        "recorded": iso(record.received),
    }


@router.get("/records")
@allow("operator", module=MODULE)
async def list_records(
    request: Request,
    type: Annotated[str | None, Query(max_length=32)] = None,
    since: When = None,
    until: When = None,
    bbox: Annotated[str | None, Query(max_length=120)] = None,
    before: Annotated[str | None, Query(max_length=36)] = None,
    limit: Annotated[int, Query(ge=1, le=MOST)] = 50,
) -> dict[str, Any]:
    """Records, newest first, without anything personal. `bbox` is west,south,east,north in degrees; `since` and `until`
    bound when it happened; `before` is `next` of the page before."""
    here = door(request, MODULE)
    wanted = Wanted(
        type=_known_type(type),
        since=_time(since, "since"),
        until=_time(until, "until"),
        box=_box(bbox),
        before=_seen(before),
    )
    async with here.read() as connection:
        rows = (await connection.execute(wanted_records(wanted).limit(limit + 1))).mappings().all()
    page = rows[:limit]
    return {"records": [record_view(row) for row in page], "next": page[-1]["id"] if len(rows) > limit else None}


@router.get("/records/{id}")
@allow("operator", module=MODULE)
async def get_record(
    request: Request, id: RecordId, reveal: bool = False, reason: Annotated[str, Query(max_length=300)] = ""
) -> dict[str, Any]:
    """One record; with `reveal=1&reason=…` also what is sealed, audited."""
    here = door(request, MODULE)
    row = await _known(here, id)
    view = record_view(row)
    if reveal:
        if not reason.strip():
            raise bad_field("reason", "Cần nêu lý do xem dữ liệu cá nhân", "Say why you look at personal data")
        by = here.principal(request)
        view["personal"] = await here.personal.reveal(row["personal"], by=by, reason=reason) if row["personal"] else {}
    return view


async def _known(here: Door, id: str) -> Row:
    if not is_id(id):
        raise not_found()
    async with here.read() as connection:
        row = await record_row(connection, id)
    if row is None:
        raise not_found()
    return row


def _known_type(said: str | None) -> str | None:
    if said is not None and said not in KINDS:
        known = ", ".join(KINDS)
        raise bad_field("type", f"Loại việc lạ; dùng: {known}", f"Unknown type; use one of: {known}")
    return said


def _time(said: str | None, field: str) -> datetime | None:
    if said is None:
        return None
    try:
        return parse_time(said.replace(" ", "+"))  # an unescaped + of a zone arrives as a space
    except ValueError as error:
        raise bad_field(
            field, "Thời điểm phải kèm múi giờ (RFC 3339)", "The time must be RFC 3339 with a zone"
        ) from error


def _box(said: str | None) -> Box | None:
    if said is None:
        return None
    try:
        west, south, east, north = (float(part) for part in said.split(","))
    except ValueError:
        west = south = east = north = float("nan")
    if not (plausible(west, south) and plausible(east, north) and west <= east and south <= north):
        raise bad_field("bbox", "Viết: tây,nam,đông,bắc theo độ", "Write: west,south,east,north in degrees")
    return west, south, east, north


def _seen(said: str | None) -> str | None:
    if said is not None and not is_id(said):
        raise bad_field("before", "Không phải mã của trang trước", "Not the `next` of a page before")
    return said
