"""Proposals to look somewhere: read by the desk, accepted or left by a person. No patrol hears of it from here."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import JSONResponse
from sqlalchemy import select

from ioc.contract import Decision, Reply, Run, allow, door
from ioc.contract.bodies import described, fingerprint, parse, read_bytes
from ioc.core.clock import iso
from ioc.core.dataclass import DataClass
from ioc.core.errors import Problem, not_found
from ioc.core.ids import is_id
from ioc.core.text import Text
from modules.public_security.look_telling import STATES, answered, view
from modules.public_security.numbers import look_limits
from modules.public_security.record_routes import MODULE, Key
from modules.public_security.shapes import AnswerIn
from modules.public_security.statements import answer_look
from modules.public_security.tables import look
from modules.public_security.views import both

MOST = 200
ANSWERS = {"accept": "accepted", "leave": "left"}

router = APIRouter(prefix="/api/v1/security", tags=["security"])
LookId = Annotated[str, Path(max_length=36)]
State = Literal["open", "accepted", "left", "gone", "aged"]


@router.get("/looks")
@allow("operator", module=MODULE)
async def list_looks(
    request: Request, state: State = "open", limit: Annotated[int, Query(ge=1, le=MOST)] = 50
) -> dict[str, Any]:
    """Which free patrol might look where, and why; the newest first. Only what the reader may see."""
    here = door(request, MODULE)
    seen = [one.value for one in here.principal(request).classes]
    now = here.clock.now()
    c = look.c
    query = select(look).where(c.state == state, c.dataclass.in_(seen)).order_by(c.made_at.desc(), c.id.desc())
    if state == "open":
        query = query.where(c.made_at > iso(now - look_limits(here, now).age))
    async with here.read() as connection:
        rows = (await connection.execute(query.limit(limit))).mappings().all()
    return {"at": iso(now), "looks": [view(row) for row in rows]}


@router.post("/looks/{id}/answer", openapi_extra=described(AnswerIn))
@allow("operator", module=MODULE)
async def answer_to_look(request: Request, id: LookId, idempotency_key: Key = None) -> JSONResponse:
    """A person accepts the proposal or leaves it; either lets the place rest. Nobody is sent by it. The same
    `Idempotency-Key` with the same body is answered the same way."""
    here = door(request, MODULE)
    by = here.principal(request)
    body = await read_bytes(request)
    said = parse(body, AnswerIn)
    if not is_id(id):
        raise not_found()

    def decide(run: Run) -> Decision:
        row = run(select(look).where(look.c.id == id)).mappings().first()
        if row is None or DataClass(row["dataclass"]) not in by.classes:
            raise not_found()
        state, now = ANSWERS[said.answer], here.clock.now()
        if row["state"] != "open" or row["made_at"] <= iso(now - look_limits(here, now).age):
            raise _over(row["state"])
        return Decision(
            reply=Reply(200, {"id": id, "state": state, "state_name": both(STATES[state])}),
            events=[answered(row, said.answer)],
            writes=[answer_look(id, state, iso(now), by.id)],
        )

    key = f"look:{id}:{idempotency_key}" if idempotency_key else None
    reply = await here.decide(decide, by=by, key=key, fingerprint=fingerprint(body))
    return JSONResponse(reply.body, reply.status)


def _over(state: str) -> Problem:
    now = STATES["aged" if state == "open" else state]
    return Problem(
        "proposal-over",
        Text("Đề xuất không còn chờ trả lời", "The proposal no longer waits for an answer"),
        409,
        Text(f"Tình trạng: {now.vi}", f"It is: {now.en}"),
    )
