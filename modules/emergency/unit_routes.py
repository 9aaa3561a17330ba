"""Units over HTTP: devices say where units are and what they do; walls and operators read it."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Path, Request
from fastapi.responses import JSONResponse

from ioc.contract import Deciding, Decision, Door, Principal, Reply, Run, Write, allow, door
from ioc.contract.bodies import described, fingerprint, parse, read_bytes
from ioc.core.clock import iso
from ioc.core.errors import FieldError, Problem
from ioc.core.ids import is_id
from ioc.core.text import Text
from modules.emergency.call_routes import MODULE, Key, call_step, check_unit, told_time
from modules.emergency.fleet import Heard, body, heard, heard_now, latest, state_writes
from modules.emergency.intake import check_point, check_time
from modules.emergency.numbers import believed_times
from modules.emergency.shapes import PositionIn, PositionsIn, UnitPositionIn, UnitStateIn
from modules.emergency.statements import set_position
from modules.emergency.views import Row, call_now

FREE = frozenset({"available", "out_of_service"})

router = APIRouter(prefix="/api/v1", tags=["units"])
UnitId = Annotated[str, Path(max_length=64)]


@router.get("/units")
@allow("wall", "operator", module=MODULE)
async def list_units(request: Request) -> dict[str, Any]:
    """Every unit of the city as last heard of; one never heard of has the state `unknown` and no position."""
    here = door(request, MODULE)
    async with here.read() as connection:
        rows = await heard(connection)
    return {"units": [body(unit, rows.get(unit.id, Heard(id=unit.id))) for unit in here.city.units]}


@router.post("/units/positions", openapi_extra=described(PositionsIn))
@allow("device", module=MODULE)
async def post_positions(request: Request, idempotency_key: Key = None) -> JSONResponse:
    """Positions of several units: all are kept or none; an older position than the one known changes nothing.

    A state sent along changes the unit alone; `/units/{id}/state` also takes its call a step. The same
    `Idempotency-Key` with the same body is answered the same way.
    """
    sent = await read_bytes(request)
    key = f"positions:{idempotency_key}" if idempotency_key else None
    return await _keep(request, parse(sent, PositionsIn).positions, key, sent, batch=True)


@router.post("/units/{id}/position", openapi_extra=described(PositionIn))
@allow("device", module=MODULE)
async def post_position(request: Request, id: UnitId, idempotency_key: Key = None) -> JSONResponse:
    """Where one unit is. The same `Idempotency-Key` with the same body is answered the same way."""
    check_unit(door(request, MODULE), id)
    sent = await read_bytes(request)
    one = UnitPositionIn(unit=id, **msgspec.structs.asdict(parse(sent, PositionIn)))
    key = f"position:{id}:{idempotency_key}" if idempotency_key else None
    return await _keep(request, (one,), key, sent, batch=False)


async def _keep(
    request: Request, positions: tuple[UnitPositionIn, ...], key: str | None, sent: bytes, *, batch: bool
) -> JSONResponse:
    here = door(request, MODULE)
    by = here.principal(request)
    newest = {one.unit: one for one in sorted(positions, key=lambda one: one.at)}

    def decide(run: Run) -> Decision:
        before = heard_now(run, newest)
        after = [_moved(one, before[one.unit], by) for one in newest.values() if _is_newer(one, before[one.unit])]
        return Decision(
            reply=Reply(200, {"received": len(positions), "kept": len(after)}),
            writes=[write for row in after for write in _writes(row, before[row.id])],
            latest=[latest(here.city.unit(row.id), row) for row in after],
        )

    async def work(deciding: Deciding) -> Reply:
        _check(here, positions, batch=batch)
        return await deciding(decide)

    reply = await here.once(work, by=by, key=key, fingerprint=fingerprint(sent))
    return JSONResponse(reply.body, reply.status)


def _check(here: Door, positions: tuple[UnitPositionIn, ...], *, batch: bool) -> None:
    known = {unit.id for unit in here.city.units}
    strange = sorted({one.unit for one in positions} - known)
    if strange:
        title = Text("Không có đơn vị này", "No such unit")
        errors = tuple(FieldError(f"positions.unit={unit}", title) for unit in strange)
        raise Problem("unknown-unit", title, 404, errors=errors)
    believed = believed_times(here, here.clock.now())
    for i, one in enumerate(positions):
        prefix = f"positions.{i}." if batch else ""
        check_time(one.at, believed, f"{prefix}at")
        check_point(one.lon, one.lat, here.city, f"{prefix}lat")


def _is_newer(one: UnitPositionIn, known: Heard) -> bool:
    return known.fix_at is None or known.fix_at < iso(one.at)


def _moved(one: UnitPositionIn, known: Heard, by: Principal) -> Heard:
    at = iso(one.at)
    row = msgspec.structs.replace(
        known,
        lon=one.lon,
        lat=one.lat,
        heading_deg=one.heading_deg,
        speed_kmh=one.speed_kmh,
        fix_at=at,
        simulated=by.simulated,
    )
    if one.state is None or (known.state_at is not None and known.state_at >= at):
        return row
    free = {"task": None, "task_number": None} if one.state in FREE else {}
    return msgspec.structs.replace(row, state=one.state, state_at=at, **free)


def _writes(row: Heard, known: Heard) -> list[Write]:
    writes = set_position(
        row.id,
        str(row.fix_at),
        simulated=row.simulated,
        lon=row.lon,
        lat=row.lat,
        heading_deg=row.heading_deg,
        speed_kmh=row.speed_kmh,
    )
    return writes if row.state_at == known.state_at else [*writes, *state_writes(row)]


@router.post("/units/{id}/state", openapi_extra=described(UnitStateIn))
@allow("device", "operator", module=MODULE)
async def post_unit_state(request: Request, id: UnitId, idempotency_key: Key = None) -> JSONResponse:
    """What a unit does now. Its call, where it has one, is taken the same step. The same `Idempotency-Key` with the
    same body is answered the same way."""
    here = door(request, MODULE)
    by = here.principal(request)
    check_unit(here, id)
    sent = await read_bytes(request)
    said = parse(sent, UnitStateIn)

    def decide(run: Run, told: datetime | None) -> Decision:
        known, at = heard_now(run, (id,))[id], told or here.clock.now()
        call = _task(run, said, known)
        if known.state_at is not None and known.state_at >= iso(at):
            return Decision(reply=Reply(200, {"unit": id, "state": known.state, "kept": False}))
        return _kept(here, by, _next(known, said, at, call, by), at, call)

    async def work(deciding: Deciding) -> Reply:
        return await deciding(partial(decide, told=told_time(here, said.at)))

    key = f"unit:{id}:{idempotency_key}" if idempotency_key else None
    reply = await here.once(work, by=by, key=key, fingerprint=fingerprint(sent))
    return JSONResponse(reply.body, reply.status)


def _next(known: Heard, said: UnitStateIn, at: datetime, call: Row | None, by: Principal) -> Heard:
    busy = call is not None and said.state not in FREE
    return msgspec.structs.replace(
        known,
        state=said.state,
        state_at=iso(at),
        task=call["id"] if call and busy else None,
        task_number=call["number"] if call and busy else None,
        simulated=by.simulated,
    )


def _kept(here: Door, by: Principal, row: Heard, at: datetime, call: Row | None) -> Decision:
    state = str(row.state)
    events, steps = call_step(call, state, at, by.id, row.id)
    return Decision(
        reply=Reply(200, {"unit": row.id, "state": state, "task": row.task_number, "kept": True}),
        events=events,
        writes=[*state_writes(row), *steps],
        latest=[latest(here.city.unit(row.id), row)],
    )


def _task(run: Run, said: UnitStateIn, known: Heard) -> Row | None:
    """The call a unit works on: the one it names, else the one it was given."""
    id = said.call or known.task
    row = call_now(run, id) if id and is_id(id) else None
    if said.call and row is None:
        raise Problem("unknown-call", Text("Không có cuộc gọi này", "No such call"), 404)
    return row
