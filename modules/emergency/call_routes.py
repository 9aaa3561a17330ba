"""Calls over HTTP: every call that can be understood is answered 201, with or without a place."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Query, Request
from fastapi.responses import JSONResponse

from ioc.contract import Attach, Decision, Door, Event, Principal, Reply, Run, Write, allow, door
from ioc.contract.bodies import described, fingerprint, parse, read_bytes
from ioc.core.clock import iso, parse_time
from ioc.core.errors import Problem, bad_field, not_found
from ioc.core.ids import is_id, new_id
from ioc.core.text import Text
from modules.emergency.categories import CATEGORIES
from modules.emergency.events import CallStateChanged, TransferAnswered
from modules.emergency.intake import answer_of, check_time, event_of, sealed_of, take, writes_of
from modules.emergency.numbers import believed_times
from modules.emergency.questions import QUESTIONS
from modules.emergency.shapes import CallIn, CallStateIn, TransferAnswerIn
from modules.emergency.statements import answer_transfer, move_call
from modules.emergency.states import NAMES, OPEN, allowed
from modules.emergency.views import (
    Row,
    both,
    call_now,
    call_row,
    call_view,
    recent_calls,
    stamps_now,
    stamps_of,
    transfer_view,
    transfers_of,
    waiting_now,
)

MODULE = "emergency"
MOST = 200
ANSWERS = {"accepted": Text("tiếp nhận", "accepted"), "refused": Text("từ chối", "refused")}

router = APIRouter(prefix="/api/v1", tags=["calls"])
Key = Annotated[str | None, Header(alias="Idempotency-Key", min_length=1, max_length=128)]
CallId = Annotated[str, Path(max_length=36)]


@router.post("/calls", status_code=201, openapi_extra=described(CallIn))
@allow("operator", "device", module=MODULE)
async def post_call(request: Request, idempotency_key: Key = None) -> JSONResponse:
    """Takes a call. The same `Idempotency-Key` with the same body is answered the same way and kept once."""
    here = door(request, MODULE)
    by = here.principal(request)
    body = await read_bytes(request)
    now = here.clock.now()
    call = take(
        parse(body, CallIn),
        id=new_id(),
        city=here.city,
        gis=here.gis,
        now=now,
        believed=believed_times(here, now),
        simulated=by.simulated,
    )
    sealed = sealed_of(call)
    reply = await here.commit(
        by=by,
        reply=Reply(201, answer_of(call, here.city)),
        key=f"call:{idempotency_key}" if idempotency_key else None,
        fingerprint=fingerprint(body),
        events=[event_of(call)],
        writes=writes_of(call, by.id),
        sealed=[sealed] if sealed else [],
    )
    return _answer(reply)


@router.get("/calls")
@allow("operator", module=MODULE)
async def list_calls(
    request: Request,
    status: Annotated[str | None, Query(max_length=16)] = None,
    service: Annotated[str | None, Query(max_length=8)] = None,
    priority: Annotated[int | None, Query(ge=1, le=4)] = None,
    location: Annotated[str | None, Query(max_length=8)] = None,
    limit: Annotated[int, Query(ge=1, le=MOST)] = 50,
) -> dict[str, Any]:
    """Calls, newest first. `status=open` means every state before closed."""
    here = door(request, MODULE)
    states = OPEN if status == "open" else status
    query = recent_calls(state=states, service=service, priority=priority, location=location).limit(limit)
    async with here.read() as connection:
        rows = (await connection.execute(query)).mappings().all()
    return {"calls": [call_view(row, here.city) for row in rows]}


@router.get("/calls/form")
@allow("operator", "device", module=MODULE)
async def call_form(request: Request) -> dict[str, Any]:
    """The kinds of call and the protocol questions, for a form that takes calls."""
    kinds = [
        {"code": kind.code, "name": both(kind.name), "service": kind.service, "priority": kind.priority}
        for kind in CATEGORIES.values()
    ]
    return {"categories": kinds, "questions": [question.plain() for question in QUESTIONS]}


@router.get("/calls/{id}")
@allow("operator", module=MODULE)
async def get_call(
    request: Request,
    id: CallId,
    reveal: bool = False,
    reason: Annotated[str, Query(max_length=300)] = "",
) -> dict[str, Any]:
    """One call with its stamps and transfers; with `reveal=1&reason=…` also what the caller said, audited."""
    here = door(request, MODULE)
    row = await _known(here, id)
    async with here.read() as connection:
        stamps = await stamps_of(connection, id)
        transfers = [transfer_view(one) for one in await transfers_of(connection, id)]
    view = {**call_view(row, here.city), "stamps": stamps, "transfers": transfers}
    if reveal:
        view["personal"] = await _revealed(here, here.principal(request), row, reason)
    return view


async def _revealed(here: Door, by: Principal, row: Row, reason: str) -> dict[str, str]:
    if not reason.strip():
        raise bad_field("reason", "Cần nêu lý do xem dữ liệu cá nhân", "Say why you look at personal data")
    return await here.personal.reveal(row["personal"], by=by, reason=reason) if row["personal"] else {}


@router.post("/calls/{id}/states", openapi_extra=described(CallStateIn))
@allow("operator", "device", module=MODULE)
async def post_state(request: Request, id: CallId, idempotency_key: Key = None) -> JSONResponse:
    """Stamps the state a service took the call to. Of several at once those are refused that the first one shuts out.
    The same `Idempotency-Key` with the same body is answered the same way and stamped once."""
    here = door(request, MODULE)
    by = here.principal(request)
    body = await read_bytes(request)
    said = parse(body, CallStateIn)
    told = told_time(here, said.at)
    if said.unit is not None:
        check_unit(here, said.unit)

    def decide(run: Run) -> Decision:
        row, at = _known_now(run, id), told or here.clock.now()
        _check_move(row, stamps_now(run, id), said.state, at)
        name = both(NAMES[said.state])
        return Decision(
            reply=Reply(200, {"id": id, "number": row["number"], "status": said.state, "status_name": name}),
            events=[state_changed(row, said.state, at, said.unit)],
            writes=move_call(id, said.state, iso(at), by.id, said.unit),
        )

    key = f"state:{id}:{idempotency_key}" if idempotency_key else None
    return _answer(await here.decide(decide, by=by, key=key, fingerprint=fingerprint(body)))


def told_time(here: Door, at: datetime | None) -> datetime | None:
    """The time somebody gave; without one it is that of the commit. Raises Problem 422 for one nobody can believe."""
    return at and check_time(at, believed_times(here, here.clock.now()), "at")


def check_unit(here: Door, id: str) -> None:
    """Raises Problem 404 for a unit the city does not have."""
    try:
        here.city.unit(id)
    except LookupError as error:
        raise Problem("unknown-unit", Text("Không có đơn vị này", "No such unit"), 404) from error


def _check_move(row: Row, stamps: list[dict[str, Any]], state: str, at: datetime) -> None:
    if not allowed(row["state"], state):
        raise Problem(
            "move-not-allowed",
            Text("Không thể chuyển trạng thái như vậy", "This change of state is not allowed"),
            409,
            Text(
                f"Cuộc gọi {NAMES[row['state']].vi}, không thể chuyển sang “{NAMES[state].vi}”.",
                f"The call is “{NAMES[row['state']].en}” and cannot become “{NAMES[state].en}”.",
            ),
        )
    if stamps and at < parse_time(stamps[-1]["at"]):
        raise bad_field("at", "Thời điểm sớm hơn bước trước", "This time is before the step before it")


def state_changed(row: Row, state: str, at: datetime, unit: str | None) -> CallStateChanged:
    """The event of a step, which the incident shows."""
    return CallStateChanged(
        call=row["id"],
        number=row["number"],
        state=state,
        state_vi=NAMES[state].vi,
        state_en=NAMES[state].en,
        at=at,
        unit=unit,
        attach=Attach(facts={"service_state": state, "service_state_at": iso(at)}),
    )


@router.post("/calls/{id}/transfer-answer", openapi_extra=described(TransferAnswerIn))
@allow("operator", "device", module=MODULE)
async def post_transfer_answer(request: Request, id: CallId, idempotency_key: Key = None) -> JSONResponse:
    """The service says whether it takes the call; the first answer stands, also one after the time ran out. The same
    `Idempotency-Key` with the same body is answered the same way."""
    here = door(request, MODULE)
    by = here.principal(request)
    body = await read_bytes(request)
    said = parse(body, TransferAnswerIn)

    def decide(run: Run) -> Decision:
        row, at = _known_now(run, id), here.clock.now()
        asked = _asked(waiting_now(run, id), said.transfer)
        told = {"id": id, "transfer": asked["id"], "service": asked["service"], "answer": said.answer}
        return Decision(
            reply=Reply(200, told),
            events=[_answered(row, asked, said.answer, at)],
            writes=[answer_transfer(asked["id"], said.answer, iso(at), by.id)],
        )

    key = f"transfer:{id}:{idempotency_key}" if idempotency_key else None
    return _answer(await here.decide(decide, by=by, key=key, fingerprint=fingerprint(body)))


def _asked(waiting: list[Row], id: str | None) -> Row:
    """The transfer meant: the one named, or the only one that waits."""
    found = [one for one in waiting if id in (None, one["id"])]
    if len(found) != 1:
        raise Problem(
            "no-transfer-waiting" if not found else "which-transfer",
            Text("Không rõ yêu cầu chuyển nào", "It is not clear which transfer is meant"),
            409,
            Text(
                f"Cuộc gọi có {len(found)} yêu cầu chuyển đang chờ; hãy nêu mã “transfer”.",
                f"The call has {len(found)} transfers waiting; name one in `transfer`.",
            ),
        )
    return found[0]


def _answered(row: Row, asked: Row, answer: str, at: datetime) -> TransferAnswered:
    said = ANSWERS[answer]
    facts = {**transfer_view(asked), "state": answer, "answered": iso(at)}
    return TransferAnswered(
        call=row["id"],
        number=row["number"],
        transfer=asked["id"],
        service=asked["service"],
        answer=answer,
        answer_vi=said.vi,
        answer_en=said.en,
        attach=Attach(facts={"transfer": facts}),
    )


async def _known(here: Door, id: str) -> Row:
    async with here.read() as connection:
        row = await call_row(connection, id) if is_id(id) else None
    if row is None:
        raise not_found()
    return row


def _known_now(run: Run, id: str) -> Row:
    row = call_now(run, id) if is_id(id) else None
    if row is None:
        raise not_found()
    return row


def _answer(reply: Reply) -> JSONResponse:
    return JSONResponse(reply.body, reply.status)


def call_step(row: Row | None, state: str, at: datetime, by: str, unit: str) -> tuple[list[Event], list[Write]]:
    """What a unit's own state means for its call: a step of the call where that move is allowed, else nothing."""
    if row is None or state not in NAMES or not allowed(row["state"], state):
        return [], []
    return [state_changed(row, state, at, unit)], move_call(row["id"], state, iso(at), by, unit)
