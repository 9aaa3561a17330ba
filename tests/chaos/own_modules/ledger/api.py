"""The ledger's doors: one entry a request, or a sheet of them, kept once for each `Idempotency-Key`."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Header, Request
from fastapi.responses import JSONResponse
from modules.ledger.events import Made

from ioc.contract import Desk, Reply, allow, door
from ioc.contract.bodies import described, fingerprint, parse, read_bytes
from ioc.core.dataclass import DataClass
from ioc.core.ids import new_id
from ioc.core.text import Text

MODULE = "ledger"
MOST = 9 * 1024 * 1024

router = APIRouter(prefix="/api/v1/ledger", tags=["ledger"])
Key = Annotated[str, Header(alias="Idempotency-Key", min_length=1, max_length=128)]


class EntryIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One entry; with `desk` it becomes a case of the desk, too."""

    account: str
    entry: str
    n: int
    data_class: str = "internal"
    desk: bool = False
    poison: str = ""
    filler: str = ""


@router.post("/entries", status_code=201, openapi_extra=described(EntryIn))
@allow("device", module=MODULE)
async def post_entry(request: Request, idempotency_key: Key) -> JSONResponse:
    """Takes an entry."""
    here = door(request, MODULE)
    body = await read_bytes(request, MOST)
    entry = parse(body, EntryIn)
    reply = await here.commit(
        by=here.principal(request),
        reply=Reply(201, {"entry": entry.entry, "receipt": new_id()}),
        key=f"entry:{idempotency_key}",
        fingerprint=fingerprint(body),
        events=[_made(entry)],
    )
    return JSONResponse(reply.body, reply.status)


@router.post("/sheets", status_code=201, openapi_extra=described(list[EntryIn]))
@allow("device", module=MODULE)
async def post_sheet(request: Request, idempotency_key: Key) -> JSONResponse:
    """Takes many entries in one commit: all of them or none."""
    here = door(request, MODULE)
    body = await read_bytes(request, MOST)
    entries = parse(body, list[EntryIn])
    reply = await here.commit(
        by=here.principal(request),
        reply=Reply(201, {"entries": [entry.entry for entry in entries], "receipt": new_id()}),
        key=f"sheet:{idempotency_key}",
        fingerprint=fingerprint(body),
        events=[_made(entry) for entry in entries],
    )
    return JSONResponse(reply.body, reply.status)


def _made(entry: EntryIn) -> Made:
    title = Text(f"Bút toán {entry.n}", f"Entry {entry.n}")
    steering: dict[str, Any] = {"data_class": DataClass(entry.data_class), "correlation": entry.entry}
    if entry.desk:
        steering["desk"] = Desk(kind="event", priority=3, title=title, category="ledger")
    return Made(
        account=entry.account, entry=entry.entry, n=entry.n, poison=entry.poison, filler=entry.filler, **steering
    )
